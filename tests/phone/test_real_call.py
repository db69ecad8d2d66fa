"""A real telephone call on this machine: SIP, sound and keys, by the signed door to the desk."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import uvicorn
from opensip.codecs import get_codec
from sqlalchemy import select

from api.app import create_app
from api.database import Database
from api.doors import Doors
from api.phone_words import code_spelt
from desk.models import Conversation, Message, Ticket
from tests.phone.caller import TOKEN
from tests.phone.conftest import with_phone
from tests.phone.gateway import Gateway, can_speak

PCAPS = Path("/usr/share/sip-tester")
RTP_HEADER = 12  # bytes
G711 = {0: "PCMU", 8: "PCMA"}
LOUD = 300  # of 32,767: speech, and no comfort noise

pytestmark = pytest.mark.skipif(
    not (shutil.which("sipp") and can_speak() and PCAPS.is_dir()),
    reason="no sipp or espeak-ng: NO REAL CALL WAS MADE (Debian: sip-tester, espeak-ng)",
)


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def desk_url(open_doors: Doors) -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    app = create_app(with_phone(open_doors, public_url=url))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield url
    server.should_exit = True
    thread.join()


def scenario(keys: str) -> str:
    """What sipp does: calls, presses the keys one after the other, waits for the other's end."""
    presses = "\n".join(
        f'<nop><action><exec play_pcap_audio="{PCAPS}/dtmf_2833_{key}.pcap"/></action></nop>'
        f'<pause milliseconds="1500"/>'
        for key in keys
    )
    sdp = (
        "v=0\no=caller 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\n"
        "m=audio [ear] RTP/AVP 0 101\na=rtpmap:0 PCMU/8000\na=rtpmap:101 telephone-event/8000\n"
        "a=fmtp:101 0-15\na=sendrecv\n"
    )
    head = (
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
        "From: <sip:caller@[local_ip]:[local_port]>;tag=[call_number]\n"
        "To: <sip:luukku@[remote_ip]:[remote_port]>{to}\nCall-ID: [call_id]\n"
        "Contact: <sip:caller@[local_ip]:[local_port]>\nMax-Forwards: 70\n"
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<scenario name="caller">
<send retrans="500"><![CDATA[
INVITE sip:luukku@[remote_ip]:[remote_port] SIP/2.0
{head.format(to="")}CSeq: 1 INVITE
Content-Type: application/sdp
Content-Length: [len]

{sdp}]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="200" rrs="true"/>
<send><![CDATA[
ACK sip:luukku@[remote_ip]:[remote_port] SIP/2.0
{head.format(to="[peer_tag_param]")}CSeq: 1 ACK
Content-Length: 0

]]></send>
<pause milliseconds="3000"/>
{presses}
<recv request="BYE" timeout="90000"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
"""


class Ear(asyncio.DatagramProtocol):
    """What reaches the caller's telephone, as sound."""

    def __init__(self) -> None:
        self.sound: list[np.ndarray] = []

    def datagram_received(self, data: bytes, addr: object) -> None:
        codec = G711.get(data[1] & 0x7F)
        if codec is not None:
            _, decode = get_codec(codec)
            self.sound.append(np.frombuffer(decode(data[RTP_HEADER:]), np.int16))

    def seconds_of_speech(self) -> float:
        return sum(0.02 for one in self.sound if np.sqrt(np.mean(one.astype(float) ** 2)) > LOUD)


async def call(url: str, folder: Path, keys: str, questions: int) -> tuple[Gateway, Ear]:
    port, ear_port = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
    script = folder / "caller.xml"
    script.write_text(scenario(keys), "utf-8")
    loop = asyncio.get_running_loop()
    transport, ear = await loop.create_datagram_endpoint(Ear, local_addr=("127.0.0.1", ear_port))
    gateway = Gateway(url, TOKEN, port, ends_after=questions)
    command = ["sipp", "-sf", str(script), "-m", "1", "-i", "127.0.0.1", "-mi", "127.0.0.1"]
    command += ["-p", str(free_port(socket.SOCK_DGRAM)), "-key", "ear", str(ear_port)]
    async with gateway.open():
        caller = await asyncio.create_subprocess_exec(
            *command,
            f"127.0.0.1:{port}",
            "-nostdin",
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        _, told = await asyncio.wait_for(caller.communicate(), 150)
        assert caller.returncode == 0, (told.decode(), gateway.failed, gateway.pressed)
    transport.close()
    return gateway, ear


def test_a_call_in_finnish_ends_with_a_ticket(
    desk_url: str, house: Database, tmp_path: Path
) -> None:
    gateway, ear = asyncio.run(call(desk_url, tmp_path, "103", questions=4))
    assert gateway.failed == []
    assert gateway.pressed[:3] == ["1", "0", "3"]
    with house.reading() as session:
        ticket = session.scalars(select(Ticket)).one()
        assert session.scalars(select(Conversation.channel)).one() == "phone"
    assert any(code_spelt(ticket.code, "fi") in one for one in gateway.heard)
    assert gateway.locales[2:] == ["fi-FI"] * len(gateway.locales[2:])
    assert ear.seconds_of_speech() > 2


def test_a_call_in_swedish_ends_with_an_answer(
    desk_url: str, house: Database, tmp_path: Path
) -> None:
    gateway, ear = asyncio.run(call(desk_url, tmp_path, "216435", questions=7))
    assert gateway.failed == []
    assert gateway.pressed[:6] == list("216435")
    with house.reading() as session:
        chosen = session.scalars(select(Message.text).where(Message.author == "customer")).one()
        assert session.scalars(select(Ticket)).first() is None
    assert any(one.startswith(chosen[:10]) for one in gateway.heard)
    assert "sv-SE" in gateway.locales[2:]
    assert ear.seconds_of_speech() > 2
