"""How finding bears sloppy writing; run as `python -m eval.robustness`, writes eval/ROBUSTNESS.md.

The questions of strangers, passers and the blind set as they are, without the dots of å, ä and ö,
with a slip of the finger in every sixth word, with spaces lost or added as speech recognition
does, and with the sounds of dialects wherever they fit, which is thicker than people write. The
same slips each time: they are drawn from the question itself.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from catalog.find import Finder
from catalog.fusion import Fusion
from catalog.lexical import FOLD
from eval.fit_fusion import catalogue_rows, finder_over
from eval.questions_data import LANGUAGES, Question, blind, passers, strangers

FILE = Path(__file__).parent / "ROBUSTNESS.md"
SLIPS = 1 / 6  # share of the words of four letters and more
SPACES = 1 / 8  # share of the places between words that are lost, and of long words cut in two
LONG = 8  # letters of a word that recognition may cut
WORD = re.compile(r"[^\W\d_]{4,}")
NEIGHBOURS = {
    "a": "s",
    "e": "r",
    "i": "o",
    "k": "l",
    "l": "k",
    "n": "m",
    "o": "p",
    "s": "d",
    "t": "y",
}

Change = Callable[[str], str]


def without_dots(text: str) -> str:
    return text.translate(FOLD)


def with_slips(text: str) -> str:
    """A letter left out, doubled, swapped with the next one, or its neighbour on the keyboard."""
    chance = random.Random(text)
    return WORD.sub(
        lambda word: _slip(word[0], chance) if chance.random() < SLIPS else word[0], text
    )


def _slip(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    kind = chance.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    if kind == 2:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + NEIGHBOURS.get(word[at], word[at]) + word[at + 1 :]


def with_other_spaces(text: str) -> str:
    """Some words run together, some long ones cut in two."""
    chance = random.Random(text)
    said = []
    for word in text.split():
        cut = len(word) >= LONG and chance.random() < SPACES
        said.append(f"{word[: len(word) // 2]} {word[len(word) // 2 :]}" if cut else word)
        said.append("" if chance.random() < SPACES else " ")
    return "".join(said).strip()


def in_the_west(text: str) -> str:
    """Finnish: "uuren", "tehrä"."""
    return re.sub(r"(?<=[aeiouyäöh])d(?=[aeiouyäö])", "r", text)


def in_the_east(text: str) -> str:
    """Finnish: "vanaha", "palavelu", "rahhaa"."""
    slipped = re.sub(r"([aeiouyäö])([lnrh])(?=[hkmpvj][aeiouyäö])", r"\1\2\1", text)
    return re.sub(r"(?<=[aeiouyäö])([hjklmnprstv])(?=([aeiouyäö])\2)", r"\1\1", slipped)


def without_case_vowels(text: str) -> str:
    """Finnish: "kuntoutuksest", "netis", "lääkäril"; "asuntoo" for "asuntoa"."""
    cut = re.sub(r"(?<=\w[ls]t)[aä]\b|(?<=\ws)s[aä]\b|(?<=\wl)l[aä]\b", "", text)
    return re.sub(r"(?<=\w)([oöeiuy])[aä]\b", r"\1\1", cut)


def without_endings(text: str) -> str:
    """Swedish: "passe", "gata ä stängd" for "gatan", "jag betala" for "betalar"."""
    return re.sub(r"(?<=\w{3}[ae])[tnr]\b|(?<=\w{3}a)de\b", "", text)


CHANGES: dict[str, Change] = {
    "as written": str,
    "without dots": without_dots,
    "slips of the finger": with_slips,
    "spaces lost and added": with_other_spaces,
}
SPOKEN: dict[str, dict[str, Change]] = {
    "fi": {
        "as sounds go in the west": in_the_west,
        "as sounds go in the east": in_the_east,
        "without the last vowel of a case": without_case_vowels,
    },
    "sv": {"without the last letters of an ending": without_endings},
}


def table(finder: Finder, questions: Sequence[Question]) -> Iterator[str]:
    """First and among three, in per cent, and how many points are lost."""
    yield "| language | count | written | first | of three | points lost, first | of three |"
    yield "|---|---|---|---|---|---|---|"
    for language in LANGUAGES:
        asked = [one for one in questions if one.language == language and one.expect]
        plain = _shares(finder, asked, str)
        for name, change in (CHANGES | SPOKEN[language]).items():
            first, three = _shares(finder, asked, change)
            lost = f"{plain[0] - first:+.1f} | {plain[1] - three:+.1f}"
            yield f"| {language} | {len(asked)} | {name} | {first:.1f} | {three:.1f} | {lost} |"


def _shares(finder: Finder, asked: Sequence[Question], change: Change) -> tuple[float, float]:
    found = [
        [one.service_id for one in finder.find(change(q.text), q.language).services] for q in asked
    ]
    right = [set(q.expect) for q in asked]
    pairs = list(zip(found, right, strict=True))
    first = sum(bool(set(ids[:1]) & wanted) for ids, wanted in pairs)
    three = sum(bool(set(ids[:3]) & wanted) for ids, wanted in pairs)
    return 100 * first / len(asked), 100 * three / len(asked)


def main() -> None:
    finder = finder_over(catalogue_rows(), Fusion.shipped())
    lines = [
        "# How finding bears sloppy writing",
        "",
        "Written by `python -m eval.robustness`, on the questions of strangers, passers and the",
        "blind set together; the right one of all services, in per cent.",
        "",
        *table(finder, [*strangers(), *passers(), *blind()]),
    ]
    FILE.write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
