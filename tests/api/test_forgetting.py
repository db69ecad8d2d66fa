"""What has been kept long enough is gone: from the tables, the index of words and the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, text

from api import cli, forgetting
from api.database import Database
from api.doors import Doors
from desk import ledger, search
from desk.door_records import Attachment
from desk.models import Conversation, Message, Ticket, Turn
from desk.records import LedgerEntry
from tests.api.privacy_doors import (
    EMAIL,
    MARKER,
    Own,
    form,
    holding,
    house_on_disk,
    log_in,
    matter,
    staffed_file,
)
from tests.desk.sample_files import PDF
from tests.foundation import Clock, Talk

__all__ = ["house_on_disk", "staffed_file"]  # fixtures

SENT = {"file": (f"{MARKER}.pdf", PDF, "application/pdf")}


def forget(doors: Doors) -> dict[str, int]:
    return dict(forgetting.round_of(doors))


def close(client: TestClient, own: Own) -> None:
    staff = log_in(client, "eero")
    for deed, fields in (("answer", {"text": f"Vastaus {MARKER}"}), ("close", {})):
        answer = form(staff, f"/staff/tickets/{own.code}/{deed}", **fields)
        assert answer.status_code == 303, answer.text


def closed(client: TestClient) -> Own:
    """A matter with a contact, a file and an answer, all of them marked, that is over."""
    own = matter(client, f"Kysymys {MARKER} neuvolasta, sähköpostini on {EMAIL}")
    sent = client.post("/ticket/file", data=own.pair, files=SENT)
    assert sent.status_code == 200, sent.text
    close(client, own)
    return own


def test_a_closed_matter_loses_contact_and_files_first_and_then_goes_whole(
    client: TestClient, botless_doors: Doors, house: Database, clock: Clock, tmp_path: Path
) -> None:
    own = closed(client)
    bytes_of = tmp_path / "attachments"
    assert len(list(bytes_of.iterdir())) == 1
    clock.forward(days=89)
    assert forget(botless_doors).keys() & {"talks", "contacts"} == set()
    clock.forward(days=2)
    assert forget(botless_doors)["contacts"] == 1
    assert list(bytes_of.iterdir()) == []
    with house.reading() as session:
        kept = session.scalars(select(Ticket).where(Ticket.code == own.code)).one()
        assert kept.contact is None
        assert session.scalars(select(Attachment)).all() == []
        assert session.scalars(select(Message).where(Message.kind == "file")).all() == []
        assert search.found(session, MARKER) == [kept.id]
    assert holding(tmp_path, EMAIL) == []
    clock.forward(days=640)
    assert forget(botless_doors)["talks"] == 1
    # Not a word is left in tables, index or log of changes, though nobody compacted the file.
    assert holding(tmp_path, MARKER) == []
    with house.reading() as session:
        for kind in (Conversation, Turn, Message, Ticket):
            assert session.scalar(select(func.count()).select_from(kind)) == 0
        events = list(session.scalars(select(LedgerEntry.event)))
        assert events == ["given", "kept"]
        assert ledger.verify(session) is None
    assert forget(botless_doors) == {}


def test_the_index_of_words_is_whole_after_the_removal(
    client: TestClient, botless_doors: Doors, house: Database, clock: Clock
) -> None:
    Talk(botless_doors.desk).write(f"Hei {MARKER}", "greet")
    clock.forward(days=91)
    kept = matter(client, "Missä neuvola on?")
    assert forget(botless_doors)["talks"] == 1
    with house.writing() as session:
        for index in search.INDEXES:  # raises where the index is not as the table
            session.execute(text(f"insert into {index}({index}) values('integrity-check')"))
        assert search.found(session, MARKER) == []
        assert len(search.found(session, "neuvola")) == 1
        assert session.scalars(select(Ticket.code)).one() == kept.code


def test_the_command_says_what_it_removed(
    client: TestClient,
    house: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    closed(client)  # by the clock of the tests, months before the real one
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("RETAIN_TICKET_DAYS", "1")
    monkeypatch.setenv("RETAIN_CONVERSATION_DAYS", "1")
    assert cli.main(["retain"]) == 0
    assert "1 talks" in capsys.readouterr().out
    assert holding(tmp_path, MARKER, EMAIL) == []
    assert cli.main(["retain"]) == 0
    assert "nothing was due" in capsys.readouterr().out
    with house.reading() as session:
        assert session.scalars(select(Ticket)).all() == []
