"""What packages would cost in place of code of our own: ``python -m benchmarks.libraries``.

Prints the table of docs/explanation/dependencies.md: processor time of the same work on the contracts and pages of this
repository, the median of some rounds, and of importing. Wants ruamel.yaml, markdown-it-py, referencing and filelock.
"""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from driftgate.base import yamlfile
from driftgate.contract.openapi import inline
from driftgate.docs.pages import _blocks

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 5
CONTRACTS = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "contracts").rglob("*.yaml"))]
PAGES = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests/fixtures/docs").glob("*.md"))]
DOCUMENTS: list[Any] = [yamlfile.read(path) for path in sorted((ROOT / "contracts").glob("*/contract.yaml"))]


def took(work: Callable[[], object]) -> float:
    """Milliseconds of a processor."""
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        times.append((time.process_time() - began) * 1000)
    return median(times)


def importing(module: str) -> float:
    """Milliseconds of a processor that importing takes, without the start of Python."""
    script = f"import time; began = time.process_time(); import {module}; print(time.process_time() - began)"
    told = [subprocess.run([sys.executable, "-c", script], capture_output=True, check=True) for _ in range(ROUNDS)]
    return median(float(each.stdout) * 1000 for each in told)


def our_yaml() -> None:
    for text in CONTRACTS:
        yamlfile.parse(text, "a contract")
        yamlfile.lines(text)


def ruamel() -> None:
    from ruamel.yaml import YAML  # noqa: PLC0415

    for text in CONTRACTS:
        YAML(typ="rt").load(text)


def our_blocks() -> list[str]:
    return [block.text for page in PAGES for block in _blocks(page)]


def markdown_it() -> list[str]:
    from markdown_it import MarkdownIt  # noqa: PLC0415

    return [each.content for page in PAGES for each in MarkdownIt("commonmark").parse(page) if each.type == "fence"]


def our_references() -> None:
    for document in DOCUMENTS:
        inline(document["paths"], document)


def referencing() -> None:
    """Looks every reference up; putting what it finds into its place comes on top."""
    from referencing import Registry  # noqa: PLC0415
    from referencing.jsonschema import DRAFT202012  # noqa: PLC0415

    for document in DOCUMENTS:
        registry: Any = Registry().with_resource("", DRAFT202012.create_resource(document))
        resolver, waiting = registry.resolver(), [document["paths"]]
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                waiting += [resolver.lookup(value["$ref"]).contents] if "$ref" in value else value.values()
            elif isinstance(value, list):
                waiting += value


def main() -> None:
    rows = [
        ("ruamel.yaml", "ruamel.yaml", f"reading {len(CONTRACTS)} files of contracts, with lines", our_yaml, ruamel),
        ("markdown-it-py", "markdown_it", f"the blocks of code of {len(PAGES)} page", our_blocks, markdown_it),
        ("referencing", "referencing.jsonschema", "the references of all contracts", our_references, referencing),
    ]
    print("| package | work | ours, ms | package, ms | importing, ms |")
    print("| --- | --- | --- | --- | --- |")
    for package, module, work, ours, theirs in rows:
        version = importlib.metadata.version(package)
        print(f"| {package} {version} | {work} | {took(ours):.1f} | {took(theirs):.1f} | {importing(module):.0f} |")
    version = importlib.metadata.version("filelock")
    print(f"| filelock {version} | locking a file | – | – | {importing('filelock'):.0f} |")


if __name__ == "__main__":
    main()
