"""Each row of docs/how-to/migrate.md has a test, which is named here or stands here."""

from __future__ import annotations

import ast
import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from cocapi import ApiConfig, AsyncCocApi, CocApi, ConnectionFailed
from cocapi.testing import Script, json_response
from cocapi_sandbox import Sandbox

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/how-to/migrate.md"

HERE = "tests/compat/test_guide.py"
PROGRAMS = "tests/compat/test_programs.py"
PUBLISHED = "tests/compat/test_published.py::test_each_snippet_runs_or_is_in_the_guide"
SETTINGS = "tests/compat/test_settings.py"
SURFACE = "tests/compat/test_surface.py"
CLIENT = "tests/core/test_client.py"
LIVE = "tests/core/test_live_settings.py"
EVENTS = "tests/plugins/events/test_version4.py"
KEYS = "tests/plugins/keys"
CLI = "tests/plugins/cli"
MIDDLEWARE = "tests/plugins/middleware/test_middleware.py"

TESTS: dict[str, list[str]] = {
    # Clients
    "`CocApi(token, async_mode=True)`": [f"{PROGRAMS}::test_asynchronous_code"],
    "`async with` once more, or `asyncio.run` once more": [
        f"{PROGRAMS}::test_asynchronous_code",
        f"{LIVE}::test_a_closed_client_opens_again_with_what_its_plugins_know",
    ],
    "`api.token = …`, `api.timeout = …`, `api.async_mode = …`": [
        f"{LIVE}::test_another_token_is_sent_and_the_first_stays_hidden",
        f"{LIVE}::test_a_timeout_that_is_assigned_holds_from_the_next_call_on",
        f"{LIVE}::test_a_client_changes_its_mode_and_back",
    ],
    "`api.config.enable_caching = False`, `api.config = …`": [
        f"{LIVE}::test_the_cache_is_switched_off_and_on",
        f"{LIVE}::test_all_settings_at_once",
        f"{LIVE}::test_what_makes_no_sense_is_refused_and_changes_nothing",
    ],
    '`api.headers["X-Bot"] = "1"`': [f"{SETTINGS}::test_header_fields_are_read_and_assigned"],
    "in async mode, metrics, cache statistics and middleware did nothing": [
        f"{HERE}::test_metrics_cache_and_middleware_work_in_both_modes"
    ],
    "the rate limit was asynchronous only, and let twice the rate through": [
        "tests/plugins/ratelimit/test_ratelimit.py::test_never_more_than_the_bound_in_any_window",
        "tests/plugins/ratelimit/test_ratelimit.py::test_every_attempt_pays_retries_too",
    ],
    "`api.clan_tag(...)` opened a connection each time": [f"{HERE}::test_a_connection_is_kept"],
    "the constructor failed in maintenance": [
        f"{CLIENT}::test_maintenance_and_no_network_are_warned_of_and_carried_over",
        f"{CLIENT}::test_a_refused_token_or_address_is_told_at_once",
    ],
    "inside an event loop the constructor blocked it": [
        f"{CLIENT}::test_inside_an_event_loop_the_constructor_never_blocks"
    ],
    "tests replaced `CocApi.test`": [f"{LIVE}::test_programs_put_a_mock_in_the_place_of_test"],
    "`set_base_url(url)` warned": [
        f"{CLIENT}::test_another_address_needs_force_because_the_token_goes_there",
        f"{LIVE}::test_what_makes_no_sense_is_refused_and_changes_nothing",
    ],
    # Calls
    "error dicts had fixed texts in `message`": [f"{HERE}::test_an_error_dict_has_the_fixed_text_and_more"],
    "error dicts lacked `status_code`": [f"{HERE}::test_an_error_dict_has_the_fixed_text_and_more"],
    "an unknown parameter gave `api.ERROR_INVALID_PARAM`": [
        f"{SURFACE}::test_instances_have_the_attributes_that_they_had"
    ],
    "`paginate(lambda params=None: …)`, a `functools.partial`, `paginate(api.custom_endpoint, path)`": [
        f"{PROGRAMS}::test_pages_and_batches"
    ],
    "a failed page ended a list quietly": [
        "tests/core/test_paging.py::test_a_page_that_fails_raises_with_the_cursor_to_go_on_from"
    ],
    "`batch(…, max_concurrent=50)` sent 50 at once": [
        "tests/core/test_batches.py::test_no_more_calls_at_once_than_asked_for_or_than_connections"
    ],
    "what one caller edited in a cached answer, the next received": [
        f"{CLIENT}::test_the_answer_belongs_to_the_caller"
    ],
    "`get_metrics()` gave percentages": [
        "tests/plugins/metrics/test_metrics.py::test_the_figures_are_right_in_synchronous_code"
    ],
    "times of `get_metrics()` in seconds": [
        "tests/plugins/metrics/test_metrics.py::test_the_figures_are_right_in_synchronous_code"
    ],
    "endpoints were `/clans/%23{tag}`": [
        "tests/plugins/metrics/test_metrics.py::test_the_figures_are_right_in_synchronous_code"
    ],
    "middleware received the url with its query": [
        f"{MIDDLEWARE}::test_what_request_functions_change_reaches_the_wire",
        f"{MIDDLEWARE}::test_the_query_is_changed_in_the_url_or_in_the_params",
    ],
    "middleware saw the token in `headers`": [
        f"{MIDDLEWARE}::test_what_request_functions_change_reaches_the_wire",
        f"{MIDDLEWARE}::test_a_function_that_sets_authorization_wins",
    ],
    # Settings
    "`timeout=None`, `max_connections=None`": [f"{SETTINGS}::test_a_value_means_what_it_meant"],
    "`timeout=httpx.Timeout(5)`": [
        f"{SETTINGS}::test_a_timeout_of_httpx_is_one_number_of_seconds_now",
    ],
    "`requests_per_second=0`": [f"{SETTINGS}::test_a_value_means_what_it_meant"],
    "`max_retries=0`, `burst_limit=0`": [f"{SETTINGS}::test_a_value_means_what_it_meant"],
    "`retry_delay=0`, `cache_ttl=0`, `max_keepalive_connections=0`": [
        f"{SETTINGS}::test_a_value_means_what_it_meant"
    ],
    "`timeout=0`, `max_connections=0`": [f"{SETTINGS}::test_a_zero_with_which_nothing_worked_is_refused"],
    "`metrics_window_size=0`": [f"{SETTINGS}::test_a_zero_with_which_nothing_worked_is_refused"],
    "`key_count=20`": [f"{SETTINGS}::test_a_value_means_what_it_meant"],
    # Credentials
    "`from_credentials` used one key, and needed a second log-in after a change of address": [
        f"{KEYS}/test_keys.py::test_keys_take_turns",
        f"{KEYS}/test_keys.py::test_a_change_of_address_fails_no_call",
    ],
    "`from_credentials` logged in when the client was made": [
        f"{KEYS}/test_keys.py::test_the_verification_of_a_client_logs_in",
        f"{KEYS}/test_keys.py::test_a_client_needs_no_token",
        f"{KEYS}/test_managers.py::test_it_tells_the_tokens_of_keys_for_this_host",
    ],
    "keys were kept in `~/.cocapi/keys.json`, and the path had to be below the home directory": [
        f"{KEYS}/test_kept.py::test_the_default_place_is_in_the_users_data_folder",
        f"{KEYS}/test_kept.py::test_the_next_start_needs_no_log_in",
    ],
    "`cocapi login -p PASSWORD`": [
        f"{KEYS}/test_commands.py::test_a_password_among_the_arguments_is_refused",
        "tests/compat/test_published.py::test_each_command_runs_or_is_in_the_guide",
    ],
    "`cocapi clan TAG -e EMAIL -p PASSWORD`, and so for every command": [
        f"{CLI}/test_commandline.py::test_a_password_in_the_place_of_a_plugin_is_not_printed",
        f"{CLI}/test_commands.py::test_the_account_of_an_option_needs_a_password_from_elsewhere",
    ],
    "`COCAPI_TOKEN` went before `-e`": [
        f"{CLI}/test_commands.py::test_the_account_of_an_option_goes_before_a_token_of_the_environment"
    ],
    # Models
    "`use_pydantic_models=True` gave models with the wire's names, every field optional": [
        f"{PROGRAMS}::test_models",
        f"{HERE}::test_a_model_cannot_be_changed",
    ],
    "a list was a dict of models": [
        "tests/plugins/models/test_dynamic.py::test_a_page_is_read_as_the_dict_that_it_was"
    ],
    '`model_dump()["townHallLevel"]`': [f"{PROGRAMS}::test_models"],
    '`create_dynamic_model(answer, "/clans/%232PP")`, `custom_endpoint(path, use_dynamic_model=True)`': [
        f"{PROGRAMS}::test_models",
        "tests/plugins/models/test_dynamic.py::test_the_path_of_an_operation_has_its_model",
    ],
    # Names
    "`CacheManager`": [f"{SURFACE}::test_the_namespaces_have_the_methods_of_the_classes_that_are_gone"],
    "`MetricsTracker`": [
        f"{SURFACE}::test_the_namespaces_have_the_methods_of_the_classes_that_are_gone",
        f"{HERE}::test_where_metrics_are_off_the_error_names_the_switch",
    ],
    "`MiddlewareManager`": [f"{SURFACE}::test_the_namespaces_have_the_methods_of_the_classes_that_are_gone"],
    "`AsyncCocApiCore`": [f"{SURFACE}::test_a_class_that_is_gone_is_another_with_one_warning"],
    "`AsyncRateLimiter`": [f"{SURFACE}::test_a_class_that_is_gone_is_another_with_one_warning"],
    "`ApiMethods`": [f"{SURFACE}::test_a_class_that_is_gone_is_another_with_one_warning"],
    "`CacheEntry`, `RequestMetric`": [f"{SURFACE}::test_a_class_takes_what_it_took"],
    "`cocapi.model_registry`": [f"{HERE}::test_the_registry_of_models_is_gone"],
    # What 3.0 showed and did not have
    "`api.locations()`": [PUBLISHED],
    "`performance_insights` and `endpoint_metrics` of `get_metrics()`": [PUBLISHED],
    "`memory_usage_mb` of `get_cache_stats()`": [PUBLISHED],
    "a model of `/new-endpoint`": [PUBLISHED],
    "a call without `await` behind `async with`": [PUBLISHED],
    # Events
    "maintenance events never came": [f"{EVENTS}::test_maintenance_is_told_of_with_its_length"],
    "wars of the clan war league were not seen": [f"{EVENTS}::test_wars_of_the_league_are_seen"],
    "the client's own cache hid changes for five minutes": [
        f"{EVENTS}::test_members_are_told_of_with_both_their_answers"
    ],
    "`use_pydantic_models=True` failed every poll": [
        f"{EVENTS}::test_members_are_told_of_with_both_their_answers"
    ],
    "`persist_path` was written at `stop()`": [
        f"{EVENTS}::test_the_next_start_tells_what_changed_meanwhile",
        f"{EVENTS}::test_the_file_of_version_4_is_read",
    ],
    "a thing was asked every `interval` seconds": [
        f"{EVENTS}::test_nothing_is_asked_before_its_answer_can_be_another"
    ],
    "`PLAYER_LEAGUE_CHANGED` looked at `league`, which players no longer have": [
        f"{EVENTS}::test_a_change_of_the_tier_is_one_of_the_league"
    ],
}
"""By the first cell of a row, what tests it."""


