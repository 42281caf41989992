"""Cases: the inputs of the checks that expect a refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from driftgate.base.jsonvalue import JSON

GIVEN, NONE, WRONG = "given", "none", "wrong"


@dataclass(frozen=True)
class Case:
    """One input: a body as bytes, whom it comes from, and which conversation it is for.

    ``control`` is the body that differs in the broken rule alone; it must succeed for a refusal to count. ``name`` is
    the name the body carries, if it carries one, and ``value`` what it carries in place of one.
    """

    label: str
    body: bytes
    control: Mapping[str, JSON] = field(compare=False)
    name: str | None = None
    credential: str = GIVEN
    unknown_conversation: bool = False
    value: JSON = field(default=None, compare=False)


def encode(body: JSON) -> bytes:
    """A JSON body as it goes over the wire."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
