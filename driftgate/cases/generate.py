"""Names and bodies to test with: boundary first, the same from run to run, other ones under another seed."""

from __future__ import annotations

import hashlib
import html
import json
import random
import re
import secrets
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

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

# The words that languages have for nothing: a server that stores one took it for a text.
_NOTHING = frozenset({"null", "None", "nil", "undefined"})

# Names that are whole values of something else.
SPECIAL: Sequence[tuple[str, str]] = (
    ("digits alone", "0"),  # a text that many languages take for false, too
    ("a name in double quotes", '"Quoted" title'),
    ("the word null", "null"),
)

_ALPHABETS = {"ASCII": "driftgate ", "CJK": "会话名称长度上限", "astral": "😀🚀🎉🌍"}

# Categories of characters that pages are silent on: control, format, unassigned, private, surrogates, separators.
UNSURE_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_LONGEST_GENERATED = 40
# How names look that runs give: fresh and unique ones, and long ones.
_MARK = re.compile("driftgate [0-9a-f]{8}|[0-9a-f]{8}driftgate ")
_LEAST_OF_AN_ALPHABET = 20  # characters; people do not write so much in a few letters

# Where generated names take their characters from, each as likely: scripts, marks, signs, and beyond the BMP.
_SCRIPTS: Sequence[tuple[int, int]] = (
    (0x20, 0x7E),  # ASCII
    (0xA0, 0x24F),  # Latin
    (0x250, 0x2FF),  # phonetic letters and modifiers
    (0x300, 0x36F),  # combining marks
    (0x370, 0x3FF),  # Greek
    (0x400, 0x52F),  # Cyrillic
    (0x5D0, 0x5EA),  # Hebrew
    (0x620, 0x6FF),  # Arabic
    (0x904, 0x97F),  # Devanagari
    (0xE01, 0xE4E),  # Thai
    (0x1E00, 0x1EFF),  # Vietnamese
    (0x2000, 0x206F),  # punctuation and spaces
    (0x20A0, 0x23FF),  # currencies, arrows, mathematics
    (0x2500, 0x27BF),  # boxes and symbols
    (0x3000, 0x30FF),  # kana and CJK punctuation
    (0x4E00, 0x9FFF),  # Han
    (0xAC00, 0xD7A3),  # Hangul
    (0xFF01, 0xFFEE),  # full width
    (0x1D400, 0x1D7FF),  # mathematical letters, beyond the BMP
    (0x1F300, 0x1F64F),  # emoji
    (0x20000, 0x2A6DF),  # rare Han, beyond the BMP
)


def fresh_name(seed: int, purpose: str) -> str:
    """A plain name that nothing else of the run has; the same for the same seed and purpose."""
    return f"driftgate {digest(seed, purpose)}"


def unique_name() -> str:
    """A name that no other run gives: it identifies a conversation whose creation was never answered."""
    return f"driftgate {secrets.token_hex(4)}"


def is_given_by_a_run(name: str) -> bool:
    """Whether a name looks like one that a run gives: people do not name conversations so."""
    letters = set(name)
    long = len(name) >= _LEAST_OF_AN_ALPHABET
    several = sum(part in INGREDIENTS.values() for part in name.split("|")) > 1
    return several or bool(_MARK.search(name)) or (long and any(letters <= set(each) for each in _ALPHABETS.values()))


def combined(labels: Sequence[str]) -> str:
    """One name of several ingredients."""
    return "|".join(INGREDIENTS[label] for label in labels)


def long_name(alphabet: str, length: int, seed: int = 0, purpose: str = "") -> str:
    """A name of exactly ``length`` code points in one alphabet; it neither begins nor ends with a space."""
    letters = _ALPHABETS[alphabet]
    mark = digest(seed, f"{purpose}{alphabet}{length}")
    begin = mark if alphabet == "ASCII" else "".join(letters[int(digit, 16) % len(letters)] for digit in mark)
    text = (begin + letters * (length // len(letters) + 1))[: length - 1]
    return text + letters[0]


def names(seed: int, longest: int = USUAL_LENGTH) -> Iterator[str]:
    """Plain names without end, the same under the same seed: a long one, then names of any length."""
    source = random.Random(seed)  # noqa: S311 (no secret is made of it)
    length = most = min(_LONGEST_GENERATED, longest)
    while True:
        name = ""
        while units(name) < length:
            name += _character(source)
        if is_plain(name, longest):
            yield name
            length = source.randint(1, most)


def _character(source: random.Random) -> str:
    while True:
        first, last = source.choice(_SCRIPTS)
        character = chr(source.randint(first, last))
        if unicodedata.category(character) not in UNSURE_CATEGORIES:
            return character


def units(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_plain(name: str, longest: int) -> bool:
    """Whether any reading of the pages allows a name of at most ``longest`` UTF-16 units.

    Pages are silent on normalisation, on blanks at the ends, and on control, format, private and unassigned characters.
    A name in quotes is one of the special names.
    """
    return (
        bool(name)
        and name.strip() == name
        and not name.startswith('"')
        and unicodedata.normalize("NFC", name) == name
        and not any(unicodedata.category(each) in UNSURE_CATEGORIES for each in name)
        and units(name) <= longest
    )


def digest(seed: int, purpose: str) -> str:
    """Eight hexadecimal digits that stand for a purpose; other ones under another seed."""
    return hashlib.sha256(f"{seed}:{purpose}".encode()).hexdigest()[:8]


def relation(sent: JSON, got: JSON, former: str | None) -> str:
    """How a name that came back relates to the one that was sent, in words that can be compared between runs.

    ``sent`` is None where no name was sent, ``former`` where the name before is not known.
    """
    if not isinstance(got, str):
        return "no text"
    if not isinstance(sent, str):
        return "as text" if sent is not None and got in (str(sent), json.dumps(sent)) else _invented(got, former)
    compose = unicodedata.normalize
    relations = {
        "verbatim": sent,
        "trimmed": sent.strip(),
        "composed": compose("NFC", sent),
        "decomposed": compose("NFD", sent),
        "trimmed and composed": compose("NFC", sent).strip(),
        "empty": "",
        "in lower case": sent.lower(),
        "in upper case": sent.upper(),
        "escaped": html.escape(sent),
    }
    for word, expected in relations.items():
        if got == expected:
            return word
    if got and sent.startswith(got):
        return f"cut to {len(got)}"
    if got == former:
        return "unchanged"
    return "characters left out" if _is_part(got, sent) else "another"


def _invented(got: str, former: str | None) -> str:
    """What a name is that nobody sent."""
    if got == former:
        return "unchanged"
    if got in _NOTHING:
        return f"the word {got}"
    if former and former in got:
        return "made of the former one"
    return "another" if got else "empty"


def _is_part(part: str, whole: str) -> bool:
    """Whether ``whole`` becomes ``part`` when a few characters are left out; a summary leaves out more."""
    rest = iter(whole)
    return 3 * len(part) >= 2 * len(whole) and all(character in rest for character in part)
