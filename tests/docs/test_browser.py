"""The site in a real browser: what a reader does there."""

from operations import operations
from playwright.sync_api import Page


def test_search_finds_each_method_by_its_name(page: Page) -> None:
    """Among the answers to its name is the place where both modes are described."""
    first, *others = operations()
    page.goto("index.html")
    page.get_by_role("textbox", name="Search").fill(first)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#search-results a[href*='methods.html#cocapi.CocApi.{first}']")
    answers = page.evaluate(
        "names => names.map(name => Search._performSearch(...Search._parseQuery(name)))", others
    )
    places = [{(page, anchor) for page, _, anchor, *_ in found} for found in answers]
    expected = [("reference/api/methods", f"#cocapi.CocApi.{name}") for name in others]
    assert [place for place, found in zip(expected, places, strict=True) if place not in found] == []


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
