"""Miniature clients that rename: a conforming one, and for each way to act ones that act otherwise in it alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from driftgate.client.playing import play_client
from driftgate.client.scenarios import scenarios
from driftgate.contract import Outcome, load_contract
from driftgate.contract.client import load_client_contract
from driftgate.contract.template import fill
from driftgate.emulator import EMULATORS
from driftgate.http.exchange import Answer, Request
from driftgate.http.outcome import Classifier
from driftgate.report.result import Result
from tests.miniatures import Answer as Got
from tests.miniatures import Client, Send, over_httpx

LIMIT = 6.0  # seconds in which a client must end
TIMEOUT = 2.0
GENERATED = {"name": ..., "auto_generate": True}


@dataclass
class Actor:
    """A client that renames. The members are what it does otherwise, or by which library it sends."""

    vendor: str
    send: Send = over_httpx
    written: Callable[[str], str] = lambda name: name
    believes: bool = False
    doubts: bool = False
    only_known: bool = False
    wants_all: bool = False
    follows: bool = False
    timeout: float | None = TIMEOUT

    def __call__(self, base_url: str, key: str, conversation: str, name: str) -> None:
        contract = load_contract(self.vendor)
        values = {**EMULATORS[self.vendor].params, "conversation": conversation, "name": self.written(name)}
        url, path = contract.rename.url, fill(dict(contract.rename.path), values)
        for parameter, value in path.items():
            url = url.replace(f"{{{parameter}}}", value)
        body = fill(dict(contract.rename.body or {}), values)
        if not name:
            body = {key: value for key, value in {**body, **GENERATED}.items() if value is not ...}
        sent = Client.headers(key), Client.encoded(body), self.timeout
        got = self.send(contract.rename.method, base_url + url, *sent)
        if self.follows and 300 <= got.status < 400:
            got = self.send(contract.rename.method, got.headers["location"], *sent)
        self._judge(Classifier(contract.outcomes), got)

    def _judge(self, outcome: Classifier, got: Got) -> None:
        answer = Answer(got.status, "application/json", (), got.text.encode(), 0.0)
        made = outcome.exchange(1, Request("rename", "", ""), answer).outcome
        if made is not Outcome.SUCCESS and not (self.believes and made is Outcome.REFUSAL and got.status != 429):
            raise RuntimeError(str(made))
        if self.doubts:
            raise RuntimeError("a success is not believed")
        if self.only_known and made is Outcome.SUCCESS and ("added_later" in got.text or "BaseResp" in got.text):
            raise RuntimeError("an unknown member")
        if self.wants_all and made is Outcome.SUCCESS and _lacks(got.text, self.wants_all_of()):
            raise RuntimeError("a member is missing")

    def wants_all_of(self) -> str:
        """A member that every documented answer has."""
        return {"dify": "created_at", "coze": "created_at", "nuwax": "modified"}[self.vendor]


def _lacks(text: str, member: str) -> bool:
    return f'"{member}":' not in text.replace(": null", "").replace(":null", "")


@dataclass(frozen=True)
class Act:
    """A way to act that breaks one requirement: ``breaks`` is the end of its id. ``only``: played there alone."""

    breaks: str
    says: str
    otherwise: Mapping[str, Any]
    only: tuple[str, ...] = ()


ACTORS = (
    Act("success-reported", "believes no success", {"doubts": True}, ("documented",)),
    Act("name-arrives", "takes markup out of names", {"written": lambda name: name.replace("<b>", "")}),
    Act("refusal-reported", "takes a refusal for success", {"believes": True}),
    Act("other-answers-endured", "raises an error for members that it does not know", {"only_known": True}),
    Act("other-answers-endured", "raises an error for a member that is null or missing", {"wants_all": True}),
    Act("other-answers-endured", "gives up after half a second", {"timeout": 0.5}),
    Act("outcome-reported", "cuts names to 100 characters", {"written": lambda name: name[:100]}),
    Act("credential-kept-at-home", "follows redirects with its key", {"follows": True}),
    Act("ends-without-an-answer", "waits for ever", {"timeout": None}),
)


def names(vendor: str) -> Iterator[str]:
    return (each.name for each in scenarios(vendor))


def acting(vendor: str, act: Act) -> Result:
    """The result of a client that acts so. One that waits costs time, and only one of them is to."""
    silent = () if act.breaks == "ends-without-an-answer" else tuple(set(names(vendor)) - {"silent"})
    return played(vendor, *(act.only or silent), **act.otherwise)


def acting_where_it_counts(vendor: str, act: Act) -> Result:
    """The same in the scenarios of its requirement alone, and where a server does as documented."""
    (row,) = (row for row in load_client_contract(vendor).requirements if row.id == f"{vendor}.client.{act.breaks}")
    counts = [each for each in names(vendor) if any(fnmatchcase(each, one) for one in row.detail["scenarios"])]
    return played(vendor, *(act.only or ("documented", *counts)), **act.otherwise)


def played(vendor: str, *only: str, **otherwise: Any) -> Result:
    return play_client(vendor, Actor(vendor, **otherwise), only=only, strict=True, time_limit=LIMIT)


def violated(result: Result) -> list[str]:
    return [row.requirement for row in result.record.verdicts if row.verdict == "fail"]
