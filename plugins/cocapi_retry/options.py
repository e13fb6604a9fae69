"""The options of the plugin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cocapi.options import Attempts, Range, Seconds

__all__ = ["RetryOptions"]


@dataclass(frozen=True)
class RetryOptions:
    """How often, and after which waits, an attempt is made again.

    Attributes:
        max_attempts: Attempts a call may take in all, the first included.
        delay: Seconds before the second attempt; doubled for each further one.
        max_delay: Seconds that one wait may take. A server that asks for more ends the call.
        budget: Seconds from the beginning of the call within which an attempt may begin; 0: only the first.
        jitter: The part of a wait that is left to chance: with 0.5, a wait of 2 seconds takes 1 to 2. What a
            server asks for is waited exactly.
    """

    max_attempts: Attempts = 3
    delay: Seconds = 1.0
    max_delay: Seconds = 30.0
    budget: Seconds = 120.0
    jitter: Annotated[float, Range(ge=0, le=1)] = 0.5
