"""Dredd: the document's example of a rename, sent once, its answer compared with the success that is described."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from benchmarks.adapted import as_30, rename_only, with_examples
from benchmarks.served import Subject
from benchmarks.tools.tool import MODULES, ToolFailed, run, text_of, without_data


class Dredd:
    """A finding is a line of the reasons that it gives for a failed transaction."""

    name = "dredd"
    whole = False
    setting = (
        "dredd on the rename operation with the page's example and the id, the document turned into OpenAPI 3.0 "
        "(3.1 is not supported); only the transaction that expects success"
    )

    def version(self) -> str:
        manifest = MODULES / "dredd" / "package.json"
        if not manifest.exists():
            raise ToolFailed("is not installed in benchmarks/.tools")
        return str(json.loads(manifest.read_text())["version"])

    def findings(self, subject: Subject, folder: Path) -> frozenset[str]:
        document = as_30(with_examples(subject, rename_only(subject)))
        (folder / "contract.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        rename = subject.contract.rename
        summary = document["paths"][rename.url][rename.method.lower()]["summary"]
        done = run(
            [
                *(str(MODULES / ".bin" / "dredd"), "contract.yaml", subject.base_url, "--no-color"),
                *("--loglevel=error", "-h", f"Authorization: Bearer {subject.api_key}"),
                *("-x", f"{rename.url} > {summary} > 200 > application/json"),
            ],
            folder,
        )
        if not re.search(r"complete: [01] passing, [01] failing, [01] errors", done.stdout):
            raise ToolFailed(text_of(done.stdout, folder))
        return frozenset(_keys(done.stdout))


def _keys(output: str) -> list[str]:
    """The reasons behind ``fail: body:`` up to the next empty line, and errors."""
    reasons = re.findall(r"^fail: (?!\w+ \(\d+\))(.+?)\n\n", output, re.MULTILINE | re.DOTALL)
    lines = [line for reason in reasons for line in reason.splitlines()]
    return [without_data(line) for line in [*lines, *re.findall(r"^error: (.+)$", output, re.MULTILINE)]]
