"""The form of our own files: every violation of a file's schema, in words that say how to mend it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from driftgate.base.jsonvalue import JSON, brief, pointer_of, type_name
from driftgate.base.suggest import did_you_mean
from driftgate.contract.problem import CATALOGUE, DOCUMENT, EXAMPLES, ContractError, Location, Problem
from driftgate.contract.schemas import FileSchema, expected_in_words, file_schema, permits

if TYPE_CHECKING:
    from driftgate.contract.editions import Sources

# what is wrong with one row of these says nothing about another one
_LISTS = ("requirements", "not_tested", "examples")
_FEW = 5  # values that a line can name
_MENDS = {
    ("string", "integer"): "write it in quotes",
    ("string", "number"): "write it in quotes",
    ("string", "boolean"): "write it in quotes",
    ("array", "string"): "write it as a list, in square brackets",
    ("array", "integer"): "write it as a list, in square brackets",
    ("array", "object"): "write it as a list, in square brackets",
    ("object", "null"): "give it its members, indented below it, or remove it",
}


def problems(file: str, schema: FileSchema, value: JSON) -> list[Problem]:
    """How a file's value differs from the form of such files, each difference once."""
    rules = _rules(schema.schema)
    errors = [each for each in schema.iter_errors(value) if not _of_no_check(each, value, rules)]
    found = dict.fromkeys(each for error in errors for each in _in_words(file, error, rules))
    # what is missing is often there under a misspelt name
    misspelt = {each.pointer.rpartition("/")[0] for each in found if "did you mean" in each.says}
    kept = [each for each in found if each.pointer not in misspelt or "lacks" not in each.says]
    # several rules can say the same of one value
    return list({(each.pointer, each.says.partition(" is not ")[0]): each for each in reversed(kept)}.values())[::-1]


def _of_no_check(error: Any, value: Any, rules: Sequence[Mapping[str, Any]]) -> bool:
    """Whether an error is due to a row having no known check, which is a problem by itself."""
    where = list(error.absolute_path)
    if not rules or len(where) < 2 or where[0] != "requirements" or "then" not in error.absolute_schema_path:
        return False
    row = value["requirements"][where[1]]
    return row.get("check") not in rules[-1]["properties"]["check"]["enum"]


def problems_of(sources: Sources) -> Mapping[str, list[Problem]]:
    """How each file of an edition differs from the form of such files."""
    texts = {DOCUMENT: sources.document, CATALOGUE: sources.catalogue, EXAMPLES: sources.examples}
    return {file: problems(file, file_schema(file.removesuffix(".yaml")), value) for file, value in texts.items()}


def check(sources: Sources, *, rows: bool = False) -> None:
    """Raises ContractError for an edition that nobody could read: more is malformed than rows, or ``rows`` too."""
    found = [each for malformed in problems_of(sources).values() for each in malformed]
    if any(rows or not bad_rows([each]) for each in found):
        raise ContractError(sources.folder.name, Location(sources).describe_all(found))


def _rules(schema: Any) -> Sequence[Mapping[str, Any]]:
    """The rules of the members that rows of the catalogue have by their check."""
    requirement = schema.get("$defs", {}).get("requirement", {})
    return (*requirement.get("allOf", ()), requirement) if requirement else ()


def _in_words(file: str, error: Any, rules: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    pointer = pointer_of(list(error.absolute_path))
    keyword, value = str(error.validator), error.validator_value
    shown = f"{_position(pointer)}{brief(error.instance)}"
    if keyword == "unevaluatedProperties":
        # which members a row can have is known by its check
        if error.instance.get("check") in error.schema["properties"]["check"]["enum"]:
            yield from _unknown(file, pointer, error.instance, list(_known(error.instance, rules)))
    elif keyword == "additionalProperties":
        yield from _unknown(file, pointer, error.instance, list(error.schema.get("properties", ())))
    elif keyword == "required" and isinstance(error.instance, Mapping):
        missing = [name for name in value if name not in error.instance]
        yield Problem(file, pointer, f"{_position(pointer)}lacks {' and '.join(missing)}")
    elif keyword in ("oneOf", "anyOf"):
        yield Problem(file, pointer, f"{shown} has to have {_alternatives(value)}")
    elif keyword in ("enum", "const"):
        known = value if keyword == "enum" else [value]
        hint = did_you_mean(str(error.instance), map(str, known))
        expected = "known here" if hint and len(known) > _FEW else expected_in_words(keyword, value)
        yield Problem(file, pointer, f"{shown} is not {expected}{hint}")
    elif keyword == "type":
        wanted = [value] if isinstance(value, str) else value
        mend = next((_MENDS[pair] for each in wanted if (pair := (each, type_name(error.instance))) in _MENDS), "")
        yield Problem(file, pointer, f"{shown} is not of type {' or '.join(wanted)}", mend)
    elif keyword == "pattern":
        yield Problem(file, pointer, f"{shown} is not of the form {value}", error.schema.get("description", ""))
    elif keyword in ("minItems", "minProperties"):
        yield Problem(file, pointer, f"{_position(pointer)}is empty", "give it a value, or remove it")
    else:
        yield Problem(
            file, pointer, f"{shown} is not as the file's schema wants it: {expected_in_words(keyword, value)}"
        )


def _position(pointer: str) -> str:
    """The end of a pointer, for people: the row is told by its id, and the position in the file by its line."""
    tokens = [token for token in pointer.split("/")[1:] if not token.isdigit()]
    return f"{tokens[-1]}: " if tokens and tokens[-1] not in ("requirements", "not_tested", "examples") else ""


def _unknown(file: str, pointer: str, instance: Any, known: Sequence[str]) -> Iterator[Problem]:
    for name in instance:
        if name not in known and not str(name).startswith("x-"):
            hint = did_you_mean(str(name), known)
            mend = "" if hint else f"known are {', '.join(known)}"
            yield Problem(file, f"{pointer}/{name}", f"{_position(pointer)}unknown member {name}{hint}", mend)


def _known(row: Mapping[str, Any], rules: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The members that a row can have, by its check."""
    for rule in rules:
        if "if" not in rule:
            yield from rule["properties"]
        elif permits(rule["if"], row):
            yield from rule["then"].get("properties", ())


def _alternatives(branches: Sequence[Any]) -> str:
    """What one of several has to be there, in words."""
    needed = [" and ".join(branch["required"]) for branch in branches if "required" in branch]
    return f"one of these, and only one: {'; '.join(needed)}" if needed else f"one of {brief(branches)}"


def bad_rows(found: Sequence[Problem]) -> frozenset[str]:
    """The pointers of the rows that problems are in, of the lists whose rows stand for themselves."""
    places = (each.pointer.split("/") for each in found)
    return frozenset("/".join(each[:3]) for each in places if len(each) > 2 and each[1] in _LISTS)
