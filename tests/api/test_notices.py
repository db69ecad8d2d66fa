"""Notices on their way: a real SMTP server, a real HTTP gateway, and senders that are killed."""

from __future__ import annotations

import asyncio
import email
import json
import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default as email_policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession
from fastapi.testclient import TestClient
from pydantic import ValidationError
from sqlalchemy import select

from actions.hand import Desk
from api.app import create_app
from api.database import Database
from api.letters import Carrier, Letter, Refused, Writer
from api.mail import Mail
from api.sender import Sender
from api.settings import Settings
from api.sms import TextMessages
from desk import contacts, conversations, notices, telling, tickets
from desk.conversations import Place
from desk.models import Ticket
from desk.notices import LEASE, channels_open
from desk.records import Notice
from desk.tickets import Matter
from tests.api import sending_process
from tests.api.conftest import free_port
from tests.api.sending_process import ADDRESS, mail_settings, send_until_killed
from tests.foundation import WEDNESDAY_NOON, Clock, DirectBot, PlantedFinder, a_desk, doors_over

NOW = WEDNESDAY_NOON
MAIL, PHONE = "aino.asiakas@esimerkki.fi", "+358401234567"
LETTER = Letter("a1b2", MAIL, "fi", "Asiasi LK-384-2175", "Hei, ääkköset tulevat perille.", NOW)


# --- the servers ---


@dataclass
class PostOffice:
    """What a real SMTP server does with what it is sent; it answers as the test says."""

    port: int
    says: dict[str, str] = field(default_factory=dict)  # "RCPT" or "DATA" -> its answer
    slow: float = 0.0  # seconds before it answers DATA
    took: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str | None, list[str]]] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: SmtpSession, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        if "RCPT" in self.says:
            return self.says["RCPT"].format(address=address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: SmtpSession, envelope: Envelope) -> str:
        await asyncio.sleep(self.slow)
        if "DATA" in self.says:
            return self.says["DATA"]
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email_policy)
        assert isinstance(message, EmailMessage)
        self.took.append(message)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 OK"

    def opened(self) -> Controller:
        return Controller(self, hostname="127.0.0.1", port=self.port)


@pytest.fixture
def post() -> Iterator[PostOffice]:
    office = PostOffice(free_port())
    controller = office.opened()
    controller.start()
    yield office
    controller.stop(no_assert=True)


@dataclass
class Gateway:
    """A real HTTP server that takes text messages; it answers with `status`."""

    url: str = ""
    status: int = 202
    asked: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    asked_at: list[float] = field(default_factory=list)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    kept = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            kept.asked_at.append(time.monotonic())
            kept.asked.append((dict(self.headers), body))
            self.send_response(kept.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_port}/send"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield kept
    server.shutdown()
    thread.join()
    server.server_close()


def sms_settings(url: str, **more: Any) -> Settings:
    return Settings(sms_url=url, public_url=ADDRESS, **more)


def mail_to(office: PostOffice, *, wait: float = 5.0, **more: Any) -> Mail:
    return Mail(mail_settings(office.port, **more), wait)


def carry(carrier: Carrier, letter: Letter = LETTER) -> None:
    asyncio.run(carrier.carry(letter))


def refusal_of(carrier: Carrier, letter: Letter = LETTER) -> notices.Refusal:
    with pytest.raises(Refused) as refused:
        carry(carrier, letter)
    return refused.value.refusal


# --- e-mail ---


def test_an_email_arrives_whole(post: PostOffice) -> None:
    carry(mail_to(post))
    (message,) = post.took
    assert post.envelopes == [("luukku@esimerkki.fi", [MAIL])]
    assert (message["To"], message["Subject"]) == (MAIL, LETTER.subject)
    assert message["From"] == "Luukku <luukku@esimerkki.fi>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "fi"
    assert message["Reply-To"] is None
    assert message.get_content().strip() == LETTER.text


