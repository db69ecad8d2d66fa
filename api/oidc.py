"""The organisation's identity provider, spoken to by OpenID Connect: authorization code with PKCE.

Authlib words the requests and judges the claims, joserfc the signature; httpx carries. Nothing is
asked before somebody wants to sign in, so a provider that is down stops no start of the desk.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_token_request
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from api.settings import Settings

TIME_LIMIT = 8.0  # seconds for everything that one step of a log-in asks the provider
KNOWN_FOR = timedelta(hours=1)  # until what the provider says of itself is read again
LEEWAY = 60  # seconds that its clock and ours may differ
# Signatures by a key that the provider alone has; never "none", never a secret that is shared.
SIGNED_BY = frozenset(f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512))
BY_DEFAULT = ["RS256"]  # what a provider signs with that does not say
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OTHER_ENDPOINTS = ("userinfo_endpoint", "end_session_endpoint")

Claims = Mapping[str, Any]

log = logging.getLogger("luukku.oidc")


class ProviderRefused(Exception):
    """A log-in that does not come about; `reason` names why: `away`, `wrong` or `code`."""

    def __init__(self, reason: str, told: str) -> None:
        super().__init__(reason)
        self.reason = reason
        log.warning("log-in: %s: %s", reason, told)


@dataclass(frozen=True)
class Attempt:
    """What a log-in began with, and what must come back with it."""

    state: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))


@dataclass
class Provider:
    """The provider that the settings name; raises ProviderRefused for whatever it does wrong."""

    settings: Settings
    redirect_uri: str
    _document: Claims = field(default_factory=dict)
    _read_at: datetime | None = None
    _keys: KeySet | None = None

    async def sign_in_url(self, attempt: Attempt, language: str, *, now: datetime) -> str:
        """Where the person signs in."""
        async with _asking() as http:
            document = await self._discovered(http, now)
        url, _ = self._client(document).create_authorization_url(
            document["authorization_endpoint"],
            state=attempt.state,
            code_verifier=attempt.verifier,
            nonce=attempt.nonce,
            ui_locales=language,
        )
        return str(url)

    async def sign_out_url(self, back: str, language: str, *, now: datetime) -> str | None:
        """Where the person signs out of the organisation too, if it has such a place."""
        async with _asking() as http:
            document = await self._discovered(http, now)
        place = document.get("end_session_endpoint")
        if not place:
            return None
        asked = {
            "client_id": str(self.settings.oidc_client_id),
            "post_logout_redirect_uri": back,
            "ui_locales": language,
        }
        return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}"

    async def redeem(self, code: str, attempt: Attempt, *, now: datetime) -> Claims:
        """Who signed in, as the provider tells it for this code; the ID token has been checked:
        its signature, issuer, audience, nonce and time."""
        async with _asking() as http:
            document = await self._discovered(http, now)
            tokens = await self._tokens(http, document, code, attempt)
            claims = await self._checked(http, document, tokens, attempt.nonce, now)
            return await self._told_more(http, document, tokens, claims)

    def _client(self, document: Claims) -> OAuth2Client:
        secret = self.settings.oidc_client_secret
        # Basic is what every provider takes that says nothing of it.
        offered = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        way = "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"
        return OAuth2Client(
            None,
            client_id=self.settings.oidc_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            token_endpoint_auth_method=way if secret else "none",
            scope=self.settings.oidc_scopes,
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
        )

    async def _discovered(self, http: httpx.AsyncClient, now: datetime) -> Claims:
        if self._read_at is not None and now - self._read_at < KNOWN_FOR:
            return self._document
        issuer = str(self.settings.oidc_issuer)
        document = await _json(http, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if document.get("issuer") != issuer:
            raise ProviderRefused("wrong", f"it calls itself {document.get('issuer')!r}")
        scheme = issuer.partition("://")[0] + "://"
        told = {name: document.get(name) for name in (*ENDPOINTS, *OTHER_ENDPOINTS)}
        for name, place in told.items():
            if place is None and name in OTHER_ENDPOINTS:
                continue
            # A password's code must not go over an open line because a document says so.
            if not isinstance(place, str) or not place.startswith(("https://", scheme)):
                raise ProviderRefused("wrong", f"its {name} cannot be used")
        self._document, self._read_at, self._keys = document, now, None
        return document

    async def _tokens(
        self, http: httpx.AsyncClient, document: Claims, code: str, attempt: Attempt
    ) -> Claims:
        client = self._client(document)
        body = prepare_token_request(
            "authorization_code",
            code=code,
            redirect_uri=self.redirect_uri,
            code_verifier=attempt.verifier,
        )
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        auth = client.client_auth(client.token_endpoint_auth_method)
        url, headers, body = auth.prepare("POST", document["token_endpoint"], headers, body)
        answer = await http.post(url, content=body, headers=headers)
        if answer.status_code == 400 and _said(answer).get("error") == "invalid_grant":
            raise ProviderRefused("code", "the code is not good (any more)")
        told = _read(answer)
        if not isinstance(told.get("id_token"), str):
            raise ProviderRefused("wrong", "no ID token")
        return told

    async def _checked(
        self,
        http: httpx.AsyncClient,
        document: Claims,
        tokens: Claims,
        nonce: str,
        now: datetime,
    ) -> Claims:
        client_id = self.settings.oidc_client_id
        asked = {
            "iss": {"essential": True, "value": document["issuer"]},
            # Authlib looks for another audience's `azp` alone where it is not told whose we are.
            "aud": {"essential": True, "value": client_id},
        }
        params = {"nonce": nonce, "client_id": client_id}
        try:
            token = await self._signed(http, document, tokens["id_token"])
            claims = CodeIDToken(
                token.claims,
                token.header,
                asked,
                params | {"access_token": tokens.get("access_token")},
            )
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
        except (JoseError, ValueError, TypeError) as error:
            # Its name alone: what a token holds is somebody's personal data.
            told = f"{type(error).__name__} {getattr(error, 'claim', None) or ''}".strip()
            raise ProviderRefused("wrong", f"the ID token: {told}") from None
        return dict(claims)

    async def _signed(self, http: httpx.AsyncClient, document: Claims, id_token: str) -> jwt.Token:
        """The token, if a key of the provider's has signed it; keys that changed are read anew."""
        offered = document.get("id_token_signing_alg_values_supported", BY_DEFAULT)
        signed_by = sorted(SIGNED_BY & set(offered))
        if not signed_by:  # an empty list would let the library's own choice in
            raise ProviderRefused("wrong", "no signature of its is one that we take")
        registry = JWSRegistry(algorithms=signed_by, strict_check_header=False)
        if self._keys is not None:
            try:
                return jwt.decode(id_token, self._keys, registry=registry)
            except (InvalidKeyIdError, BadSignatureError):
                self._keys = None
        told: Any = await _json(http, document["jwks_uri"])
        self._keys = KeySet.import_key_set(told)
        return jwt.decode(id_token, self._keys, registry=registry)

    async def _told_more(
        self, http: httpx.AsyncClient, document: Claims, tokens: Claims, claims: Claims
    ) -> Claims:
        """What the ID token leaves out, from the provider's second source; the token's own words
        go before."""
        place, token = document.get("userinfo_endpoint"), tokens.get("access_token")
        if not place or not token:
            return claims
        answer = await http.get(place, headers={"Authorization": f"Bearer {token}"})
        more = _read(answer)
        if more.get("sub") != claims["sub"]:
            raise ProviderRefused("wrong", "its userinfo is somebody else's")
        return {**more, **claims}


@contextlib.asynccontextmanager
async def _asking() -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client for one step of a log-in; a provider that is not there is ProviderRefused."""
    try:
        async with asyncio.timeout(TIME_LIMIT), httpx.AsyncClient(timeout=TIME_LIMIT) as http:
            yield http
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise ProviderRefused("away", type(error).__name__) from None


async def _json(http: httpx.AsyncClient, place: str) -> Claims:
    return _read(await http.get(place, headers={"Accept": "application/json"}))


def _read(answer: httpx.Response) -> Claims:
    """The object that was answered. Raises ProviderRefused."""
    if answer.status_code >= 500 or answer.status_code == 429:
        raise ProviderRefused("away", f"status {answer.status_code}")
    told = _said(answer)
    if answer.status_code != 200 or not told:
        # The error's name is the protocol's own ("invalid_client") and tells the operator much.
        raise ProviderRefused("wrong", f"status {answer.status_code} {told.get('error', '')!r}")
    return told


def _said(answer: httpx.Response) -> Claims:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
