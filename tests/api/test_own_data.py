"""A customer's own data: had as a file, erased on request, and masked wherever they lie."""

from __future__ import annotations

import base64
import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api import cli
from api.database import Database
from desk import erasing, ledger
from desk.door_records import AccessEntry
from desk.models import Conversation, Message, Ticket
from tests.api.privacy_doors import (
    EMAIL,
    IDENTITY,
    MARKER,
    PHONE,
    Own,
    form,
    holding,
    house_on_disk,
    log_in,
    matter,
    staffed_file,
    write,
)
from tests.desk.sample_files import PDF
from tests.foundation import Clock, person

__all__ = ["house_on_disk", "staffed_file"]  # fixtures

SENT = {"file": (f"{MARKER}.pdf", PDF, "application/pdf")}
NOTE = "Sisäinen huomio"


@pytest.fixture
def own(client: TestClient) -> Own:
    """A matter with an answer, a colleague's note, a contact and a file."""
    told = matter(client, f"Kysymys {MARKER} neuvolasta, sähköpostini on {EMAIL}")
    assert client.post("/ticket/file", data=told.pair, files=SENT).status_code == 200
    staff = log_in(client, "eero")
    staff.get(f"/staff/tickets/{told.code}")
    form(staff, f"/staff/tickets/{told.code}/note", text=NOTE)
    form(staff, f"/staff/tickets/{told.code}/answer", text="Keskuskadulla.")
    return told


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of data that the command line finds, and where it writes."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ticket_of(house: Database, own: Own) -> Ticket:
    with house.reading() as session:
        return session.scalars(select(Ticket).where(Ticket.code == own.code)).one()


# --- the customer ---


def test_the_customer_has_their_data_as_a_file_and_by_the_api(client: TestClient, own: Own) -> None:
    saved = client.post("/ticket/data?lang=sv", data=own.pair)
    assert saved.headers["content-disposition"] == f'attachment; filename="{own.code}.json"'
    assert saved.headers["cache-control"] == "no-store"
    record = saved.json()
    asked = client.get(f"/api/tickets/{own.code}/data", headers={"X-Ticket-Secret": own.secret})
    assert asked.json() | {"made_at": ""} == record | {"made_at": ""}
    (told,) = record["matters"]
    assert (told["code"], told["contact"], told["files"][0]["bytes"]) == (
        own.code,
        EMAIL,
        len(PDF),
    )
    assert [one["what"] for one in told["looked_at"]] == ["ticket", "note", "answer"]
    assert "Keskuskadulla." in [one["text"] for one in record["messages"]]
    assert MARKER in record["turns"][0]["text"]


def test_neither_notes_of_staff_nor_secrets_nor_protected_names_are_in_it(
    client: TestClient, own: Own, house: Database
) -> None:
    with house.writing() as session:
        person(session, "eero").protected = True
        name = person(session, "eero").name
        owner = session.scalars(select(Ticket)).one()
        owner.owner = person(session, "eero")
    told = client.post("/ticket/data", data=own.pair).text
    assert MARKER in told
    for hidden in (NOTE, name, own.secret, own.conversation_id):
        assert hidden not in told


@pytest.mark.parametrize("path", ["/ticket/data", "/ticket/erasure"])
def test_without_the_secret_nothing_is_told_and_nothing_asked(
    client: TestClient, own: Own, house: Database, path: str
) -> None:
    refused = client.post(f"{path}?lang=fi", data={"code": own.code, "secret": "arvattu234"})
    assert refused.status_code == 404
    assert MARKER not in refused.text
    assert ticket_of(house, own).tags == []


@pytest.mark.parametrize("days", [0, 100])
def test_a_wish_to_be_erased_is_before_the_owner_even_long_after_the_closing(
    client: TestClient, own: Own, house: Database, clock: Clock, days: int
) -> None:
    form(log_in(client, "eero"), f"/staff/tickets/{own.code}/close")
    assert ticket_of(house, own).stage == "closed"
    clock.forward(days=days)
    for _ in range(2):  # a second press of the button
        page = client.post("/ticket/erasure?lang=fi", data=own.pair)
        assert page.status_code == 200
        assert "Pyyntösi tietojen poistamisesta" in page.text
    ticket = ticket_of(house, own)
    assert (ticket.stage, erasing.ERASURE in ticket.tags) == ("open", True)
    assert ticket.due_at > clock()
    assert ticket.legal_due_at is not None
    assert ticket.legal_due_at <= clock() + timedelta(days=30)
    with house.reading() as session:
        wishes = select(Message).where(Message.text == "Pyydän, että tietoni poistetaan.")
        assert len(session.scalars(wishes).all()) == 1
        assert ledger.silently_changed(session) == []
    staff = log_in(client, "eero").get(f"/staff/tickets/{own.code}?lang=fi").text
    assert "tiedot poistettava" in staff


