"""Whole conversations through the public door; each file of conversations/ tells its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.running_desk import Answer, RunningDesk

CONVERSATIONS = Path(__file__).parent / "conversations"
AMONG_FIRST = 3
PROMISE = {"fi": "Minä hoidan tämän ja välitän asiasi eteenpäin.", "sv": "Jag tar hand om det här"}


def _all() -> dict[str, dict[str, Any]]:
    return {
        path.stem: yaml.safe_load(path.read_text("utf-8"))
        for path in sorted(CONVERSATIONS.glob("*.yml"))
    }


TOLD = _all()


@pytest.mark.parametrize("name", TOLD)
def test_a_conversation_ends_as_it_should(name: str, desk: RunningDesk) -> None:
    conversation_id, before = None, None
    for number, turn in enumerate(TOLD[name]["turns"], 1):
        text = _text(turn, before)
        answer = desk.send(text, conversation_id)
        wrong = _wrong(turn, answer, before)
        assert not wrong, f"turn {number}, {text[:100]!r}: {'; '.join(wrong)}\n{_short(answer)}"
        conversation_id, before = answer["conversation_id"], answer
    assert before is not None
    assert before["outcome"]["kind"] in TOLD[name]["ends"]
    _keeps_secrets(desk, str(conversation_id), TOLD[name].get("hides", []))


def test_every_conversation_is_told_in_both_languages() -> None:
    assert len([name for name in TOLD if name.startswith("fi_")]) == 10
    assert len([name for name in TOLD if name.startswith("sv_")]) == 10


def _text(turn: dict[str, Any], before: Answer | None) -> str:
    if "press" in turn:  # the button of that number under the reply before
        assert before is not None
        return str(_buttons(before)[turn["press"] - 1]["value"])
    return str(turn["say"]) * int(turn.get("times", 1))


def _wrong(turn: dict[str, Any], answer: Answer, before: Answer | None) -> list[str]:
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
        "a handover without its promise": outcome["kind"] != "handover"
        or outcome["ticket"] is not None,
    }
    checks |= {f"does not say {part!r}": part in said for part in turn.get("says", [])}
    checks |= {f"says {part!r}": part not in said for part in turn.get("never_says", [])}
    if turn.get("new_ticket"):
        checks["no new ticket"] = bool((outcome["ticket"] or {}).get("secret"))
        checks["no promise"] = PROMISE[answer["language"]] in said
    return [what for what, holds in checks.items() if not holds]


def _is_one_of(names: list[str], outcome: dict[str, Any]) -> bool:
    """An answer gives exactly one of these services; a question has one among its first."""
    shown = 1 if outcome["kind"] == "answer" else AMONG_FIRST
    return any(one["name"] in names for one in outcome["services"][:shown])


def _title(before: Answer | None, number: int) -> str:
    assert before is not None
    return str(_buttons(before)[number - 1]["title"])


def _buttons(answer: Answer) -> list[dict[str, str]]:
    buttons: list[dict[str, str]] = answer["replies"][-1]["choices"] or []
    return buttons


def _said(answer: Answer) -> str:
    return "\n".join(reply["text"] for reply in answer["replies"])


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
