"""The demo network, switched on and off: an invented region that makes the desk whole.

Without it no service has a channel, opening hours or a promise. It takes nothing from the
catalogue: it stands beside the loaded services, and `retire` leaves no trace of it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from catalog.codes import put_codes
from catalog.demo_data import FOLDER, Demo, read_demo
from catalog.demo_promises import bring_promises
from catalog.demo_records import channel_id, places, staged_service
from catalog.demo_removal import NOTHING, Wanted, held_areas, held_services, remove_others
from catalog.demo_rules import channels, responsible
from catalog.models import CustomerPhrase
from catalog.phrases import Key
from catalog.ptv_hours import HELSINKI
from catalog.report import Counts
from catalog.rows import add
from catalog.stages import bring_stages, read_stages
from catalog.writing import bump, write


def ensure_demo(session: Session, *, now: datetime, folder: Path = FOLDER) -> Counts:
    """The demo is there as its files tell it; what is there already is no work.

    Call it again after a load: new services get their channels and promises then. The catalogue's
    revision grows only when something changed. A service that the files no longer hold ends, since
    somebody may be talking of it, and an area stays, since somebody may live there.
    """
    demo = read_demo(folder)
    counts = put_codes(session, places(demo))
    counts += write(session, [staged_service(one) for one in demo.services])
    counts += remove_others(session, _wanted(session, demo), held_services(session))
    services = responsible(session)
    today = now.astimezone(HELSINKI).date()
    counts += write(session, list(channels(demo, services, today)))
    counts += bring_promises(session, demo.promises, services)
    counts += bring_stages(session, read_stages(folder / "stages.yml"))
    counts += _bring_phrases(session, demo)
    return _told(session, counts)


def retire(session: Session, *, referred: Collection[str] = ()) -> Counts:
    """No area, organisation, channel, promise or internal service of the demo is left.

    A service whose id is in `referred`, since a ticket is about it, stays and says that it ended.
    """
    counts = bring_promises(session, (), ()) + bring_stages(session, {})
    counts += remove_others(session, NOTHING, referred)
    return _told(session, counts)


def _wanted(session: Session, demo: Demo) -> Wanted:
    return Wanted(
        areas=held_areas(session),
        organisations=[one.id for one in demo.organisations],
        services=[one.id for one in demo.services],
        channels=[channel_id(one.id) for ways in demo.channels.values() for one in ways],
    )


def _bring_phrases(session: Session, demo: Demo) -> Counts:
    """The customers' words of the internal services are those of the demo's own files.

    They do not count as shipped: a load of the shipped words would take them away.
    """
    wanted, held = demo.phrases.keys, _held_phrases(session, demo)
    key = tuple_(CustomerPhrase.service_id, CustomerPhrase.language, CustomerPhrase.text)
    gone = list(held - wanted)
    for phrase in session.scalars(select(CustomerPhrase).where(key.in_(gone))) if gone else ():
        session.delete(phrase)
    session.flush()
    new = sorted(wanted - held)
    add(
        session,
        CustomerPhrase,
        [{"service_id": one, "language": at, "text": text} for one, at, text in new],
    )
    return Counts(added=len(new), unchanged=len(wanted & held), removed=len(gone))


def _held_phrases(session: Session, demo: Demo) -> set[Key]:
    columns = (CustomerPhrase.service_id, CustomerPhrase.language, CustomerPhrase.text)
    ids = [one.id for one in demo.services]
    return set(session.execute(select(*columns).where(columns[0].in_(ids))).tuples())


def _told(session: Session, counts: Counts) -> Counts:
    session.expire_all()  # the rows changed behind the back of what was loaded before
    if counts.touched:
        bump(session)
    return counts
