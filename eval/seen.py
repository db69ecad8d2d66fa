"""How soon a change of the catalogue is found in a running desk.

On a database of its own with the shipped catalogue, watched as the running desk watches its own:
the clock runs from before the change is written until the desk's search finds it first.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import Database, sqlite_url
from api.live_catalogue import LiveCatalogue
from api.settings import PROJECT, Settings
from catalog import encoder
from catalog.load import load_shipped
from catalog.models import CustomerPhrase, ServiceText
from catalog.vectors import VectorCache
from catalog.writing import bump

LOOKS = 0.02  # seconds between two looks at whether it is found
WORDS = ("kvärkkölö", "prusseldrön", "zimpatuika", "flömperö", "gnuskala", "bravelkko")  # of nobody

Change = Callable[[Session, str, str], None]  # of this service, by this word


class NeverFound(Exception):
    """The index was built anew, and it does not find the changed service by its word."""


@dataclass(frozen=True)
class Seen:
    """Seconds, each round's."""

    written: tuple[float, ...]  # the change itself
    built: tuple[float, ...]  # the index built again and swapped, no waiting
    found: tuple[float, ...]  # from before the change until it is found, the desk's watch running


def measured(change: Change, rounds: int = 2) -> Seen:
    """The change made twice a round: seen at once, and by the desk's own watch."""
    if 2 * rounds > len(WORDS):
        raise ValueError(f"at most {len(WORDS) // 2} rounds")
    with watched() as (live, database):
        once = [at_once(live, database, change, word) for word in WORDS[:rounds]]
        words = WORDS[rounds : 2 * rounds]
        found = asyncio.run(_by_the_watch(live, database, change, words))
    return Seen(tuple(one for one, _ in once), tuple(one for _, one in once), tuple(found))


def renamed(session: Session, service_id: str, word: str) -> None:
    """The service's Finnish name becomes this word."""
    asked = select(ServiceText).where(
        ServiceText.service_id == service_id, ServiceText.language == "fi"
    )
    session.scalars(asked).one().name = word
    bump(session)


def phrase_added(session: Session, service_id: str, word: str) -> None:
    """The service gets one more of the customers' phrases."""
    session.add(CustomerPhrase(service_id=service_id, language="fi", text=word))
    session.flush()
    bump(session)


@contextmanager
def watched() -> Iterator[tuple[LiveCatalogue, Database]]:
    """The shipped catalogue in a database of its own, and its index; the vectors are known."""
    settings = Settings()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if (settings.data_dir / "vectors.db").exists():
            shutil.copy(settings.data_dir / "vectors.db", folder)
        database = Database(sqlite_url(folder / "changed.db"))
        database.migrate()
        load_shipped(database.writing, PROJECT / "nlu_data", lambda line: None)
        chosen, cache = encoder.load(settings.encoder), VectorCache(folder / "vectors.db")
        yield LiveCatalogue(database.reading, chosen, cache, lambda done, total: None), database
        database.dispose()


def at_once(
    live: LiveCatalogue, database: Database, change: Change, word: str
) -> tuple[float, float]:
    """Seconds of the writing and of the index built anew; NeverFound where it does not find it."""
    began = perf_counter()
    service_id = _changed(live, database, change, word)
    written = perf_counter()
    live.refresh()
    built = perf_counter()
    _check(live, service_id, word)
    return written - began, built - written


async def _by_the_watch(
    live: LiveCatalogue, database: Database, change: Change, words: tuple[str, ...]
) -> list[float]:
    took = []
    with ThreadPoolExecutor(1) as pool:
        watch = asyncio.create_task(live.watch(pool))
        for word in words:
            began, before = perf_counter(), live.finder()
            service_id = _changed(live, database, change, word)
            while live.finder() is before:
                await asyncio.sleep(LOOKS)
            _check(live, service_id, word)
            took.append(perf_counter() - began)
        watch.cancel()
    return took


def _changed(live: LiveCatalogue, database: Database, change: Change, word: str) -> str:
    """The id of the service changed: another one for each word."""
    service_id = live.finder().service_ids[WORDS.index(word)]
    with database.writing() as session:
        change(session, service_id, word)
    return service_id


def _check(live: LiveCatalogue, service_id: str, word: str) -> None:
    found = {one.service_id for one in live.finder().find(word, "fi").services}
    [why] = live.finder().why(word, "fi", [service_id])
    if service_id not in found or word not in {one.met.casefold() for one in why.words}:
        raise NeverFound(f"{word}: {service_id}")
