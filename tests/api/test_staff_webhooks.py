"""The page of webhooks: a receiver is added, tried, paused, looked after and removed by forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.app import create_app
from api.doors import Doors
from desk import webhooks
from desk.door_records import Delivery, Webhook
from desk.outbox import Refusal
from tests.foundation import PASSWORD, WEDNESDAY_NOON, person

TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
URL = "http://127.0.0.1:9/luukku"  # nobody listens: the page is what is tested
PATH = "/staff/webhooks"


@pytest.fixture
def doors(botless_doors: Doors) -> Doors:
    with botless_doors.desk.writing() as session:
        person(session, "eero").roles = ["admin"]
    settings = botless_doors.settings.model_copy(update={"webhook_allow_private": True})
    return replace(botless_doors, settings=settings)


@pytest.fixture
def client(doors: Doors) -> Iterator[TestClient]:
    app = create_app(doors)
    client = TestClient(app)  # not entered: nothing is sent behind the test's back
    client.post("/staff/login", data={"login": "eero", "password": PASSWORD})
    yield client
    client.close()


def post(client: TestClient, deed: str = "", **fields: Any) -> Any:
    token = TOKEN.search(client.get(PATH).text)
    assert token is not None
    form = {"form_token": token[1], "webhook": 1} | fields
    return client.post(PATH + deed, data=form)


def rows(doors: Doors, what: Any) -> list[Any]:
    with doors.desk.reading() as session:
        return list(session.scalars(select(what).order_by(what.id)))


def test_a_secret_is_shown_once_and_never_again(client: TestClient, doors: Doors) -> None:
    added = post(client, url=URL, event=["ticket.closed", "ticket.opened"])
    (webhook,) = rows(doors, Webhook)
    assert added.status_code == 200
    assert webhook.secret in added.text
    assert added.headers["cache-control"] == "no-store"
    assert webhook.events == ["ticket.opened", "ticket.closed"]
    shown = client.get(PATH).text
    assert URL in shown
    assert webhook.secret not in shown


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://example.org", "Osoite ei kelpaa"),
        ("", "Osoite ei kelpaa"),
        ("http://example.org/<b>", "https://"),
        ("https://127.0.0.1/x", "sisäverkkoon"),
        ("https://eiole.invalid/", "ei löydy"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_the_reason_and_stays_in_its_field(
    botless_doors: Doors, doors: Doors, url: str, said: str
) -> None:
    client = TestClient(create_app(botless_doors))  # by the default settings
    client.post("/staff/login", data={"login": "eero", "password": PASSWORD})
    refused = post(client, url=url, event="ticket.closed")
    assert refused.status_code == 422
    assert said in refused.text
    assert f'value="{url}"' in unescape(refused.text)
    assert 'value="ticket.closed" checked' in refused.text
    assert "<b>" not in refused.text
    assert rows(doors, Webhook) == []


def test_the_same_address_is_not_told_twice(client: TestClient, doors: Doors) -> None:
    post(client, url=URL)
    refused = post(client, url=URL)
    assert (refused.status_code, "jo lisätty" in refused.text) == (422, True)
    assert len(rows(doors, Webhook)) == 1


def test_a_receiver_is_tried_paused_resumed_and_removed(client: TestClient, doors: Doors) -> None:
    post(client, url=URL)
    assert "Kokeilu on lähdössä" in post(client, "/test").text
    assert [one.event for one in rows(doors, Delivery)] == [webhooks.TEST]
    assert "Keskeytetty" in post(client, "/pause").text
    assert [one.active for one in rows(doors, Webhook)] == [False]
    assert "Käytössä" in post(client, "/resume").text
    assert "poistettu" in post(client, "/remove").text
    assert rows(doors, Webhook) == rows(doors, Delivery) == []


def test_what_did_not_arrive_is_seen_and_can_be_sent_again(
    client: TestClient, doors: Doors
) -> None:
    post(client, url=URL)
    post(client, "/test")
    with doors.desk.writing() as session:
        (one,) = webhooks.lease(session, "w", now=WEDNESDAY_NOON)
        never = Refusal("HTTP 404", retry=False)
        webhooks.refused(session, one.id, "w", never, now=WEDNESDAY_NOON)
    shown = client.get(PATH).text
    assert "Vastaanottaja vastasi virheellä: HTTP 404" in shown
    assert "Ei yritetä enää" in shown
    swedish = client.get(f"{PATH}?lang=sv").text
    assert "Mottagaren svarade med ett fel: HTTP 404" in swedish
    post(client, "/again")
    assert [(one.state, one.problem) for one in rows(doors, Delivery)] == [("waiting", None)]


@pytest.mark.parametrize("deed", ["/test", "/pause", "/resume", "/again", "/remove"])
def test_one_that_is_removed_already_is_told_of(client: TestClient, deed: str) -> None:
    answer = post(client, deed)
    assert (answer.status_code, "ei enää ole" in answer.text) == (404, True)
