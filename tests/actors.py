"""Miniature clients that rename: a conforming one, and for each way to act one that acts otherwise in it alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from driftgate.client.playing import play_client
from driftgate.contract import Outcome, load_contract
from driftgate.contract.template import fill
from driftgate.emulator import EMULATORS
from driftgate.http.exchange import Answer, Request
from driftgate.http.outcome import Classifier
from driftgate.report.result import Result

LIMIT = 6.0  # seconds in which a client must end
TIMEOUT = 2.0


@dataclass
class Actor:
    """A client that renames. The members are what it does otherwise."""

    vendor: str
    written: Callable[[str], str] = lambda name: name
    believes: bool = False
    doubts: bool = False
    only_known: bool = False
    follows: bool = False
    timeout: float | None = TIMEOUT
    _known: set[str] = field(default_factory=set)

    def __call__(self, base_url: str, key: str, conversation: str, name: str) -> None:
        contract = load_contract(self.vendor)
        values = {**EMULATORS[self.vendor].params, "conversation": conversation, "name": self.written(name)}
        url = contract.rename.url
        path: Any = fill(dict(contract.rename.path), values)
        for parameter, value in path.items():
            url = url.replace(f"{{{parameter}}}", value)
        headers = {"Authorization": f"Bearer {key}"}
        body = fill(dict(contract.rename.body or {}), values)
        given: Mapping[str, Any] = {"headers": headers, "json": body, "timeout": self.timeout, "trust_env": False}
        got = httpx.request(contract.rename.method, base_url + url, **given)
        if self.follows and got.is_redirect:
            got = httpx.request(contract.rename.method, got.headers["location"], **given)
        self._judge(Classifier(contract.outcomes), got)

    def _judge(self, outcome: Classifier, got: httpx.Response) -> None:
        answer = Answer(got.status_code, "application/json", (), got.content, 0.0)
        made = outcome.exchange(1, Request("rename", "", ""), answer).outcome
        if made is not Outcome.SUCCESS and not (self.believes and made is Outcome.REFUSAL and got.status_code != 429):
            raise RuntimeError(str(made))
        if self.doubts:
            raise RuntimeError("a success is not believed")
        if self.only_known and made is Outcome.SUCCESS and ("added_later" in got.text or "BaseResp" in got.text):
            raise RuntimeError("an unknown member")


ACTORS: Mapping[str, Mapping[str, Any]] = {
    "name-arrives": {"written": lambda name: name.replace("<b>", "")},
    "refusal-reported": {"believes": True},
    "other-answers-endured": {"only_known": True},
    "credential-kept-at-home": {"follows": True},
    "ends-without-an-answer": {"timeout": None},
}


def played(vendor: str, *only: str, **otherwise: Any) -> Result:
    return play_client(vendor, Actor(vendor, **otherwise), only=only, strict=True, time_limit=LIMIT)


def violated(result: Result) -> list[str]:
    return [row.requirement for row in result.record.verdicts if row.verdict == "fail"]
