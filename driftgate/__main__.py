"""The command ``driftgate``, also as ``python -m driftgate``."""

from __future__ import annotations

import sys


def main() -> int:
    """The exit code of the command."""
    # an emulator is ready before what the other commands import is even read
    if sys.argv[1:2] == ["emulate"]:
        from driftgate.commands import emulate  # noqa: PLC0415

        return emulate.main(sys.argv[2:])
    from driftgate.commands import cli  # noqa: PLC0415

    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
