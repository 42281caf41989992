"""Which targets the options and driftgate.toml ask for, complete with all that a run needs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageError
from driftgate.base.ids import id_problem
from driftgate.base.paths import TARGETS_FILE
from driftgate.base.secret import Redactor, Secret
from driftgate.contract import editions_of, load_contract
from driftgate.contract.template import fill, placeholders
from driftgate.http.network import check_base_url
from driftgate.http.reach import network
from driftgate.products import Product, available, load_product
from driftgate.target.contract_folders import contract_folders
from driftgate.target.file import read_targets, readable_by_all, row_of
from driftgate.target.model import Target, TargetOptions
from driftgate.target.params import Value, from_environment, pairs, parameters, secret, typed_params


def resolve(
    options: TargetOptions, *, folders: Sequence[Path], directory: Path, emulated: Sequence[str]
) -> list[Target]:
    """The targets that the options ask for.

    Without --target and --base-url these are the targets of driftgate.toml, of the vendor if one is given; the
    embedded emulators where there is no such file, or --emulators asks for them. ``emulated`` names the vendors
    whose emulators are then judged, ``directory`` is where driftgate.toml stands. Raises UsageError.
    """
    folders = (*folders, *contract_folders(directory))
    if options.emulators and (options.targets or options.base_url):
        raise UsageError("--emulators judges embedded emulators: leave out --target and --base-url")
    if options.targets:
        if options.vendor or options.base_url:
            raise UsageError("--target names a target of driftgate.toml: leave out --vendor and --base-url")
        return _configured(options.targets, options, folders, directory)
    if options.base_url:
        if not options.vendor:
            raise UsageError("--base-url needs --vendor: whose contract does the server keep?")
        return [_complete(_ad_hoc(options, options.vendor, folders))]
    if not options.emulators and (directory / TARGETS_FILE).exists():
        names = _names(options.vendor, folders, directory)
        return _configured(names, options, folders, directory)
    return _emulators(options, folders, emulated)


def _names(vendor: str | None, folders: Sequence[Path], directory: Path) -> list[str]:
    """The targets of driftgate.toml, of this vendor if one is given. Raises UsageError where there is none."""
    rows = read_targets(directory / TARGETS_FILE)
    if vendor is None:
        return list(rows)
    load_contract(vendor, folders)
    found = [name for name, row in rows.items() if row["vendor"] == vendor]
    if not found:
        raise UsageError(
            f"--vendor {vendor}: {TARGETS_FILE} has no target of this vendor; give the server's --base-url, "
            "or --emulators to judge the embedded emulator"
        )
    return found


def _configured(names: Sequence[str], options: TargetOptions, folders: Sequence[Path], directory: Path) -> list[Target]:
    """The targets of driftgate.toml that have these names. Raises UsageError."""
    rows = read_targets(directory / TARGETS_FILE)
    names = list(dict.fromkeys(names))
    given = (options.api_key, options.conversations, options.params, options.edition, options.product)
    if len(names) > 1 and any(given):
        raise UsageError(
            "--api-key, --conversation, --param, --edition and --product go with one target: "
            "give one --target, or set them in driftgate.toml"
        )
    named = [_named(name, rows, options, folders, directory) for name in names]
    return [_emulated(each) if each.base_url is None else each for each in named]


def _emulators(options: TargetOptions, folders: Sequence[Path], emulated: Sequence[str]) -> list[Target]:
    """The embedded emulator of the vendor that is asked for, or those of all vendors. Raises UsageError."""
    if options.api_key or options.conversations:
        raise UsageError("--api-key and --conversation need a --base-url or a --target")
    if options.edition and not options.vendor:
        raise UsageError("--edition needs --vendor or --target: whose edition is it?")
    if options.proxy or options.ca_bundle or options.insecure or options.product:
        raise UsageError("--proxy, --ca-bundle, --insecure and --product need a --base-url or a --target")
    vendors = [options.vendor] if options.vendor else list(emulated)
    contracts = (load_contract(vendor, folders, options.edition) for vendor in vendors)
    return [_emulated(Target(each.vendor, each, None, params=parameters(options.params, each))) for each in contracts]


def _named(
    name: str, rows: Mapping[str, Any], options: TargetOptions, folders: Sequence[Path], directory: Path
) -> Target:
    row = row_of(name, rows)
    context = f"{TARGETS_FILE}, target {name}:"
    product, candidates = _products(options.product or row.get("product"), row["vendor"], context)
    edition = options.edition or row.get("edition") or (product.edition if product else None)
    contract = load_contract(row["vendor"], folders, edition)
    given = {key: from_environment(value, context) for key, value in row.get("params", {}).items()}
    given.update(pairs(options.params))
    listed = Target(
        name=name,
        contract=contract,
        base_url=None,
        params=typed_params(given, contract),
        waivers=directory / row["waivers"] if "waivers" in row else None,
        baseline=directory / row["baseline"] if "baseline" in row else None,
        owner=row.get("owner"),
        link=row.get("link"),
        product=product,
        candidates=candidates,
    )
    if "base_url" in row:
        return _listed_server(listed, row, options, directory)
    of_a_server = (options.api_key, options.conversations, options.proxy, options.ca_bundle, options.insecure)
    if any(of_a_server) or options.product:
        raise UsageError(
            f"target {name} is the embedded emulator, and needs a base_url for --api-key, --conversation, --proxy, "
            "--ca-bundle, --insecure and --product"
        )
    return listed


def _listed_server(listed: Target, row: Mapping[str, Any], options: TargetOptions, directory: Path) -> Target:
    context = f"{TARGETS_FILE}, target {listed.name}:"
    key, key_from = _key(options, from_environment(row.get("api_key"), context))
    base_url = _base_url(row["base_url"], f"{context} base_url", key, listed.params)
    bundle = directory / row["ca_bundle"] if "ca_bundle" in row else None
    return _complete(
        replace(
            listed,
            base_url=base_url,
            api_key=key,
            conversations=_conversations(options.conversations or row.get("conversations", ()), context),
            allow_cost=options.allow_cost or row.get("allow_cost", False),
            key_from=key_from,
            warning=readable_by_all(directory / TARGETS_FILE, row, listed.contract),
            network=network(
                base_url,
                proxy=options.proxy or from_environment(row.get("proxy"), context),
                ca_bundle=Path(options.ca_bundle) if options.ca_bundle else bundle,
                insecure=options.insecure or row.get("insecure", False),
                context=context,
            ),
        )
    )


def _products(asked: str | None, vendor: str, context: str) -> tuple[Product | None, tuple[Product, ...]]:
    """The product that is named, or with auto those that the target may be. Raises UsageError."""
    if asked is None:
        return None, ()
    if asked == "auto":
        candidates = tuple(map(load_product, available(vendor)))
        if not candidates:
            raise UsageError(f"{context} product auto: driftgate knows no product of {vendor}")
        return None, candidates
    product = load_product(asked)
    if product.vendor != vendor:
        raise UsageError(f"{context} product {asked}: is of {product.vendor}, but the target is of {vendor}")
    return product, ()


def _ad_hoc(options: TargetOptions, vendor: str, folders: Sequence[Path]) -> Target:
    product, candidates = _products(options.product, vendor, f"target {vendor}:")
    contract = load_contract(vendor, folders, options.edition or (product.edition if product else None))
    key, key_from = _key(options, None)
    params = parameters(options.params, contract)
    base_url = _base_url(options.base_url or "", "--base-url", key, params)
    return Target(
        name=contract.vendor,
        contract=contract,
        base_url=base_url,
        api_key=key,
        conversations=_conversations(options.conversations, "--conversation:"),
        params=params,
        allow_cost=options.allow_cost,
        key_from=key_from,
        product=product,
        candidates=candidates,
        network=network(
            base_url,
            proxy=options.proxy,
            ca_bundle=Path(options.ca_bundle) if options.ca_bundle else None,
            insecure=options.insecure,
            context=f"target {contract.vendor}:",
        ),
    )


def _key(options: TargetOptions, listed: str | None) -> tuple[Secret | None, str | None]:
    """The key, and where it was given: with the option, in driftgate.toml, or in the environment."""
    given = (
        ("--api-key", options.api_key),
        (TARGETS_FILE, listed),
        ("DRIFTGATE_API_KEY", os.environ.get("DRIFTGATE_API_KEY")),
    )
    return next(((secret("API_KEY", value), origin) for origin, value in given if value), (None, None))


def _base_url(given: str, context: str, key: Secret | None, params: Mapping[str, Value]) -> str:
    """The base URL. Raises UsageError; a URL that holds a key is not shown, whatever else is wrong with it."""
    keys = [each for each in (key, *params.values()) if isinstance(each, Secret)]
    if Redactor(keys).finds(given):
        raise UsageError(f"{context}: holds a key, and would show it in every report; leave the key out of the URL")
    return check_base_url(given, context)


def _conversations(given: Sequence[str], context: str) -> tuple[str, ...]:
    for conversation in given:
        problem = id_problem(conversation)
        if problem:
            raise UsageError(f"{context} {conversation[:60]!r} is not an id: {problem}")
    return tuple(dict.fromkeys(given))


def _emulated(target: Target) -> Target:
    """``target`` as its vendor's embedded emulator."""
    return replace(target, allow_cost=True, embedded=True)


