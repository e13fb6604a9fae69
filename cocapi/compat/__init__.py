"""What remains of versions 3 and 4 and speaks of features that are plugins now: the only place in the core
that knows plugins by name.

    settings.py   fields of `ApiConfig` that are options or switches of plugins
    methods.py    methods of a client that a plugin does the work of

`cocapi.middleware`, `cocapi.models`, `cocapi.utils` and `cocapi.cocapi` are import paths of those versions.
"""
