"""The words and the headline of a result, the same in every report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from driftgate.checks.check import Title
from driftgate.checks.registry import check_named
from driftgate.record.observation import Observation
from driftgate.record.record import Row
from driftgate.record.verdict import Exit
from driftgate.report.result import Result

SYMBOLS = {
    "pass": "✓",
    "fail": "✗",
    "warn": "!",
    "waived": "~",
    "inconclusive": "?",
    "error": "E",
    "untested": "-",
    "observed": "·",
}
_COUNTED = {
    "pass": "pass",
    "fail": "fail",
    "warn": "should fail",
    "waived": "waived",
    "inconclusive": "inconclusive",
    "error": "error",
    "observed": "observed",
    "untested": "untested",
}


def class_of(check: str) -> str:
    """The class of requirements that a check belongs to."""
    return str(check_named(check).title)


def by_class(verdicts: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """The verdicts of each class that has some."""
    for title in Title:
        rows = [row for row in verdicts if class_of(row["check"]) == title]
        if rows:
            yield str(title), rows


def word(verdict: Row) -> str:
    """The verdict in the word that people read."""
    if verdict["waived"]:
        return "waived"
    if verdict["verdict"] == "none":
        return "untested"
    if verdict["level"] == "may" and verdict["verdict"] == "pass":
        return "observed"
    if verdict["level"] == "should" and verdict["verdict"] == "fail":
        return "warn"
    return str(verdict["verdict"])


def counts(verdicts: Sequence[Row]) -> str:
    """How many requirements have which verdict."""
    found = Counter(map(word, verdicts))
    return " · ".join(f"{found[key]} {name}" for key, name in _COUNTED.items() if found[key])


def headline(result: Result) -> str:
    """One line that says how it stands."""
    record = result.record
    return (
        f"{record.header['target']['name']}: {counts(record.verdicts)} of {len(record.verdicts)} requirements · "
        f"{record.footer['requests']} requests · {record.footer['elapsed_s']:.1f} s: {status(result)}"
    )


def status(result: Result) -> str:
    """What it comes to; honest about what was not tested."""
    if not result.record.complete:
        return "interrupted, says nothing"
    if result.drift is not None and result.exit in (Exit.DRIFT, Exit.CONFORMS):
        return "breaking drift" if result.exit is Exit.DRIFT else "no breaking drift"
    verdicts = result.record.verdicts
    if result.exit is Exit.CONFORMS:
        missing = sum(row["verdict"] == "none" for row in verdicts if row["level"] == "must")
        return "conforms" if not missing else f"conforms as far as tested, not fully verified ({missing} MUST untested)"
    if result.exit is Exit.VIOLATES and not any(row["verdict"] == "fail" and not row["waived"] for row in verdicts):
        return "conforms, but its waivers want mending"
    return {
        Exit.VIOLATES: "violates the contract",
        Exit.INCONCLUSIVE: "inconclusive",
        Exit.OWN_ERROR: "driftgate made a mistake, please report it",
    }[result.exit]


def accepted(waiver: Row) -> str:
    """A waiver that is in force, in a few words."""
    finding = f"finding {waiver['fingerprint']} " if waiver["fingerprint"] else ""
    return f"{finding}until {waiver['expires']}, {waiver['reason']} ({waiver['link']})"


def observations(result: Result) -> dict[str, str]:
    """What was observed, in a few words, by requirement."""
    told: dict[str, str] = {}
    for row in result.record.observations:
        seen = Observation(**{key: value for key, value in row.items() if key != "record"})
        words = f"{seen.case}: {seen.describe()}" if seen.case else seen.describe()
        told[seen.requirement] = f"{told[seen.requirement]}; {words}" if seen.requirement in told else words
    return told


def remarks(result: Result) -> list[str]:
    """What else has to be known: waivers to mend, what was left behind, why verdicts are missing."""
    record = result.record
    lines = list(record.footer["waiver_problems"])
    lines += [f"left behind: {trouble}" for trouble in record.footer["not_restored"]]
    if record.footer["setup_error"]:
        return [*lines, f"{record.header['target']['name']} cannot be judged: {record.footer['setup_error']}"]
    reasons = Counter(row["reason"] for row in record.verdicts if row["verdict"] == "inconclusive")
    return [*lines, *(f"inconclusive ({number} requirements): {reason}" for reason, number in reasons.items())]
