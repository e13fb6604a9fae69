"""The site in a real browser, as readers of many kinds meet it."""

import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from operations import operations
from playwright.sync_api import Browser, Page, sync_playwright

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


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Browser]:
    """One for all tests."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no chromium here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A tab of its own, in which relative addresses are the site's, and whose errors fail the test."""
    context = browser.new_context(base_url=f"{address}/", viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.on("request", lambda request: None if address in request.url else errors.append(request.url))
    yield page
    context.close()
    assert errors == []


def test_search_finds_each_method_by_its_name(page: Page) -> None:
    """Among the answers to its name is the place where both modes are described."""
    for name in operations():
        page.goto(f"search.html?q={name}")
        page.wait_for_selector("#search-results .search-summary", state="attached")
        page.wait_for_selector(f"#search-results a[href*='methods.html#cocapi.CocApi.{name}']")


def test_the_menu_works_by_keyboard(page: Page) -> None:
    """From the top of a page, with Tab and Enter alone."""
    page.goto("index.html")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "How-to guides":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/how-to/index.html")


def test_code_is_copied_without_its_prompt(page: Page) -> None:
    """By the button on it."""
    page.goto("index.html")
    page.locator("div.highlight-console").first.hover()
    page.locator("div.highlight-console button.copybtn").first.click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("python -m pip install")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_phone(page: Page, path: str) -> None:
    """Nothing of it is beside the screen, at 360 pixels."""
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_open_to_everybody(page: Page, path: str, scheme: str) -> None:
    """axe-core finds nothing against contrast, landmarks, names and order, in light and dark."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its two words
    page.goto(path)
    violations = Axe().run(page).response["violations"]
    assert [(rule["id"], node["html"]) for rule in violations for node in rule["nodes"]] == []
