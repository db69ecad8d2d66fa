"""Webhooks on their way: real receivers that refuse, dawdle and go, and senders that are killed."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from standardwebhooks import WebhookVerificationError

from actions.hand import Desk
from api.app import create_app
from api.database import Database
from api.webhook_sender import Addresses, Poster, WebhookSender
from desk import conversations, tickets, webhooks
from desk.conversations import Place
from desk.door_records import Delivery, Webhook
from desk.tickets import Matter
from desk.webhooks import CLOCK
from tests.api import posting_process
from tests.api.posting_process import post_until_killed
from tests.api.receiving import Receiver, receiving
from tests.foundation import Clock, DirectBot, PlantedFinder, a_desk, doors_over


@pytest.fixture
def telling_house(house: Database, clock: Clock) -> Iterator[Database]:
    database = Database(house.url, {CLOCK: clock})
    yield database
    database.dispose()


@pytest.fixture
def telling_desk(telling_house: Database, clock: Clock, planted: PlantedFinder) -> Iterator[Desk]:
    with ThreadPoolExecutor(8) as pool:
        yield a_desk(telling_house, clock, planted, pool)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def told_at(desk: Desk, url: str) -> Webhook:
    with desk.writing() as session:
        return webhooks.add(session, url, (), now=desk.now())


def matters(desk: Desk, count: int) -> list[str]:
    """The codes of so many new tickets."""
    codes = []
    for number in range(count):
        with desk.writing() as session:
            begun = conversations.begin(session, language="fi", place=Place(), now=desk.now())
            matter = Matter(f"Asia {number}", "asked")
            codes.append(tickets.take(session, begun, matter, now=desk.now()).ticket.code)
    return codes


async def _sent(desk: Desk, client: httpx.AsyncClient | None, **more: Any) -> int:
    poster = Poster.new(Addresses(private=more.pop("private", True)), wait=more.pop("wait", 5.0))
    poster = replace(poster, client=client or poster.client)
    sender = WebhookSender(desk.reading, desk.writing, desk.now, desk.pool, poster, **more)
    tried = await sender.send_due()
    await poster.close()
    return tried


def send_due(desk: Desk, client: httpx.AsyncClient | None = None, **more: Any) -> int:
    return asyncio.run(_sent(desk, client, **more))


def outbox(desk: Desk) -> list[Delivery]:
    with desk.reading() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


# --- to a receiver ---


def test_an_event_arrives_signed_so_that_its_receiver_can_trust_it(
    telling_desk: Desk, receiver: Receiver, clock: Clock
) -> None:
    clock.at = clock.at.now(clock.at.tzinfo)  # the package refuses what was signed long ago
    webhook = told_at(telling_desk, receiver.url)
    (code,) = matters(telling_desk, 1)
    assert send_due(telling_desk) == 1
    (got,) = receiver.got
    told = got.verified(webhook.secret)
    assert (told["type"], told["data"]["ticket"]["code"]) == ("ticket.opened", code)
    assert got.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        replace(got, body=got.body.replace(b"opened", b"closed")).verified(webhook.secret)
    with pytest.raises(WebhookVerificationError):
        got.verified(webhooks.new_secret())
    assert [one.state for one in outbox(telling_desk)] == ["sent"]


def test_a_receiver_that_refuses_gets_everything_once_it_takes_it_in_the_order_of_its_numbers(
    telling_desk: Desk, receiver: Receiver, clock: Clock
) -> None:
    told_at(telling_desk, receiver.url)
    receiver.then = 503
    codes = matters(telling_desk, 5)
    for seconds in (0, 10, 60):
        clock.forward(seconds=seconds)
        send_due(telling_desk)
    assert {one.problem for one in outbox(telling_desk)} == {"HTTP 503"}
    refused_ids = {one.headers["webhook-id"] for one in receiver.got}
    receiver.got.clear()
    receiver.then = 200
    clock.forward(hours=1)
    send_due(telling_desk)
    by_number = sorted(receiver.got, key=lambda one: int(one.told["sequence"]))
    assert [one.told["data"]["ticket"]["code"] for one in by_number] == codes
    assert {one.headers["webhook-id"] for one in receiver.got} == refused_ids
    assert {one.state for one in outbox(telling_desk)} == {"sent"}


@pytest.mark.parametrize("status", [302, 307, 400, 404, 500])
def test_only_a_2xx_is_a_yes_and_no_redirect_is_followed(
    telling_desk: Desk, receiver: Receiver, status: int
) -> None:
    told_at(telling_desk, receiver.url)
    receiver.then = status
    matters(telling_desk, 1)
    send_due(telling_desk)
    (delivery,) = outbox(telling_desk)
    assert (delivery.state, delivery.problem) == ("waiting", f"HTTP {status}")
    assert [one.path for one in receiver.got] == ["/luukku"]


def test_a_receiver_that_says_it_is_gone_is_paused(telling_desk: Desk, receiver: Receiver) -> None:
    told_at(telling_desk, receiver.url)
    receiver.then = 410
    matters(telling_desk, 1)
    send_due(telling_desk)
    with telling_desk.reading() as session:
        assert not session.scalars(select(Webhook)).one().active


def test_a_receiver_that_dawdles_is_not_waited_for(telling_desk: Desk, receiver: Receiver) -> None:
    told_at(telling_desk, receiver.url)
    receiver.slow = 5
    matters(telling_desk, 1)
    began = time.monotonic()
    send_due(telling_desk, wait=0.5)
    assert time.monotonic() - began < 4
    (delivery,) = outbox(telling_desk)
    assert (delivery.state, delivery.problem) == ("waiting", "ReadTimeout")


def test_an_application_posts_by_itself(
    telling_house: Database, telling_desk: Desk, receiver: Receiver, tmp_path: Path
) -> None:
    told_at(telling_desk, receiver.url)
    matters(telling_desk, 1)
    doors = doors_over(telling_house, telling_desk, DirectBot(telling_desk), tmp_path)
    allowing = doors.settings.model_copy(update={"webhook_allow_private": True})
    with TestClient(create_app(replace(doors, settings=allowing))):
        until = time.monotonic() + 10
        while not receiver.got and time.monotonic() < until:
            time.sleep(0.05)
    assert len(receiver.got) == 1


# --- where it may not go ---


def test_a_name_that_leads_inside_by_now_gets_nothing(
    telling_desk: Desk, receiver: Receiver
) -> None:
    told_at(telling_desk, receiver.url.replace("http:", "https:"))
    matters(telling_desk, 1)
    send_due(telling_desk, private=False)
    assert receiver.got == []
    assert outbox(telling_desk)[0].problem == "address refused: private"


def test_the_name_is_what_tls_asks_for_though_the_number_is_what_is_called(
    telling_desk: Desk, tmp_path: Path
) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine: TLS was not tried")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext"
    names = ["subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*made.split(), *names], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    trusting = ssl.create_default_context(cafile=str(cert))
    with receiving(tls) as receiver:
        told_at(telling_desk, f"https://localhost:{receiver.port}/luukku")
        matters(telling_desk, 1)
        send_due(telling_desk)  # nobody vouches for this certificate
        assert (receiver.got, outbox(telling_desk)[0].problem) == ([], "ConnectError")
        with telling_desk.writing() as session:
            webhooks.again(session, session.scalars(select(Webhook)).one(), now=telling_desk.now())
        send_due(telling_desk, httpx.AsyncClient(verify=trusting, trust_env=False))
        assert [one.headers["host"] for one in receiver.got] == [f"localhost:{receiver.port}"]


# --- kill -9 ---


CHILDREN = multiprocessing.get_context("forkserver")  # what it has imported, every child has
CHILDREN.set_forkserver_preload([posting_process.__name__])


def kill_a_sender(house: Database, clock: Clock, after: float) -> None:
    begun = CHILDREN.Event()
    process = CHILDREN.Process(target=post_until_killed, args=(house.url, clock.at, begun))
    process.start()
    assert begun.wait(60)
    time.sleep(after)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()


def test_ten_killed_senders_lose_no_event_and_each_has_one_id(
    telling_desk: Desk, telling_house: Database, receiver: Receiver, clock: Clock
) -> None:
    told_at(telling_desk, receiver.url)
    codes = set(matters(telling_desk, 40))
    receiver.slow = 0.03
    receiver.statuses = [503, 500]
    for round_ in range(10):
        kill_a_sender(telling_house, clock, 0.02 * (round_ % 6))
        clock.forward(minutes=6)
    for _ in range(40):
        clock.forward(minutes=6)
        if not send_due(telling_desk):
            break
    assert [one.state for one in outbox(telling_desk)] == ["sent"] * 40
    arrived = {
        one.headers["webhook-id"]: one.told["data"]["ticket"]["code"] for one in receiver.got
    }
    assert len(arrived) == 40  # however often each came
    assert set(arrived.values()) == codes