def test_a_notice_sent_twice_is_one_message_to_its_receiver(post: PostOffice) -> None:
    carry(mail_to(post))
    carry(mail_to(post))
    assert {message["Message-ID"] for message in post.took} == {"<a1b2@esimerkki.fi>"}


def test_a_reply_goes_where_a_person_reads_it(post: PostOffice) -> None:
    carry(mail_to(post, mail_reply_to="neuvonta@esimerkki.fi"))
    assert post.took[0]["Reply-To"] == "neuvonta@esimerkki.fi"


@pytest.mark.parametrize(
    "recipient",
    [
        "aino@esimerkki.fi\r\nBcc: kaikki@esimerkki.fi",
        "aino@esimerkki.fi\nRCPT TO:<kaikki@esimerkki.fi>",
        "aino@esimerkki.fi, kaikki@esimerkki.fi",
        "<aino@esimerkki.fi> kaikki@esimerkki.fi",
        "",
        "@",
    ],
)
def test_no_address_puts_in_a_header_or_a_receiver_of_its_own(
    post: PostOffice, recipient: str
) -> None:
    refusal = refusal_of(mail_to(post), Letter("u", recipient, "fi", "Asia", "Hei", NOW))
    assert not refusal.retry
    assert post.took == []


def test_no_subject_puts_in_a_header(post: PostOffice) -> None:
    evil = Letter("u", MAIL, "fi", "Asia\r\nBcc: kaikki@esimerkki.fi", "Hei", NOW)
    assert not refusal_of(mail_to(post), evil).retry
    assert post.took == []


def test_a_lone_dot_in_the_text_ends_nothing(post: PostOffice) -> None:
    carry(mail_to(post), Letter("u", MAIL, "fi", "Asia", "Hei\n.\nMAIL FROM:<a@b.fi>\n", NOW))
    (message,) = post.took
    assert message.get_content().splitlines()[:2] == ["Hei", "."]


@pytest.mark.parametrize("at", ["RCPT", "DATA"])
def test_a_receiver_refused_for_good_is_not_tried_again(post: PostOffice, at: str) -> None:
    post.says[at] = f"550 5.1.1 <{MAIL}> user unknown"
    refusal = refusal_of(mail_to(post))
    assert refusal == notices.Refusal("SMTP 550 5.1.1", retry=False)


@pytest.mark.parametrize("at", ["RCPT", "DATA"])
def test_a_receiver_refused_for_now_is_tried_again(post: PostOffice, at: str) -> None:
    post.says[at] = f"451 4.7.1 <{MAIL}> greylisted"
    assert refusal_of(mail_to(post)) == notices.Refusal("SMTP 451 4.7.1", retry=True)


def test_a_server_that_does_not_answer_is_tried_again(post: PostOffice) -> None:
    post.slow = 1.5
    refusal = refusal_of(mail_to(post, wait=0.3))
    assert refusal.retry
    assert "Timeout" in refusal.problem


def test_a_server_that_is_away_is_tried_again() -> None:
    away = PostOffice(free_port())
    assert refusal_of(mail_to(away)).retry


def test_a_server_without_the_encryption_asked_for_gets_nothing(post: PostOffice) -> None:
    assert refusal_of(mail_to(post, smtp_tls="starttls")).retry
    assert post.took == []


def test_a_server_that_hangs_up_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up() -> None:
            listening.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        office = PostOffice(listening.getsockname()[1])
        assert refusal_of(mail_to(office)).retry
        thread.join()


# --- text messages ---


async def _carry_sms(settings: Settings, letter: Letter, wait: float) -> None:
    carrier = TextMessages.through(settings, wait=wait)
    try:
        await carrier.carry(letter)
    finally:
        await carrier.close()


def text_message(settings: Settings, wait: float = 5.0) -> None:
    asyncio.run(_carry_sms(settings, Letter("a1b2", PHONE, "fi", "", "Asiasi …", NOW), wait))


def test_a_text_message_is_posted_with_its_key(gateway: Gateway) -> None:
    text_message(sms_settings(gateway.url, sms_token="avain", sms_from="Luukku"))
    ((headers, body),) = gateway.asked
    assert body == {"id": "a1b2", "to": PHONE, "text": "Asiasi …", "from": "Luukku"}
    assert headers["Authorization"] == "Bearer avain"
    assert headers["Idempotency-Key"] == "a1b2"


