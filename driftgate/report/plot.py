"""The plot of a target's latency: a dot for each rename, lines for the median and the 95th percentile. SVG."""

from __future__ import annotations

from dataclasses import dataclass

from driftgate.record.latency import Latency

WIDTH, HEIGHT = 640, 120  # of the plot's area, in the SVG's units
_MOST_DOTS = 400


@dataclass(frozen=True)
class Plot:
    """What is to be drawn: dots as (x, y), the lines' heights, the scale's upper end in milliseconds."""

    dots: tuple[tuple[float, float], ...]
    median: float
    p95: float
    top: float


def plot(latency: Latency) -> Plot:
    """The plot; of very many renames the slowest of each stretch is drawn, so that no outlier is lost."""
    answers = _thinned(latency.answers)
    top = max(elapsed for _, elapsed in answers) or 1.0
    first, last = answers[0][0], answers[-1][0]
    span = (last - first) or 1

    def height(elapsed: float) -> float:
        return round(HEIGHT - elapsed / top * HEIGHT, 1)

    dots = tuple((round((number - first) / span * WIDTH, 1), height(elapsed)) for number, elapsed in answers)
    return Plot(dots, height(latency.median), height(latency.p95), top)


def _thinned(answers: tuple[tuple[int, float], ...]) -> list[tuple[int, float]]:
    stretch = -(-len(answers) // _MOST_DOTS)
    return [
        max(answers[start : start + stretch], key=lambda answer: answer[1]) for start in range(0, len(answers), stretch)
    ]
