"""The pages of those who keep the desk: the rota, and the catalogue's words."""

from __future__ import annotations

import html

import pytest
from sqlalchemy import select

from api.doors import Doors
from catalog.models import CustomerPhrase, EditRight, Service
from desk.models import Shift, Team
from tests.api.test_staff_handing import Console, id_of
from tests.api.test_staff_handing import console as console
from tests.foundation import PlantedFinder, person

PERMIT = "4853c910-5a39-4aae-a1a1-ac546fd9bcf4"  # Rakennuslupa
PAGE = f"/catalogue/{PERMIT}"


@pytest.fixture
def keeper(botless_doors: Doors) -> None:
    with botless_doors.desk.writing() as session:
        person(session, "otso").roles = ["keeper"]


def team_id(doors: Doors, code: str) -> str:
    with doors.desk.reading() as session:
        return str(session.scalars(select(Team.id).where(Team.code == code)).one())


def phrases(doors: Doors, language: str) -> list[str]:
    own = (CustomerPhrase.service_id == PERMIT, ~CustomerPhrase.shipped)
    with doors.desk.reading() as session:
        found = select(CustomerPhrase.text).where(*own, CustomerPhrase.language == language)
        return list(session.scalars(found))


# --- the rota ---


def test_a_lead_adds_a_shift_and_takes_it_away(console: Console, botless_doors: Doors) -> None:
    families, aino = team_id(botless_doors, "demo-families"), console("aino")
    form = {"team": families, "person": str(id_of(botless_doors, "maria")), "day": "5"}
    done = aino.do("/rota", "/rota", **form, starts="10:00", ends="12:00")
    page = html.unescape(done.text)
    assert "Vuoro on lisätty joka viikolle." in page
    assert "10.00–12.00" in page
    with botless_doors.desk.reading() as session:
        shift = session.scalars(select(Shift).where(Shift.weekday == 5)).one()
    gone = aino.do("/rota", "/rota/remove", team=families, shift=str(shift.id))
    assert "10.00–12.00" not in html.unescape(gone.text)


def test_the_page_says_when_nobody_is_on_duty_and_who_is_away(
    console: Console, botless_doors: Doors
) -> None:
    families = team_id(botless_doors, "demo-families")
    full = console("aino").see(f"/rota?lang=fi&team={families}&ahead=8")
    assert "Joka työtunnilla on joku paikalla." in full
    with botless_doors.desk.writing() as session:
        monday = select(Shift).where(Shift.team_id == int(families), Shift.weekday == 0)
        for shift in session.scalars(monday):
            session.delete(shift)
    page = console("aino").see(f"/rota?lang=sv&team={families}&ahead=8")
    assert "Ingen är på plats kl. 8.00–16.00" in page
    assert "Timmar utan någon: 8" in page


def test_the_rota_of_another_team_is_refused(console: Console, botless_doors: Doors) -> None:
    other, aino = team_id(botless_doors, "demo-health"), console("aino")
    assert aino.client.get(f"/staff/rota?team={other}").status_code == 403
    form = {"person": str(id_of(botless_doors, "maria")), "day": "5"}
    refused = aino.do("/rota", "/rota", **form, team=other, starts="10:00", ends="12:00")
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"starts": "12:00", "ends": "10:00"}, "Vuoron on päätyttävä sen alkamisen jälkeen."),
        ({"starts": "x"}, "Vuoron on päätyttävä sen alkamisen jälkeen."),
        ({"day": "x"}, "Valitse viikonpäivä."),
        ({"person": "0"}, "Valitse joku tiimistä"),
    ],
)
def test_a_shift_that_cannot_be_keeps_the_form(
    console: Console, botless_doors: Doors, form: dict[str, str], problem: str
) -> None:
    given = {
        "team": team_id(botless_doors, "demo-families"),
        "person": str(id_of(botless_doors, "maria")),
        "day": "5",
        "starts": "10:00",
        "ends": "12:00",
    }
    refused = console("aino").do("/rota", "/rota", **(given | form))
    assert refused.status_code == 422
    assert problem in html.unescape(refused.text)


# --- the catalogue ---


@pytest.mark.usefixtures("keeper")
def test_a_keeper_finds_a_service_and_adds_words_to_it(
    console: Console, botless_doors: Doors, planted: PlantedFinder
) -> None:
    planted.plant("kuisti", (PERMIT, 0.42))
    otso = console("otso")
    hits = otso.see("/catalogue?lang=fi&find=kuisti")
    assert f'href="/staff/catalogue/{PERMIT}?lang=fi"' in hits
    assert "42 %" in hits
    done = otso.do(PAGE, f"{PAGE}/add-phrase", language="fi", text="saanko tehdä kuistin")
    page = html.unescape(done.text)
    assert "Sanat on lisätty." in page
    assert "saanko tehdä kuistin" in page
    assert phrases(botless_doors, "fi") == ["saanko tehdä kuistin"]
    otso.do(PAGE, f"{PAGE}/remove-phrase", language="fi", text="saanko tehdä kuistin")
    assert phrases(botless_doors, "fi") == []


@pytest.mark.usefixtures("keeper")
def test_a_former_name_in_swedish_is_shown(console: Console) -> None:
    otso = console("otso")
    otso.do(PAGE, f"{PAGE}/add-former", language="sv", text="Byggnadstillstånd")
    assert "Byggnadstillstånd" in otso.see(f"{PAGE}?lang=sv")


@pytest.mark.usefixtures("keeper")
def test_words_tried_show_what_they_find_now(console: Console, planted: PlantedFinder) -> None:
    planted.plant("kuisti", (PERMIT, 0.42))
    page = console("otso").see(f"{PAGE}?lang=fi&words=kuisti")
    assert "tämä palvelu" in page
    assert "42 %" in page
    assert "Näillä sanoilla ei löydy palvelua." in console("otso").see(f"{PAGE}?lang=fi&words=x")


@pytest.mark.usefixtures("keeper")
def test_refused_words_stay_in_their_field(console: Console) -> None:
    text = "soita 040 123 4567"
    refused = console("otso").do(PAGE, f"{PAGE}/add-phrase", language="fi", text=text)
    assert refused.status_code == 422
    assert f'value="{text}"' in refused.text
    assert "Jätä se pois." in html.unescape(refused.text)


@pytest.mark.usefixtures("keeper")
def test_another_organisations_service_is_read_and_not_edited(
    console: Console, botless_doors: Doors
) -> None:
    with botless_doors.desk.writing() as session:
        keeper_id = session.get_one(Service, PERMIT).keeper_id
        session.add(EditRight(organisation_id=keeper_id, login="somebody"))
    otso = console("otso")
    page = otso.see(f"{PAGE}?lang=fi")
    assert "Tämä palvelu on toisen organisaation." in page
    assert 'id="add-phrase-fi"' not in page
    refused = otso.do("/absences", f"{PAGE}/add-phrase", language="fi", text="kuisti")
    assert refused.status_code == 403
    assert phrases(botless_doors, "fi") == []


@pytest.mark.usefixtures("keeper")
def test_a_service_or_a_form_that_is_not_there_is_not_found(console: Console) -> None:
    otso = console("otso")
    assert otso.client.get("/staff/catalogue/none-such").status_code == 404
    assert otso.do(PAGE, f"{PAGE}/drop-all", language="fi", text="x").status_code == 404
