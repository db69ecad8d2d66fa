"""Rules of the house that a machine can hold."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[1]
PRODUCT = ("catalog", "desk", "actions", "api", "bot", "eval", "migrations")
SOURCES = sorted(path for folder in PRODUCT for path in (PROJECT / folder).rglob("*.py"))
TESTS = sorted((PROJECT / "tests").rglob("*.py"))
TEXTS = sorted((PROJECT / "api" / "texts").glob("*.yml"))
LONGEST = 400
LONGEST_TEST = 800  # claims stand one after another; a long list of them is no tangle
LOAD_ONLY = "migrations"  # generated: as long as there are tables
OURS = re.compile("[äöåÄÖÅ]")
# Two words in a row with a letter of ours: a sentence, and no letter, ending or pattern.
SENTENCE = re.compile(r"\w{2,} \w{2,}")
# What reads the customers' language, letter by letter or word by word, is data in code's clothes:
# the patterns of catalog/ are held by the tests of each language instead. The rehearsal reads a
# customer's sentence to itself, and says it to nobody.
READS_LANGUAGE = {
    "actions/rehearsal.py",
    "catalog/language.py",
    "catalog/lemmas.py",
    "catalog/places.py",
}


def relative(path: Path) -> str:
    return str(path.relative_to(PROJECT))


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_a_source_file_is_short(path: Path) -> None:
    if LOAD_ONLY not in path.parts:
        assert len(path.read_text("utf-8").splitlines()) < LONGEST


@pytest.mark.parametrize("path", TESTS, ids=relative)
def test_a_test_file_is_not_endless(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) < LONGEST_TEST


def docstrings(tree: ast.AST) -> set[int]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, kinds) and node.body and isinstance(node.body[0], ast.Expr):
            found.add(id(node.body[0].value))
    return found


def sentences(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    skipped = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if id(node) not in skipped and OURS.search(text) and SENTENCE.search(text):
                yield text


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_sentence_for_customers_or_staff_stands_in_python(path: Path) -> None:
    measures = path.relative_to(PROJECT).parts[0] == "eval"  # speaks to nobody
    if not measures and relative(path) not in READS_LANGUAGE:
        assert list(sentences(path.read_text("utf-8"))) == []


def test_the_search_for_sentences_sees_one() -> None:
    found = list(sentences('"""Äidin docstring on ohi."""\nx = f"Hyvää päivää {1}"\ny = "å"'))
    assert found == ["Hyvää päivää "]


def entries(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return loaded


@pytest.mark.parametrize("path", TEXTS, ids=relative)
def test_every_text_of_the_pages_has_both_languages_and_the_same_places(path: Path) -> None:
    for name, text in entries(path).items():
        assert set(text) == {"fi", "sv"}, name
        places = [sorted(re.findall(r"\{(\w*)\}", text[language])) for language in ("fi", "sv")]
        assert places[0] == places[1], name
        assert all(one.strip() for one in text.values()), name


def test_no_file_of_the_product_names_a_path_of_this_machine_or_what_stands_beside_it() -> None:
    for path in [*SOURCES, *TEXTS, *(PROJECT / "docs").rglob("*.md"), PROJECT / "README.md"]:
        text = path.read_text("utf-8")
        assert not re.search(r"\.\./shared|/work/|/root/", text), relative(path)


def test_imports_run_one_way() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter], cwd=PROJECT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name.split(".")[0] for one in node.names}
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_the_bot_and_the_app_import_nothing_of_each_other(path: Path) -> None:
    names = imported(path)
    if path.relative_to(PROJECT).parts[0] == "bot":
        assert not names & {"catalog", "desk", "actions", "api"}
    else:
        assert not names & {"rasa", "bot"}


def test_only_the_edge_commits() -> None:
    for folder in ("catalog", "desk", "actions"):
        for path in (PROJECT / folder).rglob("*.py"):
            if path.name != "vectors.py":  # a cache of its own, no session
                assert ".commit()" not in path.read_text("utf-8"), relative(path)
