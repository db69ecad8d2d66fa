"""The jambonz door: signed, and every verb of it in the form of jambonz' own JSON Schemas."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.database import Database
from api.doors import Doors
from api.phone_words import code_spelt
from desk.models import Ticket
from tests.foundation import WEDNESDAY_NOON, Clock
from tests.phone.caller import PUBLIC, TOKEN
from tests.phone.conftest import Opened

FIRST = "/phone/jambonz"
SCHEMA = "@jambonz/schema@0.4.15"
NOW = int(WEDNESDAY_NOON.timestamp())
CALL = {"call_sid": "c-1", "from": "+358401234567", "to": "+35891234", "direction": "inbound"}
CHECK = """
const {readFileSync} = require('fs');
const {join} = require('path');
const Ajv = require('ajv');
const root = join(process.cwd(), 'node_modules/@jambonz/schema');
const {validateApp} = require(root);
const ajv = new Ajv({strict: false, validateSchema: false, logger: false});
const read = name => JSON.parse(readFileSync(join(root, `callbacks/${name}.schema.json`)));
const names = ['base', 'session-new', 'gather', 'dial', 'call-status'];
for (const name of names) ajv.addSchema(read(name));
for (const [kind, told] of JSON.parse(readFileSync(0))) {
  if (kind === 'app') {
    const {valid, errors} = validateApp(told);
    if (!valid) throw new Error(JSON.stringify(errors) + JSON.stringify(told));
    continue;
  }
  const fits = ajv.getSchema(`https://jambonz.org/schema/callbacks/${kind}`);
  if (!fits(told)) throw new Error(kind + JSON.stringify(fits.errors) + JSON.stringify(told));
}
"""


def signed(body: bytes, at: int = NOW, secret: str = TOKEN) -> dict[str, str]:
    mac = hmac.digest(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hex()
    return {"Jambonz-Signature": f"t={at},v1={mac}", "Content-Type": "application/json"}


class Platform:
    """What jambonz posts in one call; everything told and answered is kept for the schemas."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.kept: list[tuple[str, Any]] = []
        self.verbs: list[dict[str, Any]] = []

    def rings(self) -> str:
        return self._posts(FIRST, "session-new", {"call_status": "trying"})

    def presses(self, keys: str) -> str:
        return self._gathered({"reason": "dtmfDetected", "digits": keys})

    def says(self, text: str, confidence: float = 0.9) -> str:
        heard = [{"transcript": text, "confidence": confidence}]
        told = {"language_code": "fi-FI", "is_final": True, "alternatives": heard}
        return self._gathered({"reason": "speechDetected", "speech": told})

    def is_silent(self) -> str:
        return self._gathered({"reason": "timeout"})

    def is_connected(self, status: str) -> str:
        return self._posts(self._hook(), "dial", {"dial_call_status": status})

    def _gathered(self, told: dict[str, Any]) -> str:
        return self._posts(self._hook(), "gather", told)

    def _hook(self) -> str:
        hook = next(one["actionHook"] for one in self.verbs if "actionHook" in one)
        return str(hook).removeprefix(PUBLIC)

    def _posts(self, path: str, kind: str, more: dict[str, Any]) -> str:
        told = {**CALL, "call_status": "in-progress", **more}
        body = json.dumps(told).encode()
        # A second later each: one that comes twice in a second is the same request told again.
        headers = signed(body, NOW + len(self.kept))
        answer = self.client.post(path, content=body, headers=headers)
        assert answer.status_code == 200, answer.text
        self.verbs = answer.json()
        self.kept += [(kind, told), ("app", self.verbs)]
        says = [one.get("say", one).get("text", "") for one in self.verbs]
        return " ".join(says)


@pytest.fixture
def platform(phone: TestClient) -> Platform:
    return Platform(phone)


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm: jambonz' verbs were NOT checked against its schemas")
    folder = tmp_path_factory.mktemp("jambonz")
    got = subprocess.run(
        [npm, "install", "--silent", "--no-audit", "--no-fund", SCHEMA],
        cwd=folder,
        capture_output=True,
        timeout=120,
        check=False,
    )
    if got.returncode:
        pytest.skip("@jambonz/schema cannot be had: jambonz' verbs were NOT checked")
    return folder


def test_every_verb_and_callback_has_the_form_of_the_schemas(
    open_doors: Doors, opened: Opened, house: Database, schemas: Path
) -> None:
    platform = Platform(opened(open_doors))
    platform.rings()
    platform.presses("1")
    platform.says("jotain aivan muuta")
    platform.presses("0")
    with house.reading() as session:
        ticket = session.scalars(select(Ticket)).one()
    assert any(
        code_spelt(ticket.code, "fi") in json.dumps(told, ensure_ascii=False)
        for _, told in platform.kept
    )
    for _ in range(2):
        platform.is_silent()
    assert platform.verbs[-1]["verb"] == "hangup"
    assert complaints(schemas, platform.kept) == ""
    assert "must match" in complaints(schemas, [("app", [{"verb": "gather", "timeout": "long"}])])


def complaints(schemas: Path, told: list[tuple[str, Any]]) -> str:
    checked = subprocess.run(
        ["node", "-e", CHECK],
        cwd=schemas,
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return checked.stderr if checked.returncode else ""


def test_both_voices_are_heard_first_and_keys_break_in(platform: Platform) -> None:
    heard = platform.rings()
    assert "automaatti" in heard
    assert "automat" in heard
    assert platform.verbs[0]["synthesizer"]["language"] == "fi-FI"
    assert platform.verbs[1]["say"]["synthesizer"]["language"] == "sv-SE"
    assert platform.verbs[1]["dtmfBargein"] is True


@pytest.mark.parametrize(
    ("at", "secret"), [(NOW, "another"), (NOW - 301, TOKEN), (NOW + 301, TOKEN)]
)
def test_a_signature_that_does_not_fit_or_is_old_is_refused(
    phone: TestClient, at: int, secret: str
) -> None:
    body = json.dumps(CALL).encode()
    assert phone.post(FIRST, content=body, headers=signed(body, at, secret)).status_code == 403
    assert phone.post(FIRST, content=body).status_code == 403
    changed = phone.post(FIRST, content=body + b" ", headers=signed(body))
    assert changed.status_code == 403


@pytest.mark.parametrize("at", ["9" * 400, "9" * 5_000, "²", ""])
def test_a_signature_of_no_time_is_refused_and_not_an_error(phone: TestClient, at: str) -> None:
    header = {"Jambonz-Signature": f"t={at},v1=00".encode()}
    assert phone.post(FIRST, content=b"{}", headers=header).status_code == 403


def test_a_signed_body_moves_no_second_step_of_its_call(platform: Platform, clock: Clock) -> None:
    platform.rings()
    body = json.dumps({**CALL, "reason": "dtmfDetected", "digits": "1"}).encode()
    headers = signed(body)
    first = platform.client.post(f"{FIRST}/turn?step=1", content=body, headers=headers).json()
    moved = platform.client.post(f"{FIRST}/turn?step=2", content=body, headers=headers).json()
    assert moved == first


def test_a_body_that_is_no_payload_is_refused_and_not_an_error(phone: TestClient) -> None:
    for body in (b"[]", b"{", b"{}", b'{"call_sid": 7}'):
        assert phone.post(FIRST, content=body, headers=signed(body)).status_code == 400
