"""Stands as the bot's Python: starts the real one with its ports led through the test's lines.

The port that the desk gives becomes a line to the one that the bot listens on. In the surroundings:
FAULTS_BOT_PYTHON, the real Python; FAULTS_LINES, the folder where a file by the given port's name
tells the other; FAULTS_ACTIONS_LINE, the port that action calls go to.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

given = sys.argv[1:]
if "--port" in given:
    at = given.index("--port") + 1
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        own = str(probe.getsockname()[1])
    told = Path(os.environ["FAULTS_LINES"]) / given[at]
    fresh = told.with_suffix(".new")
    fresh.write_text(own)
    fresh.replace(told)
    given[at] = own
if "--actions-url" in given:
    line = os.environ["FAULTS_ACTIONS_LINE"]
    given[given.index("--actions-url") + 1] = f"http://127.0.0.1:{line}/webhook"
python = os.environ["FAULTS_BOT_PYTHON"]
# The clock that jumps is the app's: TensorFlow does not start under a preloaded library.
surroundings = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
os.execve(python, [python, *given], surroundings)  # noqa: S606
