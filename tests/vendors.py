"""What the products do and what that breaks: judges every as-built edition; writes docs/vendors.md and products/*/*/waivers.yaml.

Run it with ``python -m tests.vendors``. It fails, and says why, where the rows and what driftgate finds differ.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from driftgate.contract import Contract, Level, Requirement, load_contract
from driftgate.emulator.as_built import Edition, Row
from driftgate.products import Product, available, load_product
from driftgate.record.observation import Observation
from tests.clock import late
from tests.harness import STATEFUL, Judged
from tests.servers import AS_BUILT, HOME, judge_server, product_of

PAGE = HOME / "docs" / "vendors.md"
BEGIN, END = "<!-- begin of what is generated -->", "<!-- end of what is generated -->"
EXPIRES = "2027-11-21"

Results = Mapping[str, Judged]


@dataclass(frozen=True)
class Found:
    """One finding of a product, in a run or by what is known of it."""

    requirement: str
    fingerprint: str
    case: str


def main() -> int:
    results = judged()
    gaps = [f"{name}: {gap}" for name, result in results.items() for gap in gaps_of(AS_BUILT[name], result)]
    gaps += [gap for known, findings in products(results) for gap in unexplained(known, findings)]
    if not gaps:
        PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")
        for known, findings in products(results):
            known.waivers.write_text(waivers(known, findings), encoding="utf-8")
    print("\n".join([*gaps, f"{len(results)} editions, {len(gaps)} gaps"]))
    return 1 if gaps else 0


def judged() -> Results:
    """Every as-built edition, with requests enough for all questions that the page leaves open, and by its lives.

    Also without what costs money: then other cases are asked.
    """
    return {name: _with(_both(_standard(name), lived(name)), _standard(name, cost=False)) for name in AS_BUILT}


def _standard(name: str, *, cost: bool = True) -> Judged:
    return judge_server(name, options=["--max-requests=200"], clock=late(), cost=cost, lent=not cost)


def lived(name: str) -> Judged:
    """What the lives of conversations on a server say."""
    return judge_server(name, options=STATEFUL, clock=late())


def _both(judged: Judged, lives: Judged) -> Judged:
    """A run of the profile standard, and what the requirements about lives came to in another."""
    asked = {row["requirement"] for row in lives.of("verdict") if row["check"] == "stateful"}
    rows = [row for row in lives.rows if row.get("requirement") in asked]
    verdicts = {name: verdict for name, verdict in lives.verdicts.items() if name in asked}
    return replace(judged, verdicts={**judged.verdicts, **verdicts}, rows=[*judged.rows, *rows])


def _with(judged: Judged, other: Judged) -> Judged:
    """A run, and what another one found besides."""
    known = {row["fingerprint"] for row in judged.of("finding")}
    more = [row for row in other.of("finding") if row["fingerprint"] not in known]
    failed = {row["requirement"]: "fail" for row in more}
    return replace(judged, verdicts={**judged.verdicts, **failed}, rows=[*judged.rows, *more])


def gaps_of(edition: Edition, result: Judged) -> list[str]:
    """Where the rows of an edition and what driftgate says of it differ."""
    missed = sorted(edition.violates - result.failed())
    unexplained = sorted(result.failed() - edition.violates)
    return [f"{each} does not fail" for each in missed] + [f"{each} fails, and no row says why" for each in unexplained]


def products(results: Results) -> Iterator[tuple[Product, list[Found]]]:
    """Every product, with what a run against its as-built edition found, and what its deviations say besides."""
    for known in map(load_product, available()):
        found = [
            Found(requirement, fingerprint, case)
            for deviation in known.deviations
            for requirement in deviation.requirements
            for fingerprint, case in deviation.findings
        ]
        run = results.get(f"{known.vendor}-{known.as_built}")
        found += (
            [Found(row["requirement"], row["fingerprint"], row["case"]) for row in run.of("finding")] if run else []
        )
        yield known, list({each.fingerprint: each for each in sorted(found, key=_order)}.values())


def _order(found: Found) -> tuple[str, str, str]:
    return found.requirement, found.fingerprint, found.case


def unexplained(known: Product, findings: Sequence[Found]) -> list[str]:
    """What was found of a product, and neither a row nor a deviation says."""
    broken = sorted({each.requirement for each in findings if not known.of(each.requirement)})
    return [f"{known.address}: {each} fails, and no deviation says why" for each in broken]


def page(before: str, results: Results) -> str:
    """The page with its generated part made anew."""
    head, _, rest = before.partition(BEGIN)
    vendors = list(dict.fromkeys(edition.vendor for edition in AS_BUILT.values()))
    lines = [line for vendor in vendors for line in _vendor(vendor, results)]
    return head + "\n".join([BEGIN, "", *lines, END]) + rest.partition(END)[2]


def _vendor(vendor: str, results: Results) -> Iterator[str]:
    contract = load_contract(vendor)
    own = {name: edition for name, edition in AS_BUILT.items() if edition.vendor == vendor}
    yield from (f"## {contract.title}", "")
    yield from _table("edition", "product", "as of", "result", "real product")(
        (
            f"`--as-built {each.name}`",
            f"[{each.product}]({each.link})",
            each.snapshot,
            _sum(contract, results[name]),
            _product_cell(name),
        )
        for name, each in own.items()
    )
    products = [each.product for each in own.values()]
    yield from (f"### What {contract.title}'s page promises, and the product does not keep", "")
    yield from _table("requirement", "the page", *products, "advice for clients")(_broken(contract, own))
    yield from (f"### What {contract.title}'s page leaves open", "")
    yield from _table("requirement", "open question", *products)(_open(contract, own, results))
    yield from (f"### Case by case: {contract.title}", "")
    yield from _table("case", "behaviour", "in", "known from", "advice for clients")(_cases(own))


def _product_cell(name: str) -> str:
    """Which real product an edition answers like, with a link to what is known of it."""
    known = product_of(name)
    return f"[`--product {known.address}`](../products/{known.vendor}/{known.version}/product.yaml)"


def _sum(contract: Contract, result: Judged) -> str:
    levels = [contract.requirement(each).level for each in result.failed()]
    return ", ".join(f"{levels.count(level)} {level} broken" for level in (Level.MUST, Level.SHOULD))


def _broken(contract: Contract, own: Mapping[str, Edition]) -> Iterator[Sequence[str]]:
    for requirement in contract.requirements:
        rows = {name: _rows_of(edition, requirement) for name, edition in own.items()}
        if any(rows.values()):
            told = ["; ".join(row.describe() for row in each) or "keeps it" for each in rows.values()]
            advice = dict.fromkeys(row.client for each in rows.values() for row in each)
            yield [f"`{requirement.id}` ({requirement.level})", requirement.says, *told, " ".join(advice)]


def _rows_of(edition: Edition, requirement: Requirement) -> list[Row]:
    return [row for row in edition.rows if requirement.id in row.violates]


def _open(contract: Contract, own: Mapping[str, Edition], results: Results) -> Iterator[Sequence[str]]:
    for requirement in contract.requirements:
        if requirement.level is Level.MAY:
            yield [f"`{requirement.id}`", requirement.says, *(_seen(results[name], requirement) for name in own)]


def _seen(result: Judged, requirement: Requirement) -> str:
    rows = [row for row in result.of("observation") if row["requirement"] == requirement.id]
    seen = [Observation(**{key: value for key, value in row.items() if key != "record"}) for row in rows]
    return "; ".join(each.describe() for each in seen)


def _cases(own: Mapping[str, Edition]) -> Iterator[Sequence[str]]:
    told: dict[tuple[str, str], list[Edition]] = {}
    rows: dict[tuple[str, str], Row] = {}
    for edition in own.values():
        for row in edition.rows:
            told.setdefault((row.name, row.certainty), []).append(edition)
            rows[row.name, row.certainty] = row
    for key, editions in told.items():
        row = rows[key]
        known = row.source if row.certainty == "read" else f"{row.source} ({row.certainty})"
        yield [row.case, row.behaviour, ", ".join(each.name for each in editions), known, row.client or "-"]


def _table(*heads: str):
    """A Markdown table of these columns, to be called with its rows."""

    def table(rows: Iterator[Sequence[str]]) -> Iterator[str]:
        yield _line(heads)
        yield _line(["---"] * len(heads))
        yield from (_line([cell.replace("|", "\\|") for cell in row]) for row in rows)
        yield ""

    return table


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _intermittent(known: Product, finding: Found) -> bool:
    """Whether a run that does not see a finding proves nothing."""
    rows = known.of(finding.requirement)
    of_it = [row for row in rows if finding.fingerprint in dict(row.findings)]
    return all(row.intermittent for row in of_it or rows)


def waivers(known: Product, findings: Sequence[Found]) -> str:
    """The waiver file of a product: a row for each finding, so that another one of the same requirement still fails."""
    lines = [
        "# yaml-language-server: $schema=../../../contracts/schema/waivers.schema.json",
        f"# Known violations of {known.title}, by its as-built edition and product.yaml, see docs/vendors.md.",
        f"# --product {known.address} accepts them. Written by python -m tests.vendors",
        "waivers:",
    ]
    for finding in findings:
        rows = known.of(finding.requirement)
        lines += [
            f"  - requirement: {finding.requirement}",
            f'    fingerprint: "{finding.fingerprint}"',
            *([f"    case: {json.dumps(finding.case, ensure_ascii=False)}"] if finding.case else []),
            *(["    intermittent: true"] if _intermittent(known, finding) else []),
            "    reason: >-",
            textwrap.fill(
                f"{known.title}, {'; '.join(dict.fromkeys(row.describe() for row in rows))}",
                120,
                initial_indent=" " * 6,
                subsequent_indent=" " * 6,
            ),
            f"    link: {known.repository}",
            f"    expires: {EXPIRES}",
        ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
