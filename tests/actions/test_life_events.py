"""A life event told: kind words, its services in order, and each of them a button (P31)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actions.hand import Desk
from catalog.find import Findings
from catalog.life_events import life_events
from desk.conversations import pending
from desk.models import Turn
from tests.foundation import PlantedFinder, Talk, Told

# None of these stands in nlu_data.
TOLD = [
    ("fi", "moving", "Mitä velvollisuuksia muuttajalla on?"),
    ("fi", "death", "mun äiti on kuollu, mitä tästä eteenpäin"),
    ("fi", "child_coming", "Olemme saamassa perheeseen vauvan elokuussa. Mitä pitäisi hoitaa?"),
    ("fi", "job_loss", "Työnantajani antoi lopputilin eilen. Miten toimin nyt?"),
    ("fi", "starting_company", "miten perustetaan toiminimi ja mitä kaikkea sen jälkeen"),
    ("fi", "retirement", "mitä pitää tehdä ennen ku pääsee eläkkeelle"),
    ("fi", "divorce", "ero on totta, en tiedä mistä päästä aloittaa"),
    ("fi", "coming_to_finland", "muutan Kanadasta Suomeen, mitä kaikkee pitää hoitaa"),
    ("fi", "school_start", "meidän lapsi alottaa koulun, mihin ilmottaudutaan ja mitä haetaan"),
    ("fi", "serious_illness", "Isällä todettiin muistisairaus, mitä meidän pitää hoitaa?"),
    ("sv", "moving", "Vi lämnar Borgå och flyttar till Tammerfors i mars. Vad ska ordnas?"),
    ("sv", "death", "vem berättar vad man ska göra när pappa dör"),
    ("sv", "child_coming", "när man är gravid så vad allt ska man göra och när"),
    ("sv", "job_loss", "mitt jobb tog slut, va ska man gör"),
    ("sv", "starting_company", "ja vill bli företagare, hjälp mig i gång"),
    ("sv", "retirement", "Jag slutar jobba i juni och går i pension. Vad ska jag sköta?"),
    ("sv", "divorce", "det blir skilsmässa, jag vet inte i vilken ända jag ska börja"),
    ("sv", "coming_to_finland", "ja flyttar från Kanada till Finland, va allt ska skötas"),
    ("sv", "school_start", "Dottern börjar första klass i augusti. Vad ska vi göra?"),
    ("sv", "serious_illness", "Pappa har fått en minnessjukdom, vad ska vi sköta?"),
]
ONE_NEED = [
    ("fi", "äitiyspakkaus"),
    ("fi", "muuttoilmoitus"),
    ("fi", "Miten haen starttirahaa?"),
    ("sv", "flyttanmälan"),
    ("sv", "moderskapsförpackning"),
    ("sv", "Hur anmäler jag babyns namn?"),
]


class EventFinder(PlantedFinder):
    """Plants an event beside the services: in every message that names it."""

    def find(self, question: str, *rest: object, **more: object) -> Findings:
        found = super().find(question, "fi")
        named = next((one for one in life_events() if one in question), None)
        return replace(found, life_event=named)


@pytest.fixture
def hearing(desk: Desk) -> Talk:
    finder = EventFinder()
    return Talk(replace(desk, finder=lambda: finder))  # type: ignore[arg-type,return-value]


def services(told: Told) -> list[str]:
    return [one["service_id"] for one in pending(told.conversation).choices]


@pytest.mark.parametrize(("language", "event", "text"), TOLD)
def test_a_whole_event_gets_its_services_in_order_across_agencies(
    finding_desk: Desk, language: str, event: str, text: str
) -> None:
    told = Talk(finding_desk, language=language).write(text)
    known = life_events()[event]
    assert told.kind == "clarify"
    assert pending(told.conversation).event == event
    assert services(told) == [step.service for step in known.steps]
    assert known.words["sv" if language == "sv" else "fi"] in told.said
    assert len(told.buttons) == len(known.steps) + 1


@pytest.mark.parametrize(("language", "text"), ONE_NEED)
def test_one_concrete_need_is_answered_by_its_own_service(
    finding_desk: Desk, language: str, text: str
) -> None:
    told = Talk(finding_desk, language=language).write(text)
    assert pending(told.conversation).event is None


def test_a_death_is_met_with_condolences_first_and_who_and_when(hearing: Talk) -> None:
    told = hearing.write("death")
    words, steps, question = [reply["text"] for reply in told.turn.replies[-3:]]
    assert words.startswith("Otan osaa")
    lines = steps.splitlines()
    assert [line.partition(".")[0] for line in lines] == [str(n) for n in range(1, len(lines) + 1)]
    assert "Tästä vastaa: Digi- ja väestötietovirasto." in lines[0]
    assert any("kolmen kuukauden kuluessa" in line for line in lines)
    assert "hoida sinä" in question


@pytest.mark.parametrize(
    ("text", "position"), [("eka", 0), ("toka", 1), ("4", 3), ("viimeinen", 6)]
)
def test_a_step_is_chosen_by_its_place_and_the_others_stay_at_hand(
    hearing: Talk, text: str, position: int
) -> None:
    shown = services(hearing.write("moving"))
    told = hearing.write(text)
    assert told.kind == "answer"
    assert told.conversation.topic_id == shown[position]
    assert services(told) == shown
    assert hearing.write("3").conversation.topic_id == shown[2]


def test_a_click_shows_the_service_and_its_card(hearing: Talk) -> None:
    buttons = hearing.write("moving").buttons
    told = hearing.write(buttons[0])
    assert told.kind == "answer"
    assert "Muuttoilmoituksen tekeminen on lakisääteinen velvollisuus" in told.said
    assert buttons[0] not in told.buttons
    assert buttons[1] in told.buttons


def test_yes_begins_with_the_first_step_and_no_is_no_ticket(hearing: Talk) -> None:
    shown = services(hearing.write("retirement"))
    assert hearing.write("joo", "affirm").conversation.topic_id == shown[0]
    assert hearing.write("ei kiitos", "deny").kind == "smalltalk"


@pytest.mark.parametrize("text", ["hoida sinä", "Hoida sinä koko asia"])
def test_one_ticket_covers_the_whole_event(hearing: Talk, text: str) -> None:
    hearing.write("äiti death")
    told = hearing.write(text)
    assert told.kind == "handover"
    assert told.ticket is not None
    assert told.ticket.tags == ["life_event_death"]
    assert told.ticket.subject == "äiti death"
    assert told.ticket.service_id is None


def test_what_is_repeated_is_the_same_chain(hearing: Talk) -> None:
    first = hearing.write("divorce")
    again = hearing.write("mitä sanoit", "repeat")
    assert again.said in first.said or again.said == first.said
    assert again.kind == "clarify"


def test_a_customer_with_a_municipality_hears_its_own_bodies(hearing: Talk) -> None:
    hearing.municipality_id = "municipality:753"  # Sipoo
    assert "Sipoo" in hearing.write("school_start").said


def test_a_step_whose_service_has_ended_is_left_out(hearing: Talk) -> None:
    from catalog.models import Service

    gone = life_events()["moving"].steps[1].service
    with hearing.desk.writing() as session:
        session.get_one(Service, gone).status = "ended"
    shown = services(hearing.write("moving"))
    assert gone not in shown
    assert len(shown) == len(life_events()["moving"].steps) - 1


def test_the_turn_of_a_chain_is_closed_with_its_buttons(hearing: Talk) -> None:
    told = hearing.write("job_loss")
    with hearing.desk.reading() as session:
        turn = session.get_one(Turn, told.turn.id)
        assert turn.state == "closed"
        assert len(turn.replies[-1]["choices"]) == len(life_events()["job_loss"].steps) + 1
