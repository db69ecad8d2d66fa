"""The widget on a foreign page under the strictest policy: nothing lost, nothing doubled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from api.doors import Doors
from desk.models import Conversation
from tests.api.foreign_site import Foreign, bot_says, foreign_site, launcher, own, panel, write
from tests.api.test_pages_browser import Console, browser, opened

pytestmark = pytest.mark.browser
__all__ = ["browser"]  # a fixture

QUESTION = "päiväkoti kiinnostaa"
ANSWER = "Varhaiskasvatus lyhyesti."


@pytest.fixture
def foreign(doors: Doors) -> Iterator[Foreign]:
    with foreign_site(doors) as site:
        yield site


@pytest.fixture
def console() -> Iterator[Console]:
    """No page's rules may be broken, whatever a test does with it."""
    console = Console()
    yield console
    assert console.said == []


@pytest.fixture
def page(browser: Browser, console: Console) -> Iterator[Page]:
    page = opened(browser, console, locale="fi-FI", accept_downloads=True)
    yield page
    page.context.close()


def visited(page: Page, foreign: Foreign, **more: str) -> Page:
    page.goto(foreign.address(**more))
    launcher(page).click()
    return page


def test_a_question_is_answered_on_the_foreign_page_and_its_door_is_kept(
    foreign: Foreign, page: Page
) -> None:
    elsewhere: list[str] = []
    page.on("request", lambda one: elsewhere.append(one.url))
    page.goto(foreign.address('data-municipality="091"', query="?hetu=131052-308T#osa"))
    assert elsewhere[1:] == [f"{foreign.desk}/widget.js"], "nothing is asked before it is opened"
    launcher(page).click()
    write(page, QUESTION)
    bot_says(page, ANSWER)
    address = page.locator("luukku-chat .bot a").first
    assert (address.get_attribute("href") or "").startswith("https://example.org/")
    with foreign.doors.desk.reading() as session:
        conversation = session.query(Conversation).one()
        assert conversation.channel == "widget"
        assert conversation.page == f"{foreign.site}/palvelut"
        assert conversation.municipality_id is not None
    assert all(one.startswith((foreign.site, foreign.desk)) for one in elsewhere)
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length") == 0


def test_a_choice_is_a_button_and_focus_is_not_lost_with_it(foreign: Foreign, page: Page) -> None:
    visited(page, foreign)
    write(page, "tarvitsen asunto-apua")
    page.get_by_role("button", name="Asumistuki").click()
    bot_says(page, "Asumistuki lyhyesti.")
    assert own(page)[-1] == "Asumistuki"
    expect(page.get_by_role("button", name="Vuokra-asunnot")).to_have_count(0)
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.id") == "text"


def test_a_person_is_one_press_away_and_the_card_leads_to_the_matter(
    foreign: Foreign, page: Page
) -> None:
    visited(page, foreign)
    page.get_by_role("button", name="Haluan asioida ihmisen kanssa").click()
    shown = page.locator("luukku-chat .ticket")
    expect(shown).to_be_visible()
    ticket = foreign.ticket()
    assert ticket.code in shown.inner_text()
    assert foreign.doors.desk.keys.ticket_secret(ticket.code) in shown.inner_text()
    assert shown.get_by_role("link").get_attribute("href") == f"{foreign.desk}/ticket?lang=fi"


@pytest.mark.parametrize("stream", [True, False], ids=["events", "long poll"])
def test_what_the_staff_say_arrives_with_the_name_and_is_counted_when_closed(
    foreign: Foreign, page: Page, stream: bool
) -> None:
    def no_stream(route: Route) -> None:
        if "text/event-stream" in route.request.headers.get("accept", ""):
            route.fulfill(status=503)
        else:
            route.continue_()

    if not stream:
        page.route("**/events*", no_stream)
    visited(page, foreign)
    page.get_by_role("button", name="Haluan asioida ihmisen kanssa").click()
    expect(page.locator("luukku-chat .ticket")).to_be_visible()
    page.keyboard.press("Escape")
    foreign.answer("Hei, soitan sinulle!")
    expect(page.get_by_role("button", name="Kysy Luukulta, 1 uusi viesti")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Kysy Luukulta, 1 uusi viesti").click()
    line = page.locator("luukku-chat .line.staff")
    expect(line).to_have_count(1)
    expect(line).to_contain_text("Eero Ek (demo), neuvontapiste")
    foreign.answer("Ja toinenkin asia.")
    expect(line).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Kysy Luukulta", exact=True)).to_be_visible()


# --- when the network fails ---


def test_a_network_loss_neither_loses_nor_doubles_a_message(foreign: Foreign, page: Page) -> None:
    visited(page, foreign)
    page.context.set_offline(True)
    write(page, "tarvitsen asunto-apua")
    write(page, "Asumistuki")
    expect(page.get_by_text("Viesti ei ole vielä perillä.")).to_be_visible()
    page.context.set_offline(False)
    bot_says(page, "Asumistuki lyhyesti.")
    expect(page.get_by_text("Viesti ei ole vielä perillä.")).to_have_count(0)
    assert own(page) == ["tarvitsen asunto-apua", "Asumistuki"]
    assert foreign.turns() == 2


def test_a_lost_answer_and_a_reload_send_the_message_once(foreign: Foreign, page: Page) -> None:
    lost: list[int] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            lost.append(route.fetch().status)
        route.abort()

    visited(page, foreign)
    page.route("**/api/chat", lose)
    write(page, QUESTION)
    expect(page.get_by_role("button", name="Yritä heti uudelleen")).to_be_visible()
    page.unroute("**/api/chat")
    page.reload()
    bot_says(page, ANSWER)
    assert panel(page).is_visible(), "it stays open where it was open"
    expect(page.locator("luukku-chat .customer")).to_have_count(1)
    assert page.locator("luukku-chat .bot", has_text=ANSWER).count() == 1
    assert 200 in lost
    assert foreign.turns() == 1


def test_a_reload_keeps_the_talk_its_choices_and_the_draft(foreign: Foreign, page: Page) -> None:
    visited(page, foreign)
    write(page, "tarvitsen asunto-apua")
    expect(page.get_by_role("button", name="Asumistuki")).to_be_visible()
    said = page.locator("luukku-chat .said").all_inner_texts()
    page.locator("luukku-chat #text").fill("kesken jäänyt")
    page.reload()
    expect(page.get_by_role("button", name="Asumistuki")).to_be_visible()
    assert page.locator("luukku-chat .said").all_inner_texts() == said
    assert page.locator("luukku-chat #text").input_value() == "kesken jäänyt"


def test_where_the_browser_keeps_nothing_it_works_from_memory(foreign: Foreign, page: Page) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', "
        "{ get() { throw new DOMException('no', 'SecurityError') } })"
    )
    visited(page, foreign)
    write(page, QUESTION)
    bot_says(page, ANSWER)


