"""Events in a stream of the store, from which readers on any host take them."""

from __future__ import annotations

import json

from cocapi import Flow, StreamEntry, Streams
from cocapi_events.kinds import GameEvent
from cocapi_events.records import as_json, from_json

__all__ = ["Outlet", "event_of"]


class Outlet:
    """Writes the events of a watch to a stream, each once: what comes again is there already.

    Args:
        streams: Of the client.
        stream: Which of them.
        watch: The name of the watch, which numbers the events.
        keep: Events that the stream keeps, about.
    """

    def __init__(self, streams: Streams, stream: str, watch: str, keep: int) -> None:
        self.streams = streams
        self.stream = stream
        self.watch = watch
        self.keep = keep

    def write(self, event: GameEvent) -> Flow[bool]:
        """Add an event; False: it was there.

        Raises:
            StoreUnavailable: It may be there or not.
        """
        thing, _, number = event.id.rpartition("/")
        sequence = int(number) if number.isdecimal() else int(event.at.timestamp() * 1000)  # PollFailed
        fields = {
            "id": event.id.encode(),
            "type": event.type.encode(),
            "tag": event.tag.encode(),
            "watch": self.watch.encode(),
            "event": json.dumps(as_json(event), separators=(",", ":")).encode(),
        }
        return (
            yield from self.streams.publish(self.stream, f"{self.watch}:{thing}", sequence, fields, self.keep)
        )


def event_of(entry: StreamEntry) -> GameEvent:
    """The event that was written.

    Raises:
        KeyError, ValueError: It is none, or of a kind that is not known here.
    """
    return from_json(json.loads(entry.fields["event"]))
