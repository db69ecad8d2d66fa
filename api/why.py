"""Why a turn ended as it did, worked out on request from what is kept of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from actions.find import (
    ANSWER_FROM,
    ANSWER_FROM_WHEN_TAKEN,
    ASK_FROM,
    ASK_FROM_WHEN_TAKEN,
)
from actions.searching import asker
from api.contract import Language
from api.doors import Doors
from api.why_contract import ConsideredOut, DecidedOut, VersionsOut, WhyOut
from catalog.card import names
from catalog.find import Finder
from catalog.reach import Asker
from catalog.why import Why
from desk import turns
from desk.models import Conversation, Turn

MOST = 3  # the services that can become buttons; those after them change no outcome
CHOSEN = 1.0  # kept for a service that the customer named; the search leaves room for "none"


@dataclass(frozen=True)
class _Kept:
    """What the database holds of the turn."""

    turn: Turn
    who: Asker
    names: dict[str, str]

    @property
    def candidates(self) -> list[dict[str, Any]]:
        """The first three, without those that have left the catalogue."""
        return [one for one in self.turn.candidates[:MOST] if one["id"] in self.names]


def why_answered(
    at: Doors, conversation_id: str, number: int, language: Language | None = None
) -> WhyOut | None:
    """Why this message, from 1, was answered so, with names in the language, else in the turn's.

    None where the conversation has no such message, or where it is still being answered.
    """
    with at.desk.reading() as session:
        kept = _kept(session, conversation_id, number, language)
    return _told(at, kept, number) if kept is not None else None


def _kept(
    session: Session, conversation_id: str, number: int, language: Language | None
) -> _Kept | None:
    turn = turns.numbered(session, conversation_id, number)
    if turn is None:
        return None
    conversation = session.get_one(Conversation, conversation_id)
    ids = [str(one["id"]) for one in turn.candidates[:MOST]]
    return _Kept(turn, asker(conversation), names(session, ids, language or turn.language))


def _told(at: Doors, kept: _Kept, number: int) -> WhyOut:
    finder, turn = at.desk.finder(), kept.turn
    return WhyOut.model_validate(
        {
            "turn": number,
            "question": turn.text,
            "language": turn.language,
            "decided": _decided(turn),
            "services": _considered(finder, kept),
            "explained_by": "same" if turn.catalogue_revision == finder.revision else "today",
            "versions": _versions(at, finder, turn),
        }
    )


def _decided(turn: Turn) -> DecidedOut:
    return DecidedOut.model_validate(
        {
            "kind": turn.kind,
            "by": turn.closed_by,
            "answer_from": ANSWER_FROM,
            "answer_from_when_taken": ANSWER_FROM_WHEN_TAKEN,
            "ask_from": ASK_FROM,
            "ask_from_when_taken": ASK_FROM_WHEN_TAKEN,
        }
    )


def _versions(at: Doors, finder: Finder, turn: Turn) -> VersionsOut:
    return VersionsOut(
        catalogue_then=turn.catalogue_revision,
        catalogue_now=finder.revision,
        encoder=finder.encoder_name,
        bot_model=at.bot_model.name,
    )


def _considered(finder: Finder, kept: _Kept) -> list[ConsideredOut]:
    turn, ids = kept.turn, [one["id"] for one in kept.candidates]
    if not ids:
        return []
    explained = {one.service_id: one for one in finder.why(turn.text, turn.language, ids, kept.who)}
    return [_one(kept.names[one["id"]], one, explained.get(one["id"])) for one in kept.candidates]


def _one(name: str, candidate: dict[str, Any], why: Why | None) -> ConsideredOut:
    found = asdict(why) if why is not None else {"words": [], "phrase": None, "evidence": []}
    return ConsideredOut.model_validate(
        {
            "id": candidate["id"],
            "name": name,
            "probability": candidate["score"],
            "chosen": candidate["score"] == CHOSEN,
            "today": why.probability if why is not None else None,
            "words": found["words"],
            "phrase": found["phrase"],
            "evidence": found["evidence"],
        }
    )
