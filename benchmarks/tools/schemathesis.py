"""Schemathesis: generated requests against the OpenAPI document, and its checks of what comes back."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

from benchmarks.adapted import pinned, refuses_by_status, rename_only
from benchmarks.served import Subject
from benchmarks.tools.tool import ToolFailed, run, text_of, without_data

# checks that know a refusal by its status alone; where the vendor refuses with HTTP 200 they call every refusal wrong
_BY_STATUS = "negative_data_rejection,ignored_auth,missing_required_header"
_CONFIG = "[phases.coverage]\nunexpected-methods = []\n"


class Schemathesis:
    """A finding is a failed check: its name, title, and where the schema was broken."""

    name = "schemathesis"
    whole = True
    setting = (
        "st run -c all -n 50 --seed 1 --continue-on-failure on the rename operation, the id and end user pinned, other "
        f"HTTP methods off; where refusals come with HTTP 200, without {_BY_STATUS}"
    )

    def version(self) -> str:
        return metadata.version("schemathesis")

    def findings(self, subject: Subject, folder: Path) -> frozenset[str]:
        document = pinned(subject, rename_only(subject))
        (folder / "contract.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        (folder / "schemathesis.toml").write_text(_CONFIG, encoding="utf-8")
        done = run(
            [
                *(sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"),
                *("--config-file", "schemathesis.toml", "run", "contract.yaml", "--url", subject.base_url),
                *("-H", f"Authorization: Bearer {subject.api_key}", "-c", "all", "-n", "50", "--seed", "1"),
                *("--continue-on-failure", "--generation-database", "none", "--no-color"),
                *("--report", "ndjson", "--report-ndjson-path", "events.ndjson"),
                *(() if refuses_by_status(subject) else ("--exclude-checks", _BY_STATUS)),
            ],
            folder,
        )
        events = folder / "events.ndjson"
        if done.returncode not in (0, 1) or not events.exists():
            raise ToolFailed(text_of(done.stdout, folder))
        return frozenset(_keys(events))


def _keys(events: Path) -> Iterator[str]:
    for line in events.read_text(encoding="utf-8").splitlines():
        (kind, event), *_ = json.loads(line).items()
        if kind in ("NonFatalError", "FatalError"):
            yield f"error {event.get('label', '')}: {without_data(json.dumps(event.get('value', event)))[:80]}"
        for checks in event.get("recorder", {}).get("checks", {}).values():
            yield from (_key(check) for check in checks if check["status"] == "failure")


def _key(check: dict[str, Any]) -> str:
    failure = check["failure_info"]["failure"]
    message = failure["message"]
    schema = re.search(r"Schema at (\S+):", message)
    status = re.search(r"Received: (\d+)|status code (\d+)|[Gg]ot (\d+)", message)
    parts = [check["name"], failure["title"], status.group(0) if status else "", schema.group(1) if schema else ""]
    if not schema and not status:
        parts.append(without_data(message.split("\n\n")[0])[:80])
    return " | ".join(filter(None, parts))
