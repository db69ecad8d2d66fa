"""The way in and out by the organisation's own log-in (docs/oidc.md)."""

from __future__ import annotations

import hmac
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import RedirectResponse, Response
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.exc import IntegrityError

from api.contract import Language
from api.doors import Doors, made_once
from api.guessing import Address
from api.oidc import Attempt, Provider, ProviderRefused
from api.oidc_claims import presented
from api.page_texts import language_of, texts
from api.staff_pages import HOME, At, Lang, StaffRoute, own_path, path_to, staff_page
from api.staff_session import LASTS, begin_session, keep_cookie
from api.staff_telling import tell_of, write_notices
from api.tries import Tries
from desk import identities
from desk.errors import IdentityRefused
from desk.identities import Presented

PATH = f"{HOME}/oidc"
BEGUN = "luukku_oidc_begun"  # cookie: the log-in that is under way
CAME_BY = "luukku_oidc"  # cookie: the session came from the provider, and ends there too
BEGUN_LASTS = timedelta(minutes=10)
MOST_REFUSED = 20  # from one address within a minute; an office may share one

router = APIRouter(prefix=PATH, include_in_schema=False, route_class=StaffRoute)


class LoginRefused(Exception):
    """The log-in does not come about; `reason` names the sentence that says what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Begun:
    """A log-in under way, as its browser keeps it: signed, and short-lived."""

    state: str
    nonce: str
    verifier: str
    next: str
    language: Language
    until: float  # seconds since 1970


def provider(request: Request, at: At) -> Provider | None:
    """FastAPI dependency: the provider that the settings name, if they name one."""
    settings = at.settings
    if settings.oidc_issuer is None:
        return None
    back = f"{settings.public_url}{PATH}/callback"
    return made_once(request, "provider", Provider, lambda: Provider(settings, back))


def refused_before(at: At) -> Tries:
    """FastAPI dependency: log-ins that came back and were refused, by address."""
    return Tries(at.counts, "log_in_refused", MOST_REFUSED)


Its = Annotated[Provider | None, Depends(provider)]
Accepted = Annotated[str, Header(alias="Accept-Language", max_length=500)]


@router.get("")
async def begin(
    at: At,
    its: Its,
    next_: Annotated[str, Query(alias="next")] = "",
    lang: Lang = None,
    accepted: Accepted = "",
) -> Response:
    """Leads to the provider; a link and no form, since our policy lets no form lead elsewhere."""
    language = language_of(lang, accepted)
    if its is None:
        return RedirectResponse(path_to(f"{HOME}/login", language), 303)
    attempt, now = Attempt(), at.desk.now()
    try:
        there = await its.sign_in_url(attempt, language, now=now)
    except ProviderRefused as refused:
        return _refusal(refused.reason, language, next_)
    answer = RedirectResponse(there, 303)
    until = (now + BEGUN_LASTS).timestamp()
    begun = Begun(**asdict(attempt), next=own_path(next_, lang), language=language, until=until)
    answer.set_cookie(
        BEGUN,
        _seal(at).dumps(asdict(begun)),
        max_age=int(BEGUN_LASTS.total_seconds()),
        path=PATH,
        secure=at.settings.secure_cookies,
        httponly=True,
        samesite="lax",  # the provider's redirect comes from another site
    )
    return answer


@router.get("/callback")
async def come_back(
    request: Request,
    at: At,
    its: Its,
    before: Annotated[Tries, Depends(refused_before)],
    address: Address,
    accepted: Accepted = "",
) -> Response:
    """Whoever the provider vouches for is signed in; every other end says what to do next."""
    if its is None:
        return RedirectResponse(path_to(f"{HOME}/login", language_of(None, accepted)), 303)
    begun = _begun(request, at)
    language = begun.language if begun else language_of(None, accepted)
    # Without an address everybody comes from there, and one would shut out the others.
    if address and await at.counts.aside(before.take, address) > 0:
        return _refusal("many", language)
    try:
        token = await _signed_in(request, at, its, begun)
    except (LoginRefused, ProviderRefused, IdentityRefused) as refused:
        return _refusal(refused.reason, language, begun.next if begun else "")
    if address:
        await at.counts.aside(before.take_back, address)
    assert begun is not None
    return _welcome(at, token, begun)


async def _signed_in(request: Request, at: Doors, its: Provider, begun: Begun | None) -> str:
    given = request.query_params
    state = given.get("state", "")
    if begun is None or not hmac.compare_digest(state.encode(), begun.state.encode()):
        raise LoginRefused("expired")
    if given.get("iss", at.settings.oidc_issuer) != at.settings.oidc_issuer:  # RFC 9207
        raise LoginRefused("wrong")
    if "error" in given or "code" not in given:
        raise LoginRefused("denied" if given.get("error") == "access_denied" else "wrong")
    attempt = Attempt(begun.state, begun.nonce, begun.verifier)
    claims = await its.redeem(given["code"], attempt, now=at.desk.now())
    who = presented(claims, at.settings)
    try:
        return await at.work(_arrive, at, who)
    except IntegrityError:
        # The same person's other first log-in came between: now they are known.
        return await at.work(_arrive, at, who)


def _arrive(at: Doors, who: Presented) -> str:
    now, joins = at.desk.now(), at.settings.oidc_join == "email"
    try:
        with at.desk.writing() as session:
            tell = tell_of(session, now=now)
            came = identities.arrive(session, who, joins_by_email=joins, tell=tell, now=now)
            write_notices(session, came.moved, now=now)
            return begin_session(session, came.person.id, now=now)
    except IdentityRefused as refused:
        if refused.reason == "no_role":
            _let_go(at, who, now)
        raise


def _let_go(at: Doors, who: Presented, now: datetime) -> None:
    with at.desk.writing() as session:
        tell = tell_of(session, now=now)
        moved = identities.lose_roles(session, who.issuer, who.subject, tell=tell, now=now)
        write_notices(session, moved, now=now)


def _welcome(at: Doors, token: str, begun: Begun) -> Response:
    """A page that leads on by itself. A redirect would still count as the other site's doing, and
    the browser would leave the session's strict cookie out."""
    words: dict[str, Any] = {"t": _words(begun.language)}
    answer = staff_page("oidc_signed_in", begun.language, None, on=begun.next, **words)
    answer.delete_cookie(BEGUN, path=PATH)
    keep_cookie(at, answer, token)
    answer.set_cookie(
        CAME_BY,
        "1",
        max_age=int(LASTS.total_seconds()),
        path=HOME,
        secure=at.settings.secure_cookies,
        httponly=True,
        samesite="strict",
    )
    return answer


