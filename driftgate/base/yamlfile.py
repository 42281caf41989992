"""Reading YAML, our own files and other people's: plain JSON data, no surprises, problems told with file and line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from driftgate.base.errors import UsageError
from driftgate.base.jsonvalue import JSON, one_line, pointer_of

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 100


class _Loader(_Base):  # type: ignore[misc]  # the C loader is there only where libyaml is
    """Safe YAML with the booleans of YAML 1.2 (``on`` is a text), dates as text, and no member named twice."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # PyYAML's own attribute
        first: [(tag, pattern) for tag, pattern in rules if tag.rpartition(":")[2] not in ("timestamp", "bool")]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _mapping(loader: Any, node: Any) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if isinstance(key, (dict, list)):
            raise yaml.constructor.ConstructorError(None, None, "a member has no plain name", key_node.start_mark)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands twice", key_node.start_mark)
        seen[key] = loader.construct_object(value_node, deep=True)
    return seen


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), list("tf"))
_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
for _not_json in ("binary", "omap", "pairs", "set", "timestamp"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_not_json}", yaml.constructor.SafeConstructor.construct_undefined)


class _LoaderWithBytes(_Loader):
    """The same, for files of others that hold bytes."""


_LoaderWithBytes.add_constructor("tag:yaml.org,2002:binary", yaml.constructor.SafeConstructor.construct_yaml_binary)


def read(path: Path) -> JSON:
    """The value in a YAML file. Raises UsageError when it is missing or not YAML."""
    return parse(text_of(path), str(path))


def text_of(path: Path) -> str:
    """The text of a file, its line ends as they are. Raises UsageError."""
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as problem:
        raise UsageError(f"{path}: cannot be read ({problem.strerror})") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8") from None


def parse(text: str, name: str, *, first_line: int = 1, with_bytes: bool = False) -> JSON:
    """The value in a YAML text that stands in ``name`` from ``first_line`` on. Raises UsageError for other texts.

    ``with_bytes``: it may hold bytes (``!!binary``), which JSON has not.
    """
    try:
        _refuse_deep_nesting(text)
        return yaml.load(text, Loader=_LoaderWithBytes if with_bytes else _Loader)  # noqa: S506  # both are safe
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        position = f", line {mark.line + first_line}" if mark else ""
        reason = one_line(getattr(problem, "problem", None) or "is not YAML")
        mend = "; YAML takes no tab here: indent with spaces" if "tab" in reason or "'\\t'" in reason else ""
        raise UsageError(f"{name}{position}: {reason}{mend}") from None
    except (ValueError, LookupError) as problem:  # what PyYAML raises for a value unlike its tag
        raise UsageError(f"{name}: is not YAML ({one_line(str(problem))})") from None


def lines(text: str) -> dict[str, int]:
    """The line of each value of a YAML text, by its JSON pointer: that of a member's name, or where an item begins."""
    found: dict[str, int] = {}
    waiting: list[tuple[list[str | int], Any, int]] = [([], yaml.compose(text, Loader=_Base), 1)]
    while waiting:
        path, node, line = waiting.pop()
        found[pointer_of(path)] = line
        if isinstance(node, yaml.MappingNode):
            members = ((key.value, value, key) for key, value in node.value)
            waiting += [([*path, name], value, key.start_mark.line + 1) for name, value, key in members]
        elif isinstance(node, yaml.SequenceNode):
            items = enumerate(node.value)
            waiting += [([*path, index], value, value.start_mark.line + 1) for index, value in items]
    return found


def _refuse_deep_nesting(text: str) -> None:
    """Loading recurses in C, without a limit of its own, where parsing does not."""
    depth = 0
    event: Any
    for event in yaml.parse(text, Loader=_Base):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise yaml.MarkedYAMLError(None, None, f"is nested more than {_DEEPEST} deep", event.start_mark)
