"""Vectors are kept on disk, so that a text is computed once for each encoder."""

import hashlib
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from itertools import batched, compress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from catalog import shipped_vectors
from catalog.encoder import Encoder, Kind, Vectors

BATCH = 64  # texts computed between two commits: about a second of work, lost at most
KEYS_AT_ONCE = 500  # below SQLite's limit of parameters in one statement
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
PRIMARY = 0xFF  # the bits of SQLite's error codes that name the kind
STRETCHES = 4096  # a damaged file is read in so many parts: what is lost is about one part a page
OFF = 0.01  # how far from 1 the length of a kept vector may be; rounding moves it by under 0.001
TABLE = (
    "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
)

Progress = Callable[[int, int], None]

log = logging.getLogger("luukku.vectors")


class VectorCache:
    """Remembers the vectors of texts in one file that several processes may share.

    The numbers are rounded to float16: a row differs from the computed one by less than 1e-4 in
    any number, far less than two encodings of near meanings. What was just computed is rounded
    too, so the first and the later calls answer alike. Of a text that is shipped with its vector
    nothing is computed; there the numbers are rounded to 8 bits (`catalog.shipped_vectors`).

    A cache may never stop the desk. Where the file is damaged, what can be read of it goes into a
    new one and the rest is computed again; where it cannot be written, nothing is kept.
    """

    def __init__(self, path: Path, shipped: Path = shipped_vectors.FILE) -> None:
        self._path = path
        self._shipped = shipped
        path.parent.mkdir(parents=True, exist_ok=True)
        self._asked(lambda connection: connection.execute(TABLE))

    @property
    def folder(self) -> Path:
        """Where it stands; what else is worked out of texts may stand beside it."""
        return self._path.parent

    def vectors(
        self,
        encoder: Encoder,
        texts: Sequence[str],
        kind: Kind,
        progress: Progress | None = None,
    ) -> Vectors:
        """Shape (len(texts), width), unit rows; only the missing are computed, and each batch is
        on disk, where it can be written, before the next begins. `progress` hears how many of the
        missing are done, and of how many."""
        keys = [key_of(encoder.name, kind, text) for text in texts]
        known = self._asked(lambda connection: _known(connection, keys, encoder.width))
        missing = {k: t for k, t in zip(keys, texts, strict=True) if k not in known}
        shipped = _shipped(missing, encoder.width, self._shipped)
        keeps = not shipped or self._keep(shipped)
        known |= shipped
        missing = {key: text for key, text in missing.items() if key not in shipped}
        for done, fresh in _computed(encoder, missing, kind):
            keeps = keeps and self._keep(fresh)
            known |= fresh
            if progress is not None:
                progress(done, len(missing))
        return _unit_rows([known[key] for key in keys], encoder.width)

    def _asked[T](self, ask: Callable[[sqlite3.Connection], T]) -> T:
        """What `ask` finds in the file; in a damaged one, after it has been made anew."""
        try:
            return self._asked_once(ask)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & PRIMARY not in DAMAGED:
                raise
            log.error("%s is damaged (%s): making it anew", self._path.name, error)
        self._make_anew()
        return self._asked_once(ask)

    def _asked_once[T](self, ask: Callable[[sqlite3.Connection], T]) -> T:
        with closing(self._open()) as connection, connection:
            return ask(connection)

    def _keep(self, fresh: dict[bytes, bytes]) -> bool:
        """False where the disk is full, may not be written, or is damaged where these belong."""
        try:
            self._asked_once(lambda connection: _put(connection, fresh.items()))
        except sqlite3.DatabaseError as error:
            log.error("vectors are not kept: %s", error)
            return False
        return True

    def _make_anew(self) -> None:
        fresh = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        with closing(sqlite3.connect(fresh)) as new:
            new.execute(TABLE)
            with closing(self._open()) as old, new:
                for rows in _readable(old):
                    _put(new, rows)
        # A journal left by a writer that died would be played into the new file.
        self._path.with_name(f"{self._path.name}-journal").unlink(missing_ok=True)
        fresh.replace(self._path)

    def _open(self) -> sqlite3.Connection:
        # SQLite's default journal: the switch to WAL fails when two processes make the file at
        # the same moment, and one commit a second leaves nothing for WAL to win.
        return sqlite3.connect(self._path, timeout=60)


def key_of(encoder_name: str, kind: Kind, text: str) -> bytes:
    """What a text's vector is kept under."""
    # A zero byte keeps the three apart: ("a", "bc") is not ("ab", "c").
    return hashlib.sha256("\0".join((encoder_name, kind, text)).encode("utf-8")).digest()


def _known(connection: sqlite3.Connection, keys: Sequence[bytes], width: int) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for some in batched(dict.fromkeys(keys), KEYS_AT_ONCE):
        marks = ",".join("?" * len(some))
        question = f"SELECT key, vector FROM vectors WHERE key IN ({marks})"  # noqa: S608 only "?"
        found.update(_whole(dict(connection.execute(question, some)), width))
    return found


def _shipped(missing: Iterable[bytes], width: int, path: Path) -> dict[bytes, bytes]:
    found = shipped_vectors.known(missing, width, path)
    return _whole({key: row.astype("<f2").tobytes() for key, row in found.items()}, width)


def _whole(found: dict[bytes, bytes], width: int) -> dict[bytes, bytes]:
    """The rows that are unit vectors still: SQLite does not see that a number has changed."""
    sized = {key: row for key, row in found.items() if len(row) == 2 * width}
    halves = np.frombuffer(b"".join(sized.values()), "<f2").reshape(-1, width)
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(halves.astype(np.float32), axis=1)
    return dict(compress(sized.items(), np.abs(lengths - 1) < OFF))


def _readable(damaged: sqlite3.Connection) -> Iterator[list[tuple[bytes, bytes]]]:
    """The rows of each stretch of keys that can still be read."""
    step = 2**16 // STRETCHES
    for begin in range(0, 2**16, step):
        between = (begin.to_bytes(2), (begin + step - 1).to_bytes(2) + b"\xff" * 31)
        with suppress(sqlite3.DatabaseError):
            question = "SELECT key, vector FROM vectors WHERE key BETWEEN ? AND ?"
            yield damaged.execute(question, between).fetchall()


def _computed(
    encoder: Encoder, missing: dict[bytes, str], kind: Kind
) -> Iterator[tuple[int, dict[bytes, bytes]]]:
    done, cores = 0, os.cpu_count() or 1
    # Encoders leave Python's lock while they compute, so threads share the cores.
    with ThreadPoolExecutor(cores) as pool:
        for some in batched(missing.items(), BATCH):
            parts = [[text for _, text in part] for part in batched(some, -(-len(some) // cores))]
            rows = np.concatenate(list(pool.map(lambda part: encoder.embed(part, kind), parts)))
            done += len(some)
            halves = rows.astype("<f2")
            yield done, {key: row.tobytes() for (key, _), row in zip(some, halves, strict=True)}


def _put(connection: sqlite3.Connection, rows: Iterable[tuple[bytes, bytes]]) -> None:
    # Another process may have computed the same text meanwhile; a row that was not whole goes.
    connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)


def _unit_rows(rows: list[bytes], width: int) -> Vectors:
    halves: npt.NDArray[np.float16] = np.frombuffer(b"".join(rows), "<f2").reshape(-1, width)
    vectors = halves.astype(np.float32)
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
