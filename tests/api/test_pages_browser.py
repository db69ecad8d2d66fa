"""The customer's page in a real browser, against a real server: nothing doubled, nothing lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright
from sqlalchemy import func, select

from actions.desk_action import settle
from actions.hand import Desk, Heard
from api.app import create_app
from api.doors import Doors
from api.front_desk import FrontDesk
from api.pool import in_pool
from catalog.areas import municipalities
from catalog.codes import DESK_ORGANISATION
from catalog.find import NOTHING_FOUND, Findings, Found
from catalog.models import (
    Channel,
    ChannelText,
    Service,
    ServiceChannel,
    ServiceText,
)
from catalog.places import Municipalities
from desk import tickets
from desk.models import Person, Ticket, Turn
from tests.api.conftest import DEMO_PASSWORD, TIME_LIMIT, free_port

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PHONE = {"width": 390, "height": 844}
SERVICES = {
    "dagis": ("Varhaiskasvatus", "Småbarnspedagogik"),
    "tuki": ("Asumistuki", "Bostadsbidrag"),
    "vuokra": ("Vuokra-asunnot", "Hyresbostäder"),
}


class FakeFinder:
    """Finds by one word of each service, so that every outcome can be had at will."""

    revision = 1
    service_ids = tuple(SERVICES)
    places = Municipalities({})

    def find(self, question: str, language: str, *_: object, **__: object) -> Findings:
        asked = question.lower()
        if "päiväkoti" in asked or "dagis" in asked:
            return Findings((Found("dagis", 0.9),), understood=True)
        if "asunto" in asked or "bostad" in asked:
            return Findings((Found("tuki", 0.4), Found("vuokra", 0.3)), understood=True)
        return NOTHING_FOUND


@dataclass
class FakeBot:
    """Reads every message as a question and runs the real action on it."""

    desk: Desk

    async def turn(self, *, sender: str, text: str, turn_id: int, language: str) -> None:
        heard = Heard(turn_id, "ask_service", 0.9)
        await in_pool(self.desk.pool, settle, self.desk, "action_find_service", heard)

    async def ready(self) -> bool:
        return True

    async def close(self) -> None:
        return None


@dataclass
class Server:
    url: str
    doors: Doors

    def turns(self) -> int:
        with self.doors.desk.reading() as session:
            return session.scalar(select(func.count()).select_from(Turn)) or 0

    def ticket(self) -> Ticket:
        with self.doors.desk.reading() as session:
            return session.scalars(select(Ticket)).one()

    def answer(self, text: str) -> None:
        with self.doors.desk.writing() as session:
            ticket = session.scalars(select(Ticket)).one()
            eero = session.scalars(select(Person).where(Person.login == "eero")).one()
            tickets.answer(session, ticket, eero, text, now=self.doors.desk.now())


@pytest.fixture
def server(doors: Doors) -> Iterator[Server]:
    opened = with_services(doors)
    port = free_port()
    config = uvicorn.Config(create_app(opened), port=port, log_level="warning", lifespan="on")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    deadline = time.monotonic() + 20
    while not running.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield Server(f"http://127.0.0.1:{port}", opened)
    opened.listeners.close()
    running.should_exit = True
    thread.join(20)


def with_services(doors: Doors) -> Doors:
    """The doors with three services in the catalogue and a bot that answers."""
    with doors.desk.writing() as session:
        for service_id, (fi, sv) in SERVICES.items():
            session.add(
                Service(
                    id=service_id,
                    keeper_id=DESK_ORGANISATION,
                    kind="Service",
                    audience="citizens",
                    source="test",
                    content_hash=service_id,
                    texts=[
                        ServiceText(language="fi", name=fi, summary=f"{fi} lyhyesti."),
                        ServiceText(language="sv", name=sv, summary=f"{sv} i korthet."),
                    ],
                )
            )
        session.flush()
        session.add(
            Channel(
                id="verkko",
                kind="EChannel",
                organisation_id=DESK_ORGANISATION,
                source="test",
                content_hash="verkko",
                texts=[
                    ChannelText(language="fi", name="Hakemus", url="https://example.org/hae?a=1"),
                    ChannelText(language="sv", name="Ansökan", url="https://example.org/sok?a=1"),
                ],
            )
        )
        session.flush()
        session.add(ServiceChannel(service_id="dagis", channel_id="verkko"))
    desk = replace(doors.desk, finder=FakeFinder)  # type: ignore[arg-type]
    bot = FakeBot(desk)
    with doors.desk.reading() as session:
        places = municipalities(session)
    front = FrontDesk(desk, bot, lambda: places, TIME_LIMIT * 3)  # type: ignore[arg-type]
    return replace(doors, desk=desk, bot=bot, front=front)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        warnings.warn("NO CHROMIUM HERE: the pages were not tried in a browser", stacklevel=1)
        pytest.skip("no Chromium on this machine: install the package chromium")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield launched
        launched.close()


@dataclass
class Console:
    """What a page complained about: broken scripts and broken rules of the page's own policy."""

    said: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("console", lambda message: self._hear(message.text))

    def _hear(self, text: str) -> None:
        if any(word in text for word in ("Content Security", "Trusted", "violates", "Refused")):
            self.said.append(text)


