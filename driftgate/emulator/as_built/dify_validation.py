"""How Dify's versions check queries and bodies: flask-restx in 1.7, pydantic from 1.11 on, each with its own texts."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence

from driftgate.emulator.base import JSON, Refused

_TRUE = {"1", "on", "t", "true", "y", "yes"}
_FALSE = {"0", "off", "f", "false", "n", "no"}
_SHOWN, _BEGIN, _END = 50, 25, 24  # characters of a value in pydantic's messages
_LONGEST_PAGE = 100
_RENAME = "ConversationRenamePayload"

Problem = tuple[str, str, str, JSON]  # member, message, kind, value


class Unparsed(Refused):
    """A refusal of flask-restx's parser, whose body has neither a code nor a status."""

    def __init__(self, parameter: str, text: str) -> None:
        super().__init__("invalid", text)
        self.body: dict[str, JSON] = {"errors": {parameter: text}, "message": "Input payload validation failed"}


def list_query_of_1_7(query: Mapping[str, str], orders: Collection[str], order: str) -> tuple[str, int, str]:
    """The last id, the limit and the order of a list, as 1.7 reads them. Raises Refused."""
    last, limit, sort_by = query.get("last_id", ""), query.get("limit", "20"), query.get("sort_by", order)
    try:
        last = last and str(uuid.UUID(last))
    except ValueError:
        raise Unparsed("last_id", f"Last conversation ID for pagination {last} is not a valid uuid.") from None
    help_text = "Number of conversations to return"
    number = _whole(limit)
    if number is None:
        raise Unparsed("limit", f"{help_text} {limit} is not a valid integer")
    if not 1 <= number <= _LONGEST_PAGE:
        raise Unparsed(
            "limit", f"{help_text} Invalid argument: {number}. argument must be within the range 1 - {_LONGEST_PAGE}"
        )
    if sort_by not in orders:
        text = f"Sort order for conversations The value '{sort_by}' is not a valid choice for 'sort_by'."
        raise Unparsed("sort_by", text)
    return last, number, sort_by


def list_query(query: Mapping[str, str], orders: Collection[str], order: str, version: str) -> tuple[str, int, str]:
    """The last id, the limit and the order of a list, as a version of pydantic reads them. Raises Refused."""
    last, limit, sort_by = query.get("last_id"), query.get("limit", "20"), query.get("sort_by", order)
    found: list[Problem] = []
    try:
        last = last if last is None else str(uuid.UUID(last))
    except ValueError:
        found.append(("last_id", "Input should be a valid UUID", "uuid_parsing", last))
    number = _whole(limit.removesuffix(".0"))
    if number is None:
        text = "Input should be a valid integer, unable to parse string as an integer"
        found.append(("limit", text, "int_parsing", limit))
    elif number < 1:
        found.append(("limit", "Input should be greater than or equal to 1", "greater_than_equal", limit))
    elif number > _LONGEST_PAGE:
        found.append(("limit", f"Input should be less than or equal to {_LONGEST_PAGE}", "less_than_equal", limit))
    if sort_by not in orders:
        text = "Input should be 'created_at', '-created_at', 'updated_at' or '-updated_at'"
        found.append(("sort_by", text, "literal_error", sort_by))
    _refuse("ConversationListQuery", found, version)
    return last or "", number or 0, sort_by


def rename_types(body: Mapping[str, JSON], version: str) -> None:
    """Raises Refused for members of a rename's body whose types a version of pydantic does not take."""
    name, generate = body.get("name"), body.get("auto_generate", False)
    found: list[Problem] = []
    if not (name is None or isinstance(name, str)):
        found.append(("name", "Input should be a valid string", "string_type", name))
    if flag(generate) is None:
        scalar = isinstance(generate, str | int | float)
        text = "Input should be a valid boolean" + (", unable to interpret input" if scalar else "")
        found.append(("auto_generate", text, "bool_parsing" if scalar else "bool_type", generate))
    _refuse(_RENAME, found, version)


def rename_name(body: Mapping[str, JSON], version: str) -> None:
    """Raises Refused for a body without a name, or with a blank one."""
    name = body.get("name")
    if not (isinstance(name, str) and name.strip()):
        text = "Value error, name is required when auto_generate is false"
        _refuse(_RENAME, [("", text, "value_error", body)], version)


def flag(value: JSON) -> bool | None:
    """A value as pydantic's lax mode reads it: true, false, or None if it refuses it."""
    word = value.lower() if isinstance(value, str) else str(int(value)) if value in (0, 1) else ""
    return True if word in _TRUE else False if word in _FALSE else None


def _whole(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _refuse(model: str, found: Sequence[Problem], version: str) -> None:
    """Raises the validation error of this version of pydantic, if there are problems."""
    if not found:
        return
    lines = [f"{len(found)} validation error{'s' * (len(found) > 1)} for {model}"]
    for where, message, kind, value in found:
        shown = repr(value)
        if len(shown) > _SHOWN:
            shown = f"{shown[:_BEGIN]}...{shown[-_END:]}"
        lines += [where] if where else []
        lines += [f"  {message} [type={kind}, input_value={shown}, input_type={type(value).__name__}]"]
        lines += [f"    For further information visit https://errors.pydantic.dev/{version}/v/{kind}"]
    raise Refused("invalid", "\n".join(lines))
