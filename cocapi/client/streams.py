"""The streams of a client's store as plugins hold them: checked, and bounded in time as the store is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from cocapi.calls.effects import Flow
from cocapi.client.verbs import (
    LONGEST,
    are_stream_entries,
    are_texts,
    check_bytes,
    check_count,
    check_keys,
    check_number,
    is_bool,
)
from cocapi.errors import ConfigError
from cocapi.streams import StreamEntry

if TYPE_CHECKING:
    from cocapi.client.store import ClientStore

__all__ = ["ClientStreams", "NoStreams"]


class NoStreams(ConfigError, AttributeError):
    """The store offers none: to `hasattr` and to mocks made of a client the attribute is not there."""


class ClientStreams:
    """`Streams` of the store of a client.

    Args:
        store: What bounds each verb.
    """

    def __init__(self, store: ClientStore) -> None:
        self.store = store

    def publish(
        self, stream: str, source: str, sequence: int, fields: Mapping[str, bytes], keep: int
    ) -> Flow[bool]:
        """See `Streams.publish`."""
        check_keys(stream, source, *fields)
        check_count("sequence", sequence, 0)
        if not fields:
            raise ValueError("an entry of a stream must have a field at least")
        for content in fields.values():
            check_bytes(content)
        check_count("keep", keep, 1)
        return (yield from self.store.ask(is_bool, "publish", stream, source, sequence, fields, keep))

    def receive(
        self, stream: str, group: str, consumer: str, limit: int, idle: float
    ) -> Flow[tuple[StreamEntry, ...]]:
        """See `Streams.receive`."""
        check_keys(stream, group, consumer)
        check_count("limit", limit, 1)
        check_number("idle", idle, 0, LONGEST)
        return (
            yield from self.store.ask(are_stream_entries, "receive", stream, group, consumer, limit, idle)
        )

    def renew(self, stream: str, group: str, consumer: str, ids: Collection[str]) -> Flow[tuple[str, ...]]:
        """See `Streams.renew`."""
        check_keys(stream, group, consumer, *ids)
        return (yield from self.store.ask(are_texts, "renew", stream, group, consumer, ids))

    def acknowledge(self, stream: str, group: str, consumer: str, entry_id: str) -> Flow[bool]:
        """See `Streams.acknowledge`."""
        check_keys(stream, group, consumer, entry_id)
        return (yield from self.store.ask(is_bool, "acknowledge", stream, group, consumer, entry_id))