def opened(browser: Browser, console: Console, **options: object) -> Page:
    context = browser.new_context(viewport=PHONE, **options)  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    page = context.new_page()
    console.listen(page)
    return page


@pytest.fixture
def console() -> Iterator[Console]:
    """No page may break its own rules, whatever a test does with it."""
    console = Console()
    yield console
    assert console.said == []


@pytest.fixture
def page(browser: Browser, console: Console) -> Iterator[Page]:
    page = opened(browser, console, locale="fi-FI")
    yield page
    page.context.close()


@pytest.fixture
def scriptless(browser: Browser, console: Console) -> Iterator[Page]:
    page = opened(browser, console, locale="fi-FI", java_script_enabled=False)
    yield page
    page.context.close()


def write(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")


def own(page: Page) -> list[str]:
    return page.locator(".line-customer .said").all_inner_texts()


def bot_says(page: Page, text: str) -> None:
    expect(page.locator(".line-bot .said", has_text=text).first).to_be_visible()


# --- asking ---


@pytest.mark.parametrize(
    ("language", "question", "service"),
    [
        ("fi", "Miten haen päiväkotipaikkaa? päiväkoti", "Varhaiskasvatus lyhyesti."),
        ("sv", "Hur söker jag dagisplats åt min dotter?", "Småbarnspedagogik i korthet."),
    ],
)
def test_a_question_is_answered_in_the_language_of_the_page(
    server: Server, page: Page, language: str, question: str, service: str
) -> None:
    page.goto(f"{server.url}/?lang={language}")
    assert page.locator("html").get_attribute("lang") == language
    write(page, question)
    bot_says(page, service)
    assert own(page) == [question]
    address = page.locator(".line-bot a").first
    assert (address.get_attribute("href") or "").startswith("https://example.org/")


def test_the_browsers_language_decides_where_none_is_asked_for(
    server: Server, browser: Browser, console: Console
) -> None:
    page = opened(browser, console, locale="sv-FI")
    page.goto(server.url)
    assert page.locator("html").get_attribute("lang") == "sv"
    page.context.close()


def test_an_answer_in_the_other_language_is_marked_so_for_those_who_listen(
    server: Server, page: Page
) -> None:
    page.goto(f"{server.url}/?lang=fi")
    write(page, "Hur söker jag dagisplats åt min dotter?")
    bot_says(page, "Småbarnspedagogik")
    assert page.locator(".line-bot .said").first.get_attribute("lang") == "sv"
    assert page.locator(".line-customer .said").first.get_attribute("lang") == "sv"


def test_the_offered_services_are_buttons_whose_words_become_the_customers_own(
    server: Server, page: Page
) -> None:
    page.goto(server.url)
    write(page, "tarvitsen asunto-asiassa apua")
    page.get_by_role("button", name="Asumistuki").click()
    bot_says(page, "Asumistuki lyhyesti.")
    assert own(page)[-1] == "Asumistuki"
    expect(page.get_by_role("button", name="Vuokra-asunnot")).to_have_count(0)


def test_everything_can_be_done_with_the_keyboard_alone(server: Server, page: Page) -> None:
    page.goto(server.url)
    page.keyboard.press("Tab")
    assert "skip" in (page.locator(":focus").get_attribute("class") or "")
    for _ in range(12):
        if page.evaluate("document.activeElement.id") == "text":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("tarvitsen")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("asunto-apua")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Vuokra-asunnot")).to_be_visible()
    assert own(page) == ["tarvitsen\nasunto-apua"]
    for _ in ("the way to a person", "none of these", "the second service"):
        page.keyboard.press("Shift+Tab")
    assert page.locator(":focus").inner_text() == "Vuokra-asunnot"
    page.keyboard.press("Enter")
    bot_says(page, "Vuokra-asunnot lyhyesti.")


def test_a_person_is_one_press_away_and_the_ticket_is_shown(server: Server, page: Page) -> None:
    page.goto(server.url)
    page.locator("#person").click()
    card = page.locator(".ticket")
    expect(card).to_be_visible()
    ticket = server.ticket()
    shown = card.inner_text()
    assert ticket.code in shown
    assert server.doors.desk.keys.ticket_secret(ticket.code) in shown
    assert "(demo)" in shown


def test_a_refused_message_goes_back_to_the_field_with_the_reason(
    server: Server, page: Page
) -> None:
    page.goto(f"{server.url}/?lang=sv")
    write(page, "lång " * 5_000)
    expect(page.get_by_role("alert")).to_contain_text("Meddelandet är för långt.")
    assert page.locator("#text").input_value().startswith("lång lång")
    assert server.turns() == 0


# --- when the network fails ---


def test_after_a_network_loss_the_message_arrives_once(server: Server, page: Page) -> None:
    page.goto(server.url)
    page.route("**/api/chat", lambda route: route.abort())
    write(page, "päiväkoti kiinnostaa")
    expect(page.get_by_text("Viesti ei ole vielä perillä.")).to_be_visible()
    page.unroute("**/api/chat")
    page.get_by_role("button", name="Yritä heti uudelleen").click()
    bot_says(page, "Varhaiskasvatus")
    expect(page.get_by_text("Viesti ei ole vielä perillä.")).to_have_count(0)
    assert own(page) == ["päiväkoti kiinnostaa"]
    assert server.turns() == 1


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_tired_server_is_tried_again_without_asking(
    server: Server, page: Page, status: int
) -> None:
    left = [status]

    def tired(route: Route) -> None:
        if left:
            route.fulfill(status=left.pop())
        else:
            route.continue_()

    page.goto(server.url)
    page.route("**/api/chat", tired)
    write(page, "päiväkoti kiinnostaa")
    bot_says(page, "Varhaiskasvatus")
    assert server.turns() == 1


def test_a_lost_answer_is_asked_for_again_and_nothing_is_doubled(
    server: Server, page: Page
) -> None:
    lost: list[int] = []

    def lose_first_answer(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.goto(server.url)
    page.route("**/api/chat", lose_first_answer)
    write(page, "päiväkoti kiinnostaa")
    bot_says(page, "Varhaiskasvatus")
    assert lost == [200]
    assert own(page) == ["päiväkoti kiinnostaa"]
    assert page.locator(".line-bot", has_text="Varhaiskasvatus lyhyesti.").count() == 1
    assert server.turns() == 1


def test_what_is_written_meanwhile_waits_for_its_turn(server: Server, page: Page) -> None:
    page.goto(server.url)
    page.route("**/api/chat", lambda route: route.abort())
    write(page, "tarvitsen asunto-apua")
    write(page, "Asumistuki")
    page.unroute("**/api/chat")
    bot_says(page, "Asumistuki lyhyesti.")
    assert own(page) == ["tarvitsen asunto-apua", "Asumistuki"]
    assert server.turns() == 2


def test_a_message_not_yet_sent_survives_a_reload(server: Server, page: Page) -> None:
    page.goto(server.url)
    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/api/chat", lose)
    write(page, "päiväkoti kiinnostaa")
    expect(page.get_by_text("Viesti ei ole vielä perillä.")).to_be_visible()
    page.unroute("**/api/chat")
    page.reload()
    bot_says(page, "Varhaiskasvatus")
    expect(page.locator(".line-customer")).to_have_count(1)
    assert own(page) == ["päiväkoti kiinnostaa"]
    assert server.turns() == 1


# --- what stays ---


def test_a_reload_keeps_the_conversation_its_choices_and_the_draft(
    server: Server, page: Page
) -> None:
    page.goto(server.url)
    write(page, "tarvitsen asunto-apua")
    expect(page.get_by_role("button", name="Asumistuki")).to_be_visible()
    said = page.locator(".said").all_inner_texts()
    page.locator("#text").fill("kesken jäänyt")
    page.reload()
    expect(page.get_by_role("button", name="Asumistuki")).to_be_visible()
    assert page.locator(".said").all_inner_texts() == said
    assert page.locator("#text").input_value() == "kesken jäänyt"


def test_the_ticket_is_still_there_after_a_reload(server: Server, page: Page) -> None:
    page.goto(server.url)
    page.locator("#person").click()
    shown = page.locator(".ticket").inner_text()
    page.reload()
    expect(page.locator(".ticket")).to_be_visible()
    assert page.locator(".ticket").inner_text() == shown


def test_changing_the_language_of_the_page_keeps_everything(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/?lang=fi")
    write(page, "päiväkoti kiinnostaa")
    bot_says(page, "Varhaiskasvatus")
    page.locator("#text").fill("halvmärdigt")
    page.get_by_role("link", name="På svenska").click()
    bot_says(page, "Varhaiskasvatus")
    assert page.locator("html").get_attribute("lang") == "sv"
    assert page.locator("#text").input_value() == "halvmärdigt"
    assert page.locator(".line-bot .said").first.get_attribute("lang") == "fi"


def test_a_conversation_that_the_desk_no_longer_has_begins_anew(server: Server, page: Page) -> None:
    page.goto(server.url)
    page.evaluate("sessionStorage.setItem('luukku', JSON.stringify({id: 'gone-by-now'}))")
    page.reload()
    write(page, "päiväkoti kiinnostaa")
    bot_says(page, "Varhaiskasvatus")


def test_the_conversation_can_be_kept_as_a_file(server: Server, page: Page, tmp_path: Path) -> None:
    page.goto(server.url)
    write(page, "päiväkoti kiinnostaa")
    bot_says(page, "Varhaiskasvatus")
    with page.expect_download() as waited:
        page.get_by_role("button", name="Tallenna keskustelu").click()
    kept = tmp_path / "kept.txt"
    waited.value.save_as(kept)
    assert waited.value.suggested_filename == "luukku-keskustelu.txt"
    assert "päiväkoti kiinnostaa" in kept.read_text("utf-8")
    assert "Varhaiskasvatus lyhyesti." in kept.read_text("utf-8")


def test_on_a_shared_computer_the_conversation_can_be_wiped(server: Server, page: Page) -> None:
    page.goto(server.url)
    write(page, "päiväkoti kiinnostaa")
    bot_says(page, "Varhaiskasvatus")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Tyhjennä ja aloita alusta").click()
    expect(page.locator(".line")).to_have_count(0)
    page.reload()
    expect(page.locator(".line")).to_have_count(0)


def test_nothing_is_left_in_cookies_or_lasting_storage(server: Server, page: Page) -> None:
    page.goto(server.url)
    write(page, "päiväkoti kiinnostaa")
    bot_says(page, "Varhaiskasvatus")
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length") == 0


# --- what the staff say ---


@pytest.mark.parametrize("stream", [True, False], ids=["events", "long poll"])
def test_what_the_staff_say_arrives_by_itself_with_the_name(
    server: Server, page: Page, stream: bool
) -> None:
    if not stream:
        page.add_init_script("delete window.EventSource")
    page.goto(server.url)
    page.locator("#person").click()
    expect(page.locator(".ticket")).to_be_visible()
    server.answer("Hei, soitan sinulle!\nKatso https://example.org/ohje.")
    line = page.locator(".line-staff")
    expect(line).to_contain_text("Hei, soitan sinulle!")
    expect(line).to_contain_text("Eero Ek (demo)")
    assert line.locator("a").get_attribute("href") == "https://example.org/ohje"
    page.reload()
    expect(line).to_have_count(1)


def test_a_refused_stream_is_replaced_by_asking(server: Server, page: Page) -> None:
    def no_stream(route: Route) -> None:
        if "text/event-stream" in route.request.headers.get("accept", ""):
            route.fulfill(status=503)
        else:
            route.continue_()

    page.route("**/events*", no_stream)
    page.goto(server.url)
    page.locator("#person").click()
    expect(page.locator(".ticket")).to_be_visible()
    server.answer("Tulihan se perille.")
    expect(page.locator(".line-staff")).to_contain_text("Tulihan se perille.")


def test_a_member_of_staff_answers_on_their_page_and_the_customer_sees_it(
    server: Server, page: Page, scriptless: Page
) -> None:
    page.goto(server.url)
    page.locator("#person").click()
    expect(page.locator(".ticket")).to_be_visible()
    scriptless.goto(f"{server.url}/staff?show=all&lang=fi")
    scriptless.get_by_label("Käyttäjätunnus").fill("maria")
    scriptless.get_by_label("Salasana").fill(DEMO_PASSWORD)
    scriptless.get_by_role("button", name="Kirjaudu").click()
    scriptless.locator(".queue a").click()
    scriptless.get_by_role("button", name="Ota keskustelu itsellesi").click()
    expect(page.locator(".line-happened")).to_contain_text("Maria Malm (demo)")
    scriptless.get_by_label("Vastauksesi").fill("Mistä on kyse?")
    scriptless.get_by_role("button", name="Lähetä vastaus").click()
    expect(page.locator(".line-staff").last).to_contain_text("Mistä on kyse?")


# --- without a script ---


def test_the_page_does_the_same_job_without_a_script(server: Server, scriptless: Page) -> None:
    page = scriptless
    page.goto(server.url)
    page.locator("#text").fill("tarvitsen asunto-apua")
    page.get_by_role("button", name="Lähetä").click()
    page.get_by_role("button", name="Asumistuki").click()
    bot_says(page, "Asumistuki lyhyesti.")
    assert own(page) == ["tarvitsen asunto-apua", "Asumistuki"]
    page.get_by_role("button", name="På svenska").click()
    assert page.locator("html").get_attribute("lang") == "sv"
    assert own(page) == ["tarvitsen asunto-apua", "Asumistuki"]
    page.locator("#person").click()
    expect(page.locator(".ticket")).to_contain_text(server.ticket().code)
    server.answer("Tässä vastaus.")
    page.get_by_role("button", name="Se om det har kommit svar").click()
    expect(page.locator(".line-staff")).to_contain_text("Tässä vastaus.")


def test_sending_the_same_form_again_sends_nothing_twice(server: Server, scriptless: Page) -> None:
    page = scriptless
    page.goto(server.url)
    page.locator("#text").fill("päiväkoti kiinnostaa")
    page.get_by_role("button", name="Lähetä").click()
    bot_says(page, "Varhaiskasvatus")
    page.reload()
    bot_says(page, "Varhaiskasvatus")
    assert server.turns() == 1


def test_an_empty_form_says_what_is_missing(server: Server, scriptless: Page) -> None:
    scriptless.goto(f"{server.url}/?lang=sv")
    scriptless.get_by_role("button", name="Skicka").click()
    expect(scriptless.get_by_role("alert")).to_contain_text("Skriv först ett meddelande.")


# --- the state of a matter ---


def test_code_and_secret_show_the_matter_and_neither_goes_into_an_address(
    server: Server, page: Page
) -> None:
    page.goto(server.url)
    page.locator("#person").click()
    expect(page.locator(".ticket")).to_be_visible()
    server.answer("Tässä vastaus.")
    ticket = server.ticket()
    secret = server.doors.desk.keys.ticket_secret(ticket.code)
    page.goto(f"{server.url}/ticket")
    page.get_by_label("Tunnus").fill(ticket.code)
    page.get_by_label("Salasana").fill(secret)
    page.get_by_role("button", name="Näytä asia").click()
    expect(page.locator("main")).to_contain_text("Sinulle on vastattu")
    expect(page.locator("main")).to_contain_text("Tässä vastaus.")
    assert secret not in page.url
    assert ticket.code not in page.url


def test_a_wrong_code_and_a_wrong_secret_are_told_alike(server: Server, page: Page) -> None:
    page.goto(server.url)
    page.locator("#person").click()
    expect(page.locator(".ticket")).to_be_visible()
    ticket = server.ticket()
    secret = server.doors.desk.keys.ticket_secret(ticket.code)
    said = set()
    for code, key in ((ticket.code, "vaara"), ("LK-000-0000", secret), ("hömppä", "")):
        answer = page.request.post(f"{server.url}/ticket", form={"code": code, "secret": key})
        assert answer.status == 404
        said.add(answer.text().replace(code, "*"))
    assert len(said) == 1


# --- for everyone ---


@pytest.mark.parametrize("path", ["/", "/ticket", "/accessibility", "/staff"])
def test_at_four_hundred_per_cent_nothing_runs_off_the_side(
    server: Server, page: Page, path: str
) -> None:
    page.set_viewport_size({"width": 320, "height": 256})
    page.goto(f"{server.url}{path}")
    if path == "/":
        write(page, "tarvitsen asunto-apua")
        expect(page.get_by_role("button", name="Asumistuki")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """axe-core's source, from a folder named by AXE_CORE or else from the npm registry."""
    named = os.environ.get("AXE_CORE")
    folder = Path(named or tmp_path_factory.getbasetemp() / "axe" / "package")
    if named is None and not folder.exists():  # several files use it, one fetches it
        folder = folder.parent
        folder.mkdir(exist_ok=True)
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("no npm: the pages were not checked with axe")
        got = subprocess.run(
            [npm, "pack", "axe-core@4"], cwd=folder, capture_output=True, timeout=60, check=False
        )
        if got.returncode:
            pytest.skip("axe-core cannot be had: the pages were not checked with it")
        shutil.unpack_archive(next(folder.glob("*.tgz")), folder)
        folder /= "package"
    return (folder / "axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_complain_about(
    server: Server, browser: Browser, console: Console, axe: str, scheme: str
) -> None:
    page = opened(browser, console, locale="fi-FI", color_scheme=scheme)
    page.goto(server.url)
    write(page, "tarvitsen asunto-apua")
    expect(page.get_by_role("button", name="Asumistuki")).to_be_visible()
    check(page, axe)
    page.locator("#person").click()
    expect(page.locator(".ticket")).to_be_visible()
    server.answer("Tässä vastaus.")
    expect(page.locator(".line-staff")).to_be_visible()
    check(page, axe)
    for path in ("/ticket", "/accessibility", "/staff"):
        page.goto(f"{server.url}{path}")
        check(page, axe)
    page.get_by_label("Käyttäjätunnus").fill("maria")
    page.get_by_label("Salasana").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Kirjaudu").click()
    page.goto(f"{server.url}/staff?show=all")
    check(page, axe)
    page.goto(f"{server.url}/staff/tickets/{server.ticket().code}")
    check(page, axe)
    page.context.close()


def check(page: Page, axe: str) -> None:
    page.wait_for_timeout(300)  # half-faded text has no contrast yet
    page.evaluate(axe)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("tags => axe.run({runOnly: tags})", tags)
    wrong = [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
    assert wrong == [], page.url
