"""A hook of MkDocs: a report and a history of today's code as pages of the site, with pictures where there is Chromium.

They are made by a build, and committed nowhere. A copy of the pages without the code around them is built without, and so
is a site with DRIFTGATE_PICTURES=none, which saves some seconds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

FOLDER = "pictures"
PAGES = {"report": 900, "history": 1150}  # with the height of the picture
HOME = Path(__file__).resolve().parent.parent.parent
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
BROKEN = {"production": (), "staging": ("answered-but-not-stored",), "gateway": ("answer-id-of-another-type",)}
DAYS = 30


def on_files(files: Any, *, config: Any, **_: Any) -> Any:
    from mkdocs.structure.files import File  # noqa: PLC0415  # this module is a program as well

    if not (HOME / "driftgate").is_dir() or os.environ.get("DRIFTGATE_PICTURES") == "none":
        return files
    place = Path(tempfile.mkdtemp(prefix="driftgate-pictures-"))
    config["driftgate_pictures"] = place
    paths = os.pathsep.join([str(HOME), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, __file__, str(place)]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, check=True, stdout=subprocess.DEVNULL)
    for path in sorted(place.glob("*.html")) + sorted(place.glob("*.png")):
        files.append(File.generated(config, f"{FOLDER}/{path.name}", abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, *, files: Any, **_: Any) -> str:
    """Puts the pictures where a page has a comment for them, which a code host does not show."""
    there = {file.src_uri for file in files}
    for name in PAGES:
        picture, whole = f"{FOLDER}/{name}.png", f"{FOLDER}/{name}.html"
        text = f"![A {name}, as Chromium shows it]({picture})" if picture in there else f"An example of a {name}"
        markdown = markdown.replace(f"<!-- picture: {name} -->", f"[{text}]({whole})" if whole in there else "")
    return markdown


def on_post_build(*, config: Any, **_: Any) -> None:
    if "driftgate_pictures" in config:
        shutil.rmtree(config["driftgate_pictures"])


def make(place: Path) -> None:
    """A report on three targets, two of them with a mistake; a history of a month in which the mistakes come one by one."""
    from driftgate.record.reading import read_record  # noqa: PLC0415
    from driftgate.record.rows import json_of  # noqa: PLC0415
    from tests.records import copied  # noqa: PLC0415

    now, records = _judged(place / "now", BROKEN), place / "records"
    fine = _judged(place / "before", dict.fromkeys(BROKEN, ()))
    begin = datetime(2026, 10, 1, 5, 17, tzinfo=UTC)
    for number, name in enumerate(BROKEN):
        made = [read_record(folder / f"{name}.jsonl") for folder in (fine, now)]
        same = {"target": json_of(made[1].header.target)}
        for day in range(DAYS):
            broken = 12 * number <= day and BROKEN[name]
            started = begin + timedelta(days=day)
            copied(made[bool(broken)], records / name / f"{day:02}.jsonl", started, header=same, slower=1 + day % 5 / 4)
    _driftgate("history", str(records), "--output", str(place / "history.html"))
    shutil.copyfile(now / "report.html", place / "report.html")
    chromium = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    for name, height in PAGES.items() if chromium else ():
        picture, page = place / f"{name}.png", (place / f"{name}.html").as_uri()
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size=1280,{height}"]
        subprocess.run([chromium, *options, f"--screenshot={picture}", page], check=True, capture_output=True)


def _judged(folder: Path, faults: dict[str, tuple[str, ...]]) -> Path:
    """The reports of a run against emulators with these faults."""
    from driftgate.emulator import EMULATORS, start  # noqa: PLC0415
    from driftgate.emulator.faults import faulty  # noqa: PLC0415

    servers = {name: start(faulty("coze", each) if each else EMULATORS["coze"]()) for name, each in faults.items()}
    rows = [
        f'[targets.{name}]\nvendor = "coze"\nbase_url = "{each.base_url}"\napi_key = "{each.api_key}"\n'
        f'owner = "platform team"\nparams = {{ bot_id = "1" }}\n'
        for name, each in servers.items()
    ]
    folder.mkdir()
    (folder / "driftgate.toml").write_text("\n".join(rows))
    (folder / "driftgate.toml").chmod(0o600)
    _driftgate("run", "-qq", "--report-dir=reports", place=folder)
    for each in servers.values():
        each.stop()
    return folder / "reports"


def _driftgate(*words: str, place: Path | None = None) -> None:
    command = [sys.executable, "-m", "driftgate", *words]
    told = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    if told.returncode not in (0, 1):
        raise SystemExit(told.stdout + told.stderr)


if __name__ == "__main__":
    make(Path(sys.argv[1]).absolute())
