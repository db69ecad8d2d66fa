"""Staged records into the catalogue's tables: what they refer to checked, then one short write."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from itertools import batched
from typing import Any

from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from catalog.base import Base
from catalog.models import (
    Area,
    CatalogueRevision,
    Channel,
    ChannelText,
    Classification,
    OpeningHours,
    Organisation,
    OrganisationText,
    Service,
    ServiceArea,
    ServiceChannel,
    ServiceClassification,
    ServiceLabel,
    ServiceStatusText,
    ServiceTask,
    ServiceTaskText,
    ServiceText,
)
from catalog.report import BadRecord, Counts
from catalog.rows import BATCH, Row, add, change, remove
from catalog.staging import Need, Staged

# What a record replaces whole; promises and the customers' words are the desk's own and stay.
CHILDREN: dict[type[Base], dict[type[Base], InstrumentedAttribute[Any]]] = {
    Service: {
        ServiceText: ServiceText.service_id,
        ServiceStatusText: ServiceStatusText.service_id,
        ServiceLabel: ServiceLabel.service_id,
        ServiceArea: ServiceArea.service_id,
        ServiceClassification: ServiceClassification.service_id,
    },
    Channel: {ChannelText: ChannelText.channel_id, OpeningHours: OpeningHours.channel_id},
    Organisation: {OrganisationText: OrganisationText.organisation_id},
}
ORDER: tuple[type[Base], ...] = (Organisation, Channel, Service)


def settled(session: Session, staged: Sequence[Staged]) -> tuple[list[Staged], list[BadRecord]]:
    """The records whose every reference is in the catalogue or among themselves, and the rest.

    A record that leans on a bad one is bad too, hence the repetition.
    """
    present = _present(session)
    good = list(staged)
    bad: list[BadRecord] = []
    while True:  # ends: each round loses a record or returns
        there = present | {(record.table, record.id) for record in good if not record.removed}
        there -= {(record.table, record.id) for record in good if record.removed}
        lost = {id(record): _reason(record.needs - there) for record in good}
        broken = [record for record in good if lost[id(record)]]
        if not broken:
            return good, bad
        bad += [BadRecord(record.file, record.id, lost[id(record)]) for record in broken]
        good = [record for record in good if not lost[id(record)]]


def write(session: Session, staged: Sequence[Staged]) -> Counts:
    """Adds the new records, changes those whose content differs, and leaves all others alone."""
    counts = Counts()
    written: set[Need] = set()
    for table in ORDER:
        records = [record for record in staged if record.table is table]
        done, touched = _write_table(session, table, records)
        counts, written = counts + done, written | touched
    _write_links(session, [record for record in staged if not record.removed], written)
    session.expire_all()  # the rows changed behind the back of what was loaded before
    return counts


def bump(session: Session) -> int:
    """The next revision: readers that poll it take the catalogue anew."""
    row = session.get(CatalogueRevision, 1)
    if row is None:
        row = CatalogueRevision(id=1, revision=0)
        session.add(row)
    row.revision += 1
    row.changed_at = datetime.now(UTC)
    session.flush()
    return row.revision


def revision(session: Session) -> int:
    return session.scalar(select(CatalogueRevision.revision)) or 0


def _present(session: Session) -> set[Need]:
    keys: dict[type[Base], InstrumentedAttribute[str]] = {
        Area: Area.id,
        Classification: Classification.uri,
        Organisation: Organisation.id,
        Channel: Channel.id,
        Service: Service.id,
    }
    return {(table, id_) for table, key in keys.items() for id_ in session.scalars(select(key))}


def _reason(missing: Collection[Need]) -> str:
    named = sorted(f"unknown {table.__tablename__} {key}" for table, key in missing)
    return "; ".join(named)


def _write_table(
    session: Session, table: type[Base], records: Sequence[Staged]
) -> tuple[Counts, set[Need]]:
    hashes = _hashes(session, table, records)
    gone = [record for record in records if record.removed and record.id in hashes]
    kept = [record for record in records if not record.removed]
    new = [record for record in kept if record.id not in hashes]
    old = [record for record in kept if hashes.get(record.id, "") != record.content_hash]
    changed = [record for record in old if record.id in hashes]
    _remove_channels(session, gone)
    add(session, table, [_plain(record) for record in new])
    change(session, table, [_plain(record) for record in changed])
    change(session, table, [row for record in new + changed for row in _pointing(record)])
    _replace_children(session, table, new, changed)
    counts = Counts(len(new), len(changed), len(kept) - len(new) - len(changed), len(gone))
    return counts, {(table, record.id) for record in (*new, *changed)}


def _hashes(session: Session, table: type[Base], records: Sequence[Staged]) -> dict[str, str]:
    """The content hash of each record that is there already."""
    if table is Organisation:
        return _organisation_hashes(session, records)
    columns = table.__table__.c
    return {
        row.id: row.content_hash
        for row in session.execute(select(columns.id, columns.content_hash))
    }


def _organisation_hashes(session: Session, records: Sequence[Staged]) -> dict[str, str]:
    """Organisations keep no hash: the same as the record's when all columns and texts are."""
    found: dict[str, str] = {}
    for some in batched(records, BATCH):
        wanted = {record.id: record for record in some}
        for there in session.scalars(select(Organisation).where(Organisation.id.in_(wanted))):
            record = wanted[there.id]
            names = {text.language: text.name for text in there.texts}
            given = {row["language"]: row["name"] for row in record.children[OrganisationText]}
            same = names == given and all(
                getattr(there, column) == value for column, value in record.row.items()
            )
            found[there.id] = record.content_hash if same else ""
    return found


