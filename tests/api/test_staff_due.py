"""An answer is promised by another time, on the staff's page of a ticket."""

from __future__ import annotations

import html
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from api.bot_client import BotClient
from api.database import Database
from api.doors import Doors
from api.staff_due import change_due
from desk import ledger
from desk.models import Message, Team
from desk.notices import channels_open
from desk.records import LedgerEntry, Notice
from tests.api.test_staff_handing import Console, id_of, lines, matter, of_code
from tests.api.test_staff_handing import console as console
from tests.foundation import (
    NOBODY_LISTENS,
    WEDNESDAY_NOON,
    Clock,
    PlantedFinder,
    a_desk,
    doors_over,
    person,
)

FRIDAY_AT_TWO = datetime(2026, 3, 13, 12, 0, tzinfo=UTC)
NOBODY = BotClient(NOBODY_LISTENS, "key", 1.0)
FORM = {"day": "2026-03-13", "time": "14:00", "reason": "Odotamme vielä kunnan vastausta."}


def events(doors: Doors, code: str) -> list[str]:
    with doors.desk.reading() as session:
        wanted = select(LedgerEntry.event).where(LedgerEntry.ticket_code == code)
        assert ledger.verify(session) is None
        return list(session.scalars(wanted.order_by(LedgerEntry.id)))


def test_the_owner_promises_another_time_and_the_customer_reads_when_and_why(
    console: Console, botless_doors: Doors
) -> None:
    code = matter(botless_doors, "Koira karkasi")
    done = console("eero").on(code, "due", **FORM)
    assert "Uusi määräaika on luvattu" in html.unescape(done.text)
    assert of_code(botless_doors, code).due_at == FRIDAY_AT_TWO
    (line,) = lines(botless_doors, code, "promised")
    assert line.audience == "customer"
    assert line.text == (
        "Vastaamme sinulle viimeistään perjantaina 13.3. klo 14.00."
        " Odotamme vielä kunnan vastausta."
    )
    assert events(botless_doors, code) == ["given", "changed"]


def test_who_left_an_address_hears_of_the_new_time_there(
    house: Database, clock: Clock, planted: PlantedFinder, tmp_path: Path
) -> None:
    telling = Database(house.url, channels_open(("email",)))
    with ThreadPoolExecutor(2) as pool:
        doors = doors_over(telling, a_desk(telling, clock, planted, pool), NOBODY, tmp_path)
        code = matter(doors, "Koira karkasi")
        with doors.desk.writing() as session:
            session.merge(of_code(doors, code)).contact = "eppu@example.fi"
        change_due(doors, code, id_of(doors, "eero"), *FORM.values())
        with doors.desk.reading() as session:
            (notice,) = session.scalars(select(Notice).where(Notice.template == "promise"))
    telling.dispose()
    assert notice.recipient == "eppu@example.fi"
    assert notice.values["due_at"] == FRIDAY_AT_TWO.isoformat()


def test_the_line_is_in_the_customers_language(console: Console, botless_doors: Doors) -> None:
    code = matter(botless_doors, "Var finns rådgivningen?", language="sv")
    console("eero").on(code, "due", **FORM | {"reason": "Vi väntar på kommunen."})
    (line,) = lines(botless_doors, code, "promised")
    assert line.text.startswith("Vi svarar dig senast fredag 13.3 kl. 14.00.")


