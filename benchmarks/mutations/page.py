"""The result of a run as Markdown: the key figure, the table, the reasons, and what is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.mutations.judging import Fate, Result, VariantResult
from benchmarks.mutations.reasons import Reason, Reasons
from benchmarks.mutations.run import Stratum

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mutations.md"
BEGIN, END = "<!-- begin of the generated result -->", "<!-- end of the generated result -->"
GOAL = 0.97
_KILLED = (Fate.MUST, Fate.SHOULD)
_COLUMNS = (Fate.MUST, Fate.SHOULD, Fate.INCONCLUSIVE, Fate.OBSERVED, Fate.SURVIVED)


@dataclass(frozen=True)
class Spent:
    """The minutes of a run, and how many results it took over from the run that it went on with."""

    minutes: float
    known: int = 0


@dataclass(frozen=True)
class Outcome:
    """All results of a run; mutants that changed nothing are left out.

    ``left`` are those of the run that were not judged. ``strata`` has all mutants that there are, also those that a
    sample leaves out.
    """

    results: Sequence[Result]
    variants: Sequence[VariantResult]
    reasons: Reasons
    left: Sequence[str] = ()
    strata: Mapping[str, Stratum] = field(default_factory=dict)

    @property
    def unexplained(self) -> list[Result]:
        """The survivors that have no reason."""
        return [each for each in self._of(Fate.SURVIVED) if self.reasons.of(each.id) is None]

    @property
    def alarms(self) -> list[str]:
        """What is told of conforming variants, though nothing is wrong with them."""
        found = []
        for variant in self.variants:
            told = [*variant.must, *(() if variant.name in self.reasons.lenient else variant.should)]
            if told:
                found.append(f"{variant.vendor} {variant.name}: {', '.join(told)}")
            elif variant.exit not in (0, 1):
                found.append(f"{variant.vendor} {variant.name}: exit {variant.exit}")
        return found

    @property
    def promised(self) -> list[Result]:
        """The mutants that change a documented member of a rename's answer, or what is stored."""
        return [each for each in self.results if each.promised]

    def equivalent(self, result: Result) -> bool:
        reason = self.reasons.of(result.id)
        return result.equivalent or (result.fate not in _KILLED and reason is not None and reason.equivalent)

    def _of(self, fate: Fate) -> list[Result]:
        return [each for each in self.results if each.fate is fate]


def key_figure(outcome: Outcome) -> str:
    """How many of the mutants that break a promise are killed."""
    promised = outcome.promised
    counting = [each for each in promised if not outcome.equivalent(each)]
    equivalent, counted = len(promised) - len(counting), len(counting)
    killed = sum(each.fate in _KILLED for each in counting)
    share = f" ({killed / counted:.1%}; the goal is {GOAL:.0%})" if counted else ""
    return (
        f"Of {len(promised)} mutants that change a documented member of a rename's answer, or what is stored, "
        f"{equivalent} keep every promise all the same (equivalent mutants); of the other {counted}, {killed} are "
        f"killed by a MUST or a SHOULD{share}."
    )


def estimate(outcome: Outcome) -> float | None:
    """The share that is killed of all mutants that break a promise, judged or not: each stratum weighs by its size.

    None where nothing was left out, or nothing was judged.
    """
    sizes = Counter(outcome.strata.values())
    by_stratum: dict[Stratum, list[Result]] = {}
    for each in outcome.promised:
        by_stratum.setdefault((each.vendor, each.operator, True), []).append(each)
    killed = counted = 0.0
    for stratum, own in by_stratum.items():
        counting = [each for each in own if not outcome.equivalent(each)]
        weight = sizes[stratum] / len(own)
        counted += weight * len(counting)
        killed += weight * sum(each.fate in _KILLED for each in counting)
    is_part = len(outcome.promised) < sum(size for (_, _, promised), size in sizes.items() if promised)
    return killed / counted if is_part and counted else None


def tables(outcome: Outcome) -> Iterator[str]:
    """A table of each vendor: what became of the mutants of each operator."""
    for vendor in sorted({each.vendor for each in outcome.results}):
        own = [each for each in outcome.results if each.vendor == vendor]
        yield from (f"#### {vendor}", "")
        yield f"| operator | mutants | {' | '.join(_COLUMNS)} |"
        yield f"| --- {'| --- ' * (len(_COLUMNS) + 1)}|"
        for operator in dict.fromkeys(each.operator for each in own):
            yield _row(operator, [each for each in own if each.operator == operator])
        yield from (_row("all", own), "")


def _row(title: str, results: Sequence[Result]) -> str:
    counts = Counter(each.fate for each in results)
    return f"| {title} | {len(results)} | {' | '.join(str(counts[fate]) for fate in _COLUMNS)} |"


