""" "Miksi tämä kestää?" is answered with what the matter goes through."""

from __future__ import annotations

import pytest

from actions.hand import Desk
from catalog.demo import ensure_demo
from tests.foundation import WEDNESDAY_NOON, PlantedFinder, Talk, add_service

PLAN = "b1171fff-abc7-49bf-ba0b-f99730f45329"  # Asemakaavoitukseen vaikuttaminen
ASKED = {
    "fi": ["miksi tämä kestää?", "miksi siinä kestää niin kauan", "entä kauanko se kestää"],
    "sv": ["varför tar det så länge?", "varför dröjer det?", "och hur länge tar det"],
}
ON_VIEW = {
    "fi": "3. Kaavaehdotus on nähtävillä (30 päivää).",
    "sv": "3. Planförslaget är framlagt (30 dagar).",
}


@pytest.fixture
def planned(desk: Desk, planted: PlantedFinder) -> Desk:
    with desk.writing() as session:
        ensure_demo(session, now=WEDNESDAY_NOON)
        add_service(session, "unstaged")
    planted.plant("kaava", (PLAN, 0.95))
    planted.plant("detaljplan", (PLAN, 0.95))
    planted.plant("koepalvelu", ("unstaged", 0.95))
    return desk


def about(desk: Desk, language: str) -> Talk:
    talk = Talk(desk, language)
    told = talk.write({"fi": "miten kaavaan vaikutetaan", "sv": "påverka en detaljplan"}[language])
    assert told.kind == "answer"
    return talk


@pytest.mark.parametrize(
    ("language", "question"), [(at, one) for at, some in ASKED.items() for one in some]
)
def test_why_it_takes_its_time_is_told_by_its_stages(
    planned: Desk, language: str, question: str
) -> None:
    told = about(planned, language).write(question)
    assert told.kind == "answer"
    assert ON_VIEW[language] in told.said
    assert "895/1999, 27 §" in told.said
    assert "1. " in told.said
    assert "5. " in told.said


def test_a_service_without_stages_has_none_invented(planned: Desk) -> None:
    talk = Talk(planned)
    talk.write("koepalvelu")
    told = talk.write("miksi tämä kestää?")
    assert "1. " not in told.said
    assert "Asia etenee näin" not in told.said


@pytest.mark.parametrize(("language", "question"), [("fi", ASKED["fi"][0]), ("sv", ASKED["sv"][0])])
def test_who_has_a_matter_open_hears_of_it_and_why_it_takes_its_time(
    planned: Desk, language: str, question: str
) -> None:
    talk = about(planned, language)
    taken = talk.write({"fi": "haluan ihmisen", "sv": "en människa tack"}[language], "ask_person")
    assert taken.ticket is not None
    told = talk.write(question, "my_ticket")
    assert told.ticket is not None
    assert taken.ticket.code in told.said
    assert ON_VIEW[language] in told.said


def test_who_asks_only_where_the_matter_stands_is_not_told_the_stages(planned: Desk) -> None:
    talk = about(planned, "fi")
    talk.write("haluan ihmisen", "ask_person")
    told = talk.write("missä vaiheessa asiani on", "my_ticket")
    assert ON_VIEW["fi"] not in told.said
