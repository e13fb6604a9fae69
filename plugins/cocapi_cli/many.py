"""Many answers at once: all pages of a list, all players of a file."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from cocapi import CocApi, CocApiError, CommandLine, ConfigError, InvalidParams, Json, normal_tag
from cocapi_cli.drawn import drawn

__all__ = ["players", "show_pages"]


def players(
    context: typer.Context,
    tags: Annotated[list[str] | None, typer.Argument(help="Such as '#2PP' '#8QU8J9LP'.")] = None,
    file: Annotated[
        str | None, typer.Option("--from", help="A file with a tag on each line; '-': standard input.")
    ] = None,
    skip_done: Annotated[
        Path | None,
        typer.Option(help="Leave out the players that this file, written with --json before, already has."),
    ] = None,
) -> None:
    """Show many players, each as it arrives."""
    line: CommandLine = context.obj
    wanted = list(tags or ()) if file is None else listed(file)
    done = finished(skip_done) if skip_done else set[str]()
    if not wanted and file is None:
        raise ConfigError("no players: name their tags, or a file with --from")
    left = [tag for tag in wanted if not known(tag, done)]
    failures: list[str] = []
    with line.client() as api:
        line.show_each(each_player(api, left, failures), drawn("row"), len(left))
    if failures:
        line.say(f"error: {len(failures)} of {len(left)} players could not be had")
        raise typer.Exit(1)


def each_player(api: CocApi, tags: list[str], failures: list[str]) -> Iterator[Json]:
    """The answer for each tag, or the error as a dict with the tag, which is then one of the `failures`."""
    for tag, answer in api.stream(api.players, tags):
        if isinstance(answer, CocApiError):
            failures.append(tag)
            yield {"tag": as_written(tag), **answer.as_dict()}
        else:
            yield {**answer}


def show_pages(line: CommandLine, path: str) -> None:
    """Every item of the list at `path`, over all its pages, as lines of JSON."""
    with line.client() as api:
        line.show_each(api.paginate(api.custom_endpoint, path))


def listed(file: str) -> list[str]:
    """The tags of a file, one a line; what follows white space on a line is left out.

    A line that begins with a ``#`` that stands alone, or with ``//``, is a comment. The file is in UTF-8, or
    in UTF-16 with a byte order mark, as PowerShell writes it.

    Raises:
        ConfigError: It cannot be read or is in neither, or standard input is closed.
    """
    if file == "-" and sys.stdin is None:
        raise ConfigError("--from -: standard input is closed")
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a null character
        raise ConfigError(f"--from {file}: it cannot be read: {why(error)}") from None
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        lines = content.decode(encoding).splitlines()
    except UnicodeDecodeError as error:
        raise ConfigError(f"--from {file}: it is no text in UTF-8: {error.reason}") from None
    return [words[0] for words in map(str.split, lines) if words and words[0] not in ("#", "//")]


def why(error: OSError | ValueError) -> str:
    """Why a file cannot be read, without its name."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def as_written(tag: str) -> str:
    """A tag as the API writes it; what is none, as it came."""
    try:
        return normal_tag(tag)
    except InvalidParams:
        return tag


def known(tag: str, done: set[str]) -> bool:
    """Whether a tag is among those that are done; what is no tag is not, and will be told so."""
    return as_written(tag) in done


def finished(file: Path) -> set[str]:
    """The tags that have an answer in `file`; those that stand there with an error are to be asked again.

    When standard output is appended to this very file, a line that an interrupted run left half written
    is cut off, so that what is written next begins a line of its own.
    """
    if not file.exists():
        return set()
    content = file.read_bytes()
    whole = content.rpartition(b"\n")[0] + b"\n" if b"\n" in content else b""
    if len(whole) < len(content) and is_output(file):
        os.truncate(file, len(whole))
    return set(answered(whole.splitlines(), file))


def answered(lines: Iterable[bytes], file: Path) -> Iterator[str]:
    """The tags of the answers in `lines`.

    Raises:
        ConfigError: A line is no answer.
    """
    for number, content in enumerate(lines, 1):
        try:
            answer = json.loads(content)
            if answer.get("result") != "error":
                yield normal_tag(answer["tag"])
        except (ValueError, KeyError, AttributeError) as error:
            raise ConfigError(
                f"--skip-done: line {number} of {file} is no player as --json writes it"
            ) from error


def is_output(file: Path) -> bool:
    """Whether standard output goes to `file`."""
    try:
        return os.path.samestat(os.fstat(sys.stdout.fileno()), file.stat())
    except OSError:
        return False
