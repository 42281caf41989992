"""The mutants: each operator does what it says to a sample, and a mutant is judged by what the suites tell of it."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from functools import cache

import pytest

from benchmarks.mutations.catalogue import candidates, effective
from benchmarks.mutations.judging import Fate, Result, VariantResult, clean_run, judge_mutant, reader_of
from benchmarks.mutations.messages import Call, Reply
from benchmarks.mutations.mutations import Unchanged, with_member
from benchmarks.mutations.names import SPOILS
from benchmarks.mutations.operators import OPERATORS
from benchmarks.mutations.page import Outcome, Spent, estimate, key_figure, problems, scope
from benchmarks.mutations.pointers import pointers
from benchmarks.mutations.proxy import serving
from benchmarks.mutations.reasons import Reason, Reasons, read_reasons
from benchmarks.mutations.results import Results
from benchmarks.mutations.run import sampled
from benchmarks.mutations.workers import Lost, results_of
from driftgate.emulator import EMULATORS

BODY = {"id": "A-7", "at": 1700000000, "on": True, "day": "2026-04-05T16:35:39.000+00:00", "more": {"a_b": [1, 2]}}

MEMBERS = [
    ("remove", "/id", {key: value for key, value in BODY.items() if key != "id"}),
    ("null", "/id", BODY | {"id": None}),
    ("retype", "/id", BODY | {"id": 3}),
    ("retype", "/at", BODY | {"at": "1700000000"}),
    ("retype", "/more", BODY | {"more": [{"a_b": [1, 2]}]}),
    ("retype", "/more/a_b", BODY | {"more": {"a_b": {"0": 1, "1": 2}}}),
    ("empty", "/more/a_b", BODY | {"more": {"a_b": []}}),
    ("empty", "/id", BODY | {"id": ""}),
    ("flip", "/on", BODY | {"on": False}),
    ("flip", "/at", BODY | {"at": -1700000000}),
    ("later", "/at", BODY | {"at": 1700086400}),
    ("later", "/day", BODY | {"day": "2026-04-06T16:35:39.000+00:00"}),
    ("earlier", "/more/a_b/*", BODY | {"more": {"a_b": [-86399, -86398]}}),
    ("thousandfold", "/at", BODY | {"at": 1700000000000}),
    ("cut", "/id", BODY | {"id": "A"}),
    ("cut", "/more/a_b", BODY | {"more": {"a_b": [1]}}),
    ("recase", "/id", BODY | {"id": "a-7"}),
    ("misspell", "/more", {**{key: value for key, value in BODY.items() if key != "more"}, "moer": BODY["more"]}),
    ("respell", "/more/a_b", BODY | {"more": {"aB": [1, 2]}}),
]

NAMES = [
    ("lower", "Ab", "ab"),
    ("upper", "Ab", "AB"),
    ("trim", " a ", "a"),
    ("collapse-blanks", "a \t b", "a b"),
    ("cut-at-20", "x" * 101, "x" * 20),
    ("cut-at-50", "x" * 101, "x" * 50),
    ("cut-at-100", "x" * 101, "x" * 100),
    ("html-escape", "<a>", "&lt;a&gt;"),
    ("strip-quotes", "'a\"", "a"),
    ("strip-non-bmp", "a😀", "a"),
    ("decompose", "\u00e9", "e\u0301"),
    ("double-backslash", "\\", "\\\\"),
    ("percent-decode", "%41", "A"),
    ("drop-controls", "a\tb", "ab"),
    ("reverse", "ab", "ba"),
    ("append-blank", "a", "a "),
]


@cache
def clean():
    return clean_run("dify")


@cache
def mutants():
    return candidates("dify", reader_of("dify"), clean().learned)


def answer_of(body):
    return Reply(200, (("content-type", "application/json"),), b"").with_json(body)


@pytest.mark.parametrize(("operator", "pointer", "expected"), MEMBERS)
def test_an_operator_changes_one_member(operator, pointer, expected):
    assert with_member(pointer, OPERATORS[operator])(answer_of(BODY)).json == expected


def test_every_operator_is_tried():
    assert {operator for operator, _, _ in MEMBERS} == set(OPERATORS)
    assert [name for name, _, _ in NAMES] == list(SPOILS)


@pytest.mark.parametrize(("spoil", "name", "expected"), NAMES)
def test_a_name_is_spoilt(spoil, name, expected):
    assert SPOILS[spoil](name) == expected


def test_an_operator_that_does_not_fit_changes_no_byte():
    reply = answer_of(BODY)
    assert with_member("/at", OPERATORS["recase"])(reply) is reply
    assert with_member("/nowhere", OPERATORS["remove"])(reply) is reply


def test_pointers_take_the_items_of_a_list_together():
    assert list(pointers(BODY))[-3:] == ["/more/a_b", "/more/a_b/*", "/more/a_b/*"]


def test_swapping_takes_the_value_of_another_conversation():
    mutation = mutants()["dify rename.success /name swap"].make()
    one, other = clean().learned.views
    call = Call("rename", "POST", f"/v1/conversations/{one['id']}/name", (), b"")
    assert mutation.answered(call, answer_of(one)).json["name"] == other["name"]


def test_a_status_moves_within_and_across_classes():
    call = Call("rename", "POST", "/", (), b"")
    for status, where in ((201, "within its class"), (500, "across classes")):
        mutation = mutants()[f"dify rename.success status {status} {where}"].make()
        assert mutation.answered(call, answer_of({})).status == status


def test_a_spoilt_name_is_stored_answered_or_both():
    rename = clean().learned.rename
    sent = rename.json["name"]
    for where, stored, shown in (
        ("stored and answered", sent.upper(), sent.upper()),
        ("stored alone", sent.upper(), sent),
        ("answered alone", sent, sent.upper()),
    ):
        mutation = mutants()[f"dify name {where} upper"].make()
        asked = mutation.asked(rename)
        assert asked.json["name"] == stored
        assert mutation.answered(rename, answer_of({"id": "1", "name": stored})).json["name"] == shown


def test_a_refusal_is_granted_with_and_without_effect():
    rename = clean().learned.rename
    broken = replace(rename, body=b"{")
    form = clean().learned.form(reader_of("dify"), broken)
    with_effect, without = (
        mutants()[f"dify refusal granted {each} effect: {form}"].make() for each in ("with", "without")
    )
    assert with_effect.asked(broken).json.keys() == rename.json.keys()
    assert without.asked(broken) is broken
    for each in (with_effect, without):
        assert each.answered(broken, Reply(400, (), b"{}")).json["name"] == ""
        assert each.answered(rename, Reply(400, (), b"{}")).status == 400


def test_a_success_is_denied_with_and_without_effect():
    rename = clean().learned.rename
    form = clean().learned.form(reader_of("dify"), rename)
    with_effect, without = (
        mutants()[f"dify success denied {each} effect: {form}"].make() for each in ("with", "without")
    )
    assert with_effect.asked(rename) is rename
    assert isinstance(without.asked(rename), Reply)
    assert with_effect.answered(rename, answer_of({})).status == 400


def test_what_changes_nothing_or_the_same_is_no_mutant():
    ids = [each.id for each in effective(reader_of("dify"), clean().learned, mutants())]
    assert "dify rename.success /inputs empty" not in ids
    assert "dify rename.success /created_at recase" not in ids
    assert len(ids) == len(set(ids)) > 400


@pytest.mark.parametrize(
    ("mutant", "fate"),
    [
        ("dify rename.success /name null", Fate.MUST),
        ("dify name stored alone lower", Fate.MUST),
        ("dify create.success /mode remove", Fate.OBSERVED),
    ],
)
def test_a_mutant_is_judged_by_what_is_told_of_it(mutant, fate):
    assert judge_mutant(clean(), reader_of("dify"), mutants()[mutant]).fate is fate


def test_survivors_want_a_reason_and_variants_no_alarm():
    results = [
        Result("dify a", "dify", "null", promised=True, fate=Fate.MUST),
        Result("dify b", "dify", "null", promised=True, fate=Fate.SURVIVED),
        Result("dify c", "dify", "null", promised=True, fate=Fate.SURVIVED),
    ]
    variants = [
        VariantResult("dify", "strict", 1, (), ("dify.a",)),
        VariantResult("dify", "lenient", 1, (), ("dify.a",)),
    ]
    reasons = Reasons(
        [Reason(("* b", "* z"), "it is all the same", left_open_by=("dify.rename.long-name",))],
        {"lenient": "by our reading"},
    )
    outcome = Outcome(results, variants, reasons)
    assert problems(outcome, complete=False) == ["unexplained: dify c", "false alarm: dify strict: dify.a"]
    assert problems(outcome, complete=True)[2:] == ["reasons.yaml: no mutant left for * z"]
    assert "of the other 2, 1 are killed by a MUST or a SHOULD (50.0%" in key_figure(outcome)


def test_the_reasons_can_be_read():
    assert all(row.text and row.patterns for row in read_reasons().rows)


@cache
def equivalent():
    """The ids of the mutants of dify and coze that keep every promise."""
    return {
        mutant.id
        for server in ("dify", "coze")
        for mutant in effective(
            reader_of(server), learned_of(server), candidates(server, reader_of(server), learned_of(server))
        )
        if mutant.equivalent
    }


@cache
def learned_of(server):
    return clean().learned if server == "dify" else clean_run(server).learned


@pytest.mark.parametrize(
    ("mutant", "is_equivalent"),
    [
        ("coze rename.refusal /msg cut", True),  # the contract types it, and nothing determines it
        ("coze rename.success /detail/logid recase", True),
        ("dify rename.success /updated_at later", True),  # the time of the last change
        ("coze rename.success /detail/logid remove", False),  # the example of a success shows it
        ("coze rename.refusal /detail remove", True),  # no example of a refusal shows it, and nothing requires it
        ("dify rename.refusal /code misspell", False),  # the document requires it
        ("coze rename.success /detail/logid null", False),  # the document says text
        ("coze rename.success /code later", False),  # another outcome
        ("coze rename.success /data swap", False),  # a conversation, which a read determines
        ("dify rename.success /name cut", False),
        ("dify rename.success /created_at later", False),
        ("dify rename.refusal /code cut", False),  # the document says which
    ],
)
def test_what_is_equivalent_follows_from_the_contract(mutant, is_equivalent):
    assert (mutant in equivalent()) is is_equivalent


def test_what_a_page_leaves_open_is_named_by_a_may(tmp_path):
    path = tmp_path / "reasons.yaml"
    row = "reasons: [{{mutants: ['*'], reason: so, left_open_by: [{}]}}]\nlenient: {{}}\n"
    path.write_text(row.format("dify.rename.long-name"))
    assert read_reasons(path).rows[0].equivalent
    path.write_text(row.format("dify.rename.name-persists"))
    with pytest.raises(KeyError, match="is no MAY"):
        read_reasons(path)


def test_a_run_goes_on_where_one_of_the_same_code_was_cut_off(tmp_path):
    result = Result("dify b", "dify", "null", promised=True, fate=Fate.MUST, by=("dify.rename.name-persists",))
    path = tmp_path / "results.jsonl"
    Results(path, resume=False).add(result)
    assert Results(path, resume=True).known == {"dify b": result}
    path.write_text(path.read_text().replace('"code": "', '"code": "other'))
    assert Results(path, resume=True).known == {}
    Results(path, resume=False).add(result)
    assert Results(path, resume=False).known == {}


def test_the_clock_of_a_served_emulator_moves_by_a_second_at_each_look():
    emulator = EMULATORS["dify"]()
    with serving(emulator, reader_of("dify"), Unchanged()):
        first, second = emulator.clock(), emulator.clock()
    assert second - first == 1
    assert first == int(first)


DYING = "__import__('os')._exit(3)"


def test_a_process_that_dies_or_fails_costs_its_task_alone():
    tasks = ["1 + 1", DYING, "2 + 2", "1 / 0"]
    found = results_of(eval, tasks, jobs=1, until=math.inf, patience=math.inf)
    lost = Lost("its process ended"), Lost("ZeroDivisionError: division by zero")
    assert list(found) == [("1 + 1", 2), (DYING, lost[0]), ("2 + 2", 4), ("1 / 0", lost[1])]


def test_a_task_that_hangs_is_ended():
    found = results_of(time.sleep, [1_000_000], jobs=1, until=math.inf, patience=0)
    assert list(found) == [(1_000_000, Lost("no result within 0 seconds"))]


def test_no_task_is_begun_when_the_time_is_over():
    assert list(results_of(time.sleep, [1_000_000], jobs=2, until=time.monotonic(), patience=math.inf)) == []


STRATA = {
    **{f"dify {number}": ("dify", "null", True) for number in range(40)},
    **{f"coze {number}": ("coze", "null", True) for number in range(3)},
}


def test_a_sample_has_so_many_of_each_stratum_and_is_always_the_same():
    chosen = sampled(STRATA, 5, 1)
    assert [STRATA[each][0] for each in chosen] == ["dify"] * 5 + ["coze"] * 3
    assert set(chosen) == set(sampled(dict(reversed(STRATA.items())), 5, 1))
    assert set(chosen) != set(sampled(STRATA, 5, 2))


def _of_strata(killed):
    fates = {"dify": Fate.SURVIVED, "coze": Fate.MUST}
    return [
        Result(each, each[:4], "null", promised=True, fate=Fate.MUST if killed else fates[each[:4]])
        for each in sampled(STRATA, 3, 1)
    ]


def test_what_was_judged_of_a_stratum_stands_for_all_of_it():
    outcome = Outcome(_of_strata(killed=False), [], Reasons([], {}), strata=STRATA)
    assert estimate(outcome) == pytest.approx(3 / 43)
    assert "6 of 43 mutants, in 2 minutes. 6 of the 43 that change a promise" in scope(outcome, Spent(2))
    assert estimate(Outcome(_of_strata(killed=True), [], Reasons([], {}), strata={})) is None
