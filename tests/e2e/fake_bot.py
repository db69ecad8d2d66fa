"""In the place of the bot: "trains" at once, is ready at once, and answers what it is asked to."""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BODIES = {
    "nothing done": b'{"intent": null, "replies": ["Hei!"]}',
    "no json": b"<html>",
    "empty": b"",
}


class Nonsense(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._say(200, b'{"ready": true}')

    def do_POST(self) -> None:
        text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"]
        if text == "hangs up":
            self.connection.close()
        elif text == "slow drip":
            self._drip()
        elif text.startswith("status"):
            self._say(int(text.split()[1]), b"{}")
        else:
            self._say(200, BODIES[text])

    def _drip(self) -> None:
        """A byte now and then, so that no single read is slow."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(20):
            time.sleep(0.5)
            self.wfile.write(b" ")

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        return


if "bot.train" in sys.argv or "bot.models" in sys.argv:
    print("no-model")
else:
    port = int(sys.argv[sys.argv.index("--port") + 1])
    ThreadingHTTPServer(("127.0.0.1", port), Nonsense).serve_forever()
