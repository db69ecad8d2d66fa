"""The actions as an ordinary rasa_sdk action server, for those who run Rasa themselves."""

from __future__ import annotations

import os

from rasa_sdk import endpoint

from api.action_door import executor
from api.opening_up import Say, open_doors
from api.settings import Settings

ANY_ADDRESS = "0.0.0.0"  # noqa: S104  (rasa_sdk's own default; SANIC_HOST names another)


def serve_actions(settings: Settings, port: int, say: Say) -> None:
    """rasa_sdk's own server with the desk's actions, until Ctrl-C.

    It has no key: keep its port on loopback or behind a wall of your own. The turns that it
    closes are those of the database in DATABASE_URL, opened by an app that uses the same one.
    """
    opened = open_doors(settings, bot_url="http://127.0.0.1:1", say=say)
    server = endpoint.create_app_for_serve(executor(opened.doors.desk))
    say(f"rasa_sdk action server on port {port}: POST /webhook")
    # Not endpoint.run(): it sends the actions to a worker process, pickled, and neither a database
    # nor the index in memory can be. This is the same server without that process.
    host = os.environ.get("SANIC_HOST", ANY_ADDRESS)
    server.run(host=host, port=port, single_process=True)
