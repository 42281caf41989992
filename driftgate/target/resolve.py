"""A target: the system under test, with its vendor's contract, its base URL, its credentials and its parameters."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageProblem
from driftgate.base.ids import id_problem
from driftgate.base.secret import Secret
from driftgate.contract import Contract, editions_of, load_contract
from driftgate.contract.template import placeholders
from driftgate.http.network import Network, check_base_url, network
from driftgate.target.file import TARGETS_FILE, read_targets, readable_by_all, row_of
from driftgate.target.params import Value, from_environment, pairs, parameters, secret, typed_params


@dataclass(frozen=True)
class Target:
    """What is judged. ``base_url`` is None for an embedded emulator, which gets one when it is started.

    ``key_from`` says where the key was given.
    """

    name: str
    contract: Contract
    base_url: str | None
    api_key: Secret | None = None
    conversations: tuple[str, ...] = ()
    params: Mapping[str, Value] = field(default_factory=dict)
    allow_cost: bool = False
    waivers: Path | None = None
    baseline: Path | None = None
    embedded: bool = False
    network: Network = field(default_factory=Network)
    key_from: str | None = None
    warning: str = ""

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
        named = (_named(name, rows, asked, folders, directory) for name in dict.fromkeys(asked.targets))
        found = [_emulated(each, emulated) if each.base_url is None else each for each in named]
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
    contracts = (load_contract(vendor, folders, asked.edition) for vendor in vendors)
    return [
        _emulated(Target(each.vendor, each, None, params=parameters(asked.params, each)), emulated)
        for each in contracts
    ]


def _named(name: str, rows: Mapping[str, Any], asked: Asked, folders: Sequence[Path], directory: Path) -> Target:
    row = row_of(name, rows)
    place = f"{TARGETS_FILE}, target {name}:"
    contract = load_contract(row["vendor"], folders, asked.edition or row.get("edition"))
    given = {key: from_environment(value, place) for key, value in row.get("params", {}).items()}
    given.update(pairs(asked.params))
    listed = Target(
        name=name,
        contract=contract,
        base_url=None,
        params=typed_params(given, contract),
        waivers=directory / row["waivers"] if "waivers" in row else None,
        baseline=directory / row["baseline"] if "baseline" in row else None,
    )
    if "base_url" in row:
        return _listed_server(listed, row, asked, directory)
    if asked.api_key or asked.conversations or asked.proxy or asked.ca_bundle or asked.insecure:
        raise UsageProblem(
            f"target {name} is the embedded emulator: --api-key, --conversation, --proxy, --ca-bundle and --insecure "
            "need a base_url to be used on"
        )
    return listed


def _listed_server(listed: Target, row: Mapping[str, Any], asked: Asked, directory: Path) -> Target:
    place = f"{TARGETS_FILE}, target {listed.name}:"
    key, key_from = _key(asked, from_environment(row.get("api_key"), place))
    base_url = check_base_url(row["base_url"], f"{place} base_url")
    bundle = directory / row["ca_bundle"] if "ca_bundle" in row else None
    return _complete(
        replace(
            listed,
            base_url=base_url,
            api_key=key,
            conversations=_conversations(asked.conversations or row.get("conversations", ()), place),
            allow_cost=asked.allow_cost or row.get("allow_cost", False),
            key_from=key_from,
            warning=readable_by_all(directory / TARGETS_FILE, row, listed.contract),
            network=network(
                base_url,
                proxy=asked.proxy or from_environment(row.get("proxy"), place),
                ca_bundle=Path(asked.ca_bundle) if asked.ca_bundle else bundle,
                insecure=asked.insecure or row.get("insecure", False),
                place=place,
            ),
        )
    )


def _ad_hoc(asked: Asked, contract: Contract) -> Target:
    key, key_from = _key(asked, None)
    base_url = check_base_url(asked.base_url or "", "--base-url")
    return Target(
        name=contract.vendor,
        contract=contract,
        base_url=base_url,
        api_key=key,
        conversations=_conversations(asked.conversations, "--conversation:"),
        params=parameters(asked.params, contract),
        allow_cost=asked.allow_cost,
        key_from=key_from,
        network=network(
            base_url,
            proxy=asked.proxy,
            ca_bundle=Path(asked.ca_bundle) if asked.ca_bundle else None,
            insecure=asked.insecure,
            place=f"target {contract.vendor}:",
        ),
    )


def _key(asked: Asked, listed: str | None) -> tuple[Secret | None, str | None]:
    """The key, and where it was given: with the option, in driftgate.toml, or in the environment."""
    places = (
        ("--api-key", asked.api_key),
        (TARGETS_FILE, listed),
        ("DRIFTGATE_API_KEY", os.environ.get("DRIFTGATE_API_KEY")),
    )
    return next(((secret("API_KEY", value), place) for place, value in places if value), (None, None))


def _conversations(given: Sequence[str], place: str) -> tuple[str, ...]:
    for conversation in given:
        problem = id_problem(conversation)
        if problem:
            raise UsageProblem(f"{place} {conversation[:60]!r} is no id of a conversation: {problem}")
    return tuple(dict.fromkeys(given))


def _emulated(target: Target, emulated: Sequence[str]) -> Target:
    """``target`` as its vendor's embedded emulator. Raises UsageProblem where there is none."""
    vendor = target.contract.vendor
    if vendor not in emulated:
        raise UsageProblem(f"vendor {vendor} has no emulator: give the base URL of a server")
    return replace(target, allow_cost=True, embedded=True)


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
    typed = typed_params({**params}, target.contract)
    return replace(target, base_url=base_url, api_key=Secret("API_KEY", api_key), params={**typed, **target.params})


def as_before(then: Mapping[str, Any], asked: Asked, *, folders: Sequence[Path], directory: Path) -> Target:
    """The target of an earlier run, as its journal names it, with the key of now. Raises UsageProblem.

    The key comes from where a run takes it; from driftgate.toml when ``asked`` names a target in it.
    """
    editions = editions_of(then["vendor"], folders)
    contract = load_contract(then["vendor"], folders, then["edition"] if then["edition"] in editions else None)
    base_url = check_base_url(then["base_url"], "base_url")
    # what a run needs to make conversations is not asked for
    asked = replace(asked, edition=contract.edition, conversations=("-",))
    if asked.targets:
        name = then["name"] if then["name"] in asked.targets else asked.targets[0]
        found = _named(name, read_targets(directory / TARGETS_FILE), asked, folders, directory)
        if (found.contract.vendor, found.base_url) != (contract.vendor, base_url):
            raise UsageProblem(
                f"--target {name}: is {found.contract.vendor} at {found.base_url}; the journal is of "
                f"{contract.vendor} at {base_url}"
            )
    else:
        found = _ad_hoc(replace(asked, vendor=contract.vendor, base_url=base_url), contract)
    params = {**found.params, **typed_params(then["params"], contract), **parameters(asked.params, contract)}
    return replace(_complete(replace(found, name=then["name"], params=params)), conversations=())
