"""Which product answers: named by the user, or recognised by what a server sends of itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from driftgate.base.jsonvalue import ABSENT, at
from driftgate.products.product import Product, Trait
from driftgate.record.rows import RecordedExchange


class Recognition:
    """The product of a target. With ``candidates`` it looks at each exchange until a trait is certain."""

    def __init__(self, named: Product | None = None, candidates: Sequence[Product] = ()) -> None:
        self.product = named
        self._candidates = tuple(candidates)
        self._why = "named" if named else ""
        self._headers: dict[str, str] = {}

    @property
    def asked(self) -> bool:
        """Whether the user wants the target judged as a product."""
        return self.product is not None or bool(self._candidates)

    def __call__(self, exchange: RecordedExchange) -> None:
        """Looks for the traits of the candidates in an answer."""
        if not self._candidates or self._why.startswith("certain"):
            return
        for product, trait, shown in self._traits(exchange):
            if self.product is None or trait.certain:
                self.product = product
                self._why = f"{'certain' if trait.certain else 'likely'}: {shown}"

    def _traits(self, exchange: RecordedExchange) -> Iterator[tuple[Product, Trait, str]]:
        """The traits of the candidates that an exchange shows."""
        for product in self._candidates:
            for trait in product.traits:
                if trait.header:
                    for value in _header(exchange, trait.header):
                        self._headers[trait.header] = value
                        if value in trait.values:
                            yield product, trait, f"{trait.header} is {value}"
                elif _holds(exchange, trait.member):
                    yield product, trait, f"an answer has {trait.member}"

    def describe(self) -> str:
        """How the product is known, in a few words; what was looked for in vain, where it is not."""
        if self._why:
            return self._why
        told = ", ".join(f"{name} is {value}" for name, value in self._headers.items())
        known = ", ".join(each.address for each in self._candidates)
        return f"not recognised{f' ({told})' if told else ''}; known are {known}"


def _header(exchange: RecordedExchange, name: str) -> list[str]:
    headers = exchange.answer.headers if exchange.answer else ()
    return [value.strip() for each, value in headers if each.lower() == name.lower()]


def _holds(exchange: RecordedExchange, member: str) -> bool:
    """Whether an answer has a member, told as drift tells it: what was asked, the outcome and a JSON pointer."""
    body = exchange.answer.body if exchange.answer else None
    kind, _, pointer = member.partition(" /")
    if body is None or body.text is None or kind != f"{exchange.role} {exchange.outcome}":
        return False
    try:
        return at(json.loads(body.text), f"/{pointer}") is not ABSENT
    except (ValueError, RecursionError):
        return False