def _complete(target: Target) -> Target:
    """``target`` when it has all that a run needs. Raises UsageError that says what to supply."""
    contract, resource = target.contract, target.contract.resource
    context = f"target {target.name}:"
    if target.api_key is None and contract.document.get("security"):
        raise UsageError(
            f"{context} no key is given: set DRIFTGATE_API_KEY (or use --api-key, or api_key in {TARGETS_FILE})"
        )
    for parameter in contract.parameters:
        if parameter.required and parameter.name not in target.params:
            raise UsageError(f"{context} give --param {parameter.name}=…: {parameter.says}")
    target = _with_defaults(target)
    if target.conversations:
        return target
    if contract.create is None:
        raise UsageError(f"{context} give --conversation ID: the contract of {contract.vendor} cannot create one")
    if contract.create.costs and not target.allow_cost:
        raise UsageError(
            f"{context} give --conversation ID, or --allow-cost: creating {resource.a} costs {contract.create.costs}"
        )
    known = {parameter.name for parameter in contract.parameters}
    for name in sorted((placeholders(contract.create.body) & known) - set(target.params)):
        needed = contract.parameter(name)
        says = f": {needed.says}" if needed else ""
        raise UsageError(f"{context} give --param {name}=… to create {resource.many}, or --conversation ID{says}")
    return target


