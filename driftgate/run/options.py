"""The options of a run, once: for pytest and for the command line alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from driftgate.base import numbers
from driftgate.base.errors import UsageError
from driftgate.base.paths import DEFAULT_REPORTS
from driftgate.contract.model import Profile
from driftgate.target.model import Target, TargetOptions

# The most requests that a profile sends to a live target.
LIVE_BUDGET = {Profile.SMOKE: 20, Profile.STANDARD: 60, Profile.DEEP: 5000}
# An embedded emulator's requests cost nothing, so that a failing run may look closer.
EMBEDDED_BUDGET = {Profile.SMOKE: 1000, Profile.STANDARD: 1000, Profile.DEEP: 20000}

TABLE: Mapping[str, Mapping[str, Any]] = {
    "--target": {"action": "append", "metavar": "NAME", "help": "judge this target of driftgate.toml (repeatable)"},
    "--emulators": {"action": "store_true", "help": "judge embedded emulators, not the targets of driftgate.toml"},
    "--vendor": {
        "metavar": "VENDOR",
        "help": "judge by this vendor's contract; without a base URL: its targets in driftgate.toml, or its emulator",
    },
    "--edition": {"metavar": "EDITION", "help": "the edition of the contract; without it, the current one"},
    "--product": {
        "metavar": "PRODUCT",
        "help": "accept what this real product is known to do (VENDOR@VERSION, a folder, or auto), and report what "
        "else differs from it",
    },
    "--base-url": {"metavar": "URL", "help": "judge the server at this URL, with --vendor"},
    "--api-key": {"metavar": "KEY", "help": "the key; better set the environment variable DRIFTGATE_API_KEY"},
    "--conversation": {
        "action": "append",
        "metavar": "ID",
        "help": "rename this conversation (or thread, session, …), and restore its name (repeatable; the second one "
        "must stay unchanged)",
    },
    "--param": {"action": "append", "metavar": "KEY=VALUE", "help": "a parameter of the contract (repeatable)"},
    "--profile": {
        "default": "standard",
        "metavar": "PROFILE",
        "help": "how much to test: smoke, standard (the default) or deep",
    },
    "--strict": {"action": "store_true", "help": "exit with 1 when a SHOULD fails, too"},
    "--require-verified": {
        "action": "store_true",
        "help": "exit with 6 when a MUST is untested because something that you could supply is missing",
    },
    "--seed": {"default": "0", "metavar": "N", "help": "generate other cases (default 0)"},
    "--max-requests": {
        "metavar": "N",
        "help": "send at most N requests to a target (default 20, 60 or 5000 by profile)",
    },
    "--rate": {"metavar": "N", "help": "send at most N requests a second to a target"},
    "--timeout": {"default": "30", "metavar": "SECONDS", "help": "wait this long for a whole answer (default 30)"},
    "--max-wait": {
        "default": "120",
        "metavar": "SECONDS",
        "help": "retry for this long in total, at most a minute at a time, when a target asks to wait (default 120)",
    },
    "--wait-ready": {
        "default": "0",
        "metavar": "SECONDS",
        "help": "before the first request, wait this long for the target to answer at all (default 0: do not wait)",
    },
    "--shard": {
        "metavar": "K/N",
        "help": "judge only the K-th of N parts of the targets, for the jobs of a matrix; driftgate merge joins them",
    },
    "--proxy": {"metavar": "URL", "help": "use this HTTP proxy (default HTTPS_PROXY, HTTP_PROXY)"},
    "--ca-bundle": {"metavar": "FILE", "help": "trust these certificates, in PEM form (default SSL_CERT_FILE)"},
    "--insecure": {"action": "store_true", "help": "do not verify the target's certificate"},
    "--allow-cost": {
        "action": "store_true",
        "help": "also test what costs money on live targets, or leaves records there (model calls, end users)",
    },
    "--accept-loss": {
        "action": "store_true",
        "help": "also rename a conversation of --conversation whose name or state cannot be given back",
    },
    "--report-dir": {
        "default": str(DEFAULT_REPORTS),
        "metavar": "DIR",
        "help": "write records and reports here (default reports/latest)",
    },
    "--baseline": {
        "metavar": "PATH",
        "help": "compare with this record, or with TARGET.jsonl in this folder; then only breaking drift fails",
    },
    "--waivers": {
        "metavar": "PATH",
        "help": "the waivers: this file, or TARGET.yaml in this folder (default: the target's file, or waivers)",
    },
    "--sarif": {"metavar": "FILE", "help": "write failures to this file as SARIF 2.1.0, for code scanning"},
    "--contracts": {
        "action": "append",
        "metavar": "DIR",
        "help": "also look for contracts in this folder, one folder per vendor (repeatable)",
    },
}


@dataclass(frozen=True)
class Shard:
    """One of several parts of the targets: the ``number``-th of ``count``, from 1."""

    number: int
    count: int

    @classmethod
    def read(cls, text: str) -> Shard:
        """``K/N`` as a shard. Raises ValueError."""
        number, slash, count = text.partition("/")
        if not (slash and number.isascii() and number.isdigit() and count.isascii() and count.isdigit()):
            raise ValueError("is not K/N, such as 1/3")
        shard = cls(int(number), int(count))
        if not 1 <= shard.number <= shard.count:
            raise ValueError("K goes from 1 to N")
        return shard

    def of(self, targets: Sequence[Target]) -> Sequence[Target]:
        """The targets of this part, of every N the K-th. Raises UsageError where there is none."""
        found = targets[self.number - 1 :: self.count]
        if not found:
            raise UsageError(f"--shard {self.number}/{self.count}: has no target; there are only {len(targets)}")
        return found


@dataclass(frozen=True)
class Options:
    """The options of a run, checked. ``rate`` in requests a second; ``timeout`` and what waits in seconds."""

    target_options: TargetOptions
    profile: Profile
    strict: bool
    require_verified: bool
    seed: int
    max_requests: int | None
    rate: float | None
    timeout: float
    max_wait: float
    report_dir: Path
    contracts: tuple[Path, ...]
    baseline: Path | None = None
    waivers: Path | None = None
    sarif: Path | None = None
    accept_loss: bool = False
    wait_ready: float = 0.0
    shard: Shard | None = None

    def budget(self, *, embedded: bool) -> int:
        if self.max_requests is not None:
            return self.max_requests
        return (EMBEDDED_BUDGET if embedded else LIVE_BUDGET)[self.profile]


def attribute(option: str) -> str:
    """Under which name an option's value is kept."""
    return "driftgate_" + option.removeprefix("--").replace("-", "_")


