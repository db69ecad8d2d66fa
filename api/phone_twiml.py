"""The telephone through TwiML: Twilio, and others that speak it (docs/telephone.md)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

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

router = APIRouter(prefix="/phone/twiml", include_in_schema=False)
PROVIDER = "twiml"
LOCALES = {"fi": "fi-FI", "sv": "sv-SE"}
VOICES = {"fi": "Polly.Suvi-Neural", "sv": "Polly.Elin-Neural"}
LAST_STEP = 10_000
NOBODY = ("anonymous", "restricted", "unavailable", "unknown", "+266696687", "266696687")

Number = Annotated[int, Query(ge=0, le=LAST_STEP)]


async def _signed(request: Request, phone: Phoned) -> FormData:
    """FastAPI dependency: the form of a request that the provider has signed.

    Raises HTTPException: 404 where the door is shut, 403 where the signature does not fit.
    """
    token = phone.at.settings.twilio_auth_token
    if token is None:
        raise HTTPException(404)
    form = await request.form()
    if any(not isinstance(value, str) for _, value in form.multi_items()):
        raise HTTPException(403)
    validator = RequestValidator(token.get_secret_value())
    if not validator.validate(_address(request, phone), form, _signature(request)):
        raise HTTPException(403)
    return form


Signed = Annotated[FormData, Depends(_signed)]


def _signature(request: Request) -> str:
    return request.headers.get("X-Twilio-Signature", "")


def _address(request: Request, phone: Phone) -> str:
    """The address as the provider called it, which a proxy before us may have changed."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{_root(phone)}{request.url.path}{query}"


def _root(phone: Phone) -> str:
    return phone.at.settings.public_url or ""


@router.post("")
async def began(request: Request, form: Signed, phone: Phoned) -> Response:
    """A call comes in."""
    return await _answer(request, form, phone, 0, 0, Began())


@router.post("/turn")
async def turn(
    request: Request, form: Signed, phone: Phoned, step: Number = 0, waited: Number = 0
) -> Response:
    """The caller has pressed keys, spoken or said nothing; or a connection has ended."""
    event = heard(_event(form), step=step, waited=waited)
    return await _answer(request, form, phone, step, waited, event)


@router.post("/status")
async def status(form: Signed, phone: Phoned) -> Response:
    """The call is over."""
    if str(form.get("CallStatus")) not in ("in-progress", "ringing", "queued", "initiated"):
        await phone.ended(_key(form, phone))
    return Response(status_code=204)


async def _answer(
    request: Request, form: FormData, phone: Phone, step: int, waited: int, event: Event
) -> Response:
    caller = str(form.get("From", ""))
    ring = Ring(
        key=_key(form, phone),
        step=step,
        nonce=_signature(request),
        caller=None if caller.lower() in NOBODY else caller or None,
        waited=waited,
    )
    said, following = await phone.hear(ring, event)
    return Response(_twiml(said, following, waited, _root(phone)), media_type="text/xml")


def _key(form: FormData, phone: Phone) -> str:
    call = str(form.get("CallSid", ""))
    if not call:
        raise HTTPException(400)
    return phone.at.desk.keys.call_key(PROVIDER, call)


def _event(form: FormData) -> Event:
    if "DialCallStatus" in form:
        return Dialled(answered=form["DialCallStatus"] == "completed")
    if form.get("Digits"):
        return Keys(str(form["Digits"]))
    if form.get("SpeechResult"):
        return Speech(str(form["SpeechResult"]), _confidence(str(form.get("Confidence", ""))))
    return Silence()


def _confidence(told: str) -> float | None:
    try:
        return float(told)
    except ValueError:
        return None


# --- out ---


def _twiml(step: Step, following: int, waited: int, root: str) -> str:
    response = VoiceResponse()
    turn = f"{root}/phone/twiml/turn?step={following}"
    match step:
        case Gather():
            _gather(response, step, turn)
        case Dial():
            _say(response, step.says)
            response.dial(step.number, action=turn, method="POST", timeout=step.timeout)
        case Hangup():
            _say(response, step.says)
            response.hangup()
        case Redirect():
            _say(response, step.says)
            response.pause(length=step.wait)
            response.redirect(f"{turn}&waited={waited + 1}", method="POST")
    return str(response)


def _gather(response: VoiceResponse, step: Gather, turn: str) -> None:
    speech = {"speech_timeout": "auto", "language": LOCALES[step.language]} if step.speech else {}
    gather = response.gather(
        input="dtmf speech" if step.speech else "dtmf",
        num_digits=step.keys,
        finish_on_key="#" if step.keys > 1 else "",
        timeout=step.timeout,
        barge_in=True,
        action_on_empty_result=True,
        action=turn,
        method="POST",
        **speech,
    )
    _say(gather, step.says)


def _say(response: object, says: tuple[Say, ...]) -> None:
    for one in says:
        response.say(one.text, voice=VOICES[one.language], language=LOCALES[one.language])  # type: ignore[attr-defined]