@pytest.mark.parametrize(
    ("status", "retry"),
    [(400, False), (422, False), (410, False), (401, True), (404, True), (429, True), (503, True)],
)
def test_what_the_gateway_says_decides_whether_it_is_asked_again(
    gateway: Gateway, status: int, retry: bool
) -> None:
    gateway.status = status
    with pytest.raises(Refused) as refused:
        text_message(sms_settings(gateway.url))
    assert refused.value.refusal == notices.Refusal(f"HTTP {status}", retry=retry)


def test_a_redirect_carries_no_number_elsewhere(gateway: Gateway) -> None:
    gateway.status = 307
    with pytest.raises(Refused) as refused:
        text_message(sms_settings(gateway.url))
    assert refused.value.refusal.retry
    assert len(gateway.asked) == 1


def test_a_gateway_that_is_away_is_asked_again() -> None:
    with pytest.raises(Refused) as refused:
        text_message(sms_settings(f"http://127.0.0.1:{free_port()}/send"))
    assert refused.value.refusal.retry


# --- settings ---


@pytest.mark.parametrize(
    "given",
    [
        {"smtp_host": "posti", "public_url": ADDRESS},
        {"smtp_host": "posti", "mail_from": "luukku@esimerkki.fi"},
        {"sms_url": "https://viestit.esimerkki.fi"},
        {"mail_from": "luukku@esimerkki.fi\r\nBcc: x@esimerkki.fi"},
        {"public_url": "luukku.esimerkki.fi"},
        {
            "smtp_host": "posti",
            "smtp_user": "luukku",
            "smtp_tls": "none",
            "mail_from": "luukku@esimerkki.fi",
            "public_url": ADDRESS,
        },
    ],
)
def test_settings_by_which_notices_would_be_lost_stop_the_start(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**given)


def test_without_settings_there_is_no_way_out() -> None:
    assert Settings().notice_channels == frozenset()


def test_passwords_do_not_show() -> None:
    settings = sms_settings("https://viestit.esimerkki.fi", sms_token="salaisuus")
    assert "salaisuus" not in repr(settings)


# --- the sender ---


@pytest.fixture
def telling_house(house: Database) -> Iterator[Database]:
    database = Database(house.url, channels_open(("email", "sms")))
    yield database
    database.dispose()


@pytest.fixture
def telling_desk(telling_house: Database, clock: Clock, planted: PlantedFinder) -> Iterator[Desk]:
    with ThreadPoolExecutor(8) as pool:
        yield a_desk(telling_house, clock, planted, pool)


def taken(desk: Desk, *ways: str) -> Ticket:
    """A ticket whose customer is told that the desk has it."""
    with desk.writing() as session:
        conversation = conversations.begin(session, language="fi", place=Place(), now=NOW)
        ticket = tickets.take(session, conversation, Matter("Asia", "asked"), now=NOW).ticket
        for way in ways:
            contacts.keep(ticket, way)
        assert telling.taken(session, ticket, now=NOW) is not None
        return ticket


def sender(desk: Desk, at_most: float = 5.0, **carriers: Carrier) -> Sender:
    of_the_desk = (desk.reading, desk.writing, desk.now, desk.pool)
    return Sender(*of_the_desk, carriers, Writer(ADDRESS, answers_mail=False), at_most=at_most)


def send_due(desk: Desk, **carriers: Carrier) -> int:
    return asyncio.run(sender(desk, **carriers).send_due())


def outbox(desk: Desk) -> list[Notice]:
    with desk.reading() as session:
        return list(session.scalars(select(Notice).order_by(Notice.id)))


