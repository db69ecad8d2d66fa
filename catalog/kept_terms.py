"""Terms are kept on disk: taking 60,000 texts apart is most of what a start would cost."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import tempfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata, resources
from pathlib import Path

from catalog.language import Language
from catalog.lemmas import Lemmatizer

Take = Callable[[Sequence[str]], Iterable[list[str]]]  # texts apart into their terms

READERS = ("pipeline.py", "lemmas.py", "data/function_words.yml")  # what decides on terms
LIBRARIES = ("spacy", "simplemma")
MOST = 200_000  # texts in a file; over that only those of this catalogue stay
KEPT = 4  # files of a language: of catalogues with other words, and of a lemmatizer before

log = logging.getLogger("luukku.terms")


class KeptTerms:
    """The terms of texts, in one file for each way of reading them. A copy only: a file that is
    damaged is made anew, and where none can be written nothing is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(
        self, texts: Sequence[str], language: Language, lemmatizer: Lemmatizer, take: Take
    ) -> dict[str, list[str]]:
        """Each text's terms; `take` is given those that are not known yet."""
        path = self._folder / f"{language}-{_reading(language, lemmatizer)}.json.gz"
        known = _read(path)
        found = {text: known[text] for text in texts if text in known}
        new = [text for text in texts if text not in known]
        if new:
            found |= zip(new, take(new), strict=True)
            every = known | found
            self._keep(path, every if len(every) <= MOST else found)
        return found

    def _keep(self, path: Path, terms: dict[str, list[str]]) -> None:
        """Whole or not at all: a reader never sees half of it."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._folder) as bench:
                made = Path(bench) / path.name
                made.write_bytes(gzip.compress(json.dumps(terms).encode(), compresslevel=1))
                made.replace(path)
            for old in _newest_first(path)[KEPT:]:
                old.unlink(missing_ok=True)
        except OSError as error:
            log.error("terms are not kept: %s", type(error).__name__)


def _read(path: Path) -> dict[str, list[str]]:
    try:
        found = json.loads(gzip.decompress(path.read_bytes()))
    except FileNotFoundError:
        return {}
    except (OSError, EOFError, ValueError, zlib.error) as error:
        log.error("%s is damaged (%s): making it anew", path.name, type(error).__name__)
        return {}
    return found if isinstance(found, dict) else {}


def _newest_first(path: Path) -> list[Path]:
    """The files of the path's language."""
    language = path.name.partition("-")[0]
    files = path.parent.glob(f"{language}-*.json.gz")
    return sorted(files, key=lambda one: one.stat().st_mtime, reverse=True)


def _reading(language: Language, lemmatizer: Lemmatizer) -> str:
    """Changes whenever the terms of a text may: with the code, the libraries, the words that
    compounds are split by. A newer dictionary of Voikko's that tells no newer version does not
    show: remove the folder then."""
    digest = hashlib.sha256(f"{language} {lemmatizer.name}".encode())
    for name in READERS:
        digest.update(resources.files("catalog").joinpath(name).read_bytes())
    for library in LIBRARIES:
        digest.update(metadata.version(library).encode())
    digest.update(lemmatizer.state.encode())
    return digest.hexdigest()[:16]
