"""Pins: observations that a target's owner relies on. A run that observes something else tells of drift."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageError
from driftgate.record.rows import Observation, PinChange, SeverityName
from driftgate.record.waivers import unknown, validated


@dataclass(frozen=True)
class Pin:
    """What a target did, in words, where the page leaves it open; and how bad it is when it does something else."""

    requirement: str
    case: str
    observed: str
    severity: SeverityName = "warning"


def read_pins(path: Path, requirements: Collection[str]) -> list[Pin]:
    """The pins in a waiver file, of these requirements; none when there is no file. Raises UsageError."""
    from driftgate.base.yamlfile import text_of  # noqa: PLC0415

    return parse_pins(text_of(path), path, requirements) if path.exists() else []


def parse_pins(text: str, path: Path, requirements: Collection[str]) -> list[Pin]:
    """The pins in the text of a waiver file. Raises UsageError."""
    pins = [_pin(row) for row in validated(text, path).get("pins") or ()]
    for index, pin in enumerate(pins):
        if pin.requirement not in requirements:
            raise UsageError(f"{path}: {unknown(pin.requirement, requirements)}: correct or remove its pin")
        if any((each.requirement, each.case) == (pin.requirement, pin.case) for each in pins[:index]):
            raise UsageError(f"{path}: {named(pin)} is pinned twice: keep one of the two pins")
    return pins


def _pin(row: dict[str, Any]) -> Pin:
    return Pin(row["requirement"], row.get("case", ""), row["observed"], row.get("severity", "warning"))


def named(pin: Pin | PinChange) -> str:
    """What a pin is of."""
    return f"{pin.requirement}: {pin.case}" if pin.case else pin.requirement


def pin_changes(pins: Sequence[Pin], observations: Iterable[Observation]) -> list[PinChange]:
    """What a run observed otherwise than it is pinned. What it did not ask, or got no answer to, is no change."""
    seen = {(row.requirement, row.case): row for row in observations if row.outcome != "unavailable"}
    found = [(pin, seen.get((pin.requirement, pin.case))) for pin in pins]
    return [
        PinChange(pin.requirement, pin.case, pin.observed, row.describe(), pin.severity)
        for pin, row in found
        if row is not None and row.describe() != pin.observed
    ]
