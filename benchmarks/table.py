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


def totals(results: Mapping[str, Any]) -> str:
    """One row for each tool, over all vendors that it could run on."""
    head = (
        "Tool",
        "Found in the sample",
        "Found of all",
        "Requests over the sample",
        "Faults found per 100 requests",
        "Findings on conforming servers",
        "Variants with new findings",
        "Seconds over the sample",
    )
    rows = [head, ("---",) * len(head)]
    rows += [_total(name, tool) for name, tool in results["tools"].items() if "vendors" in tool]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _total(name: str, tool: Mapping[str, Any]) -> tuple[str, ...]:
    vendors = [figures for figures in tool["vendors"].values() if "sample" in figures]
    samples = [figures["sample"] for figures in vendors]
    whole = [figures["all"] for figures in vendors if "all" in figures]
    found, requests = sum(each["found"] for each in samples), sum(each["requests_total"] for each in samples)
    return (
        f"{name} {tool['version']}",
        f"{found} of {sum(each['faults'] for each in samples)}",
        f"{sum(each['found'] for each in whole)} of {sum(each['faults'] for each in whole)}" if whole else "–",
        str(requests),
        f"{100 * found / max(1, requests):.1f}",
        str(sum(len(figures["conforming"]["findings"]) for figures in vendors)),
        str(sum(len(figures["variants"]["with_new_findings"]) for figures in vendors)),
        f"{sum(each['seconds_total'] for each in samples):.0f}",
    )
