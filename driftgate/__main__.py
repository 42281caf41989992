"""The command ``driftgate``, also as ``python -m driftgate``."""

from __future__ import annotations

import sys


def main() -> int:
    """The exit code of the command."""
    if sys.argv[1:] == ["--version"]:  # before anything is imported
        from driftgate import __version__  # noqa: PLC0415

        print(f"driftgate {__version__}")  # noqa: T201
        return 0
    import gc  # noqa: PLC0415
    import signal  # noqa: PLC0415

    from driftgate.commands import cli  # noqa: PLC0415

    code = cli.main()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done: a late one must not change the exit code
    gc.freeze()  # the process ends: what is left need not be searched for garbage
    return code


if __name__ == "__main__":
    sys.exit(main())
