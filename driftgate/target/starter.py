"""A driftgate.toml to begin with: its targets, with a commented line for everything else that one may have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from driftgate.contract import Contract, Parameter
from driftgate.products import available

_COLUMN = 46  # where comments begin, as far as the settings leave room
_GIVEN_BACK = "use these and give them their names back"


@dataclass(frozen=True)
class Starter:
    """A target to begin with. Without ``base_url`` it is the embedded emulator."""

    name: str
    contract: Contract
    base_url: str | None = None
    product: str | None = None

    def variable(self, of: str) -> str:
        """The environment variable for a key or a parameter of this target."""
        stem = re.sub(r"[^A-Z0-9]", "_", f"{self.name}_{of}".upper())
        return stem if stem[0].isalpha() else f"_{stem}"

    @property
    def wants_key(self) -> bool:
        """Whether the contract wants a key with requests."""
        return bool(self.contract.document.get("security"))


def text_of(starters: Sequence[Starter], schema: str, contracts: Sequence[str] = ()) -> str:
    """The text of the file. ``schema``, its JSON Schema, and ``contracts``, folders, are as seen from it."""
    lines = [
        f"#:schema {schema}",
        "# Targets: driftgate run judges them all, with --target NAME one; driftgate doctor says what that takes.",
        "# A text that begins with $ stands for the environment variable of that name, so that no key is written here.",
        "# By the first line editors complete and check this file; driftgate schema --output DIR renews the schema.",
    ]
    named = f"contracts = [{', '.join(map(_text, contracts or ['contracts']))}]"
    lines += ["", _line(named, "folders with contracts of your own, one folder per vendor", off=not contracts)]
    lines += [_line("watch = { requests_per_day = 100 }", "what driftgate watch may send on a day, at most", off=True)]
    for starter in starters:
        lines += ["", *_target(starter)]
    return "\n".join(lines) + "\n"


def _target(starter: Starter) -> Iterator[str]:
    contract, live = starter.contract, starter.base_url is not None
    name = starter.name if re.fullmatch(r"[A-Za-z0-9_-]+", starter.name) else _text(starter.name)
    yield f"[targets.{name}]"
    yield f"vendor = {_text(contract.vendor)}"
    if live:
        yield f"base_url = {_text(starter.base_url or '')}"
    else:
        yield _line("emulator = true", "judge the embedded emulator; for a server, these two instead")
        yield _line(f"base_url = {_text(_usual_url(contract))}", off=True)
    if starter.product is not None:
        yield _line(f"product = {_text(starter.product)}", "what it is known to do is accepted, all else is reported")
    yield _line(f'api_key = "${starter.variable("api_key")}"', off=not (live and starter.wants_key))
    yield _line('conversations = ["ID", "ANOTHER"]', f"{_GIVEN_BACK}{_making(contract)}", off=True)
    for parameter in contract.parameters:
        needed = live and parameter.required
        yield _line(f"params.{parameter.name} = {_value(starter, parameter)}", parameter.says, off=not needed)
    yield _line(f"edition = {_text(contract.edition)}", "of the contract; without it, the current one", off=True)
    yield from (_line(setting, says, off=True) for setting, says in _others(starter))


def _making(contract: Contract) -> str:
    """What happens where no conversations are given."""
    if contract.create is None:
        return ""
    return (
        f"; making them costs {contract.create.costs}" if contract.create.costs else "; else two are made and deleted"
    )


def _others(starter: Starter) -> Iterable[tuple[str, str]]:
    yield "allow_cost = true", "ask what costs money too, such as model calls"
    yield 'owner = "payments team"', "who looks after it; reports name them"
    yield 'link = "https://wiki.example/runbook"', "a page about it; reports link to it"
    known = available(starter.contract.vendor)
    if starter.product is None and known:
        yield f"product = {_text(known[-1])}", "the real product that it runs: accept what that is known to do"
    yield f"waivers = {_text(f'waivers/{starter.name}.yaml')}", "violations that you accept until a date"
    yield 'baseline = "reports/baselines"', "a record or folder to compare with: then only breaking drift fails"
    yield 'proxy = "http://proxy.example:3128"', "without it, HTTPS_PROXY or HTTP_PROXY"
    yield 'ca_bundle = "ca.pem"', "trust these certificates, such as your company's"


def _line(setting: str, says: str = "", *, off: bool = False) -> str:
    shown = f"# {setting}" if off else setting
    if not says:
        return shown
    return f"{shown:<{_COLUMN}}# {says}" if len(shown) < _COLUMN else f"{shown}  # {says}"


def _usual_url(contract: Contract) -> str:
    """The base URL in the contract's own document."""
    servers = contract.document.get("servers") or [{}]
    return str(servers[0].get("url", "https://api.example"))


def _value(starter: Starter, parameter: Parameter) -> str:
    if parameter.example is None:
        return _text(f"${starter.variable(parameter.name)}")
    return str(parameter.example) if isinstance(parameter.example, int) else _text(parameter.example)


def _text(value: str) -> str:
    """A basic string of TOML; JSON writes the same for what is printable."""
    return json.dumps(value, ensure_ascii=False)
