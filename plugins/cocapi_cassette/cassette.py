"""A cassette: a file of requests and their answers."""

from __future__ import annotations

import json
import os
import threading
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cocapi import CocApiError, ConfigError, Request, Response
from cocapi_cassette.interactions import Interaction, Matched, matched

__all__ = ["Cassette", "CassetteMiss"]

VERSION = 1
"""Of the format of the file."""

BROKEN = (AttributeError, KeyError, TypeError, ValueError)
"""What reading JSON of another form raises."""


class CassetteMiss(CocApiError, LookupError):
    """A request was made whose answer is not on the cassette. It is not tried again."""

    error_type = "cassette"


class Cassette:
    """Answers by request, each list in the order in which they came.

    Attributes:
        path: The file: see `read` and `write`.
        answers: What was answered to each request.
    """

    def __init__(self, path: Path, interactions: Iterable[Interaction] = ()) -> None:
        self.path = path
        self.answers: defaultdict[Matched, list[Response]] = defaultdict(list)
        self._played: defaultdict[Matched, int] = defaultdict(int)
        self._shut = False
        self._lock = threading.Lock()
        for interaction in interactions:
            self.answers[interaction.request].append(interaction.response)

    def __repr__(self) -> str:
        return f"<Cassette {self.path}>"

    @classmethod
    def read(cls, path: Path) -> Cassette:
        """The cassette in a file.

        Raises:
            ConfigError: There is none, or it is no cassette.
        """
        version, interactions = contents(path)
        if version != VERSION:
            raise ConfigError(
                f"the cassette {path} has the format {version!r}, and cocapi reads {VERSION}; record it anew "
                "with mode='record'"
            )
        try:
            return cls(path, map(Interaction.from_json, interactions))
        except BROKEN as error:
            raise no_cassette(path, error) from error

    @classmethod
    def blank(cls, path: Path) -> Cassette:
        """A cassette to be recorded on.

        Raises:
            ConfigError: There is a file that is no cassette: somebody may need it.
        """
        if path.exists():
            contents(path)
        return cls(path)

    def add(self, request: Request, response: Response) -> None:
        """Keep an answer."""
        with self._lock:
            self.answers[matched(request)].append(response)

    def answer(self, request: Request) -> Response:
        """The next answer to a request; the last one is given again and again.

        Raises:
            CassetteMiss: There is none.
        """
        wanted = matched(request)
        with self._lock:
            if wanted not in self.answers:
                raise CassetteMiss(
                    f"the cassette {self.path} has no answer to {wanted}; record it anew with mode='record'"
                )
            answers = self.answers[wanted]
            turn = min(self._played[wanted], len(answers) - 1)
            self._played[wanted] += 1
            return answers[turn]

    def write(self) -> None:
        """Write the file: sorted by request, so that a new recording differs only where the API does. With
        nothing recorded it stays as it was.

        Raises:
            OSError: It cannot be written; it is then as it was.
        """
        if self._shut or not self.answers:
            return
        interactions = [
            Interaction(request, response).as_json()
            for request in sorted(self.answers)
            for response in self.answers[request]
        ]
        text = json.dumps({"version": VERSION, "interactions": interactions}, indent=2, ensure_ascii=False)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        beside.write_text(f"{text}\n", encoding="utf-8")
        beside.replace(self.path)

    async def awrite(self) -> None:
        """The same from asynchronous code, in a thread."""
        import anyio.to_thread

        await anyio.to_thread.run_sync(self.write)

    def shut(self) -> None:
        """Keep and write nothing from now on, in the child of a fork: the file is the parent's."""
        self._shut = True
        self.renew()

    def renew(self) -> None:
        """Go on in the child of a fork, where nobody gives the parent's lock back."""
        self._lock = threading.Lock()


def contents(path: Path) -> tuple[object, list[Any]]:
    """The format of a cassette, and what is on it.

    Raises:
        ConfigError: There is no such file, or it is no cassette.
    """
    try:
        document = json.loads(path.read_bytes())
        return document["version"], list(document["interactions"])
    except FileNotFoundError:
        raise ConfigError(f"there is no cassette {path}: record it first, with mode='record'") from None
    except (*BROKEN, OSError) as error:
        raise no_cassette(path, error) from error


def no_cassette(path: Path, error: Exception) -> ConfigError:
    """The error of a file that is something else."""
    return ConfigError(f"{path} is no cassette: {type(error).__name__}: {error}")
