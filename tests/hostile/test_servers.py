"""A server that misbehaves ends in the right verdict, in a whole record, and never in a mistake of ours."""

from __future__ import annotations

import re
from itertools import product

import pytest

from driftgate.emulator import EMULATORS
from tests.hostile.judging import judged
from tests.hostile.servers import SERVERS, every
from tests.sample import sample

ALL = [
    (server, position, sorted(EMULATORS)[number % len(EMULATORS)]) for number, (server, position) in enumerate(every())
]
# everything that is not shown but obeyed; colours are off where the output is no terminal
OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")


def _kind(server, position, vendor):
    return position, server.expected(position, vendor), server.blind, server.closes, server.waits


@pytest.mark.parametrize(
    ("server", "position", "vendor"), sample(ALL, _kind, lambda server, position, _: f"{server.name}-{position}")
)
def test_a_hostile_server_ends_in_its_verdict(server, position, vendor):
    code, output, record, relay = judged(server, position, vendor)
    assert code == server.expected(position, vendor), output
    assert record.complete
    assert record.footer.exit == code
    assert record.footer.requests <= 60
    assert not OBEYED.search(output), ascii(output)
    assert all("cookie" not in request.headers for request in relay.received)
    assert bool(relay.received) is not (server.blind or (server.closes and position == "start"))


@pytest.mark.parametrize(
    ("name", "vendor"),
    sample(
        product(("terminal-escapes", "refuses-in-escapes", "lone-surrogates"), sorted(EMULATORS)),
        lambda name, vendor: name,
    ),
)
def test_no_text_of_a_target_is_obeyed_by_a_terminal(name, vendor):
    code, output, _, _ = judged(SERVERS[name], "midst", vendor)
    assert code == 1
    assert not OBEYED.search(output), ascii(output)
    output.encode("utf-8")
