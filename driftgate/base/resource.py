"""What a vendor calls that which is given a name: the words of messages and reports."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CONVERSATIONS = re.compile(r"(?<![\w.-])(a )?conversation(s)?(?!-|\w|\.\w)")
_TAKES_ES = re.compile(r"(s|x|z|ch|sh)$")


@dataclass(frozen=True)
class Resource:
    """A noun in English: ``conversation``, unless the contract has another."""

    one: str

    @property
    def many(self) -> str:
        """The plural, as English forms it."""
        if re.search(r"[^aeiou]y$", self.one):
            return f"{self.one[:-1]}ies"
        return f"{self.one}es" if _TAKES_ES.search(self.one) else f"{self.one}s"

    @property
    def a(self) -> str:
        """With its article."""
        return f"{'an' if self.one[0] in 'aeio' else 'a'} {self.one}"

    def worded(self, text: str) -> str:
        """A text of driftgate's own about conversations, in this word."""
        if self == CONVERSATION:
            return text
        return _CONVERSATIONS.sub(lambda found: self.many if found[2] else self.a if found[1] else self.one, text)


CONVERSATION = Resource("conversation")
