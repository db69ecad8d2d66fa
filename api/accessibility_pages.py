"""The accessibility statement, and the form for feedback on it; neither needs a script."""

from __future__ import annotations

import re
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse

from api import accessibility_feedback
from api.accessibility_feedback import PAGE, Feedback
from api.contract import LONGEST_MESSAGE, Language, Storable
from api.doors import Doors, doors
from api.guessing import Address
from api.page_texts import In, page, texts
from api.tries import Tries
from catalog.personal_data import contact

LONGEST_BESIDE = 300  # characters of page and device
MOST_A_MINUTE = 10  # forms from one network
KEY = re.compile(r"[A-Za-z0-9_-]{8,80}")
FIELDS = ("message_id", "text", "where", "device", "contact")

router = APIRouter(include_in_schema=False)
At = Annotated[Doors, Depends(doors)]
FormText = Annotated[str, Form(), Storable]


@router.get("/accessibility")
async def statement(at: At, language: In) -> HTMLResponse:
    """What Act 306/2019 wants told; what only the deployer knows is marked until it is set."""
    settings = at.settings
    names = {"fi": settings.organisation_name_fi, "sv": settings.organisation_name_sv}
    return page(
        "accessibility.html",
        language,
        t=_texts(language),
        organisation=names[language] or settings.organisation_name_fi,
        reviewed=settings.accessibility_reviewed,
    )


@router.get(PAGE)
async def form(language: In) -> HTMLResponse:
    return _page(language, {})


@router.post(PAGE)
async def send(
    at: At,
    network: Address,
    language: In,
    message_id: FormText = "",
    text: FormText = "",
    where: FormText = "",
    device: FormText = "",
    contact: FormText = "",
) -> HTMLResponse:
    """A ticket for what was written, and a page that tells who answers and by when."""
    given = (message_id, text, where, device, contact)
    written = {name: _in_lines(one) for name, one in zip(FIELDS, given, strict=True)}
    wrong = _wrong(written)
    if wrong:
        return _page(language, written, status=422, wrong=wrong, problem=_said(wrong, language))
    if await _too_often(at, network):
        return _page(language, written, status=429, problem=_texts(language)["wrong_often"])
    taken = await at.work(accessibility_feedback.take, at, _feedback(written, language))
    return _page(language, written, **vars(taken))


def _wrong(written: dict[str, str]) -> str:
    """The field that cannot be taken as it is; none where all is well."""
    if not written["text"] or len(written["text"]) > LONGEST_MESSAGE:
        return "text"
    way = written["contact"]
    return "contact" if way and contact(way) is None else ""


def _said(wrong: str, language: Language) -> str:
    return _texts(language)[f"wrong_{wrong}"]


async def _too_often(at: Doors, network: str) -> bool:
    forms = Tries(at.counts, "accessibility_form", MOST_A_MINUTE)
    return bool(network) and await at.counts.aside(forms.take, network) > 0


def _feedback(written: dict[str, str], language: Language) -> Feedback:
    t = _texts(language)
    beside = [
        t[f"kept_{name}"].format(given=written[name][:LONGEST_BESIDE])
        for name in ("where", "device")
        if written[name]
    ]
    message_id = written["message_id"]
    return Feedback(
        message_id=message_id if KEY.fullmatch(message_id) else uuid.uuid4().hex,
        text="\n".join([written["text"], *beside]),
        contact=contact(written["contact"]),
        language=language,
    )


def _in_lines(text: str) -> str:
    """A form ends its lines as a telegraph did."""
    return text.replace("\r\n", "\n").strip()


def _page(
    language: Language, written: dict[str, str], *, status: int = 200, **values: Any
) -> HTMLResponse:
    kept = dict.fromkeys(FIELDS, "") | written
    kept["message_id"] = kept["message_id"] or uuid.uuid4().hex
    empty: dict[str, Any] = {"ticket": None, "problem": "", "wrong": "", "written": kept}
    t = _texts(language)
    shown = page("accessibility_feedback.html", language, status=status, t=t, **(empty | values))
    shown.headers["Cache-Control"] = "no-store"
    return shown


def _texts(language: Language) -> dict[str, str]:
    return texts("chat", language) | texts("accessibility", language)
