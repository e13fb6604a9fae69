"""For authors of plugins and for users: a network that follows a script, a clock moved by hand.

    script = Script(Response(503), json_response({"tag": "#2PP"}))
    with script.client(retry_delay=1) as api:
        assert api.clan_tag("#2PP") == {"tag": "#2PP"}
    assert len(script.sleeps) == 1

Nothing here sleeps or sends. For a real API on loopback see the sandbox. The checks for authors of a store
are in `cocapi.testing.stores` and, where it has streams, in `cocapi.testing.streams`; they need pytest,
hypothesis and trio. Those for authors of a transport are in `cocapi.testing.transports`, which needs pytest.
"""

from cocapi.testing.script import Clock, Script, json_response

__all__ = ["Clock", "Script", "json_response"]
