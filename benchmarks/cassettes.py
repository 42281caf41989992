"""How long ``driftgate judge --cassettes`` takes for 200 cassettes, and what that is of the time that their YAML takes
to be read. Run by hand: ``python -m benchmarks.cassettes``, which writes its figures into docs/how-to/judge.md.

The cassettes are recorded by VCR.py against an emulator: a client that renames and lists.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import vcr

from benchmarks.page import DOCS, put
from driftgate.emulator import emulate
from tests.emulated import APIS

FILES = 200


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        cassettes = Path(folder, "cassettes")
        _record(cassettes)
        read = _reading(cassettes)
        load, began = os.getloadavg()[0], time.monotonic()
        command = [sys.executable, "-m", "driftgate", "judge", "--cassettes", str(cassettes), "--vendor", "coze"]
        environment = {**os.environ, "PYTHONPATH": str(DOCS.parent)}
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, env=environment)
        taken = time.monotonic() - began
    assert done.stdout.startswith(f"{FILES} files with {FILES * 2} exchanges"), done.stdout
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    text = (
        f"`python -m benchmarks.cassettes`: {FILES} cassettes of two exchanges each are judged in {taken:.1f} seconds "
        f"({used.ru_utime + used.ru_stime:.1f} of processor time), with the start of the command; PyYAML alone takes "
        f"{read:.1f} seconds to read them. One run of {date.today()} on {os.cpu_count()} cores, load {load:.1f}."
    )
    put(DOCS / "how-to" / "judge.md", "figures of cassettes", text)
    print(text)
    return 0


def _record(folder: Path) -> None:
    api, first = APIS["coze"], folder / "0.yaml"
    with emulate("coze") as server, vcr.VCR().use_cassette(str(first)), api.client(server) as client:
        for method, where, of_httpx in (api.rename(server.conversations[0], "A new name"), api.list()):
            client.request(method, where, **of_httpx).raise_for_status()
    for number in range(1, FILES):
        (folder / f"{number}.yaml").write_bytes(first.read_bytes())


def _reading(folder: Path) -> float:
    """The seconds in which PyYAML's parser in C reads all of them."""
    import yaml  # noqa: PLC0415

    began = time.monotonic()
    for path in folder.iterdir():
        yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
