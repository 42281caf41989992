"""As-built editions as data: a version of a product, and row by row how it differs from its vendor's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from driftgate.base import yamlfile
from driftgate.base.paths import PRODUCTS


@dataclass(frozen=True)
class Row:
    """One case, what the product does in it, and how that is known.

    ``asks``: requests that show it, with their answers. ``violates``: the requirements that fail because of it.
    ``client``: what a client should do about it. An ``intermittent`` one is seen in some runs only.
    """

    name: str
    case: str
    behaviour: str
    source: str
    certainty: str
    asks: Sequence[Mapping[str, Any]]
    violates: tuple[str, ...] = ()
    client: str = ""
    model_fails: bool = False
    intermittent: bool = False

    def describe(self) -> str:
        """The case and the behaviour in one line, with the certainty where there is doubt."""
        doubt = "" if self.certainty in ("read", "measured") else f" ({self.certainty})"
        return f"{self.case}: {self.behaviour}{doubt}"


@dataclass(frozen=True)
class Edition:
    """One version of a vendor's product. ``name`` is what ``--as-built`` takes."""

    vendor: str
    name: str
    product: str
    snapshot: str
    link: str
    rows: tuple[Row, ...]

    @property
    def violates(self) -> frozenset[str]:
        """The requirements of the vendor's page that the product does not meet."""
        return frozenset(each for row in self.rows for each in row.violates)


@cache
def editions(vendor: str) -> Mapping[str, Edition]:
    """The as-built editions of a vendor, by name."""
    value = yamlfile.read(PRODUCTS / vendor / "as-built.yaml")
    return {
        name: Edition(
            vendor,
            name,
            about["product"],
            about["snapshot"],
            value["link"],
            tuple(_row(row, name) for row in value["rows"] if name in row.get("editions", value["editions"])),
        )
        for name, about in value["editions"].items()
    }


def _row(row: Mapping[str, Any], edition: str) -> Row:
    certainty = row.get("certainty", "read")
    return Row(
        row["id"],
        row["case"],
        row["behaviour"],
        row["source"],
        certainty if isinstance(certainty, str) else certainty[edition],
        row["asks"],
        tuple(row.get("violates", ())),
        row.get("client", ""),
        row.get("model_fails", False),
        row.get("intermittent", False),
    )
