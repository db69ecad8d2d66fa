"""The telephone through jambonz, an open telephone platform of one's own (docs/telephone.md)."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from api.contract import Language
from api.phone import Phone, Ring
from api.phone_app import Phoned
from api.phone_steps import (
    Began,
    Dial,
    Dialled,
    Event,
    Gather,
    Hangup,
    Keys,
    Redirect,
    Say,
    Silence,
    Speech,
    Step,
    heard,
)

router = APIRouter(prefix="/phone/jambonz", include_in_schema=False)
PROVIDER = "jambonz"
HEADER = "Jambonz-Signature"  # t=<seconds>,v1=<hex HMAC-SHA256 of "<seconds>.<body>">
TOLERANCE = 300  # seconds, as jambonz's own library has it
SECONDS = re.compile(r"[0-9]{1,12}")  # more digits are no time, and may be no number to Python
LOCALES = {"fi": "fi-FI", "sv": "sv-SE"}
LAST_STEP = 10_000
OVER = ("completed", "failed", "busy", "no-answer")

type Payload = dict[str, Any]
type Verb = dict[str, Any]

Number = Annotated[int, Query(ge=0, le=LAST_STEP)]


async def _signed(request: Request, phone: Phoned) -> Payload:
    """FastAPI dependency: the body of a request that the platform has signed just now.

    Raises HTTPException: 404 where the door is shut, 403 where the signature does not fit.
    """
    secret = phone.at.settings.jambonz_secret
    if secret is None:
        raise HTTPException(404)
    body = await request.body()
    now = phone.at.desk.now().timestamp()
    if not _fits(request.headers.get(HEADER, ""), body, secret.get_secret_value(), now):
        raise HTTPException(403)
    try:
        told = json.loads(body)
    except ValueError:
        raise HTTPException(400) from None
    if not isinstance(told, dict):
        raise HTTPException(400)
    return told


Signed = Annotated[Payload, Depends(_signed)]


def _fits(header: str, body: bytes, secret: str, now: float) -> bool:
    parts = [part.strip().partition("=") for part in header.split(",")]
    at = next((value for name, _, value in parts if name == "t"), "")
    if not SECONDS.fullmatch(at) or abs(now - int(at)) > TOLERANCE:
        return False
    due = hmac.digest(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hex()
    given = [value for name, _, value in parts if name == "v1"]
    return any(hmac.compare_digest(due.encode(), one.encode()) for one in given)


@router.post("")
async def began(request: Request, told: Signed, phone: Phoned) -> Response:
    """A call comes in."""
    return await _answer(request, told, phone, 0, 0, Began())


@router.post("/turn")
async def turn(
    request: Request, told: Signed, phone: Phoned, step: Number = 0, waited: Number = 0
) -> Response:
    """The caller has pressed keys, spoken or said nothing; or a connection has ended."""
    event = heard(_event(told), step=step, waited=waited)
    return await _answer(request, told, phone, step, waited, event)


@router.post("/status")
async def status(told: Signed, phone: Phoned) -> Response:
    """How the call is; over, when it is."""
    if told.get("call_status") in OVER and told.get("direction") != "outbound":
        await phone.ended(_key(told, phone))
    return Response(status_code=204)


async def _answer(
    request: Request, told: Payload, phone: Phone, step: int, waited: int, event: Event
) -> Response:
    ring = Ring(
        key=_key(told, phone),
        step=step,
        nonce=request.headers[HEADER],
        caller=str(told.get("from") or "") or None,
        waited=waited,
    )
    said, following = await phone.hear(ring, event)
    root = phone.at.settings.public_url or ""
    return JSONResponse(_verbs(said, f"{root}/phone/jambonz/turn?step={following}", waited))


def _key(told: Payload, phone: Phone) -> str:
    call = told.get("call_sid")
    if not isinstance(call, str) or not call:
        raise HTTPException(400)
    return phone.at.desk.keys.call_key(PROVIDER, call)


def _event(told: Payload) -> Event:
    if "dial_call_status" in told:
        return Dialled(answered=told["dial_call_status"] == "completed")
    match told.get("reason"):
        case "dtmfDetected":
            return Keys(str(told.get("digits", "")))
        case "speechDetected" | "stt-low-confidence":
            return _speech(told)
        case _:
            return Silence()


def _speech(told: Payload) -> Event:
    speech = told.get("speech")
    alternatives = speech.get("alternatives") if isinstance(speech, dict) else None
    if not isinstance(alternatives, list) or not alternatives:
        return Silence()
    best = alternatives[0] if isinstance(alternatives[0], dict) else {}
    confidence = best.get("confidence")
    sure = float(confidence) if isinstance(confidence, int | float) else None
    return Speech(str(best.get("transcript", "")), sure)


# --- out ---


def _verbs(step: Step, turn: str, waited: int) -> list[Verb]:
    says = [_say(text, language) for language, text in _joined(step.says)]
    match step:
        case Gather():
            return [*says[:-1], _gather(step, turn, says[-1])]
        case Dial():
            return [*says, _dial(step, turn)]
        case Hangup():
            return [*says, {"verb": "hangup"}]
        case Redirect():
            again = {"verb": "redirect", "actionHook": f"{turn}&waited={waited + 1}"}
            return [*says, {"verb": "pause", "length": step.wait}, again]


def _joined(says: tuple[Say, ...]) -> list[tuple[Language, str]]:
    """What one voice says in one piece: a gather holds but one, and keys break in on that."""
    joined: list[tuple[Language, str]] = []
    for one in says:
        if joined and joined[-1][0] == one.language:
            joined[-1] = (one.language, f"{joined[-1][1]} {one.text}")
        else:
            joined.append((one.language, one.text))
    return joined


def _say(text: str, language: Language) -> Verb:
    return {
        "verb": "say",
        "text": text,
        "synthesizer": {"vendor": "default", "language": LOCALES[language]},
    }


def _gather(step: Gather, turn: str, say: Verb) -> Verb:
    gather: Verb = {
        "verb": "gather",
        "actionHook": turn,
        "input": ["digits", "speech"] if step.speech else ["digits"],
        "timeout": step.timeout,
        "dtmfBargein": True,
        "bargein": step.speech,
        "say": {name: value for name, value in say.items() if name != "verb"},
    }
    if step.speech:
        gather["recognizer"] = {"vendor": "default", "language": LOCALES[step.language]}
    if step.keys > 1:
        return gather | {"maxDigits": step.keys, "finishOnKey": "#"}
    return gather | {"numDigits": 1}


def _dial(step: Dial, turn: str) -> Verb:
    return {
        "verb": "dial",
        "actionHook": turn,
        "target": [{"type": "phone", "number": step.number}],
        "timeout": step.timeout,
    }
