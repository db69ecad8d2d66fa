"""`luukku team`: makes a team, changes it, and shows what it is."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import Database
from api.settings import Settings
from catalog.models import Classification
from desk import teams
from desk.errors import TeamRefused
from desk.models import Person, Responsibility, Team

Command = Callable[[argparse.Namespace, Settings], int]
Add = Callable[[str, Command, str], argparse.ArgumentParser]

WHAT = "KEY=VALUE[,KEY=VALUE]"
KEYS = ", ".join(teams.COLUMNS)
WHY = {
    "code": "a team's code is 1 to 40 of a-z, 0-9 and -: {what!r} is none",
    "names": "a team's name has 1 to 120 characters: {what!r} has not",
    "new": "there is no team {what}: a new one needs --fi and --sv",
    "person": "nobody who works here has the login {what}",
    "last": "{what} is the last one who can own what nobody else does",
    "narrowing": f"what a team answers for is {WHAT} of {KEYS}: {{what!r}} is not",
    "unknown": "the catalogue does not hold {what}",
}


def add_commands(add: Add) -> None:
    made = add("team", team, "Make or change a team, and show it; without CODE show them all.")
    made.add_argument("code", nargs="?", metavar="CODE")
    made.add_argument("--fi", metavar="NAME", help="its name in Finnish")
    made.add_argument("--sv", metavar="NAMN", help="its name in Swedish")
    made.add_argument("--lead", metavar="LOGIN", help="whom its overdue matters climb to")
    for option, text in (("--member", "is in it"), ("--no-member", "is not in it")):
        made.add_argument(option, action="append", default=[], metavar="LOGIN", help=text)
    answers = f"it answers for what fits all of this; keys: {KEYS}"
    for option, text in (("--answers", answers), ("--no-answers", "it does not, any more")):
        made.add_argument(option, action="append", default=[], type=_pairs, metavar=WHAT, help=text)


def team(given: argparse.Namespace, settings: Settings) -> int:
    """All of the changes or none; 1 and the reason where one cannot be."""
    database = Database(settings.database)
    database.migrate()
    try:
        with database.writing() as session:
            for one in [_changed(session, given)] if given.code else _all(session):
                print("\n".join(_shown(session, one)))
    except TeamRefused as refused:
        print(f"luukku: {WHY[refused.reason].format(what=refused.what)}", file=sys.stderr)
        return 1
    finally:
        database.dispose()
    return 0


def _pairs(told: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in told.split(",")]
    if not all(key and value for key, _, value in pairs):
        raise argparse.ArgumentTypeError(f"{told!r} is not {WHAT}")
    return {key.strip(): value.strip() for key, _, value in pairs}


def _changed(session: Session, given: argparse.Namespace) -> Team:
    changed = teams.put(session, given.code, given.fi, given.sv)
    for login in given.member:
        teams.join(session, changed, login)
    for login in given.no_member:
        teams.part(session, changed, login)
    if given.lead is not None:
        teams.lead(session, changed, given.lead)
    for told in given.answers:
        teams.answer_for(session, changed, teams.responsibilities(session, told))
    for told in given.no_answers:
        teams.answer_no_more(session, changed, teams.responsibilities(session, told))
    return changed


def _all(session: Session) -> list[Team]:
    return list(session.scalars(select(Team).order_by(Team.code)))


def _shown(session: Session, shown: Team) -> Iterator[str]:
    last = ", answers for whatever nobody else does" if shown.last_resort else ""
    yield f"{shown.code}: {shown.name_fi} / {shown.name_sv}{last}"
    lead = session.get(Person, shown.lead_id) if shown.lead_id is not None else None
    if lead is not None:
        yield f"  lead: {lead.name} ({lead.login})"
    for member in shown.members:
        away = "" if member.person.active else ", has left"
        yield f"  member: {member.person.name} ({member.person.login}{away})"
    for row in teams.answered_for(session, shown):
        yield f"  answers for: {_told(session, row)}"


def _told(session: Session, row: Responsibility) -> str:
    """As `--no-answers` takes it."""
    held = {key: getattr(row, column) for key, column in teams.COLUMNS.items()}
    if row.class_uri is not None:
        held["class"] = session.get_one(Classification, row.class_uri).code
    return ",".join(f"{key}={value}" for key, value in held.items() if value is not None)
