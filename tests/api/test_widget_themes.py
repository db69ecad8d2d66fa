"""The widget's colours: shipped themes can be read, and a site is told of its own that cannot."""

from __future__ import annotations

from itertools import product

import pytest
from playwright.sync_api import Browser, expect

from tests.api.foreign_site import Foreign, launcher
from tests.api.test_pages_browser import Console, axe, browser
from tests.api.test_widget_looks import DESKTOP, console, foreign, visited

pytestmark = pytest.mark.browser
__all__ = ["axe", "browser", "console", "foreign"]  # fixtures

THEMES = ("blue", "green", "wine", "ink")
# WCAG's contrast of two computed colours, "rgb(r, g, b)".
RATIO = """(one, two) => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => part / 255)
      .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [dark, bright] = [light(one), light(two)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}"""


def test_every_shipped_theme_can_be_read_in_both_schemes(
    foreign: Foreign, browser: Browser, console: Console, axe: str
) -> None:
    page = visited(browser, console, foreign, viewport=DESKTOP)
    page.evaluate(axe)
    launcher(page).click()
    page.get_by_role("button", name="Haluan asioida ihmisen kanssa").click()
    expect(page.locator("luukku-chat .ticket")).to_be_visible()
    grounds = set()
    for theme, scheme in product(THEMES, ("light", "dark")):
        page.evaluate(
            "given => { for (const name in given) document.querySelector('luukku-chat')"
            ".setAttribute(name, given[name]) }",
            {"theme": theme, "scheme": scheme},
        )
        found = page.evaluate("axe.run({runOnly: ['color-contrast', 'color-contrast-enhanced']})")
        wrong = [one for one in found["violations"] if one["id"] == "color-contrast"]
        assert wrong == [], (theme, scheme)
        assert found["passes"], (theme, scheme)
        colours = page.evaluate(
            "() => { const look = (one, what) => getComputedStyle(document"
            ".querySelector('luukku-chat').shadowRoot.querySelector(one))[what];"
            "return { edge: look('#text', 'borderTopColor'), paper: look('.panel', "
            "'backgroundColor'), top: look('.top', 'backgroundColor') } }"
        )
        for part in ("edge", "top"):
            assert (
                page.evaluate(
                    f"([one, two]) => ({RATIO})(one, two)", [colours[part], colours["paper"]]
                )
                >= 3
            ), (theme, scheme, part)
        grounds.add(colours["top"])
    assert len(grounds) == len(THEMES) * 2
    page.context.close()


def test_a_sites_own_colours_that_cannot_be_read_are_told_to_its_makers(
    foreign: Foreign, browser: Browser, console: Console
) -> None:
    page = visited(browser, console, foreign)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.evaluate(
        "document.querySelector('luukku-chat').style.setProperty('--luukku-colour', '#ccc')"
    )
    launcher(page).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert [one for one in said if "contrast 1.6:1 is under 4.5:1" in one]
    page.context.close()
