"""The pages of the contracts: every requirement of every vendor and edition, and the statements that are not tested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from driftgate.contract import Contract, Level, Requirement, available, editions_of, load_contract
from driftgate.emulator.faults import FAULTS
from tests.reference.markdown import code, heading, plain, table


def pages() -> Iterator[tuple[str, list[str]]]:
    """The page of each vendor, by the end of its name."""
    for vendor in available():
        yield vendor, list(_vendor(vendor))


def _vendor(vendor: str) -> Iterator[str]:
    current, *others = (load_contract(vendor, (), edition) for edition in editions_of(vendor))
    rows = current.requirements
    counts = ", ".join(f"{sum(row.level is level for row in rows)} {level}" for level in Level)
    yield from (f"# Requirements: {current.title}", "")
    yield from (
        f"The requirements of `--vendor {vendor}`, edition {code(current.edition)}: {len(rows)} requirements, {counts}. "
        f"`driftgate contracts {vendor}` lists them too. The [level](../explanation/verdict.md#levels) says how binding a "
        "requirement is. The [check](checks.md) says how driftgate tests it.",
        "",
    )
    yield from _parameters(current)
    yield from heading(2, "Requirements")
    for row in rows:
        yield from _requirement(current, row)
    yield from heading(2, "Not tested")
    yield from ("Further statements of the page, and the reasons why driftgate does not test them.", "")
    for left in current.not_tested:
        yield from heading(3, code(left.id))
        yield from (plain(left.says), "", f"- reason: {plain(left.why)}", f"- source: {plain(left.source)}", "")
    for other in others:
        yield from _edition(current, other)


def _other(before: Mapping[str, Requirement], after: Mapping[str, Requirement], row: str) -> bool:
    """Whether a requirement differs in another edition; a new place on the page is no difference."""
    return replace(before[row], source="") != replace(after[row], source="")


def _parameters(contract: Contract) -> Iterator[str]:
    yield from heading(2, "Parameters")
    yield from (
        f"The parameters of a {contract.title} target, for `--param NAME=VALUE` or `params` in `driftgate.toml`.",
        "",
    )
    yield from table(
        ("parameter", "meaning", ""),
        (
            (code(each.name), plain(each.says), ", ".join(_kinds(required=each.required, secret=each.secret)))
            for each in contract.parameters
        ),
    )


def _kinds(**kinds: bool) -> list[str]:
    return [name for name, holds in kinds.items() if holds]


def _requirement(contract: Contract, row: Requirement) -> Iterator[str]:
    faults = (
        [name for name, fault in FAULTS[contract.vendor].items() if row.id in fault.breaks] if _served(contract) else []
    )
    yield from heading(3, code(row.id))
    yield from (f"**{row.level}** · [`{row.check}`](checks.md#{row.check}) · from profile {row.profile}", "")
    yield from (plain(row.says), "", f"- impact: {plain(row.impact)}", f"- source: {plain(row.source)}")
    if row.costs:
        yield f"- tested only with `--allow-cost`; the cost is {plain(row.costs)}"
    if faults:
        more = f" and {len(faults) - 3} more" if len(faults) > 3 else ""
        yield f"- faults that break it: {', '.join(map(code, faults[:3]))}{more}"
    yield ""


def _served(contract: Contract) -> bool:
    return contract.vendor in FAULTS


def _edition(current: Contract, other: Contract) -> Iterator[str]:
    before, after = ({row.id: row for row in contract.requirements} for contract in (current, other))
    yield from heading(2, f"Edition {other.edition}")
    yield from (f"Use `--edition {other.edition}`. {plain(other.because)}", "")
    changes = [
        *((each, "removed", before[each].says) for each in before if each not in after),
        *((each, "new", after[each].says) for each in after if each not in before),
        *((each, "changed", after[each].says) for each in after if each in before and _other(before, after, each)),
    ]
    yield from table(
        ("requirement", "change", "text"),
        ((code(each), kind, plain(says)) for each, kind, says in changes),
    )
