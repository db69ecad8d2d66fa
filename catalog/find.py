"""Which service a customer means: an immutable index, one question at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import life_events, search_rows
from catalog.danger_model import shipped_for
from catalog.demand import demand
from catalog.encoder import Encoder
from catalog.fusion import Fusion
from catalog.indexes import TAKEN_APART, Indexes, Progress, indexes
from catalog.language import Language
from catalog.models import CatalogueRevision
from catalog.needs import parts
from catalog.pipeline import read, terms_of
from catalog.reach import ANYBODY, Asker, Reach
from catalog.search_rows import Rows
from catalog.vectors import VectorCache
from catalog.why import Judged, Why, explain

LIMIT = 5
LONGEST = 1_000  # characters of a question that are searched; the rest is story
# Texts: a turn asks for the vectors of two or three several times, and a full desk has forty turns
# open at once. No text need stay longer.
REMEMBERED = 128
GLIMMER = 0.12  # an n-gram cosine above this means that some word, however misspelt, is known

OF_A_PART = 3  # services that one part of a question is judged by
SURE_OF_A_PART = 0.5  # measured: 0.3 % of the development questions, all of one need, get two
PHRASE_GAP = 0.02  # how much lower the mean of three phrases lies than the best one, on average

FEATURES = (
    "ngrams",
    "lemmas",
    "vectors_text",
    "vectors_labels",
    "vectors_said",
    "vectors_said_three",
    "demand",
)


@dataclass(frozen=True)
class Found:
    service_id: str
    score: float  # probability that this is the service meant, 0 to 1


@dataclass(frozen=True)
class Findings:
    """The likeliest services, best first, and whether anything in the question was a known word."""

    services: tuple[Found, ...]
    understood: bool
    life_event: str | None = None  # the event that the question tells as a whole
    needs: tuple[tuple[Found, ...], ...] = ()  # where there are two: each one's services


NOTHING_FOUND = Findings((), understood=False)


class Finder:
    """Finds among all services of one revision of the catalogue. Safe to share between threads."""

    def __init__(
        self,
        rows: Rows,
        at: Indexes,
        encoder: Encoder,
        revision: int,
        fusion: Fusion,
        reach: Reach,
    ) -> None:
        self.revision = revision
        self.encoder_name = encoder.name
        self._reach = reach
        self._demand = demand(rows.service_ids, reach.internal)
        self._said = rows.only(*TAKEN_APART)  # kept to tell why
        self.service_ids = rows.service_ids
        self.places = rows.places
        self._at = at
        self._encoder = encoder
        self._fusion = fusion
        self._danger = shipped_for(encoder.name)
        self._life_events = life_events.shipped_for(encoder.name)
        self._vector_of = lru_cache(REMEMBERED)(self._embedded)

    @classmethod
    def build(
        cls,
        session: Session,
        encoder: Encoder,
        cache: VectorCache,
        progress: Progress,
        old: Finder | None = None,
    ) -> Finder:
        """Reads the catalogue and indexes it; what the cache or an `old` index holds of a text is
        not worked out again."""
        rows = search_rows.read(session)
        at = indexes(rows, encoder, cache, progress, old._at if old else None)
        reach = Reach.read(session, rows.service_ids)
        return cls(rows, at, encoder, revision_of(session), Fusion.shipped(), reach)

    def find(
        self, question: str, language: str, asker: Asker = ANYBODY, limit: int = LIMIT
    ) -> Findings:
        """The services that this question is likeliest about, best first, of those for the asker.

        Every language's texts are searched, whatever the question's, since many services are
        described in one language only.
        """
        judged = self._judged(question, language, asker)
        if judged is None:
            return NOTHING_FOUND
        found = self._best(judged, limit)
        event = None if asker.internal else self.life_event(judged.question)
        needs = self._needs(judged, asker)
        return Findings(found, judged.understood, event, needs)

    def _best(self, judged: Judged | None, limit: int) -> tuple[Found, ...]:
        if judged is None:
            return ()
        probabilities, possible = judged.probabilities, judged.possible
        best = np.argsort(-probabilities, kind="stable")[:limit]
        return tuple(
            Found(self.service_ids[i], float(probabilities[i])) for i in best if possible[i]
        )

    def _needs(self, whole: Judged, asker: Asker) -> tuple[tuple[Found, ...], ...]:
        """What each part of the question finds, where they are plainly needs apart; else nothing.

        Where only a full stop stands between, each must be sure: people tell one need in two
        sentences more often than two needs. Of the sure ones, that comes first which the whole
        question is likelier about.
        """
        told = parts(whole.question)
        if told is None:
            return ()
        judged = [self._judged(part, whole.language, asker) for part in told.texts]
        found = [best for best in (self._best(one, OF_A_PART) for one in judged) if best]
        found.sort(key=lambda one: (one[0].score < SURE_OF_A_PART, -self._chance(one[0], whole)))
        sure = [one for one in found if sum(each.score for each in one) >= SURE_OF_A_PART]
        enough = sure if told.said else [one for one in sure if one[0].score >= SURE_OF_A_PART]
        apart = sum(len(one) for one in enough) == len(
            {each.service_id for one in enough for each in one}
        )
        first_is_sure = bool(enough) and enough[0][0].score >= SURE_OF_A_PART
        return tuple(enough) if len(enough) > 1 and apart and first_is_sure else ()

    def _chance(self, found: Found, whole: Judged) -> float:
        return float(whole.probabilities[self.service_ids.index(found.service_id)])

    def life_event(self, question: str) -> str | None:
        """The life event that the question tells as a whole, or none."""
        return self._life_events.event(self.vector(question)) if self._life_events else None

    def why(
        self, question: str, language: str, service_ids: Sequence[str], asker: Asker = ANYBODY
    ) -> tuple[Why, ...]:
        """Why the question leads to these services, or does not, in the order given.

        Judged as `find` judges it; services that this index does not know are left out.
        """
        judged = self._judged(question, language, asker)
        if judged is None:
            return ()
        vector = self.vector(judged.spelt)
        known = (self.service_ids.index(one) for one in service_ids if one in self.service_ids)
        return tuple(
            explain(judged, vector, self._at, self._said, self._fusion, one) for one in known
        )

    def _judged(self, question: str, language: str, asker: Asker) -> Judged | None:
        """What the indexes and the fusion make of the question; none where nothing is asked."""
        asked = question.strip()[:LONGEST]
        if not asked or not self.service_ids:
            return None
        features, understood = self.features(asked, language)
        possible = self._reach.of(asker)
        probabilities = self._fusion.probabilities(features, possible)
        spelt = self._at.spelt(asked, "sv" if language == "sv" else "fi")
        return Judged(asked, spelt, language, features, possible, probabilities, understood)

    def in_danger(self, text: str) -> bool:
        """Whether the text means danger to life now; never, where the model fits another encoder.

        The patterns of `catalog.danger` are not asked.
        """
        if self._danger is None or not text.strip():
            return False
        return self._danger.alarms(self.vector(text))

    def vector(self, text: str) -> npt.NDArray[np.float32]:
        """The text as a question, shape (width,), read-only; encoded once in a turn."""
        return self._vector_of(self._at.dots.restored(text.strip()[:LONGEST]))

    def _embedded(self, text: str) -> npt.NDArray[np.float32]:
        vector: npt.NDArray[np.float32] = self._encoder.embed([text], "query")[0]
        vector.flags.writeable = False
        return vector

    def features(self, question: str, language: str) -> tuple[npt.NDArray[np.float32], bool]:
        """Each index's scores, shape (services, features), and whether any word was known."""
        at = self._at
        known: Language = "sv" if language == "sv" else "fi"
        spelt = at.spelt(question, known)
        words = terms_of(read(spelt, at.pipelines[known]))
        vector = self.vector(spelt)
        letters = at.ngrams.scores(spelt)
        text = at.texts.best(vector, missing=0.0)
        name = at.names.best(vector, missing=0.0)
        # A service without phrases is judged by its name, or it could never be found.
        said, said_three = at.said.best_and_three(vector, name, name - PHRASE_GAP)
        columns = (
            letters,
            at.lemmas.scores(words),
            text,
            at.labels.best(vector, missing=text),
            said,
            said_three,
            self._demand,
        )
        understood = at.lemmas.knows_any(words) or bool(letters.max() >= GLIMMER)
        return np.stack(columns, axis=1), understood


def revision_of(session: Session) -> int:
    """The number of the catalogue's newest change; 0 before the first load."""
    return session.scalar(select(CatalogueRevision.revision)) or 0