def _plain(record: Staged) -> Row:
    """The row without what points into its own table, which may not be there yet."""
    row = dict(record.row)
    if record.table is not Organisation:
        row["content_hash"] = record.content_hash
    if record.table is Service and row["replaced_by_id"]:
        row |= {"status": "ended", "replaced_by_id": None}
    if record.table is Organisation:
        row["parent_id"] = None
    return row


def _pointing(record: Staged) -> Iterable[Row]:
    row = record.row
    if record.table is Service and row["replaced_by_id"]:
        yield {name: row[name] for name in ("id", "status", "replaced_by_id")}
    if record.table is Organisation and row["parent_id"]:
        yield {name: row[name] for name in ("id", "parent_id")}


def _replace_children(
    session: Session, table: type[Base], new: Sequence[Staged], changed: Sequence[Staged]
) -> None:
    ids = [record.id for record in changed]
    if table is Service:
        _remove_tasks(session, ids)
    for child, column in CHILDREN[table].items():
        rows = [row for record in (*new, *changed) for row in record.children[child]]
        if child is ServiceLabel:
            _replace_labels(session, ids, rows)
        else:
            remove(session, column, ids)
            add(session, child, rows)
    if table is Service:
        _add_tasks(session, (*new, *changed))


def _replace_labels(session: Session, ids: Sequence[str], rows: Sequence[Row]) -> None:
    """Former names are the keepers' own: no record tells them, and a load leaves them alone."""
    kept: set[tuple[str, str, str]] = set()
    for some in batched(ids, BATCH):
        of_these = ServiceLabel.service_id.in_(some)
        former = select(ServiceLabel).where(of_these, ServiceLabel.kind == "former")
        kept |= {(one.service_id, one.language, one.label) for one in session.scalars(former)}
        session.execute(
            delete(ServiceLabel).where(of_these, ServiceLabel.kind != "former"),
            execution_options={"synchronize_session": False},
        )
    told = [row for row in rows if (row["service_id"], row["language"], row["label"]) not in kept]
    add(session, ServiceLabel, told)


def _remove_tasks(session: Session, service_ids: Sequence[str]) -> None:
    for some in batched(service_ids, BATCH):
        tasks = session.scalars(select(ServiceTask.id).where(ServiceTask.service_id.in_(some)))
        remove(session, ServiceTaskText.task_id, tasks.all())
    remove(session, ServiceTask.service_id, service_ids)


def _add_tasks(session: Session, records: Iterable[Staged]) -> None:
    rows = [row for record in records for row in record.children[ServiceTask]]
    if not rows:
        return
    plain = [{name: row[name] for name in row if name != "texts"} for row in rows]
    asked = insert(ServiceTask).returning(ServiceTask.id, sort_by_parameter_order=True)
    ids = session.scalars(asked, plain).all()
    texts = [
        {"task_id": task_id, "language": language, "text": text}
        for task_id, row in zip(ids, rows, strict=True)
        for language, text in row["texts"].items()
    ]
    add(session, ServiceTaskText, texts)


def _remove_channels(session: Session, gone: Sequence[Staged]) -> None:
    ids = [record.id for record in gone]
    for column in (ServiceChannel.channel_id, *CHILDREN[Channel].values(), Channel.id):
        remove(session, column, ids)


def _write_links(session: Session, records: Sequence[Staged], written: set[Need]) -> None:
    """Links are told by services and by channels alike: a changed record's list replaces its old.

    A record that says nothing of links leaves those that are there.
    """
    told = {link for record in records for link in _links(record)}
    listing = [record for record in records if record.links is not None]
    ends = {Service: ServiceChannel.service_id, Channel: ServiceChannel.channel_id}
    anew = {(record.table, record.id) for record in listing} & written
    for table, column in ends.items():
        remove(session, column, [id_ for owner, id_ in anew if owner is table])
    due = [link for link in sorted(told) if {(Service, link[0]), (Channel, link[1])} & written]
    there = _links_there(session, due)
    rows = [{"service_id": link[0], "channel_id": link[1]} for link in due if link not in there]
    add(session, ServiceChannel, rows)


def _links(record: Staged) -> list[tuple[str, str]]:
    others = record.links or ()
    if record.table is Service:
        return [(record.id, channel) for channel in others]
    return [(service, record.id) for service in others]


def _links_there(session: Session, links: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    key = tuple_(ServiceChannel.service_id, ServiceChannel.channel_id)
    there: set[tuple[str, str]] = set()
    for some in batched(links, BATCH):
        found = session.scalars(select(ServiceChannel).where(key.in_(some)))
        there |= {(link.service_id, link.channel_id) for link in found}
    return there
