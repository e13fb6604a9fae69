"""What can go wrong between a client and the API, on demand."""

from __future__ import annotations

import gzip
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

__all__ = ["Answer", "Faults"]

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sandbox answers.

    Attributes:
        delay: Seconds before anything is sent.
        cut: After how many bytes of the body the connection breaks; 0: before the first byte of the response.
            None: it does not.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    delay: float = 0.0
    cut: int | None = None


Spoil = Callable[[Answer], Answer]


@dataclass(slots=True)
class Rule:
    """When a fault strikes: for paths that match, `times` times (None: without end), by chance."""

    spoil: Spoil
    times: int | None
    path: str
    probability: float


def html(answer: Answer) -> Answer:
    """502 from a gateway that answers in HTML."""
    return Answer(502, {"content-type": "text/html"}, b"<html><body><h1>502 Bad Gateway</h1></body></html>")


def empty(answer: Answer) -> Answer:
    """200 without a body."""
    return replace(answer, status=200, body=b"")


def dropped(answer: Answer) -> Answer:
    """The connection is closed before the first byte."""
    return replace(answer, cut=0)


def truncated(answer: Answer) -> Answer:
    """The connection is closed after half of the body."""
    return replace(answer, cut=max(1, len(answer.body) // 2))


def zipped(answer: Answer) -> Answer:
    """The body travels compressed."""
    return replace(
        answer, headers={**answer.headers, "content-encoding": "gzip"}, body=gzip.compress(answer.body)
    )


NAMED: dict[str, Spoil] = {
    "html": html,
    "empty": empty,
    "dropped": dropped,
    "truncated": truncated,
    "gzip": zipped,
    "null": lambda answer: replace(answer, status=200, body=b"null"),
    "string": lambda answer: replace(answer, status=200, body=b'"a bare string"'),
    "broken-utf8": lambda answer: replace(answer, status=200, body=b'{"name": "\xff\xfe"}'),
    "half": lambda answer: replace(answer, status=200, body=answer.body[: len(answer.body) // 2]),
    "oversize": lambda answer: replace(answer, status=200, body=b'{"a": "' + b"x" * 40_000_000 + b'"}'),
    "redirect": lambda answer: Answer(302, {"location": "/v1/locations"}, b""),
}
"""The faults that need no number, by name."""


@dataclass
class Faults:
    """The faults that are waiting, in the order in which they were added; the first that fits strikes.

        box.faults.add("html", times=2)
        box.faults.add("dropped", path="/players/*", probability=0.1, times=None)
        box.faults.status(503, times=3)

    Attributes:
        seed: Decides what probabilities come out as.
        latency: Seconds that every answer takes.
    """

    seed: int = 0
    latency: float = 0.0
    rules: list[Rule] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311  # a game, no secret
        self._lock = threading.Lock()

    def add(self, name: str, times: int | None = 1, path: str = "*", probability: float = 1.0) -> None:
        """Let a fault strike by name: one of ``html empty dropped truncated gzip null string broken-utf8 half
        oversize redirect``.

        Args:
            times: How often; None: until `clear()`.
            path: A pattern for the path below ``/v1``, such as ``/players/*``.
            probability: Of striking when it could, from 0 to 1.

        Raises:
            ValueError: For another name.
        """
        if name not in NAMED:
            raise ValueError(f"there is no fault {name!r}; there are {', '.join(sorted(NAMED))}")
        self._add(NAMED[name], times, path, probability)

    def status(
        self,
        status: int,
        reason: str = "unknownException",
        retry_after: str | None = None,
        times: int | None = 1,
        path: str = "*",
        probability: float = 1.0,
    ) -> None:
        """Let the API answer with an error; `retry_after` is sent as it stands: seconds or an HTTP date."""
        body = b'{"reason":"%s","message":"as asked for"}' % reason.encode()
        headers = {"content-type": JSON, **({"retry-after": retry_after} if retry_after else {})}
        self._add(lambda _: Answer(status, headers, body), times, path, probability)

    def delay(self, seconds: float, times: int | None = 1, path: str = "*", probability: float = 1.0) -> None:
        """Let an answer take longer."""
        self._add(lambda answer: replace(answer, delay=answer.delay + seconds), times, path, probability)

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self.rules.clear()
            self.latency = 0.0

    def spoil(self, path: str, answer: Answer) -> Answer:
        """The answer after what goes wrong with it."""
        if self.latency:
            answer = replace(answer, delay=self.latency)
        with self._lock:
            for rule in self.rules:
                if fnmatchcase(path, rule.path) and self._chance.random() < rule.probability:
                    if rule.times is not None:
                        rule.times -= 1
                        if not rule.times:
                            self.rules.remove(rule)
                    return rule.spoil(answer)
        return answer

    def _add(self, spoil: Spoil, times: int | None, path: str, probability: float) -> None:
        with self._lock:
            self.rules.append(Rule(spoil, times, path, probability))
