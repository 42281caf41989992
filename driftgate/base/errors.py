"""What goes wrong outside of a target: told in one line that names what to change."""

from __future__ import annotations


class UsageProblem(Exception):
    """A bad option, target, contract or waiver file: nothing was sent, exit code 4."""

    exit_code = 4