def problems(outcome: Outcome, *, complete: bool) -> list[str]:
    """What a person has to look at; patterns without a mutant count in a complete run alone."""
    told = [f"{each.fate}: {each.id}: {each.by[0]}" for each in outcome.results if each.fate is Fate.MISTAKE]
    told += [f"unexplained: {each.id}" for each in outcome.unexplained]
    told += [f"false alarm: {each}" for each in outcome.alarms]
    unused = outcome.reasons.unused(each.id for each in outcome.results if each.fate not in _KILLED)
    return told + [f"reasons.yaml: no mutant left for {each}" for each in unused if complete]


def write(outcome: Outcome, command: str, spent: Spent) -> None:
    """Replaces what stands between the two marks of the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    lines = [BEGIN, "", f"    {command}", "", key_figure(outcome), "", scope(outcome, spent)]
    lines += ["", "### By vendor and operator", "", *tables(outcome)]
    lines += [*_reasons(outcome), *_promises(outcome), *_doubtful(outcome), *_variants(outcome), END]
    PAGE.write_text(before + "\n".join(lines) + rest.partition(END)[2], encoding="utf-8")


def scope(outcome: Outcome, spent: Spent) -> str:
    """How many mutants there are, how many were judged, and what the figure is worth where that is a part."""
    judged, every = len(outcome.results), len(outcome.strata)
    before = f" after {spent.known} that a run before had judged" if spent.known else ""
    told = f"{judged} of {every} mutants, in {spent.minutes:.0f} minutes{before}."
    promised = sum(each[2] for each in outcome.strata.values())
    told += f" {len(outcome.promised)} of the {promised} that change a promise are among them."
    share = estimate(outcome)
    if share is not None:
        told += (
            " The strata are a vendor's mutants by one operator that change a promise, and those that change none. "
            "Which mutants of a stratum are in the sample is a matter of chance, and the same under the same seed. "
            f"With each stratum that has some weighed by its size, the estimate for all mutants that break a promise "
            f"is {share:.1%} killed."
        )
    if outcome.left:
        told += f" The time was over before {len(outcome.left)} more of the chosen ones were judged."
    return told


def _reasons(outcome: Outcome) -> Iterator[str]:
    left = [each for each in outcome.results if each.fate in (Fate.SURVIVED, Fate.OBSERVED)]
    by_reason: dict[Reason | None, list[Result]] = {}
    for each in left:
        reason = outcome.reasons.of(each.id)
        if reason or each.fate is Fate.SURVIVED:
            by_reason.setdefault(reason, []).append(each)
    yield from ("### Why mutants survive", "")
    yield from ("| class | survived | observed | why |", "| --- | --- | --- | --- |")
    for row in (*outcome.reasons.rows, None):
        own = by_reason.get(row, [])
        if own:
            counts = Counter(each.fate for each in own)
            classes = "<br>".join(_code(each) for each in row.patterns) if row else "no reason yet"
            why = (" (equivalent)" if row.equivalent else "") if row else ""
            text = row.text if row else ", ".join(_code(each.id) for each in own)
            yield f"| {classes} | {counts[Fate.SURVIVED]} | {counts[Fate.OBSERVED]} | {_cell(text)}{why} |"
    yield ""


def _promises(outcome: Outcome) -> Iterator[str]:
    left = [each for each in outcome.promised if each.fate not in _KILLED and not outcome.equivalent(each)]
    yield from ("### Broken promises that nothing kills", "")
    yield from _listed(left, "Every mutant that breaks a promise of a rename is killed.")


def _doubtful(outcome: Outcome) -> Iterator[str]:
    left = [each for each in outcome.results if each.fate is Fate.INCONCLUSIVE and not each.promised]
    yield from (
        "### Mutants that cannot be judged",
        "",
        "The run ends with exit 6 and says what could not be judged.",
        "",
    )
    yield from _listed(left, "There are none.")


def _listed(results: Sequence[Result], none: str) -> Iterator[str]:
    if not results:
        yield from (none, "")
        return
    yield from ("| mutant | what became of it |", "| --- | --- |")
    for each in results:
        by = ", ".join(each.by[:3]) + (" …" if len(each.by) > 3 else "")
        yield f"| {_code(each.id)} | {each.fate}{f': {by}' if by else ''} |"
    yield ""


def _variants(outcome: Outcome) -> Iterator[str]:
    yield from ("### Conforming variants", "")
    if not outcome.variants:
        yield from ("The time was over before them. [The kill matrix](power.md) judges them too.", "")
        return
    yield f"{len(outcome.variants)} variants, judged with `--strict`; {len(outcome.alarms)} false alarms."
    yield from ("", *(f"- {each}" for each in outcome.alarms))
    yield from ("| lenient variant | what a SHOULD forbids and it lets through |", "| --- | --- |")
    yield from (f"| `{name}` | {_cell(text)} |" for name, text in outcome.reasons.lenient.items())
    yield ""


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def summary(outcome: Outcome, told: Iterable[str]) -> str:
    """What the command prints."""
    return "\n".join([*tables(outcome), key_figure(outcome), "", *told])
