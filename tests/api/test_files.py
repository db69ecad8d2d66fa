"""Files through the customer's doors: sent, saved, and refused with a reason."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.database import Database
from api.doors import Doors
from api.file_rounds import sweep
from api.guessing import MOST_PER_CODE
from api.shield import MOST_BYTES
from desk import tickets
from desk.door_records import Attachment
from desk.models import Ticket
from tests.api.file_doors import (
    MEGABYTE,
    Mine,
    answer,
    app_of,
    client,
    fetch,
    form,
    last_file,
    lying,
    matter,
    mine,
    send,
    unscanned,
)
from tests.desk.sample_files import PDF, docx, photo
from tests.foundation import Clock

__all__ = ["app_of", "client", "mine", "unscanned"]  # fixtures

# --- the customer, over the API ---


def test_a_file_comes_back_as_it_was_sent_and_is_only_saved_never_shown(
    client: TestClient, mine: Mine
) -> None:
    told = send(client, mine, name="kotoa/päätös 1.pdf")
    file = last_file(told)
    assert (told.status_code, file["state"], file["size"]) == (200, "ready", len(PDF))
    assert (file["name"], file["media_type"]) == ("päätös 1.pdf", "application/pdf")
    saved = fetch(client, mine, file["id"])
    assert (saved.status_code, saved.content) == (200, PDF)
    headers = saved.headers
    assert headers["content-type"] == "application/pdf"
    assert headers["content-disposition"] == (
        "attachment; filename*=utf-8''p%C3%A4%C3%A4t%C3%B6s%201.pdf"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("sandbox")
    assert headers["cache-control"] == "no-store"


def test_a_file_opens_an_answered_matter_again(
    client: TestClient, house: Database, clock: Clock, mine: Mine
) -> None:
    answer(house, clock, mine)
    told = send(client, mine).json()
    assert (told["stage"], told["turn"]) == ("open", "desk")


def test_a_photo_is_kept_without_its_place(client: TestClient, mine: Mine) -> None:
    file = last_file(send(client, mine, photo(), "IMG.HEIC"))
    assert file["name"] == "IMG.HEIC.jpg"
    assert b"Exif" not in fetch(client, mine, file["id"]).content


@pytest.mark.parametrize(
    ("content", "status", "error"),
    [
        (b"", 422, "file_empty"),
        (b"a" * (MEGABYTE + 1), 413, "file_size"),
        (b"a" * (4 * MEGABYTE), 413, "file_size"),
        (b"MZ\x90\x00\x03", 422, "file_type"),
        (docx({"word/vbaProject.bin": b"x"}), 422, "file_active"),
        (PDF[:30], 422, "file_broken"),
    ],
)
def test_a_file_that_is_not_taken_says_why_in_both_languages(
    client: TestClient, unscanned: Doors, mine: Mine, content: bytes, status: int, error: str
) -> None:
    refused = send(client, mine, content)
    told = refused.json()
    assert (refused.status_code, told["error"]) == (status, error)
    assert told["fi"] != told["sv"]
    assert "{" not in told["fi"] + told["sv"]
    assert lying(unscanned) == []


def test_a_body_without_a_file_is_refused(client: TestClient, mine: Mine) -> None:
    headers = {"X-Ticket-Secret": mine["secret"]}
    address = f"/api/tickets/{mine['code']}/files"
    assert client.post(address, headers=headers, json={}).json()["error"] == "file_empty"
    broken = headers | {"Content-Type": "multipart/form-data; boundary=x"}
    assert client.post(address, headers=broken, content=b"--y").status_code == 422
    two = [("file", ("a.pdf", PDF)), ("file", ("b.pdf", PDF))]
    assert client.post(address, headers=headers, files=two).status_code == 422


def test_nobody_sends_or_saves_a_file_without_the_secret(
    client: TestClient, unscanned: Doors, mine: Mine
) -> None:
    other, number = matter(client), last_file(send(client, mine))["id"]
    wrong = mine | {"secret": "aaaaaaaaaa"}
    assert send(client, wrong).json()["error"] == "ticket_unknown"
    assert fetch(client, wrong, number).json()["error"] == "ticket_unknown"
    assert fetch(client, other, number).json()["error"] == "file_unknown"
    assert fetch(client, mine, number + 99).status_code == 404
    assert len(lying(unscanned)) == 1


def test_guessing_by_sending_files_is_slowed_down(app_of: FastAPI, mine: Mine) -> None:
    with TestClient(app_of) as client:
        wrong = mine | {"secret": "aaaaaaaaaa"}
        tries = [send(client, wrong).status_code for _ in range(MOST_PER_CODE + 1)]
        assert tries == [404] * MOST_PER_CODE + [429]
        assert fetch(client, wrong, 1).status_code == 429
        assert form(client, wrong).status_code == 429


def test_only_the_doors_for_files_take_a_large_body(client: TestClient, mine: Mine) -> None:
    large = "a" * (MOST_BYTES + 1)
    assert client.post("/ticket/message", data=mine | {"text": large}).status_code == 413
    headers = {"X-Ticket-Secret": mine["secret"]}
    address = f"/api/tickets/{mine['code']}/messages"
    assert client.post(address, headers=headers, json={"text": large}).status_code == 413
    assert send(client, mine, large.encode()).status_code == 200


def test_a_file_of_a_failed_transaction_leaves_nothing(
    client: TestClient, unscanned: Doors, house: Database, clock: Clock, mine: Mine
) -> None:
    answer(house, clock, mine)
    with house.writing() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.code == mine["code"])).one()
        tickets.close(session, ticket, ticket.owner, now=clock())
    assert send(client, mine).json()["error"] == "ticket_closed"
    assert lying(unscanned) == []


def test_lost_bytes_are_told_as_a_file_that_is_not_there(
    client: TestClient, unscanned: Doors, mine: Mine
) -> None:
    number = last_file(send(client, mine))["id"]
    assert sweep(unscanned) == 0
    lying(unscanned)[0].unlink()
    assert fetch(client, mine, number).json()["error"] == "file_unknown"


# --- the customer's page ---


def test_a_file_is_sent_and_saved_with_forms_alone(client: TestClient, mine: Mine) -> None:
    page = form(client, mine, name="todistus.pdf", seen="1")
    assert "Tiedosto on perillä." in page.text
    assert "todistus.pdf" in page.text
    number = page.text.split('name="file" value="')[1].split('"')[0]
    saved = client.post("/ticket/open-file", data=mine | {"file": number})
    assert saved.content == PDF
    assert saved.headers["content-disposition"].startswith("attachment")
    for file in ("999", "x", ""):
        page = client.post("/ticket/open-file", data=mine | {"file": file})
        assert page.status_code == 404
        assert "Tiedostoa ei löydy" in page.text


def test_two_presses_send_one_file(client: TestClient, house: Database, mine: Mine) -> None:
    for _ in range(2):
        assert form(client, mine, seen="1").status_code == 200
    with house.reading() as session:
        assert len(session.scalars(select(Attachment)).all()) == 1


@pytest.mark.parametrize(
    ("content", "status", "told"),
    [
        (None, 422, "Välj först en fil."),
        (b"MZ\x90\x00\x03", 422, "En sådan fil kan vi inte ta emot."),
        (b"a" * (MEGABYTE + 1), 413, "Den största tillåtna storleken är 1 MB."),
    ],
)
def test_the_page_says_why_a_file_was_not_taken_and_shows_the_matter(
    client: TestClient, mine: Mine, content: bytes | None, status: int, told: str
) -> None:
    page = form(client, mine, content, lang="sv")
    assert page.status_code == status
    assert told in page.text
    assert "Väntar på vårt svar" in page.text


def test_a_form_too_large_to_read_still_gets_a_page(client: TestClient, mine: Mine) -> None:
    page = form(client, mine, b"a" * (4 * MEGABYTE))
    assert page.status_code == 413
    assert "Tiedosto on liian suuri." in page.text


def test_a_wrong_secret_gets_the_same_page_as_ever(client: TestClient, mine: Mine) -> None:
    page = form(client, mine | {"secret": "aaaaaaaaaa"})
    assert (page.status_code, "todistus" in page.text) == (404, False)
    asked = client.post("/ticket/open-file", data=mine | {"secret": "x", "file": "1"})
    assert asked.status_code == 404
