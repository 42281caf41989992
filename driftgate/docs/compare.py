"""Compares what a contract promises of an operation with what a page, or another contract, says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from driftgate.base.jsonvalue import JSON, brief
from driftgate.docs import route
from driftgate.docs.members import Judged, Side, describe_types, judge_member, judge_members, judged
from driftgate.docs.model import Body, Description
from driftgate.docs.openapi import is_refusal
from driftgate.drift.model import Change

_REQUEST, _ANSWER = Side(request=True), Side(request=False)
_PLACEHOLDER = re.compile(r"\$\{[a-z_]+\}")
_ANYTHING_JSON = {"*/*", "application/*"}

# what the sources of a page say, by aspect and location, each with the name of its source
Comparisons = Mapping[tuple[str, str], Sequence[tuple[Judged, str]]]


def changes(before: Description, after: Sequence[Description]) -> list[Change]:
    """All changes, the worst first.

    A page may describe the operation in several places (``after``). Where one of them differs from the contract and
    another agrees with it, the page contradicts itself.
    """
    comparisons: dict[tuple[str, str], list[tuple[Judged, str]]] = {}
    for description in after:
        for each in _judge(before, description):
            comparisons.setdefault((each.aspect, each.location), []).append((each, description.form.name))
    found = [change for rows in comparisons.values() for change in _change_of(rows)]
    found += _not_described(_REQUEST, "request", before.request, comparisons)
    if any("success" in description.answers for description in after):
        found += _not_described(_ANSWER, "answer success", before.answers.get("success"), comparisons)
    return sorted(found, key=lambda change: (-change.severity, change.rule, change.location))


def _change_of(rows: Sequence[tuple[Judged, str]]) -> Iterator[Change]:
    """The change of one aspect on which the sources of a page agree, or that they contradict each other."""
    changed = [(each.change, source) for each, source in rows if each.change is not None]
    agreeing = [source for each, source in rows if each.change is None]
    for change, source in changed[:1]:
        if not agreeing or source in agreeing:
            yield change
        else:
            says = f"{change.after} in {source}, {change.before} in {agreeing[0]}"
            yield Change("page-contradicts-itself", change.location, change.before, says)


def _not_described(side: Side, location: str, body: Body | None, comparisons: Comparisons) -> Iterator[Change]:
    """Members of the contract that no section of the page describes."""
    for pointer, member in body.members.items() if body else ():
        where, above = (f"{location} {each or '/'}" for each in (pointer, pointer.rpartition("/")[0]))
        has_to_be_sent = side.request and pointer and member.required
        if ("member", where) not in comparisons:
            parent_is_there = ("member", above) in comparisons and _agrees("member", above, comparisons)
            if pointer and parent_is_there and _agrees("type", above, comparisons):
                rule = side.rule("request-member-removed", "member-gone")
                yield Change(rule, where, describe_types(member), "not described")
        elif has_to_be_sent and ("required", where) not in comparisons and _agrees("member", where, comparisons):
            yield Change("request-member-became-optional", where, "required", "not said")


def _agrees(aspect: str, location: str, comparisons: Comparisons) -> bool:
    """Whether a source agrees with the contract on it, or none differs."""
    rows = comparisons.get((aspect, location), ())
    return not rows or any(each.change is None for each, _ in rows)


def _judge(before: Description, after: Description) -> Iterator[Judged]:
    return chain(
        _operation(before, after),
        _parameters(before, after),
        _body(_REQUEST, "request", before.request, after.request, known=after.request is not None or after.complete),
        _answers(before, after),
        _codes(before, after),
        _examples(before, after),
    )


def _operation(before: Description, after: Description) -> Iterator[Judged]:
    if before.method and after.method:
        changed = before.method != after.method
        yield judged("method", "method", "method-changed" if changed else None, before.method, after.method)
    if before.path and after.path:
        changed = not same_path(before, after)
        yield judged("path", "path", "path-changed" if changed else None, before.path, route.template(after.path))
    if before.operation_id and after.operation_id and before.operation_id != after.operation_id:
        yield judged("id", "operationId", "operation-id-changed", before.operation_id, after.operation_id)
    if before.servers and after.servers and set(before.servers) != set(after.servers):
        yield judged("servers", "servers", "servers-changed", *(", ".join(each.servers) for each in (before, after)))
    if before.tags and after.tags and before.tags != after.tags:
        yield judged("tags", "tags", "tags-changed", *(", ".join(each.tags) for each in (before, after)))
    if None not in (before.deprecated, after.deprecated) and before.deprecated != after.deprecated:
        rule = "operation-deprecated" if after.deprecated else "operation-reinstated"
        texts = ("in use", "deprecated") if after.deprecated else ("deprecated", "in use")
        yield judged("deprecated", "operation", rule, *texts)
    if before.security is not None and after.security is not None and before.security != after.security:
        kind = "added" if not before.security else "removed" if not after.security else "changed"
        ways = (" or ".join(sorted(each)) or "none" for each in (before.security, after.security))
        yield judged("security", "authentication", f"authentication-{kind}", *ways)


def same_path(one: Description, other: Description) -> bool:
    """Whether two descriptions are of the same path, even if a part of it stands in the URLs of the servers."""
    return bool(route.patterns(one.servers, one.path or "") & route.patterns(other.servers, other.path or ""))


def _parameters(before: Description, after: Description) -> Iterator[Judged]:
    old, new = before.parameters, dict(after.parameters)
    if before.path and after.path:
        names = route.parameters(before.path), route.parameters(after.path)
        if len(names[0]) == len(names[1]):
            for was, now in zip(*names, strict=True):
                if was != now:
                    yield judged("name", f"path {was}", "path-parameter-renamed", was, now)
            other = dict(zip(names[1], names[0], strict=True))
            new = {(where, other.get(name, name) if where == "path" else name): m for (where, name), m in new.items()}
    for where, name in sorted(old.keys() | new.keys()):
        location = f"request {where} {name}"
        if (where, name) in new or after.complete:
            yield from judge_member(
                _REQUEST, location, old.get((where, name)), new.get((where, name)), after.form.aspects
            )


def _answers(before: Description, after: Description) -> Iterator[Judged]:
    if after.expresses("statuses"):
        yield from _statuses(before.statuses, after.statuses)
    for kind, body in sorted(before.answers.items()):
        # when the answers of a refusal are gone, its status is reported
        known = kind in after.answers or (kind == "success" and after.complete)
        yield from _body(_ANSWER, f"answer {kind}", body, after.answers.get(kind), known=known)


def _statuses(before: frozenset[str], after: frozenset[str]) -> Iterator[Judged]:
    for status in sorted(before - after):
        yield judged(f"status {status}", "answer", "status-removed", status, "absent")
    names_success = any(not is_refusal(status) for status in before)
    for status in sorted(after - before):
        if is_refusal(status):
            yield judged(f"status {status}", "answer", "refusal-status-added", "absent", status)
        elif names_success:  # where a contract names no status of a success, naming one only makes it more exact
            yield judged(f"status {status}", "answer", "success-status-added", "absent", status)


def _body(side: Side, location: str, old: Body | None, new: Body | None, *, known: bool) -> Iterator[Judged]:
    if not known or (old is None and new is None):
        return
    if old is None or new is None:
        was, now = (body.members.get("") if body else None for body in (old, new))
        yield from judge_member(side, f"{location} /", was, now, frozenset())
        return
    yield from judge_members(side, location, old.members, new.members, new.aspects)
    if old.media_types and new.media_types and "media types" in new.aspects:
        yield from _media_types(side, location, old.media_types, new.media_types)
    if side.request and "choices" in new.aspects:
        yield from _choices(location, old.choices, new.choices)


def _media_types(side: Side, location: str, old: frozenset[str], new: frozenset[str]) -> Iterator[Judged]:
    prefix = side.rule("request", "answer")
    gone = old - new if not new & _ANYTHING_JSON else frozenset()
    come = new - old - _ANYTHING_JSON if not old & _ANYTHING_JSON else frozenset()
    for name in sorted(gone):
        yield judged(f"media type {name}", location, f"{prefix}-media-type-removed", name, ", ".join(sorted(new)))
    for name in sorted(come):
        yield judged(f"media type {name}", location, f"{prefix}-media-type-added", "absent", name)


def _choices(location: str, old: frozenset[frozenset[str]], new: frozenset[frozenset[str]]) -> Iterator[Judged]:
    for names in sorted(old - new, key=sorted):
        yield judged(
            "choice", f"{location} {', or '.join(sorted(names))}", "request-choice-removed", "one must be sent", "none"
        )
    for names in sorted(new - old, key=sorted):
        yield judged(
            "choice", f"{location} {', or '.join(sorted(names))}", "request-choice-added", "none", "one must be sent"
        )


def _codes(before: Description, after: Description) -> Iterator[Judged]:
    for kind in sorted(before.codes.keys() & after.answers.keys()):
        old, new = before.codes[kind], after.codes.get(kind, frozenset())
        if kind == "success":
            if old and new and old != new:
                texts = (", ".join(sorted(codes)) for codes in (old, new))
                yield judged("code", "answer success", "success-code-changed", *texts)
        elif after.expresses("statuses"):
            for code in sorted(old - new):
                yield judged(f"code {code}", f"answer {kind}", "error-code-removed", code, "absent")
            for code in sorted(new - old):
                yield judged(f"code {code}", f"answer {kind}", "error-code-added", "absent", code)


def _examples(before: Description, after: Description) -> Iterator[Judged]:
    if not after.expresses("examples"):
        return
    for kind in sorted(before.examples.keys() | after.examples.keys()):
        if kind == "request" or kind in after.answers:
            old, new = before.examples.get(kind, ()), after.examples.get(kind, ())
            location = "request example" if kind == "request" else f"answer {kind} example"
            # changes of a refusal are reported by its code and its members
            yield from _examples_of(location, old, new, True if is_refusal(kind) else before.schemas.get(kind, True))


def _examples_of(location: str, old: Sequence[JSON], new: Sequence[JSON], schema: JSON) -> Iterator[Judged]:
    """Examples of one kind. One that is gone while others stay is no change: a contract may show more than a page."""
    gone = [template for template in old if not any(matches(template, value) for value in new)]
    come = [value for value in new if not any(matches(template, value) for template in old)]
    if not new:
        yield judged("example", location, "example-removed", brief(gone[0]), "absent")
    for value in come:
        aspect, text = f"example {brief(value)}", brief(value)
        from driftgate.contract.schemas import first_problem, validator  # noqa: PLC0415  # loads jsonschema

        problem = first_problem(validator(schema), value)
        if problem:
            yield judged(aspect, location, "example-breaks-contract", problem, text)
        elif gone:
            yield judged(aspect, location, "example-changed", brief(gone[0]), text)
        else:
            yield judged(aspect, location, "example-added", "absent", text)


def matches(template: JSON, value: JSON) -> bool:
    """Whether a value fits a template of a contract, in which placeholders stand for anything."""
    if isinstance(template, str) and _PLACEHOLDER.fullmatch(template):
        return True
    if isinstance(template, Mapping) and isinstance(value, Mapping):
        return template.keys() == value.keys() and all(matches(template[key], value[key]) for key in template)
    return type(template) is type(value) and template == value
