"""A file's name as its sender wrote it, made safe to store, to show and to save under."""

from __future__ import annotations

import re
import unicodedata

from catalog.personal_data import mask

LONGEST = 120  # characters, the suffix among them
UNSAFE = re.compile(r'[<>:"|?*\\/]')
# What only looks like a letter of its own: an underscore would hide a code from the masking.
JOINS = str.maketrans({"_": " ", "+": " "})


def safe_name(given: str, suffix: str, *, otherwise: str) -> str:
    """The name without path, control and bidi signs, personal data and its own suffix, and with
    `suffix`, which the content has earned. `otherwise` is the name where nothing is left."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    # Format signs (Cf) turn the reading direction, so that "gpj.exe" could look like "exe.jpg".
    shown = "".join(one if unicodedata.category(one)[0] != "C" else " " for one in base)
    words = mask(shown.translate(JOINS)).text
    plain = " ".join(UNSAFE.sub(" ", words).split())
    return _cut(_without(plain, suffix) or otherwise, suffix)


def _without(name: str, suffix: str) -> str:
    """The name without this suffix, or one that says the same; a foreign one stays, in sight."""
    for one in (suffix, ".jpeg") if suffix == ".jpg" else (suffix,):
        if name.lower().endswith(one):
            return name[: -len(one)].strip(" .")
    return name.strip(" .")


def _cut(name: str, suffix: str) -> str:
    return name[: LONGEST - len(suffix)].strip(" .") + suffix
