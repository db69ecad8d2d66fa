"""A file that comes through a door: looked at, scanned, at rest; and how it is given out again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Annotated

from fastapi import File, UploadFile
from sqlalchemy.orm import Session
from starlette import datastructures
from starlette.responses import FileResponse

from api.clamd import Scanner, ScannerAway
from api.contract import Language, storable
from api.doors import Doors
from api.page_texts import texts
from desk import attachments
from desk.attachments import Scan
from desk.door_records import Attachment
from desk.errors import FileRefused, FileUnknown
from desk.file_names import safe_name
from desk.file_store import FileStore, Kept
from desk.models import Person, Ticket

MEGABYTE = 1_000_000
# A file is only ever saved, never shown within the desk's pages; should it be opened by itself all
# the same, it can run nothing and ask for nothing.
HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}

Attached = Annotated[UploadFile | None, File()]

log = logging.getLogger("luukku.files")


@dataclass(frozen=True)
class Sent:
    """A file as it came: its bytes, and what the sender calls it."""

    file: IO[bytes]
    name: str


@dataclass(frozen=True)
class Taken:
    """A file at rest, whose row is still to be written."""

    kept: Kept
    name: str
    scan: Scan


def sent(file: datastructures.UploadFile | None) -> Sent | None:
    """What a form's file field holds; none where no file was chosen."""
    if file is None or (not file.filename and not file.size):
        return None
    return Sent(file.file, str(storable(file.filename or "")))


def store_of(at: Doors) -> FileStore:
    return FileStore(at.settings.data_dir / "attachments")


def most_bytes(at: Doors) -> int:
    return at.settings.attachment_max_mb * MEGABYTE


def most_body(at: Doors) -> int:
    """Bytes of a whole form: a file somewhat too large still gets the answer that says so."""
    return 2 * most_bytes(at) + MEGABYTE


@contextmanager
def taken(at: Doors, given: Sent | None, language: Language) -> Iterator[Taken | None]:
    """The file, at rest while the block writes its row; gone again where the block fails.

    None where no file was given. Raises FileRefused.
    """
    if given is None:
        yield None
        return
    store = store_of(at)
    kept = store.take(given.file, most_bytes=most_bytes(at))
    try:
        name = safe_name(given.name, kept.suffix, otherwise=texts("files", language)["unnamed"])
        yield Taken(kept, name, _scanned(at, store, kept))
    except BaseException:
        store.remove(kept.key)
        raise


def with_answer(
    session: Session, at: Doors, ticket: Ticket, person: Person, taken: Taken | None
) -> None:
    """The file, where there is one, goes to the customer with the person's answer."""
    if taken is not None:
        attachments.from_staff(
            session,
            ticket,
            person,
            taken.kept,
            name=taken.name,
            now=at.desk.now(),
            scan=taken.scan,
        )


def given_out(at: Doors, file: Attachment) -> FileResponse:
    """The file to be saved under its name. Raises FileUnknown where its bytes are lost."""
    path = store_of(at).path(file.key)
    if not path.exists():
        log.error("the bytes of attachment %d are not in the data folder", file.id)
        raise FileUnknown(file.id)
    return FileResponse(path, media_type=file.media_type, filename=file.name, headers=HEADERS)


def verdict(at: Doors, store: FileStore, key: str) -> Scan:
    """What the scanner says: it is asked again later while it is away."""
    if at.settings.clamd is None:
        return "unscanned"
    try:
        with store.path(key).open("rb") as file:
            return Scanner(at.settings.clamd).scan(file)
    except ScannerAway as error:
        log.warning("the virus scanner gave no verdict: %s", error)
        return "waiting"


def _scanned(at: Doors, store: FileStore, kept: Kept) -> Scan:
    found = verdict(at, store, kept.key)
    if found == "infected":
        raise FileRefused("infected")
    return found
