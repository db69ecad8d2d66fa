"""The agencies' own staff use the same desk; only they find internal services (P39)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.doors import Doors
from catalog.demo import ensure_demo
from catalog.encoder import Encoder
from catalog.find import Finder
from catalog.models import Service
from catalog.reach import ANYBODY, Asker
from catalog.vectors import VectorCache
from desk.models import Conversation
from tests.databases import Databases, a_copy
from tests.foundation import WEDNESDAY_NOON

STAFF = Asker(internal=True)


def conversation(doors: Doors, conversation_id: str) -> Conversation:
    with doors.database.reading() as session:
        return session.get_one(Conversation, conversation_id)


def send(client: TestClient, **more: str | None) -> dict[str, object]:
    message = {"message_id": uuid.uuid4().hex, "text": "salasana on lukossa"} | more
    answer = client.post("/api/chat", json=message)
    assert answer.status_code == 200, answer.text
    told: dict[str, object] = answer.json()
    return told


@pytest.mark.parametrize(
    ("given", "kept"),
    [({}, "public"), ({"customer": None}, "public"), ({"customer": "internal"}, "internal")],
)
def test_the_first_message_says_who_the_customer_is(
    client: TestClient, botless_doors: Doors, given: dict[str, str | None], kept: str
) -> None:
    told = send(client, **given)
    assert conversation(botless_doors, str(told["conversation_id"])).customer == kept


@pytest.mark.parametrize(("first", "later"), [("internal", "public"), ("public", "internal")])
def test_a_later_message_changes_nothing_of_it(
    client: TestClient, botless_doors: Doors, first: str, later: str
) -> None:
    begun = str(send(client, customer=first)["conversation_id"])
    again = str(send(client, customer=later, conversation_id=begun, text="hei")["conversation_id"])
    assert again == begun
    assert conversation(botless_doors, begun).customer == first


def test_a_customer_of_another_kind_is_refused(client: TestClient) -> None:
    message = {"message_id": uuid.uuid4().hex, "text": "hei", "customer": "boss"}
    assert client.post("/api/chat", json=message).status_code == 422


@pytest.mark.parametrize(
    ("query", "internal"), [("", False), ("?customer=internal", True), ("?customer=x", False)]
)
def test_the_page_carries_it_on(client: TestClient, query: str, internal: bool) -> None:
    text = client.get(f"/{query}").text
    assert ('name="customer" value="internal"' in text) is internal
    assert ("virastojen henkilöstölle" in text) is internal
    assert ("customer=internal" in text) is internal  # the other language is the same page


def test_the_form_without_scripts_keeps_it(client: TestClient, botless_doors: Doors) -> None:
    form = {"text": "salasana on lukossa", "message_id": uuid.uuid4().hex, "lang": "fi"}
    page = client.post("/chat", data=form | {"customer": "internal"}).text
    found = re.search(r'name="conversation_id" value="([^"]+)"', page)
    assert found is not None
    assert conversation(botless_doors, found[1]).customer == "internal"
    assert 'name="customer" value="internal"' in page


# --- what is found ---


@pytest.fixture(scope="module")
def finder(
    databases: Databases,
    stocked: str,
    real_encoder: Encoder,
    vector_cache: VectorCache,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Finder, dict[str, str]]]:
    """The real search over the catalogue with the demo, and its internal services by name."""
    with a_copy(databases, stocked, tmp_path_factory.mktemp("found")) as database:
        with database.writing() as session:
            ensure_demo(session, now=WEDNESDAY_NOON)
        with database.reading() as session:
            internal = session.scalars(select(Service).where(Service.audience == "internal")).all()
            names = {
                one.id: next(t.name for t in one.texts if t.language == "fi") for one in internal
            }
            found = Finder.build(session, real_encoder, vector_cache, lambda done, total: None)
        yield found, names


QUESTIONS = {
    "fi": {
        "pääsisinkö takaisin koneelle, kirjoitin salasanan liian monta kertaa väärin": "Salasana",
        "läppärin ruutu pimeni eikä se herää": "Rikkinäinen työkone",
        "meille tulee tammikuussa uusi tarkastaja, koneet ja tunnukset pitäisi laittaa": "Uuden",
        "palkkanauhaa ei näy vaikka palkka tuli": "Palkkalaskelma",
        "pitäisi ilmoittaa että olen kuumeessa ja pois töistä": "Sairauspoissaolosta",
        "mihin kirjaan junalippujen kulut virkamatkalta": "Matkalaskut",
        "ostolasku odottaa väärällä ihmisellä": "Ostolaskun",
        "hukkasin kulkukorttini": "Kulkukortti",
    },
    "sv": {
        "jag skrev fel lösenord för många gånger och kommer inte in": "Salasana",
        "skärmen på jobbdatorn är svart": "Rikkinäinen työkone",
        "lönespecifikationen syns inte": "Palkkalaskelma",
        "blev dålig i natt och klarar inte av att arbeta": "Sairauspoissaolosta",
        "ersätter ämbetsverket bussen till mötet i Tammerfors": "Matkalaskut",
        "passerkortet är borta": "Kulkukortti",
    },
}


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_staff_find_internal_services_in_words_of_their_own(
    finder: tuple[Finder, dict[str, str]], language: str
) -> None:
    found, names = finder
    right = 0
    for question, name in QUESTIONS[language].items():
        hits = found.find(question, language, STAFF, limit=3).services
        right += any(names.get(hit.service_id, "").startswith(name) for hit in hits)
    assert right >= len(QUESTIONS[language]) - 1


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_nobody_else_finds_one(finder: tuple[Finder, dict[str, str]], language: str) -> None:
    found, names = finder
    for question in QUESTIONS[language]:
        hits = found.find(question, language, ANYBODY, limit=10).services
        assert not {hit.service_id for hit in hits} & set(names)
