"""A site that is not the desk's, with the strictest policy that can still load the widget."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import uvicorn
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select

from api.app import create_app
from api.doors import Doors
from desk import tickets
from desk.models import Message, Person, Ticket, Turn
from tests.api.conftest import free_port
from tests.api.test_pages_browser import with_services

PAGE = """<!doctype html><html lang="{lang}" dir="{dir}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Kunta</title>
<script src="{desk}/widget.js" {data} defer></script></head>
<body><main><h1>Kunta</h1><p>Kunnan omaa asiaa.</p>
<p><a href="#loppu" id="link">Linkki</a></p>
<noscript><p><a href="{desk}/?lang=fi">Luukku</a></p></noscript></main></body></html>"""


@dataclass
class Foreign:
    """The foreign site and the desk that its pages embed."""

    site: str
    desk: str
    doors: Doors

    def address(
        self, data: str = "", lang: str = "fi", direction: str = "ltr", query: str = ""
    ) -> str:
        """A page with the widget's tag; `data`: the tag's own attributes."""
        _Pages.kept["/palvelut"] = PAGE.format(lang=lang, dir=direction, desk=self.desk, data=data)
        return f"{self.site}/palvelut{query}"

    def turns(self) -> int:
        with self.doors.desk.reading() as session:
            return session.scalar(select(func.count()).select_from(Turn)) or 0

    def ticket(self) -> Ticket:
        with self.doors.desk.reading() as session:
            return session.scalars(select(Ticket)).one()

    def ratings(self) -> list[tuple[int, str]]:
        with self.doors.desk.reading() as session:
            rated = session.scalars(select(Message).where(Message.kind == "rated"))
            return [(one.data["stars"], one.text) for one in rated]

    def answer(self, text: str) -> None:
        with self.doors.desk.writing() as session:
            ticket = session.scalars(select(Ticket)).one()
            eero = session.scalars(select(Person).where(Person.login == "eero")).one()
            tickets.answer(session, ticket, eero, text, now=self.doors.desk.now())


class _Pages(BaseHTTPRequestHandler):
    kept: dict[str, str] = {}  # noqa: RUF012  (a handler is made for every request)
    desk = ""

    def do_GET(self) -> None:
        body = self.kept.get(self.path.split("?")[0], "").encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header(
            "Content-Security-Policy",
            f"default-src 'none'; script-src {self.desk}; connect-src {self.desk}; "
            "require-trusted-types-for 'script'; trusted-types 'none'",
        )
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def foreign_site(doors: Doors, *, allowed: bool = True) -> Iterator[Foreign]:
    """Both servers, running; `allowed`: whether the desk serves this site."""
    expect.set_options(timeout=20_000)  # the first answer on a busy machine is no fault
    pages = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    site = f"http://127.0.0.1:{pages.server_port}"
    opened = with_services(doors)
    origins = site if allowed else "https://other.example"
    settings = doors.settings.model_copy(update={"allowed_origins": origins})
    opened = replace(opened, settings=settings)
    port = free_port()
    config = uvicorn.Config(create_app(opened), port=port, log_level="warning", lifespan="on")
    running = uvicorn.Server(config)
    threads = [threading.Thread(target=one) for one in (running.run, pages.serve_forever)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 20
    while not running.started and time.monotonic() < deadline:
        time.sleep(0.02)
    _Pages.desk = f"http://127.0.0.1:{port}"
    try:
        yield Foreign(site, _Pages.desk, opened)
    finally:
        opened.listeners.close()
        running.should_exit = True
        pages.shutdown()
        for thread in threads:
            thread.join(20)
        pages.server_close()


# --- what a visitor does ---


def launcher(page: Page) -> Locator:
    return page.locator("luukku-chat .launcher")


def panel(page: Page) -> Locator:
    return page.get_by_role("dialog")


def write(page: Page, text: str) -> None:
    page.locator("luukku-chat #text").fill(text)
    page.locator("luukku-chat #text").press("Enter")


def own(page: Page) -> list[str]:
    return page.locator("luukku-chat .customer .said").all_inner_texts()


def bot_says(page: Page, text: str) -> None:
    expect(page.locator("luukku-chat .bot .said", has_text=text).first).to_be_visible()
