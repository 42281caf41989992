"""Where keys are in a text: whole or in part, at its end or before a cut, plain, escaped or coded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from driftgate.base.codings import CUT, Coded, View, codings, letters, unescaped, view_of

SHORTEST = 8  # characters of a key; what is shorter is looked for as it is alone
_MOST_LAYERS = 4  # of escapes, one over another
_GRAM = 6  # bytes that are compared first; also the shortest beginning of a key before a cut
_SHORTEST_PART = 12
_SHORTEST_REST = 4  # of a key whose larger part was found
_CODED_STEP = SHORTEST - _GRAM + 1
_CUTS = re.compile(rb"(?<=[^\xff]{6})(?:\xff|\Z)")
_LAST_DIGIT = re.compile(r"[A-Za-z0-9+/_-]?={0,6}")


class Span(NamedTuple):
    """A part of a text that is a key, or a part of one."""

    start: int
    end: int
    name: str
    whole: bool

    @property
    def weight(self) -> tuple[bool, int]:
        return self.whole, self.end - self.start


class _Key(NamedTuple):
    """``shortest_part`` is how many characters of it are taken for it."""

    name: str
    data: bytes
    shortest_part: int


def _key(name: str, data: bytes) -> _Key:
    """Half of a key is taken for it, but no common word."""
    length = len(data)
    return _Key(name, data, max(_SHORTEST_PART, (length + 1) // 2) if length >= _SHORTEST_PART else length)


class _Stretch(NamedTuple):
    """A part of a view that is the part ``key.data[at : at + end - start]`` of a key."""

    key: _Key
    at: int
    start: int
    end: int

    @property
    def whole(self) -> bool:
        return self.end - self.start == len(self.key.data)

    @property
    def rest(self) -> bytes:
        """What is missing of the key at one of its ends."""
        behind = self.at + self.end - self.start
        if self.at == 0:
            return self.key.data[behind:]
        return self.key.data[: self.at] if behind == len(self.key.data) else b""


class Finder:
    """Finds keys, each a name and a value, in time that grows with the length of the text alone.

    A few bytes at a time, at fixed distances, are looked up among those that the keys have. Only what is found there is
    compared any further.
    """

    def __init__(self, keys: Iterable[tuple[str, str]]) -> None:
        self._short: list[_Key] = []
        self._grams: dict[bytes, list[tuple[_Key, int]]] = {}
        self._coded: dict[bytes, list[tuple[str, Coded, int]]] = {}
        self._step = 0
        # a key that is part of another comes after it
        for name, value in sorted(keys, key=lambda key: len(key[1]), reverse=True):
            for form in _forms(value):
                self._take(_key(name, form))
            if len(value) >= SHORTEST:
                self._take_codings(name, value)

    def _take(self, key: _Key) -> None:
        if len(key.data) < SHORTEST:
            self._short.append(key)
            return
        step = key.shortest_part - _GRAM + 1
        self._step = min(self._step or step, step)
        for at in range(len(key.data) - _GRAM + 1):
            self._grams.setdefault(key.data[at : at + _GRAM], []).append((key, at))

    def _take_codings(self, name: str, value: str) -> None:
        for coded in codings(value):
            for at in range(_CODED_STEP if len(coded.data) >= SHORTEST else 0):
                self._coded.setdefault(coded.data[at : at + _GRAM], []).append((name, coded, at))

    def spans(self, text: str) -> list[Span]:
        """Every part of the text that is taken for a key, in order, none over another."""
        if not (self._grams or self._short):
            return []
        found: list[Span] = []
        view: View | None = view_of(text)
        for _ in range(_MOST_LAYERS + 1):
            if view is None:
                break
            found += self._in_view(view, text)
            view = unescaped(view)
        return _merged(found)

    def _in_view(self, view: View, text: str) -> Iterator[Span]:
        for each in self._stretches(view.data):
            yield Span(*view.position(each.start, each.end), each.key.name, each.whole)
        for key in self._short:
            for start in _every(key.data, view.data):
                yield Span(*view.position(start, start + len(key.data)), key.name, True)
        if not self._coded:
            return
        plain = letters(view)
        for name, coded, start, end in self._codings(plain.data):
            begin, behind = plain.position(start, end)
            whole = end - start == len(coded.data)
            digit = _LAST_DIGIT.match(text, behind) if whole and coded.open_ended else None
            yield Span(begin, digit.end() if digit else behind, name, whole)

    def _stretches(self, data: bytes) -> Iterator[_Stretch]:
        """Keys and large parts of keys; beginnings of keys where the text ends; what is left of a key beside them."""
        rests: dict[tuple[_Key, bytes], None] = {}
        for each in self._sampled(data):
            yield each
            if len(each.rest) >= _SHORTEST_REST:
                rests[each.key, each.rest] = None
        for key, rest in rests:
            at = 0 if key.data.startswith(rest) else len(key.data) - len(rest)
            yield from (_Stretch(key, at, start, start + len(rest)) for start in _every(rest, data))
        for cut in _CUTS.finditer(data) if self._grams else ():
            end = cut.start()
            for key, at in self._grams.get(data[end - _GRAM : end], ()):
                start = end - at - _GRAM
                if start >= 0 and data.startswith(key.data[: at + _GRAM], start):
                    yield _Stretch(key, 0, start, end)
                    break

    def _sampled(self, data: bytes) -> Iterator[_Stretch]:
        position, last, grams = 0, len(data) - _GRAM if self._grams else -1, self._grams
        while position <= last:
            candidates = grams.get(data[position : position + _GRAM])
            best = candidates and _best(data, position, candidates)
            if best:
                yield best
                position = max(position + self._step, best.end - _GRAM + 1)
            else:
                position += self._step

    def _codings(self, data: bytes) -> Iterator[tuple[str, Coded, int, int]]:
        """Codings of keys, and the beginnings of codings that are cut."""
        coded = self._coded
        for position in range(0, len(data) - _GRAM + 1, _CODED_STEP):
            for name, each, at in coded.get(data[position : position + _GRAM], ()):
                end = _end(data, position - at, each.data)
                if end is not None:
                    yield name, each, position - at, end


def _forms(value: str) -> list[bytes]:
    """A key as views show it: as it is, and with what looks like an escape in it undone."""
    view: View | None = view_of(value)
    found: list[bytes] = []
    for _ in range(_MOST_LAYERS + 1):
        if view is None or len(view.data) < min(SHORTEST, len(value)):
            break
        found.append(view.data)
        view = unescaped(view)
    return found


def _best(data: bytes, position: int, candidates: Iterable[tuple[_Key, int]]) -> _Stretch | None:
    """The whole key, else a large part of one, around a position at which keys may be."""
    best: _Stretch | None = None
    for key, at in candidates:
        start = position - at
        if start >= 0 and data.startswith(key.data, start):
            return _Stretch(key, 0, start, start + len(key.data))
        # a part that is large enough goes on, to one side or the other
        on = data[position + _GRAM : position + _GRAM + 3] == key.data[at + _GRAM : at + _GRAM + 3] or (
            start >= 0 and at > 2 and data[position - 3 : position] == key.data[at - 3 : at]
        )
        part = _around(data, position, key, at) if on and best is None else None
        best = part if part and part.end - part.start >= key.shortest_part else best
    return best


def _around(data: bytes, position: int, key: _Key, at: int) -> _Stretch:
    """What is there of a key, to both sides of bytes that are its own."""
    start, end, begin, behind = position, position + _GRAM, at, at + _GRAM
    while begin and start and data[start - 1] == key.data[begin - 1]:
        start, begin = start - 1, begin - 1
    while behind < len(key.data) and end < len(data) and data[end] == key.data[behind]:
        end, behind = end + 1, behind + 1
    return _Stretch(key, begin, start, end)


def _end(data: bytes, start: int, needle: bytes) -> int | None:
    """Where a needle that starts here ends, or is cut; None where neither is so."""
    end = start + len(needle)
    if start < 0 or data.startswith(needle, start):
        return None if start < 0 else end
    cut = data.find(CUT, start, end)
    if cut < 0:
        cut = len(data) if end > len(data) else start
    return cut if cut > start and needle.startswith(data[start:cut]) else None


def _every(needle: bytes, data: bytes) -> Iterator[int]:
    start = data.find(needle)
    while start >= 0:
        yield start
        start = data.find(needle, start + len(needle))


def _merged(spans: list[Span]) -> list[Span]:
    """The spans, those that overlap as one; its name is that of the whole key, or of the largest part."""
    merged: list[Span] = []
    best: Span | None = None
    for each in sorted(set(spans)):
        if merged and best and each.start < merged[-1].end:
            best = max(best, each, key=lambda span: span.weight)
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, each.end), best.name, best.whole)
        else:
            best = each
            merged.append(each)
    return merged