async def signed_out(request: Request, at: Doors, language: Language) -> Response:
    """After the desk's own session has ended: the log-in page, or on to the provider's end."""
    login = path_to(f"{HOME}/login", language)
    its = provider(request, at)
    if its is None or CAME_BY not in request.cookies:
        return RedirectResponse(login, 303)
    back = f"{at.settings.public_url}{HOME}/login"
    try:
        on = await its.sign_out_url(back, language, now=at.desk.now())
    except ProviderRefused:
        on = None
    if on is None:
        answer: Response = RedirectResponse(login, 303)
    else:
        # A page and no redirect: our policy lets no form lead to another site.
        words: dict[str, Any] = {"t": _words(language)}
        answer = staff_page("oidc_signed_out", language, None, on=on, **words)
    answer.delete_cookie(CAME_BY, path=HOME)
    return answer


def _refusal(reason: str, language: Language, next_: str = "") -> RedirectResponse:
    """To the log-in page, which says why and what to do; the code leaves the address bar."""
    query = {"refused": reason} | ({"next": next_} if next_ else {})
    answer = RedirectResponse(path_to(f"{HOME}/login", language, **query), 303)
    answer.delete_cookie(BEGUN, path=PATH)
    return answer


def _begun(request: Request, at: Doors) -> Begun | None:
    """The log-in that this browser began; none that is too old, or that we have not signed."""
    try:
        kept = _seal(at).loads(request.cookies.get(BEGUN, ""))
    except BadSignature:
        return None
    if not isinstance(kept, dict) or set(kept) != {one.name for one in fields(Begun)}:
        return None  # of another release
    begun = Begun(**kept)
    return begun if at.desk.now().timestamp() < begun.until else None


def _words(language: Language) -> dict[str, str]:
    return texts("staff", language) | texts("oidc", language)


def _seal(at: Doors) -> URLSafeSerializer:
    return URLSafeSerializer(at.settings.key, salt=BEGUN)