def checked(given: Mapping[str, Any]) -> Options:
    """The options from their values by attribute name. Raises UsageError."""

    def value(option: str) -> Any:
        return given[attribute(option)]

    def number(option: str, read: Callable[[str], Any]) -> Any:
        try:
            return None if value(option) is None else read(value(option))
        except ValueError as problem:
            raise UsageError(f"{option} {value(option)}: {problem}") from None

    def path(option: str) -> Path | None:
        return None if value(option) is None else Path(value(option))

    profile = value("--profile")
    if profile not in [str(each) for each in Profile]:
        raise UsageError(f"--profile {profile}: is not a profile: use smoke, standard or deep")
    return Options(
        target_options=TargetOptions(
            targets=tuple(value("--target") or ()),
            emulators=value("--emulators"),
            vendor=value("--vendor"),
            edition=value("--edition"),
            base_url=value("--base-url"),
            api_key=value("--api-key"),
            conversations=tuple(value("--conversation") or ()),
            params=tuple(value("--param") or ()),
            allow_cost=value("--allow-cost"),
            proxy=value("--proxy"),
            ca_bundle=value("--ca-bundle"),
            insecure=value("--insecure"),
            product=value("--product"),
        ),
        profile=Profile.named(profile),
        strict=value("--strict"),
        require_verified=value("--require-verified"),
        seed=number("--seed", partial(numbers.whole, least=0)),
        max_requests=number("--max-requests", partial(numbers.whole, least=1)),
        rate=number("--rate", numbers.positive),
        timeout=number("--timeout", numbers.positive),
        max_wait=number("--max-wait", numbers.at_least_zero),
        report_dir=Path(value("--report-dir")),
        contracts=tuple(map(Path, value("--contracts") or ())),
        baseline=path("--baseline"),
        waivers=path("--waivers"),
        sarif=path("--sarif"),
        accept_loss=value("--accept-loss"),
        wait_ready=number("--wait-ready", numbers.at_least_zero),
        shard=number("--shard", Shard.read),
    )
