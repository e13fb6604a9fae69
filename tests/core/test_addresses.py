"""Base URLs: what every transport reads alike is taken, and nothing else."""

import gc
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi import ApiConfig, CocApi, ConfigError
from cocapi.testing import Script

TAKEN = [
    *(
        "http://a",
        "https://a.b-c.d_e:8443/v1",
        "http://localhost:80",
        "http://127.0.0.1:1/v1",
        "http://[::1]",
    ),
    *(
        "http://[2001:db8::1]:65535/v1",
        "https://a.example.",
        "https://a/v1/~x/%41;p=1,2:@",
        "http://xn--bcher-kva",
    ),
    *("http://my_proxy:8080", "http://A.Example/V1", "sandbox://", "sandbox://?seed=7&rate=30"),
]

REFUSED = [
    ("http://A\\@B/v1", "backslash"),
    ("http://A\\B/v1", "backslash"),
    ("http://user@host/v1", "no user name and password"),
    ("http://host@/v1", "no user name and password"),
    ("http://a:80@b:81/v1", "no user name and password"),
    ("http://host/v1?x=1", "before any query"),
    ("http://host/v1?", "before any query"),
    ("http://host?x/v1", "before any query"),
    ("http://host/v1#x", "fragment"),
    ("http://host#@b/v1", "fragment"),
    ("http://", "no host"),
    ("http:///v1", "no host"),
    ("http://:80/v1", "no host"),
    ("http://host:99999/v1", "1 to 65535"),
    ("http://host:0", "1 to 65535"),
    ("http://host:/v1", "1 to 65535"),
    ("http://host:-1", "1 to 65535"),
    ("http://host:8 0", "white space"),
    ("http://host:٨٠", "1 to 65535"),
    ("http://host:" + "9" * 5000, "1 to 65535"),
    (" http://host", "begins with"),
    ("http://host ", "white space"),
    ("http://ho st/v1", "white space"),
    ("http://host/v 1", "white space"),
    ("http://host/v1\r\nX: y", "white space"),
    ("http://host/\x00", "white space"),
    ("http://ho\u200bst", "white space"),
    ("http://h\u00f6st/v1", "xn--"),
    ("http://host\uff0fv1", "xn--"),
    ("http://host/v\u00e9", "percent-encoded"),
    ("http://host/%zz", "percent-encoded"),
    ("http://host/{x}", "percent-encoded"),
    ("http://host/a\\b", "percent-encoded"),
    ("http://host/../v1", "'..'"),
    ("http://host/v1/.", "'..'"),
    ("http://host/%2e%2E/v1", "'..'"),
    ("http://ho%73t/v1", "letters, digits"),
    ("http://a..b", "letters, digits"),
    ("http://-a", "letters, digits"),
    ("http://" + "a" * 64, "letters, digits"),
    ("http://" + "a." * 130 + "b", "letters, digits"),
    ("http://127.1", "IPv4"),
    ("http://2130706433/", "IPv4"),
    ("http://0x7f.0.0.1", "IPv4"),
    ("http://256.1.1.1", "IPv4"),
    ("http://127.0.0.01", "IPv4"),
    ("http://::1/", "65535"),
    ("http://[::1/v1", "65535"),
    ("http://[::g]/", "IPv6"),
    ("http://[fe80::1%25eth0]/", "IPv6"),
    ("http://[v1.x]/", "IPv6"),
    ("ftp://host", "begins with"),
    ("host/v1", "begins with"),
    ("", "begins with"),
]


@pytest.mark.parametrize("url", TAKEN)
def test_addresses_are_taken_as_they_are(url: str) -> None:
    """IPv6, ports, paths, names of containers."""
    assert ApiConfig(base_url=url).base_url == url


@pytest.mark.parametrize(("url", "why"), REFUSED)
def test_others_are_refused_by_what_is_wrong(url: str, why: str) -> None:
    """In one sentence, at the client, in set_base_url and in the settings alike."""
    with pytest.raises(ConfigError) as refused:
        ApiConfig(base_url=url)
    sentence = str(refused.value)
    assert sentence.startswith("ApiConfig.base_url is '")
    assert why in sentence
    assert sentence.isprintable()
    assert len(sentence) < 500
    with Script().client(only_plugins=("script",)) as api, pytest.raises(ConfigError) as again:
        api.set_base_url(url, force=True)
    assert str(again.value) == sentence


@pytest.mark.parametrize("value", [None, 3, b"http://host", ["http://host"]])
def test_what_is_no_text_is_refused(value: Any) -> None:
    """With its kind."""
    with pytest.raises(ConfigError, match=r"ApiConfig\.base_url is .* it must be an address"):
        ApiConfig(base_url=value)


@given(st.from_regex(r"https?://[^/]{0,12}/?[^/]{0,5}", fullmatch=True) | st.text())
def test_any_text_is_taken_or_refused_and_nothing_else(text: str) -> None:
    """What is taken is plain ASCII, and names one host to whoever reads it."""
    try:
        taken = ApiConfig(base_url=text).base_url
    except ConfigError:
        return
    assert taken.startswith("sandbox://") or (taken.isascii() and taken.isprintable())
    assert taken.startswith("sandbox://") or not set(taken) & set("\\@?# ") or "@" in taken.split("/", 3)[3]


@pytest.mark.parametrize(
    "url", ["http://user:hunter2@host/v1", "http://hunter2@host", "http://a:hunter2@b@c", "x://a:hunter2@b"]
)
def test_a_password_is_shown_nowhere(url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Not in the refusal, nor in what holds the client."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ConfigError) as refused:
        CocApi("token", config=ApiConfig(base_url=url, verify_token=False))
    with Script().client(only_plugins=("script",)) as api:
        for force in (False, True):
            with pytest.raises(ConfigError) as again:
                api.set_base_url(url, force=force)
            assert "hunter2" not in str(again.value)
        assert "hunter2" not in repr(api)
    gc.collect()
    assert "hunter2" not in str(refused.value) + caplog.text
