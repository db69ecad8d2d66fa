"""Staff find a matter by its words, also by those that signs join, on either database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from desk import conversations, search
from desk.models import Conversation
from tests.databases import PostgresServer, a_copy
from tests.desk.matters import a_matter, families
from tests.foundation import WEDNESDAY_NOON

WRITTEN = (
    "Passi/henkilökortti, www.kela.fi/asumistuki, tilaus 12-345, 4.5.2026, "
    "matti@esimerkki.fi, hakemus_uusi.pdf, Äidin ÖLJYSÄILIÖ"
)
JOINED = (
    *("passi", "henkilökortti", "asumistuki", "kela", "345", "2026", "esimerkki"),
    *("hakemus", "uusi", "pdf", "äidin", "öljysäiliö", "öljys", "passi 2026"),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    if request.param == "sqlite":
        database = request.getfixturevalue("house")
        with database.writing() as session:
            yield session
        return
    server: PostgresServer = request.getfixturevalue("postgresql")
    template = request.getfixturevalue("postgresql_template")
    with a_copy(server, template, Path()) as database, database.writing() as session:
        yield session


@pytest.mark.parametrize("place", ["subject", "line"])
def test_each_word_that_signs_join_is_found(session: Session, place: str) -> None:
    families(session)
    ticket = a_matter(session)
    other = a_matter(session)
    other.subject = "Muu asia"
    if place == "subject":
        ticket.subject = WRITTEN
    else:
        talk = session.get_one(Conversation, ticket.conversation_id)
        conversations.say(session, talk, author="customer", text=WRITTEN, now=WEDNESDAY_NOON)
    session.flush()
    assert {word: search.found(session, word) for word in JOINED} == {
        word: [ticket.id] for word in JOINED
    }
    assert search.found(session, "verotus") == []
