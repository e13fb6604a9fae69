"""The directive ``operations``: each method of the API as it is called in both modes, from the code alone."""

from __future__ import annotations

import inspect
import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.ext.napoleon import GoogleDocstring
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from cocapi import CocApi
from cocapi.api.endpoints import Operations
from cocapi.api.operations import Operation
from cocapi.errors import WAR_TEMPLATES

__all__ = ["example", "operations"]

SUPERCELL = "https://developer.clashofclans.com/#/documentation"

ARGUMENTS = {
    "clan": '"warriors", limit=5',
    "warleague": "war_tag",
    "verify_player_token": '"#PP0V8Y2C", "a1b2c3d4"',
    "leaguegroup": 'tag, season, player_tag="#LRUCVQY"',
    "league_season_id": "29000022, season, limit=5",
    "custom_endpoint": '"/clans/#2PP/members"',
}
"""With which a method is shown, where its parameters do not say it (`SAMPLES`)."""

SAMPLES = {
    "tag": '"#2PP"',
    "clan_tag": '"#2PP"',
    "player_tag": '"#LRUCVQY"',
    "location_id": "32000094",
    "league_id": "29000022",
    "id": "29000022",
    "league_tier_id": "105000034",
    "warleagues_id": "48000018",
    "capitalleagues_id": "85000022",
    "builderbaseleagues_id": "44000041",
}
"""A value for a parameter, by its name, or by the method's where that name has several meanings."""

FIRST = {
    "warleague": """war_tag = api.clan_leaguegroup("#2PP")["rounds"][0]["warTags"][0]""",
    "leaguegroup": """player = api.players("#LRUCVQY")
tag, season = player["currentLeagueGroupTag"], player["currentLeagueSeasonId"]""",
    "league_season_id": """season = api.league_season(29000022)["items"][-1]["id"]""",
}
"""Where what a method asks for comes from."""


PARAMETERS = {
    "tag": "The clan's, as people write it.",
    "clan_tag": "The clan's, as people write it.",
    "player_tag": "The player's, as people write it.",
    "war_tag": "Of a round of `clan_leaguegroup()`.",
    "token": "What the player copies from the settings of the game; good once.",
    "league_group_tag": "``currentLeagueGroupTag`` of `players()`.",
    "league_season_id": "``currentLeagueSeasonId`` of `players()`.",
    "location_id": "An id of `location()`, or ``global`` in rankings.",
    "league_tier_id": "An id of `leaguetiers()`.",
    "sid": "The season: an id of `league_season()`.",
    "endpoint_path": "Below the base address, percent-encoded or not; it may have a query.",
    "use_dynamic_model": "Answer with a model, made for what comes if no operation has the path.",
    "min_members": "The fewest members that it has.",
    "max_members": "The most members that it has.",
    "min_clan_points": "The fewest clan points that it has.",
    "min_clan_level": "The lowest level that it has.",
    "params": "Parameters of the query by the API's names.",
    "limit": "How many items at most.",
    "after": "A cursor: the items behind it.",
    "before": "A cursor: the items in front of it.",
    "leagues_id": "An id of `{leagues}()`.",
}
"""What a parameter is, where the method's docstring does not say it."""


LEAGUES = {
    "warleagues_id": "warleagues",
    "capitalleagues_id": "capitalleagues",
    "builderbaseleagues_id": "builderbaseleagues",
}
"""The methods that list what ``league_id`` is one of, but for `league`."""


def operations() -> dict[str, Operation]:
    """All operations by the names of their methods, in the order of the API's documentation."""
    return {name: value for name, value in vars(Operations).items() if isinstance(value, Operation)}


def example(name: str) -> str:
    """Lines that call the method of that name on a `CocApi`; the last begins with ``answer =``."""
    call = f"answer = api.{name}({ARGUMENTS.get(name) or sampled(name)})"
    return "\n".join([FIRST[name], call] if name in FIRST else [call])


def sampled(name: str) -> str:
    """A value for each parameter of the method that has no default."""
    parameters = list(inspect.signature(getattr(CocApi, name)).parameters.values())[1:]
    required = [parameter.name for parameter in parameters if parameter.default is parameter.empty]
    return ", ".join(SAMPLES.get(name) or SAMPLES[parameter] for parameter in required)


def signature(name: str) -> str:
    """Parameters and answer, as one reads them."""
    written = inspect.signature(getattr(CocApi, name))
    parameters = list(written.parameters.values())[1:]
    text = str(written.replace(parameters=parameters, return_annotation=inspect.Signature.empty))
    text = re.sub(r"\b(collections\.abc|typing)\.", "", text)
    answer = written.return_annotation
    return f"{text} -> {answer.replace('answers.', '~cocapi.answers.') if isinstance(answer, str) else 'Any'}"


def parameter(method: str, name: str) -> str:
    """What a parameter of a method is."""
    if name in ("id", "league_id"):
        return PARAMETERS["leagues_id"].format(leagues=LEAGUES.get(method, "league"))
    return PARAMETERS[name]


def parameters(name: str, doc: str) -> list[str]:
    """The parameters of the method of that name, in reStructuredText, that `doc` does not have."""
    names = list(inspect.signature(getattr(CocApi, name)).parameters)[1:]
    return [f":param {each}: {parameter(name, each)}" for each in names if f":param {each}:" not in doc]


def errors(operation: Operation) -> str:
    """What a call may raise, the likely ones first."""
    likely = []
    if operation.template.endswith(WAR_TEMPLATES):
        likely.append("`PrivateWarLog` where the clan shows its wars to nobody")
    if "{" in operation.template:
        likely.append("`NotFound` where there is no such thing")
    return "; ".join([*likely, "any `CocApiError`, as :doc:`../errors` has them"])


class Methods(SphinxDirective):
    """Writes a section for each operation."""

    def run(self) -> list[nodes.Node]:
        """See `docutils.parsers.rst.Directive.run`."""
        sections = [self.lines(name, operation) for name, operation in operations().items()]
        text = "\n".join(line for section in sections for line in section)
        return self.parse_text_to_nodes(text, allow_section_headings=True)

    def lines(self, name: str, operation: Operation) -> list[str]:
        """The section of one, in reStructuredText."""
        doc = GoogleDocstring(inspect.getdoc(getattr(CocApi, name)) or "", self.config).lines()
        documented = f"`Supercell's documentation <{SUPERCELL}>`__"
        body = [
            *doc,
            "",
            *parameters(name, "\n".join(doc)),
            f":Operation: ``{operation.method} {operation.template}`` in {documented}",
            f":Errors: {errors(operation)}",
            "",
            ".. code-block:: python",
            "",
            *(f"   {line}" for line in example(name).splitlines()),
        ]
        return [
            name,
            "-" * len(name),
            "",
            f".. py:method:: cocapi.CocApi.{name}{signature(name)}",
            "",
            f".. py:method:: cocapi.AsyncCocApi.{name}(…){signature(name).rpartition(')')[2]}",
            "   :async:",
            "",
            *(f"   {line}" if line else "" for line in body),
            "",
        ]


def is_operation(
    app: Sphinx, kind: str, name: str, member: object, skip: bool, options: object
) -> bool | None:
    """Leave the methods of the API, which have a page of their own, out of the page of clients."""
    return (name in vars(Operations) and inspect.isfunction(member)) or None


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.add_directive("operations", Methods)
    app.connect("autodoc-skip-member", is_operation)
    return {"parallel_read_safe": True}
