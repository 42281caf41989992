"""The matrix requirement × product: what each version keeps, by the records and measurements that prove it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.base.suggest import did_you_mean
from driftgate.contract import Contract, Requirement, load_contract
from driftgate.products.product import Deviation, Product, available, load_product
from driftgate.record.reading import read_record
from driftgate.record.record import Record

PASS, FAILS, SOMETIMES, OBSERVED, UNKNOWN = "pass", "fails", "fails sometimes", "observed", "unknown"


@dataclass(frozen=True)
class Cell:
    """What is known of one requirement and one column. ``proof``: a record and a place in it, or a measurement."""

    state: str
    observed: str = ""
    note: str = ""
    client: str = ""
    proof: str = ""


@dataclass(frozen=True)
class Column:
    """A product, or a target of one's own. ``folder`` is where its proofs are, below the folder of products."""

    name: str
    title: str
    date: str
    edition: str
    folder: str = ""


@dataclass(frozen=True)
class Row:
    """One requirement, with a cell for each column, and between which versions it changed."""

    requirement: Requirement
    cells: tuple[Cell, ...]
    changed: str = ""


@dataclass(frozen=True)
class Matrix:
    """The requirements of one vendor against its products, the oldest first, and then targets."""

    vendor: str
    title: str
    edition: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def keeping(self, requirement: str) -> list[tuple[Column, Cell]]:
        """The columns with what is known of a requirement. Raises UsageError for an unknown one."""
        known = {row.requirement.id: row for row in self.rows}
        if requirement not in known:
            raise UsageError(f"{requirement} is no requirement of {self.vendor}{did_you_mean(requirement, known)}")
        return list(zip(self.columns, known[requirement].cells, strict=True))

    def changes(self, before: str, after: str) -> list[tuple[Requirement, Cell, Cell]]:
        """What is known to differ between two columns. Raises UsageError for an unknown one."""
        names = [each.name for each in self.columns]
        for name in (before, after):
            if name not in names:
                raise UsageError(f"there is no {name} among {', '.join(names)}{did_you_mean(name, names)}")
        first, second = names.index(before), names.index(after)
        pairs = [(row.requirement, row.cells[first], row.cells[second]) for row in self.rows]
        return [each for each in pairs if _differs(each[1], each[2])]


def _differs(old: Cell, new: Cell) -> bool:
    """Whether two cells are known to differ; what is unknown is no difference."""
    if UNKNOWN in (old.state, new.state):
        return False
    return (old.state, old.observed) != (new.state, new.observed)


def matrices(vendor: str | None = None, records: Iterable[Record] = ()) -> list[Matrix]:
    """The matrix of each vendor with products, with targets from ``records``. Raises UsageError."""
    products = [load_product(address) for address in available(vendor)]
    targets = list(records)
    if vendor is not None:
        load_contract(vendor)
    vendors = dict.fromkeys([*(each.vendor for each in products), *(each.header.contract.vendor for each in targets)])
    return [
        _matrix(
            load_contract(name),
            [each for each in products if each.vendor == name],
            [each for each in targets if each.header.contract.vendor == name],
        )
        for name in sorted(vendors)
        if vendor in (None, name)
    ]


def _matrix(contract: Contract, products: Sequence[Product], targets: Sequence[Record]) -> Matrix:
    columns = [
        *(
            Column(each.address, each.title, each.date, each.edition, f"{each.vendor}/{each.version}")
            for each in products
        ),
        *(_target(each) for each in targets),
    ]
    known = [_Known([read_record(info.path) for info in each.records], each) for each in products]
    known += [_Known([each]) for each in targets]
    rows = []
    for requirement in contract.requirements:
        cells = tuple(each.cell(requirement) for each in known)
        told = zip(columns[: len(products)], cells, strict=False)
        rows.append(Row(requirement, cells, _changed([(each.name.partition("@")[2], cell) for each, cell in told])))
    return Matrix(contract.vendor, contract.title, contract.edition, tuple(columns), tuple(rows))


