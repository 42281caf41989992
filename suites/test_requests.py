"""What a request may hold and what it may not: accepted, refused, limited, ignored."""

from driftgate.checks import accepts, either_or, generates, ignores, limits, rejects
from driftgate.pytest_plugin.suite import requirement


@requirement.each("accepts")
def test_a_documented_request_is_accepted(target, requirement, expect):
    for case, body in accepts.bodies(target, requirement):
        with expect.about(case):
            accepts.is_accepted(expect, requirement, target.send(body))


@requirement.each("rejects")
def test_a_request_that_breaks_one_rule_is_refused_and_changes_nothing(target, requirement, expect):
    for case in rejects.cases(target, requirement):
        with expect.about(case.label):
            rejects.refused_for_its_fault(expect, target, requirement, case)
            expect.refused_and_kept(target.refused(case))


@requirement.each("limits")
def test_a_text_is_accepted_up_to_its_limit_and_refused_beyond(target, requirement, expect):
    for case, body, name in limits.bodies(target, requirement):
        with expect.about(case):
            trial = target.rename(body, name)
            limits.is_answered_whole(expect, trial.answer, name)
            expect.kept_name(trial, name)
    for case in limits.cases(target, requirement):
        with expect.about(case.label):
            expect.refused_and_kept(target.refused(case))


@requirement.each("either-or")
def test_at_least_one_of_several_fields_is_needed(target, requirement, expect):
    for case, body in either_or.bodies(target, requirement):
        with expect.about(case):
            expect.success(target.control(body))
    for case in either_or.cases(target, requirement):
        with expect.about(case.label):
            expect.refused_and_kept(target.refused(case))


@requirement.each("ignores")
def test_a_field_without_effect_is_ignored_whatever_it_holds(target, requirement, expect):
    for case, body, value in ignores.bodies(target, requirement):
        with expect.about(case):
            ignores.answer_shows_another_name(expect, target.send(body), value)
    ignores.read_shows_another_name(expect, target.read(), value)


@requirement.each("generates")
def test_a_generated_name_is_neither_empty_nor_blank(target, requirement, expect):
    exchange = target.send(target.body(requirement.detail["body"], ""))
    generates.answer_shows_a_name(expect, target, exchange)
    generates.read_shows_a_name(expect, target.current())