def rows() -> list[str]:
    """The first cells of all tables, without headers."""
    tables = re.findall(
        r"^\|[^\n]+\n\|[-|]+\n((?:\|[^\n]+\n)+)", GUIDE.read_text(encoding="utf-8"), re.MULTILINE
    )
    return [row.split("|")[1].strip() for table in tables for row in table.splitlines()]


def test_each_row_is_listed_once() -> None:
    assert sorted(rows()) == sorted(TESTS)


@pytest.mark.parametrize("test", sorted({test for tests in TESTS.values() for test in tests}))
def test_what_is_named_is_a_test(test: str) -> None:
    file, _, name = test.partition("::")
    functions = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
    assert name in [function.name for function in functions if isinstance(function, ast.FunctionDef)]


def test_metrics_cache_and_middleware_work_in_both_modes() -> None:
    """The same calls have the same figures."""
    config = ApiConfig(base_url="sandbox://", enable_metrics=True, verify_token=False)

    def prepare(api: CocApi | AsyncCocApi) -> None:
        api.add_response_middleware(lambda answer: {**answer, "marked": True})

    def figures(api: CocApi | AsyncCocApi, answers: list[Any]) -> tuple[Any, ...]:
        hits = api.get_cache_stats()["stats"]["hits"]
        return [answer["marked"] for answer in answers], hits, api.get_metrics()["total_requests"]

    async def main() -> tuple[Any, ...]:
        async with AsyncCocApi("token", config=config) as api:
            prepare(api)
            return figures(api, [await api.clan_tag("#2PP"), await api.clan_tag("#2PP")])

    with CocApi("token", config=config) as api:
        prepare(api)
        synchronous = figures(api, [api.clan_tag("#2PP"), api.clan_tag("#2PP")])
    assert synchronous == asyncio.run(main()) == ([True, True], 1, 2)


