"""The customer's page for going on somewhere else; it works without a script too."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from api.contract import Language
from api.doors import Doors
from api.guessing import Address, Guessed
from api.page_texts import language_of, local_time, page, texts
from api.pages import Accepted, At, FormText, Lang, conversation_page
from api.passing_doors import new_code
from desk import passing
from desk.errors import CodeUnknown

router = APIRouter(prefix="/chat", include_in_schema=False)


@router.get("/continue")
async def ask_code(lang: Lang = None, accepted: Accepted = "") -> HTMLResponse:
    return _page(language_of(lang, accepted))


@router.post("/code")
async def show_code(
    at: At, conversation_id: FormText = "", lang: FormText = "", accepted: Accepted = ""
) -> HTMLResponse:
    """A new code of this conversation, to be written down."""
    language = language_of(lang, accepted)
    made = await at.work(new_code, at, conversation_id)
    if made is None:
        return _page(language, 404, problem=texts("passing", language)["nothing_yet"])
    return _page(
        language,
        code=passing.spaced(made),
        until=local_time(at.desk.now() + passing.LASTS, language),
        conversation_id=conversation_id,
    )


@router.post("/continue")
async def go_on(
    at: At,
    guesses: Guessed,
    address: Address,
    code: FormText = "",
    lang: FormText = "",
    accepted: Accepted = "",
) -> HTMLResponse:
    """The chat, with the conversation that the code moves here; else what was wrong."""
    language = language_of(lang, accepted)
    try:
        async with guesses.pass_code(address, code):
            moved = await at.work(_taken, at, code)
    except CodeUnknown:
        return _page(language, 404, problem=texts("problems", language)["code_unknown"])
    except HTTPException as error:
        problem = texts("problems", language)["too_many_tries"]
        return _page(language, error.status_code, problem=problem)
    except SQLAlchemyError:
        return _page(language, 503, problem=texts("problems", language)["busy"])
    return await conversation_page(at, language, moved)


def _taken(at: Doors, code: str) -> str:
    with at.desk.writing() as session:
        return passing.take(session, at.desk.keys, code, channel="web", now=at.desk.now()).id


def _page(language: Language, status: int = 200, **values: str) -> HTMLResponse:
    shown = {"problem": "", "code": "", "until": "", "conversation_id": ""} | values
    t = texts("chat", language) | texts("passing", language)
    return page("passing.html", language, status=status, t=t, **shown)
