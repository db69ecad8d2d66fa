"""What the bot learns from: which files, their fingerprint, and the customers' words among them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.metadata import version
from itertools import cycle
from pathlib import Path

import yaml

LANGUAGES = ("fi", "sv")
OWN_CODE = ("classifier.py", "fallback.py", "train.py", "training_data.py")
# Every tenth utterance teaches what a need sounds like; the others measure it. See bot/README.md.
SHARE = 10
# Every sixth of those is taught once more behind a greeting.
GREETED = 6
GREETING = "greet"


def inputs(root: Path) -> list[Path]:
    """Every file that decides what the model becomes, in a fixed order."""
    files = [root / "config.yml", root / "domain.yml"]
    files += rules(root) + intents(root) + words(root)
    return files + [Path(__file__).with_name(name) for name in OWN_CODE]


def rules(root: Path) -> list[Path]:
    """The files that say which action each intent runs."""
    return sorted((root / "nlu_data" / "rules").glob("*.yml"))


def intents(root: Path) -> list[Path]:
    """The files with the intents' examples, one a language."""
    return [_intents_in(root, language) for language in LANGUAGES]


def words(root: Path) -> list[Path]:
    """The files with the customers' words for the services; there may be none."""
    return [file for language in LANGUAGES for file in _words_in(root, language)]


def fingerprint(root: Path) -> str:
    """The same for the same inputs and Rasa, on every machine: 16 hexadecimal digits."""
    digest = hashlib.sha256(version("rasa").encode())
    for file in inputs(root):
        digest.update(f"\0{file.name}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def taught_words(root: Path, share: int = SHARE) -> list[str]:
    """Every `share`-th of the customers' words, some of them with a greeting before them."""
    known = frozenset(folded(said) for _, _, said in examples(root))
    return [said for language in LANGUAGES for said in _taught_in(root, language, known, share)]


def examples(root: Path) -> list[tuple[str, str, str]]:
    """The intents' examples: language, intent and text of each."""
    return [
        (language, intent, said)
        for language in LANGUAGES
        for intent, said in _examples(_intents_in(root, language))
    ]


def _taught_in(root: Path, language: str, known: frozenset[str], share: int) -> Iterator[str]:
    fresh = dict.fromkeys(_line(said) for file in _words_in(root, language) for said in _said(file))
    taught = [said for said in list(fresh)[::share] if said and folded(said) not in known]
    yield from taught
    # Customers greet before they ask; the need must weigh more than the greeting.
    greetings = cycle(
        said for intent, said in _examples(_intents_in(root, language)) if intent == GREETING
    )
    for said in taught[::GREETED]:
        yield f"{next(greetings)} {said}"


def as_nlu(utterances: list[str], intent: str = "find_service") -> str:
    """The utterances as examples of one intent in Rasa's form."""
    lines = "".join(f"- {said}\n" for said in utterances)
    nlu = [{"intent": intent, "examples": lines}] if utterances else []
    return str(yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True))


def folded(said: str) -> str:
    """The text as it is compared: two that differ only in case and in the last stop are one."""
    return said.casefold().strip(" .!?")


def _intents_in(root: Path, language: str) -> Path:
    return root / "nlu_data" / language / "nlu.yml"


def _words_in(root: Path, language: str) -> list[Path]:
    return sorted((root / "nlu_data" / language / "words").glob("*.yml"))


def _examples(file: Path) -> Iterator[tuple[str, str]]:
    for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
        for line in block["examples"].splitlines():
            yield block["intent"], line.removeprefix("- ").strip()


def _said(file: Path) -> Iterator[str]:
    for _, said in sorted((yaml.safe_load(file.read_text(encoding="utf-8")) or {}).items()):
        yield from said


def _line(said: str) -> str:
    # Square brackets would be read as the marks of an entity.
    return " ".join(str(said).replace("[", " ").replace("]", " ").split())
