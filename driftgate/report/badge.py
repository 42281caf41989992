"""A badge: the result of a record as the JSON that a Shields endpoint serves."""

from __future__ import annotations

import json

from driftgate.base.jsonvalue import one_line
from driftgate.record.verdict import Exit
from driftgate.report import words
from driftgate.report.result import Result


def render(result: Result) -> str:
    """The badge of a target: schemaVersion, label, message, color, and isError where it must never be green."""
    message, color = _message(result)
    header, product = result.record.header, result.record.footer.product
    name = header.target.name
    if product is not None and product.address is not None:
        # what a badge of a product is read for: which suite said it, of which contract, how thoroughly, and when
        name = product.title
        message += f" ({header.contract.vendor} {header.contract.edition}, {header.profile}, suite {header.suite}, "
        message += f"{header.started[:10]})"
    badge: dict[str, object] = {
        "schemaVersion": 1,
        "label": f"contract: {one_line(name)}",
        "message": message,
        "color": color,
    }
    if result.exit is not Exit.CONFORMS:
        badge["isError"] = True
    return json.dumps(badge)


def _message(result: Result) -> tuple[str, str]:
    """The status in the words of every report, and its colour; what is waived is never green."""
    status = words.status(result)
    if result.exit is Exit.CONFORMS:
        message, *rest = status.split(", ")
        waived = sum(row.waived for row in result.record.verdicts)
        if waived:
            return f"{message}, {waived} waived", "blueviolet"
        return message, "yellowgreen" if rest else "brightgreen"
    if result.exit is Exit.VIOLATES:
        return status, "red" if status.endswith("violates the contract") else "orange"
    return status, "lightgrey"
