"""What remains of versions 3 and 4 and speaks of features that are plugins now: the only place in the core
that knows plugins by name.

    settings.py   fields of `ApiConfig` that are options or switches of plugins
    methods.py    methods of a client that a plugin does the work of; headers.py is what ``api.headers`` is
    names.py      methods of ``api.cache``, ``api.metrics``, ``api.middleware`` that have other names now
    classes.py    classes that were exported, and whose work plugins do

`EventStream` and the names beside it, which 4.0 had in `cocapi.events`, are in the plugin ``events``, in its
package ``version4``.

`cocapi.api_methods`, `cocapi.async_client`, `cocapi.cache`, `cocapi.cocapi`, `cocapi.metrics`,
`cocapi.middleware`, `cocapi.models`, `cocapi.schemas` and `cocapi.utils` are import paths of those versions.
"""