def test_a_refused_message_goes_back_to_the_field_with_the_reason(
    foreign: Foreign, page: Page
) -> None:
    visited(page, foreign, data='data-lang="sv"')
    write(page, "lång " * 5_000)
    expect(page.get_by_text("Meddelandet är för långt.")).to_be_visible()
    assert page.locator("luukku-chat #text").input_value().startswith("lång lång")
    assert foreign.turns() == 0


# --- language, keeping, rating, ending ---


def test_the_language_can_be_turned_and_what_was_said_stays(foreign: Foreign, page: Page) -> None:
    visited(page, foreign)
    write(page, QUESTION)
    bot_says(page, ANSWER)
    page.get_by_role("button", name="På svenska").click()
    expect(page.get_by_role("button", name="Jag vill ha kontakt med en människa")).to_be_visible()
    assert page.locator("luukku-chat .luukku").get_attribute("lang") == "sv"
    assert page.locator("luukku-chat .bot .said").first.get_attribute("lang") == "fi"
    write(page, "dagis åt min dotter, hur söker jag?")
    bot_says(page, "Småbarnspedagogik i korthet.")
    page.reload()
    expect(page.get_by_role("button", name="Suomeksi")).to_be_visible()


def test_the_talk_can_be_kept_as_text_and_printed(
    foreign: Foreign, page: Page, tmp_path: Path
) -> None:
    page.context.add_init_script("window.print = () => { document.body.dataset.printed = 'yes' }")
    visited(page, foreign)
    page.get_by_role("button", name="Haluan asioida ihmisen kanssa").click()
    expect(page.locator("luukku-chat .ticket")).to_be_visible()
    page.get_by_text("Tallenna, arvioi tai lopeta").click()
    with page.expect_download() as waited:
        page.get_by_role("button", name="Tallenna tekstinä").click()
    waited.value.save_as(tmp_path / "kept.txt")
    assert waited.value.suggested_filename == "luukku-keskustelu.txt"
    code = foreign.ticket().code
    assert code in (tmp_path / "kept.txt").read_text("utf-8")
    with page.expect_popup() as printed:
        page.get_by_role("button", name="Tulosta").click()
    sheet = printed.value
    expect(sheet.get_by_role("heading", level=1)).to_have_text("Keskustelu Luukun kanssa")
    assert code in sheet.locator(".ticket").inner_text()
    assert "Haluan asioida ihmisen kanssa" in sheet.locator("main").inner_text()
    assert sheet.locator("html").get_attribute("lang") == "fi"


def test_a_talk_is_rated_without_a_ticket_and_ending_leaves_nothing(
    foreign: Foreign, page: Page
) -> None:
    visited(page, foreign)
    write(page, QUESTION)
    bot_says(page, ANSWER)
    page.get_by_text("Tallenna, arvioi tai lopeta").click()
    page.get_by_role("button", name="Arvioi keskustelu").click()
    page.get_by_role("button", name="Lähetä arvio").click()
    expect(page.get_by_text("Valitse ensin, auttoiko")).to_be_visible()
    page.get_by_label("Hyvin", exact=True).check()
    page.get_by_label("Mikä onnistui").fill("Selkeä, soita 040 123 4567")
    page.get_by_role("button", name="Lähetä arvio").click()
    expect(page.get_by_text("Kiitos, arviosi on tallessa.")).to_be_visible()
    ((stars, words),) = foreign.ratings()
    assert stars == 4
    assert words.startswith("Selkeä")
    assert "123" not in words
    page.get_by_text("Tallenna, arvioi tai lopeta").click()
    page.get_by_role("button", name="Lopeta keskustelu").click()
    expect(page.get_by_text("Keskustelu poistuu tästä selaimesta.")).to_be_visible()
    page.get_by_role("button", name="Lopeta keskustelu").last.click()
    expect(launcher(page)).to_be_focused()
    page.reload()
    launcher(page).click()
    expect(page.locator("luukku-chat .line")).to_have_count(0)


def test_a_site_that_is_not_served_is_told_so_and_shown_the_desks_own_page(
    doors: Doors, browser: Browser
) -> None:
    with foreign_site(doors, allowed=False) as foreign:
        page = opened(browser, Console(), locale="fi-FI")
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        visited(page, foreign)
        link = page.get_by_role("link", name="Avaa keskustelu Luukun omalla sivulla")
        expect(link).to_be_visible()
        assert link.get_attribute("href") == f"{foreign.desk}/?lang=fi"
        expect(page.locator("luukku-chat #text")).to_be_hidden()
        assert any("is not allowed at" in one for one in said)
        page.context.close()
