"""Languages and tags of a matter, in the words of the staff's pages."""

from __future__ import annotations

from collections.abc import Sequence

from babel import Locale, UnknownLocaleError

from api.contract import Language
from api.page_texts import texts
from desk.tickets import LANGUAGE


def tags_in_words(tags: Sequence[str], language: Language) -> list[str]:
    """What the owner should see at once, in words; a tag without words as it is."""
    t = texts("staff", language)
    return [_tag(tag, t, language) for tag in tags]


def _tag(tag: str, t: dict[str, str], language: Language) -> str:
    if not tag.startswith(LANGUAGE):
        return t.get(f"tag_{tag}", tag)
    code = tag.removeprefix(LANGUAGE)
    name = language_name(code, language)
    return t["tag_language"].format(language=f"{name} ({code})" if name else code)


def language_name(code: str, language: Language) -> str | None:
    """The language's own name in this language; none where it is not known."""
    try:
        return Locale.parse(code).get_display_name(language)
    except (UnknownLocaleError, ValueError):
        return None
