"""Who of the staff is signed in: log-in, the session's cookie, forms that are truly ours."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy import delete
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from api.contract import Language, storable
from api.doors import Doors, doors
from api.tries import Tries
from desk import acting
from desk.errors import NotAllowed
from desk.models import Person, StaffSession
from desk.roles import Task, tasks_of
from desk.staff import check_password

COOKIE = "luukku_staff"
STAFF = "/staff"  # where the cookie goes
LASTS = timedelta(hours=8)
MOST_WRONG = 5  # log-ins of one login within a minute


class NotSignedIn(Exception):
    """Nobody is signed in, or the session has ended."""


class FormForged(Exception):
    """A form came without the token of its session: from another site, or from an old page."""


@dataclass(frozen=True)
class SignedIn:
    """A member of staff at work, what they may do, and the token that their forms must carry."""

    person_id: int
    name: str
    tasks: frozenset[Task]
    language: Language
    form_token: str
    token_hash: str


def wrong_logins(at: Annotated[Doors, Depends(doors)]) -> Tries:
    """FastAPI dependency: wrong log-ins of the last minute, by login.

    A log-in counts from its beginning, so that many at once are no way around the limit.
    """
    return Tries(at.counts, "log_in", MOST_WRONG)


def sign_in(at: Doors, login: str, password: str) -> str | None:
    """A new session's token for this login and password; none when they do not fit."""
    with at.desk.reading() as session:
        # Outside the writing transaction: the check is slow on purpose, and writers wait.
        person = check_password(session, login, password)
    if person is None:
        return None
    with at.desk.writing() as session:
        return begin_session(session, person.id, now=at.desk.now())


def begin_session(session: Session, person_id: int, *, now: datetime) -> str:
    """The token of a session that this person has from now on."""
    token = secrets.token_urlsafe(32)
    session.execute(delete(StaffSession).where(StaffSession.expires_at <= now))
    session.add(
        StaffSession(
            token_hash=_hash(token),
            person_id=person_id,
            form_token=secrets.token_urlsafe(32),
            expires_at=now + LASTS,
        )
    )
    return token


def keep_cookie(at: Doors, answer: Response, token: str) -> None:
    """The browser is signed in. Strict: no other site's link or form acts as the person."""
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(LASTS.total_seconds()),
        path=STAFF,
        secure=at.settings.secure_cookies,
        httponly=True,
        samesite="strict",
    )


def sign_out(at: Doors, me: SignedIn) -> None:
    with at.desk.writing() as session:
        session.execute(delete(StaffSession).where(StaffSession.token_hash == me.token_hash))


def _session_of(at: Doors, token: str) -> SignedIn | None:
    with at.desk.reading() as session:
        kept = session.get(StaffSession, _hash(token))
        if kept is None or kept.expires_at <= at.desk.now() or not kept.person.active:
            return None
        return SignedIn(
            person_id=kept.person_id,
            name=kept.person.name,
            tasks=tasks_of(kept.person.roles),
            language=_own_language(kept.person),
            form_token=kept.form_token,
            token_hash=kept.token_hash,
        )


def _own_language(person: Person) -> Language:
    return "sv" if person.languages[:1] == ["sv"] else "fi"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def signed_in(request: Request, at: Annotated[Doors, Depends(doors)]) -> SignedIn:
    """FastAPI dependency: who is signed in. Raises NotSignedIn."""
    token = request.cookies.get(COOKIE)
    me = await at.work(_session_of, at, token) if token else None
    if me is None:
        raise NotSignedIn
    acting.known(me.person_id)
    return me


Me = Annotated[SignedIn, Depends(signed_in)]


async def form_field(request: Request, name: str) -> str:
    """What stands in this field of the form; nothing where the form cannot be read."""
    try:
        given = (await request.form()).get(name)
    except HTTPException as error:
        if error.status_code == 413:
            raise
        return ""
    except (UnicodeError, RuntimeError):
        # RuntimeError: a form that could not be read once has no stream left for another look.
        return ""
    return str(storable(given)) if isinstance(given, str) else ""


async def form_of(request: Request, me: Me) -> SignedIn:
    """FastAPI dependency of every form: signed in, and the form is ours. Raises FormForged."""
    token = await form_field(request, "form_token")
    if not hmac.compare_digest(token.encode(), me.form_token.encode()):
        raise FormForged
    return me


FormOf = Annotated[SignedIn, Depends(form_of)]


def page_for(task: Task) -> Callable[[SignedIn], SignedIn]:
    """A FastAPI dependency of a page: signed in, and may do the task. Raises NotAllowed."""

    def allowed(me: Me) -> SignedIn:
        return _allowed(me, task)

    return allowed


def form_for(task: Task) -> Callable[[SignedIn], SignedIn]:
    """A FastAPI dependency of a form: signed in, ours, and may do the task. Raises NotAllowed."""

    def allowed(me: FormOf) -> SignedIn:
        return _allowed(me, task)

    return allowed


def _allowed(me: SignedIn, task: Task) -> SignedIn:
    if task not in me.tasks:
        raise NotAllowed(task)
    return me
