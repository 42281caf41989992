"""The options of a run, once: for pytest and for the command line alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageProblem
from driftgate.base.paths import DEFAULT_REPORTS
from driftgate.contract import Profile
from driftgate.target.model import TargetOptions

# The most requests that a profile sends to a live target.
LIVE_BUDGET = {Profile.SMOKE: 20, Profile.STANDARD: 60, Profile.DEEP: 5000}
# An embedded emulator's requests cost nothing, so that a failing run may look closer.
EMBEDDED_BUDGET = {Profile.SMOKE: 1000, Profile.STANDARD: 1000, Profile.DEEP: 20000}

TABLE: Mapping[str, Mapping[str, Any]] = {
    "--target": {"action": "append", "metavar": "NAME", "help": "judge this target of driftgate.toml (repeatable)"},
    "--vendor": {"metavar": "VENDOR", "help": "the vendor whose contract is judged"},
    "--edition": {"metavar": "EDITION", "help": "the edition of the contract; without it the vendor's current one"},
    "--base-url": {"metavar": "URL", "help": "the server that is judged; without it, the vendor's embedded emulator"},
    "--api-key": {"metavar": "KEY", "help": "the key; better in the environment variable DRIFTGATE_API_KEY"},
    "--conversation": {
        "action": "append",
        "metavar": "ID",
        "help": "use this conversation and give it its name back (repeatable; a second one is watched)",
    },
    "--param": {"action": "append", "metavar": "KEY=VALUE", "help": "a parameter of the contract (repeatable)"},
    "--profile": {"default": "standard", "metavar": "PROFILE", "help": "smoke, standard (the default) or deep"},
    "--strict": {"action": "store_true", "help": "a SHOULD that fails fails the gate too"},
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
        "help": "wait this long in all, and a minute at a time, where a target asks for time (default 120)",
    },
    "--proxy": {"metavar": "URL", "help": "reach the target through this HTTP proxy (default HTTPS_PROXY, HTTP_PROXY)"},
    "--ca-bundle": {"metavar": "FILE", "help": "trust these certificates, in PEM form (default SSL_CERT_FILE)"},
    "--insecure": {"action": "store_true", "help": "do not verify the target's certificate"},
    "--allow-cost": {"action": "store_true", "help": "ask what costs money on a live target, such as model calls"},
    "--report-dir": {
        "default": str(DEFAULT_REPORTS),
        "metavar": "DIR",
        "help": "write records here (default reports/latest)",
    },
    "--baseline": {
        "metavar": "PATH",
        "help": "compare with this record, or with TARGET.jsonl in this folder; then only breaking drift fails",
    },
    "--waivers": {
        "metavar": "PATH",
        "help": "accept what this file, or TARGET.yaml in this folder, waives (default: the target's file, or waivers)",
    },
    "--sarif": {"metavar": "FILE", "help": "write what fails into this file as SARIF 2.1.0, for code scanning"},
    "--contracts": {
        "action": "append",
        "metavar": "DIR",
        "help": "look for contracts in this folder too, one folder a vendor (repeatable)",
    },
}


@dataclass(frozen=True)
class Options:
    """The options of a run, checked. ``rate`` in requests a second, ``timeout`` and ``max_wait`` in seconds."""

    asked: TargetOptions
    profile: Profile
    strict: bool
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

    def budget(self, *, embedded: bool) -> int:
        if self.max_requests is not None:
            return self.max_requests
        return (EMBEDDED_BUDGET if embedded else LIVE_BUDGET)[self.profile]


def attribute(option: str) -> str:
    """Under which name an option's value is kept."""
    return "driftgate_" + option.removeprefix("--").replace("-", "_")


def checked(given: Mapping[str, Any]) -> Options:
    """The options from their values by attribute name. Raises UsageProblem."""

    def value(option: str) -> Any:
        return given[attribute(option)]

    profile = value("--profile")
    if profile not in [str(each) for each in Profile]:
        raise UsageProblem(f"--profile {profile}: is none of smoke, standard, deep")
    return Options(
        asked=TargetOptions(
            targets=tuple(value("--target") or ()),
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
        ),
        profile=Profile.named(profile),
        strict=value("--strict"),
        seed=_whole("--seed", value("--seed"), least=0),
        max_requests=None
        if value("--max-requests") is None
        else _whole("--max-requests", value("--max-requests"), least=1),
        rate=None if value("--rate") is None else _positive("--rate", value("--rate")),
        timeout=_positive("--timeout", value("--timeout")),
        max_wait=_seconds("--max-wait", value("--max-wait")),
        report_dir=Path(value("--report-dir")),
        contracts=tuple(map(Path, value("--contracts") or ())),
        baseline=None if value("--baseline") is None else Path(value("--baseline")),
        waivers=None if value("--waivers") is None else Path(value("--waivers")),
        sarif=None if value("--sarif") is None else Path(value("--sarif")),
    )


def _whole(option: str, text: str, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise UsageProblem(f"{option} {text}: is not a whole number of at least {least}")
    return number


def _positive(option: str, text: str) -> float:
    number = _number(text)
    if not 0 < number < float("inf"):
        raise UsageProblem(f"{option} {text}: is not a number above 0")
    return number


def _seconds(option: str, text: str) -> float:
    number = _number(text)
    if not 0 <= number < float("inf"):
        raise UsageProblem(f"{option} {text}: is not a number of at least 0")
    return number


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0
