"""What else fails when the answer to a rename cannot be read, or carries no name."""

from __future__ import annotations

from driftgate.emulator.faults.fault import IDS


def names_lost(vendor: str) -> tuple[str, ...]:
    """The requirements that look at the answered name, whatever is wrong with it."""
    more = {
        "dify": ("dify.rename.auto-generate-defaults-to-false",),
        "coze": (),
        "nuwax": ("nuwax.rename.first-message-becomes-topic",),
    }
    return (IDS[vendor]["echo"], *more[vendor])


def unrecognised(vendor: str) -> str:
    """What fails when the answer to a rename is not recognised as a success."""
    more = {
        "dify": "".join(
            f" dify.rename.auto-generate-{rule}" for rule in ("defaults-to-false", "needs-no-name", "ignores-name")
        ),
        "coze": " limit",
        "nuwax": " nuwax.rename.first-message-becomes-topic nuwax.rename.first-message-or-topic",
    }
    return "accepted echo persist same former in-use" + more[vendor]
