"""Which service is meant is asked by a fact that settles it, and read from free words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from actions.find import ANSWER_FROM
from actions.hand import Desk
from catalog.facets import FACETS, facets, vocabulary
from catalog.find import Finder, Findings, Found
from catalog.models import Service, ServiceText
from catalog.reach import ANYBODY, Asker
from desk.models import Conversation, Turn
from eval.questions_data import passers, strangers
from tests.foundation import PlantedFinder, Talk, Told, replies, words

# The services by their Finnish names; what is asked is planted, the rest is the shipped data.
AT_HOME = ("Tilapäinen päivähoito", "Kotipalvelu", "Kelan tuet lapsiperheille")
GUIDED = ("Päihdeongelmaisten palveluohjaus", "Ikääntyvien palveluohjaus", "Lasten palveluohjaus")
TAXED = ("Veroilmoitus - henkilöasiakas", "Veroilmoitus – yhteisöt")
ROADS = ("Tienkäyttäjän linja", "Katujen ja yleisten alueiden kunnossapito", "Rikosilmoitus")
CARED_FOR = ("Kunnallinen päiväkotihoito", "Kunnallinen perhepäivähoito", "Tilapäinen päivähoito")
RENTED = "Kunnan vuokra-asunnot"
ASKED = "jokin asia"
LAHTI = "municipality:398"
LANGUAGES = ("fi", "sv")


@dataclass
class HalfPlanted(PlantedFinder):
    """Finds what is planted, and for any other text what the real search finds."""

    real: Finder | None = None

    def find(
        self, question: str, language: str, asker: Asker = ANYBODY, limit: int = 5
    ) -> Findings:
        assert self.real is not None
        if any(word in question for word in self.planted):
            return super().find(question, language, asker, limit)
        return self.real.find(question, language, asker, limit)


Asks = Callable[..., Talk]


@pytest.fixture
def ask(desk: Desk, real_finder: Finder) -> Asks:
    """A talk in which the desk has just asked which of these services is meant."""

    def asking(language: str, *names: str, score: float = 0.15) -> Talk:
        half = HalfPlanted(real=real_finder)
        half.plant(ASKED, *((id_of(desk, name), score) for name in names))
        talk = Talk(replace(desk, finder=lambda: half), language=language)  # type: ignore[arg-type,return-value]
        assert talk.write(ASKED).kind == "clarify"
        return talk

    return asking


def id_of(desk: Desk, name: str) -> str:
    with desk.reading() as session:
        named = select(ServiceText.service_id).where(ServiceText.name == name)
        return session.scalars(named.order_by(ServiceText.service_id)).first() or name


def last(talk: Talk) -> Told:
    with talk.desk.reading() as session:
        turn = session.scalars(select(Turn.id).order_by(Turn.id.desc())).first()
    return talk.told(turn or 0)


def titles(told: Told) -> list[str]:
    return [str(one["title"]) for reply in told.turn.replies for one in reply.get("choices", [])]


# --- the data ---


@pytest.mark.parametrize("facet", FACETS)
def test_every_value_has_a_text_in_both_languages_and_words_to_point_at_it(facet: str) -> None:
    for value in vocabulary()[facet]:  # type: ignore[index]
        assert set(replies().texts[f"utter_{facet}_{value}"]) == set(LANGUAGES)
        assert words().pointing.values[facet, value]  # type: ignore[index]


@pytest.mark.parametrize("facet", FACETS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_values_are_said_alike(facet: str, language: str) -> None:
    said = [
        replies().say(f"utter_{facet}_{value}", language)
        for value in vocabulary()[facet]  # type: ignore[index]
    ]
    assert len(said) == len(set(said))


def test_every_service_in_the_data_exists_and_has_known_values(desk: Desk) -> None:
    with desk.reading() as session:
        known = set(session.scalars(select(Service.id)))
    assert set(facets().values) <= known
    for values in facets().values.values():
        assert all(not values[facet] or values[facet] in vocabulary()[facet] for facet in FACETS)


def test_what_a_value_overlaps_is_a_value() -> None:
    for values in vocabulary().values():
        assert {other for others in values.values() for other in others} <= set(values)


# --- the question ---


@pytest.mark.parametrize(
    ("language", "names", "question", "shown"),
    [
        (
            "fi",
            AT_HOME,
            "Mitä haluaisit tehdä?",
            ["Löytää lapselle hoitopaikka – Tilapäinen päivähoito", "Saada apua kotiin"],
        ),
        (
            "sv",
            AT_HOME,
            "Vad vill du göra?",
            ["Hitta en dagvårdsplats åt ett barn – Tillfällig dagvård", "Få hjälp hemma"],
        ),
        (
            "fi",
            ROADS,
            "Mitä haluaisit tehdä?",
            ["Ilmoittaa viasta maantiellä", "Ilmoittaa viasta kadulla", "Ilmoittaa rikoksesta"],
        ),
        (
            "sv",
            ROADS,
            "Vad vill du göra?",
            ["Anmäla fel på en landsväg", "Anmäla fel på en gata", "Anmäla ett brott"],
        ),
    ],
)
def test_what_is_wanted_separates_and_is_asked_with_the_services_name(
    ask: Asks, language: str, names: tuple[str, ...], question: str, shown: list[str]
) -> None:
    told = last(ask(language, *names))
    assert question in told.said
    assert all(
        title.startswith(part) and " – " in title
        for title, part in zip(titles(told), shown, strict=False)
    )


@pytest.mark.parametrize(
    ("language", "names", "question", "shown"),
    [
        ("fi", GUIDED, "Kenestä tai mistä on kyse?", "Lapsesta – Lasten palveluohjaus"),
        ("sv", GUIDED, "Vem gäller det?", "En äldre person – Servicestyrning för äldre"),
        ("fi", TAXED, "Kenestä tai mistä on kyse?", "Yrityksestä – Veroilmoitus – yhteisöt"),
        ("sv", TAXED, "Vem gäller det?", "Ett företag – Skattedeklaration – samfund"),
    ],
)
def test_where_the_same_is_wanted_the_desk_asks_whom_it_is_about(
    ask: Asks, language: str, names: tuple[str, ...], question: str, shown: str
) -> None:
    told = last(ask(language, *names))
    assert question in told.said
    assert shown in titles(told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_no_fact_separates_the_names_are_asked(ask: Asks, language: str) -> None:
    told = last(ask(language, *CARED_FOR))
    assert titles(told) == told.buttons
    assert "vastaa asiaasi" in told.said or "stämmer in" in told.said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("names", [AT_HOME, GUIDED, TAXED, ROADS, CARED_FOR])
def test_each_button_leads_to_its_service(ask: Asks, language: str, names: tuple[str, ...]) -> None:
    for number, name in enumerate(names):
        talk = ask(language, *names)
        button = last(talk).buttons[number]
        assert talk.write(button, "nlu_fallback").conversation.topic_id == id_of(talk.desk, name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_strangers_never_see_two_equal_buttons_nor_another_service(
    finding_desk: Desk, real_finder: Finder, language: str
) -> None:
    asked = [one for one in (*strangers(), *passers()) if one.language == language][:40]
    by_fact = 0
    for one in asked:
        told = Talk(finding_desk, language=language).write(one.text)
        offered = told.conversation.pending.get("choices", [])
        if told.kind != "clarify" or not offered or told.conversation.pending.get("event"):
            continue
        found = [each.service_id for each in real_finder.find(one.text, language).services]
        assert {each["service_id"] for each in offered} <= set(found)
        assert len(set(titles(told))) == len(titles(told))
        assert len(set(told.buttons)) == len(told.buttons)
        by_fact += facets().separating([each["service_id"] for each in offered]) is not None
    assert by_fact


# --- the municipality ---


@dataclass
class PlacedFinder(PlantedFinder):
    """Finds what is planted, but for a customer of Lahti without the service of another place."""

    bound: str = ""

    def find(
        self, question: str, language: str, asker: Asker = ANYBODY, limit: int = 5
    ) -> Findings:
        found = super().find(question, language, asker, limit)
        if asker.municipality_id != LAHTI:
            return found
        left = tuple(
            replace(one, score=0.9) for one in found.services if one.service_id != self.bound
        )
        return replace(found, services=left)


@pytest.fixture
def rented(desk: Desk) -> Callable[[str], Talk]:
    """A talk in which somebody has asked for a municipality's flat, without saying where."""

    def asking(language: str) -> Talk:
        with desk.reading() as session:
            named = select(ServiceText.service_id).where(ServiceText.name == RENTED)
            alike = {one: session.get_one(Service, one) for one in session.scalars(named)}
            bound, general = sorted(alike, key=lambda one: not alike[one].place_bound)
        finder = PlacedFinder(bound=bound)
        finder.plant(ASKED, (bound, 0.9), (general, 0.05))
        talk = Talk(replace(desk, finder=lambda: finder), language=language)  # type: ignore[arg-type,return-value]
        talk.write(ASKED)
        return talk

    return asking


