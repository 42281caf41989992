"""The command ``driftgate``, also as ``python -m driftgate``."""

from __future__ import annotations

import sys


def main() -> int:
    """The exit code of the command."""
    # an emulator is ready before what the other commands import is even read
    if sys.argv[1:2] == ["emulate"]:
        from driftgate.emulator.command import main as emulate  # noqa: PLC0415

        return emulate(sys.argv[2:])
    from driftgate.cli import main as command  # noqa: PLC0415

    return command()


if __name__ == "__main__":
    sys.exit(main())
