"""The only place that talks to a target: sends one request, within the budget and the rate, and tells its observers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpcore

from driftgate import __version__
from driftgate.base.errors import OutOfBudget, RetriesExhausted
from driftgate.base.interrupts import interrupts
from driftgate.base.jsonvalue import one_line
from driftgate.contract.model import Outcome, Outcomes
from driftgate.http.connection import Connection, Excess, Late
from driftgate.http.decoding import TooLarge, Unreadable, whole
from driftgate.http.exchange import Answer, Exchange, Request, media_type_of
from driftgate.http.library import httpx
from driftgate.http.network import Network
from driftgate.http.outcome import Classifier
from driftgate.http.retry import IN_DOUBT, Cause, RetryPolicy, cause_of

_LARGEST_ANSWER = 1024 * 1024  # bytes; a conversation is a few hundred
_CLOSED = "the server closed the connection"
_LARGEST_RUN = 64 * 1024 * 1024  # bytes of all answers, which are kept

if TYPE_CHECKING:
    from pyrate_limiter import Limiter

__all__ = ["Budget", "Client", "Observer", "OutOfBudget", "RetriesExhausted"]

Observer = Callable[[Exchange], None]


class Budget:
    """How many requests a target may still be sent. ``reserve`` requests are kept back for cleaning up."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self.reserve = 0

    @property
    def left(self) -> int:
        return max(0, self.limit - self.reserve - self.used)

    def spend(self, *, cleaning: bool = False) -> None:
        """Count one request. Raises OutOfBudget instead when there is none left."""
        if self.used >= self.limit - (0 if cleaning else self.reserve):
            raise OutOfBudget(f"the request budget of {self.limit} is used up: raise --max-requests")
        self.used += 1


