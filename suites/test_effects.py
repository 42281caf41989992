"""What a rename does: it is answered, it lasts, it can be repeated, and it changes nothing else."""

from driftgate.checks import echoes, keeps, repeats, rereads
from driftgate.pytest_plugin.suite import every_name, requirement


@requirement.each("echoes")
@every_name
def test_the_answer_carries_the_name_that_was_sent(target, requirement, expect, name):
    trial = target.rename(target.body(requirement.detail.get("body"), name), name)
    echoes.answer_shows(expect, trial.answer, name)
    if "body" in requirement.detail:  # another way of naming, which no other requirement reads back
        expect.kept_name(trial, name)


@requirement.each("persists")
@every_name
def test_a_later_read_shows_the_name_that_was_sent(target, requirement, expect, name):
    trial = target.rename(target.body(requirement.detail.get("body"), name), name)
    expect.kept_name(trial, name)


@requirement.each("rereads")
def test_reading_a_conversation_changes_nothing(target, requirement, expect):
    before, after = target.read_twice()
    rereads.same_in_both(expect, before, after, requirement.detail["members"])


@requirement.each("repeats")
def test_a_name_that_is_in_use_can_be_given(target, requirement, expect):
    name = repeats.name_in_use(target, requirement)
    trial = target.rename(target.body(None, name), name, repeat=True)
    expect.kept_name(trial, name)


@requirement.each("keeps")
def test_a_rename_leaves_everything_else_as_it_was(target, requirement, expect):
    trial = target.last_rename()
    members = requirement.detail.get("members", ())
    keeps.same_in_answer(expect, target.original, trial.answer, members)
    keeps.same_in_read(expect, target.original, trial.later, members)
    for before, after in keeps.bystanders(target, requirement):
        keeps.same_in_read(expect, before, after, requirement.detail["others"])
