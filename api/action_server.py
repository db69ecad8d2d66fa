"""The actions as an ordinary rasa_sdk action server, for those who run Rasa themselves."""

from __future__ import annotations

from rasa_sdk import endpoint

from api.action_door import executor
from api.opening_up import Say, open_doors
from api.settings import Settings


def serve_actions(settings: Settings, port: int, say: Say) -> None:
    """rasa_sdk's own server with the desk's actions, until Ctrl-C.

    It has no key: keep its port on loopback or behind a wall of your own. The turns that it
    closes are those of the database in DATABASE_URL, opened by an app that uses the same one.
    """
    opened = open_doors(settings, bot_url="http://127.0.0.1:1", say=say)
    say(f"rasa_sdk action server on port {port}: POST /webhook")
    endpoint.run(executor(opened.doors.desk), port=port)
