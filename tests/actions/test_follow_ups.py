"""A question that goes on stays on the service just told; a new need never does.

On the real search and the demo network. Every follow-up is read as a need, the worst that the bot
can make of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
import yaml

from actions.hand import Desk
from actions.intents import FACTS as FACT_INTENTS
from api.database import Database
from catalog.demo import ensure_demo
from catalog.find import Finder, Found
from catalog.models import OpeningHours
from desk.conversations import pending
from eval.questions_data import development, passers, strangers
from tests.databases import Databases, a_copy
from tests.foundation import (
    NLU_DATA,
    WEDNESDAY_NOON,
    Clock,
    PlantedFinder,
    Talk,
    Told,
    a_desk,
    add_channel,
    add_service,
    words,
)

REVONTULA = "municipality:995"
LIBRARY = {"fi": "kirjastopalvelut", "sv": "bibliotekstjänster"}
HOUSING = {"fi": "asumistuki", "sv": "allmänt bostadsbidrag"}

HOURS = {
    "fi": [
        ("entä lauantaina?", "lauantai 14.3.:"),
        ("onko auki huomenna", "torstai 12.3.:"),
        ("onks se auki ylihuomenna", "perjantai 13.3.:"),
        ("entäs sunnuntaisin", "sunnuntai 15.3.:"),
        ("auki su?", "sunnuntai 15.3.:"),
        ("mihin asti se on auki tänään", "keskiviikko 11.3.:"),
        ("onko nyt auki", "keskiviikko 11.3.:"),
        ("entä jouluaattona", "torstai 24.12.:"),
        ("24.12.?", "torstai 24.12.:"),
        ("pääseekö sinne juhannusaattona", "perjantai 19.6.:"),
        ("entä ensi viikon tiistaina", "tiistai 17.3.:"),
        ("entä jos menen perjantaina klo 16", "perjantai 13.3.:"),
        ("mites viikonloppuna", "lauantai 14.3.:"),
        ("ja aukiolot?", "aukioloajat:"),
        ("aukiolo", "aukioloajat:"),
        ("moneltako menee kiinni", "aukioloajat:"),
        ("hyvä, kiitos! entä lauantaina?", "lauantai 14.3.:"),
    ],
    "sv": [
        ("och på lördag?", "lördag 14.3:"),
        ("är det öppet på lördag", "lördag 14.3:"),
        ("e de öppe imorron", "torsdag 12.3:"),
        ("i övermorgon då", "fredag 13.3:"),
        ("å på söndagar?", "söndag 15.3:"),
        ("är det öppet nu", "onsdag 11.3:"),
        ("och på julafton", "torsdag 24.12:"),
        ("24.12?", "torsdag 24.12:"),
        ("är det öppet på midsommarafton", "fredag 19.6:"),
        ("och nästa vecka på tisdag", "tisdag 17.3:"),
        ("om jag kommer på fredag kl. 16", "fredag 13.3:"),
        ("och under helgen?", "lördag 14.3:"),
        ("och öppettiderna?", "öppettider:"),
        ("när stänger ni", "öppettider:"),
        ("tack, bra. och på lördag?", "lördag 14.3:"),
    ],
}
FACTS = {
    "fi": [
        ("missä se on", "Keksintökuja"),
        ("osoite?", "Keksintökuja"),
        ("mut mihin mun pitää mennä", "Keksintökuja"),
        ("paljonko?", "hintaa ei ole luettelossani"),
        ("hinta", "hintaa ei ole luettelossani"),
        ("no entä hinta", "hintaa ei ole luettelossani"),
        ("ja maksaako se jotain", "hintaa ei ole luettelossani"),
        ("entä miten sitä haetaan", "näin haet"),
        ("ja mitä otan mukaan?", "henkilöllisyystodistus"),
        ("kauanko siinä kestää", "kuinka kauan kestää"),
    ],
    "sv": [
        ("var?", "Påhittsgränden"),
        ("adress?", "Påhittsgränden"),
        ("men vart ska jag gå", "Påhittsgränden"),
        ("och vad kostar det?", "finns inte i min katalog"),
        ("hur mycket", "finns inte i min katalog"),
        ("nå men priset då", "finns inte i min katalog"),
        ("och hur ansöker man", "så här ansöker du"),
        ("och vad ska jag ha med mig", "vilka papper som behövs"),
        ("hur länge tar det", "hur länge det tar"),
    ],
}
PLACES = {
    "fi": ["entä Porvoossa?", "entä jos asun Porvoossa", "mut mä asun Porvoossa", "entäs Porvoo"],
    "sv": ["och i Borgå?", "om jag bor i Borgå då", "men jag bor i Borgå", "å Borgå då?"],
}
NEW = {
    "fi": [
        ("entä miten haen opintotukea", "find_service"),
        ("entä miten haen opintotukea", "ask_how_to_apply"),
        ("ja mistä saan ajokortin", "find_service"),
        ("mitä rakennuslupa maksaa", "ask_price"),
        ("tarvitsen hammaslääkäriä huomenna", "find_service"),
        ("entä äitini omaishoidon tuki", "find_service"),
        ("missä voin äänestää sunnuntaina", "ask_place"),
        ("vuokra pitäisi maksaa perjantaina eikä ole rahaa", "find_service"),
        ("ja sitten haluaisin perustaa yrityksen", "find_service"),
        ("entä toimeentulotuki, kauanko siinä kestää", "ask_processing_time"),
        ("ja paljonko koiran rekisteröinti maksaa", "find_service"),
        ("entä kotihoito", "find_service"),
        ("no haluan hakea lapselle koulupaikkaa", "find_service"),
        ("entä mistä saan apua", "find_service"),
    ],
    "sv": [
        ("och hur ansöker jag om studiestöd", "find_service"),
        ("och hur ansöker jag om studiestöd", "ask_how_to_apply"),
        ("och var får jag körkort", "find_service"),
        ("vad kostar ett bygglov", "ask_price"),
        ("jag behöver en tandläkare imorgon", "find_service"),
        ("och stöd för närståendevård åt mamma", "find_service"),
        ("var kan jag rösta på söndag", "ask_place"),
        ("hyran ska betalas på fredag men jag har inga pengar", "find_service"),
        ("och sen vill jag starta ett företag", "find_service"),
        ("och utkomststöd, hur länge tar det", "ask_processing_time"),
        ("och vad kostar det att registrera en hund", "find_service"),
        ("och hemvård", "find_service"),
        ("och vart för jag gamla målburkar på lördag", "find_service"),
    ],
}


@pytest.fixture(scope="module")
def network(
    databases: Databases, stocked: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """The shipped catalogue with the demo, for conversations that do not meet."""
    with a_copy(databases, stocked, tmp_path_factory.mktemp("network")) as database:
        with database.writing() as session:
            ensure_demo(session, now=WEDNESDAY_NOON)
        yield database


@pytest.fixture
def demo_desk(network: Database, clock: Clock, real_finder: Finder) -> Iterator[Desk]:
    with ThreadPoolExecutor(2) as pool:
        yield a_desk(network, clock, real_finder, pool)


def talking(desk: Desk, language: str, about: str, place: str | None = REVONTULA) -> Talk:
    """A conversation in which this service was told last."""
    talk = Talk(desk, language=language, municipality_id=place)
    first = talk.write(about)
    assert first.kind == "answer", first.buttons
    return talk


def topic(talk: Talk) -> str | None:
    with talk.desk.reading() as session:
        return talk._conversation(session).topic_id


def cases(by_language: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str, str]]:
    return [(language, *one) for language, ones in by_language.items() for one in ones]


@pytest.mark.parametrize(("language", "text", "said"), [*cases(HOURS), *cases(FACTS)])
def test_a_follow_up_tells_that_fact_of_the_service_just_told(
    demo_desk: Desk, language: str, text: str, said: str
) -> None:
    talk = talking(demo_desk, language, LIBRARY[language])
    before = topic(talk)
    told = talk.write(text)
    assert told.kind == "answer"
    assert told.conversation.topic_id == before
    assert said in told.said
    assert "Tästä vastaa" not in told.said  # the fact, and not the whole card
    assert "Ansvarig:" not in told.said


@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("intent", ["chitchat", "choose_option", "ask_place", "nlu_fallback"])
def test_whatever_the_bot_hears_a_day_is_asked_of_the_topic(
    demo_desk: Desk, language: str, intent: str
) -> None:
    talk = talking(demo_desk, language, LIBRARY[language])
    told = talk.write({"fi": "entä lauantaina?", "sv": "och på lördag?"}[language], intent)
    assert told.turn.closed_by == "action_service_hours"
    assert "10.00–15.00" in told.said


@pytest.mark.parametrize(("language", "text", "intent"), cases(NEW))
def test_a_new_need_is_not_held_on_the_service_just_told(
    demo_desk: Desk, language: str, text: str, intent: str
) -> None:
    talk = talking(demo_desk, language, LIBRARY[language])
    before = topic(talk)
    told = talk.write(text, intent)
    assert not (told.kind == "answer" and told.conversation.topic_id == before), told.said


@pytest.mark.parametrize(
    ("language", "text"), [(one, text) for one, texts in PLACES.items() for text in texts]
)
def test_another_municipality_tells_the_same_service_there(
    demo_desk: Desk, language: str, text: str
) -> None:
    talk = talking(demo_desk, language, LIBRARY[language])
    before = topic(talk)
    told = talk.write(text)
    assert (told.kind, told.conversation.topic_id) == ("answer", before)
    assert told.conversation.municipality_id == "municipality:638"
    assert {"fi": "Porvoo (kunta)", "sv": "Borgå (kommun)"}[language] in told.said


def test_a_municipality_asked_on_about_stays_where_nobody_knows_who_answers(
    talk: Talk, planted: PlantedFinder
) -> None:
    open_place(talk, planted)
    planted.plant("", ("s2", 0.9))
    told = talk.write("entä Porvoossa?")
    assert (told.turn.closed_by, told.conversation.topic_id) == ("municipality_told", "s1")


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_municipality_of_a_service_of_the_state_tells_its_own_door_there(
    demo_desk: Desk, language: str
) -> None:
    talk = talking(demo_desk, language, HOUSING[language], place=None)
    before = topic(talk)
    told = talk.write({"fi": "entä Revontulassa?", "sv": "och i Norrskensby?"}[language])
    assert told.conversation.topic_id == before


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("fi", "entä ruotsiksi", "Bibliotekstjänster"),
        ("sv", "och på finska?", "Kirjastopalvelut"),
    ],
)
def test_the_same_service_is_told_in_the_other_language(
    demo_desk: Desk, language: str, text: str, said: str
) -> None:
    talk = talking(demo_desk, language, LIBRARY[language])
    before = topic(talk)
    told = talk.write(text)
    assert (told.kind, told.conversation.topic_id) == ("answer", before)
    assert told.conversation.language != language
    assert said in told.said


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fi", "ok kiitos, hyvää viikonloppua!"),
        ("fi", "hyvää joulua"),
        ("sv", "tack, ha en bra helg"),
        ("sv", "tack och god jul!"),
    ],
)
def test_a_wish_for_the_weekend_asks_for_no_hours(
    demo_desk: Desk, language: str, text: str
) -> None:
    talk = talking(demo_desk, language, LIBRARY[language])
    assert talk.write(text, "goodbye").turn.closed_by != "action_service_hours"


@pytest.mark.parametrize(("language", "text"), [("fi", "entä lauantaina?"), ("sv", "var?")])
def test_without_a_topic_nothing_goes_on(demo_desk: Desk, language: str, text: str) -> None:
    told = Talk(demo_desk, language=language).write(text)
    assert told.turn.closed_by == "action_find_service"


# --- the words alone ---


def test_no_need_is_made_of_words_of_follow_ups_alone() -> None:
    for asked in [*development(), *strangers(), *passers()]:
        read = words().follow_ups.read(asked.text, words().days[asked.language])
        assert read is None or read.more > 0, asked.text


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_no_example_of_a_fact_is_read_as_another(language: str) -> None:
    for entry in yaml.safe_load((NLU_DATA / language / "nlu.yml").read_text("utf-8"))["nlu"]:
        for example in entry["examples"].splitlines() if entry["intent"] in FACT_INTENTS else ():
            read = words().follow_ups.read(example.removeprefix("- "), words().days[language])
            assert read is None or read.more or read.intent == entry["intent"], example


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fi", "kiitos paljon"),
        ("fi", "ihan paska palvelu"),
        ("fi", "paljonko kello on"),
        ("fi", "millainen sää huomenna on"),
        ("fi", "voiko joku soittaa mulle tänään"),
        ("sv", "det var allt, hej då"),
        ("sv", "ja den var det"),
        ("sv", "behövs inte"),
        ("sv", "hur mycket är klockan"),
    ],
)
def test_what_only_sounds_like_a_fact_is_none(language: str, text: str) -> None:
    read = words().follow_ups.read(text, words().days[language])
    assert read is None or read.more > 0


# --- what is said of a day ---


def open_place(talk: Talk, planted: PlantedFinder, *hours: OpeningHours) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s1", texts={"fi": "Koepalvelu", "sv": "Provservice"})
        add_channel(session, "s1", "c1", *hours, kind="ServiceLocation", address="Koekatu 1")
    planted.plant("koe", ("s1", 0.9))
    planted.plant("prov", ("s1", 0.9))
    talk.write("koe" if talk.language == "fi" else "prov")


def week(last: int = 4, **more: object) -> list[OpeningHours]:
    times = {"opens": time(9), "closes": time(15, 30)} | more
    return [OpeningHours(weekday=day, **times) for day in range(last + 1)]


def closed(day: date) -> OpeningHours:
    return OpeningHours(exceptional=True, closed=True, valid_from=day, valid_to=day)


def test_a_day_that_is_closed_says_when_it_opens_next(talk: Talk, planted: PlantedFinder) -> None:
    open_place(talk, planted, *week())
    said = talk.write("entä lauantaina?").said
    assert "Neuvonta: suljettu. Aukeaa maanantaina 16.3. klo 9.00." in said


def test_the_same_in_swedish(samtal: Talk, planted: PlantedFinder) -> None:
    open_place(samtal, planted, *week())
    said = samtal.write("och på lördag?").said
    assert "Rådgivning: stängt. Öppnar måndag 16.3 kl. 9.00." in said


def test_an_exception_beats_the_weekday(talk: Talk, planted: PlantedFinder) -> None:
    open_place(talk, planted, *week(), closed(date(2026, 3, 13)))
    assert "perjantai 13.3.:\nNeuvonta: suljettu." in talk.write("ja perjantaina?").said


def test_today_is_told_with_how_it_is_now(talk: Talk, planted: PlantedFinder) -> None:
    open_place(talk, planted, *week())
    said = talk.write("onko auki tänään").said
    assert "9.00–15.30. Avoinna nyt, sulkeutuu keskiviikkona 11.3. klo 15.30." in said


@pytest.mark.parametrize(
    ("language", "text", "warning"),
    [
        ("fi", "entä joulupäivänä", "Huomaa: Joulupäivä."),
        ("sv", "och på juldagen", "Obs: Juldagen"),
    ],
)
def test_a_holiday_that_only_the_weekday_tells_of_is_not_promised(
    desk: Desk, planted: PlantedFinder, language: str, text: str, warning: str
) -> None:
    talk = Talk(desk, language=language)
    open_place(talk, planted, *week())
    assert warning in talk.write(text).said


def test_what_is_told_of_the_holiday_itself_needs_no_warning(
    talk: Talk, planted: PlantedFinder
) -> None:
    open_place(talk, planted, *week(), closed(date(2026, 12, 24)), closed(date(2026, 12, 25)))
    said = talk.write("jouluaattona?").said
    assert "Huomaa" not in said
    assert "Aukeaa maanantaina 28.12." in said


def test_hours_that_nobody_told_are_offered_to_be_found_out(
    talk: Talk, planted: PlantedFinder
) -> None:
    open_place(talk, planted)
    told = talk.write("entä lauantaina?")
    assert "aukioloaikoja ei ole luettelossani" in told.said
    assert told.buttons == ["Kyllä, hoida sinä", "Ei tarvitse"]
    taken = talk.write("kyllä, hoida sinä", "affirm")
    assert taken.ticket is not None
    assert taken.ticket.service_id == "s1"


def test_hours_that_have_run_out_by_then_are_not_told(talk: Talk, planted: PlantedFinder) -> None:
    open_place(talk, planted, *week(valid_to=date(2026, 5, 31)))
    assert "aukioloaikoja ei ole luettelossani" in talk.write("entä itsenäisyyspäivänä").said


def test_round_the_clock_is_told_of_a_day(talk: Talk, planted: PlantedFinder) -> None:
    open_place(talk, planted, OpeningHours())
    assert "lauantai 14.3.:\nNeuvonta: ympäri vuorokauden." in talk.write("entä lauantaina?").said


def test_a_day_in_the_first_question_is_heard_too(talk: Talk, planted: PlantedFinder) -> None:
    open_place(talk, planted, *week())
    fresh = Talk(talk.desk)
    assert "lauantai 14.3.:" in fresh.write("onko koepalvelu auki lauantaina", "ask_hours").said


# --- beside what else the desk waits for ---


def test_while_choosing_a_fact_is_asked_of_none_yet(talk: Talk, planted: PlantedFinder) -> None:
    open_place(talk, planted, *week())
    planted.plant("", ("s1", 0.2))
    asked = talk.write("jotain ihan muuta")
    assert asked.kind == "clarify"
    assert talk.write("paljonko se maksaa", "ask_price").kind == "clarify"


def test_a_follow_up_leaves_the_other_need_to_be_chosen(talk: Talk, planted: PlantedFinder) -> None:
    open_place(talk, planted, *week())
    with talk.desk.writing() as session:
        add_service(session, "s2", texts={"fi": "Toinen palvelu"})
    needs = ((Found("s1", 0.9),), (Found("s2", 0.9),))
    planted.planted["kaksi"] = replace(planted.planted["koe"], needs=needs)
    talk.write("kaksi asiaa")
    told: Told = talk.write("entä lauantaina?")
    assert told.conversation.topic_id == "s1"
    assert [one["service_id"] for one in pending(told.conversation).choices] == ["s2"]
    assert talk.write("Toinen palvelu").conversation.topic_id == "s2"


def test_how_long_a_matter_takes_that_the_desk_has_taken_is_left_to_the_bot(
    talk: Talk, planted: PlantedFinder, clock: Clock
) -> None:
    open_place(talk, planted, *week())
    talk.write("hoida sinä")
    clock.at = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)
    assert talk.write("kauanko kestää", "my_ticket").turn.closed_by == "action_ticket_status"
    assert "lauantai 14.3.:" in talk.write("entä lauantaina?").said
