"""The templates of a draft: what a run sends with each operation, and the parameters that a target has to supply."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from driftgate.base.jsonvalue import ABSENT, JSON, put
from driftgate.contract.template import SUPPLIED
from driftgate.docs.draft.members import Members, last
from driftgate.docs.model import Description, Member

_UUID = "00000000-0000-4000-8000-00000000d1f7"
_SIZES = ("limit", "page_size", "pageSize", "per_page", "size")


@dataclass
class Parameters:
    """The parameters of a contract, as they are found in the operations."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    def placeholder(self, name: str, member: Member, where: str) -> str:
        """The placeholder of a value that only a target's user knows."""
        key = re.sub(r"[^a-z_]", "", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).replace("-", "_").lower()).strip("_")
        key = f"{key or 'value'}_value" if key in SUPPLIED or not key else key
        row: dict[str, Any] = {"says": f"The value of {name} in {where}.", "required": True}
        whole = member.types is not None and "integer" in member.types and "string" not in member.types
        row |= {"type": "integer", "example": 1} if whole else {"example": _example(member)}
        self.rows.setdefault(key, row)
        return f"${{{key}}}"


def _example(member: Member) -> str:
    least = member.limits.get("minLength", 0)
    text = _UUID if member.limits.get("format") == "uuid" else "driftgate"
    return text.ljust(least, "x") if isinstance(least, int) else text


def path_of(description: Description, subject: str | None, parameters: Parameters) -> dict[str, str]:
    """The template of the path: the conversation's parameter, and those that the target supplies."""
    names = re.findall(r"\{([^}]+)\}", description.path or "")
    where = f"{description.method} {description.path}"
    known = {name: description.parameters.get(("path", name), Member()) for name in names}
    return {
        name: "${conversation}" if name == subject else parameters.placeholder(name, member, where)
        for name, member in known.items()
    }


def required_of(description: Description, within: str, parameters: Parameters) -> dict[str, str]:
    """The template of the query or of the headers: what the document requires."""
    where = f"{description.method} {description.path}"
    found = {}
    for (place, name), member in description.parameters.items():
        if place == within and member.required and "/" not in name:
            value = _known(member)
            text = value if isinstance(value, str) else str(value).lower() if value is not ABSENT else ""
            found[name] = text or parameters.placeholder(name, member, where)
    return found


def body_of(description: Description, members: Members, filled: Mapping[str, str], parameters: Parameters) -> Any:
    """The template of a body: the members that the document requires, and those of ``filled``, by pointer."""
    where = f"the body of {description.method} {description.path}"
    body: JSON = {}
    for pointer, member in members.items():
        above = pointer.rpartition("/")[0]
        if not pointer or "*" in pointer or pointer in filled or member.required is not True:
            continue
        if above and not _is_required(members, above):
            continue
        body = put(body, pointer, _value(last(pointer), member, where, parameters))
    for pointer, text in filled.items():
        body = put(body, pointer, text)
    return body


def _is_required(members: Members, pointer: str) -> bool:
    """Whether every object that leads to a member is required."""
    while pointer:
        if members[pointer].required is not True:
            return False
        pointer = pointer.rpartition("/")[0]
    return True


def _known(member: Member) -> JSON:
    """The value that the document itself gives: a default, or the first of those that are allowed."""
    if member.default is not ABSENT and member.default is not None:
        return member.default
    return member.values[0] if member.values else ABSENT


def _value(name: str, member: Member, where: str, parameters: Parameters) -> JSON:
    known = _known(member)
    types = member.types or frozenset()
    if known is not ABSENT:
        return known
    if "string" in types or "integer" in types:
        return parameters.placeholder(name, member, where)
    plain: Mapping[str, JSON] = {"object": {}, "array": [], "boolean": False, "number": member.limits.get("minimum", 0)}
    return next((value for kind, value in plain.items() if kind in types), None)


def paging_of(description: Description, answers: Members) -> dict[str, Any]:
    """How a list is read page by page, where the document has the members that are usual for it."""
    in_body = description.request is not None
    members = description.request.members if description.request else {}
    known = (
        {pointer[1:]: member for pointer, member in members.items() if pointer.count("/") == 1}
        if in_body
        else {name: member for (place, name), member in description.parameters.items() if place == "query"}
    )
    within = "body" if in_body else "query"
    found: dict[str, Any] = {}
    more = next((each for each in answers if re.fullmatch(r"(/data)?/(has_?more|hasMore)", each)), None)
    cursor = next((each for each in answers if re.search(r"/next_?(cursor|page_token)$", each, re.IGNORECASE)), None)
    after = next(
        (each for each in ("last_id", "after", "cursor", "page_token", "offset", "page") if each in known), None
    )
    if cursor and after in ("cursor", "page_token", "after"):
        found["next"] = {"cursor": cursor, within: after}
    elif more and after:
        way = {"offset": {"offset": True}, "page": {"counts": True}}.get(after, {})
        found["next"] = {"more": more, within: after, **way}
    size = next((each for each in _SIZES if isinstance(known.get(each, Member()).limits.get("maximum"), int)), None)
    if size:
        found["size"] = {within: size, "most": known[size].limits["maximum"]}
    return found
