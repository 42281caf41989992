"""How large a report on 30 targets is, and how fast Chromium opens it: ``python -m benchmarks.report``.

Wants Playwright and Chromium. A third of the targets conform; each of the others has one of two mistakes.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

from driftgate.emulator import EMULATORS, start
from driftgate.emulator.faults import faulty
from driftgate.record.reading import read_record
from driftgate.record.rows import json_of
from tests.harness import judge_url, live_options, run_main
from tests.records import copied

TARGETS = 30
ROUNDS = 5
FAULTS: tuple[tuple[str, ...], ...] = ((), ("answered-but-not-stored",), ("no-limit",))
_LOADED = "() => performance.getEntriesByType('navigation')[0].loadEventEnd"


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        page = made(Path(directory))
        print(f"{TARGETS} targets: {page.stat().st_size / 1e6:.2f} MB")
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            timings = []
            for _ in range(ROUNDS):
                opened = chromium.new_page()
                tools = opened.context.new_cdp_session(opened)
                tools.send("Performance.enable", {"timeDomain": "threadTicks"})
                opened.goto(page.as_uri())
                measured = {row["name"]: row["value"] for row in tools.send("Performance.getMetrics")["metrics"]}
                timings.append((opened.evaluate(_LOADED), measured["ThreadTime"] * 1000))
                opened.close()
            chromium.close()
        clock, processor = (median(each) for each in zip(*timings, strict=True))
        print(f"is loaded after {clock:.0f} ms, {processor:.0f} ms of a processor (median of {ROUNDS})")


def made(folder: Path) -> Path:
    """The page about all targets."""
    records = []
    for kind, faults in enumerate(FAULTS):
        running = start(faulty("coze", faults) if faults else EMULATORS["coze"]())
        options = [*live_options(running), f"--report-dir={folder / str(kind)}"]
        judge_url("coze", running.base_url, options, key=running.api_key)
        running.stop()
        source = read_record(folder / str(kind) / "coze.jsonl")
        for number in range(kind, TARGETS, len(FAULTS)):
            target = {"target": {**json_of(source.header.target), "name": f"target-{number}"}}
            records.append(str(copied(source, folder / f"{number}.jsonl", datetime.now(UTC), header=target)))
    page = folder / "report.html"
    _, text = run_main(["report", *records, "--format=html"])
    page.write_text(text, encoding="utf-8")
    return page


if __name__ == "__main__":
    main()
