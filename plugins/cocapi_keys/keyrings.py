"""The system's keyring, where there is one: library ``keyring``, of the extra ``keys``.

It keeps a secret for each file of keys, with which that is encrypted (Fernet, of the library
``cryptography``), and a log-in, if the user asks for that. Whatever goes wrong with it counts as no keyring.
"""

from __future__ import annotations

import json
import logging
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cocapi.interrupts import reraise

__all__ = ["absence", "available", "forget", "remember", "remembered", "seal", "unseal"]

log: logging.Logger = logging.getLogger("cocapi.keys")

SERVICE = "cocapi"


def available() -> bool:
    """Whether the system offers a keyring, and the libraries that use it are installed."""
    return usable_keyring() is not None


def absence() -> str:
    """Why there is no keyring, in a few words."""
    if find_spec("keyring") is None or find_spec("cryptography") is None:
        return "the libraries keyring and cryptography, of the extra 'keys', are not both installed"
    return (
        "the library keyring is installed, and this system has no keyring that it can use, such as GNOME "
        "Keyring, KWallet, the macOS Keychain or the Windows Credential Locker"
    )


def usable_keyring() -> Any:
    """The keyring; None: there is none."""
    try:
        import cryptography.fernet
        import keyring

        del cryptography
        backend = keyring.get_keyring()
        usable = backend.priority > 0
    except ModuleNotFoundError:
        return None
    except Exception as error:
        reraise(error)
        log.debug("the system's keyring cannot be used: %s", type(error).__name__)
        return None
    return backend if usable else None


def ask(verb: str, *arguments: str) -> Any:
    """Have the keyring do something; None where it does not."""
    backend = usable_keyring()
    if backend is None:
        return None
    try:
        return getattr(backend, verb)(SERVICE, *arguments)
    except Exception as error:
        reraise(error)
        log.warning("the system's keyring failed: %s", type(error).__name__)
        return None


def seal(path: Path, content: bytes) -> bytes | None:
    """What a file is to hold, encrypted; None: there is no keyring that would keep the secret."""
    if not available():
        return None
    from cryptography.fernet import Fernet

    secret = ask("get_password", place(path))
    if secret is None:
        secret = Fernet.generate_key().decode()
        ask("set_password", place(path), secret)
        if ask("get_password", place(path)) != secret:
            return None
    return Fernet(secret).encrypt(content)


def unseal(path: Path, sealed: bytes) -> bytes:
    """What a file holds, decrypted.

    Raises:
        ValueError: The keyring has no secret for it, or another.
    """
    secret = ask("get_password", place(path))
    if secret is None:
        raise ValueError("they are encrypted, and the system's keyring has no secret for them")
    from cryptography.fernet import Fernet, InvalidToken

    try:
        return Fernet(secret).decrypt(sealed)
    except InvalidToken:
        raise ValueError("they were encrypted with another secret") from None


def remember(path: Path, email: str, password: str) -> bool:
    """Keep a log-in; whether the keyring has done it."""
    text = json.dumps([email, password])
    ask("set_password", login(path), text)
    return bool(ask("get_password", login(path)) == text)


def remembered(path: Path) -> tuple[str, str] | None:
    """The log-in that is kept; None: there is none."""
    text = ask("get_password", login(path))
    if not text:
        return None
    email, password = json.loads(text)
    return email, password


def forget(path: Path) -> None:
    """Drop what is kept for a file."""
    for name in (place(path), login(path)):
        if ask("get_password", name) is not None:
            ask("delete_password", name)


def place(path: Path) -> str:
    """The name of the secret of a file."""
    return f"keys in {path}"


def login(path: Path) -> str:
    """The name of the log-in that belongs to a file."""
    return f"log-in for {path}"
