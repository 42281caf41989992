"""The report as one self-contained HTML page: no script, no request, everything from the target escaped.

The page of a history, which is made elsewhere, has one script of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from driftgate import __version__
from driftgate.base.jsonvalue import printable
from driftgate.drift import RULES, Drift
from driftgate.drift.report import headline
from driftgate.report.result import Result
from driftgate.report.view import PLOT_HEIGHT, PLOT_WIDTH, RequirementView, TargetView, view
from driftgate.report.words import SYMBOLS


def render(results: Sequence[Result]) -> str:
    """The report on one run, or several, over one target or several."""
    targets = [view(result, number) for number, result in enumerate(results, 1)]
    return render_template("report.html.j2", targets=targets, matrix=_matrix(targets))


def render_drift(drifts: Sequence[Drift]) -> str:
    """A page that shows only drift, of one target or of several documents."""
    return render_template("drift.html.j2", drifts=drifts)


def _matrix(targets: Sequence[TargetView]) -> list[tuple[str, str, list[RequirementView | None]]]:
    """Requirements × targets: slug, level, what each target has for it; None where it promises nothing of the kind."""
    rows = [{(row.slug, row.level): row for row in target.requirements()} for target in targets]
    keys = dict.fromkeys(key for row in rows for key in row)
    return [(*key, [row.get(key) for row in rows]) for key in keys]


def render_template(template: str, **values: object) -> str:
    """One of the package's templates, filled in."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("driftgate.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(printable=printable, headline=headline)
    environment.globals.update(version=__version__, symbols=SYMBOLS, rules=RULES, width=PLOT_WIDTH, height=PLOT_HEIGHT)
    return environment
