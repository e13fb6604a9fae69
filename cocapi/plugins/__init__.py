"""Plugins: found by their entry points, switched by the configuration, loaded, ordered and asked.

A plugin is registered in the entry-point group ``cocapi``: its name there is its name here, its value a
factory that takes the `ApiConfig` and returns the plugin, or None when it has nothing to do under that
configuration. Entry points are scanned once a process; each client has plugins of its own.
"""

from cocapi.plugins.discovery import GROUP
from cocapi.plugins.factories import Off
from cocapi.plugins.records import PluginRecord, PluginWarning
from cocapi.plugins.registry import Plugins

__all__ = ["GROUP", "Off", "PluginRecord", "PluginWarning", "Plugins"]
