"""``api.headers``: the header fields of versions 3 and 4, to be read and changed as a dict."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any, Protocol

from cocapi.compat.methods import HasPlugins, plugin_of

__all__ = ["Headers"]


class HasToken(HasPlugins, Protocol):
    """What the header fields need of a client."""

    token: str | None


class Added:
    """A function on requests that adds header fields.

    Attributes:
        fields: By name.
    """

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}

    def __call__(
        self, url: str, headers: dict[str, str], params: dict[str, Any]
    ) -> tuple[str, dict[str, str], dict[str, Any]]:
        """See `add_request_middleware`."""
        return url, {**headers, **self.fields}, params


class Headers(MutableMapping[str, str]):
    """The header fields that a client sends: ``authorization``, which is its token, ``Accept``, and what is
    assigned here, from the next call on.

    Assigning needs the plugin middleware. ``authorization`` holds the token as a text; the repr does not.
    """

    def __init__(self, client: HasToken) -> None:
        self._client = client

    def __getitem__(self, name: str) -> str:
        return self._fields()[name]

    def __setitem__(self, name: str, value: str) -> None:
        """Send a field with every request. ConfigError: the plugin middleware is off."""
        if name.lower() == "authorization":
            self._client.token = value.rpartition(" ")[2]
            return
        functions = plugin_of(self._client, "middleware").request_middleware
        if not any(isinstance(function, Added) for function in functions):
            functions.append(Added())
        next(function for function in functions if isinstance(function, Added)).fields[name] = value

    def __delitem__(self, name: str) -> None:
        """Send a field no longer that was assigned. KeyError: it was not."""
        for function in self._added():
            del function.fields[name]
            return
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields())

    def __len__(self) -> int:
        return len(self._fields())

    def __repr__(self) -> str:
        shown = {name: "***" if name == "authorization" else text for name, text in self._fields().items()}
        return repr(shown)

    def copy(self) -> dict[str, str]:
        """A dict of its own."""
        return self._fields()

    def _fields(self) -> dict[str, str]:
        token = self._client.token
        fields = {} if token is None else {"authorization": f"Bearer {token}"}
        fields["Accept"] = "application/json"
        for function in self._added():
            fields.update(function.fields)
        return fields

    def _added(self) -> list[Added]:
        if "middleware" not in self._client.plugins:
            return []
        functions = self._client.plugins["middleware"].request_middleware
        return [function for function in functions if isinstance(function, Added)]
