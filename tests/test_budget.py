"""The budget of requests lasts on every server: what does not fit is asked with less detail, and that is said."""

from __future__ import annotations

from itertools import product

import pytest

from driftgate.checks.survives import ONE_BY_ONE
from driftgate.contract import load_contract
from driftgate.http.client import Budget
from driftgate.session.plan import Plan, Question, Rank
from tests.harness import judge
from tests.sample import sample
from tests.servers import AS_BUILT, NAMES, judge_server, vendor_of

BOUNDS = {"smoke": 20, "standard": 60}


def _runs():
    """Every server, with conversations lent and made, with and without what costs money, where a run can begin."""
    for name, lent, cost, profile in product(NAMES, (False, True), (True, False), BOUNDS):
        create = load_contract(vendor_of(name)).create
        if lent or cost or not (create and create.costs):
            yield name, lent, cost, profile


@pytest.mark.parametrize(
    ("name", "lent", "cost", "profile"), sample(_runs(), lambda name, lent, cost, profile: (name, profile))
)
def test_a_profile_keeps_its_budget_and_leaves_nothing_open(name, lent, cost, profile):
    judged = judge_server(name, waived=name in AS_BUILT, lent=lent, cost=cost, options=[f"--profile={profile}"])
    footer = judged.rows[-1]
    assert judged.requests <= BOUNDS[profile]
    assert set(judged.verdicts.values()) <= {"pass", "fail", "none"}, judged.output
    assert footer["not_restored"] == []
    # in smoke, the very case of a waiver may not be asked
    stale = profile == "smoke" and all("is stale" in problem for problem in footer["waiver_problems"])
    assert judged.exit == 0 or (footer["waiver_problems"] and stale), judged.output


@pytest.mark.parametrize("name", sorted({vendor_of(name) for name in NAMES}))
@pytest.mark.parametrize("profile", BOUNDS)
def test_on_a_conforming_server_only_what_is_worth_least_may_be_left_out(name, profile):
    judged = judge_server(name, options=[f"--profile={profile}"])
    left_out = {each for row in judged.of("verdict") for each in row["left_out"]}
    assert left_out <= {"a generated name", ONE_BY_ONE}


def test_what_is_left_out_is_in_the_record_and_in_the_terminal():
    judged = judge_server("coze-studio", waived=True, options=["--profile=smoke"])
    left_out = {row["requirement"]: row["left_out"] for row in judged.of("verdict") if row["left_out"]}
    assert "100 CJK characters" in left_out["coze.rename.name-at-most-100"]
    (line,) = [line for line in judged.output.splitlines() if "less detail" in line]
    assert line.startswith("asked with less detail within the budget of 20 requests: ")
    assert "rename.name-at-most-100 without 100 CJK characters" in line


@pytest.mark.parametrize(("most", "lasts"), [(25, False), (45, True), (50, True), (55, True)])
def test_with_fewer_requests_details_go_before_requirements(most, lasts):
    judged = judge("coze", [], [f"--max-requests={most}"])
    open_ = [each for each, verdict in judged.verdicts.items() if verdict == "inconclusive"]
    assert judged.requests <= most
    assert bool(open_) != lasts, open_
    assert judged.exit in (0, 6)


def test_a_budget_too_small_for_the_least_is_inconclusive():
    judged = judge("coze", [], ["--max-requests=12"])
    assert judged.exit == 6
    assert "the request budget of 12 is used up: raise --max-requests" in judged.output


def _plan(limit, *questions):
    plan = Plan(Budget(limit))
    plan.expect(dict(enumerate(questions)))
    return plan


def test_a_question_that_requirements_share_counts_once():
    shared = Question("a", 1), Question("a", 2)
    assert _plan(5, shared[:1], shared[1:]).allows(3, Rank.NAME)
    assert not _plan(5, shared[:1], shared[1:]).allows(4, Rank.NAME)


def test_a_question_leaves_enough_for_those_that_are_worth_more():
    plan = _plan(5, [Question("a", 2), Question("b", 2, Rank.CASE)])
    assert plan.allows(3, Rank.CASE)
    assert not plan.allows(2, Rank.NAME)
    plan.to_reproduce = lambda: 1
    assert plan.allows(3, Rank.CASE)
    assert not plan.allows(1, Rank.NAME)


def test_nothing_is_kept_for_what_is_answered_or_done():
    answered = Question("a", 2, answered=lambda: True)
    assert _plan(2, [answered]).allows(2, Rank.NAME)
    plan = _plan(2, [Question("a", 2)])
    assert not plan.allows(1, Rank.NAME)
    plan.done(0)
    assert plan.allows(2, Rank.NAME)


def test_what_the_teardown_needs_is_kept():
    plan = _plan(2)
    plan._budget.reserve = 1
    assert not plan.allows(2, Rank.GENERATED)


# what does not fit beside all that a product breaks: the reads and repetitions of its violations take the requests
LEFT_OUT_TYPES = {
    "dify-1.7": {"flag as user and object as auto_generate and flag as name", "number as user and object as name"},
    "dify-1.11": {"flag as user and object as auto_generate and flag as name", "number as user and object as name"},
    "dify-1.14": {"flag as user and object as auto_generate and flag as name", "number as user and object as name"},
}


@pytest.mark.parametrize("name", sorted(AS_BUILT))
def test_products_get_every_wrong_type_but_those_that_their_violations_leave_no_room_for(name):
    judged = judge_server(name, waived=True)
    (left_out,) = [row["left_out"] for row in judged.of("verdict") if row["requirement"].endswith("no-server-error")]
    assert {each for each in left_out if " as " in each} == LEFT_OUT_TYPES.get(name, set())


def test_where_no_read_is_left_the_answer_of_a_further_name_is_judged():
    judged = judge_server("nuwax-3.0", waived=True)
    left_out = {row["requirement"]: row["left_out"] for row in judged.of("verdict")}
    unread = set(left_out["nuwax.rename.topic-persists"]) - set(left_out["nuwax.rename.topic-echoed"])
    assert unread
    assert unread <= {"the word null", "a name in double quotes", "100 ASCII characters"}