def test_what_is_due_is_sent_and_noted(telling_desk: Desk, post: PostOffice) -> None:
    ticket = taken(telling_desk, MAIL)
    assert send_due(telling_desk, email=mail_to(post)) == 1
    (message,) = post.took
    assert ticket.code in message["Subject"]
    assert f"{ADDRESS}/ticket?lang=fi" in message.get_content()
    assert [(one.state, one.sent_at) for one in outbox(telling_desk)] == [("sent", NOW)]
    assert send_due(telling_desk, email=mail_to(post)) == 0


def test_a_server_that_comes_back_gets_every_notice(
    telling_desk: Desk, post: PostOffice, clock: Clock
) -> None:
    away = PostOffice(free_port())
    for number in range(5):
        taken(telling_desk, f"a{number}@esimerkki.fi")
    for minutes in (0, 1, 5):
        clock.forward(minutes=minutes)
        assert send_due(telling_desk, email=mail_to(away)) == 5
    assert {(one.state, one.attempts) for one in outbox(telling_desk)} == {("waiting", 3)}
    clock.forward(minutes=30)
    assert send_due(telling_desk, email=mail_to(post)) == 5
    assert {one.state for one in outbox(telling_desk)} == {"sent"}
    assert len({message["To"] for message in post.took}) == 5


def test_an_address_that_is_refused_is_followed_by_a_text_message(
    telling_desk: Desk, post: PostOffice, gateway: Gateway
) -> None:
    post.says["RCPT"] = "550 5.1.1 unknown"
    ticket = taken(telling_desk, MAIL, PHONE)

    async def send() -> None:
        texts = TextMessages.through(sms_settings(gateway.url))
        both = sender(telling_desk, email=mail_to(post), sms=texts)
        assert [await both.send_due(), await both.send_due()] == [1, 1]
        await texts.close()

    asyncio.run(send())
    ((_, body),) = gateway.asked
    assert body["to"] == PHONE
    assert ticket.code in body["text"]
    assert [one.state for one in outbox(telling_desk)] == ["failed", "sent"]
    with telling_desk.reading() as session:
        assert session.get_one(Ticket, ticket.id).tags == []


def test_a_slow_server_does_not_hold_the_other_way(
    telling_desk: Desk, post: PostOffice, gateway: Gateway
) -> None:
    post.slow = 4
    taken(telling_desk, MAIL)
    taken(telling_desk, PHONE)

    async def send() -> None:
        texts = TextMessages.through(sms_settings(gateway.url))
        await sender(telling_desk, at_most=2, email=mail_to(post), sms=texts).send_due()
        await texts.close()

    asyncio.run(send())
    assert time.monotonic() - gateway.asked_at[0] > 1  # the mail was still waited for
    assert [(one.channel, one.state) for one in outbox(telling_desk)] == [
        ("email", "waiting"),
        ("sms", "sent"),
    ]
    assert outbox(telling_desk)[0].problem == "too slow"


def test_a_way_that_is_no_more_is_a_failure_that_staff_see(telling_desk: Desk) -> None:
    ticket = taken(telling_desk, MAIL)
    send_due(telling_desk)
    with telling_desk.reading() as session:
        assert session.get_one(Ticket, ticket.id).tags == [notices.FAILED]


@pytest.mark.parametrize("answer", ["250 OK", "550 5.1.1 <{address}> unknown", "451 <{address}>"])
def test_logs_and_problems_hold_nothing_personal(
    telling_desk: Desk, post: PostOffice, caplog: pytest.LogCaptureFixture, answer: str
) -> None:
    caplog.set_level(logging.DEBUG)
    if not answer.startswith("250"):
        post.says["RCPT"] = answer
    ticket = taken(telling_desk, MAIL)
    send_due(telling_desk, email=mail_to(post))
    own = [one.getMessage() for one in caplog.records if one.name.startswith("luukku")]
    assert own
    with telling_desk.reading() as session:
        names = [MAIL, "aino.asiakas", ticket.code, session.get_one(Ticket, ticket.id).owner.name]
    (notice,) = outbox(telling_desk)
    said = "\n".join([*own, notice.problem or ""])
    assert not [name for name in names if name in said]
    # "mail.log" is the test's own server.
    of_libraries = [
        one for one in caplog.records if one.name != "mail.log" and MAIL in one.getMessage()
    ]
    assert of_libraries == []


