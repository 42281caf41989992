"""Serving one emulator in the foreground, for people who develop against it."""

from __future__ import annotations

import sys

from driftgate.emulator.base import Emulator
from driftgate.emulator.server import application, base_url, listen, server
from driftgate.errors import UsageProblem


def serve(emulator: Emulator, *, port: int, latency: float) -> int:
    """Prints how to reach the emulator, then serves it until it is told to stop. ``latency`` in seconds."""
    try:
        sock = listen(port=port)
    except OSError as problem:
        raise UsageProblem(f"--port {port}: cannot be used ({problem.strerror})") from None
    url = base_url(emulator, sock)
    conversations = [each.id for each in emulator.ready_made()]
    params = " ".join(f"--param {name}={value}" for name, value in emulator.params.items())
    lines = [
        f"{emulator.vendor} emulator at {url}",
        f"  key            {emulator.api_key}",
        f"  conversations  {' '.join(conversations)}",
        "Judge it with",
        f"  export DRIFTGATE_API_KEY={emulator.api_key}",
        f"  driftgate run --vendor {emulator.vendor} --base-url {url} \\",
        f"    --conversation {conversations[0]} --conversation {conversations[1]} \\",
        f"    {params} --allow-cost",
        "Stop it with Ctrl-C.",
    ]
    print("\n".join(lines), flush=True)  # noqa: T201
    serving = server(application(emulator, latency), log_level="warning")
    try:
        serving.run(sockets=[sock])
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)  # noqa: T201
    return 0
