"""A bot in small: answers as the real one does, and does not start with a model that is broken."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MODEL, PORT = Path(sys.argv[1]), int(sys.argv[2])


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = MODEL.name.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        return


if MODEL.read_text() == "broken":
    sys.exit("the model cannot be loaded")
ThreadingHTTPServer(("127.0.0.1", PORT), Answers).serve_forever()
