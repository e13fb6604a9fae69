"""How long an answer may be used, by what the server says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi_cache.lifetime import LONGEST, UNSAID, Lifetime, directives, lifetime

DATE = "Mon, 23 Nov 2026 12:00:00 GMT"
IN_A_MINUTE = "Mon, 23 Nov 2026 12:01:00 GMT"


@pytest.mark.parametrize(
    ("field", "seconds"),
    [
        ("max-age=60", 60),
        ("public max-age=600", 600),  # as the API writes it on errors: no comma
        ("public, max-age=600", 600),
        ("MAX-AGE=7", 7),
        ('max-age="30"', 30),
        ("private, max-age=5", 5),
        ('private="set-cookie", max-age=5', 5),
        ("max-age=60, s-maxage=1", 60),
        ("max-age=0", 0),
        ("max-age=-1", 0),
        ("max-age=soon", 0),
        ("max-age", 0),
        ("max-age=1.5", 0),
        ("max-age=²", 0),
        ("max-age=10, max-age=20", 10),
        ("max-age=99999999999999999999", LONGEST),
        ("max-age=" + "9" * 5000, LONGEST),
        ("no-store, max-age=60", 0),
        ("max-age=60, No-Store", 0),
        ("no-cache", 0),
        ('no-cache="set-cookie", max-age=60', 0),
        ('ext="no-store, max-age=3", max-age=60', 60),
        (r'ext="a \" no-store", max-age=60', 60),
        ("immutable", UNSAID),
        ("x-max-age=3", UNSAID),
        ("", UNSAID),
        (",,, ;=", UNSAID),
    ],
)
def test_cache_control_is_read_as_a_private_cache_reads_it(field: str, seconds: float) -> None:
    """RFC 9111 sections 1.2.2, 4.2.1 and 5.2.2, and the API's own spelling."""
    assert lifetime({"cache-control": field}).seconds == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "max-age=60", "age": "45"}, 15),
        ({"cache-control": "max-age=60", "age": "61"}, 0),
        ({"cache-control": "max-age=60", "age": "old"}, 60),
        ({"age": "10"}, UNSAID - 10),
        ({"expires": IN_A_MINUTE, "date": DATE}, 60),
        ({"expires": DATE, "date": IN_A_MINUTE}, 0),
        ({"expires": "0", "date": DATE}, 0),
        ({"expires": IN_A_MINUTE}, 0),
        ({"expires": "Mon Nov 23 12:01:00 2026", "date": DATE}, 0),
        ({"expires": IN_A_MINUTE, "date": DATE, "cache-control": "max-age=5"}, 5),
        ({}, UNSAID),
    ],
)
def test_the_time_is_max_age_else_expires_less_date_else_the_default_all_less_age(
    headers: dict[str, str], seconds: float
) -> None:
    """RFC 9111 sections 4.2.1 and 5.1."""
    assert lifetime(headers).seconds == seconds


def test_must_revalidate_forbids_a_stale_answer() -> None:
    """RFC 9111 section 5.2.2.2."""
    assert lifetime({"cache-control": "max-age=60, must-revalidate"}) == Lifetime(60, stale=False)
    assert lifetime({"cache-control": "max-age=60"}).stale


FIELD = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from(
            ["max-age", "no-store", "public", "=", ",", " ", '"', "\\", "60", "-1", "9" * 40, ";", "²"]
        ),
        max_size=30,
    ).map("".join),
)


@given(FIELD, FIELD, FIELD, FIELD)
def test_whatever_the_headers_hold_there_is_a_lifetime_within_bounds(
    cache_control: str, age: str, expires: str, date: str
) -> None:
    """No header makes the parser raise, or keeps an answer for ever."""
    found = lifetime({"cache-control": cache_control, "age": age, "expires": expires, "date": date})
    assert 0 <= found.seconds <= LONGEST


TOKEN = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=8)
ARGUMENT = st.one_of(
    st.just(""),
    st.text("0123456789abc", min_size=1),
    st.text('ab ,=\\"', min_size=1).filter(lambda t: t.strip()),
)


def spelled(name: str, argument: str) -> str:
    if not argument:
        return name
    if argument.isalnum():
        return f"{name}={argument}"
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{escaped}"'


@given(st.dictionaries(TOKEN, ARGUMENT, max_size=6), st.sampled_from([", ", ",", " , ", " "]))
def test_every_well_formed_field_is_read_back(said: dict[str, str], comma: str) -> None:
    """Names and plain arguments survive, whatever a quoted one holds, and with the API's missing commas."""
    field = comma.join(spelled(name, argument) for name, argument in said.items())
    found = directives(field)
    assert list(found) == list(said)
    assert all(
        found[name] == argument for name, argument in said.items() if not argument or argument.isalnum()
    )
