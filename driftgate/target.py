"""A target: the system under test, with its vendor's contract, its base URL, its credentials and its parameters."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from driftgate.contract import Contract, load_contract
from driftgate.contract.schemas import first_problem, own_schema
from driftgate.contract.template import placeholders
from driftgate.errors import UsageProblem
from driftgate.network import Network, network
from driftgate.secret import Secret

TARGETS_FILE = "driftgate.toml"

Value = str | int | Secret


@dataclass(frozen=True)
class Target:
    """What is judged. ``base_url`` is None for an embedded emulator, which gets one when it is started."""

    name: str
    contract: Contract
    base_url: str | None
    api_key: Secret | None = None
    conversations: tuple[str, ...] = ()
    params: Mapping[str, Value] = field(default_factory=dict)
    allow_cost: bool = False
    waivers: Path | None = None
    embedded: bool = False
    network: Network = field(default_factory=Network)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        keys = (self.api_key, *self.params.values(), *self.network.secrets)
        return tuple(value for value in keys if isinstance(value, Secret))


@dataclass(frozen=True)
class Asked:
    """What the options say of targets, as given."""

    targets: Sequence[str] = ()
    vendor: str | None = None
    edition: str | None = None
    base_url: str | None = None
    api_key: str | None = None
    conversations: Sequence[str] = ()
    params: Sequence[str] = ()
    allow_cost: bool = False
    proxy: str | None = None
    ca_bundle: str | None = None
    insecure: bool = False


def resolve(asked: Asked, *, folders: Sequence[Path], directory: Path, emulated: Sequence[str]) -> list[Target]:
    """The targets that the options ask for; without any, the emulators of all vendors.

    ``emulated`` names the vendors that have an emulator, ``directory`` is where driftgate.toml stands. Raises
    UsageProblem.
    """
    if asked.targets:
        if asked.vendor or asked.base_url:
            raise UsageProblem("--target names a target of driftgate.toml: leave out --vendor and --base-url")
        rows = read_targets(directory / TARGETS_FILE)
        found = [_named(name, rows, asked, folders, directory) for name in dict.fromkeys(asked.targets)]
        if len(found) > 1 and (asked.api_key or asked.conversations or asked.params or asked.edition):
            raise UsageProblem(
                "--api-key, --conversation, --param and --edition go with one target: "
                "give one --target, or use driftgate.toml"
            )
        return found
    if asked.base_url:
        if not asked.vendor:
            raise UsageProblem("--base-url needs --vendor: whose contract does the server keep?")
        return [_complete(_ad_hoc(asked, load_contract(asked.vendor, folders, asked.edition)))]
    if asked.api_key or asked.conversations:
        raise UsageProblem("--api-key and --conversation need a --base-url or a --target to be used on")
    if asked.edition and not asked.vendor:
        raise UsageProblem("--edition needs --vendor or --target: whose edition is it?")
    if asked.proxy or asked.ca_bundle or asked.insecure:
        raise UsageProblem("--proxy, --ca-bundle and --insecure need a --base-url or a --target to be used on")
    vendors = [asked.vendor] if asked.vendor else list(emulated)
    return [_emulated(vendor, asked, folders, emulated) for vendor in vendors]


def read_targets(path: Path) -> Mapping[str, Any]:
    """The targets of a driftgate.toml, by name. Raises UsageProblem."""
    try:
        value = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise UsageProblem(
            f"{path}: cannot be read; --target names a target in it (see driftgate.example.toml)"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UsageProblem(f"{path}: {problem}") from None
    problem_found = first_problem(own_schema("targets"), value)
    if problem_found:
        raise UsageProblem(f"{path}: {problem_found}")
    targets: Mapping[str, Any] = value["targets"]
    return targets


def check_base_url(url: str, place: str) -> str:
    """``url`` when it is one that requests can be sent to. Raises UsageProblem."""
    # none of these is shown: it may hold a key
    if "@" in url:
        raise UsageProblem(f"{place}: carries credentials; give the key with --api-key or DRIFTGATE_API_KEY")
    if "?" in url or "#" in url:
        raise UsageProblem(f"{place}: carries a query or a fragment; leave it out")
    if not re.fullmatch(r"[\x21-\x7e]+", url):
        raise UsageProblem(
            f"{place} {url!r}: holds a character that no URL may hold (a host name goes in its xn-- form)"
        )
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as problem:
        raise UsageProblem(f"{place} {url!r}: {problem}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise UsageProblem(f"{place} {url!r}: is no http:// or https:// URL")
    return url.rstrip("/")


def _named(name: str, rows: Mapping[str, Any], asked: Asked, folders: Sequence[Path], directory: Path) -> Target:
    if name not in rows:
        close = difflib.get_close_matches(name, rows, n=1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        raise UsageProblem(f"--target {name}: is not in {TARGETS_FILE}{hint}; there are {', '.join(rows)}")
    row = rows[name]
    place = f"{TARGETS_FILE}, target {name}:"
    contract = load_contract(row["vendor"], folders, asked.edition or row.get("edition"))
    given = {key: _from_environment(value, place) for key, value in row.get("params", {}).items()}
    given.update(_pairs(asked.params))
    key = asked.api_key or _from_environment(row.get("api_key"), place) or os.environ.get("DRIFTGATE_API_KEY")
    base_url = check_base_url(row["base_url"], f"{place} base_url")
    bundle = directory / row["ca_bundle"] if "ca_bundle" in row else None
    return _complete(
        Target(
            name=name,
            contract=contract,
            base_url=base_url,
            api_key=_secret("API_KEY", key) if key else None,
            conversations=tuple(asked.conversations) or tuple(row.get("conversations", ())),
            params=_typed(given, contract),
            allow_cost=asked.allow_cost or row.get("allow_cost", False),
            waivers=directory / row["waivers"] if "waivers" in row else None,
            network=network(
                base_url,
                proxy=asked.proxy or _from_environment(row.get("proxy"), place),
                ca_bundle=Path(asked.ca_bundle) if asked.ca_bundle else bundle,
                insecure=asked.insecure or row.get("insecure", False),
                place=place,
            ),
        )
    )


def _ad_hoc(asked: Asked, contract: Contract) -> Target:
    key = asked.api_key or os.environ.get("DRIFTGATE_API_KEY")
    base_url = check_base_url(asked.base_url or "", "--base-url")
    return Target(
        name=contract.vendor,
        contract=contract,
        base_url=base_url,
        api_key=_secret("API_KEY", key) if key else None,
        conversations=tuple(dict.fromkeys(asked.conversations)),
        params=parameters(asked.params, contract),
        allow_cost=asked.allow_cost,
        network=network(
            base_url,
            proxy=asked.proxy,
            ca_bundle=Path(asked.ca_bundle) if asked.ca_bundle else None,
            insecure=asked.insecure,
            place=f"target {contract.vendor}:",
        ),
    )


def _emulated(vendor: str, asked: Asked, folders: Sequence[Path], emulated: Sequence[str]) -> Target:
    contract = load_contract(vendor, folders, asked.edition)
    if vendor not in emulated:
        raise UsageProblem(f"vendor {vendor} has no emulator: give --base-url")
    return Target(
        name=vendor,
        contract=contract,
        base_url=None,
        params=parameters(asked.params, contract),
        allow_cost=True,
        embedded=True,
    )


def parameters(given: Sequence[str], contract: Contract) -> dict[str, Value]:
    """Parameters of the form KEY=VALUE, as the contract types them. Raises UsageProblem."""
    return _typed(_pairs(given), contract)


def _pairs(params: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in params:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise UsageProblem(f"--param {name or text!r}: is not of the form KEY=VALUE")
        pairs[name] = value
    return pairs


def _from_environment(value: Any, place: str) -> Any:
    """``$NAME`` stands for the environment variable NAME."""
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    found = os.environ.get(value[1:])
    if not found:
        raise UsageProblem(f"{place} the environment variable {value[1:]} is not set")
    return found


def _typed(given: Mapping[str, str | int], contract: Contract) -> dict[str, Value]:
    """Parameters as the contract types them. Raises UsageProblem for one that it does not know."""
    typed: dict[str, Value] = {}
    for name, value in given.items():
        parameter = contract.parameter(name)
        if parameter is None:
            known = ", ".join(each.name for each in contract.parameters) or "none"
            close = difflib.get_close_matches(name, [each.name for each in contract.parameters], n=1)
            hint = f" (did you mean {close[0]}?)" if close else ""
            raise UsageProblem(f"--param {name}: is no parameter of {contract.vendor}{hint}; it has {known}")
        if parameter.secret:
            typed[name] = _secret(name.upper(), str(value))
        elif parameter.type == "integer":
            if not str(value).isdigit():
                raise UsageProblem(f"--param {name}={value}: is not a whole number")
            typed[name] = int(value)
        else:
            typed[name] = str(value)
    return typed


def _secret(name: str, value: str) -> Secret:
    """A key, when a header can carry it. Raises UsageProblem."""
    if not re.fullmatch(r"[\x21-\x7e]+", value):
        raise UsageProblem(f"{name}: holds a blank, a line break or a character beyond ASCII, which no key has")
    return Secret(name, value)


def _complete(target: Target) -> Target:
    """``target`` when it has all that a run needs. Raises UsageProblem that says what to supply."""
    contract = target.contract
    place = f"target {target.name}:"
    if target.api_key is None and contract.document.get("security"):
        raise UsageProblem(
            f"{place} no key is given: set DRIFTGATE_API_KEY (or use --api-key, or api_key in {TARGETS_FILE})"
        )
    for parameter in contract.parameters:
        if parameter.required and parameter.name not in target.params:
            raise UsageProblem(f"{place} give --param {parameter.name}=…: {parameter.says}")
    if target.conversations:
        return target
    if contract.create is None:
        raise UsageProblem(f"{place} give --conversation ID: the contract of {contract.vendor} cannot create one")
    if contract.create.costs and not target.allow_cost:
        raise UsageProblem(
            f"{place} give --conversation ID, or --allow-cost: creating a conversation costs {contract.create.costs}"
        )
    known = {parameter.name for parameter in contract.parameters}
    for name in sorted((placeholders(contract.create.body) & known) - set(target.params)):
        needed = contract.parameter(name)
        says = f": {needed.says}" if needed else ""
        raise UsageProblem(f"{place} give --param {name}=… to create conversations, or --conversation ID{says}")
    return target


def started(target: Target, base_url: str, api_key: str, params: Mapping[str, str | int]) -> Target:
    """An emulated target once its emulator runs; parameters that were given stay as they are."""
    typed = _typed({**params}, target.contract)
    return replace(target, base_url=base_url, api_key=Secret("API_KEY", api_key), params={**typed, **target.params})
