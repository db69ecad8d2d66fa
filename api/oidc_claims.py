"""What a provider's claims make of a person here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.group_roles import roles_of
from api.oidc import Claims, ProviderRefused
from api.settings import Settings
from desk.identities import Presented

LONGEST_SUBJECT, LONGEST_EMAIL = 255, 200


def presented(claims: Claims, settings: Settings) -> Presented:
    """Whom the claims tell of. Raises ProviderRefused for a subject that cannot be one."""
    subject = _text(claims, "sub")
    if not subject or len(subject) > LONGEST_SUBJECT or subject != claims["sub"]:
        raise ProviderRefused("wrong", "the subject")
    email = _verified_email(claims)
    login = _text(claims, "preferred_username")
    return Presented(
        issuer=str(settings.oidc_issuer),
        subject=subject,
        name=_name(claims) or login or email or "",
        login=login,
        email=email,
        language="sv" if _text(claims, "locale").lower().startswith("sv") else "fi",
        roles=roles_of(_groups(claims, settings.oidc_groups_claim), settings.oidc_roles),
    )


def _verified_email(claims: Claims) -> str | None:
    """Anybody can write anybody's address to their own profile: an unverified one is none."""
    email = _text(claims, "email")
    verified = claims.get("email_verified") in (True, "true")
    return email if verified and "@" in email and len(email) <= LONGEST_EMAIL else None


def _name(claims: Claims) -> str:
    parts = (_text(claims, "given_name"), _text(claims, "family_name"))
    return _text(claims, "name") or " ".join(filter(None, parts))


def _groups(claims: Claims, where: str) -> list[str]:
    """The groups that stand in the claim; Keycloak's stand deeper, in `realm_access.roles`."""
    found: Any = claims.get(where)
    if found is None and "." in where:
        found = claims
        for part in where.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    listed = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    return [one for one in listed if isinstance(one, str)]


def _text(claims: Claims, name: str) -> str:
    """What the claim says, without signs that no page shows and no database keeps."""
    said = claims.get(name)
    if not isinstance(said, str):
        return ""
    return "".join(sign for sign in said if sign.isprintable()).strip()
