"""What was taken apart once is not taken apart again, and no damage of it shows."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest

from catalog import kept_terms
from catalog.kept_terms import KeptTerms
from catalog.lemmas import SimplemmaLemmatizer

TEXTS = ["haen lapselle päivähoitopaikkaa", "hukkasin passini", "puoli \ud83d merkkiä"]
READER = SimplemmaLemmatizer("fi", ["päivä", "hoito"])


class Taking:
    """Takes texts apart at their spaces, and remembers which."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def __call__(self, texts: Sequence[str]) -> list[list[str]]:
        self.taken += texts
        return [text.split() for text in texts]


def read(
    folder: Path, texts: Sequence[str] = TEXTS, reader: SimplemmaLemmatizer = READER
) -> list[str]:
    """The texts that had to be taken apart; the terms are right in any case."""
    taking = Taking()
    found = KeptTerms(folder).of(texts, "fi", reader, taking)
    assert found == {text: text.split() for text in texts}
    return taking.taken


def test_the_second_reader_takes_nothing_apart_but_new_texts(tmp_path: Path) -> None:
    assert read(tmp_path) == TEXTS
    assert read(tmp_path) == []
    assert read(tmp_path, [TEXTS[0], "uusi teksti"]) == ["uusi teksti"]
    assert read(tmp_path) == []  # a smaller catalogue has not pushed the others out


def test_other_words_that_split_compounds_make_other_terms(tmp_path: Path) -> None:
    read(tmp_path)
    assert read(tmp_path, reader=SimplemmaLemmatizer("fi", ["päivä", "hoitopaikka"])) == TEXTS
    assert read(tmp_path) == []
    assert read(tmp_path, reader=SimplemmaLemmatizer("fi", ["hoito", "päivä"])) == []


def test_a_changed_reader_or_library_makes_other_terms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(tmp_path)
    monkeypatch.setattr(kept_terms, "READERS", ("pipeline.py",))
    assert read(tmp_path) == TEXTS


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(b"", id="half of it"),
        pytest.param(b"no gzip at all", id="no gzip"),
        pytest.param(gzip.compress(b"{"), id="no JSON"),
        pytest.param(gzip.compress(b"[1, 2]"), id="other JSON"),
        pytest.param(gzip.compress(b"\xff\xfe"), id="no text"),
        pytest.param(gzip.compress(b"{}")[:10] + b"\xff" * 20, id="overwritten after the start"),
    ],
)
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    read(tmp_path)
    (file,) = tmp_path.glob("*.json.gz")
    whole = file.read_bytes()
    file.write_bytes(damage or whole[: len(whole) // 2])
    assert read(tmp_path) == TEXTS
    assert read(tmp_path) == []


def test_where_nothing_can_be_written_the_texts_are_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("a file")
    assert read(tmp_path / "occupied" / "terms") == TEXTS


def test_old_files_go(tmp_path: Path) -> None:
    for number in range(kept_terms.KEPT + 3):
        read(tmp_path, reader=SimplemmaLemmatizer("fi", [f"sana{number}"]))
    assert len(list(tmp_path.iterdir())) == kept_terms.KEPT