def _target(record: Record) -> Column:
    header = record.header
    return Column(header.target.name, f"target {header.target.name}", header.started[:10], header.contract.edition)


def _changed(versions: Sequence[tuple[str, Cell]]) -> str:
    """Since and until which version a requirement fails, by the versions of which that is known."""
    known = [(version, "fails" if cell.state == SOMETIMES else cell.state) for version, cell in versions]
    known = [each for each in known if each[1] in (PASS, FAILS)]
    told = []
    for (last, old), (first, new) in pairwise(known):
        if old != new:
            told.append(f"fails until {last}, kept since {first}" if old == FAILS else f"fails since {first}")
    return "; ".join(told)


class _Known:
    """What is known of one column: its records, and for a product its deviations."""

    def __init__(self, records: Sequence[Record], product: Product | None = None) -> None:
        self._records = records
        self._product = product

    def cell(self, requirement: Requirement) -> Cell:
        observed = self._observed(requirement.id)
        deviations = self._product.of(requirement.id) if self._product else ()
        note = "; ".join(dict.fromkeys(each.describe() for each in deviations))
        client = " ".join(dict.fromkeys(each.client for each in deviations))
        verdicts = self._verdicts(requirement.id)
        if str(requirement.level) == "may":
            return Cell(OBSERVED, observed, proof=self._file()) if observed else Cell(UNKNOWN)
        measured = [each for each in deviations if each.known == "measured"]
        unproven = [each for each in deviations if each.known != "measured"]
        steady = [each for each in measured if not each.intermittent]
        sometimes = bool(measured) and not steady
        if "fail" in verdicts or steady:
            state = SOMETIMES if sometimes else FAILS
            return Cell(state, observed, note, client, verdicts.get("fail") or _where(steady))
        if sometimes:
            return Cell(SOMETIMES, observed, note, client, _where(measured))
        doubt = self._product.doubtful.get(requirement.id) if self._product else None
        if doubt or unproven:
            # a run that passed has not asked this case, or not at the right moment
            told = [f"{each.describe()} ({each.known}: {each.where})" for each in unproven]
            return Cell(UNKNOWN, observed, "; ".join([*told, *([doubt] if doubt else [])]), client)
        if "pass" in verdicts:
            return Cell(PASS, observed, note, client, verdicts["pass"])
        return Cell(UNKNOWN, observed)

    def _verdicts(self, requirement: str) -> Mapping[str, str]:
        """The verdicts of the records about a requirement, each with its first proof."""
        found: dict[str, str] = {}
        for record in self._records:
            findings = {row.fingerprint: row for row in record.findings}
            for row in record.verdicts:
                if row.requirement == requirement:
                    numbers = [findings[each].exchange for each in row.findings if each in findings]
                    where = f", exchange {numbers[0]}" if numbers and numbers[0] is not None else ""
                    found.setdefault(row.verdict, f"{record.path.name}{where}")
        return found

    def _observed(self, requirement: str) -> str:
        """What the first of the records that asked it saw."""
        for record in self._records:
            seen = [row for row in record.observations if row.requirement == requirement]
            if seen:
                told = [f"{row.case}: {row.describe()}" if row.case else row.describe() for row in seen]
                return "; ".join(told)
        return ""

    def _file(self) -> str:
        return self._records[0].path.name


def _where(deviations: Sequence[Deviation]) -> str:
    return "; ".join(dict.fromkeys(each.where for each in deviations))


def records_of(paths: Iterable[Path]) -> list[Record]:
    """The records of targets, one for each. Raises UsageError."""
    found: Mapping[str, Record] = {}
    for path in paths:
        record = read_record(path)
        if record.header.target.name in found:
            raise UsageError(f"{path}: is of target {record.header.target.name}, as is another record: give one")
        found = {**found, record.header.target.name: record}
    return list(found.values())