def test_a_connection_is_kept() -> None:
    """For the calls of a client."""
    with Sandbox() as box:
        with CocApi("token", config=ApiConfig(base_url=box.base_url, enable_caching=False)) as api:
            for _ in range(3):
                api.clan_tag("#2PP")
        assert len({request.connection for request in box.requests}) == 1


def test_an_error_dict_has_the_fixed_text_and_more() -> None:
    """The server's own words are beside it; where nothing was answered the status is 0."""
    words = {"reason": "notFound", "message": "Not found with tag #VV"}
    script = Script(json_response(words, 404), ConnectionFailed("lost"))
    with script.client(only_plugins=("script",)) as api:
        answer: Any = api.clan_tag("#VV")
        assert answer["message"] == "Not found - check clan/player tag"
        assert (answer["reason"], answer["detail"]) == (words["reason"], words["message"])
        assert (answer["status_code"], answer["http_status"]) == (404, 404)
        lost: Any = api.clan_tag("#VV")
        assert (lost["status_code"], "http_status" in lost) == (0, False)


def test_a_model_cannot_be_changed() -> None:
    pytest.importorskip("pydantic")
    config = ApiConfig(base_url="sandbox://", use_pydantic_models=True)
    with CocApi("token", config=config) as api:
        clan: Any = api.clan_tag("#2PP")
        with pytest.raises(ValueError, match="frozen"):
            clan.name = "another"


def test_where_metrics_are_off_the_error_names_the_switch() -> None:
    with (
        CocApi("token", config=ApiConfig(base_url="sandbox://")) as api,
        pytest.raises(AttributeError, match="enable_metrics"),
    ):
        _ = api.metrics


def test_the_registry_of_models_is_gone() -> None:
    with pytest.raises(ModuleNotFoundError):
        __import__("cocapi.model_registry")
