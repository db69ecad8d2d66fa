"""What is timed is a change that the desk's own search really finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from api.database import Database, sqlite_url
from api.live_catalogue import LiveCatalogue
from catalog.base import Base
from catalog.codes import put_codes, shipped_codes
from catalog.encoder import Encoder
from catalog.models import CustomerPhrase, ServiceLabel
from catalog.vectors import VectorCache
from catalog.writing import bump
from eval.seen import WORDS, Change, NeverFound, at_once, phrase_added, renamed
from tests.foundation import add_service


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Database]:
    database = Database(sqlite_url(tmp_path / "small.db"))
    Base.metadata.create_all(database.engine)
    with database.writing() as session:
        put_codes(session, shipped_codes())
        for service_id, name in (("library", "kirjasto"), ("passport", "passi")):
            add_service(session, service_id, texts={"fi": name, "sv": name})
            session.add(
                ServiceLabel(service_id=service_id, language="fi", label=name, kind="keyword")
            )
            session.add(CustomerPhrase(service_id=service_id, language="fi", text=f"{name} missä"))
        session.flush()
        bump(session)
    yield database
    database.dispose()


@pytest.fixture
def live(small: Database, real_encoder: Encoder, vector_cache: VectorCache) -> LiveCatalogue:
    return LiveCatalogue(small.reading, real_encoder, vector_cache, lambda done, total: None)


@pytest.mark.parametrize("change", [renamed, phrase_added])
def test_a_change_is_timed_until_it_is_found(
    change: Change, live: LiveCatalogue, small: Database
) -> None:
    before = live.finder()
    written, built = at_once(live, small, change, WORDS[0])
    assert written > 0
    assert built > 0
    assert live.finder().revision == before.revision + 1


def test_a_change_that_the_search_does_not_find_is_no_figure(
    live: LiveCatalogue, small: Database
) -> None:
    def nothing(session: Session, service_id: str, word: str) -> None:
        phrase_added(session, "passport", word)  # of the other service

    with pytest.raises(NeverFound):
        at_once(live, small, nothing, WORDS[live.finder().service_ids.index("library")])
