"""The catalogue in memory is swapped whole when the database's has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from api.database import Database
from api.live_catalogue import LiveCatalogue
from catalog.encoder import Encoder
from catalog.models import CustomerPhrase, ServiceLabel
from catalog.vectors import VectorCache
from catalog.writing import bump
from tests.databases import Databases, a_copy
from tests.foundation import add_service


def add(session: Session, service_id: str, fi: str, sv: str) -> None:
    add_service(session, service_id, texts={"fi": fi, "sv": sv})
    session.add(ServiceLabel(service_id=service_id, language="fi", label=fi, kind="keyword"))
    session.add(CustomerPhrase(service_id=service_id, language="fi", text=f"mistä saan {fi}"))
    session.flush()
    bump(session)


@pytest.fixture
def small(databases: Databases, coded: str, tmp_path: Path) -> Iterator[Database]:
    with a_copy(databases, coded, tmp_path) as database:
        with database.writing() as session:
            add(session, "library", "kirjasto", "bibliotek")
            add(session, "passport", "passi", "pass")
        yield database


@pytest.fixture
def live(small: Database, real_encoder: Encoder, vector_cache: VectorCache) -> LiveCatalogue:
    return LiveCatalogue(small.reading, real_encoder, vector_cache, lambda done, total: None)


def best(live: LiveCatalogue, asked: str) -> str:
    return live.finder().find(asked, "fi").services[0].service_id


def test_what_does_not_change_is_not_built_again(live: LiveCatalogue) -> None:
    finder = live.finder()
    assert not live.refresh()
    assert live.finder() is finder


def test_a_new_service_is_found_after_the_change_is_seen(
    live: LiveCatalogue, small: Database
) -> None:
    before = live.finder()
    with small.writing() as session:
        add(session, "swim", "uimahalli", "simhall")
    assert live.refresh()
    assert best(live, "uimahalli") == "swim"
    assert live.finder().revision == before.revision + 1


def test_an_index_renewed_judges_as_one_built_anew(
    live: LiveCatalogue, small: Database, real_encoder: Encoder, vector_cache: VectorCache
) -> None:
    with small.writing() as session:
        add(session, "swim", "uimahalli", "simhall")
        session.execute(delete(CustomerPhrase).where(CustomerPhrase.service_id == "library"))
        bump(session)
    live.refresh()
    anew = LiveCatalogue(small.reading, real_encoder, vector_cache, lambda done, total: None)
    for asked in ("mistä saan uimahallin avaimen", "mista saan kirjaston kirjan", "pass"):
        renewed, _ = live.finder().features(asked, "fi")
        np.testing.assert_allclose(renewed, anew.finder().features(asked, "fi")[0], atol=1e-6)


def test_a_turn_that_has_begun_keeps_the_index_that_it_began_with(
    live: LiveCatalogue, small: Database
) -> None:
    before = live.finder()
    with small.writing() as session:
        add(session, "swim", "uimahalli", "simhall")
    live.refresh()
    assert "swim" not in before.service_ids
    assert "swim" not in [one.service_id for one in before.find("uimahalli", "fi").services]


def test_the_places_are_those_of_the_catalogue(live: LiveCatalogue) -> None:
    assert live.places().codes("asun Turussa") == ("853",)
    assert live.places().codes("jag bor i Helsingfors") == ("091",)


def test_the_watch_sees_a_change_and_survives_a_database_that_is_away(
    live: LiveCatalogue, small: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.live_catalogue.POLL", 0.02)
    real, looked = live.refresh, 0

    def away_at_first() -> bool:
        nonlocal looked
        looked += 1
        if looked < 3:
            raise OperationalError("select", {}, Exception("locked"))
        return real()

    monkeypatch.setattr(live, "refresh", away_at_first)
    with small.writing() as session:
        add(session, "swim", "uimahalli", "simhall")

    async def watched() -> None:
        with ThreadPoolExecutor(1) as pool:
            watch = asyncio.create_task(live.watch(pool))
            async with asyncio.timeout(20):
                while "swim" not in live.finder().service_ids:
                    await asyncio.sleep(0.02)
            watch.cancel()

    asyncio.run(watched())
    assert best(live, "uimahalli") == "swim"
