"""Signing in by the organisation's own account, at a real identity provider."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from api.doors import Doors
from desk import conversations, tickets
from desk.conversations import Place
from desk.door_records import Identity
from desk.models import Person, StaffSession, Ticket
from desk.tickets import Matter
from tests.api.provider_process import (
    SECRET,
    ProviderProcess,
    at_desk,
    begin,
    doors,
    provider,
    provider_folder,
    sign_in,
    signs_in_there,
    with_provider,
)
from tests.foundation import PASSWORD

__all__ = ["doors", "provider", "provider_folder"]  # fixtures
TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@pytest.fixture
def joined(doors: Doors, provider: ProviderProcess) -> Doors:
    """The desk with the provider."""
    return with_provider(doors, provider)


@pytest.fixture
def client(joined: Doors) -> Iterator[TestClient]:
    with at_desk(joined) as client:
        yield client


def of(doors: Doors, subject: str) -> Person:
    """Whom the provider means by the subject."""
    with doors.desk.reading() as session:
        wanted = select(Person).join(Identity, Identity.person_id == Person.id)
        return session.scalars(wanted.where(Identity.subject == subject)).one()


def log_out(client: TestClient) -> str:
    token = TOKEN.search(client.get("/staff/absences").text)
    assert token is not None
    answer = client.post("/staff/logout", data={"form_token": token[1]})
    return answer.headers.get("location") or answer.text


def test_the_first_log_in_adds_the_person_with_the_roles_of_their_groups(
    client: TestClient, joined: Doors
) -> None:
    page = sign_in(client, "sven", lang="sv")
    assert page.status_code == 200
    assert "Du är inloggad" in page.text
    sven = of(joined, "sven")
    assert (sven.name, sven.login) == ("Sven Provare", "sven.provare@esimerkki.fi")
    assert (sven.roles, sven.languages) == (["clerk", "lead"], ["sv"])
    assert sven.password_hash is None
    queue = client.get("/staff")
    assert queue.status_code == 200
    assert "Inloggad som Sven Provare" in queue.text


def test_a_client_with_a_secret_signs_in_too(doors: Doors, provider: ProviderProcess) -> None:
    secret = {"oidc_client_id": "luukku-secret", "oidc_client_secret": SECRET}
    with at_desk(with_provider(doors, provider, **secret)) as client:
        assert "Olet kirjautunut sisään" in sign_in(client, "aino").text
        assert client.get("/staff").status_code == 200


def test_who_asked_for_a_page_is_led_to_it(client: TestClient) -> None:
    asked = client.get("/staff/absences?lang=sv")
    assert asked.status_code == 401
    link = re.search(r'href="(/staff/oidc\?[^"]+)"', asked.text)
    assert link is not None
    wanted = parse_qs(urlsplit(link[1].replace("&amp;", "&")).query)
    page = sign_in(client, "aino", **{name: value[0] for name, value in wanted.items()})
    assert 'content="0; url=/staff/absences?lang=sv"' in page.text


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/staff", "/chat"])
def test_no_log_in_leads_away_from_the_desk(client: TestClient, elsewhere: str) -> None:
    page = sign_in(client, "aino", next=elsewhere)
    assert "evil" not in page.text
    assert 'content="0; url=/staff"' in page.text


def test_the_second_log_in_is_the_same_person(client: TestClient, joined: Doors) -> None:
    sign_in(client, "aino")
    first = of(joined, "aino").id
    client.cookies.clear()
    sign_in(client, "aino")
    assert of(joined, "aino").id == first
    with joined.desk.reading() as session:
        named = select(func.count()).where(Person.name == "Aino Kokeilija")
        assert session.scalar(named) == 1


def test_the_verifier_stays_here_and_the_state_is_new_each_time(client: TestClient) -> None:
    one, other = (parse_qs(urlsplit(begin(client)).query) for _ in range(2))
    assert one["code_challenge_method"] == ["S256"]
    assert "code_verifier" not in one
    for name in ("state", "nonce", "code_challenge"):
        assert one[name] != other[name]


def test_the_cookies_are_strict_and_out_of_scripts_reach(
    doors: Doors, provider: ProviderProcess
) -> None:
    with at_desk(with_provider(doors, provider, secure_cookies=True)) as client:
        begun = client.get("/staff/oidc")
        (kept,) = begun.headers.get_list("set-cookie")
        assert "HttpOnly" in kept
        assert "Secure" in kept
        assert "SameSite=lax" in kept
        assert "Path=/staff/oidc" in kept
    with at_desk(with_provider(doors, provider)) as client:
        place = begin(client)
        back = signs_in_there(place, "aino", provider.desk_url)
        sessions = client.get(back).headers.get_list("set-cookie")
        (session,) = [one for one in sessions if one.startswith("luukku_staff=")]
        assert "HttpOnly" in session
        assert "SameSite=strict" in session


def test_roles_follow_the_groups_at_every_log_in(
    client: TestClient, joined: Doors, provider: ProviderProcess
) -> None:
    sign_in(client, "aino")
    assert of(joined, "aino").roles == ["clerk"]
    provider.gives("aino", "desk", "leads")
    try:
        sign_in(client, "aino")
        assert of(joined, "aino").roles == ["clerk", "lead"]
    finally:
        provider.gives("aino", "desk")


def test_matters_of_one_who_may_answer_no_more_go_to_others(
    client: TestClient, joined: Doors, provider: ProviderProcess
) -> None:
    sign_in(client, "aino")
    aino, now = of(joined, "aino"), datetime.now(UTC)
    with joined.desk.writing() as session:
        conversation = conversations.begin(session, language="fi", place=Place(), now=now)
        ticket = tickets.take(session, conversation, Matter("Asia", "asked"), now=now).ticket
        ticket.owner = session.get_one(Person, aino.id)
        due_at = ticket.due_at
    provider.gives("aino", "keepers")
    try:
        sign_in(client, "aino")
    finally:
        provider.gives("aino", "desk")
    with joined.desk.reading() as session:
        moved = session.get_one(Ticket, ticket.id)
        assert moved.owner_id != aino.id
        assert moved.due_at == due_at
        assert session.get_one(Person, aino.id).roles == ["keeper"]


def test_one_who_loses_every_group_is_out_at_once(
    client: TestClient, joined: Doors, provider: ProviderProcess
) -> None:
    sign_in(client, "aino")
    assert client.get("/staff").status_code == 200
    provider.gives("aino", "canteen")
    try:
        with at_desk(joined) as elsewhere:
            assert "ei ole oikeuksia" in sign_in(elsewhere, "aino").text
    finally:
        provider.gives("aino", "desk")
    assert client.get("/staff").status_code == 401
    assert of(joined, "aino").roles == []


def test_keys_that_the_provider_changes_are_read_anew(
    client: TestClient, provider: ProviderProcess
) -> None:
    sign_in(client, "aino")
    provider.stop()
    provider.start()
    client.cookies.clear()
    assert "Olet kirjautunut sisään" in sign_in(client, "aino").text


def test_logging_out_ends_the_session_and_goes_on_to_the_providers_end(
    client: TestClient, joined: Doors, provider: ProviderProcess
) -> None:
    sign_in(client, "aino")
    page = log_out(client)
    onward = re.search(r'content="0; url=([^"]+)"', page)
    assert onward is not None
    place = urlsplit(onward[1].replace("&amp;", "&"))
    assert f"{place.scheme}://{place.netloc}" == provider.issuer
    assert parse_qs(place.query)["post_logout_redirect_uri"] == [f"{provider.desk_url}/staff/login"]
    assert client.get("/staff").status_code == 401
    with joined.desk.reading() as session:
        assert session.scalar(select(func.count()).select_from(StaffSession)) == 0


def test_one_with_a_password_logs_out_here_alone(client: TestClient) -> None:
    client.post("/staff/login", data={"login": "eero", "password": PASSWORD})
    assert log_out(client) == "/staff/login?lang=fi"


def test_a_provider_that_is_down_keeps_nobody_from_logging_out(
    client: TestClient, provider: ProviderProcess
) -> None:
    sign_in(client, "aino")
    client.app.state.provider._read_at = None  # type: ignore[attr-defined]  # an hour later
    provider.stop()
    try:
        assert log_out(client) == "/staff/login?lang=fi"
    finally:
        provider.start()
    assert client.get("/staff").status_code == 401
