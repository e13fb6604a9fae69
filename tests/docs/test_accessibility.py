"""The site in a real browser, as readers of many kinds meet it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

PAGES = [
    "index.html",
    "tutorial/first-steps.html",
    "how-to/index.html",
    "how-to/write-a-plugin.html",
    "how-to/observability.html",
    "reference/operations.html",
    "reference/config.html",
    "reference/api/methods.html",
    "reference/api/errors.html",
    "explanation/architecture.html",
]
"""Ten, of every kind."""

COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules of axe-core that ask for colours; the others find the same in light and dark."""


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_open_to_everybody(page: Page, path: str) -> None:
    """axe-core finds nothing against landmarks, names and order, nor against contrast in light and dark."""
    page.emulate_media(color_scheme="light")
    page.goto(path)
    violations = Axe().run(page).response["violations"]
    page.emulate_media(color_scheme="dark")
    page.reload()  # at once, without transitions
    violations += (
        Axe().run(page, options={"runOnly": COLOURS, "resultTypes": ["violations"]}).response["violations"]
    )
    assert [(rule["id"], node["html"]) for rule in violations for node in rule["nodes"]] == []


def test_pages_fit_a_phone(page: Page) -> None:
    """Nothing of them is beside the screen, at 360 pixels."""
    page.set_viewport_size({"width": 360, "height": 740})
    widths = {}
    for path in PAGES:
        page.goto(path)
        widths[path] = page.evaluate("document.documentElement.scrollWidth")
    assert {path: width for path, width in widths.items() if width > 360} == {}