class Client:
    """Sends requests to one base URL, and to no other place: a redirect is an answer, and cookies are not kept.

    An answer of over 1 MiB, or one that is not complete within ``timeout`` seconds, is cut off as a transport error.
    """

    def __init__(
        self,
        base_url: str,
        outcomes: Outcomes,
        *,
        budget: Budget,
        timeout: float,
        retry: RetryPolicy,
        network: Network | None = None,
        rate: float | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._classify = Classifier(outcomes)
        self._timeout = timeout
        self._retry = retry
        self._limiter = _limiter(rate) if rate else None
        self._connection = Connection(base_url, network or Network())
        self._observers = list(observers)
        self._received = 0
        self.budget = budget
        self.clock_ahead: int | None = None  # seconds by which the target's clock is ahead, as its last answer told

    def close(self) -> None:
        self._connection.close()

    def pause(self, seconds: float) -> bool:
        """Waits, within what the run may wait in total; says whether it did."""
        return self._retry.pause(seconds)

    def stop(self, why: str) -> None:
        """From now on only the teardown sends requests; all others raise RetriesExhausted with this reason."""
        self._retry.exhausted = self._retry.exhausted or why

    def send(self, request: Request, *, cleaning: bool = False) -> Exchange:
        """One exchange, after repeats where they help; a transport error is part of it, not raised.

        Observers see every repeat. Raises OutOfBudget and, unless ``cleaning``, RetriesExhausted.
        """
        if self._retry.exhausted and not cleaning:
            raise RetriesExhausted(self._retry.exhausted)
        repeats = 0
        exchange, cause = self._once(request, cleaning)
        while cause and self.budget.left and self._retry.allows_retry(request.role, cause, repeats, exchange.answer):
            repeats += 1
            again, cause = self._once(request, cleaning)
            exchange = replace(again, repeats=repeats)
        self._retry.ended(request.role, cause)
        return exchange

    def _once(self, request: Request, cleaning: bool) -> tuple[Exchange, Cause | None]:
        self.budget.spend(cleaning=cleaning)
        self._retry.before()
        if self._limiter:
            self._limiter.try_acquire("request")
        interrupts.waits()
        exchange, cause = self._exchange(request, self.budget.used)
        exchange = replace(exchange, in_doubt=cause in IN_DOUBT)
        for observe in self._observers:
            observe(exchange)
        return exchange, cause

    def _exchange(self, request: Request, number: int) -> tuple[Exchange, Cause | None]:
        """What came of a request, and why it came to nothing where it did."""
        try:
            answer = self._answer(request)
        except (Late, httpcore.TimeoutException):
            told, cause = f"no answer within {self._timeout:g} s", Cause.LATE
        except (httpcore.ConnectError, httpcore.ProxyError) as problem:
            told, cause = f"cannot connect: {_short(problem)}{_hint(problem)}", Cause.UNREACHED
        except (httpcore.ReadError, httpcore.WriteError):
            told, cause = _CLOSED, Cause.LOST
        except httpcore.RemoteProtocolError as problem:
            closed = "disconnected without" in str(problem)
            told, cause = (_CLOSED, Cause.LOST) if closed else (_short(problem), Cause.BROKEN)
        except Excess as problem:
            told, cause = str(problem), Cause.EXCESS
        except (httpcore.ProtocolError, httpx.InvalidURL, TooLarge) as problem:
            told, cause = _short(problem), Cause.BROKEN
        except BaseException as problem:
            # the frames below this one hold the headers of the request, and with them the key
            raise problem.with_traceback(None) from None
        else:
            return self._answered(request, number, answer)
        unsent = cause is Cause.UNREACHED
        return Exchange(number, request, None, Outcome.UNAVAILABLE, transport_error=told, unsent=unsent), cause

    def _answered(self, request: Request, number: int, answer: Answer) -> tuple[Exchange, Cause | None]:
        exchange = self._classify.exchange(number, request, answer)
        return exchange, cause_of(answer) if exchange.outcome is Outcome.UNAVAILABLE else None

    def _answer(self, request: Request) -> Answer:
        response = self._connection.send(self._prepared(request), self._timeout)
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers)
        try:
            body, unreadable = whole(response.iter_stream(), _joined(headers, "content-encoding"), _LARGEST_ANSWER), ""
            self._connection.check_end(request.method)
        except Unreadable as problem:
            body, unreadable = problem.raw, str(problem)
        finally:
            response.close()
        self._received += len(body)
        if self._received > _LARGEST_RUN:
            raise TooLarge(f"the answers of the run are larger than {_LARGEST_RUN} bytes together")
        self.clock_ahead = _ahead(_joined(headers, "date"))
        media_type = media_type_of(_joined(headers, "content-type"))
        return Answer(response.status, media_type, headers, body, time.monotonic() - self._connection.began, unreadable)

    def _prepared(self, request: Request) -> httpcore.Request:
        """The request as it goes out, in a form that shows no headers."""
        headers = {
            "User-Agent": f"driftgate/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        }
        if request.body is not None:
            headers["Content-Type"] = request.media_type
        headers |= dict(request.headers)
        if request.key_header is not None:
            headers |= [request.key_header]
        content = request.content
        built = httpx.Request(request.method, self._base_url + request.full_url, headers=headers, content=content)
        url = httpcore.URL(
            scheme=built.url.raw_scheme, host=built.url.raw_host, port=built.url.port, target=built.url.raw_path
        )
        return httpcore.Request(built.method, url, headers=built.headers.raw, content=content)


def _limiter(rate: float) -> Limiter:
    """Lets ``rate`` requests a second pass."""
    from pyrate_limiter import Limiter, Rate  # noqa: PLC0415  # takes longer to import than most runs need

    return Limiter(Rate(1, max(1, round(1000 / rate))), buffer_ms=1)


def _joined(headers: Sequence[tuple[str, str]], wanted: str) -> str:
    """The value of a header; where it is given several times they are one list (RFC 9110, section 5.3)."""
    return ", ".join(value for name, value in headers if name.lower() == wanted)


def _ahead(date: str) -> int | None:
    """The seconds by which the clock of a header Date (RFC 9110, section 6.6.1) is ahead of ours; None without one."""
    try:
        return round(parsedate_to_datetime(date).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def _hint(problem: Exception) -> str:
    unknown_authority = "CERTIFICATE_VERIFY_FAILED" in str(problem)
    return "; a certificate of your own is trusted with --ca-bundle" if unknown_authority else ""


def _short(problem: Exception) -> str:
    return one_line(str(problem)) or type(problem).__name__
