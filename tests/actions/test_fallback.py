"""When bot, actions or search fail, the customer gets a ticket."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actions import fallback
from tests.foundation import Talk, replies

REASONS = ["bot_down", "bot_slow", "bot_wrong", "bot_no_action", "abandoned"]


@pytest.mark.parametrize("reason", REASONS)
def test_a_turn_that_nobody_closed_becomes_a_ticket_with_the_reason(
    talk: Talk, reason: str
) -> None:
    turn_id = talk.open("hukkasin henkilökortin")
    fallback.take_over(talk.desk, turn_id, reason)
    told = talk.told(turn_id)
    assert told.kind == "handover"
    assert told.turn.closed_by == reason
    assert told.ticket is not None
    assert (told.ticket.reason, told.ticket.subject) == (reason, "hukkasin henkilökortin")
    assert "Minä hoidan tämän" in told.said


def test_a_fallback_speaks_the_customers_language(samtal: Talk) -> None:
    turn_id = samtal.open("jag tappade mitt id-kort")
    fallback.take_over(samtal.desk, turn_id, "bot_down")
    assert "Jag tar hand om det här" in samtal.told(turn_id).said


def test_a_search_that_is_broken_costs_the_customer_no_ticket(talk: Talk) -> None:
    class Broken:
        revision = 1

        def find(self, *_: object, **__: object) -> None:
            raise RuntimeError("broken")

    desk = replace(talk.desk, finder=lambda: Broken())  # type: ignore[arg-type,return-value]
    turn_id = talk.open("hukkasin henkilökortin")
    fallback.take_over(desk, turn_id, "bot_down")
    told = talk.told(turn_id)
    assert told.ticket is not None
    assert told.ticket.tried == []


def test_every_reason_is_told_to_the_staff_in_both_languages() -> None:
    import yaml

    from api.settings import PROJECT

    texts = yaml.safe_load((PROJECT / "api" / "texts" / "staff.yml").read_text("utf-8"))
    given = ["asked", "unsure", "not_understood", "none_fits", "danger", "other_language"]
    for reason in [*given, "service_gone", *REASONS]:
        assert set(texts[f"reason_{reason}"]) == {"fi", "sv"}
    assert replies()
