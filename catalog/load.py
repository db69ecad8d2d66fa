"""Loading the catalogue: everything is read and checked first, then written in one transaction.

A load is never halved. When any record is bad nothing is written, unless the caller asks to keep
the good ones; the revision grows only when something changed. A caller hands in either a scope,
which opens a session and commits when it ends, or a session of their own, which they commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy.orm import Session

from catalog import ptv
from catalog.base import Base
from catalog.codes import put_codes, shipped_areas, shipped_codes
from catalog.desk_facts import DATA, DeskFacts, shipped_facts
from catalog.phrases import Phrases, read_phrases, replace_phrases, unknown_services
from catalog.ptv_hours import BadHours
from catalog.records import RawRecord, raw_records
from catalog.report import BadRecord, Counts, Progress, Report
from catalog.responsibilities import TABLES
from catalog.rows import Row
from catalog.staged_channels import stage_channel, stage_organisation
from catalog.staged_services import stage_service
from catalog.staging import Staged, Unfit
from catalog.writing import bump, revision, settled, write

__all__ = ["BadRecord", "Report", "load", "load_phrases", "load_shipped"]

type Scope = Callable[[], AbstractContextManager[Session]]
type SessionScope = Scope | Session

SHIPPED = (DATA / "services" / "general.json", DATA / "services" / "national_fi.json")
PUBLISHER = "DVV, Suomi.fi-palvelutietovaranto"


@dataclass(frozen=True, slots=True)
class _Read:
    """What the files of one load hold."""

    staged: tuple[Staged, ...]
    bad: tuple[BadRecord, ...]
    count: int


def load(
    session_scope: SessionScope,
    files: Sequence[Path],
    progress: Progress,
    *,
    publisher: str = "",
    keep_good: bool = False,
) -> Report:
    """Brings the catalogue to what the files say; records that they do not name stay."""
    read = _read(files, publisher, progress)
    with _entered(session_scope) as session:
        report = _report(session, read.count, _write(session, read, keep_good))
    return _told(progress, report)


def load_phrases(
    session_scope: SessionScope, folder: Path, progress: Progress, *, keep_good: bool = False
) -> Report:
    """Brings the shipped customers' words to those of `<language>/words/*.yml` in the folder."""
    phrases = read_phrases(folder)
    progress(f"{folder}: {len(phrases.keys)} phrases of {len(phrases.services)} services")
    with _entered(session_scope) as session:
        written = _write_phrases(session, phrases, keep_good)
        report = _report(session, len(phrases.keys), written)
    return _told(progress, report)


def load_shipped(session_scope: SessionScope, words: Path, progress: Progress) -> Report:
    """Brings code lists, the desk, the shipped services and the customers' words up to date.

    All of it or nothing; `words` is the folder that holds `<language>/words/*.yml`.
    """
    read = _with_unknown(_read(SHIPPED, PUBLISHER, progress), shipped_facts())
    phrases = read_phrases(words)
    progress(f"{words}: {len(phrases.keys)} phrases of {len(phrases.services)} services")
    codes = shipped_codes()
    with _entered(session_scope) as session:
        written = _write_shipped(session, codes, read, phrases)
        report = _report(session, read.count + len(phrases.keys), written)
    return _told(progress, report)


@dataclass(frozen=True, slots=True)
class _Written:
    counts: Counts
    bad: tuple[BadRecord, ...]


def _entered(session_scope: SessionScope) -> AbstractContextManager[Session]:
    return nullcontext(session_scope) if isinstance(session_scope, Session) else session_scope()


def _told(progress: Progress, report: Report) -> Report:
    for bad in report.bad:
        progress(f"bad: {bad}")
    progress(str(report))
    return report


def _read(files: Iterable[Path], publisher: str, progress: Progress) -> _Read:
    staged: dict[tuple[str, str], Staged] = {}
    bad: list[BadRecord] = []
    count = 0
    for file in files:
        before = count
        for raw in raw_records(file):
            count += 1
            record = _stage(raw, publisher) if isinstance(raw, RawRecord) else raw
            fault = _fault(record, staged)
            bad += [fault] if fault else []
        progress(f"{file.name}: {count - before} records")
    return _Read(tuple(staged.values()), tuple(bad), count)


def _with_unknown(read: _Read, facts: DeskFacts) -> _Read:
    """What the tables say of a service that no shipped file holds is a fault of theirs."""
    held = {record.id for record in read.staged}
    unknown = (id_ for id_ in facts.responsible if id_ not in held)
    bad = (BadRecord(TABLES / "services.csv", id_, "no such service") for id_ in unknown)
    return replace(read, bad=(*read.bad, *bad))


def _fault(record: Staged | BadRecord, staged: dict[tuple[str, str], Staged]) -> BadRecord | None:
    """Keeps a sound record; the same record twice is one, two of one id are a fault."""
    if isinstance(record, BadRecord):
        return record
    first = staged.setdefault((record.table.__tablename__, record.id), record)
    if first.content_hash == record.content_hash:
        return None
    return BadRecord(record.file, record.id, f"given otherwise before, in {first.file.name}")


def _stage(raw: RawRecord, publisher: str) -> Staged | BadRecord:
    try:
        return _staged(ptv.read(raw.body), raw.file, publisher)
    except ValidationError as fault:
        return BadRecord(raw.file, raw.id, _faults(fault))
    except (ptv.UnknownShape, Unfit, BadHours) as fault:
        return BadRecord(raw.file, raw.id, str(fault))


def _staged(
    record: ptv.Service | ptv.BaseChannel | ptv.Organization, file: Path, publisher: str
) -> Staged:
    match record:
        case ptv.Service():
            return stage_service(record, file, publisher, shipped_facts(), shipped_areas())
        case ptv.BaseChannel():
            return stage_channel(record, file, publisher, shipped_areas())
        case ptv.Organization():
            return stage_organisation(record, file)


def _faults(fault: ValidationError) -> str:
    """Each fault by its place in the record; never the whole value, which may be long."""
    return "; ".join(
        f"{'.'.join(str(step) for step in error['loc'])}: {error['msg']}"
        for error in fault.errors(include_url=False)
    )


def _write(session: Session, read: _Read, keep_good: bool) -> _Written:
    good, lost = settled(session, read.staged)
    bad = (*read.bad, *lost)
    return _Written(Counts() if bad and not keep_good else write(session, good), bad)


def _write_phrases(session: Session, phrases: Phrases, keep_good: bool) -> _Written:
    unknown = unknown_services(session, phrases)
    bad = (*phrases.bad, *unknown)
    if bad and not keep_good:
        return _Written(Counts(), bad)
    return _Written(replace_phrases(session, phrases, {record.id for record in unknown}), bad)


def _write_shipped(
    session: Session, codes: Mapping[type[Base], list[Row]], read: _Read, phrases: Phrases
) -> _Written:
    try:
        with session.begin_nested():
            coded = put_codes(session, codes)
            services = _write(session, read, keep_good=False)
            words = _write_phrases(session, phrases, keep_good=False)
            bad = (*services.bad, *words.bad)
            if bad:
                raise _Refused
    except _Refused:
        return _Written(Counts(), bad)
    return _Written(coded + services.counts + words.counts, ())


class _Refused(Exception):
    """Takes back the codes that were written before a bad record was met."""


def _report(session: Session, count: int, written: _Written) -> Report:
    after = bump(session) if written.counts.touched else revision(session)
    return Report(count, written.counts, after, written.bad)
