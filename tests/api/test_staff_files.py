"""Files at the staff's desk: with an answer, saved by who may read, searched for viruses."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.app import create_app
from api.clamd import Scanner, ScannerAway
from api.database import Database
from api.doors import Doors
from api.file_rounds import scan_waiting
from desk.models import Message
from tests.api.conftest import free_port
from tests.api.file_doors import (
    MEGABYTE,
    Mine,
    at_work,
    client,
    fetch,
    last_file,
    lying,
    matter,
    mine,
    scanned_client,
    scanner,
    scanning,
    send,
    unscanned,
)
from tests.api.scanners import EICAR, SmallScanner, clamav
from tests.desk.sample_files import PDF
from tests.foundation import person

__all__ = ["client", "mine", "scanned_client", "scanner", "scanning", "unscanned"]  # fixtures

# --- the staff ---


def test_a_file_goes_with_an_answer_and_the_customer_can_save_it(
    client: TestClient, mine: Mine
) -> None:
    token = at_work(client)
    client.post(
        f"/staff/tickets/{mine['code']}/answer",
        data={"form_token": token, "text": "Tässä ohje.", "seen": "0"},
        files={"file": ("ohje.pdf", PDF)},
    )
    headers = {"X-Ticket-Secret": mine["secret"]}
    told = client.get(f"/api/tickets/{mine['code']}", headers=headers).json()
    assert [(one["kind"], one["text"]) for one in told["lines"][-2:]] == [
        ("text", "Tässä ohje."),
        ("file", "ohje.pdf"),
    ]
    assert told["stage"] == "answered"
    assert fetch(client, mine, told["lines"][-1]["file"]["id"]).content == PDF


@pytest.mark.parametrize("what", ["answer", "close"])
def test_a_refused_file_sends_nothing_and_keeps_the_answer(
    client: TestClient, house: Database, mine: Mine, what: str
) -> None:
    token = at_work(client)
    page = client.post(
        f"/staff/tickets/{mine['code']}/{what}?lang=fi",
        data={"form_token": token, "text": "Tässä ohje."},
        files={"file": ("ohje.pdf", b"MZ\x90")},
    )
    assert page.status_code == 422
    assert "Tällaista tiedostoa emme voi ottaa vastaan" in page.text
    assert ">Tässä ohje.</textarea>" in page.text
    with house.reading() as session:
        said = select(Message).where(Message.text == "Tässä ohje.")
        assert session.scalars(said).all() == []


def test_a_file_without_a_word_is_not_sent(
    client: TestClient, unscanned: Doors, mine: Mine
) -> None:
    for what in ("answer", "close"):
        page = client.post(
            f"/staff/tickets/{mine['code']}/{what}",
            data={"form_token": at_work(client), "text": " "},
            files={"file": ("ohje.pdf", PDF)},
        )
        assert page.status_code == 422
    assert lying(unscanned) == []


def test_an_answer_too_large_to_read_gets_a_page_that_says_what_to_do(
    client: TestClient, mine: Mine
) -> None:
    page = client.post(
        f"/staff/tickets/{mine['code']}/answer?lang=fi",
        data={"form_token": at_work(client), "text": "Tässä."},
        files={"file": ("ohje.pdf", b"a" * (4 * MEGABYTE))},
    )
    assert page.status_code == 413
    assert "Palaa selaimella takaisin" in page.text


def test_staff_save_a_customers_file_and_others_do_not(
    client: TestClient, house: Database, mine: Mine
) -> None:
    number = last_file(send(client, mine))["id"]
    address = f"/staff/tickets/{mine['code']}/files/{number}"
    assert client.get(address).status_code == 401
    at_work(client)
    page = client.get(f"/staff/tickets/{mine['code']}").text
    assert address in page
    assert client.get(address).content == PDF
    assert client.get(f"/staff/tickets/{matter(client)['code']}/files/{number}").status_code == 404
    with house.writing() as session:
        person(session, "eero").roles = ["keeper"]
    assert client.get(address).status_code == 403


# --- the scanner ---


def test_an_infected_file_is_refused_at_once(
    scanned_client: TestClient, scanning: Doors, scanner: SmallScanner
) -> None:
    mine = matter(scanned_client)
    with scanner.running():
        clean = last_file(send(scanned_client, mine))
        refused = send(scanned_client, mine, EICAR, "a.txt")
    assert (clean["state"], refused.json()["error"]) == ("ready", "file_infected")
    assert scanner.scanned == [PDF, EICAR]
    assert len(lying(scanning)) == 1


def test_a_file_waits_while_the_scanner_is_away_and_staff_see_why(
    scanned_client: TestClient, scanning: Doors, scanner: SmallScanner
) -> None:
    client, mine = scanned_client, matter(scanned_client)
    clean = last_file(send(client, mine))
    bad = last_file(send(client, mine, EICAR, "a.txt"))
    assert (clean["state"], bad["state"]) == ("waiting", "waiting")
    assert "Tarkistetaan virusten varalta" in client.post("/ticket", data=mine).text
    at_work(client)
    page = f"/staff/tickets/{mine['code']}"
    assert "virustarkistus ei ole vastannut" in client.get(f"{page}?lang=fi").text
    for who in (fetch(client, mine, clean["id"]), client.get(f"{page}/files/{clean['id']}")):
        assert who.status_code == 404
    assert scan_waiting(scanning) == 0
    with scanner.running():
        assert scan_waiting(scanning) == 2
    assert client.get(f"{page}/files/{clean['id']}").content == PDF
    assert client.get(f"{page}/files/{bad['id']}").status_code == 404
    assert "Filen innehöll ett skadligt program" in client.get(f"{page}?lang=sv").text
    assert len(lying(scanning)) == 1


def test_a_scanner_that_says_something_else_has_given_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(ScannerAway):
        Scanner(f"127.0.0.1:{free_port()}").scan(io.BytesIO(PDF))
    with pytest.raises(ScannerAway):
        Scanner(str(tmp_path / "no-socket")).scan(io.BytesIO(PDF))


def test_clamav_itself_finds_its_test_virus_and_passes_what_is_clean(
    tmp_path: Path, unscanned: Doors
) -> None:
    with clamav(tmp_path) as address:
        settings = unscanned.settings.model_copy(update={"clamd": address})
        with TestClient(create_app(replace(unscanned, settings=settings))) as client:
            mine = matter(client)
            assert last_file(send(client, mine))["state"] == "ready"
            assert send(client, mine, EICAR, "a.txt").json()["error"] == "file_infected"
