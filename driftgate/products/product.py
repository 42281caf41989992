"""One version of a product, from its folder: where it comes from, its records and where it leaves its vendor's page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from driftgate.base import yamlfile
from driftgate.base.errors import UsageError
from driftgate.base.paths import PRODUCTS
from driftgate.base.suggest import did_you_mean

FILE = "product.yaml"


@dataclass(frozen=True)
class Deviation:
    """One case in which a product does not do what the page says. ``known``: measured, read, inferred or reported.

    ``impact`` is empty where that of the requirement says it. An ``intermittent`` one is seen in some runs only.
    """

    id: str
    requirements: tuple[str, ...]
    case: str
    behaviour: str
    client: str
    known: str
    where: str
    impact: str = ""
    intermittent: bool = False
    findings: tuple[tuple[str, str], ...] = ()  # fingerprint and case

    def describe(self) -> str:
        """The case and the behaviour in one line, with the certainty where there is doubt."""
        doubt = f" ({self.known})" if self.known in ("inferred", "reported") else ""
        return f"{self.case}: {self.behaviour}{doubt}"


@dataclass(frozen=True)
class RecordInfo:
    """A record in a product's folder: the run that made it, and what was changed in it since."""

    path: Path
    profile: str
    options: str
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trait:
    """What a product's answers show of it: a header with one of ``values``, or a ``member`` that is its own.

    A header that names the version is ``certain``.
    """

    header: str = ""
    values: tuple[str, ...] = ()
    member: str = ""

    @property
    def certain(self) -> bool:
        return bool(self.header)


@dataclass(frozen=True)
class Product:
    """One version of a product. ``date`` is the day on which its server was judged.

    ``data`` are members of answers that depend on what a server stores, and not on its version. ``same_as`` are other
    versions that answer alike. ``doubtful``: why a pass in its records proves nothing, by requirement.
    ``unrecorded``: why there is no record of a profile.
    """

    folder: Path
    vendor: str
    name: str
    version: str
    edition: str
    date: str
    how: str
    replaced: tuple[str, ...]
    repository: str
    commit: str
    as_built: str | None
    same_as: tuple[str, ...]
    records: tuple[RecordInfo, ...]
    traits: tuple[Trait, ...]
    data: tuple[str, ...]
    doubtful: Mapping[str, str]
    unrecorded: Mapping[str, str]
    deviations: tuple[Deviation, ...]

    @property
    def address(self) -> str:
        """What ``--product`` takes."""
        return f"{self.vendor}@{self.version}"

    @property
    def title(self) -> str:
        """The product and its version, for people."""
        return f"{self.name} {self.version}"

    @property
    def waivers(self) -> Path:
        """The file with its known violations; it need not exist."""
        return self.folder / "waivers.yaml"

    def of(self, requirement: str) -> tuple[Deviation, ...]:
        """Its deviations from a requirement."""
        return tuple(each for each in self.deviations if requirement in each.requirements)


def available(vendor: str | None = None) -> tuple[str, ...]:
    """The addresses of the products that driftgate knows, the oldest version of each vendor first."""
    found = [path.parent for path in PRODUCTS.glob(f"{vendor or '*'}/*/{FILE}")]
    return tuple(f"{each.parent.name}@{each.name}" for each in sorted(found, key=_order))


def _order(folder: Path) -> tuple[str, list[tuple[int, str]]]:
    parts = folder.name.replace("-", ".").split(".")
    return folder.parent.name, [(int(part), "") if part.isdigit() else (0, part) for part in parts]


def load_product(address: str) -> Product:
    """The product of this address, VENDOR@VERSION, or in this folder. Raises UsageError."""
    if (Path(address) / FILE).is_file():
        return read_product(Path(address))
    known = {each: PRODUCTS.joinpath(*each.split("@")) for each in available()}
    if address not in known:
        hint = did_you_mean(address, known)
        raise UsageError(f"there is no product {address!r}{hint}: there are {', '.join(known)}")
    return read_product(known[address])


def read_product(folder: Path) -> Product:
    """The product that a folder describes. Raises UsageError."""
    value = _valid(folder / FILE, "product")
    ran, source = value["ran"], value["source"]
    as_built = value.get("as_built")
    measured = {each["row"]: "; ".join(each["cases"]) for each in value.get("measured", ())}
    return Product(
        folder=folder,
        vendor=value["vendor"],
        name=value["name"],
        version=value["version"],
        edition=value["edition"],
        date=ran["date"],
        how=ran["how"],
        replaced=tuple(ran.get("replaced", ())),
        repository=source["repository"],
        commit=source["commit"],
        as_built=as_built,
        same_as=tuple(each["version"] for each in value.get("same_as", ())),
        records=tuple(_record(folder, each) for each in value["records"]),
        traits=tuple(map(_trait, value.get("recognised_by", ()))),
        doubtful={each: row["because"] for row in value.get("doubtful", ()) for each in row["requirements"]},
        unrecorded={each["profile"]: each["because"] for each in value.get("unrecorded", ())},
        data=tuple(member for each in value.get("data", ()) for member in each["members"]),
        deviations=(
            *(_rows(folder.parent / "as-built.yaml", as_built, measured) if as_built else ()),
            *map(_deviation, value.get("deviations", ())),
        ),
    )


def _valid(path: Path, schema: str) -> Mapping[str, Any]:
    # loaded here, because reports need the words of this module, and read no product
    from driftgate.contract.schemas import file_schema, first_problem  # noqa: PLC0415

    value = yamlfile.read(path)
    problem = first_problem(file_schema(schema), value)
    if problem:
        raise UsageError(f"{path}: {problem}")
    valid: Mapping[str, Any] = value
    return valid


def _record(folder: Path, row: Mapping[str, Any]) -> RecordInfo:
    path = folder / f"record-{row['profile']}.jsonl"
    return RecordInfo(path, row["profile"], row["options"], tuple(row.get("changed", ())))


def _trait(row: Mapping[str, Any]) -> Trait:
    return Trait(row.get("header", ""), tuple(row.get("values", ())), row.get("member", ""))


def _rows(path: Path, edition: str, measured: Mapping[str, str]) -> Iterator[Deviation]:
    """The rows of an as-built edition that break a promise. ``measured``: the cases that show rows in the records."""
    value = _valid(path, "as-built")
    if edition not in value["editions"]:
        raise UsageError(f"{path}: has no edition {edition!r}: there are {', '.join(value['editions'])}")
    for row in value["rows"]:
        if edition in row.get("editions", value["editions"]) and "violates" in row:
            known = row.get("certainty", "read")
            yield Deviation(
                id=row["id"],
                requirements=tuple(row["violates"]),
                case=row["case"],
                behaviour=row["behaviour"],
                client=row.get("client", ""),
                known=known if isinstance(known, str) else known[edition],
                where=measured.get(row["id"], row["source"]),
                intermittent=row.get("intermittent", False),
            )


def _deviation(row: Mapping[str, Any]) -> Deviation:
    return Deviation(
        id=row["id"],
        requirements=tuple(row["requirements"]),
        case=row["case"],
        behaviour=row["behaviour"],
        client=row["client"],
        known=row["source"]["known"],
        where=row["source"]["where"],
        impact=row["impact"],
        intermittent=row.get("intermittent", False),
        findings=tuple((each["fingerprint"], each.get("case", "")) for each in row.get("findings", ())),
    )
