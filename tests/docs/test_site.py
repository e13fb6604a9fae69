"""The site as it is built: whole, standing by itself, and true."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from operations import example, operations

import cocapi
from cocapi import ApiConfig, AsyncCocApi, CocApi, errors, events, models
from cocapi.calls import hookspecs
from cocapi_cli.app import program
from cocapi_cli.commandline import CommandLine
from cocapi_sandbox import Sandbox

ROOT = Path(__file__).parents[2]


class Page(HTMLParser):
    """What a page loads, where its links lead, and what can be led to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: set[str] = set()
        self.links: set[str] = set()
        self.anchors = {""}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See `html.parser.HTMLParser.handle_starttag`."""
        given = {name: value or "" for name, value in attrs}
        self.anchors.add(given.get("id", ""))
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        if tag in ("script", "img", "iframe", "source") and "src" in given:
            self.loads.add(given["src"])
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload", "modulepreload"):
            self.loads.add(given["href"])


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    """All pages, by their paths in the site."""
    return {
        file.relative_to(site).as_posix(): Page(file.read_text(encoding="utf-8"))
        for file in site.rglob("*.html")
    }


def test_nothing_is_loaded_from_the_network(pages: dict[str, Page], site: Path) -> None:
    """No script, style, image or font of another host: a page reads the same without a network."""
    loaded = {url for page in pages.values() for url in page.loads}
    styles = "".join(file.read_text(encoding="utf-8") for file in site.rglob("*.css"))
    assert loaded
    assert [url for url in loaded if "://" in url or url.startswith("//")] == []
    assert re.findall(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//[^)'\"]+", styles) == []


def test_links_and_anchors_lead_somewhere(pages: dict[str, Page], site: Path) -> None:
    """Each link within the site names a file that is there, and a place in it."""
    broken = [
        f"{name} -> {link}"
        for name, page in pages.items()
        for link in page.links
        if "://" not in link
        and not link.startswith("mailto:")
        and not leads_somewhere(name, link, pages, site)
    ]
    assert broken == []


def leads_somewhere(name: str, link: str, pages: dict[str, Page], site: Path) -> bool:
    path, anchor = urldefrag(urljoin(name, link) or name)
    path = "index.html" if path == "" else path
    if path not in pages:
        return (site / path).is_file()
    return unquote(anchor) in pages[path].anchors or name in (
        "genindex.html",
        "py-modindex.html",
        "search.html",
    )


def test_links_to_the_repository_name_files_that_are_there(pages: dict[str, Page]) -> None:
    """What a page says of the source and its tests can be looked up."""
    prefix = re.compile(r"https://github\.com/tonybenoy/cocapi/(?:blob|tree|edit)/main/([^#?]+)")
    named = {match[1] for page in pages.values() for link in page.links if (match := prefix.match(link))}
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_row_of_the_first_page_names_the_test_that_proves_it() -> None:
    """By its name, in the file that has it."""
    page = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    table = page.partition("| proved by |\n|---|---|---|---|\n")[2].partition("\n\n")[0].splitlines()
    assert len(table) > 10
    for row in table:
        proof = re.search(r"\[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\) \|$", row)
        assert proof, row
        assert re.search(rf"\bdef {proof[1]}\(", (ROOT / proof[2]).read_text(encoding="utf-8")), row


def test_every_page_is_found(pages: dict[str, Page]) -> None:
    """From the first page, by links alone."""
    known, ahead = set(), {"index.html"}
    while ahead:
        name = ahead.pop()
        known.add(name)
        targets = {urldefrag(urljoin(name, link))[0] for link in pages[name].links if "://" not in link}
        ahead |= (targets & pages.keys()) - known
    assert pages.keys() - known - {"search.html"} == set()


def test_the_tree_of_pages_shows_where_a_page_is(site: Path) -> None:
    """The way to it is marked, and open."""
    text = (site / "reference" / "hooks" / "cocapi_token.html").read_text(encoding="utf-8")
    marked = r'<li class="([^"]* current[^"]*)"><a [^>]+ href="([^"]+)">.+?</a>(<input checked)?'
    assert re.findall(marked, text) == [
        ("toctree-l1 has-children current", "../index.html", "<input checked"),
        ("toctree-l2 has-children current", "index.html", "<input checked"),
        ("toctree-l3 current current-page", "#", ""),
    ]


def test_every_method_and_hook_has_its_place(pages: dict[str, Page]) -> None:
    """In both modes, with an anchor of its own."""
    methods, hooks = pages["reference/api/methods.html"].anchors, pages["reference/api/hooks.html"].anchors
    expected = {f"cocapi.{kind}.{name}" for kind in ("CocApi", "AsyncCocApi") for name in operations()}
    assert expected - methods == set()
    expected = {f"cocapi.calls.hookspecs.{name}" for name in vars(hookspecs) if name.startswith("cocapi_")}
    assert expected - hooks == set()


def test_public_names_link_to_their_places(pages: dict[str, Page]) -> None:
    """Whatever module has them."""
    links = pages["reference/api/methods.html"].links
    assert links >= {
        "errors.html#cocapi.errors.NotFound",
        "#cocapi.CocApi.location",
        "client.html#cocapi.CocApi",
    }


def test_every_public_name_has_its_place(pages: dict[str, Page]) -> None:
    """What can be imported is explained: messages, effects, the store, errors, models, events."""
    described = {anchor.rpartition(".")[2] for page in pages.values() for anchor in page.anchors}
    kinds = {kind.__name__ for kind in events.KINDS.values() if kind.__module__ == "cocapi_events.kinds"}
    public = {*cocapi.__all__, *errors.__all__, *models.__all__, *kinds} - {"__version__"}
    assert public - described == set()


def test_every_field_of_a_model_shows_its_type(site: Path) -> None:
    """Those that it has from its bases, too."""
    text = (site / "reference" / "api" / "models.html").read_text(encoding="utf-8")
    fields = re.findall(r'<dl class="py attribute">\s*<dt [^>]*id="([^"]+)">(.*?)</dt>', text, re.DOTALL)
    assert "cocapi_models.clans.Clan.tag" in dict(fields)
    assert [name for name, shown in fields if 'class="property"' not in shown] == []


def test_every_field_of_a_model_has_its_place(pages: dict[str, Page]) -> None:
    """Beside what its docstring says of some of them."""
    described = pages["reference/api/models.html"].anchors
    fields = {
        f"{kind.__module__}.{name}.{field}"
        for name in ("Clan", "ClanMember", "ClanWar", "Player", "WarAttack")
        for kind in [getattr(models, name)]
        for field in kind.__annotations__
    }
    assert fields
    assert fields - described == set()


def test_drawings_in_docstrings_stay_drawings(site: Path) -> None:
    """No line of one is part of a paragraph."""
    code = re.compile("<pre.*?</pre>", re.DOTALL)
    pages = {file.name: code.sub("", file.read_text(encoding="utf-8")) for file in site.rglob("*.html")}
    assert [name for name, text in pages.items() if "├" in text] == []


def test_every_command_is_on_its_page() -> None:
    """That of the command line, or that of the plugin which it leads to."""
    page = (ROOT / "docs" / "reference" / "plugins" / "cli.md").read_text(encoding="utf-8")
    names = program().list_commands(program().make_context(None, ["plugins"], obj=CommandLine()))
    assert names
    assert [name for name in names if not re.search(rf"`(cocapi )?{name}\b", page)] == []


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """A sandbox in the league week of a month, when there is something to answer to every operation."""
    with Sandbox(clock=datetime(2026, 11, 5, 12, tzinfo=UTC).timestamp) as box:
        yield box


@pytest.fixture(scope="module")
def config(box: Sandbox) -> ApiConfig:
    """Settings of clients whose failed calls raise."""
    return ApiConfig(base_url=box.base_url, verify_token=False, raise_errors=True)


@pytest.fixture(scope="module")
def api(config: ApiConfig) -> Iterator[CocApi]:
    """A client of the sandbox."""
    with CocApi("token", config=config) as api:
        yield api


@pytest.mark.filterwarnings("ignore:.*versus:DeprecationWarning")
@pytest.mark.parametrize("name", operations())
def test_the_lines_that_show_a_method_run(name: str, api: CocApi, config: ApiConfig) -> None:
    """On a client of either mode, with one answer, which is no error."""
    names: dict[str, object] = {"api": api}
    exec(example(name), names)  # noqa: S102  # our own lines
    call = example(name).splitlines()[-1].removeprefix("answer = ")

    async def asynchronous() -> object:
        async with AsyncCocApi("token", config=config) as api:
            return await eval(call, {**names, "api": api})  # noqa: S307

    assert asyncio.run(asynchronous()) == names["answer"]


def test_the_text_for_machines_has_the_order_of_the_tree(site: Path) -> None:
    """As a reader meets the pages."""
    tree = (
        (site / "index.html")
        .read_text(encoding="utf-8")
        .partition('class="sidebar-tree"')[2]
        .partition("</div>")[0]
    )
    listed = re.findall(r"_sources/(\S+)\.md\.txt", (site / "llms.txt").read_text(encoding="utf-8"))
    assert listed == ["index", *re.findall(r'href="([^"#]+)\.html"', tree)]


def test_what_readers_of_the_whole_want(site: Path) -> None:
    """A map of the pages, the pages as text, and a card for each that is shared."""
    assert (site / "sitemap.xml").read_text(encoding="utf-8").count("<loc>") > 100
    assert "First steps" in (site / "llms.txt").read_text(encoding="utf-8")
    assert len((site / "llms-full.txt").read_text(encoding="utf-8")) > 100_000
    assert 'property="og:image"' in (site / "index.html").read_text(encoding="utf-8")
