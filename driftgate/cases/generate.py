"""Names and bodies to test with: boundary first, the same from run to run, other ones under another seed."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from driftgate.base.jsonvalue import JSON

# No limit is known that is lower, and vendors without one keep names of this length.
USUAL_LENGTH = 100

# What names go wrong on, each with what it stands for. Together they make one name of at most 100 UTF-16 units, so
# that a clean target answers for all of them in one request.
INGREDIENTS: Mapping[str, str] = {
    "accented and capital letters": "Größe ABC",
    "double quotes": 'say "hi"',
    "single quotes": "it's",
    "backslashes": "C:\\new",
    "percent escapes": "100%25",
    "markup": "<b>&amp;</b>",
    "braces": "${x}{{y}}",
    "plus and hash": "a+b#c",
    "a run of spaces": "a   b",
    "a line break": "a\nb",
    "CJK": "会话名",
    "characters beyond the BMP": "🚀𝒳",
    "right to left": "שלום",
    "Cyrillic": "Имя",
}

# Names that are whole values of something else.
SPECIAL: Sequence[tuple[str, str]] = (
    ("a name in double quotes", '"Quoted" title'),
    ("digits alone", "20260401"),
    ("the word null", "null"),
)

_ALPHABETS = {"ASCII": "driftgate ", "CJK": "会话名称长度上限", "astral": "😀🚀🎉🌍"}


def fresh_name(seed: int, purpose: str) -> str:
    """A plain name that nothing else of the run has; the same for the same seed and purpose."""
    return f"driftgate {_digest(seed, purpose)}"


def unique_name() -> str:
    """A name that no other run gives: by it a conversation is found again whose creation was never answered."""
    return f"driftgate {secrets.token_hex(4)}"


def combined(labels: Sequence[str]) -> str:
    """One name of several ingredients."""
    return "|".join(INGREDIENTS[label] for label in labels)


def long_name(alphabet: str, length: int, seed: int = 0, purpose: str = "") -> str:
    """A name of exactly ``length`` code points in one alphabet; it neither begins nor ends with a space."""
    letters = _ALPHABETS[alphabet]
    mark = _digest(seed, f"{purpose}{alphabet}{length}")
    begin = mark if alphabet == "ASCII" else "".join(letters[int(digit, 16) % len(letters)] for digit in mark)
    text = (begin + letters * (length // len(letters) + 1))[: length - 1]
    return text + letters[0]


def observed_name(kind: str, seed: int) -> str:
    """A name that the page is silent on: empty, blank, padded (and decomposed), invisible in part, or of a length."""
    if kind == "empty":
        return ""
    if kind == "blank":
        return "   "
    if kind == "padded":
        return f"  {unicodedata.normalize('NFD', 'café')} {_digest(seed, kind)} "
    if kind == "invisible":
        return f"\u200eeye\u200bsight 👩\u200d👩\u200d👧 {_digest(seed, kind)}"
    sized = re.fullmatch(r"(\d+)( astral)? characters", kind)
    if sized:
        return long_name("astral" if sized[2] else "ASCII", int(sized[1]), seed, "observed")
    return fresh_name(seed, kind)


def names(longest: int = USUAL_LENGTH) -> st.SearchStrategy[str]:
    """Names that any reading of the pages allows: not blank at the ends, composed, at most ``longest`` UTF-16 units.

    Composed, because pages are silent on normalisation; no control, private or unassigned characters, because pages
    are silent on those too.
    """
    characters = st.characters(exclude_categories=("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"))
    return st.text(characters, min_size=1, max_size=min(40, longest)).filter(lambda name: _is_plain(name, longest))


def _is_plain(name: str, longest: int) -> bool:
    composed = unicodedata.normalize("NFC", name) == name
    return (
        composed and name.strip() == name and len(name.encode("utf-16-le")) // 2 <= longest and not name.startswith('"')
    )


def malformed_bodies(valid: Mapping[str, JSON]) -> list[tuple[str, bytes]]:
    """Bodies that are no valid request, made of a valid one: of another JSON type, empty, not UTF-8, wrong members."""
    text = json.dumps(valid, ensure_ascii=False).encode()
    return [
        ("a JSON array", b"[]"),
        ("no body at all", b""),
        ("invalid UTF-8", text[:-2] + b"\xff\xfe" + text[-2:]),
        ("members of other types", json.dumps({key: {"a": [None]} for key in valid}).encode()),
    ]


def truncated(valid: Mapping[str, JSON]) -> bytes:
    """A valid body that was cut off before its end."""
    return json.dumps(valid, ensure_ascii=False).encode()[:-1]


def bisect(labels: Sequence[str], fails: Callable[[Sequence[str]], bool], most: int) -> list[str]:
    """The smallest parts of ``labels`` that fail by themselves, found with at most ``most`` further questions.

    ``labels`` as a whole is known to fail. When no half fails by itself, the whole is the answer.
    """
    asked = 0
    found: list[str] = []
    waiting = [list(labels)]
    while waiting:
        group = waiting.pop(0)
        if len(group) == 1:
            found += group
            continue
        failing: list[list[str]] = []
        for half in (group[: len(group) // 2], group[len(group) // 2 :]):
            if asked >= most:
                return [*found, " with ".join(group)]
            asked += 1
            if fails(half):
                failing.append(half)
        if not failing:
            found.append(" with ".join(group))
        waiting += failing
    return found


def _digest(seed: int, purpose: str) -> str:
    return hashlib.sha256(f"{seed}:{purpose}".encode()).hexdigest()[:8]


def relation(sent: str, got: Any, former: str | None) -> str:
    """How a name that came back relates to the one that was sent, in a word that can be compared between runs."""
    if not isinstance(got, str):
        return "no text"
    compose = unicodedata.normalize
    relations = {
        "verbatim": sent,
        "trimmed": sent.strip(),
        "composed": compose("NFC", sent),
        "decomposed": compose("NFD", sent),
        "trimmed and composed": compose("NFC", sent).strip(),
        "empty": "",
    }
    for word, expected in relations.items():
        if got == expected:
            return word
    if got and sent.startswith(got):
        return f"cut to {len(got)}"
    return "unchanged" if got == former else "another"
