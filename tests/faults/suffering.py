"""The desk that suffers the faults, its customers, and the parts that the test breaks."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from aiosmtpd.controller import Controller

from api.settings import PROJECT
from tests.api.test_notices import PostOffice
from tests.e2e.running_desk import free_port, until
from tests.faults.counting import Counted, counted, rows
from tests.faults.customers import Customers, script
from tests.faults.disk import Disk
from tests.faults.keeper import Keeper
from tests.faults.line import Lines

CONVERSATIONS = int(os.environ.get("FAULT_CONVERSATIONS", "60"))
ALL_OF_IT = CONVERSATIONS >= 500
FAULTS = 16 if ALL_OF_IT else 14
DISK_MB = 1000
LAST_GOOD = "luukku-0000000000000000"  # beside the newest model, and older
READY_WITHIN = 300.0  # seconds: a start on two cores that others use too
QUIET_WITHIN = 60.0  # seconds in which what a dead process left behind is closed
FAKETIME = Path(f"/usr/lib/{os.uname().machine}-linux-gnu/faketime/libfaketimeMT.so.1")
# Every customer of the test comes from one address.
UNBOUNDED = {
    "LIMIT_CONVERSATION_PER_MINUTE": "100000",
    "LIMIT_ADDRESS_PER_MINUTE": "1000000",
    "LIMIT_NEW_CONVERSATIONS_PER_HOUR": "1000000",
    "LIMIT_OPEN_MESSAGES": "10000",
    "FLOOD_CONVERSATIONS_PER_MINUTE": "1000000",
}


@dataclass
class Suffering:
    """One desk through all its faults."""

    keeper: Keeper
    customers: Customers
    to_bot: Lines
    to_actions: Lines
    clock: Path
    disk: Disk | None
    office: PostOffice
    recovered: dict[str, float] = field(default_factory=dict)  # seconds, by fault

    @property
    def folder(self) -> Path:
        return self.keeper.folder

    @property
    def database(self) -> Path:
        return self.folder / "luukku.db"

    @contextlib.contextmanager
    def while_customers_write(self, fault: str, over: float) -> Iterator[None]:
        """The block makes a fault while talks begin, over so many seconds. Afterwards the desk
        is ready again without a hand, and no message is lost or doubled."""
        upto = CONVERSATIONS * (len(self.recovered) + 1) // FAULTS  # each fault has its own talks
        with self.customers.writing(upto - self.customers.begun, over):
            yield
            ended = time.monotonic()
            self.keeper.ready_within(READY_WITHIN)
            self.recovered[fault] = time.monotonic() - ended
        found = self.settled()
        print(f"\n{fault}: ready after {self.recovered[fault]:.0f} s; so far {found}")
        assert (found.lost, found.doubled) == ([], [])

    def settled(self) -> Counted:
        """What became of all messages so far, when no turn is open any more."""
        is_open = "select count(*) from turn where state = 'open'"
        quiet = until(
            lambda: rows(self.database, is_open) == [(0,)], QUIET_WITHIN, "an end of every turn"
        )
        assert quiet
        return counted(self.database, self.customers.sent)

    def answers(self) -> bool:
        """Whether search and bot answer a plain question together, as they did before."""
        body = {"message_id": uuid.uuid4().hex, "text": "Tarvitsisin lapselle päivähoitoa"}
        url = f"{self.customers.url}/api/chat"
        told = httpx.post(url, json=body, timeout=30, trust_env=False).json()
        return bool(told["outcome"]["kind"] == "answer")

    def last_kinds(self, since: int) -> set[str]:
        """How the messages from number `since` on ended."""
        told = (one.answer for one in self.customers.sent[since:])
        return {one["outcome"]["kind"] for one in told if one is not None}

    def jump(self, seconds: int) -> None:
        """The app's clock is so far from the true one, from the next second on."""
        self.clock.write_text(f"{seconds:+d}\n")
        time.sleep(2)


@contextlib.contextmanager
def suffering(folder: Path, beside: Path) -> Iterator[Suffering]:
    """A desk on a disk of its own at `folder`, where one may be had; all else is in `beside`."""
    disk = Disk.mounted(folder, DISK_MB)
    _furnish(folder)
    actions_port, actions_line = free_port(), free_port()
    office = PostOffice(free_port())
    post: Controller = office.opened()
    # The app tells with each turn where its actions are carried out: behind the line too.
    to_bot = Lines(instead={_told(actions_port): _told(actions_line)})
    to_actions = Lines()
    clock = beside / "clock"
    clock.write_text("+0\n")
    keeper = Keeper(
        folder,
        free_port(),
        beside / "output",
        UNBOUNDED
        | _clock(clock)
        | _mail(office.port)
        | _bot(beside, actions_line)
        | {"ACTIONS_PORT": str(actions_port)},
    )
    customers = Customers(f"http://127.0.0.1:{keeper.port}", script(CONVERSATIONS))
    try:
        for part in (post.start, to_bot.begin, to_actions.begin, keeper.begin):
            part()
        to_bot.follow(beside / "lines")
        to_actions.lead(actions_line, actions_port)
        keeper.ready_within(READY_WITHIN)
        yield Suffering(keeper, customers, to_bot, to_actions, clock, disk, office)
    finally:
        keeper.end()
        to_bot.end()
        to_actions.end()
        post.stop(no_assert=True)
        if disk is not None:
            disk.unmount()


def _told(port: int) -> bytes:
    return f'"actions_port":{port}'.encode()


def _furnish(folder: Path) -> None:
    """What takes minutes to make, as copies: it will be damaged."""
    made = PROJECT / "var"
    shutil.copytree(made / "encoder", folder / "encoder")
    shutil.copytree(made / "terms", folder / "terms")
    shutil.copy(made / "vectors.db", folder / "vectors.db")
    (folder / "models").mkdir()
    newest = max((made / "models").glob("luukku-*.tar.gz"), key=lambda path: path.stat().st_mtime)
    record = newest.with_name(f"{newest.name.split('.')[0]}.json")
    for name, age in ((record.stem, 0), (LAST_GOOD, 3600)):
        model = folder / "models" / f"{name}.tar.gz"
        shutil.copy(newest, model)
        shutil.copy(record, model.with_name(f"{name}.json"))
        os.utime(model, (time.time() - age,) * 2)


def _clock(kept: Path) -> dict[str, str]:
    """Surroundings in which the app's wall clock is what the file says; nothing without it."""
    if not FAKETIME.exists():
        return {}
    return {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(kept),
        "FAKETIME_CACHE_DURATION": "1",
        # What a jump of the clock moves: never the monotonic clock, nor the times of files.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # Without it each hand-over between threads waits for a clock that is not the awaited one: a
        # desk ten times as slow as its machine.
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        "NO_FAKE_STAT": "1",
    }


def _mail(port: int) -> dict[str, str]:
    return {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(port),
        "SMTP_TLS": "none",
        "MAIL_FROM": "luukku@esimerkki.fi",
        "PUBLIC_URL": "https://luukku.esimerkki.fi",
    }


def _bot(beside: Path, actions_line: int) -> dict[str, str]:
    (beside / "lines").mkdir()
    python, stands_in = beside / "python", Path(__file__).with_name("bot_behind_lines.py")
    real = PROJECT / ".venv-bot" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{real}" "{stands_in}" "$@"\n')
    python.chmod(0o755)
    return {
        "BOT_PYTHON": str(python),
        "FAULTS_BOT_PYTHON": str(real),
        "FAULTS_LINES": str(beside / "lines"),
        "FAULTS_ACTIONS_LINE": str(actions_line),
    }
