"""The report as one self-contained HTML page: no request, and everything from the target escaped.

Its one script filters, searches and copies; without it the page is whole.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from driftgate import __version__
from driftgate.base.jsonvalue import printable
from driftgate.drift import RULES, Drift
from driftgate.drift.report import headline
from driftgate.report.result import Result
from driftgate.report.view import PLOT_HEIGHT, PLOT_WIDTH, TONES, RequirementView, TargetView, view
from driftgate.report.words import ATTENTION, SYMBOLS, WORST_FIRST

_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:[\d:+Z]+)?")


def render(results: Sequence[Result]) -> str:
    """The report on one run, or several, over one target or several."""
    targets = [view(result, number) for number, result in enumerate(results, 1)]
    return render_template(
        "report.html.j2",
        targets=targets,
        summaries=sorted(targets, key=lambda target: TONES.index(target.tone)),
        matrix=_matrix(targets),
        choices=_choices(targets),
        digest=script_digest(render_template("report.js")),
    )


def script_digest(script: str) -> str:
    """What a page's policy calls its script by (Content Security Policy 3, hash-source)."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def render_drift(drifts: Sequence[Drift]) -> str:
    """A page that shows only drift, of one target or of several documents."""
    return render_template("drift.html.j2", drifts=drifts)


def _matrix(targets: Sequence[TargetView]) -> list[tuple[str, str, list[RequirementView | None]]]:
    """Requirements × targets, the worst first: slug, level, and the row of each target that has such a promise."""
    rows = [{(row.slug, row.level): row for row in target.requirements()} for target in targets]
    keys = dict.fromkeys(key for row in rows for key in row)
    cells = [(*key, [row.get(key) for row in rows]) for key in keys]
    return sorted(cells, key=lambda row: min(_urgency(cell.word) for cell in row[2] if cell))


def _urgency(word: str) -> int:
    """What needs nobody's attention is equally urgent, so that it keeps the order of the catalogue."""
    return WORST_FIRST.index(word if word in ATTENTION else "pass")


def _choices(targets: Sequence[TargetView]) -> dict[str, list[str]]:
    """What the page can be filtered by, each with the values that are there."""
    rows = [row for target in targets for row in target.requirements()]
    return {
        "verdict": sorted({row.word for row in rows}, key=WORST_FIRST.index),
        "level": [level for level in ("must", "should", "may") if any(row.level == level for row in rows)],
        "class": list(dict.fromkeys(title for target in targets for title, _ in target.classes)),
        "target": [target.name for target in targets] if len(targets) > 1 else [],
    }


def render_template(template: str, **values: object) -> str:
    """One of the package's templates, filled in."""
    return _environment().get_template(template).render(**values)


def together(text: str) -> Markup:
    """A text whose times each stay in one line."""
    return Markup(_TIME.sub(r'<span class="time">\g<0></span>', str(escape(text))))  # noqa: S704  # escaped before


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("driftgate.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(printable=printable, headline=headline, together=together)
    environment.globals.update(version=__version__, symbols=SYMBOLS, rules=RULES, width=PLOT_WIDTH, height=PLOT_HEIGHT)
    return environment
