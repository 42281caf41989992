"""The retry policy: which requests are repeated, after what wait, and when the run stops asking.

Every bound is on our side, so that a server cannot keep a run waiting: a wait, the waits of a run, the repeats of a
request, and the requests in a row that stay without an answer.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum

from driftgate.http.exchange import Answer

LONGEST_WAIT = 60.0  # seconds before one repeat; limits of vendors are per minute
_FIRST_WAIT = 1.0
_IN_A_ROW = 3
_AGES = 10_000_000.0

_chance = random.SystemRandom()


class Cause(Enum):
    """Why an exchange came to nothing; the value says it with "the target"."""

    UNREACHED = "cannot be connected to"  # nothing was sent
    LOST = "closed the connection"
    NOT_NOW = "has no time"  # 429, 503 with Retry-After, the vendor's own words: the request was not carried out
    GATEWAY = "is not available"  # 502, 503, 504, often a gateway's words: it may have been carried out
    LATE = "does not answer in time"
    EXCESS = "sends more bytes than its answers announce"
    BROKEN = "does not answer in HTTP"  # or at too great a length; it will not be better the next time


# How often a request is repeated. What may have been carried out is repeated only where nothing can come of it: a
# second rename with the same name could hide that the first was lost. A conversation is never asked for twice, as
# nobody would know of the first to delete it.
_REPEATS = {Cause.UNREACHED: 2, Cause.LOST: 2, Cause.NOT_NOW: 6, Cause.GATEWAY: 2, Cause.EXCESS: 1}
_NOT_CARRIED_OUT = frozenset({Cause.UNREACHED, Cause.NOT_NOW})
IN_DOUBT = frozenset({Cause.LOST, Cause.GATEWAY, Cause.EXCESS})  # it may have been carried out, and may be now
_HARMLESS = frozenset({"read", "list", "delete"})
# These say something of the target; the others perhaps of one request alone, such as a body that a firewall drops.
_UNAVAILABLE = frozenset({Cause.UNREACHED, Cause.NOT_NOW, Cause.GATEWAY, Cause.LATE})


def pause(seconds: float) -> None:
    """Lets time pass; a function of its own for tests to put another in its place."""
    time.sleep(seconds)


class RetryPolicy:
    """The waits of one run: ``total`` seconds in all."""

    def __init__(self, total: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._left = total
        self._clock = clock
        self._not_before = 0.0
        self._in_a_row: Counter[str] = Counter()
        self.exhausted: str | None = None

    def before(self) -> None:
        """Waits until the moment that a repeat, or the target, asked for, within the bounds."""
        wait = self._not_before - self._clock()
        if 0 < wait <= self._bound:
            self._left -= wait
            pause(wait)
        self._not_before = 0.0

    def pause(self, seconds: float) -> bool:
        """Waits this long, and says so, where the bounds allow it."""
        if seconds > self._bound:
            return False
        self._left -= seconds
        pause(seconds)
        return True

    @property
    def _bound(self) -> float:
        return min(LONGEST_WAIT, self._left)

    def allows_retry(self, role: str, cause: Cause, repeats: int, answer: Answer | None) -> bool:
        """Whether a request that came to nothing is to be repeated, after ``repeats`` repeats so far."""
        asked_for = _retry_after(answer)
        if asked_for is not None:
            self._not_before = self._clock() + asked_for
        repeatable = role in _HARMLESS or (role != "create" and cause in _NOT_CARRIED_OUT)
        if not repeatable or repeats >= _REPEATS.get(cause, 0):
            return False
        wait = asked_for if asked_for is not None else _FIRST_WAIT * 2**repeats * _chance.uniform(0.5, 1)
        if wait > self._bound:
            return False
        self._not_before = self._clock() + wait
        return True

    def ended(self, role: str, cause: Cause | None) -> None:
        """Takes note of how a request ended, its repeats included; ``cause`` is None when it was answered."""
        if cause not in _UNAVAILABLE:
            self._in_a_row[role] = 0
            return
        self._in_a_row[role] += 1
        wait = self._not_before - self._clock()
        if wait > self._bound:
            told = f"{wait:.0f} s, and the run waits for {self._bound:.0f} s at most (--max-wait)"
            self.exhausted = f"the target asked to be left alone for {told}"
        elif self._in_a_row[role] >= _IN_A_ROW:
            self.exhausted = f"the target {cause.value}, {_IN_A_ROW} times in a row: the run asks no further"


def cause_of(answer: Answer) -> Cause:
    """Why an answer that is none, such as 429, came."""
    gateway = answer.status in (502, 503, 504) and (answer.status != 503 or _retry_after(answer) is None)
    return Cause.GATEWAY if gateway else Cause.NOT_NOW


def _retry_after(answer: Answer | None) -> float | None:
    """The seconds in a header Retry-After (RFC 9110, section 10.2.3), given as a number or a date; None without one."""
    headers = answer.headers if answer else ()
    text = next((value.strip() for name, value in headers if name.lower() == "retry-after"), "")
    if text.isascii() and text.isdigit():
        return min(float(text), _AGES)
    try:
        date = parsedate_to_datetime(text)
        return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