def test_the_lead_of_the_team_may_and_a_colleague_may_not(
    console: Console, botless_doors: Doors
) -> None:
    code = matter(botless_doors, "Koira karkasi", owner="maria")
    with botless_doors.desk.writing() as session:
        team = session.get_one(Team, of_code(botless_doors, code).team_id)
        team.lead_id = person(session, "otso").id
    colleague = console("eero")
    assert 'id="due-day"' not in colleague.see(f"/tickets/{code}")
    assert colleague.on(code, "due", **FORM).status_code == 403
    assert lines(botless_doors, code, "promised") == []
    assert console("otso").on(code, "due", **FORM).status_code == 200
    assert of_code(botless_doors, code).due_at == FRIDAY_AT_TWO


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"day": ""}, "Valitse päivä ja kellonaika."),
        ({"day": "0001-01-01"}, "Aika on jo mennyt."),
        ({"day": "0001-01-01", "time": "00:00"}, "Valitse päivä ja kellonaika."),
        ({"time": "25:00"}, "Valitse päivä ja kellonaika."),
        ({"day": "2026-03-10"}, "Aika on jo mennyt."),
        ({"time": "16:01"}, "Valitse arkipäivä ja aika kello 8–16."),
        ({"day": "2026-03-14"}, "Valitse arkipäivä ja aika kello 8–16."),
        ({"day": "2026-04-03"}, "Valitse arkipäivä ja aika kello 8–16."),  # Good Friday
        ({"day": "2036-03-13"}, "Aika on yli vuoden päässä."),
        ({"reason": " "}, "Kirjoita"),
    ],
)
def test_a_time_that_cannot_be_promised_is_refused_and_the_form_kept(
    console: Console, botless_doors: Doors, form: dict[str, str], problem: str
) -> None:
    code = matter(botless_doors, "Koira karkasi")
    before = of_code(botless_doors, code).due_at
    refused = console("eero").on(code, "due", **FORM | form)
    page = html.unescape(refused.text)
    assert refused.status_code == 422
    assert problem in page
    kept = FORM | form
    assert f'value="{kept["day"]}"' in page
    assert of_code(botless_doors, code).due_at == before
    assert events(botless_doors, code) == ["given"]


def test_no_promise_goes_beyond_the_laws_limit(console: Console, botless_doors: Doors) -> None:
    code = matter(botless_doors, "Koira karkasi")
    with botless_doors.desk.writing() as session:
        session.merge(of_code(botless_doors, code)).legal_due_at = FRIDAY_AT_TWO
    refused = console("eero").on(code, "due", **FORM | {"time": "14:01"})
    assert "Aika on lain määräajan jälkeen." in html.unescape(refused.text)
    assert console("eero").on(code, "due", **FORM).status_code == 200
    assert of_code(botless_doors, code).due_at == FRIDAY_AT_TWO


def test_a_second_press_of_the_button_promises_nothing_anew(
    console: Console, botless_doors: Doors
) -> None:
    code = matter(botless_doors, "Koira karkasi")
    eero = console("eero")
    for _ in range(2):
        assert eero.on(code, "due", **FORM).status_code == 200
    assert len(lines(botless_doors, code, "promised")) == 1
    assert events(botless_doors, code) == ["given", "changed"]


def test_an_answered_matter_has_no_promise_to_change(
    console: Console, botless_doors: Doors
) -> None:
    code = matter(botless_doors, "Koira karkasi")
    eero = console("eero")
    eero.on(code, "answer", text="Koira on löytynyt.")
    assert 'id="due-day"' not in eero.see(f"/tickets/{code}")
    assert eero.on(code, "due", **FORM).status_code == 409


def test_what_identifies_a_person_is_left_out_of_the_reason(
    console: Console, botless_doors: Doors
) -> None:
    code = matter(botless_doors, "Koira karkasi")
    console("eero").on(code, "due", **FORM | {"reason": "Hakija 131052-308T odottaa."})
    with botless_doors.desk.reading() as session:
        assert not any("131052" in one for one in session.scalars(select(Message.text)))


def test_the_clock_reminds_of_the_new_time(console: Console, botless_doors: Doors) -> None:
    code = matter(botless_doors, "Koira karkasi")
    console("eero").on(code, "due", **FORM)
    page = console("eero").see(f"/tickets/{code}?lang=fi")
    assert "Vastaa asiakkaalle viimeistään perjantaina 13.3. klo 14.00." in page
    assert WEDNESDAY_NOON + timedelta(days=2, hours=2) == FRIDAY_AT_TWO
