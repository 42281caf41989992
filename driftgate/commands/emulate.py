"""``driftgate emulate`` serves a vendor's emulator, or lists what it can be made to do."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.commands.arguments import (
    EXAMPLE,
    contracts_option,
    describe,
    folders,
    milliseconds,
    port,
    waivers_option,
)
from driftgate.commands.common import show
from driftgate.emulator import EMULATED


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Serves a stand-in for a vendor's server on this machine until Ctrl-C: to develop against, or to see what "
        "driftgate says of a server that breaks a promise.",
        f"driftgate emulate {EXAMPLE} --port 8080",
        f"driftgate emulate {EXAMPLE} --list-faults",
        f"driftgate emulate {EXAMPLE} --judge-client",
    )
    add = parser.add_argument
    add("vendor", metavar="VENDOR", help=f"{', '.join(EMULATED)}, or any other vendor that has a contract")
    contracts_option(parser)
    add("--port", type=port, default=0, help="listen on this port (default 0: any free one)")
    add("--host", default="127.0.0.1", help="listen on this address; other than loopback, other machines get in")
    add("--seed-data", type=Path, metavar="FILE", help="start with these conversations (YAML or JSON)")
    add("--latency", type=milliseconds, default=0.0, metavar="MS", help="wait this long before each answer")
    add("--fault", action="append", default=[], metavar="NAME", help="break this promise (repeatable)")
    add("--list-faults", action="store_true", help="list the vendor's faults and exit")
    add("--as-built", metavar="EDITION", help="answer as this version of the product does")
    add("--list-as-built", action="store_true", help="list those versions and what they do, and exit")
    add("--model-fails", action="store_true", help="with --as-built: the model that makes titles fails")
    add("--access-log", nargs="?", const="-", metavar="FILE", help="log requests, a line each, to stderr or this file")
    add("--judge-client", action="store_true", help="judge the requests; print the verdicts at the end")
    add("--strict", action="store_true", help="with --judge-client: exit with 1 when a SHOULD fails, too")
    add(
        "--report-dir",
        type=Path,
        default=Path("reports/client"),
        metavar="DIR",
        help="with --judge-client: write VENDOR-client.jsonl here",
    )
    waivers_option(parser)
    add("--json", action="store_true", help="print what a script needs as one line of JSON")


def act(parsed: argparse.Namespace) -> int:
    from driftgate.emulator.choice import chosen, list_as_built, list_faults, with_rules_of_clients

    if parsed.list_faults or parsed.list_as_built:
        show(
            list_faults(parsed.vendor, folders(parsed))
            if parsed.list_faults
            else list_as_built(parsed.vendor, folders(parsed))
        )
        return 0
    make = chosen(
        parsed.vendor,
        faults=parsed.fault,
        as_built=parsed.as_built,
        model_fails=parsed.model_fails,
        folders=folders(parsed),
    )
    from driftgate.emulator.command import serve
    from driftgate.emulator.seed import furnished

    if parsed.judge_client:
        with_rules_of_clients(parsed.vendor)
    if (parsed.strict or parsed.waivers) and not parsed.judge_client:
        raise UsageError("emulate: --strict and --waivers go with --judge-client")
    judged = _Judged(parsed) if parsed.judge_client else None
    with (
        suppress(KeyboardInterrupt),
        judged.keeping() if judged else nullcontext(),
    ):  # before it is ready; afterwards the server takes the signal
        serve(
            furnished(make, parsed.seed_data)(),
            host=parsed.host,
            port=parsed.port,
            latency=parsed.latency,
            access_log=parsed.access_log,
            as_json=parsed.json,
            around=judged.around if judged else None,
            contracts=parsed.contracts or (),
        )
    return judged.end() if judged else 0


class _Judged:
    """The judgement of whoever uses the emulator."""

    def __init__(self, parsed: argparse.Namespace) -> None:
        from driftgate.client.emulating import judge_of, watching

        self._judge = judge_of(parsed.vendor, strict=parsed.strict, waivers=parsed.waivers)
        self._path: Path = parsed.report_dir / f"{parsed.vendor}-client.jsonl"
        self.around = watching(self._judge, self._path)

    def keeping(self) -> AbstractContextManager[None]:
        """Writes the record as requests come."""
        return self._judge.keeping(self._path)

    def end(self) -> int:
        """Writes the record, prints the verdicts, and returns the exit code. Raises UsageError."""
        from driftgate.report.terminal import render

        result = self._judge.result(self._path)
        show([render([result]), *self._judge.remarks()])
        return result.exit
