"""The records of every edition of the emulators, as they are answered today: writes reports/baselines/.

Run it with ``python -m tests.baselines`` after a change that is meant: it prints what has drifted, and accepts it. A
record without drift is left alone. ``--anew`` removes them all first, for when their form has changed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.harness import run_main
from tests.servers import HOME, NAMES, judge_server

BASELINES = HOME / "reports" / "baselines"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--anew", action="store_true")
    if parser.parse_args().anew:
        for path in BASELINES.glob("*.jsonl"):
            path.unlink()
    codes = []
    with tempfile.TemporaryDirectory() as directory:
        for name in NAMES:
            judge_server(name, keep=Path(directory))
            code, output = _accept(name, Path(directory) / f"{name}.jsonl")
            print(output.replace(f"{HOME}/", ""), end="")
            codes.append(code)
    return max(codes)


def _accept(name: str, record: Path) -> tuple[int, str]:
    known = BASELINES / f"{name}.jsonl"
    if known.exists() and run_main(["drift", str(known), str(record), "--fail-on=any"])[0] == 0:
        return 0, f"{known}: no drift\n"
    return run_main(["baseline", "accept", str(record), f"--baselines={BASELINES}"])


if __name__ == "__main__":
    sys.exit(main())
