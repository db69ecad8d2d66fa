"""Forms of words as nlu_data holds them, turned into patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable

from catalog.language import plain

SHORT = 3  # letters: "mån" without its mark is another word


def pattern(forms: Iterable[str]) -> re.Pattern[str]:
    """Any of the forms as a whole word or words, in text in lower case; "*" ends a beginning.

    A form of more than `SHORT` letters is found without the marks on its letters too.
    """
    written = {one for form in forms for one in _spellings(form.lower())}
    longest_first = sorted(written, key=lambda one: (-len(one), one))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(_expression, longest_first)) or '(?!)'})(?!\w)")


def _spellings(form: str) -> Iterable[str]:
    return (form, plain(form)) if len(form.rstrip("*")) > SHORT else (form,)


def _expression(form: str) -> str:
    words = r"\s+".join(re.escape(word) for word in form.rstrip("*").split())
    return words + r"\w*" if form.endswith("*") else words