@pytest.mark.parametrize(
    ("language", "question", "elsewhere"),
    [
        ("fi", "Missä kunnassa asut?", "Jossain muualla"),
        ("sv", "I vilken kommun bor du?", "Någon annanstans"),
    ],
)
def test_services_of_one_name_are_told_apart_by_the_municipality(
    rented: Callable[[str], Talk], language: str, question: str, elsewhere: str
) -> None:
    told = last(rented(language))
    assert question in told.said
    assert titles(told)[:2] == ["Orimattila", elsewhere]


@pytest.mark.parametrize(
    ("language", "reply", "there"),
    [
        ("fi", "Orimattila", True),
        ("fi", "Jossain muualla", False),
        ("fi", "muualla", False),
        ("fi", "toinen", False),
        ("sv", "Orimattila", True),
        ("sv", "någon annanstans", False),
        ("sv", "annanstans", False),
    ],
)
def test_the_place_chosen_leads_to_its_service(
    rented: Callable[[str], Talk], language: str, reply: str, there: bool
) -> None:
    told = rented(language).write(reply, "nlu_fallback")
    assert told.kind == "answer"
    assert ("Orimattila" in told.said) == there


@pytest.mark.parametrize(("language", "reply"), [("fi", "Lahti"), ("sv", "Lahtis")])
def test_another_municipality_is_searched_for_with_the_question(
    rented: Callable[[str], Talk], language: str, reply: str
) -> None:
    talk = rented(language)
    with talk.desk.writing() as session:  # as the door does with a municipality in the text
        session.get_one(Conversation, talk.conversation_id).municipality_id = LAHTI
    told = talk.write(reply, "nlu_fallback")
    assert told.kind == "answer"
    assert "Orimattila" not in told.said


