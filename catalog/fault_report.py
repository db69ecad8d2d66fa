"""A fault report as words, with what their capitals and the numbers after them say."""

from __future__ import annotations

import re
from collections.abc import Callable

from catalog.language import plain
from catalog.street_names import Vocabulary, vocabulary

READ_CHARACTERS = 2000  # a place stands in the beginning; the rest costs time and tells nothing
LONGEST_NAME = 3  # words before the one that says what it is: "Aleksis Kiven katu"
WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
NUMBER = re.compile(r"\s?(\d{1,5}(?:\s?[-–]\s?\d{1,5})?(?:\s?[A-Ha-h](?!\w))?)(?!\w)(:[^\W\d_]+)?")
SENTENCE_END = re.compile(r"(?:^|[.!?:;\n])\W*$")


class Report:
    """The text and its words, with what their capitals say."""

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        self.language = language
        self.words = list(WORD.finditer(text))
        self.known: Vocabulary = vocabulary()

    def word(self, index: int) -> str:
        return self.words[index].group() if 0 <= index < len(self.words) else ""

    def plain(self, index: int) -> str:
        return plain(self.word(index))

    def is_capital(self, index: int) -> bool:
        """Begins with a capital, as a name does; a text all in capitals says nothing."""
        word = self.word(index)
        return word[:1].isupper() and not (len(word) > 1 and word.isupper())

    def begins_sentence(self, index: int) -> bool:
        start = self.words[index].start()
        return bool(SENTENCE_END.search(self.text[max(0, start - 20) : start]))

    def name_before(self, index: int, fits: Callable[[int], bool]) -> int | None:
        """Where the capitals that stand right before the word begin; none where none fit."""
        first = index
        while first > 0 and index - first < LONGEST_NAME and self._joins(first - 1):
            first -= 1
        while first < index and not fits(first):
            first += 1
        return first if first < index else None

    def _joins(self, index: int) -> bool:
        between = self.text[self.words[index].end() : self.words[index + 1].start()]
        return between == " " and self.is_capital(index)

    def number_after(self, end: int, *, basic: bool) -> str:
        """The house number there. After a name in another case a number may count something."""
        found = NUMBER.match(self.text, end)
        if found is None:
            return ""
        rest = self.text[found.end() :]
        following = WORD.match(rest.lstrip(" "))
        after = plain(following.group()) if following and rest[:1] == " " else ""
        if after in self.known.counted:
            return ""
        sure = basic or found[2] or not after or after in self.known.beside_number
        return found[1].replace(" ", "") if sure else ""
