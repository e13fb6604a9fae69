"""What a user of a server is not allowed, found out by trying: a server names one command at a time, and some
servers name none that a script runs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from redis.exceptions import NoPermissionError, RedisError

from cocapi_redis.scripts import Script

__all__ = ["LACKING", "denied_command", "is_denied", "refusal"]

LACKING = Script("""
-- KEYS: one that is not there, to which none of these does anything.
local key = KEYS[1]
local lacking = {}
for _, words in ipairs({
    {'GET', key}, {'SET', key, '', 'XX'}, {'DEL', key}, {'UNLINK', key}, {'EXISTS', key}, {'PEXPIRE', key, 1},
    {'SCAN', 0, 'COUNT', 1}, {'TIME'}, {'INFO', 'stats'}, {'HGET', key, 'f'}, {'HSET', key, 'f', 'v', 'odd'},
    {'XADD', key, 'NOMKSTREAM', '*', 'f', 'v'}, {'XRANGE', key, '-', '+', 'COUNT', 1},
    {'XTRIM', key, 'MAXLEN', 0}, {'XGROUP', 'CREATE', key, 'g', '0'}, {'XINFO', 'CONSUMERS', key, 'g'},
    {'XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', 1, 'STREAMS', key, '>'},
    {'XAUTOCLAIM', key, 'g', 'c', 0, '-'}, {'XCLAIM', key, 'g', 'c', 0, '0-1'}, {'XPENDING', key, 'g'},
    {'XACK', key, 'g', '0-1'},
}) do
    local reply = redis.pcall(unpack(words))
    local why = type(reply) == 'table' and reply.err or ''
    if string.find(why, 'permissions to run', 1, true) or string.find(why, "can't run this", 1, true) then
        lacking[#lacking + 1] = string.lower(words[1])
    end
end
return lacking
""")
"""Those of the commands that the user may not run."""

NAMED = re.compile(r"permissions to run the '([^'|]+)")


def is_denied(error: RedisError) -> bool:
    """Whether the user lacks a permission: a script's is told as a general error."""
    return isinstance(error, NoPermissionError) or any(
        words in str(error) for words in ("NOPERM", "The user executing the script can't")
    )


def denied_command(error: RedisError) -> set[str]:
    """The command that the error names, if it names one."""
    return set(NAMED.findall(str(error)))


def refusal(commands: Iterable[str], keys: str) -> str:
    """What is lacking, and who gives it.

    Args:
        commands: Those that the user may not run; none: then it is keys.
        keys: The pattern of all that are used.
    """
    names = sorted(commands)
    if not names:
        return (
            f"does not permit its user the keys {keys}: grant them (ACL SETUSER … ~{keys}), or name another "
            "namespace or user"
        )
    rules = " ".join(f"+{name}" for name in names)
    return (
        f"does not permit its user {', '.join(names)}: grant it (ACL SETUSER … {rules}), or name another "
        "user in store="
    )
