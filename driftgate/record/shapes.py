"""Shapes: which members the answers of a run had, of which types, and how often. Drift compares them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from driftgate.base.jsonvalue import ABSENT, JSON, pointer_of, type_name
from driftgate.contract.leeway import Leeway
from driftgate.contract.model import Outcome
from driftgate.http.exchange import Exchange
from driftgate.record.rows import Shape

_DEEPEST = 6
_MOST_POINTERS = 500
# of one answer; a server may send as many as fit into its size
_MOST_ITEMS = 100
_MOST_MEMBERS = 5000


class Shapes:
    """An observer of exchanges that gathers the shapes of answers in JSON.

    Items of a list are one member, ``*``; so are the members of a map, whose keys are data.
    """

    def __init__(self, leeway: Leeway) -> None:
        self._leeway = leeway
        self._types: dict[tuple[str, Outcome, str], Counter[str]] = {}

    def __call__(self, exchange: Exchange) -> None:
        if exchange.outcome in (Outcome.SUCCESS, Outcome.REFUSAL) and exchange.json is not ABSENT:
            for pointer, kind in islice(self._members(exchange.json), _MOST_MEMBERS):
                key = (exchange.request.role, exchange.outcome, pointer)
                if key in self._types or len(self._types) < _MOST_POINTERS:
                    self._types.setdefault(key, Counter())[kind] += 1

    def gathered(self) -> list[Shape]:
        shapes = []
        for key in sorted(self._types, key=lambda key: (key[0], str(key[1]), key[2])):
            (role, outcome, pointer), types = key, self._types[key]
            seen = types.total()
            parent = self._types.get((role, outcome, pointer.rpartition("/")[0])) if pointer else None
            of = parent["object"] if parent and not pointer.endswith("/*") else seen
            allows = self._leeway.allows(role, outcome, pointer)
            shapes.append(Shape(role, str(outcome), pointer, dict(sorted(types.items())), seen, of, allows))
        return shapes

    def _members(self, value: JSON, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
        yield pointer_of(path), type_name(value)
        if len(path) >= _DEEPEST:
            return
        if isinstance(value, dict):
            is_map = bool(path) and path[-1] in self._leeway.maps
            for key, item in value.items():
                yield from self._members(item, (*path, "*" if is_map else key))
        elif isinstance(value, list):
            for item in value[:_MOST_ITEMS]:
                yield from self._members(item, (*path, "*"))
