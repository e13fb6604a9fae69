"""What takes more than one command, in Lua, so that it is atomic and goes by the server's clock.

A server with a limit of memory may evict any key at any moment; one that is started anew may have lost some.
So a key that is not there is no proof that it never was: its script looks at what the client knows it to
have been, and at whether the server has evicted anything. Where something may be lost, a budget counts as
spent and a log goes on far behind: that costs time, and never admits one too many or repeats a position.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

__all__ = [
    *("ACKNOWLEDGE", "ADMIT", "APPEND", "EXTEND", "GET_OR_CLAIM", "PUBLISH", "PUT_AND_RELEASE", "PUT_HELD"),
    *("RECEIVE", "RELEASE", "RENEW", "Script"),
]


@dataclass(frozen=True)
class Script:
    """A script.

    Args:
        text: Its source.
        keys: How many keys it takes.
    """

    text: str
    keys: int = 1
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha", hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest())


DENIED = """
local function refuse_if_denied(reply)  -- a reply whose other errors are expected
    local why = type(reply) == 'table' and reply.err or ''
    if string.find(why, 'permissions', 1, true) or string.find(why, 'user executing', 1, true) then
        error(why)
    end
end
"""

EVICTING = (
    DENIED
    + """
local function evicting()  -- whether this server has ever dropped a key to make room
    local info = redis.pcall('INFO', 'stats')
    refuse_if_denied(info)
    local count = type(info) == 'string' and string.match(info, 'evicted_keys:(%d+)')
    return not count or tonumber(count) > 0
end
local function now()  -- in microseconds
    local time = redis.call('TIME')
    return time[1] * 1000000 + time[2]
end
"""
)

ADMIT = Script(
    EVICTING
    + """
-- The generic cell rate algorithm: due is the theoretical arrival time, in microseconds.
-- ARGV: seconds between two, how many at once, and the due that the client has seen last.
local interval, burst, known = ARGV[1] * 1000000, tonumber(ARGV[2]), tonumber(ARGV[3])
local now = now()
local most = now + burst * interval
local stored = tonumber(redis.call('GET', KEYS[1]) or nil)
local due = stored or now
if known > due or (not stored and evicting()) then due = most end
due = math.max(math.min(due, most), now)
local wait = due - (burst - 1) * interval - now
if wait <= 1 then
    wait, due = 0, due + interval
end
if due ~= stored then
    redis.call('SET', KEYS[1], string.format('%.17g', due), 'PX', math.ceil((due - now) / 1000) + 1)
end
return {string.format('%.17g', wait), string.format('%.17g', due)}
"""
)

APPEND = Script(
    EVICTING
    + """
-- A stream whose ids are 0-1, 0-2, …: it keeps the last one when all entries are trimmed.
-- ARGV: the content, how many entries are kept, and the last position that the client has seen.
local content, keep, known = ARGV[1], ARGV[2], tonumber(ARGV[3])
local function add(add_or_fail, id)
    return add_or_fail('XADD', KEYS[1], 'MAXLEN', '=', keep, id, 'c', content)
end
local after_known = string.format('0-%.0f', known + 1)
if redis.call('EXISTS', KEYS[1]) == 0 then
    if evicting() then after_known = string.format('0-%.0f', math.max(known + 1, now())) end
    return add(redis.call, after_known)
end
local id = add(redis.pcall, after_known)
if type(id) == 'table' then return add(redis.call, '0-*') end  -- others have appended since
return id
"""
)

EXTEND = Script("""
-- ARGV: the holder, and milliseconds.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
""")

RELEASE = Script("""
-- ARGV: the holder.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
""")

PUT = """
-- KEYS: the lease, the value. ARGV: the holder, the value, and milliseconds; -1: without end; 0: none.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local lifetime = tonumber(ARGV[3])
if lifetime > 0 then
    redis.call('SET', KEYS[2], ARGV[2], 'PX', lifetime)
elseif lifetime < 0 then
    redis.call('SET', KEYS[2], ARGV[2])
else
    redis.call('DEL', KEYS[2])
end
"""

PUT_HELD = Script(PUT + "return 1", keys=2)

PUT_AND_RELEASE = Script(PUT + "return redis.call('DEL', KEYS[1])", keys=2)

GET_OR_CLAIM = Script(
    """
-- KEYS: the lease, the value. ARGV: the holder, and milliseconds.
local value = redis.call('GET', KEYS[2])
if value then return value end
return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1  -- a number, which no value is
""",
    keys=2,
)

PUBLISH = Script(
    """
-- KEYS: the stream, and a hash of the last number of each source.
-- ARGV: the source, the number, how many entries are kept, and names and contents of fields.
if tonumber(ARGV[2]) <= tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or -1) then return 0 end
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', unpack(ARGV, 4))
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return 1
""",
    keys=2,
)

RECEIVE = Script(
    DENIED
    + """
-- ARGV: the group, the consumer, how many, and the milliseconds after which an entry is idle.
-- Consumers that have nothing, and have not been heard of for a day, are forgotten.
refuse_if_denied(redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM'))
local idle = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[4], '-', 'COUNT', ARGV[3])
if #idle[2] > 0 then return idle[2] end
local fresh = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', ARGV[3], 'STREAMS', KEYS[1], '>')
if fresh then return fresh[1][2] end
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
    if consumer[4] == 0 and consumer[6] > 86400000 then
        redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer[2])
    end
end
return {}
"""
)

HAS = (
    DENIED
    + """
local function has(id)  -- whether an entry is the consumer's
    local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], id, id, 1, ARGV[2])
    refuse_if_denied(pending)
    return not pending.err and #pending > 0
end
"""
)

RENEW = Script(
    HAS
    + """
-- ARGV: the group, the consumer, and ids.
local kept = {}
for number = 3, #ARGV do
    if has(ARGV[number]) then
        redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[number], 'JUSTID')
        kept[#kept + 1] = ARGV[number]
    end
end
return kept
"""
)

ACKNOWLEDGE = Script(
    HAS
    + """
-- ARGV: the group, the consumer, and an id.
if not has(ARGV[3]) then return 0 end
return redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
"""
)
