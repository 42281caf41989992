"""A request as the templates of a contract see it: which value stands where a run fills in a placeholder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from driftgate.base.jsonvalue import ABSENT, JSON, at
from driftgate.contract.model import FORM_TYPE, Operation
from driftgate.contract.template import placeholders, pointers_with

_PLACEHOLDER = re.compile(r"\$\{([a-z_]+)\}")
_WHOLE = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True)
class Received:
    """One request: the parameters of its path, query and headers by name, and its body."""

    operation: Operation
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: JSON = field(default_factory=dict)

    def value(self, placeholder: str) -> JSON:
        """What stands where the operation's templates have a placeholder, or ``ABSENT``."""
        filled = self.operation
        for template, given in (
            (filled.path, self.path),
            (filled.query, self.query),
            (filled.body or {}, self.body),
            (filled.headers, self.headers),
        ):
            for pointer in pointers_with(placeholder, template):
                value = _taken(placeholder, at(template, pointer), at(given, pointer))
                if value is not ABSENT:
                    return value
        return ABSENT

    def member(self, name: str) -> JSON:
        """A member of the query, or of the body, that tells which part of a list is asked for."""
        if not self.operation.paged_in_body:
            return self.query.get(name, ABSENT)
        return at(self.body, name if name.startswith("/") else f"/{name}")


def _taken(placeholder: str, template: JSON, given: JSON) -> JSON:
    if isinstance(template, list) and isinstance(given, list):
        pairs = zip(template, given, strict=False)
        return next(
            (_taken(placeholder, one, other) for one, other in pairs if placeholder in placeholders(one)), ABSENT
        )
    if not isinstance(template, str) or not isinstance(given, str):
        return given
    pattern = ""
    for index, piece in enumerate(_PLACEHOLDER.split(template)):
        pattern += re.escape(piece) if index % 2 == 0 else f"(?P<{piece}>.*)" if piece == placeholder else ".*"
    found = re.fullmatch(pattern, given, re.DOTALL)
    return found[placeholder] if found else ABSENT


def matches(template: JSON, value: JSON) -> bool:
    """Whether a value is what a template gives, with any values for its placeholders."""
    if isinstance(template, str) and placeholders(template):
        if _PLACEHOLDER.fullmatch(template):
            return isinstance(value, (str, int)) and not isinstance(value, bool)
        pattern = "".join(
            ".*" if index % 2 else re.escape(piece) for index, piece in enumerate(_PLACEHOLDER.split(template))
        )
        return isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL) is not None
    if isinstance(template, Mapping):
        if not isinstance(value, Mapping) or template.keys() != value.keys():
            return False
        return all(matches(item, value[key]) for key, item in template.items())
    if isinstance(template, list):
        return isinstance(value, list) and len(template) == len(value) and all(map(matches, template, value))
    return bool(type(template) is type(value) and template == value)


def form_body(raw: bytes, schema: Mapping[str, Any]) -> dict[str, JSON]:
    """The body of a form, its values of the types that the schema names. Raises ValueError for what is no form."""
    found: dict[str, JSON] = {}
    for name, text in parse_qsl(raw.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(raw)):
        wanted = schema.get("properties", {}).get(name, {}).get("type", "string")
        if wanted == "integer" and _WHOLE.fullmatch(text):
            found[name] = int(text)
        else:
            found[name] = {"true": True, "false": False}.get(text, text) if wanted == "boolean" else text
    return found


def is_form(operation: Operation) -> bool:
    return operation.media_type == FORM_TYPE
