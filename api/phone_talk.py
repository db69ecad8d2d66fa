"""What a place of a telephone talk has in hand, and what it can ask and answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from actions.hand import Desk
from api.contract import ChatOut, Language
from api.guessing import Guesses
from api.page_texts import LANGUAGES, texts
from api.phone_steps import Event, Say
from api.phone_words import digit_by_digit
from api.settings import Settings
from catalog.phones import e164
from catalog.spoken_map import Menu
from desk.door_records import Call

OPTIONS = 8  # on one page of choices; 9 is "more"
MORE = "9"


@dataclass(frozen=True)
class Question:
    """What is asked at a place, and how it may be answered."""

    text: str
    keys: int = 1
    speech: bool = False
    timeout: int = 8
    before: tuple[Say, ...] = ()  # said first, in any language


@dataclass(frozen=True)
class Next:
    """Where the talk goes, and what is said on the way."""

    at: str
    says: tuple[str, ...] = ()


@dataclass
class Line:
    """One event of one call, within the transaction that decides it."""

    session: Session
    call: Call
    state: dict[str, Any]
    event: Event
    caller: str | None  # the number, if the provider told one; kept only where the caller says so
    desk: Desk
    settings: Settings
    guesses: Guesses
    menu: Menu
    now: datetime
    told: ChatOut | None = None  # what the desk made of what was said
    sent: bool | None = None  # whether the text message went out

    @property
    def language(self) -> Language:
        return "sv" if self.call.language == "sv" else "fi"

    @property
    def number(self) -> str | None:
        """The caller's number in international form; none where it is withheld or no number."""
        return e164(self.caller) if self.caller else None

    def t(self, name: str, /, **values: str) -> str:
        return texts("phone", self.language)[name].format(**values)

    def option(self, name: str, key: int) -> str:
        """ "Lapset ja perhe, paina kaksi." """
        return self.t("option", name=name, key=digit_by_digit(str(key), self.language))


def both(name: str) -> tuple[Say, ...]:
    """A text in both languages, for a caller whose language is not known."""
    return tuple(Say(texts("phone", language)[name], language) for language in LANGUAGES)


def no_question(line: Line) -> Question:
    return Question("")


def no_keys(line: Line, digits: str) -> Next | None:
    return None


def to_main(line: Line) -> Next:
    return Next("main")


@dataclass(frozen=True)
class Place:
    """One point of the talk: what it asks, and what the keys do there.

    `hear` gets every key but 0 (a person), 9 and # (once more) and * (`back`); with `pages` 9 too.
    None from it says that nothing there has this key.
    """

    ask: Callable[[Line], Question] = no_question
    hear: Callable[[Line, str], Next | None] = no_keys
    back: Callable[[Line], Next] = to_main
    pages: bool = False
    rests: bool = False  # the caller has what they came for: silence ends the call


@dataclass(frozen=True)
class Page:
    """Some of a list of choices, and how many pages there are."""

    names: tuple[str, ...]
    first: int
    pages: int

    @classmethod
    def of(cls, names: list[str], page: int) -> Page:
        pages = max(1, -(-len(names) // OPTIONS))
        first = (page % pages) * OPTIONS
        return cls(tuple(names[first : first + OPTIONS]), first, pages)

    def said(self, line: Line) -> str:
        told = [line.option(name, key) for key, name in enumerate(self.names, start=1)]
        if self.pages > 1:
            told.append(line.t("more"))
        return " ".join(told)

    def chosen(self, digits: str) -> int | None:
        """Which of the whole list the key means; none where it means none."""
        if not digits.isdecimal() or not 1 <= int(digits) <= len(self.names):
            return None
        return self.first + int(digits) - 1


def turn_page(line: Line, at: str, pages: int) -> Next:
    """The next page; on the only one, the same once more."""
    line.state["page"] = (int(line.state.get("page", 0)) + 1) % pages
    return Next(at)
