"""`luukku ledger` says whether the promises stand as they were given."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from api import cli
from api.database import Database
from desk.records import LedgerEntry
from tests.foundation import WEDNESDAY_NOON, Talk


def test_the_command_counts_promises_and_names_the_first_broken_entry(
    talk: Talk, house: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", house.url)
    talk.write("haluan ihmisen", "ask_person")
    assert cli.main(["ledger"]) == 0
    told = capsys.readouterr().out
    assert "1 given" in told
    assert cli.main(["ledger", "--holds", told.split()[-1]]) == 0
    assert cli.main(["ledger", "--holds", "0" * 64]) == 1
    with house.writing() as session:
        session.execute(update(LedgerEntry).values(due_at=WEDNESDAY_NOON))
    assert cli.main(["ledger"]) == 1
    assert "entry 1" in capsys.readouterr().err
