"""Cases: the inputs of the checks that expect a refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from driftgate.base.jsonvalue import JSON

# the credentials of a case: the target's key, none, one that nobody has, the key with another end, the key without the
# scheme Bearer, and the key under another scheme
GIVEN, NONE, WRONG, ALTERED = "given", "none", "wrong", "altered"
NO_SCHEME, OTHER_SCHEME = "no-scheme", "other-scheme"


Question = tuple[bytes, str, bool]


@dataclass(frozen=True)
class Case:
    """One input: a body as bytes, whom it comes from, and which conversation it is for.

    ``control`` is the body that differs in the broken rule alone; it must succeed for a refusal to count. ``name`` is
    the name the body carries, if it carries one. ``lost`` are the parameters, which say on whose behalf to act, that
    the body lacks or spoils. ``elsewhere``: the case asks for what is not the caller's.
    """

    label: str = field(compare=False)
    body: bytes
    control: Mapping[str, JSON] = field(compare=False)
    name: str | None = None
    credential: str = GIVEN
    unknown_conversation: bool = False
    lost: tuple[str, ...] = ()
    elsewhere: bool = False

    @property
    def question(self) -> Question:
        """What is sent. Cases of several requirements that send the same share an answer."""
        return self.body, self.credential, self.unknown_conversation


def encode(body: JSON) -> bytes:
    """A JSON body as it goes over the wire."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
