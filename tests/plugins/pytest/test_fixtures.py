"""The fixtures, in a test session of somebody else's."""

import pytest

pytestmark = pytest.mark.once

pytest_plugins = ["pytester"]

TESTS = """
from cocapi import ApiConfig, CocApi
from cocapi.testing import json_response

def test_sandbox(cocapi_sandbox):
    with CocApi(cocapi_sandbox.token, config=ApiConfig(base_url=cocapi_sandbox.base_url)) as api:
        assert api.clan_tag("#2PP")["tag"] == "#2PP"

async def calls(script):
    async with script.async_client() as api:
        return await api.clan_tag("#2PP")

def test_script(cocapi_script):
    cocapi_script.answers.append(json_response({"tag": "#2PP"}))
    with cocapi_script.client() as api:
        assert api.clan_tag("#2PP") == {"tag": "#2PP"}
    assert [request.url[-12:] for request in cocapi_script.requests] == ["clans/%232PP"]

def test_cassette(cocapi_cassette):
    config = ApiConfig(base_url="sandbox://", plugins={"cassette": cocapi_cassette}, verify_token=False)
    with CocApi("token", config=config) as api:
        assert api.with_options(raise_errors=True).clan_tag("#2PP")["tag"] == "#2PP"
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(test_bot=TESTS)
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest_subprocess("-p", "no:cacheprovider", *arguments)


def test_a_test_asks_for_one_and_has_it(project: pytest.Pytester) -> None:
    """Without an import or a setting: pytest finds them."""
    run(project).assert_outcomes(passed=3)


def test_a_cassette_is_recorded_once_and_played_from_then_on(project: pytest.Pytester) -> None:
    """In a file named for the test; ``replay`` records nothing, also where there is none."""

    def run(*arguments: str) -> pytest.RunResult:
        return project.runpytest_inprocess("-p", "no:cacheprovider", "-k", "cassette", *arguments)

    run("--cocapi-cassettes", "replay").assert_outcomes(failed=1)
    run().assert_outcomes(passed=1)
    cassette = project.path / "cassettes" / "test_cassette.json"
    before = cassette.stat().st_mtime_ns
    run("--cocapi-cassettes", "replay").assert_outcomes(passed=1)
    assert cassette.stat().st_mtime_ns == before
    run("--cocapi-cassettes", "record").assert_outcomes(passed=1)
    assert cassette.stat().st_mtime_ns > before


def test_pytest_does_not_become_slower_where_nobody_asks(project: pytest.Pytester) -> None:
    """cocapi itself is imported by the first fixture that is used."""
    project.makepyfile(test_bot="import sys\n\ndef test():\n    assert 'cocapi' not in sys.modules")
    run(project).assert_outcomes(passed=1)


def test_the_fixtures_are_listed_with_their_words(project: pytest.Pytester) -> None:
    """``pytest --fixtures`` says what each is."""
    shown = project.runpytest_inprocess("--fixtures").stdout.str()
    for name in ("cocapi_sandbox", "cocapi_script", "cocapi_cassette"):
        assert name in shown
