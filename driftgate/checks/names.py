"""The names that must hold for any rename: which of them a requirement needs, before others are looked for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from driftgate.cases import generate
from driftgate.checks import limits
from driftgate.contract import Contract, Profile, Requirement
from driftgate.session.plan import Question, Rank

if TYPE_CHECKING:
    from driftgate.session.session import Session


# How many more names localising and shrinking may try. An emulator's requests cost nothing.
MORE_TRIES = {True: 40, False: 5}


def questions(session: Session, requirement: Requirement) -> list[Question]:
    """The names that a requirement needs, with the read after each rename; others follow where the plan allows it.

    A combined name that comes back damaged is then looked into, which other requirements must leave requests for.
    """
    template, asked = requirement.detail.get("body"), []
    for _, name in needed(session, requirement):
        body = session.body(template, name)
        asked.append(session.question(body, read=True))
        if requirement.detail.get("names", "every") == "every":
            cost = 2 * (1 + MORE_TRIES[session.free])
            whole = partial(session.is_whole, body, name)
            asked.append(Question(("smaller", name), cost, Rank.SMALLER, answered=whole))
    further = single(session, requirement)
    return [*asked, *(session.question(session.body(template, name), Rank.NAME) for _, name in further)]


def needed(session: Session, requirement: Requirement) -> list[tuple[str, str]]:
    """The one name that a requirement is about, or the combined names that stand for all kinds; each with a label."""
    which = requirement.detail.get("names", "every")
    if which != "every":
        examples = session.example_names(requirement.detail.get("body"))
        name = examples[0] if which == "example" and examples else _plain(session, requirement)
        return [(f"{which} name", name)]
    groups = packed(longest_name(session.contract))
    return [("many kinds of characters in one name", generate.combined(labels)) for labels in groups]


def single(session: Session, requirement: Requirement) -> list[tuple[str, str]]:
    """The further names, which are tried one by one, each with a label; those that a page shows first."""
    if requirement.detail.get("names", "every") != "every":
        return []
    examples = session.example_names(requirement.detail.get("body"))
    found = [("the name in the page's example", name) for name in examples]
    if session.profile >= Profile.STANDARD:
        longest = longest_name(session.contract)
        found += generate.SPECIAL
        found.append((f"{longest} ASCII characters", generate.long_name("ASCII", longest, session.seed)))
    return found


def _plain(session: Session, requirement: Requirement) -> str:
    """A name of plain words, longer than servers cut names to where they do."""
    return f"{session.plain_name(requirement.id)} and some words more, to be kept whole"


def longest_name(contract: Contract) -> int:
    """The length, in UTF-16 units, up to which any name is surely allowed."""
    return min(generate.USUAL_LENGTH, limits.shortest(contract) or generate.USUAL_LENGTH)


def packed(longest: int) -> list[list[str]]:
    """All ingredients in as few combined names as the length allows; what is too long by itself is left out."""
    groups: list[list[str]] = []
    for label in generate.INGREDIENTS:
        if groups and generate.units(generate.combined([*groups[-1], label])) <= longest:
            groups[-1].append(label)
        elif generate.units(generate.combined([label])) <= longest:
            groups.append([label])
    return groups
