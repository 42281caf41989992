"""The header of a session: what will be judged, before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence

from driftgate import __version__
from driftgate.run.target_run import TargetRun


def header(runs: Sequence[TargetRun]) -> list[str]:
    """What will be judged, before anything is sent."""
    lines = [f"driftgate: {__version__}"]
    for run in runs:
        contract, options = run.target.contract, run.options
        server = "embedded emulator" if run.target.embedded else f"{run.target.base_url}{run.target.network.describe()}"
        strict = ", strict" if options.strict else ""
        lines.append(
            f"  {run.target.name}: {contract.title} {contract.edition} at {server}, profile {options.profile}{strict}, "
            f"seed {options.seed}, at most {run.max_requests} requests"
        )
        lines += [f"  warning: {run.target.warning}"] if run.target.warning else []
    return lines
