"""Whole conversations through the public door; each file of conversations/ tells its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.running_desk import Answer, RunningDesk
from tests.e2e.telling import Telling, Turn, buttons

CONVERSATIONS = Path(__file__).parent / "conversations"
IN_EACH_LANGUAGE = 30
TURNS = range(3, 10)
AMONG_FIRST = 3
PROMISE = {"fi": "Minä hoidan tämän ja välitän asiasi eteenpäin.", "sv": "Jag tar hand om det här"}


def _all() -> dict[str, dict[str, Any]]:
    return {
        path.stem: yaml.safe_load(path.read_text("utf-8"))
        for path in sorted(CONVERSATIONS.glob("*.yml"))
    }


TOLD = _all()


# What is owed and not kept yet (docs/limits.md, "Understanding"); one that passes leaves the list.
OWED = {
    "fi_12_call_me_back",
    "fi_13_feedback",
    "fi_14_complaint",
    "fi_22_small_talk_and_the_matter",
    "sv_10_not_understood_and_talk",
    "sv_12_call_me_back",
    "sv_14_complaint",
    "sv_17_place_and_municipality",
    "sv_20_dialect",
    "sv_22_small_talk_and_the_matter",
}
EACH = [
    pytest.param(name, marks=pytest.mark.xfail(reason="owed, not kept yet"))
    if name in OWED
    else name
    for name in TOLD
]


@pytest.mark.parametrize("name", EACH)
def test_a_conversation_ends_as_it_should(name: str, desk: RunningDesk) -> None:
    telling, answer = Telling(desk, TOLD[name]), None
    for number, turn in enumerate(TOLD[name]["turns"], 1):
        if "refused" in turn:
            assert telling.refusal(turn).status_code == turn["refused"], f"turn {number}"
            continue
        before = telling.before(turn)
        answer = telling.tell(turn)
        wrong = [*_wrong(turn, answer, before), *_wrong_ticket(turn, answer, before, desk)]
        wrong += _not_the_same(turn, answer, telling)
        assert not wrong, f"turn {number}, {_said_by(turn)}: {'; '.join(wrong)}\n{_short(answer)}"
    assert answer is not None
    assert answer["outcome"]["kind"] in TOLD[name]["ends"]
    for conversation_id in telling.conversations():
        _keeps_secrets(desk, conversation_id, TOLD[name].get("hides", []))


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_conversation_is_told_in_both_languages(language: str) -> None:
    told = [one for name, one in TOLD.items() if name.startswith(f"{language}_")]
    assert len(told) == IN_EACH_LANGUAGE
    assert {len(one["turns"]) for one in told} <= set(TURNS)


def _wrong(turn: Turn, answer: Answer, before: Answer | None) -> list[str]:
    """What does not hold of this turn, in words; nothing when all does."""
    outcome, said = answer["outcome"], _said(answer)
    checks = {
        f"outcome is none of {turn['outcome']}": outcome["kind"] in turn["outcome"],
        "a reply is missing": bool(said),
        f"language is not {turn.get('language')}": turn.get("language")
        in (None, answer["language"]),
        f"service is none of {turn.get('service')}": "service" not in turn
        or _is_one_of(turn["service"], outcome),
        f"not the choice {turn.get('chooses')}": "chooses" not in turn
        or outcome["services"][0]["name"] == _title(before, turn["chooses"]),
        "the reply before is not repeated": "repeats" not in turn
        or (before is not None and _said(before).endswith(said)),
    }
    checks |= {f"does not say {part!r}": part in said for part in turn.get("says", [])}
    checks |= {f"says {part!r}": part not in said for part in turn.get("never_says", [])}
    return [what for what, holds in checks.items() if not holds]


def _wrong_ticket(
    turn: Turn, answer: Answer, before: Answer | None, desk: RunningDesk
) -> list[str]:
    """What does not hold of the matter that the desk took in this turn."""
    outcome = answer["outcome"]
    ticket = outcome["ticket"] or {}
    checks = {"a handover without its promise": outcome["kind"] != "handover" or bool(ticket)}
    if turn.get("new_ticket"):
        checks["no new ticket"] = bool(ticket.get("secret"))
        checks["no promise"] = PROMISE[answer["language"]] in _said(answer)
    if turn.get("same_ticket") and ticket:
        earlier = _tickets_of(desk, answer)
        checks["another ticket"] = [ticket["code"]] == earlier and not ticket["secret"]
    if {"tags", "priority"} & set(turn):
        tags, priority = _marks(desk, ticket.get("code"))
        checks[f"tags are {tags}"] = set(turn.get("tags", [])) <= set(tags)
        checks[f"priority is {priority}"] = turn.get("priority", priority) == priority
    return [what for what, holds in checks.items() if not holds]


def _tickets_of(desk: RunningDesk, answer: Answer) -> list[str]:
    query = "select code from ticket where conversation_id = ?"
    return [str(code) for (code,) in desk.rows(query, answer["conversation_id"])]


def _marks(desk: RunningDesk, code: str | None) -> tuple[list[str], str | None]:
    """What the owner sees at once: the ticket's tags and its priority."""
    rows = desk.rows("select tags, priority from ticket where code = ?", code)
    return (json.loads(rows[0][0]), rows[0][1]) if rows else ([], None)


def _not_the_same(turn: Turn, answer: Answer, telling: Telling) -> list[str]:
    """The same message again is answered the same again, to the letter."""
    if "same_message_as" not in turn:
        return []
    earlier = telling.sent[turn["same_message_as"] - 1]
    return [] if earlier is not None and earlier.answer == answer else ["another answer"]


def _is_one_of(names: list[str], outcome: dict[str, Any]) -> bool:
    """An answer gives exactly one of these services; a question has one among its first."""
    shown = 1 if outcome["kind"] == "answer" else AMONG_FIRST
    return any(one["name"] in names for one in outcome["services"][:shown])


def _title(before: Answer | None, number: int) -> str:
    assert before is not None
    return str(buttons(before)[number - 1]["value"])


def _said(answer: Answer) -> str:
    return "\n".join(reply["text"] for reply in answer["replies"])


def _said_by(turn: Turn) -> str:
    return repr(str(turn.get("say", turn.get("press", "again")))[:100])


def _short(answer: Answer) -> str:
    outcome = answer["outcome"]
    first = [(one["name"], one["score"]) for one in outcome["services"][:AMONG_FIRST]]
    return f"{answer['language']} {outcome['kind']} {first}\n{_said(answer)}"


def _keeps_secrets(desk: RunningDesk, conversation_id: str, hidden: list[str]) -> None:
    """The transcript shows what was said, masked."""
    lines = desk.http.get(f"/api/chat/{conversation_id}").json()
    assert lines
    transcript = "\n".join(line["text"] for line in lines)
    assert [secret for secret in hidden if secret in transcript] == []
