"""Reading YAML, our own files and other people's: plain JSON data, no surprises, problems told with file and line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from driftgate.base.errors import UsageError
from driftgate.base.files import bytes_of
from driftgate.base.jsonvalue import JSON, one_line, pointer_of

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 100
_MOST_REPEATED = 100_000  # values that aliases stand for


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
        return bytes_of(path).decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8") from None


def parse(text: str, name: str, *, first_line: int = 1, with_bytes: bool = False) -> JSON:
    """The value in a YAML text that stands in ``name`` from ``first_line`` on. Raises UsageError for other texts.

    ``with_bytes``: it may hold bytes (``!!binary``), which JSON has not.
    """
    try:
        _refuse_what_explodes(text)
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


def _refuse_what_explodes(text: str) -> None:
    """Loading recurses in C, without a limit of its own, where parsing does not; and all that reads a value follows
    its aliases, each of which may stand for a thousand others."""
    open_ones: list[_Open] = [_Open(None)]
    sizes: dict[str | None, int] = {}
    repeated = 0
    event: Any
    for event in yaml.parse(text, Loader=_Base):
        if isinstance(event, yaml.AliasEvent):
            # an alias of what it is in itself has no size yet, and no end
            size = (
                _MOST_REPEATED + 1
                if any(each.anchor == event.anchor for each in open_ones)
                else sizes.get(event.anchor, 0)
            )
            repeated += size
            open_ones[-1].size += size
        elif isinstance(event, yaml.CollectionStartEvent):
            open_ones.append(_Open(event.anchor))
        elif isinstance(event, yaml.CollectionEndEvent):
            done = open_ones.pop()
            open_ones[-1].size += done.size
            sizes.update({done.anchor: done.size} if done.anchor else {})
        elif isinstance(event, yaml.ScalarEvent):
            open_ones[-1].size += 1
            sizes.update({event.anchor: 1} if event.anchor else {})
        if len(open_ones) > _DEEPEST + 1:
            raise yaml.MarkedYAMLError(None, None, f"is nested more than {_DEEPEST} deep", event.start_mark)
        if repeated > _MOST_REPEATED:
            why = f"aliases stand for more than {_MOST_REPEATED} values"
            raise yaml.MarkedYAMLError(None, None, why, event.start_mark)


@dataclass
class _Open:
    """A list or a mapping that has not ended, and how many values it has so far."""

    anchor: str | None
    size: int = 1
