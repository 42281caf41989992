"""driftgate itself: its command, with the profile standard, whole and held to a few requests."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import driftgate
from benchmarks.served import Subject
from benchmarks.tools.tool import ToolFailed, run, text_of
from driftgate.contract import Level

_COMMAND = "import sys; from driftgate.commands.cli import main; sys.exit(main())"


class Driftgate:
    """A finding is a MUST whose verdict is fail: what fails its gate, as any finding of the others fails theirs."""

    def __init__(self, most: int | None = None) -> None:
        """``most`` is the number of requests that it is held to; without it, that of the profile."""
        self.name = "driftgate" if most is None else f"driftgate-held-to-{most}"
        self.whole = most is None
        self.setting = (
            "driftgate run --profile standard --allow-cost, with every parameter; a finding is a MUST that fails"
        )
        self._more: tuple[str, ...] = ()
        if most is not None:
            self.setting += f"; --max-requests {most} and one --conversation, as the other tools are given one"
            self._more = (f"--max-requests={most}",)

    def version(self) -> str:
        return driftgate.__version__

    def findings(self, subject: Subject, folder: Path) -> frozenset[str]:
        arguments = [f"--vendor={subject.vendor}", f"--base-url={subject.base_url}", "--report-dir=report", "-q"]
        if self._more:
            arguments += [*self._more, f"--conversation={subject.conversation}"]
        params = [f"--param={name}={value}" for name, value in subject.params.items()]
        home = str(Path(driftgate.__file__).resolve().parent.parent)
        done = run(
            [sys.executable, "-c", _COMMAND, "run", *arguments, "--allow-cost", *params],
            folder,
            environment={"DRIFTGATE_API_KEY": subject.api_key, "PYTHONPATH": home},
        )
        record = folder / "report" / f"{subject.vendor}.jsonl"
        if not record.exists():
            raise ToolFailed(text_of(done.stdout, folder))
        rows = [json.loads(line) for line in record.read_text().splitlines()]
        failed = [row["requirement"] for row in rows if row["record"] == "verdict" and row["verdict"] == "fail"]
        return frozenset(name for name in failed if subject.contract.requirement(name).level is Level.MUST)
