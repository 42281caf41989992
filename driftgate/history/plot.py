"""The drawings of a history: a band for each row of verdicts, and the trend of the latency. Plain geometry for SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from driftgate.history.model import Run, Span, spans_of

WIDTH, HEIGHT = 1000, 24  # of a band; the trend is as wide, so that a run is in the same place in both
TREND = 160  # the height of the trend
_LEAST = 6  # of a span's width, so that a single run of a thousand can be seen
_MOST_POINTS = 400
_ONE_IN = 50  # runs may be above the upper end of the trend
_WORDS = {0: "pass", 1: "fail", 6: "inconclusive"}  # by a run's exit code
# how high a verdict stands, so that it needs no colour to be told from another
_HEIGHTS = {"pass": 6, "observed": 6, "untested": 3, "absent": 0, "inconclusive": 10, "waived": 14, "warn": 16}


@dataclass(frozen=True)
class Trend:
    """Median and 95th percentile of the runs as the points of lines, and the scale's upper end in milliseconds.

    ``cut``: what took longer than that is drawn at the upper end.
    """

    medians: str
    p95s: str
    top: float
    cut: bool


def band(spans: Sequence[Span], runs: int) -> list[tuple[str, str]]:
    """The spans as one SVG path for each verdict; what is seldom is drawn last, and never too narrow to be seen."""
    paths: dict[str, list[str]] = {}
    for span in spans:
        width = max(span.runs / runs * WIDTH, _LEAST)
        left = min(span.first / runs * WIDTH, WIDTH - width)
        height = _HEIGHTS.get(span.word, HEIGHT)
        paths.setdefault(span.word, []).append(f"M{left:g} {HEIGHT}h{width:.4g}v-{height}h-{width:.4g}z")
    runs_by_word = {word: sum(span.runs for span in spans if span.word == word) for word in paths}
    return [(word, "".join(paths[word])) for word in sorted(paths, key=lambda word: -runs_by_word[word])]


def overall(runs: Sequence[Run]) -> list[Span]:
    """The runs as spans of the verdict that each stands for as a whole."""
    return list(spans_of([_WORDS.get(run.exit, "error") for run in runs]))


def trend(runs: Sequence[Run]) -> Trend | None:
    """The trend of the latency; of very many runs the slowest of each stretch. None where nothing was answered."""
    seen = [(place, run.latency) for place, run in enumerate(runs) if run.latency]
    if not seen:
        return None
    slowest = sorted(latency.p95 for _, latency in seen)
    # one outage would flatten months
    top = slowest[-1 - len(slowest) // _ONE_IN] or 1.0
    medians = [(middle(place, len(runs)), latency.median) for place, latency in seen]
    p95s = [(middle(place, len(runs)), latency.p95) for place, latency in seen]
    return Trend(_line(medians, top), _line(p95s, top), top, cut=slowest[-1] > top)


def _line(points: Sequence[tuple[float, float]], top: float) -> str:
    stretch = -(-len(points) // _MOST_POINTS)
    thinned = [
        max(points[start : start + stretch], key=lambda point: point[1]) for start in range(0, len(points), stretch)
    ]
    if len(thinned) == 1:  # a line across, for a point cannot be seen
        thinned = [(0, thinned[0][1]), (WIDTH, thinned[0][1])]
    return " ".join(f"{x:g},{TREND - min(value / top, 1) * TREND:.1f}" for x, value in thinned)


def middle(place: int, runs: int) -> float:
    """The middle of a run's part of a band."""
    return round((place + 0.5) / runs * WIDTH, 1)


def edge(place: int, runs: int) -> float:
    """Where a run's part of a band begins."""
    return round(place / runs * WIDTH, 1)
