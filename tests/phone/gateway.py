"""A small telephone gateway for tests: takes a SIP call and runs the TwiML that the desk answers.

It says with espeak-ng into RTP, hears RFC 4733 keys, and signs its requests as the provider does.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import shutil
import subprocess
import wave
from dataclasses import dataclass, field
from xml.etree import ElementTree

import httpx
import numpy as np
from opensip import Account, UserAgent
from opensip.ua import Call
from scipy.signal import resample_poly
from twilio.request_validator import RequestValidator

RATE = 8_000
FRAME = 320  # bytes of 20 ms, 16 bits
QUICK = 0.2  # of the seconds that the desk would wait for a caller
VOICES = {"fi-FI": "fi", "sv-SE": "sv"}


def can_speak() -> bool:
    return shutil.which("espeak-ng") is not None


def spoken(text: str, locale: str) -> bytes:
    """The text as 16-bit sound of 8 kHz."""
    said = subprocess.run(
        ["espeak-ng", "-v", VOICES[locale], "-s", "260", "--stdout"],
        input=text.encode(),
        capture_output=True,
        check=True,
    ).stdout
    with wave.open(io.BytesIO(said)) as sound:
        made = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
        rate = sound.getframerate()
    return bytes(resample_poly(made.astype(float), RATE, rate).astype(np.int16).tobytes())


@dataclass
class Gateway:
    """Answers calls at `port` and hands them to the desk at `desk`."""

    desk: str
    token: str
    port: int
    ends_after: int  # questions after which the gateway hangs up; the caller waits for that
    heard: list[str] = field(default_factory=list)  # what was said to the caller, in order
    locales: list[str] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @contextlib.asynccontextmanager
    async def open(self):  # type: ignore[no-untyped-def]
        agent = UserAgent(local_addr=("127.0.0.1", self.port))
        account = Account("luukku", "127.0.0.1", "", server=("127.0.0.1", self.port))
        agent._accounts.append(account)
        tasks: set[asyncio.Task[None]] = set()

        async def rings(call: Call) -> None:
            tasks.add(asyncio.create_task(self._serve(call)))

        agent.on_incoming_call(rings)
        await agent.start()
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await agent.stop()

    async def _serve(self, call: Call) -> None:
        try:
            await self._talk(call)
        except Exception as error:  # noqa: BLE001  (told by the test)
            self.failed.append(repr(error))
        finally:
            call.account.server = call.source
            await call.hangup()
            self.over.set()

    async def _talk(self, call: Call) -> None:
        keys: asyncio.Queue[str] = asyncio.Queue()
        await call.answer()
        call.on_dtmf(keys.put_nowait)
        async with httpx.AsyncClient(timeout=30) as client:
            path, more = "/phone/twiml", dict[str, str]()
            for _ in range(self.ends_after):
                answer = await self._asks(client, call, path, more)
                gather = answer.find("Gather")
                if gather is None:
                    await self._says(call, answer, keys)
                    return
                await self._says(call, gather, keys)
                more = await self._hears(gather, keys)
                path = gather.get("action", "").removeprefix(self.desk)

    async def _asks(
        self, client: httpx.AsyncClient, call: Call, path: str, more: dict[str, str]
    ) -> ElementTree.Element:
        form = {"CallSid": call.call_id, "From": "+358401234567", **more}
        signature = RequestValidator(self.token).compute_signature(f"{self.desk}{path}", form)
        answer = await client.post(
            f"{self.desk}{path}", data=form, headers={"X-Twilio-Signature": signature}
        )
        answer.raise_for_status()
        return ElementTree.fromstring(answer.text)  # noqa: S314  (the desk's own)

    async def _says(self, call: Call, says: ElementTree.Element, keys: asyncio.Queue[str]) -> None:
        """Speaks until all is said or a key breaks in, in real time."""
        for one in says.iter("Say"):
            locale = one.get("language", "")
            self.heard.append(one.text or "")
            self.locales.append(locale)
            sound = await asyncio.to_thread(spoken, one.text or "", locale)
            for at in range(0, len(sound), FRAME):
                if not keys.empty() or not call.rtp:
                    break
                call.write_pcm(sound[at : at + FRAME].ljust(FRAME, b"\0"))
                await asyncio.sleep(0.02)

    async def _hears(self, gather: ElementTree.Element, keys: asyncio.Queue[str]) -> dict[str, str]:
        most, ends = int(gather.get("numDigits", "1")), gather.get("finishOnKey", "#")
        digits = ""
        while len(digits) < most:
            try:
                async with asyncio.timeout(QUICK * int(gather.get("timeout", "5"))):
                    key = await keys.get()
            except TimeoutError:
                break
            self.pressed.append(key)
            if key == ends:
                break
            digits += key
        return {"Digits": digits} if digits else {}
