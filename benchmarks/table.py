"""The figures of results.json as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_HEAD = (
    "Tool",
    "Vendor",
    "Found in the sample",
    "Found of all",
    "Findings on the conforming server",
    "Conforming variants with findings",
    "… with new ones",
    "Requests a run",
    "Faults found per 100 requests",
    "Seconds a run",
)


def markdown(results: Mapping[str, Any]) -> str:
    """One row for each tool and vendor; medians of the runs on the sample."""
    rows = [_HEAD, ("---",) * len(_HEAD)]
    for name, tool in results["tools"].items():
        label = f"{name} {tool['version']}" if "version" in tool else name
        if "error" in tool:
            rows.append((label, "", tool["error"], *[""] * (len(_HEAD) - 3)))
        rows += [_row(label, vendor, found) for vendor, found in tool.get("vendors", {}).items()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(label: str, vendor: str, figures: Mapping[str, Any]) -> tuple[str, ...]:
    if "error" in figures:
        return (label, vendor, "could not run", *[""] * (len(_HEAD) - 3))
    sample, variants = figures["sample"], figures["variants"]
    return (
        label,
        vendor,
        f"{sample['found']} of {sample['faults']}",
        f"{figures['all']['found']} of {figures['all']['faults']}" if "all" in figures else "–",
        str(len(figures["conforming"]["findings"])),
        f"{variants['with_findings']} of {variants['runs']}",
        str(len(variants["with_new_findings"])),
        f"{sample['requests_median']:g}",
        f"{100 * sample['found'] / max(1, sample['requests_total']):.1f}",
        f"{sample['seconds_median']:g}",
    )
