"""Why a file was not taken, or cannot be opened: a status and a sentence that says what to do."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from api.contract import Language, Problem
from api.page_texts import texts
from desk.errors import FileRefused, FileUnknown

STATUS = {"size": 413, "many": 409, "total": 409, "full": 503}  # any other reason: 422
MEGABYTE = 1_000_000

type FileError = FileRefused | FileUnknown


def told(error: FileError, language: Language) -> tuple[int, str]:
    """The status, and the sentence in this language."""
    status, name = _named(error)
    most = getattr(error, "most", 0)
    shown = most // MEGABYTE if most >= MEGABYTE else most
    return status, texts("files", language)[name].format(most=shown)


def handle_file_problems(app: FastAPI) -> None:
    """An error of a file leaves the API as every other does: with a sentence in both languages."""

    async def known(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, FileRefused | FileUnknown)
        status, name = _named(error)
        body = Problem(error=name, fi=told(error, "fi")[1], sv=told(error, "sv")[1])
        return JSONResponse(body.model_dump(), status)

    app.add_exception_handler(FileRefused, known)
    app.add_exception_handler(FileUnknown, known)


def _named(error: FileError) -> tuple[int, str]:
    if isinstance(error, FileUnknown):
        return 404, "file_unknown"
    return STATUS.get(error.reason, 422), f"file_{error.reason}"