def test_an_application_with_settings_sends_by_itself(
    telling_house: Database, telling_desk: Desk, post: PostOffice, tmp_path: Path
) -> None:
    taken(telling_desk, MAIL)
    doors = doors_over(telling_house, telling_desk, DirectBot(telling_desk), tmp_path)
    settings = mail_settings(post.port, data_dir=tmp_path, secret_key="k" * 32)
    object.__setattr__(doors, "settings", settings)
    with TestClient(create_app(doors)):
        until = time.monotonic() + 10
        while not post.took and time.monotonic() < until:
            time.sleep(0.05)
    assert len(post.took) == 1


# --- kill -9 ---


CHILDREN = multiprocessing.get_context("forkserver")  # what it has imported, every child has
CHILDREN.set_forkserver_preload([sending_process.__name__])


def a_sender(house: Database, office: PostOffice, now: datetime) -> Any:
    """A process that has begun to send."""
    begun = CHILDREN.Event()
    process = CHILDREN.Process(target=send_until_killed, args=(house.url, office.port, now, begun))
    process.start()
    assert begun.wait(60)
    return process


def kill(process: Any) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.join()


def test_a_sender_killed_between_leasing_and_sending_loses_nothing_and_doubles_nothing(
    telling_desk: Desk, telling_house: Database, post: PostOffice, clock: Clock
) -> None:
    ticket = taken(telling_desk, MAIL)
    post.slow = 60  # the server never answers: the sender dies with the lease in hand
    process = a_sender(telling_house, post, NOW)
    until = time.monotonic() + 60
    while outbox(telling_desk)[0].lease is None and time.monotonic() < until:
        time.sleep(0.02)
    kill(process)
    (notice,) = outbox(telling_desk)
    assert (notice.state, notice.next_at) == ("waiting", NOW + LEASE)
    post.slow = 0
    assert send_due(telling_desk, email=mail_to(post)) == 0
    clock.forward(minutes=5)
    assert send_due(telling_desk, email=mail_to(post)) == 1
    assert [ticket.code in message["Subject"] for message in post.took] == [True]
    assert [one.state for one in outbox(telling_desk)] == ["sent"]


def test_twenty_killed_senders_lose_nothing_and_double_nothing_in_the_database(
    telling_desk: Desk, telling_house: Database, post: PostOffice, clock: Clock
) -> None:
    codes = {taken(telling_desk, f"a{number}@esimerkki.fi").code for number in range(60)}
    post.slow = 0.02
    for round_ in range(20):
        process = a_sender(telling_house, post, clock.at)
        time.sleep(0.01 * (round_ % 8))
        kill(process)
        clock.forward(minutes=6)
    for _ in range(60):
        clock.forward(minutes=6)
        if not send_due(telling_desk, email=mail_to(post)):
            break
    kept = outbox(telling_desk)
    assert [one.state for one in kept] == ["sent"] * 60
    assert {one.values["code"] for one in kept} == codes
    ids = Counter(message["Message-ID"] for message in post.took)
    assert len(ids) == 60  # a receiver's mail program shows each once, however often it went


def test_many_senders_at_once_send_each_notice_once(telling_desk: Desk, post: PostOffice) -> None:
    for number in range(30):
        taken(telling_desk, f"a{number}@esimerkki.fi")

    async def all_of_them() -> None:
        senders = [sender(telling_desk, email=mail_to(post)) for _ in range(5)]

        async def until_empty(one: Sender) -> None:
            while await one.send_due():
                pass

        await asyncio.gather(*map(until_empty, senders))

    asyncio.run(all_of_them())
    assert len(post.took) == 30
    assert {one.state for one in outbox(telling_desk)} == {"sent"}


def test_the_lease_outlasts_the_longest_sending() -> None:
    longest = timedelta(seconds=Sender.__dataclass_fields__["at_most"].default)
    assert longest * 2 < LEASE
