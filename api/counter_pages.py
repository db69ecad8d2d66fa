"""What the counter's pages share."""

from __future__ import annotations

from typing import Any

from fastapi.responses import HTMLResponse

from api.contract import Language
from api.page_texts import texts
from api.staff_pages import HOME, staff_page
from api.staff_session import SignedIn

CHANNEL = "counter"
PATH = f"{HOME}/counter"


def counter_page(
    name: str, language: Language, me: SignedIn, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page of the counter, in the clerk's language; its own texts are `c`."""
    c = texts("counter", language)
    return staff_page(name, language, me, status=status, part=PATH, c=c, **values)
