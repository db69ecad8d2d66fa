"""Vectors are kept on disk, so that a text is computed once for each encoder."""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import batched
from pathlib import Path

import numpy as np
import numpy.typing as npt

from catalog.encoder import Encoder, Kind, Vectors

BATCH = 64  # texts computed between two commits: about a second of work, lost at most
KEYS_AT_ONCE = 500  # below SQLite's limit of parameters in one statement

Progress = Callable[[int, int], None]


class VectorCache:
    """Remembers the vectors of texts in one file that several processes may share.

    The numbers are rounded to float16: a row differs from the computed one by less than 1e-4 in
    any number, far less than two encodings of near meanings. What was just computed is rounded
    too, so the first and the later calls answer alike.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._open()) as connection, connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS vectors"
                " (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
            )

    def vectors(
        self,
        encoder: Encoder,
        texts: Sequence[str],
        kind: Kind,
        progress: Progress | None = None,
    ) -> Vectors:
        """Shape (len(texts), width), unit rows; only the missing are computed, and each batch is
        on disk before the next begins. `progress` hears how many of the missing are done, and
        of how many."""
        keys = [_key(encoder.name, kind, text) for text in texts]
        with closing(self._open()) as connection:
            known = _known(connection, keys)
            missing = {k: t for k, t in zip(keys, texts, strict=True) if k not in known}
            for done, fresh in _computed(encoder, missing, kind):
                _keep(connection, fresh)
                known |= fresh
                if progress is not None:
                    progress(done, len(missing))
        return _unit_rows([known[key] for key in keys], encoder.width)

    def _open(self) -> sqlite3.Connection:
        # SQLite's default journal: the switch to WAL fails when two processes make the file at
        # the same moment, and one commit a second leaves nothing for WAL to win.
        return sqlite3.connect(self._path, timeout=60)


def _key(encoder_name: str, kind: Kind, text: str) -> bytes:
    # A zero byte keeps the three apart: ("a", "bc") is not ("ab", "c").
    return hashlib.sha256("\0".join((encoder_name, kind, text)).encode("utf-8")).digest()


def _known(connection: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for some in batched(dict.fromkeys(keys), KEYS_AT_ONCE):
        marks = ",".join("?" * len(some))
        question = f"SELECT key, vector FROM vectors WHERE key IN ({marks})"  # noqa: S608 only "?"
        found.update(connection.execute(question, some))
    return found


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


def _keep(connection: sqlite3.Connection, fresh: dict[bytes, bytes]) -> None:
    # Another process may have computed the same text meanwhile; its row is as good.
    with connection:
        connection.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", fresh.items())


def _unit_rows(rows: list[bytes], width: int) -> Vectors:
    halves: npt.NDArray[np.float16] = np.frombuffer(b"".join(rows), "<f2").reshape(-1, width)
    vectors = halves.astype(np.float32)
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
