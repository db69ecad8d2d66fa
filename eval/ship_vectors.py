"""Writes the vectors of the shipped texts to catalog/data/vectors.npy: `make vectors`.

To be done again when the encoder has changed, or many texts; a few new ones are computed by each
desk at its next start.
"""

from __future__ import annotations

from typing import get_args

from api.settings import Settings
from catalog import encoder, shipped_vectors
from catalog.encoder import Kind
from catalog.search_rows import Rows
from catalog.vectors import VectorCache, key_of
from eval.fit_fusion import catalogue_rows


def shipped_texts(rows: Rows) -> dict[Kind, list[str]]:
    """Each text that the search looks for by its meaning, once, by how it is encoded."""
    passages = rows.of("name", "summary", "labels", "description")
    kinds: dict[Kind, list[str]] = {
        "passage": [row.text for row in passages],
        "query": [row.text for row in rows.of("phrase")],
    }
    assert set(kinds) == set(get_args(Kind))
    return {kind: list(dict.fromkeys(texts)) for kind, texts in kinds.items()}


def main() -> None:
    settings = Settings()
    chosen = encoder.load(settings.encoder)
    cache = VectorCache(settings.data_dir / "vectors.db")
    found = {}
    for kind, texts in shipped_texts(catalogue_rows()).items():
        rows = cache.vectors(
            chosen, texts, kind, lambda done, total: print(f"{done} of {total} computed")
        )
        keys = (key_of(chosen.name, kind, text) for text in texts)
        found |= dict(zip(keys, rows, strict=True))
    shipped_vectors.write(found, shipped_vectors.FILE)
    megabytes = shipped_vectors.FILE.stat().st_size / 1e6
    print(f"{len(found)} vectors of {chosen.name}, {megabytes:.1f} MB: {shipped_vectors.FILE}")


if __name__ == "__main__":
    main()
