"""Keys that must be refused and yet have the form of the right one: derived from it, the same in every run."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Collection, Iterator
from itertools import chain, count

from driftgate.base.secret import Secret

_SEPARATORS = "_-.:/"
_SHORTEST_REST = 8  # characters after the prefix; fewer would leave a key that is hardly another one
_HEX = frozenset(string.hexdigits)
# the digits of base64 in their order: of its last digit a server may ignore up to four bits
_BASE64 = string.ascii_uppercase + string.ascii_lowercase + string.digits
_IGNORED_BITS = 4
# what a target without a key is sent
_NOBODYS = "driftgate-no-such-key"
_TRIES = 100


def wrong_key(key: Secret | None, given: Collection[Secret] = ()) -> Secret:
    """A key with the prefix, the length and the alphabet of ``key``, and none of the ``given`` ones."""
    text = key.reveal() if key else _NOBODYS
    return _first_other("WRONG_KEY", text, (_another(text, number) for number in range(_TRIES)), given)


def altered_key(key: Secret | None, given: Collection[Secret] = ()) -> Secret:
    """``key`` with its last letter or digit changed, and none of the ``given`` ones."""
    text = key.reveal() if key else _NOBODYS
    return _first_other("ALTERED_KEY", text, _altered(text), given)


def _first_other(name: str, text: str, made: Iterator[str], given: Collection[Secret]) -> Secret:
    taken = {each.casefold() for each in (text, *(each.reveal() for each in given))}
    longer = (text + "x" * number for number in count(1))  # of a key without letters and digits
    return Secret(name, next(each for each in chain(made, longer) if each.casefold() not in taken))


def _another(text: str, number: int) -> str:
    """Every letter and digit after the prefix becomes another one of its class."""
    begin = _prefix(text)
    rest = text[begin:]
    digest = hashlib.shake_256(f"{number}:{text}".encode()).digest(len(rest))
    return text[:begin] + "".join(
        _of_class(char, rest, byte) if char.isalnum() else char for char, byte in zip(rest, digest, strict=True)
    )


def _prefix(text: str) -> int:
    """Where the prefix ends: after the last separator that leaves enough behind it."""
    last = len(text) - _SHORTEST_REST
    return next((index + 1 for index in range(last - 1, -1, -1) if text[index] in _SEPARATORS), 0)


def _of_class(char: str, rest: str, byte: int) -> str:
    others = [each for each in _alphabet(char, rest) if each.casefold() != char.casefold()]
    return others[byte % len(others)]


def _alphabet(char: str, rest: str) -> str:
    """The class of a character: digits, small or capital letters; those of hexadecimal where the rest is that."""
    classes = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
    own = next(each for each in classes if char in each)
    is_hex = all(each in _HEX for each in rest if each.isalnum())
    return "".join(each for each in own if each in _HEX) if is_hex else own


def _altered(text: str) -> Iterator[str]:
    """The text with another last letter or digit; first those that base64 reads as other bytes, whatever it ignores."""
    last = next((index for index in range(len(text) - 1, -1, -1) if text[index].isalnum()), None)
    if last is None:
        return
    rest = text[_prefix(text) :]
    used = dict.fromkeys(_alphabet(each, rest) for each in rest if each.isalnum())
    others = [each for each in "".join(used) if each.casefold() != text[last].casefold()]
    group = _BASE64.index(text[last]) >> _IGNORED_BITS
    for char in sorted(others, key=lambda each: _BASE64.index(each) >> _IGNORED_BITS == group):
        yield text[:last] + char + text[last + 1 :]
