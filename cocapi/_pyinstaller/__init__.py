"""Tells PyInstaller how to freeze a program that uses cocapi. Nothing here is imported at run time.

PyInstaller finds this package through the entry point ``hook-dirs`` in the group ``pyinstaller40``, and runs
``hook-cocapi.py`` where a program imports cocapi.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["get_hook_dirs"]


def get_hook_dirs() -> list[str]:
    """The folder with the hook, as PyInstaller asks for it."""
    return [str(Path(__file__).parent)]
