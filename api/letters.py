"""A notice in words: an e-mail's subject and text, or a text message that fits in one part."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from api.contract import Language
from api.page_texts import language_of, local_time, texts
from desk.notices import Refusal
from desk.records import Notice

ONE_PART = 160  # septets; what is longer goes, and is paid for, in several parts
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE = frozenset("^{}\\[~]|€")  # each takes two septets
PLAINER = str.maketrans({"–": "-", "—": "-", "’": "'", "”": '"', "\u00a0": " "})


class Refused(Exception):
    """A letter did not go out; `refusal` says why, without personal data."""

    def __init__(self, problem: str, *, retry: bool) -> None:
        super().__init__(problem)
        self.refusal = Refusal(problem, retry)


@dataclass(frozen=True)
class Letter:
    """What one recipient gets; `uid` is the same whenever the same notice goes out."""

    uid: str
    recipient: str
    language: Language
    subject: str
    text: str
    written_at: datetime


class Carrier(Protocol):
    """One way out of the desk."""

    async def carry(self, letter: Letter) -> None:
        """Returns when the letter was taken over. Raises Refused when it was not."""


@dataclass(frozen=True)
class Writer:
    """Puts notices into words; `address` is the desk's, as customers write it."""

    address: str
    answers_mail: bool  # a person reads replies to e-mail

    def letter(self, notice: Notice, *, now: datetime) -> Letter:
        """The notice as it is true now: a due time that has passed meanwhile is not told."""
        language = language_of(notice.language, "")
        values = self._values(notice, language)
        t = texts("notices", language)
        told = _text_message if notice.channel == "sms" else self._mail
        due = _due(notice)
        undated = f"{notice.template}_undated"
        dated = (due is not None and due > now) or f"{undated}_mail" not in t
        return Letter(
            uid=hashlib.sha256(notice.key.encode()).hexdigest()[:32],
            recipient=notice.recipient,
            language=language,
            subject=_one_line(t[f"{notice.template}_subject"].format(**values)),
            text=told(notice.template if dated else undated, t, values),
            written_at=notice.written_at,
        )

    def _values(self, notice: Notice, language: Language) -> dict[str, str]:
        due = _due(notice)
        return {
            "code": notice.values["code"],
            "owner": _one_line(notice.values["owner"]),
            "due": local_time(due, language) if due else "",
            "address": f"{self.address.rstrip('/')}/ticket?lang={language}",
        }

    def _mail(self, template: str, t: dict[str, str], values: dict[str, str]) -> str:
        reply = t["reply_here" if self.answers_mail else "reply_there"]
        parts = (t["greeting"], t[f"{template}_mail"], t["where"], reply)
        told = [part.format(**values) for part in parts]
        return "\n\n".join([*told, f"{t['regards']}\n{t['desk']}"]) + "\n"


def _due(notice: Notice) -> datetime | None:
    kept = notice.values["due_at"]
    return datetime.fromisoformat(kept) if kept else None


def _text_message(template: str, t: dict[str, str], values: dict[str, str]) -> str:
    """The wording that fits in one part, else the shorter one."""
    wordings = [t[name] for name in (f"{template}_sms", f"{template}_sms_brief") if name in t]
    told = [_in_gsm(wording.format(**values)) for wording in wordings]
    return next((one for one in told if septets(one) <= ONE_PART), told[-1])


def septets(text: str) -> int:
    """How much of a text message the text takes; more than fits for signs outside GSM 03.38."""
    if not GSM.union(GSM_TWICE).issuperset(text):
        return ONE_PART + len(text)
    return len(text) + sum(sign in GSM_TWICE for sign in text)


def _in_gsm(text: str) -> str:
    return "".join(_gsm_letter(letter) for letter in text.translate(PLAINER))


def _gsm_letter(letter: str) -> str:
    """The letter, or the one below its mark: one sign outside the alphabet would halve the room."""
    if letter in GSM or letter in GSM_TWICE:
        return letter
    bare = unicodedata.normalize("NFKD", letter)[0]
    return bare if bare in GSM else letter


def _one_line(text: str) -> str:
    """A name holds no line break: a header would end where it stands."""
    return " ".join(text.split())
