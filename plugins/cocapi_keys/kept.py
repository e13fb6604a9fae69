"""Keys in a file: for whoever runs programs here, and nobody else.

The file is readable for its owner alone and is replaced as a whole. Where the system offers a keyring, the
file is encrypted with a secret that the keyring keeps; else it is plain, as the files of other programs that
keep tokens are. A password is never in it.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import platform
import stat
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cocapi import ConfigError
from cocapi.interrupts import reraise
from cocapi.text import printable
from cocapi_keys import keyrings
from cocapi_keys.key import Key

__all__ = ["Entry", "KeptKeys", "default_path"]

log: logging.Logger = logging.getLogger("cocapi.keys")


def default_path() -> Path:
    """`keys.json` in the user's data folder."""
    from platformdirs import user_data_path

    return user_data_path("cocapi", appauthor=False) / "keys.json"


@dataclass(frozen=True)
class Entry:
    """The keys of one account and name.

    Attributes:
        account: The digest of the account.
        portal: Where they are from.
        api: The origin that they are for.
        name: Of the keys.
        host: Of which computer.
        at: When they were written, in seconds since 1970.
    """

    account: str
    portal: str
    api: str
    name: str
    keys: tuple[Key, ...]
    host: str = ""
    at: float = 0.0

    @classmethod
    def read(cls, entry: Any) -> Entry:
        """An entry of the file.

        Raises:
            ValueError: It is none.
        """
        try:
            texts = [entry[name] for name in ("account", "portal", "api", "name", "host")]
            keys = tuple(map(Key.read, entry["keys"]))
            at = float(entry["at"])
        except (KeyError, TypeError) as error:
            reraise(error)
            raise ValueError("it is no entry") from None
        account, portal, api, name, host = map(str, texts)
        return cls(account, portal, api, name, keys, host, at)

    def written(self) -> dict[str, Any]:
        """What `read` reads."""
        keys = [key.written() for key in self.keys]
        return {
            "account": self.account,
            "portal": self.portal,
            "api": self.api,
            "name": self.name,
            "host": self.host,
            "at": self.at,
            "keys": keys,
        }

    @property
    def here(self) -> bool:
        """Whether this computer wrote it; the folder may be shared by several."""
        return self.host == platform.node()


class KeptKeys:
    """The file.

    What cannot be read counts as nothing, and what cannot be written is left: both are logged.

    Args:
        path: Where it is; None: the default place.

    Raises:
        ConfigError: No file can be there; or nobody knows where that is, as in a container whose user has no
            home.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path: Path = expanded(Path(path or default_path()))

    def __repr__(self) -> str:
        return f"<KeptKeys in {self.path}>"

    def exists(self) -> bool:
        """Whether there is a file."""
        return os.path.isfile(self.path)  # noqa: PTH113  # False also where it cannot be looked for

    def entries(self) -> tuple[Entry, ...]:
        """What is in the file."""
        try:
            see_that_it_is_a_file(self.path)
            content = self.path.read_bytes()
        except FileNotFoundError as error:
            reraise(error)
            return ()
        except OSError as error:
            reraise(error)
            log.warning("the keys in %s cannot be read: %s", self.path, error.strerror)
            return ()
        try:
            document = json.loads(content)
            if "sealed" in document:
                document = json.loads(keyrings.unseal(self.path, document["sealed"].encode()))
            return tuple(map(Entry.read, document["entries"]))
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
            reraise(error)
            log.warning("the keys in %s cannot be read: %s", self.path, printable(str(error), 200))
            return ()

    def write(self, entry: Entry) -> None:
        """Put an entry in the place of the one of the same account, name and API, if there is one."""
        entry = Entry(
            entry.account, entry.portal, entry.api, entry.name, entry.keys, platform.node(), time.time()
        )
        others = [other for other in self.entries() if not same(entry, other)]
        self._replace((*others, entry))

    def forget(self) -> int:
        """Remove the file, and what the system's keyring keeps for it; how many keys were in it."""
        count = sum(len(entry.keys) for entry in self.entries())
        if self.exists():
            self.path.unlink(missing_ok=True)
        keyrings.forget(self.path)
        return count

    def _replace(self, entries: tuple[Entry, ...]) -> None:
        """Write the whole file anew, in one step."""
        document: dict[str, Any] = {"entries": [entry.written() for entry in entries]}
        try:
            sealed = keyrings.seal(self.path, json.dumps(document).encode())
            if sealed is not None:
                document = {"sealed": sealed.decode()}
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            target = Path(os.path.realpath(self.path))  # which makes no error of links that go round
            if os.path.lexists(target) and not target.is_symlink():
                see_that_it_is_a_file(target)
            descriptor, name = tempfile.mkstemp(prefix=".keys-", dir=target.parent)  # 0600 from the beginning
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    json.dump(document, file, indent=1)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(target)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            reraise(error)
            log.warning("the keys cannot be kept in %s: %s", self.path, error.strerror)

    def sealed(self) -> bool:
        """Whether the file is encrypted."""
        try:
            return self.exists() and b'"sealed"' in self.path.read_bytes()[:64]
        except OSError as error:
            reraise(error)
            return False


def expanded(path: Path) -> Path:
    """A path, of which ``~`` is the home folder.

    Raises:
        ConfigError: There is none; or no file can be called so.
    """
    try:
        whole = path.expanduser()
    except RuntimeError as error:
        reraise(error)
        raise ConfigError(f"the keys cannot be kept in {path}: {error}; set key_storage_path") from None
    if "\0" in str(whole):
        raise ConfigError(f"the keys cannot be kept in {str(path)!r}: no file can be called so")
    return whole


def see_that_it_is_a_file(path: Path) -> None:
    """See that a path leads to no device, of which reading may have no end, and which is not to be replaced.

    Raises:
        OSError: It does, or to nothing.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is no regular file")


def same(one: Entry, other: Entry) -> bool:
    """Whether two entries are of the same account, name, API and computer."""
    return all(
        getattr(one, name) == getattr(other, name) for name in ("account", "portal", "api", "name", "host")
    )
