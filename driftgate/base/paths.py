"""Where the contracts, the suites and the products are: inside the installed package, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_BUNDLE = _PACKAGE / "_bundle"
_HOME = _BUNDLE if _BUNDLE.is_dir() else _PACKAGE.parent

CONTRACTS = _HOME / "contracts"
SUITES = _HOME / "suites"
PRODUCTS = _HOME / "products"
SCHEMAS = CONTRACTS / "schema"

# the file of targets, in the folder in which driftgate runs
TARGETS_FILE = "driftgate.toml"

# what a run writes beside its records, for people
REPORTS = ("report.html", "report.json", "report.md")

# where a run writes them unless it is told otherwise
DEFAULT_REPORTS = Path("reports/latest")
# where accepted records are kept to compare later ones with
DEFAULT_BASELINES = Path("reports/baselines")
