"""The loopback port where the bot's action calls come in, answered by rasa_sdk's executor."""

from __future__ import annotations

import hmac
import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from actions.desk_action import every_action
from actions.hand import Desk

KEY_HEADER = "x-luukku-key"

log = logging.getLogger("luukku.actions")


def executor(desk: Desk) -> ActionExecutor:
    """rasa_sdk's own executor with the desk's actions in it.

    From then on the process's vector products stay on the thread that asks for them.
    """
    # Turns run beside each other. A product that spreads over all cores has its threads spin while
    # they wait for one another: 80 ms of processor time a turn instead of 40 (eight clients).
    threadpool_limits(1, user_api="blas")
    made = ActionExecutor()
    for action in every_action(desk):
        made.register_action(action)
    return made


def create_action_app(desk: Desk, key: str) -> FastAPI:
    """The webhook in the form that Rasa calls, behind the key; nothing else is on this port."""
    app = FastAPI(title="Luukku actions", openapi_url=None, docs_url=None, redoc_url=None)
    actions = executor(desk)

    @app.post("/webhook")
    async def webhook(request: Request) -> JSONResponse:
        given = request.headers.get(KEY_HEADER, "")
        if not hmac.compare_digest(given.encode(), key.encode()):
            return JSONResponse({"error": "key"}, 401)
        call: dict[str, Any] = await request.json()
        # No domain is sent or needed; rasa_sdk would ask for it again without this.
        call.setdefault("domain", {})
        name = str(call.get("next_action"))
        try:
            result = await actions.run(call)
        except ActionNotFoundException as error:
            return JSONResponse({"error": str(error), "action_name": name}, 404)
        except ActionExecutionRejection as error:
            return JSONResponse({"error": str(error), "action_name": name}, 400)
        return JSONResponse(result.model_dump() if result else None)

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> JSONResponse:
        # The type alone: the text of an error may hold what the customer wrote.
        log.error("action failed: %s", type(error).__name__)
        return JSONResponse({"error": type(error).__name__}, 500)

    return app