def _with_defaults(target: Target) -> Target:
    """``target`` with the parameters that have a value of their own, unless it costs what is not allowed."""
    params = dict(target.params)
    for each in target.contract.parameters:
        usable = each.default is not None and (target.allow_cost or not each.costs)
        if usable and each.name not in params and placeholders(each.default) <= params.keys():
            params[each.name] = fill(each.default, params)
    return replace(target, params=params)


def started(
    target: Target,
    base_url: str,
    api_key: str,
    params: Mapping[str, str | int],
    conversations: tuple[str, ...] = (),
) -> Target:
    """An emulated target once its emulator runs; parameters that were given stay as they are.

    ``conversations``: those that the emulator has, for a contract by which none can be created.
    """
    typed = typed_params({**params}, target.contract)
    known = replace(target, base_url=base_url, api_key=Secret("API_KEY", api_key), params={**typed, **target.params})
    known = known if target.contract.create else replace(known, conversations=conversations)
    return _with_defaults(known)


def as_before(then: Mapping[str, Any], options: TargetOptions, *, folders: Sequence[Path], directory: Path) -> Target:
    """The target of an earlier run, as its journal names it, with the key of now. Raises UsageError.

    The key comes from where a run takes it; from driftgate.toml when ``options`` names a target in it.
    """
    folders = (*folders, *contract_folders(directory))
    editions = editions_of(then["vendor"], folders)
    contract = load_contract(then["vendor"], folders, then["edition"] if then["edition"] in editions else None)
    base_url = check_base_url(then["base_url"], "base_url")
    # what a run needs to make conversations is not options for
    options = replace(options, edition=contract.edition, conversations=("-",))
    if options.targets:
        name = then["name"] if then["name"] in options.targets else options.targets[0]
        found = _named(name, read_targets(directory / TARGETS_FILE), options, folders, directory)
        if (found.contract.vendor, found.base_url) != (contract.vendor, base_url):
            raise UsageError(
                f"--target {name}: is {found.contract.vendor} at {found.base_url}; the journal is of "
                f"{contract.vendor} at {base_url}; --base-url confirms that it has moved"
            )
    else:
        found = _ad_hoc(replace(options, base_url=base_url), contract.vendor, folders)
    params = {**found.params, **typed_params(then["params"], contract), **parameters(options.params, contract)}
    return replace(_complete(replace(found, name=then["name"], params=params)), conversations=())