# --- the command line ---


def test_the_export_holds_everything_with_files_and_only_its_owner_reads_it(
    client: TestClient, own: Own, here: Path, capsys: pytest.CaptureFixture[str], house: Database
) -> None:
    assert cli.main(["export", own.code, "--by", "aino"]) == 0
    path = here / f"{own.code}.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    record: dict[str, Any] = json.loads(path.read_text("utf-8"))
    (told,) = record["matters"]
    assert base64.b64decode(told["files"][0]["content"]) == PDF
    assert NOTE in [one["text"] for one in record["messages"]]
    assert own.conversation_id not in path.read_text("utf-8")
    assert cli.main(["export", own.code]) == 1  # never over an older file
    assert cli.main(["export", "LK-000-0000"]) == 1
    assert cli.main(["export", own.code, "--by", "nobody", "--out", "x.json"]) == 1
    with house.reading() as session:
        last = session.scalars(select(AccessEntry).order_by(AccessEntry.id.desc())).first()
        assert last is not None
        assert (last.act, last.what, last.about) == ("saw", "export", own.code)


def test_after_the_erasure_no_word_is_on_the_disk_and_the_ledger_stands(
    client: TestClient, own: Own, here: Path, house: Database
) -> None:
    write(client, f"Vielä {MARKER} ja tunnukseni {IDENTITY}", own.conversation_id)
    other = matter(client, "Toinen asiakas")
    assert holding(here, MARKER)
    assert len(list((here / "attachments").iterdir())) == 1
    assert cli.main(["erase", own.code, "--by", "aino"]) == 0
    # The application goes on running meanwhile, on its own connections.
    assert holding(here, MARKER, EMAIL, IDENTITY, own.conversation_id) == []
    assert list((here / "attachments").iterdir()) == []
    assert client.post("/ticket", data=own.pair).status_code == 404
    with house.reading() as session:
        assert session.scalars(select(Conversation.id)).all() == [other.conversation_id]
        assert ledger.verify(session) is None
    assert cli.main(["erase", own.code]) == 1
    assert cli.main(["access-log"]) != 2


def test_a_held_matter_is_not_erased_until_it_is_released(
    client: TestClient, own: Own, here: Path, capsys: pytest.CaptureFixture[str], house: Database
) -> None:
    assert cli.main(["hold", own.code]) == 0
    assert cli.main(["erase", own.code]) == 1
    assert "is held" in capsys.readouterr().err
    assert ticket_of(house, own).contact == EMAIL
    assert cli.main(["hold", own.code, "--release"]) == 0
    assert cli.main(["erase", own.code]) == 0


def test_the_command_finds_a_broken_access_log(
    client: TestClient, own: Own, here: Path, capsys: pytest.CaptureFixture[str], house: Database
) -> None:
    assert cli.main(["access-log"]) == 0
    last = capsys.readouterr().out.split()[-1]
    assert cli.main(["access-log", "--holds", last]) == 0
    assert cli.main(["access-log", "--holds", "0" * 64]) == 1
    with house.writing() as session:
        session.get_one(AccessEntry, 2).about = "LK-0"
    assert cli.main(["access-log"]) == 1
    assert "entry 2" in capsys.readouterr().err


# --- where an identity code could lie ---


def test_no_store_holds_an_identity_code_and_no_text_a_contact(
    client: TestClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Through the chat, a matter's page, a rating, staff's answer and a search."""
    caplog.set_level("DEBUG")
    planted = f"{MARKER}: tunnukseni on {IDENTITY}, posti {EMAIL}, puhelin {PHONE}"
    told = matter(client, planted)
    write(client, planted, told.conversation_id)
    client.post("/ticket/message", data={**told.pair, "text": planted, "seen": "0"})
    staff = log_in(client, "eero")
    staff.get("/staff", params={"find": IDENTITY})
    form(staff, f"/staff/tickets/{told.code}/answer", text="Selvä.")
    client.post("/ticket/rating", data={**told.pair, "stars": "1", "text": planted})
    client.get("/api/tickets/LK-000-0000", params={"x": IDENTITY})
    assert holding(tmp_path, MARKER)  # what was written did arrive
    assert holding(tmp_path, IDENTITY, PHONE, IDENTITY.replace("-", "")) == []
    # The application's own lines; the test's client tells its addresses itself.
    logged = [one.getMessage() for one in caplog.records if one.name.startswith("luukku")]
    for secret in (IDENTITY, EMAIL, PHONE, MARKER, told.secret):
        assert [line for line in logged if secret in line] == []
    record = client.post("/ticket/data", data=told.pair).json()
    contact = record["matters"][0].pop("contact")
    assert contact
    written = json.dumps(record, ensure_ascii=False)
    for secret in (IDENTITY, EMAIL, PHONE):
        assert secret not in written
