"""A server that misbehaves ends in the right verdict, in a whole record, and never in a mistake of ours."""

from __future__ import annotations

import re
from itertools import product

import pytest

from driftgate.emulator import EMULATORS
from tests.hostile.judging import judged
from tests.hostile.lies import LIES, every
from tests.sample import sample

ALL = [(lie, position, sorted(EMULATORS)[number % len(EMULATORS)]) for number, (lie, position) in enumerate(every())]
# everything that is not shown but obeyed; colours are off where the output is no terminal
OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")


def _kind(lie, position, vendor):
    return position, lie.expected(position, vendor), lie.blind, lie.closes, lie.waits


@pytest.mark.parametrize(
    ("lie", "position", "vendor"), sample(ALL, _kind, lambda lie, position, _: f"{lie.name}-{position}")
)
def test_a_lie_ends_in_its_verdict(lie, position, vendor):
    code, output, record, relay = judged(lie, position, vendor)
    assert code == lie.expected(position, vendor), output
    assert record.complete
    assert record.footer["exit"] == code
    assert record.footer["requests"] <= 60
    assert not OBEYED.search(output), ascii(output)
    assert all("cookie" not in request.headers for request in relay.received)
    assert bool(relay.received) is not (lie.blind or (lie.closes and position == "start"))


@pytest.mark.parametrize(
    ("name", "vendor"),
    sample(
        product(("terminal-escapes", "refuses-in-escapes", "lone-surrogates"), sorted(EMULATORS)),
        lambda name, vendor: name,
    ),
)
def test_no_text_of_a_target_is_obeyed_by_a_terminal(name, vendor):
    code, output, _, _ = judged(LIES[name], "midst", vendor)
    assert code == 1
    assert not OBEYED.search(output), ascii(output)
    output.encode("utf-8")
