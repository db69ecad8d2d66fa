"""Each request of the staff's pages as the access log names it: what was done, and about whom."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta

from fastapi import Request
from fastapi.responses import Response

from api.doors import Doors, doors
from api.staff_session import STAFF
from desk import access
from desk.access import Thing
from desk.acting import ACTING, Deed
from desk.secrets import normal_ticket_code

AGAIN_AFTER = timedelta(minutes=10)  # the same page opened again within it is one entry
MOST_REMEMBERED = 10_000  # of all who are at work, so that nobody can fill the memory
SHOWN = (200, 409, 422)  # statuses of a page that shows a ticket; a refused form shows it too
# Pages that show something of many customers; the others show none of them, or a ticket's own.
LISTS = ("queue", "search", "live", "callbacks", "counter", "receipts", "access")
# What an address is called where its own last word would not tell.
NAMES = {
    "": "queue",
    "live/now": "live",
    "live/thread/{code}": "ticket",
    "tickets/{code}": "ticket",
    "tickets/{code}/files/{file_id}": "file",
    "tickets/{code}/help-done": "help_done",
    "tickets/{code}/hand-back": "hand_back",
    "tickets/{code}/take-over": "take_over",
    "tickets/{code}/find-service": "ticket",
    "tickets/{code}/due": "due",
    "tickets/{code}/canned": "ticket",
    "callbacks/{call}/made": "call_made",
    "callbacks/{call}/missed": "call_missed",
    "counter/receipts": "receipts",
    "counter/receipts/find": "search",
    "counter/receipts/{receipt}": "receipts",
    "people/roles": "roles",
    "people/left": "left",
}


class Lately:
    """What each member of staff has seen within the last minutes; each process has its own."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[int, Thing], datetime] = OrderedDict()

    def new(self, person_id: int, things: Sequence[Thing], now: datetime) -> list[Thing]:
        """Those that the person has not seen lately, each once."""
        since = now - AGAIN_AFTER
        return [
            one
            for one in dict.fromkeys(things)
            if not since < self._seen.get((person_id, one), since) <= now
        ]

    def add(self, person_id: int, things: Sequence[Thing], now: datetime) -> None:
        for one in things:
            self._seen[person_id, one] = now
            self._seen.move_to_end((person_id, one))
        while len(self._seen) > MOST_REMEMBERED:
            self._seen.popitem(last=False)


def begin(request: Request) -> Deed:
    """From now on this request is a deed, of whoever it turns out to be."""
    path = request.scope["route"].path.removeprefix(STAFF).strip("/")
    code = normal_ticket_code(str(request.path_params.get("code", "")))
    what = name_of(path)
    if path == "" and request.query_params.get("find", "").strip():
        what = "search"  # and never for what: it may be a person's name
    deed = Deed(
        what=f"file:{request.path_params.get('file_id')}" if what == "file" else what,
        about=code or what,
        at=doors(request).desk.now(),
        changes=request.method == "POST",
        of_ticket=code is not None,
    )
    ACTING.set(deed)
    return deed


def name_of(path: str) -> str:
    """The task's name in the log, by the address below the staff's own, as the route has it."""
    fixed = [part for part in path.split("/") if not part.startswith("{")]
    if path in NAMES:
        return NAMES[path]
    return (fixed[-1] if path.startswith("tickets/") else fixed[0]) if fixed else path


async def note_seen(request: Request, deed: Deed, answer: Response) -> None:
    """What the answer shows is in the log before it is sent; raises what the database does."""
    deed.over = True
    things = _seen(request, deed, answer.status_code)
    if deed.person_id is None or not things:
        return
    at, lately = doors(request), _lately(request)
    new = lately.new(deed.person_id, things, deed.at)
    if new:
        await at.work(_write, at, deed.person_id, new, deed.at)
        lately.add(deed.person_id, new, deed.at)


def _seen(request: Request, deed: Deed, status: int) -> list[Thing]:
    if status not in SHOWN or (deed.of_ticket is False and status != 200):
        return []
    if deed.of_ticket:
        what = deed.what if deed.what.startswith("file:") else "ticket"
        return [Thing(what, deed.about), *deed.shown]
    return [Thing(deed.what, deed.about), *deed.shown] if deed.what in LISTS else deed.shown


def _write(at: Doors, person_id: int, things: Sequence[Thing], now: datetime) -> None:
    with at.desk.writing() as session:
        access.note(session, person_id, "saw", things, now=now)


def _lately(request: Request) -> Lately:
    state = request.app.state
    if not hasattr(state, "lately_seen"):
        state.lately_seen = Lately()
    kept = state.lately_seen
    assert isinstance(kept, Lately)
    return kept
