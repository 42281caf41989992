"""Reads the TypeScript of a page: its interfaces, and the function that uses them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from driftgate.base.jsonvalue import type_name
from driftgate.docs import route
from driftgate.docs.model import NUMBERS, TYPESCRIPT, Body, Description, Member, Unreadable
from driftgate.docs.schema import Node, both, either, members_of

_BEGIN = re.compile(r"^[ \t]*(?:export\s+)?(?:interface|type)\s+[A-Za-z_$]", re.MULTILINE)
_TOKEN = re.compile(
    r"(?P<none>\s+|//[^\n]*|/\*.*?\*/)|(?P<text>'[^'\n]*'|\"[^\"\n]*\"|`[^`]*`)|[A-Za-z_$][\w$]*|\d+|=>|.",
    re.DOTALL,
)
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_PLAIN: Mapping[str, frozenset[str] | None] = {
    "string": frozenset({"string"}),
    "number": NUMBERS,
    "boolean": frozenset({"boolean"}),
    "null": frozenset({"null"}),
    "undefined": frozenset({"null"}),
}
_METHODS = ("get", "post", "put", "patch", "delete")
_DEEPEST = 40
_MOST_TYPES = 5000


def interfaces(text: str) -> frozenset[str]:
    """The names of the types that a page declares."""
    return frozenset(_Program(text).types) if _BEGIN.search(text) else frozenset()


def described(text: str) -> Description | None:
    """What the TypeScript of a page says of the operation; None without any. Raises Unreadable if it is cut off."""
    return _Program(text).description() if _BEGIN.search(text) else None


@dataclass(frozen=True)
class _Function:
    parameters: Mapping[str, int]
    answer: int
    method: str | None
    path: str | None


class _Program:
    """The tokens of a page's TypeScript. A type is read when it is used, from the position of its declaration."""

    def __init__(self, text: str) -> None:
        begin = _BEGIN.search(text)
        code = text[begin.start() if begin else 0 :]
        if code.count("/*") > code.count("*/"):
            raise Unreadable("has TypeScript with a comment that does not end: is it cut off?")
        self.tokens = [match[0] for match in _TOKEN.finditer(code) if match["none"] is None]
        self.types: dict[str, int] = {}
        self.functions: list[_Function] = []
        self.at = 0
        self.left = _MOST_TYPES
        self._declarations()

    def _declarations(self) -> None:
        while self.at < len(self.tokens):
            word = self._next()
            if word == "interface":
                name = self._next()
                self.types[name] = self.at
                self._close_block()
            elif word == "type" and self.tokens[self.at + 1 : self.at + 2] == ["="]:
                self.types[self._next()] = self.at + 1
            elif word == "function":
                self.functions.append(self._function())

    def description(self) -> Description:
        if not self.functions:
            raise Unreadable("has TypeScript without the function that uses it: is it cut off?")
        function = self.functions[0]
        in_path = route.parameters(function.path or "")
        parameters, request = {}, None
        for name, start in function.parameters.items():
            node = self._type_at(start, ())
            if name in in_path:
                parameters["path", name] = Member(node.types, required=True)
            elif node.members:
                request = _body(node)
        return Description(
            form=TYPESCRIPT,
            method=function.method,
            path=function.path,
            parameters=parameters,
            request=request,
            answers={"success": _body(self._type_at(function.answer, ()))},
            complete=False,
        )

    # the tokens

    def _next(self) -> str:
        if self.at >= len(self.tokens):
            raise Unreadable("has TypeScript that ends in the middle: is it cut off?")
        self.at += 1
        return self.tokens[self.at - 1]

    def _is(self, *words: str) -> bool:
        """Whether these tokens come next; if so, moves behind them."""
        found = self.tokens[self.at : self.at + len(words)] == list(words)
        self.at += len(words) if found else 0
        return found

    def _expect(self, word: str) -> None:
        found = self._next()
        if found != word:
            raise Unreadable(f"has TypeScript that is not understood: {found!r} where {word!r} should stand")

    def _close_block(self) -> None:
        while self._next() != "{":
            pass
        depth = 1
        while depth:
            word = self._next()
            depth += (word == "{") - (word == "}")

    def _function(self) -> _Function:
        while self._next() != "(":
            pass
        parameters: dict[str, int] = {}
        depth, name = 1, ""
        while depth:
            word = self._next()
            depth += (word in "([{<") - (word in ")]}>")
            if depth == 1 and word == ":":
                parameters[name] = self.at
            elif depth == 1 and _NAME.fullmatch(word):
                name = word if self.tokens[self.at : self.at + 1] in ([":"], ["?"]) else name
        self._expect(":")
        answer = self.at
        self._close_block()
        return _Function(parameters, answer, *_call(self.tokens[answer : self.at]))

    # the types

    def _type_at(self, start: int, names: tuple[str, ...]) -> Node:
        here, self.at = self.at, start
        node = self._type(names)
        self.at = here
        return node

    def _type(self, names: tuple[str, ...]) -> Node:
        self.left -= 1
        if len(names) > _DEEPEST or self.left < 0:
            raise Unreadable(f"has TypeScript of more than {_MOST_TYPES} types, or nested more than {_DEEPEST} deep")
        self._is("|")
        node = self._intersection(names)
        while self._is("|"):
            node = either(node, self._intersection(names))
        return node

    def _intersection(self, names: tuple[str, ...]) -> Node:
        node = self._list(names)
        while self._is("&"):
            node = both(node, self._list(names))
        return node

    def _list(self, names: tuple[str, ...]) -> Node:
        node = self._single((*names, ""))
        for _ in range(_DEEPEST):
            if not self._is("[", "]"):
                break
            node = _array(node)
        return node

    def _single(self, names: tuple[str, ...]) -> Node:
        word = self._next()
        if word == "(":
            node = self._type(names)
            self._expect(")")
            return node
        if word == "{":
            return self._members(names)
        if word[0] in "'\"" or word.isdigit() or word in ("true", "false"):
            value = word[1:-1] if word[0] in "'\"" else int(word) if word.isdigit() else word == "true"
            return Node(types=frozenset({type_name(value)}), values=(value,))
        if word in _PLAIN:
            return Node(types=_PLAIN[word])
        return self._generic(word, names) if self._is("<") else self._named(word, names)

    def _generic(self, word: str, names: tuple[str, ...]) -> Node:
        parts = [self._type(names)]
        while self._is(","):
            parts.append(self._type(names))
        self._expect(">")
        if word in ("Array", "ReadonlyArray"):
            return _array(parts[0])
        if word == "Promise":
            return parts[0]
        if word == "Record":
            held = {} if parts[-1].types is None else {"*": parts[-1]}
            return Node(types=frozenset({"object"}), members=held, opaque=not held)
        return Node(types=None, opaque=True)

    def _named(self, word: str, names: tuple[str, ...]) -> Node:
        if not _NAME.fullmatch(word):
            raise Unreadable(f"has TypeScript that is not understood: {word!r} where a type should stand")
        if word not in self.types or word in names:
            return Node(types=None, opaque=True)
        return self._type_at(self.types[word], (*names, word)) if self._is_alias(word) else self._interface(word, names)

    def _is_alias(self, word: str) -> bool:
        return self.tokens[self.types[word] - 1] == "="

    def _interface(self, word: str, names: tuple[str, ...]) -> Node:
        here, self.at = self.at, self.types[word]
        node = Node(types=frozenset({"object"}))
        while True:
            part = self._next()
            if part == "{":
                break
            if part in self.types:
                node = both(node, self._named(part, (*names, word)))
        node = both(node, self._members((*names, word)))
        self.at = here
        return node

    def _members(self, names: tuple[str, ...]) -> Node:
        members: dict[str, Node] = {}
        required = set()
        while not self._is("}"):
            if self._is(";") or self._is(",") or self._is("readonly"):
                continue
            name = self._next().strip("'\"")
            if name == "[":
                while self._next() != "]":
                    pass
                name, optional = "*", True
            else:
                optional = self._is("?")
            self._expect(":")
            members[name] = self._type(names)
            if not optional:
                required.add(name)
        return Node(types=frozenset({"object"}), members=members, required=frozenset(required))


def _array(node: Node) -> Node:
    known = node.types is not None
    return Node(types=frozenset({"array"}), members={"*": node} if known else {}, opaque=not known)


def _body(node: Node) -> Body:
    return Body(dict(members_of(node)), frozenset())


def _call(tokens: list[str]) -> tuple[str | None, str | None]:
    """The method and the path of the request that a function makes."""
    for number, word in enumerate(tokens[:-1]):
        if word in _METHODS and tokens[number - 1] == ".":
            for text in tokens[number + 1 :]:
                if text[0] in "'\"`":
                    return word.upper(), route.template(text[1:-1])
    return None, None