# --- the reply in free words ---


@pytest.mark.parametrize(
    ("names", "said", "meant"),
    [
        (GUIDED, "lapsesta", 2),
        (GUIDED, "no vanhemmalle äidille", 1),
        (GUIDED, "pojalleni", 2),
        (GUIDED, "mummolle", 1),
        (GUIDED, "mun siskolla on alkoholiongelma", 0),
        (GUIDED, "se kolmas", 2),
        (AT_HOME, "haluaisin apua kotiin", 1),
        (AT_HOME, "rahaa", 2),
        (AT_HOME, "hoitopaikka", 0),
        (AT_HOME, "kotipalvelua", 1),
        (TAXED, "firmalle", 1),
        (TAXED, "ihan itselleni", 0),
        (ROADS, "se on maantie", 0),
        (ROADS, "kadulla keskustassa", 1),
        (ROADS, "poliisille", 2),
        (CARED_FOR, "päiväkotiin", 0),
        (CARED_FOR, "perhepäivähoitoon kiitos", 1),
    ],
)
def test_a_finnish_reply_in_free_words_picks(
    ask: Asks, names: tuple[str, ...], said: str, meant: int
) -> None:
    talk = ask("fi", *names)
    told = talk.write(said, "nlu_fallback", 0.3)
    assert told.kind == "answer"
    assert told.conversation.topic_id == id_of(talk.desk, names[meant])


