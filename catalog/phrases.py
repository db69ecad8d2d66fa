"""The customers' own words of each service: `<language>/words/*.yml` under one folder."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from catalog.models import CustomerPhrase, Service
from catalog.report import BadRecord, Counts
from catalog.rows import BATCH, add

LONGEST = 500
# The same language as SafeLoader's, read ten times as fast where libyaml is there.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

type Key = tuple[str, str, str]  # service, language, text


@dataclass(frozen=True, slots=True)
class Phrases:
    """What the files hold; `services` says which file first names a service."""

    keys: frozenset[Key]
    services: dict[str, Path]
    bad: tuple[BadRecord, ...]


def read_phrases(folder: Path) -> Phrases:
    keys: set[Key] = set()
    services: dict[str, Path] = {}
    bad: list[BadRecord] = []
    for file in sorted(folder.glob("*/words/*.yml")):
        for entry in _entries(file):
            if isinstance(entry, BadRecord):
                bad.append(entry)
            else:
                keys.add(entry)
                services.setdefault(entry[0], file)
    return Phrases(frozenset(keys), services, tuple(bad))


def unknown_services(session: Session, phrases: Phrases) -> list[BadRecord]:
    known = set(session.scalars(select(Service.id)))
    return [
        BadRecord(file, service, "no such service")
        for service, file in phrases.services.items()
        if service not in known
    ]


def replace_phrases(session: Session, phrases: Phrases, without: Collection[str]) -> Counts:
    """Brings the shipped words to these; words that the keepers wrote stay as they are."""
    wanted = {key for key in phrases.keys if key[0] not in without}
    shipped, kept = _present(session)
    for some in batched(sorted(shipped - wanted), BATCH):
        session.execute(
            delete(CustomerPhrase).where(_key().in_(some)),
            execution_options={"synchronize_session": False},
        )
    new = sorted(wanted - shipped - kept)
    add(session, CustomerPhrase, [_row(key) for key in new])
    return Counts(added=len(new), unchanged=len(wanted) - len(new), removed=len(shipped - wanted))


def _present(session: Session) -> tuple[set[Key], set[Key]]:
    columns = (CustomerPhrase.service_id, CustomerPhrase.language, CustomerPhrase.text)
    shipped: set[Key] = set()
    kept: set[Key] = set()
    for service, language, text, ours in session.execute(select(*columns, CustomerPhrase.shipped)):
        (shipped if ours else kept).add((service, language, text))
    return shipped, kept


def _key() -> Any:
    return tuple_(CustomerPhrase.service_id, CustomerPhrase.language, CustomerPhrase.text)


def _row(key: Key) -> dict[str, Any]:
    service, language, text = key
    return {"service_id": service, "language": language, "text": text, "shipped": True}


def _entries(file: Path) -> Iterator[Key | BadRecord]:
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as fault:
        yield BadRecord(file, "-", f"cannot be read: {fault}")
        return
    if not isinstance(document, dict):
        yield BadRecord(file, "-", "not a mapping of service ids to lists of words")
        return
    for service, texts in document.items():
        yield from _texts(file, str(service), texts)


def _texts(file: Path, service: str, texts: object) -> Iterator[Key | BadRecord]:
    language = file.parent.parent.name
    if not isinstance(texts, list):
        yield BadRecord(file, service, "not a list of words")
        return
    for text in texts:
        if not isinstance(text, str) or not text.strip():
            yield BadRecord(file, service, f"not a text: {text!r}")
        elif len(text.strip()) > LONGEST:
            yield BadRecord(file, service, f"longer than {LONGEST} characters: {text[:40]}…")
        else:
            yield service, language, text.strip()
