"""`luukku identity LOGIN SUBJECT`: somebody who is here already may sign in by the organisation."""

from __future__ import annotations

import argparse
import sys

from api.database import Database
from api.settings import Settings
from desk import identities
from desk.errors import IdentityRefused

WHY = {
    "unknown": "nobody who works here has the login {login}",
    "taken": "the subject {subject} is somebody already",
}


def join_identity(given: argparse.Namespace, settings: Settings) -> int:
    """The person with the login is whom the provider calls by the subject; 1 where it cannot be."""
    if settings.oidc_issuer is None:
        print("luukku: identity needs OIDC_ISSUER", file=sys.stderr)
        return 2
    database = Database(settings.database)
    database.migrate()
    told = {"login": given.login, "subject": given.subject}
    try:
        with database.writing() as session:
            person = identities.join(session, settings.oidc_issuer, given.subject, given.login)
    except IdentityRefused as refused:
        print(f"luukku: {WHY[refused.reason].format(**told)}", file=sys.stderr)
        return 1
    finally:
        database.dispose()
    print(f"{person.name} ({person.login}) signs in as {given.subject} of {settings.oidc_issuer}")
    return 0
