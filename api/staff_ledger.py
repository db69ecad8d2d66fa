"""The page of promises: how many were given, kept and broken, and whether the book is whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from api.doors import Doors
from api.staff_pages import HOME, At, Lang, StaffRoute, language_for, staff_page
from api.staff_session import SignedIn, form_for, page_for
from desk import ledger
from desk.ledger import Counts

PATH = f"{HOME}/ledger"

router = APIRouter(prefix=PATH, include_in_schema=False, route_class=StaffRoute)


@dataclass(frozen=True)
class Checked:
    """What reading the whole book found."""

    broken_at: int | None  # the number of the first entry that is not as it was written
    ticket: str | None  # the entry's ticket
    changed: list[str]  # tickets whose due time is not the one that was promised last

    @property
    def whole(self) -> bool:
        return self.broken_at is None and not self.changed


@router.get("")
async def ledger_page(
    at: At, me: Annotated[SignedIn, Depends(page_for("ledger"))], lang: Lang = None
) -> HTMLResponse:
    return await _page(at, me, lang, None)


@router.post("")
async def verify(
    at: At, me: Annotated[SignedIn, Depends(form_for("ledger"))], lang: Lang = None
) -> HTMLResponse:
    """Reads the whole book, which takes a moment and is done when asked for."""
    return await _page(at, me, lang, await at.work(_checked, at))


def _checked(at: Doors) -> Checked:
    with at.desk.reading() as session:
        broken = ledger.verify(session)
        return Checked(
            broken_at=broken.id if broken else None,
            ticket=broken.ticket_code if broken else None,
            changed=ledger.silently_changed(session),
        )


async def _page(at: Doors, me: SignedIn, lang: str | None, checked: Checked | None) -> HTMLResponse:
    def look() -> Counts:
        with at.desk.reading() as session:
            return ledger.counts(session)

    counts = await at.work(look)
    settled = counts.kept + counts.broken
    share = round(100 * counts.kept / settled, 1) if settled else None
    return staff_page(
        "ledger",
        language_for(me, lang),
        me,
        part=PATH,
        counts=counts,
        share=share,
        checked=checked,
    )
