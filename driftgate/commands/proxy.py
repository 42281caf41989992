"""``driftgate proxy`` stands in front of a target and judges both sides of what passes: requests and answers."""

from __future__ import annotations

import argparse
import asyncio
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from driftgate.base.errors import UsageError
from driftgate.base.paths import TARGETS_FILE
from driftgate.commands.arguments import EXAMPLE, contracts_option, describe, folders, port, waivers_option
from driftgate.commands.common import show

if TYPE_CHECKING:
    from driftgate.target.model import Target


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Stands in front of a server until Ctrl-C, passes every request and answer on unchanged, and judges both: the "
        "client by what the vendor asks of clients, the server by the requirements of answers. It connects to the "
        "target's origin alone, and writes a record and a HAR file without keys.",
        "driftgate proxy --target staging",
        f"driftgate proxy --vendor {EXAMPLE} --base-url https://api.example --port 8080",
    )
    add = parser.add_argument
    add("--target", metavar="NAME", help=f"stand in front of this target of {TARGETS_FILE}")
    add("--vendor", metavar="VENDOR", help="with --base-url: the vendor whose contract both sides keep")
    add("--base-url", metavar="URL", help="stand in front of the server at this base URL")
    add("--edition", metavar="EDITION", help="the contract's edition (default: the current one)")
    add("--ca-bundle", metavar="FILE", help="trust the certificates in this PEM file")
    add("--insecure", action="store_true", help="do not verify the server's certificate")
    add("--port", type=port, default=0, help="listen on this port of loopback (default 0: any free one)")
    add("--strict", action="store_true", help="exit with 1 when a SHOULD fails, too")
    add(
        "--report-dir",
        type=Path,
        default=Path("reports/proxy"),
        metavar="DIR",
        help="write TARGET-proxy.jsonl and TARGET-proxy.har here",
    )
    waivers_option(parser)
    contracts_option(parser)


def act(parsed: argparse.Namespace) -> int:
    """Serves until a signal, then prints the verdicts. Raises UsageError."""
    from urllib.parse import urlsplit

    from driftgate.client.accepted import accepted_of
    from driftgate.client.judge import ClientJudge
    from driftgate.client.proxying import JudgingProxy
    from driftgate.contract.client import load_client_contract
    from driftgate.emulator.server import listen, origin
    from driftgate.report.terminal import render

    target = _target(parsed)
    contract = load_client_contract(target.contract.vendor, folders(parsed), target.contract.edition)
    name = f"{target.name}-proxy"
    accepted = accepted_of(name, [contract, target.contract], parsed.waivers)
    judge = ClientJudge(contract, name=name, strict=parsed.strict, server=target, accepted=accepted)
    proxy = JudgingProxy(target, judge, parsed.report_dir / f"{name}.jsonl")
    try:
        sock = listen("127.0.0.1", parsed.port)
    except OSError as problem:
        raise UsageError(f"--port {parsed.port}: cannot be used ({problem.strerror})") from None
    path = urlsplit(target.base_url or "").path
    told = [f"proxy of {target.name} at {origin(sock)}{path}, in front of {target.base_url}", "Stop it with Ctrl-C."]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: proxy.stop())
    with sock, suppress(KeyboardInterrupt):
        asyncio.run(proxy.serve(sock, lambda: show(told)))
    result = proxy.result()
    show([render([result]), *proxy.remarks()])
    return result.exit


def _target(parsed: argparse.Namespace) -> Target:
    """The target of driftgate.toml, or a server that needs no key, since its clients have theirs. Raises UsageError."""
    from driftgate.contract import load_contract
    from driftgate.emulator import EMULATED
    from driftgate.http.network import check_base_url
    from driftgate.http.reach import network
    from driftgate.target.model import Target, TargetOptions
    from driftgate.target.resolve import resolve

    if (parsed.target is None) is (parsed.base_url is None):
        raise UsageError("proxy: give --target NAME, or --base-url URL with --vendor")
    if parsed.target is not None:
        if parsed.vendor:
            raise UsageError("proxy: --vendor goes with --base-url; a target has its own")
        options = TargetOptions(
            (parsed.target,), edition=parsed.edition, ca_bundle=parsed.ca_bundle, insecure=parsed.insecure
        )
        return resolve(options, folders=folders(parsed), directory=Path.cwd(), emulated=EMULATED)[0]
    if not parsed.vendor:
        raise UsageError("proxy: --base-url needs --vendor: whose contract do both sides keep?")
    contract = load_contract(parsed.vendor, folders(parsed), parsed.edition)
    base_url = check_base_url(parsed.base_url, "--base-url")
    bundle = Path(parsed.ca_bundle) if parsed.ca_bundle else None
    way = network(base_url, proxy=None, ca_bundle=bundle, insecure=parsed.insecure, context="proxy:")
    return Target(contract.vendor, contract, base_url, network=way)
