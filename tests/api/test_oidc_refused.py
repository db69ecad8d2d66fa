"""Log-ins by the organisation's account that must not come about, and what the person is told."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from api.doors import Doors
from api.oidc_command import join_identity
from api.settings import Settings
from api.staff_oidc import BEGUN, MOST_REFUSED, PATH
from desk.door_records import Identity
from desk.models import Person, StaffSession
from tests.api.provider_process import (
    ProviderProcess,
    at_desk,
    begin,
    doors,
    followed,
    provider,
    provider_folder,
    sign_in,
    signs_in_there,
    with_provider,
)
from tests.foundation import PASSWORD, person

__all__ = ["doors", "provider", "provider_folder"]  # fixtures
FORM = 'action="/staff/login'
NOBODYS_PORT = "http://127.0.0.1:1"


@pytest.fixture
def joined(doors: Doors, provider: ProviderProcess) -> Doors:
    return with_provider(doors, provider)


@pytest.fixture
def client(joined: Doors) -> Iterator[TestClient]:
    with at_desk(joined) as client:
        yield client


def nobody_came(doors: Doors) -> None:
    """Neither a session nor a person nor a link to one was made."""
    with doors.desk.reading() as session:
        assert session.scalar(select(func.count()).select_from(StaffSession)) == 0
        assert session.scalar(select(func.count()).select_from(Identity)) == 0
        assert session.scalars(select(Person).where(~Person.demo)).all() == []


def comes_back(client: TestClient, provider: ProviderProcess, account: str = "aino") -> str:
    """The address that the provider leads back to."""
    return signs_in_there(begin(client), account, provider.desk_url)


@pytest.mark.parametrize(
    ("account", "logged"),
    [
        ("bad-nonce", "InvalidClaimError nonce"),
        ("bad-issuer", "InvalidClaimError iss"),
        ("bad-audience", "InvalidClaimError aud"),
        ("bad-time", "ExpiredTokenError exp"),
        ("bad-key", "BadSignatureError"),
        ("bad-algorithm", "UnsupportedAlgorithmError"),
        ("bad-userinfo", "somebody else's"),
    ],
)
def test_a_token_that_is_not_what_was_asked_for_signs_nobody_in(
    client: TestClient,
    joined: Doors,
    caplog: pytest.LogCaptureFixture,
    account: str,
    logged: str,
) -> None:
    page = sign_in(client, account)
    assert logged in caplog.text
    assert "ei voitu varmistaa" in page.text
    assert FORM in page.text
    nobody_came(joined)


@pytest.mark.parametrize(
    ("account", "lang", "said"),
    [
        ("ulla", "fi", "ei ole oikeuksia Luukkuun"),
        ("ulla", "sv", "inga rättigheter i Luukku"),
        ("nobody", "fi", "ei ole oikeuksia Luukkuun"),
    ],
)
def test_who_has_no_known_group_is_told_whom_to_ask(
    client: TestClient, joined: Doors, account: str, lang: str, said: str
) -> None:
    assert said in sign_in(client, account, lang=lang).text
    nobody_came(joined)


def test_a_state_that_is_not_this_browsers_signs_nobody_in(
    client: TestClient, joined: Doors, provider: ProviderProcess
) -> None:
    back = comes_back(client, provider)
    for forged in (
        back.replace("state=", "state=x"),
        back.split("?")[0] + "?code=made-up",
        back.split("?")[0] + "?code=made-up&state=" + "å" * 30,
    ):
        page = followed(client, client.get(forged))
        assert "aloitettiin toisessa selaimessa" in page.text
        begin(client)
    with at_desk(joined) as victim:  # another browser is led to the attacker's own log-in
        assert "aloitettiin toisessa" in followed(victim, victim.get(back)).text
    nobody_came(joined)


def test_a_log_in_under_way_that_somebody_changed_or_signed_elsewhere_is_none(
    client: TestClient, joined: Doors, provider: ProviderProcess
) -> None:
    back = comes_back(client, provider)
    kept = client.cookies[BEGUN]
    payload, _, signature = kept.rpartition(".")
    for changed in (f"{payload}x.{signature}", f"{payload}.{signature[::-1]}", "", "{}", "e30.e30"):
        client.cookies.set(BEGUN, changed, domain="127.0.0.1", path=PATH)
        assert "aloitettiin toisessa" in followed(client, client.get(back)).text
        client.cookies.clear()
    nobody_came(joined)


def test_a_log_in_that_takes_too_long_begins_anew(doors: Doors, provider: ProviderProcess) -> None:
    shift = timedelta(0)
    later = replace(doors.desk, now=lambda: datetime.now(UTC) + shift)
    joined = with_provider(replace(doors, desk=later), provider)
    with at_desk(joined) as client:
        back = comes_back(client, provider)
        shift = timedelta(minutes=11)
        assert "kesti liian kauan" in followed(client, client.get(back)).text
        nobody_came(joined)


def test_a_code_is_good_once(client: TestClient, joined: Doors, provider: ProviderProcess) -> None:
    back = comes_back(client, provider)
    kept = client.cookies[BEGUN]
    assert client.get(back).status_code == 200
    client.cookies.clear()
    client.cookies.set(BEGUN, kept, domain="127.0.0.1", path=PATH)
    page = followed(client, client.get(back))
    assert "jo käytetty" in page.text
    assert client.get("/staff").status_code == 401


def test_who_gives_up_at_the_provider_may_try_again(
    client: TestClient, joined: Doors, provider: ProviderProcess
) -> None:
    back = signs_in_there(begin(client, lang="sv"), "aino", provider.desk_url, gives_up=True)
    page = followed(client, client.get(back))
    assert "Inloggningen avbröts" in page.text
    assert "access_denied" not in page.text
    nobody_came(joined)


def test_an_answer_in_another_providers_name_is_refused(
    client: TestClient, joined: Doors, provider: ProviderProcess
) -> None:
    back = comes_back(client, provider)
    assert "iss=" in back
    mixed_up = back.split("iss=")[0] + "iss=https%3A%2F%2Fother.example"
    assert "ei voitu varmistaa" in followed(client, client.get(mixed_up)).text
    nobody_came(joined)


@pytest.mark.parametrize(
    ("issuer", "said"),
    [
        (lambda real: NOBODYS_PORT, "ei juuri nyt vastaa"),
        (lambda real: real.replace("127.0.0.1", "localhost"), "ei voitu varmistaa"),
        (lambda real: f"{real}/no/such/place", "ei voitu varmistaa"),
    ],
)
def test_a_provider_that_is_down_or_another_leaves_the_desks_own_log_in(
    doors: Doors, provider: ProviderProcess, issuer: Callable[[str], str], said: str
) -> None:
    joined = with_provider(doors, provider, oidc_issuer=issuer(provider.issuer))
    with at_desk(joined) as client:  # nothing is asked at the start
        page = followed(client, client.get("/staff/oidc"))
        assert said in page.text
        assert FORM in page.text
        answer = client.post("/staff/login", data={"login": "eero", "password": PASSWORD})
        assert answer.status_code == 303
        assert client.get("/staff").status_code == 200


def test_a_provider_that_dies_on_the_way_is_told_as_what_it_is(
    client: TestClient, provider: ProviderProcess
) -> None:
    back = comes_back(client, provider)
    provider.stop()
    try:
        assert "ei juuri nyt vastaa" in followed(client, client.get(back)).text
    finally:
        provider.start()


def test_who_has_left_does_not_come_back_by_another_door(client: TestClient, joined: Doors) -> None:
    sign_in(client, "aino")
    with joined.desk.writing() as session:
        session.scalars(select(Person).where(~Person.demo)).one().active = False
    client.cookies.clear()
    assert "merkitty Luukussa lähteneeksi" in sign_in(client, "aino").text
    assert client.get("/staff").status_code == 401


@pytest.mark.parametrize("account", ["eero", "eero@esimerkki.fi"])
def test_an_account_here_is_never_taken_over_by_a_name_or_an_address(
    client: TestClient, joined: Doors, account: str
) -> None:
    with joined.desk.writing() as session:
        person(session, "eero").email = "Eero@esimerkki.fi"
    assert "ei yhdistetä automaattisesti" in sign_in(client, account).text
    nobody_came(joined)


def test_a_verified_address_joins_where_the_setting_says_so_and_nothing_else_does(
    doors: Doors, provider: ProviderProcess
) -> None:
    joined = with_provider(doors, provider, oidc_join="email")
    with joined.desk.writing() as session:
        eero = person(session, "eero")
        eero.email, eero.demo, eero.roles = "Eero@esimerkki.fi", False, ["lead"]
    for account in ("eero", "forger@esimerkki.fi", "eero@esimerkki.fi", "eero"):
        with at_desk(joined) as client:
            sign_in(client, account)
    with joined.desk.reading() as session:
        links = {one.subject: one.person_id for one in session.scalars(select(Identity))}
        assert {subject for subject, of in links.items() if of == eero.id} == {"eero@esimerkki.fi"}
        assert person(session, "eero").roles == ["clerk"]


def test_the_operator_joins_an_account_by_hand_once(
    doors: Doors, provider: ProviderProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    joined = with_provider(doors, provider, database_url=doors.database.url)

    def command(login: str, subject: str) -> int:
        return join_identity(Namespace(login=login, subject=subject), joined.settings)

    assert command(" Eero ", "aino") == 0
    assert [command("maria", "aino"), command("nobody", "sven")] == [1, 1]
    assert "somebody already" in capsys.readouterr().err
    with at_desk(joined) as client:
        sign_in(client, "aino")
        assert client.get("/staff").status_code == 200
    with joined.desk.reading() as session:
        assert person(session, "eero").name == "Aino Kokeilija"  # as the organisation knows them


def test_where_the_organisations_log_in_is_the_only_one_no_password_opens(
    doors: Doors, provider: ProviderProcess
) -> None:
    joined = with_provider(doors, provider, oidc_only=True)
    with at_desk(joined) as client:
        assert FORM not in client.get("/staff/login").text
        answer = client.post("/staff/login", data={"login": "eero", "password": PASSWORD})
        assert answer.status_code == 403
        assert "vain organisaation tunnuksilla" in answer.text
        nobody_came(joined)
        assert "Olet kirjautunut sisään" in sign_in(client, "aino").text


def test_tries_that_fail_are_slowed_down_and_the_password_is_not(client: TestClient) -> None:
    for _ in range(MOST_REFUSED):
        assert "refused=expired" in client.get(f"{PATH}/callback").headers["location"]
    assert "refused=many" in client.get(f"{PATH}/callback").headers["location"]
    answer = client.post("/staff/login", data={"login": "eero", "password": PASSWORD})
    assert answer.status_code == 303


def test_without_a_provider_there_is_no_such_door(doors: Doors) -> None:
    local = replace(doors, settings=Settings(public_url="http://127.0.0.1:80", secret_key="k" * 32))
    with at_desk(local) as client:
        assert "/staff/oidc" not in client.get("/staff/login").text
        for path in (PATH, f"{PATH}/callback?code=x&state=y"):
            assert client.get(path).headers["location"] == "/staff/login?lang=fi"
