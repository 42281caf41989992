"""The check "persists": a later read shows exactly the name that was sent (``Expect.kept_name``)."""

from __future__ import annotations

from driftgate.checks import names
from driftgate.checks.check import Check, Title

CHECK = Check(
    "persists", Title.EFFECTS, "A later read shows exactly the name that was sent.", questions=names.questions
)
