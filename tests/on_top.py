"""Which faults the waiver file of a product hides: every fault of a MUST on top of every as-built edition, with its waivers.

Run it by hand with ``python -m tests.on_top`` (hundreds of runs); it writes its part of docs/vendors.md. With
``--edition`` or ``-k`` it judges a part, and only prints what is hidden. With ``--results FILE`` a run that was cut off
goes on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import re
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.mutations.results import code
from driftgate.contract import Level, load_contract
from driftgate.emulator.faults import FAULTS
from tests.harness import STATEFUL, Judged
from tests.servers import AS_BUILT, HOME, judge_server, vendor_of, waivers_of

PAGE = HOME / "docs" / "vendors.md"
_MORE = "--max-requests=200"
_NEW = re.compile("[0-9a-f]{4,}|[0-9]+")
_SAME = "the product already does this: the answers are the same without the fault"
BEGIN, END = "<!-- begin of the faults that waivers hide -->", "<!-- end of the faults that waivers hide -->"

Task = tuple[str, str]


@dataclass(frozen=True)
class Hidden:
    """A fault that does not fail the gate, and why.

    ``same``: the product breaks the same promises without it, and gives the same answers.
    """

    edition: str
    fault: str
    why: str
    same: bool


class Results:
    """What became of each fault, in a file if there is one: a run of the same code and waivers goes on from it."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.known: dict[Task, Hidden | None] = {}
        if path is None:
            return
        head = json.dumps({"code": _code()})
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if lines[:1] != [head]:
            lines = [head]
            path.write_text(f"{head}\n", encoding="utf-8")
        for row in map(json.loads, lines[1:]):
            self.known[row["edition"], row["fault"]] = Hidden(**row["hidden"]) if row["hidden"] else None

    def add(self, task: Task, hidden: Hidden | None) -> None:
        self.known[task] = hidden
        if self._path is not None:
            row = {"edition": task[0], "fault": task[1], "hidden": asdict(hidden) if hidden else None}
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(row)}\n")


def _code() -> str:
    """A digest of all that decides what is hidden."""
    digest = hashlib.sha256(code().encode())
    for name in AS_BUILT:
        digest.update(waivers_of(name).read_bytes())
    return digest.hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edition", choices=AS_BUILT, action="append", help="only this edition; may be repeated")
    parser.add_argument("-k", default="", metavar="PATTERN", help="only faults whose name has this regular expression")
    parser.add_argument("--results", type=Path, metavar="FILE", help="keep each result there, and go on from it")
    given = parser.parse_args()
    every = list(_tasks())
    tasks = [each for each in every if each[0] in (given.edition or AS_BUILT) and re.search(given.k, each[1])]
    results = Results(given.results)
    left = [each for each in tasks if each not in results.known]
    with multiprocessing.get_context("spawn").Pool(2, maxtasksperchild=100) as pool:
        for task, judged in zip(left, pool.imap(_judged, left), strict=True):
            results.add(task, judged)
    found = [hidden for hidden in map(results.known.get, tasks) if hidden]
    if tasks == every:
        _write(_lines(tasks, found))
    print(*(f"{each.edition} {each.fault}: {_SAME if each.same else each.why}" for each in found), sep="\n")
    hidden = sum(not each.same for each in found)
    told = f"{len(tasks)} faults of a MUST on top of {len(AS_BUILT)} editions, {hidden} hidden"
    print(f"{told}, {len(found) - hidden} that change nothing")
    return 1 if hidden else 0


def _write(lines: Iterable[str]) -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(before + "\n".join([BEGIN, "", *lines, END]) + rest.partition(END)[2], encoding="utf-8")


def _tasks() -> Iterable[Task]:
    for name in AS_BUILT:
        contract = load_contract(vendor_of(name))
        for fault in FAULTS[contract.vendor].values():
            if any(contract.requirement(each).level is Level.MUST for each in fault.breaks):
                yield name, fault.name


def _judged(task: Task) -> Hidden | None:
    """The fault, and why it is hidden, where the gate does not fail because of it."""
    name, fault = task
    options = STATEFUL if FAULTS[vendor_of(name)][fault].stateful else ()
    result = judge_server(name, [fault], waived=True, options=options)
    if result.exit == 1:
        return None
    clean = judge_server(name, waived=True, options=options)
    kept = {row["fingerprint"] for row in result.of("finding")} <= {row["fingerprint"] for row in clean.of("finding")}
    breaks = set(FAULTS[vendor_of(name)][fault].breaks)
    broken = breaks & clean.failed()
    if result.exit != 0:
        why = f"exit code {result.exit}"
    elif judge_server(name, [fault], waived=True, options=[*options, _MORE]).exit == 1:
        why = f"no request of the budget is left for it; it is found with `{_MORE}`"
        breaks = set()
    elif breaks & result.failed():
        waived = sorted(each.partition(".")[2] for each in breaks & result.failed())
        why = f"`{'`, `'.join(waived)}` is waived: the product breaks it too, with the same finding"
    else:
        why = "no test of this product shows it"
    why += "" if kept else "; a SHOULD also fails"
    return Hidden(name, fault, why, bool(breaks) and broken == breaks and _answers(result) == _answers(clean))


def _answers(judged: Judged) -> list[tuple[str, ...]]:
    """Every request of a run with its answer, without what is new in every run: ids, times and random names."""
    return [
        tuple(_NEW.sub("#", json.dumps(each)) for each in (row["role"], row["outcome"], row["request"], answer))
        for row in judged.of("exchange")
        # what a server error says of itself is nobody's promise
        for answer in [
            row["answer"] and (row["answer"]["status"], row["outcome"] == "server error" or row["answer"]["body"])
        ]
    ]


def _lines(tasks: list[Task], found: list[Hidden]) -> Iterable[str]:
    yield "## Faults that the waiver files hide"
    yield ""
    yield (
        "driftgate judged each fault of a MUST in each as-built edition, with the edition's waiver file. The gate failed "
        "(exit 1) for all faults except these. Where the product already does what the fault does, the server gave the "
        "same answers with and without it: no request can tell."
    )
    yield ""
    for name, edition in AS_BUILT.items():
        own = [each for each in found if each.edition == name]
        number = sum(of == name for of, _ in tasks)
        yield f"### {edition.product}: {number - len(own)} of {number} found"
        yield ""
        if own:
            yield from ("| fault | why the gate does not fail |", "| --- | --- |")
            yield from (f"| `{each.fault}` | {_SAME if each.same else each.why} |" for each in own)
            yield ""


if __name__ == "__main__":
    sys.exit(main())
