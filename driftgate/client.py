"""The only place that talks to a target: sends one request, within the budget and the rate, and tells its observers."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence

import httpx
from pyrate_limiter import Limiter, Rate

from driftgate import __version__
from driftgate.contract.model import Outcome, Outcomes
from driftgate.exchange import Answer, Exchange, Request, media_type_of
from driftgate.jsonvalue import one_line
from driftgate.outcome import Classifier
from driftgate.secret import Secret

_LARGEST_ANSWER = 8 * 1024 * 1024  # bytes; a conversation is a few hundred
_DISCONNECTED = "the server closed the connection"

Observer = Callable[[Exchange], None]


class OutOfBudget(Exception):
    """The run's request budget is used up; what was not asked stays unjudged."""


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
    """Sends requests to one base URL. Never follows a redirect; an answer of over 8 MiB is cut off as trouble."""

    def __init__(
        self,
        base_url: str,
        outcomes: Outcomes,
        *,
        budget: Budget,
        timeout: float,
        rate: float | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._classify = Classifier(outcomes)
        self._timeout = timeout
        self._limiter = Limiter(Rate(1, max(1, round(1000 / rate))), buffer_ms=1) if rate else None
        self._http = httpx.Client(
            timeout=timeout, follow_redirects=False, headers={"User-Agent": f"driftgate/{__version__}"}
        )
        self._observers = list(observers)
        self.budget = budget

    def close(self) -> None:
        self._http.close()

    def send(self, request: Request, *, cleaning: bool = False) -> Exchange:
        """One exchange; trouble on the way is told in it, not raised. Raises OutOfBudget.

        A kept connection that the server has closed meanwhile says nothing: the request is sent once more, unless it
        creates something.
        """
        exchange = self._once(request, cleaning)
        if exchange.trouble == _DISCONNECTED and request.role != "create":
            exchange = self._once(request, cleaning)
        for observe in self._observers:
            observe(exchange)
        return exchange

    def _once(self, request: Request, cleaning: bool) -> Exchange:
        self.budget.spend(cleaning=cleaning)
        if self._limiter:
            self._limiter.try_acquire("request")
        return self._exchange(request, self.budget.used)

    def url(self, request: Request) -> str:
        return self._base_url + request.url

    def _exchange(self, request: Request, number: int) -> Exchange:
        try:
            answer = self._answer(request)
        except httpx.TimeoutException:
            return self._trouble(number, request, f"no answer within {self._timeout:g} s")
        except httpx.ConnectError as problem:
            return self._trouble(number, request, f"cannot connect: {_short(problem)}")
        except httpx.RemoteProtocolError as problem:
            disconnected = "disconnected without" in str(problem)
            return self._trouble(number, request, _DISCONNECTED if disconnected else _short(problem))
        except (httpx.ReadError, httpx.WriteError):
            return self._trouble(number, request, _DISCONNECTED)
        except (httpx.HTTPError, httpx.InvalidURL, _TooMuch) as problem:
            return self._trouble(number, request, _short(problem))
        return self._classify.exchange(number, request, answer)

    @staticmethod
    def _trouble(number: int, request: Request, text: str) -> Exchange:
        return Exchange(number, request, None, Outcome.UNAVAILABLE, trouble=text)

    def _answer(self, request: Request) -> Answer:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        started = time.monotonic()
        auth = _Bearer(request.credential) if request.credential else None
        with self._http.stream(
            request.method, self.url(request), content=request.body, headers=headers, auth=auth
        ) as response:
            body = self._body(response, started + self._timeout)
        media_type = media_type_of(response.headers.get("content-type", ""))
        told = tuple((name, value) for name, value in response.headers.items())
        return Answer(response.status_code, media_type, told, body, time.monotonic() - started)

    def _body(self, response: httpx.Response, deadline: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > _LARGEST_ANSWER:
                raise _TooMuch(f"the answer is larger than {_LARGEST_ANSWER} bytes")
            if time.monotonic() > deadline:
                raise _TooMuch(f"the answer was not complete within {self._timeout:g} s")
        return bytes(body)


class _Bearer(httpx.Auth):
    """Adds the credential (RFC 6750) where no variable of ours holds it, so that no traceback can show it."""

    def __init__(self, credential: Secret) -> None:
        self._credential = credential

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._credential.reveal()}"
        yield request


class _TooMuch(Exception):
    """An answer that is too large, or too slow to end."""


def _short(problem: Exception) -> str:
    return one_line(str(problem)) or type(problem).__name__
