"""The command line: `luukku run`, `train`, `load`, `lint`, `ask`, `ledger`, `eval`, `staff`, …"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from api import ask as asking
from api import desk_lock, logs
from api.database import Database
from api.keeping_command import add_commands as add_keeping
from api.oidc_command import join_identity
from api.opening_up import live_catalogue
from api.prepare import NotPrepared, demo_password, prepare, train
from api.privacy_command import add_commands as add_privacy
from api.run import serve
from api.settings import Settings
from api.team_command import add_commands as add_team
from catalog import lint as catalogue_lint
from catalog.codes import put_codes, shipped_codes
from catalog.load import load
from desk import ledger as promise_ledger
from desk import lint as desk_lint
from desk import staff
from desk.errors import NobodyToOwn, TeamUnknown
from desk.models import ROLES

Command = Callable[[argparse.Namespace, Settings], int]
BEGAN = time.monotonic()
LINT_SHOWN = 5  # rows of each rule

log = logging.getLogger("luukku")


def say(line: str) -> None:
    if logs.structured():
        return log.info("%s", line)
    print(f"[{time.monotonic() - BEGAN:6.1f} s] {line}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0 when it did what it says, else a sentence on stderr and another code."""
    given = parser().parse_args(arguments)
    try:
        settings = Settings()
    except ValidationError as error:
        for one in error.errors():
            setting = str(one["loc"][0]).upper() if one["loc"] else "settings"
            print(f"luukku: {setting}: {one['msg']}", file=sys.stderr)
        return 2
    logs.configure(settings.log_level, settings.log_format)
    try:
        command: Command = given.command
        return command(given, settings)
    except (NotPrepared, NobodyToOwn, TeamUnknown, OSError) as error:
        print(f"luukku: {str(error) or type(error).__name__}", file=sys.stderr)
        return 1
    except OperationalError as error:
        # Of the driver's words only: the statement and its values may be a customer's.
        print(f"luukku: the database does not work: {error.orig}", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="luukku", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(command=command)
        return made

    add("run", run, "Prepare what is missing, start the desk and the bot, print the addresses.")
    add("prepare", only_prepare, "Do all the work of a first `run`, without starting.")
    add("train", only_train, "Train the bot if its data has changed.")
    bot = add("bot", only_bot, "Keep one bot for several apps (docs/growing.md).")
    bot.add_argument("--port", type=int, required=True, help="one of BOT_PORTS")
    files = add("load", load_files, "Load PTV Open API v11 records from JSON files.")
    files.add_argument("files", nargs="+", type=Path, metavar="FILE")
    files.add_argument("--keep-good", action="store_true", help="write good records beside bad")
    add("lint", lint, "Look for what the catalogue and the desk's people lack; 1 when anything.")
    book = add("ledger", ledger, "Check the ledger of promises and count them; 1 if it is broken.")
    book.add_argument("--holds", metavar="HASH", help="a last hash of earlier: it must still be in")
    one = add("ask", ask, "Ask one question, or a file of them, through the whole path.")
    one.add_argument("question", nargs="?")
    one.add_argument("--lang", choices=("fi", "sv"))
    one.add_argument("--municipality")
    one.add_argument("--batch", nargs=2, type=Path, metavar=("IN.jsonl", "OUT.jsonl"))
    measure = add(
        "eval", evaluate, "Measure finding on the development questions; write eval/RESULTS.md."
    )
    measure.add_argument(
        "--swefaq", type=Path, metavar="FILE.jsonl", help="measure on SuperLim's SweFAQ instead"
    )
    proof = add("prove", prove, "Try every state that the desk can be in; 1 when a promise breaks.")
    proof.add_argument("--states", type=int, metavar="N", help="N of each kind, evenly drawn")
    proof.add_argument("--part", metavar="I/N", help="of N machines, this is the I-th")
    action_server = add("actions", actions, "Run the actions as an ordinary rasa_sdk server.")
    action_server.add_argument("--port", type=int, default=5055)
    person = add("staff", add_staff, "Add a member of staff; asks for the password.")
    person.add_argument("login")
    person.add_argument("name")
    person.add_argument("--languages", default="fi,sv")
    person.add_argument("--team", default=None, help="code of a team; without it the last resort")
    person.add_argument(
        "--role",
        action="append",
        choices=ROLES,
        help="may be given many times; without it clerk (docs/roles.md)",
    )
    add_team(add)
    add_keeping(add)
    add_privacy(add)
    who = add(
        "identity", join_identity, "Let LOGIN sign in as the provider's SUBJECT (docs/oidc.md)."
    )
    who.add_argument("login")
    who.add_argument("subject", help="the sub claim: the provider's own name for the person")
    return top


def run(given: argparse.Namespace, settings: Settings) -> int:
    with desk_lock.running(settings.data_dir):
        return _run(settings)


def _run(settings: Settings) -> int:
    prepare(settings, say)
    if settings.demo:
        password = "see DATA_DIR" if logs.structured() else demo_password(settings)
        say(f"demo log-in for the staff page: aino / {password}")
    asyncio.run(serve(settings, say, train=lambda: train(settings, say)))
    return 0


def only_prepare(given: argparse.Namespace, settings: Settings) -> int:
    prepare(settings, say)
    database = Database(settings.database)
    live_catalogue(settings, database, say)  # what it embeds is kept for the next start
    database.dispose()
    train(settings, say)
    return 0


def only_train(given: argparse.Namespace, settings: Settings) -> int:
    train(settings, say)
    return 0


def only_bot(given: argparse.Namespace, settings: Settings) -> int:
    from api import bot_worker

    return bot_worker.command(given, settings, say)


def load_files(given: argparse.Namespace, settings: Settings) -> int:
    database = Database(settings.database)
    database.migrate()
    with database.writing() as session:
        put_codes(session, shipped_codes())
    report = load(database.writing, given.files, say, keep_good=given.keep_good)
    for record in report.bad:
        print(record, file=sys.stderr)
    return 1 if report.bad else 0


def lint(given: argparse.Namespace, settings: Settings) -> int:
    """Prints how many rows break each rule, and the first of them."""
    database = Database(settings.database)
    database.migrate()
    with database.reading() as session:
        found = [*catalogue_lint.findings(session, datetime.now(UTC)), *desk_lint.findings(session)]
    database.dispose()
    for finding in found:
        print(f"{len(finding.rows):5} {finding.rule}")
        for row in finding.rows[:LINT_SHOWN]:
            print(f"      {row}")
    return 1 if any(finding.rows for finding in found) else 0


def ledger(given: argparse.Namespace, settings: Settings) -> int:
    """Prints what was promised, kept and broken, or where the chain does not hold."""
    database = Database(settings.database)
    database.migrate()
    with database.reading() as session:
        problem = _ledger_problem(session, given.holds)
        counts, last = promise_ledger.counts(session), promise_ledger.head(session)
    database.dispose()
    if problem:
        print(f"luukku: {problem}", file=sys.stderr)
        return 1
    for event, count in asdict(counts).items():
        print(f"{count:8} {event}")
    print(f"last hash {last}")
    return 0


def _ledger_problem(session: Session, known: str | None) -> str | None:
    broken = promise_ledger.verify(session)
    if broken is not None:
        return f"the ledger is broken at entry {broken.id}, of ticket {broken.ticket_code}"
    if known is not None and not promise_ledger.holds(session, known):
        return "the ledger was cut or written anew: it does not hold the hash given"
    silently = promise_ledger.silently_changed(session)
    if silently:
        return f"due times changed behind the ledger: {', '.join(silently)}"
    return None


def ask(given: argparse.Namespace, settings: Settings) -> int:
    if bool(given.batch) == bool(given.question):
        print("luukku: ask takes one question, or --batch IN OUT", file=sys.stderr)
        return 2
    if given.batch:
        asked, answered = given.batch
        return asking.batch(settings, asked, answered, say)
    return asyncio.run(
        asking.single(settings, given.question, given.lang, given.municipality, print)
    )


def evaluate(given: argparse.Namespace, settings: Settings) -> int:
    if given.swefaq is not None:
        return swefaq_measured(given.swefaq, settings)
    from eval import results

    return results.write(print)


def prove(given: argparse.Namespace, settings: Settings) -> int:
    from eval.proof import run

    return run.prove(say, given.states, run.Part.told(given.part or "1/1"))


def swefaq_measured(file: Path, settings: Settings) -> int:
    from catalog import encoder
    from eval import swefaq

    for line in swefaq.report(file, encoder.load(settings.encoder)):
        print(line, flush=True)
    return 0


def actions(given: argparse.Namespace, settings: Settings) -> int:
    from api.action_server import serve_actions

    serve_actions(settings, given.port, say)
    return 0


def add_staff(given: argparse.Namespace, settings: Settings) -> int:
    import getpass

    database = Database(settings.database)
    database.migrate()
    password = getpass.getpass("password: ")
    with database.writing() as session:
        person = staff.add_person(
            session,
            login=given.login,
            name=given.name,
            languages=given.languages.split(","),
            password=password,
            roles=given.role or ["clerk"],
        )
        team = staff.join(session, person, given.team)
    say(f"{given.name} may log in as {person.login} and is in the team {team.code}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