@pytest.mark.parametrize(
    ("names", "said", "meant"),
    [
        (GUIDED, "min mamma", 1),
        (GUIDED, "för barnet", 2),
        (GUIDED, "he e för mommo", 1),
        (GUIDED, "min son", 2),
        (GUIDED, "alkohol", 0),
        (GUIDED, "den sista", 2),
        (AT_HOME, "hjälp hemma", 1),
        (AT_HOME, "pengar", 2),
        (AT_HOME, "dagvård tack", 0),
        (TAXED, "för mitt företag", 1),
        (TAXED, "för mig själv", 0),
        (ROADS, "det är en landsväg", 0),
        (ROADS, "på gatan", 1),
        (ROADS, "polisen", 2),
        (CARED_FOR, "familjedagvård", 1),
    ],
)
def test_a_swedish_reply_in_free_words_picks(
    ask: Asks, names: tuple[str, ...], said: str, meant: int
) -> None:
    talk = ask("sv", *names)
    told = talk.write(said, "nlu_fallback", 0.3)
    assert told.kind == "answer"
    assert told.conversation.topic_id == id_of(talk.desk, names[meant])


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fi", "en tiedä kumpi"),
        ("fi", "emmä tiiä"),
        ("fi", "en osaa sanoa"),
        ("sv", "vet inte"),
        ("sv", "ingen aning"),
        ("sv", "ja vet int"),
    ],
)
def test_who_cannot_choose_need_not(ask: Asks, language: str, said: str) -> None:
    told = ask(language, *GUIDED).write(said, "nlu_fallback", 0.3)
    assert told.kind == "handover"
    assert told.ticket is not None
    assert (told.ticket.reason, told.ticket.subject) == ("none_fits", ASKED)


@pytest.mark.parametrize(
    ("language", "said"), [("fi", "ei lapsesta"), ("sv", "inte ett barn"), ("sv", "int barn")]
)
def test_what_is_refused_is_not_chosen_but_the_rest_asked_about(
    ask: Asks, language: str, said: str
) -> None:
    talk = ask(language, *GUIDED)
    told = talk.write(said, "nlu_fallback", 0.3)
    assert told.kind == "clarify"
    offered = [one["service_id"] for one in told.conversation.pending["choices"]]
    assert offered == [id_of(talk.desk, name) for name in GUIDED[:2]]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fi", "kuka siivoaa ja auttaa vanhaa äitiä"),
        ("fi", "lapsesta ja mummosta"),
        ("fi", "ei lapsesta vaan mummosta"),
        ("sv", "både barnet och mommo"),
    ],
)
def test_words_that_fit_several_or_say_much_more_pick_nothing(
    ask: Asks, language: str, said: str
) -> None:
    told = ask(language, *GUIDED).write(said, "find_service")
    assert told.turn.closed_by == "action_find_service"


@pytest.mark.parametrize(
    ("language", "said", "meant"),
    [
        ("fi", "autoni pitää poistaa liikennekäytöstä", "Ajoneuvon liikennekäytöstäpoisto"),
        ("fi", "haluan tehdä rikosilmoituksen lapsen pyörästä", "Rikosilmoitus"),
        ("sv", "jag vill göra en brottsanmälan", "Rikosilmoitus"),
        ("sv", "jag vill byta efternamn", "Sukunimen muuttaminen"),
    ],
)
def test_a_new_need_wins_over_the_old_choices(
    ask: Asks, real_finder: Finder, language: str, said: str, meant: str
) -> None:
    first = real_finder.find(said, language).services[0]
    talk = ask(language, *GUIDED)
    assert first.score >= ANSWER_FROM
    assert first.service_id == id_of(talk.desk, meant)
    assert talk.write(said).conversation.topic_id == first.service_id


def test_a_reply_is_searched_together_with_what_was_asked_about(
    talk: Talk, planted: PlantedFinder
) -> None:
    ids = [id_of(talk.desk, name) for name in CARED_FOR]
    planted.planted["hoito juhannukseksi"] = Findings((Found(ids[1], ANSWER_FROM),), True)
    planted.plant("hoito", *((one, 0.15) for one in ids))
    talk.write("hoito")
    told = talk.write("juhannukseksi", "nlu_fallback")
    assert told.conversation.topic_id == ids[1]
    assert told.turn.closed_by == "action_find_service"


def test_a_second_reply_that_does_not_help_is_a_ticket(talk: Talk, planted: PlantedFinder) -> None:
    planted.plant("hoito", *((id_of(talk.desk, name), 0.15) for name in CARED_FOR))
    talk.write("hoito")
    assert talk.write("hoito se on", "nlu_fallback").kind == "clarify"
    told = talk.write("blaa", "nlu_fallback")
    assert told.kind == "handover"
    assert told.ticket is not None
    assert told.ticket.reason == "none_fits"
