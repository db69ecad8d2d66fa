"""What there is to enumerate over, and the desk that stands at a house."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import select

from actions.hand import Desk
from actions.replies import Replies
from actions.rules import actions_by_intent
from actions.words import Words
from api.database import Database, sqlite_url
from api.settings import PROJECT
from catalog.areas import municipalities
from catalog.models import Area, Service, ServiceArea
from desk.secrets import Keys
from eval.proof.houses import GivenFinder, House

NLU_DATA = PROJECT / "nlu_data"


class CatalogueTooSmall(Exception):
    """The shipped catalogue lacks a kind of service that the proof needs."""


@dataclass(frozen=True)
class Services:
    """Services to find: any, and one that is for one municipality's people."""

    every: tuple[str, ...]
    of_one_place: str


@dataclass(frozen=True)
class World:
    """What there is to enumerate over."""

    intents: tuple[str, ...]
    services: Services
    areas: tuple[str, ...]


def world(path: Path) -> World:
    """Raises CatalogueTooSmall where no service is for one municipality's people."""
    database = Database(sqlite_url(path))
    with database.reading() as session:
        bound = select(ServiceArea.service_id).where(ServiceArea.area_id.like("municipality:%"))
        of_one_place = session.scalars(bound.order_by(ServiceArea.service_id)).first()
        current = select(Service.id).where(Service.status == "current").order_by(Service.id)
        services = tuple(session.scalars(current))
        parts = select(Area.id).where(Area.id.like("municipality:%")).order_by(Area.id)
        areas = tuple(session.scalars(parts))
    database.dispose()
    if of_one_place is None:
        raise CatalogueTooSmall("no service is for one municipality's people")
    intents = tuple(sorted(actions_by_intent(NLU_DATA)))
    return World(intents, Services(services, of_one_place), areas)


def finder_at(house: House, service_ids: tuple[str, ...] = ()) -> GivenFinder:
    with house.reading() as session:
        return GivenFinder(municipalities(session), service_ids)


def desk_at(house: House, finder: GivenFinder) -> Desk:
    """The desk with the product's own words and rules; only what the search finds is given."""
    replies, words, rules = _said()
    return Desk(
        writing=house.writing,
        reading=house.reading,
        finder=lambda: finder,  # type: ignore[arg-type,return-value]
        replies=replies,
        words=words,
        rules=rules,
        intents=None,  # the state says what the message was read as
        keys=Keys(b"k" * 32),
        now=lambda: house.now,
        pool=ThreadPoolExecutor(1),
    )


@cache
def _said() -> tuple[Replies, Words, dict[str, str]]:
    replies = Replies.from_folder(NLU_DATA / "replies")
    return replies, Words.from_folder(NLU_DATA), actions_by_intent(NLU_DATA)
