"""JSON Schema validators, kept once made: for our own files and for what a target answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache, cached_property, partial
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from driftgate.base.jsonvalue import ABSENT, JSON, brief, pointer_of
from driftgate.base.paths import SCHEMAS

if TYPE_CHECKING:
    import jsonschema_rs
    from jsonschema import Draft202012Validator, FormatChecker
    from jsonschema.exceptions import ValidationError

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_INT64 = 2**63
_MOST_PROBLEMS = 50


def _is_uuid(value: object) -> bool:
    """RFC 9562, section 4: the hyphenated form."""
    return not isinstance(value, str) or bool(_UUID.fullmatch(value))


def _is_int64(value: object) -> bool:
    """OpenAPI format registry: a signed integer of 64 bits, written as one (a typed client refuses 1.0)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return True
    return isinstance(value, int) and -_INT64 <= value < _INT64


def _is_date_time(value: object) -> bool:
    """RFC 3339, section 5.6."""
    if not isinstance(value, str):
        return True
    return bool(_RFC_3339.fullmatch(value)) and bool(datetime.fromisoformat(value.upper()))


def _is_date(value: object) -> bool:
    """RFC 3339, section 5.6: full-date."""
    return not isinstance(value, str) or (bool(_DATE.fullmatch(value)) and bool(datetime.strptime(value, "%Y-%m-%d")))


FORMATS = {"uuid": _is_uuid, "int64": _is_int64, "date-time": _is_date_time, "date": _is_date}


def conforms(value: object, name: str) -> bool:
    """Whether a value is of the format of this name."""
    try:
        return FORMATS[name](value)
    except ValueError:
        return False


@cache
def _format_checker() -> FormatChecker:
    from jsonschema import FormatChecker  # noqa: PLC0415  # see validator

    checker = FormatChecker(formats=())
    for name, conforming in FORMATS.items():
        checker.checks(name, raises=ValueError)(conforming)
    return checker


def validator(schema: JSON) -> Draft202012Validator:
    """A validator (JSON Schema 2020-12) that also checks formats. Keep it: making one costs more than using it."""
    # importing it takes longer than most commands, and many of them need none
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    return Draft202012Validator(schema, format_checker=_format_checker())


def permits(schema: JSON, value: JSON) -> bool:
    """Whether a value is valid under a schema; formats of numbers aside. Loads less than ``validator``."""
    import jsonschema_rs  # noqa: PLC0415  # see FileSchema

    try:
        return jsonschema_rs.Draft202012Validator(schema, formats=_text_formats(), validate_formats=True).is_valid(
            value
        )
    except ValueError:  # a text or a number that it cannot take
        return validator(schema).is_valid(value)


def _text_formats() -> dict[str, Callable[..., bool]]:
    return {name: partial(conforms, name=name) for name in ("date", "date-time", "uuid")}


def is_schema(value: JSON) -> bool:
    """Whether a value is a JSON Schema (2020-12)."""
    import jsonschema_rs  # noqa: PLC0415  # see FileSchema

    try:
        return jsonschema_rs.meta.is_valid(value)
    except ValueError:  # a text or a number that it cannot take, or a $schema that it does not know
        return not list(schema_errors(value))


def schema_errors(value: JSON) -> Iterator[ValidationError]:
    """What makes a value no JSON Schema (2020-12)."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415  # see validator

    return Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(value)


class FileSchema:
    """The schema of one of our own files.

    A file that is valid is found so by a fast validator; one that is not gets its error from the usual one, which
    then has the last word.
    """

    def __init__(self, schema: JSON) -> None:
        self.schema = schema

    def iter_errors(self, value: JSON) -> Iterator[ValidationError]:
        return iter(()) if self._surely_valid(value) else self._validator.iter_errors(value)

    def _surely_valid(self, value: JSON) -> bool:
        try:
            return self._fast.is_valid(value)
        except ValueError:  # a text or a number that it cannot take
            return False

    @cached_property
    def _fast(self) -> jsonschema_rs.Draft202012Validator:
        import jsonschema_rs  # noqa: PLC0415  # only where a file is read

        # it asks them of texts alone, so that a schema with another format must fail
        return jsonschema_rs.Draft202012Validator(
            self.schema, formats=_text_formats(), validate_formats=True, ignore_unknown_formats=False
        )

    @cached_property
    def _validator(self) -> Draft202012Validator:
        return validator(self.schema)


@cache
def file_schema(name: str) -> FileSchema:
    """The schema of one of our own files, by its name in contracts/schema."""
    return FileSchema(json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")))


def first_problem(kept: Draft202012Validator | FileSchema, value: JSON) -> str | None:
    """The problem that best explains why ``value`` is not valid, in one line with its position, or None."""
    problems = list(kept.iter_errors(value))
    if not problems:
        return None
    from jsonschema.exceptions import best_match  # noqa: PLC0415  # see validator

    # a misspelt member explains more than that the right one is missing
    unknown = [each for each in problems if each.validator in ("additionalProperties", "unevaluatedProperties")]
    problem = best_match(unknown or problems)
    assert problem is not None
    return f"{pointer_of(list(problem.absolute_path)) or 'the file'}: {_in_words(problem)}"


def violations(kept: Draft202012Validator | FileSchema, value: JSON) -> Iterator[tuple[str, str, JSON, str]]:
    """The violated expectations, the first fifty: (pointer, what was expected, what was found, JSON Schema keyword).

    Of a value of the wrong type only its type is reported, not what else it cannot be.
    """
    # a server can cause any number of them, and more help nobody
    found = islice(kept.iter_errors(value), _MOST_PROBLEMS)
    problems = sorted(found, key=lambda each: list(map(str, each.absolute_path)))
    mistyped = {pointer_of(list(each.absolute_path)) for each in problems if each.validator == "type"}
    for problem in problems:
        if problem.validator == "type" or pointer_of(list(problem.absolute_path)) not in mistyped:
            yield from _expected(problem)


def _expected(problem: ValidationError) -> Iterator[tuple[str, str, JSON, str]]:
    pointer = pointer_of(list(problem.absolute_path))
    keyword = str(problem.validator)
    if keyword == "required" and isinstance(problem.instance, Mapping):
        # jsonschema raises one error a missing member, and names it in the message alone
        missing = next(
            name for name in cast(list[str], problem.validator_value) if f"{name!r} is a required" in problem.message
        )
        yield f"{pointer}/{missing}", "present", ABSENT, keyword
    else:
        yield pointer, expected_in_words(keyword, problem.validator_value), problem.instance, keyword


def expected_in_words(keyword: str, value: Any) -> str:
    """What a JSON Schema keyword asks for, in a few words."""
    words = {
        "type": lambda: " or ".join([value] if isinstance(value, str) else value),
        "const": lambda: brief(value),
        "enum": lambda: "one of " + ", ".join(map(brief, value)),
        "format": lambda: f"a text of the form {value}" if value != "int64" else "an integer of 64 bits",
        "minLength": lambda: "a text that is not empty" if value == 1 else f"at least {value} characters",
        "maxLength": lambda: f"at most {value} characters",
        "minimum": lambda: f"at least {value}",
        "maximum": lambda: f"at most {value}",
        "not": lambda: f"not {brief(value.get('const', value))}" if isinstance(value, Mapping) else "something else",
        "maxProperties": lambda: f"at most {value} members",
    }
    return words[keyword]() if keyword in words else f"{keyword} {brief(value)}"


def _in_words(problem: ValidationError) -> str:
    message = problem.message
    return message if len(message) < 200 else f"{message[:180]}…"
