"""The small parts that everything else stands on."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from itertools import islice

import pytest
from hypothesis import given, settings

from driftgate.base.jsonvalue import ABSENT, at, brief, parse
from driftgate.base.secret import Secret
from driftgate.cases import generate
from driftgate.checks.property import names as names_of_hypothesis
from driftgate.checks.search import bisect, halved, packed
from driftgate.contract import Level, Outcome, Profile, Requirement, load_contract
from driftgate.contract.schemas import validator, violations
from driftgate.contract.template import fill, placeholders
from driftgate.http.exchange import Answer
from driftgate.http.outcome import Classifier
from driftgate.record.verdict import Exit, Finding, Gate, Judgement, Ledger, Verdict, Waiver


def _is_allowed(name):
    """Whether any reading of the pages allows a name of 40 units."""
    unsure = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"} & {unicodedata.category(each) for each in name}
    length = len(name.encode("utf-16-le")) // 2
    composed = unicodedata.normalize("NFC", name) == name
    return name.strip() == name and 1 <= length <= 40 and composed and not unsure and name[0] != '"'


@settings(derandomize=True, max_examples=300, database=None)
@given(names_of_hypothesis(40))
def test_names_that_hypothesis_makes_are_allowed_by_any_reading_of_the_pages(name):
    assert _is_allowed(name)


def test_generated_names_are_allowed_by_any_reading_of_the_pages():
    made = list(islice(generate.names(0, 40), 1000))
    assert all(map(_is_allowed, made))
    assert len(set(made)) > 950
    assert max(map(len, made)) > 30
    kinds = {unicodedata.category(each)[0] for name in made for each in name}
    assert kinds == set("LMNPSZ")
    assert any(ord(each) > 0xFFFF for name in made for each in name)


def test_generated_names_are_the_same_under_the_same_seed_alone():
    first, again, other = (list(islice(generate.names(seed), 50)) for seed in (1, 1, 2))
    assert first == again
    assert len(set(first) & set(other)) <= 2


def test_halving_finds_a_small_part_that_fails_within_the_bound():
    asked = []

    def fails(part):
        asked.append(part)
        return "é" in part

    assert halved("a long name with é in it", fails, most=40, longest=100) == "é"
    assert len(asked) <= 10
    asked.clear()
    assert halved("a long name with é in it", fails, most=2, longest=100) == "with é in it"
    assert asked == ["a long name", "with é in it"]


def test_halving_keeps_a_name_whose_parts_do_not_fail():
    assert halved("ab", lambda part: False, most=40, longest=100) == "ab"
    assert halved("a", lambda part: True, most=40, longest=100) == "a"


def test_all_ingredients_fit_into_one_name_of_100_units():
    assert packed(100) == [list(generate.INGREDIENTS)]
    assert len(packed(30)) > 1
    assert [label for group in packed(30) for label in group] == list(generate.INGREDIENTS)


@pytest.mark.parametrize("alphabet", ["ASCII", "CJK", "astral"])
@pytest.mark.parametrize("length", [30, 100, 101])
def test_long_names_have_their_length_in_code_points(alphabet, length):
    name = generate.long_name(alphabet, length)
    assert len(name) == length
    assert name.strip() == name
    widths = {"ASCII": 1, "CJK": 3, "astral": 4}
    assert len(name.encode()) == length * widths[alphabet]


@pytest.mark.parametrize(
    ("culprits", "expected"),
    [({"c"}, ["c"]), ({"a", "h"}, ["a", "h"]), (set("abcdefgh"), list("abcdefgh"))],
)
def test_bisect_finds_all_that_fail_by_themselves(culprits, expected):
    found = bisect(list("abcdefgh"), lambda part: bool(culprits & set(part)), most=100)
    assert sorted(found) == expected


def test_bisect_keeps_together_what_fails_together_only():
    assert bisect(["a", "b", "c"], lambda part: {"a", "c"} <= set(part), most=100) == ["a with b with c"]


def test_bisect_asks_no_more_than_it_may():
    asked = []
    bisect(list("abcdefgh"), lambda part: not asked.append(part), most=3)
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("sent", "got", "word"),
    [
        (" a ", " a ", "verbatim"),
        (" a ", "a", "trimmed"),
        ("cafe\u0301", "café", "composed"),
        ("abcdef", "abc", "cut to 3"),
        ("abc", "", "empty"),
        ("abc", "old", "unchanged"),
        ("abc", "xyz", "another"),
        ("abc", None, "no text"),
    ],
)
def test_the_relation_of_names_is_a_word(sent, got, word):
    assert generate.relation(sent, got, former="old") == word


def test_templates_keep_types_and_open_secrets():
    values = {"number": 7, "key": Secret("KEY", "s3cret"), "name": "x"}
    assert fill({"a": "${number}", "b": ["n${number}"], "c": "${key}"}, values) == {"a": 7, "b": ["n7"], "c": "s3cret"}
    assert placeholders({"a": "${number}", "b": ["${key}"]}) == {"number", "key"}


def test_a_secret_is_not_shown():
    assert "s3cret" not in f"{Secret('KEY', 's3cret')!r} {Secret('KEY', 's3cret')}"


@pytest.mark.parametrize("raw", [b"", b"{", b"NaN", b"[Infinity]", b"\xff", b"[" * 100_000, b'{"a":1}x'])
def test_what_is_not_json_is_distinguished(raw):
    with pytest.raises(ValueError, match=r"."):
        parse(raw)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"[" * 101 + b"1" + b"]" * 101, "nested deeper than 100 levels"),
        (b'{"a": {"b": 1, "b": 2}}', 'the member "b" is given twice'),
        (b'"\xff"', "no UTF-8 at byte 1"),
        (b"[-Infinity]", "-Infinity is not JSON"),
        (b"\xef\xbb\xbf1", "at character 0"),
    ],
)
def test_why_something_is_no_json_is_reported(raw, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        parse(raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"[" * 99 + b"1" + b"]" * 99, None),
        (b'{"a": 1, "a": 1}', {"a": 1}),
        (b"9" * 10_000, float("inf")),
        (b"9" * 900, int("9" * 900)),
    ],
)
def test_what_is_json_after_all_is_taken(raw, value):
    assert value is None or parse(raw) == value
    assert parse(raw) is not None


def test_pointers_lead_to_values_or_nowhere():
    value = {"a/b": [{"~": 1}]}
    assert at(value, "/a~1b/0/~0") == 1
    assert at(value, "") is value
    for pointer in ("/x", "/a~1b/1", "/a~1b/0/~0/x"):
        assert at(value, pointer) is ABSENT


def test_a_value_with_many_mistakes_is_reported_with_some_of_them():
    value = {"m" * 10_000 + str(number): number for number in range(1000)}
    told = list(violations(validator({"additionalProperties": {"type": "string"}}), value))
    assert len(told) == 50
    assert all(len(pointer) < 300 for pointer, *_ in told)


def test_what_a_target_sent_cannot_take_over_the_terminal():
    shown = brief("\x1b[2J\u202e\x07" + "x" * 1000)
    assert shown.isprintable()
    assert len(shown) < 250


@pytest.mark.parametrize(
    ("schema", "value", "told"),
    [
        ({"type": "integer", "format": "int64"}, 1.0, [("", "format")]),
        ({"type": "integer", "format": "int64"}, 2**63, [("", "format")]),
        ({"type": "integer", "format": "int64"}, 2**63 - 1, []),
        ({"type": "integer"}, True, [("", "type")]),
        ({"format": "uuid"}, "45701982-8118-4bc5-8e9b-64562b4555f2", []),
        ({"format": "uuid"}, "4570198281184bc58e9b64562b4555f2", [("", "format")]),
        ({"format": "date-time"}, "2026-04-13T13:07:54.000+00:00", []),
        ({"format": "date-time"}, "2026-04-13 13:07:54", [("", "format")]),
        ({"required": ["a", "b"]}, {}, [("/a", "required"), ("/b", "required")]),
    ],
)
def test_violations_are_all_told_with_their_place(schema, value, told):
    assert [(pointer, keyword) for pointer, _, _, keyword in violations(validator(schema), value)] == told


def _answer(status, body=b"{}"):
    return Answer(status, "application/json", (), body, 0.0)


@pytest.mark.parametrize(
    ("vendor", "status", "body", "outcome"),
    [
        ("coze", 200, b'{"code": 0}', Outcome.SUCCESS),
        ("coze", 200, b'{"code": 4000}', Outcome.REFUSAL),
        ("coze", 200, b'{"code": 4020}', Outcome.UNAVAILABLE),
        ("coze", 200, b"{}", Outcome.UNDOCUMENTED),
        ("coze", 400, b"<html>", Outcome.REFUSAL),
        ("coze", 500, b'{"code": 5000}', Outcome.SERVER_ERROR),
        ("dify", 200, b"{}", Outcome.SUCCESS),
        ("dify", 404, b"{}", Outcome.REFUSAL),
        ("dify", 302, b"", Outcome.UNDOCUMENTED),
        ("dify", 429, b"{}", Outcome.UNAVAILABLE),
        ("dify", 503, b"", Outcome.UNAVAILABLE),
        ("nuwax", 200, b'{"code": "0000"}', Outcome.SUCCESS),
        ("nuwax", 200, b'{"code": "0001"}', Outcome.REFUSAL),
        ("nuwax", 200, b'{"code": "4290"}', Outcome.UNAVAILABLE),
    ],
)
def test_an_answer_is_classified_by_the_vendors_own_predicates(vendor, status, body, outcome):
    assert Classifier(load_contract(vendor).outcomes)(_answer(status, body)) is outcome


def _row(level, verdict, waived=False):
    row = Requirement("x.y.z", Level(level), "", "", "", "accepts", Profile.SMOKE)
    findings = (Finding(row.id, "value", "body", "", "a", "b", "c"),) if verdict is Verdict.FAIL else ()
    waivers = (Waiver(row.id, "r", "l", date.max),) if waived else ()
    return Judgement(row, verdict, "", 1, findings, waivers)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("must", Verdict.PASS), ("should", Verdict.FAIL), ("may", Verdict.PASS)], Exit.CONFORMS),
        ([("must", Verdict.PASS), ("must", Verdict.NONE)], Exit.CONFORMS),
        ([("must", Verdict.FAIL, True), ("must", Verdict.PASS)], Exit.CONFORMS),
        ([("must", Verdict.FAIL), ("must", Verdict.INCONCLUSIVE)], Exit.VIOLATES),
        ([("must", Verdict.PASS), ("must", Verdict.INCONCLUSIVE)], Exit.INCONCLUSIVE),
        ([("must", Verdict.PASS), ("may", Verdict.INCONCLUSIVE)], Exit.CONFORMS),
        ([("must", Verdict.FAIL), ("may", Verdict.ERROR)], Exit.INTERNAL_ERROR),
        ([("must", Verdict.NONE)], Exit.INCONCLUSIVE),
        ([], Exit.INCONCLUSIVE),
    ],
)
def test_error_outranks_failure_and_failure_outranks_inconclusive(rows, code):
    assert Gate(strict=False).exit_code([_row(*row) for row in rows]) is code


def test_strict_binds_a_should():
    rows = [_row("must", Verdict.PASS), _row("should", Verdict.FAIL)]
    assert Gate(strict=True).exit_code(rows) is Exit.VIOLATES


def test_a_verdict_only_worsens():
    contract = load_contract("coze")
    ledger = Ledger(contract)
    name = contract.requirements[0].id
    seen = [ledger.judgement(name).verdict]
    for step in (
        lambda: ledger.judged(name),
        lambda: ledger.inconclusive(name, "later"),
        lambda: ledger.judged(name),
        lambda: ledger.found(Finding(name, "value", "body", "", "a", "b", "c")),
        lambda: ledger.inconclusive(name, "again"),
        lambda: ledger.error(name, "mistake"),
        lambda: ledger.judged(name),
    ):
        step()
        seen.append(ledger.judgement(name).verdict)
    assert seen == sorted(seen)
    assert seen[-1] is Verdict.ERROR
