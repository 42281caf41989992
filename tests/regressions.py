"""What was injected into the real servers, injected into the editions that answer like them, and judged with --product.

Run it with ``python -m tests.regressions [PRODUCT …]``. It fails where a regression is not found. Without a product it
writes the table into docs/vendors.md.
"""

from __future__ import annotations

import html
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from driftgate.emulator.faults.effects import AnsweredButNotStored
from driftgate.emulator.override import Override
from tests.harness import Judged
from tests.servers import AS_BUILT, judge_server, product_of
from tests.vendors import PAGE

BEGIN, END = "<!-- begin of the regressions -->", "<!-- end of the regressions -->"
PROFILES = ("standard", "deep")


def renaming(change: Callable[[str], str]) -> type[Override]:
    """Stores and answers names changed."""

    class Renaming(Override):
        def store_name(self, conversation, name):
            super().store_name(conversation, change(name))

        def renamed(self, conversation, name):
            return super().renamed(conversation, change(name))

    return Renaming


def answering(**members: Callable[[object], object]) -> type[Override]:
    """Changes members of the conversation in the answer to a rename; None takes one out."""

    class Answering(Override):
        def renamed(self, conversation, name):
            shown = dict(super().renamed(conversation, name))
            for member, change in members.items():
                if change is None:
                    shown.pop(member)
                else:
                    shown[member] = change(shown[member])
            return shown

    return Answering


def enveloped(**members: object) -> type[Override]:
    """Changes members around the conversation in a success."""

    class Enveloped(Override):
        def success(self, data):
            return {**super().success(data), **members}

    return Enveloped


def with_status(status: int) -> type[Override]:
    class Status(Override):
        def rename_answer(self, body):
            return self.reply(status, body)

    return Status


class OwnerUnchecked(Override):
    """Lets every caller use every conversation."""

    def locate(self, caller, conversation_id, body):
        found = self.conversations.get(conversation_id)
        return found if found is not None else super().locate(caller, conversation_id, body)


class OwnerUncheckedOnRename(Override):
    """Lets every caller rename every conversation, and read only its own."""

    writes = False

    async def rename(self, request):
        self.writes = True
        try:
            return await super().rename(request)
        finally:
            self.writes = False

    def locate(self, caller, conversation_id, body):
        found = self.conversations.get(conversation_id) if self.writes else None
        return found if found is not None else super().locate(caller, conversation_id, body)


class AllRenamed(Override):
    """Renames all conversations of the owner."""

    def store_name(self, conversation, name):
        for each in list(self.conversations.values()):
            if each.owner == conversation.owner:
                super().store_name(each, name)


class DeletesNothing(Override):
    def remove(self, conversation):
        """Answers, and does nothing."""


class GenerateIgnored(Override):
    def generates(self, body):
        return False


class GenerateByDefault(Override):
    def generates(self, body):
        return bool(body.get("auto_generate", True))


class OtherAppLetIn(Override):
    def authorize(self, token):
        """Refuses nobody."""


class MissingNameClears(Override):
    def chosen_name(self, body, conversation):
        return super().chosen_name(body, conversation) if body.get("name") else ""


class MetaDataWiped(Override):
    def store_name(self, conversation, name):
        super().store_name(conversation, name)
        conversation.more["meta_data"] = None


class UnknownKeysAccepted(Override):
    def authenticate(self, token):
        known = token is None or token == self.other_api_key
        return super().authenticate(token if known else self.api_key)


class FirstMessageWins(Override):
    def chosen_name(self, body, conversation):
        return super().chosen_name(
            {key: body[key] for key in body if key != "topic" or not body.get("firstMessage")}, conversation
        )


def thousandfold(value: object) -> object:
    return value * 1000 if isinstance(value, int) else value


_LOWER, _TRIMMED = renaming(str.lower), renaming(str.strip)
_NO_ASTRAL = renaming(lambda name: "".join(each for each in name if ord(each) < 0x10000))


def cut(length: int) -> type[Override]:
    return renaming(lambda name: name[:length])


INJECTED: Mapping[str, Mapping[str, type[Override]]] = {
    "dify": {
        "name lower-cased": _LOWER,
        "auto_generate ignored": GenerateIgnored,
        "default of auto_generate true": GenerateByDefault,
        "owner unchecked": OwnerUnchecked,
        "answer without id": answering(id=None),
        "201": with_status(201),
        "cut at 100": cut(100),
        "not persisted": AnsweredButNotStored,
        "all conversations of the user renamed": AllRenamed,
        "HTML-escaped": renaming(html.escape),
        "other-app refusal gone": OtherAppLetIn,
        "trimmed": _TRIMMED,
        "created_at in milliseconds": answering(created_at=thousandfold),
        "deletion that does nothing": DeletesNothing,
    },
    "coze": {
        "cut at 50": cut(50),
        "cut at 100": cut(100),
        "lower-cased": _LOWER,
        "owner unchecked": OwnerUnchecked,
        "code 0 with HTTP 500": with_status(500),
        "id as number": answering(id=int),
        "all renamed": AllRenamed,
        "answered and not stored": AnsweredButNotStored,
        "created_at in milliseconds": answering(created_at=thousandfold),
        "msg on success": enveloped(msg="ok"),
        "section changed": answering(last_section_id=lambda value: f"{value}7"),
        "non-BMP dropped": _NO_ASTRAL,
        "a missing name clears": MissingNameClears,
        "meta_data wiped": MetaDataWiped,
        "deletion that does nothing": DeletesNothing,
        "trimmed": _TRIMMED,
    },
    "nuwax": {
        "cut at 20": cut(20),
        "lower-cased": _LOWER,
        "quotes stripped anywhere": renaming(lambda name: name.replace('"', "")),
        "success false with code 0000": enveloped(success=False),
        "UPDATE without id": answering(id=None),
        "unknown keys accepted": UnknownKeysAccepted,
        "owner unchecked (read and write)": OwnerUnchecked,
        "owner unchecked (write alone)": OwnerUncheckedOnRename,
        "firstMessage wins": FirstMessageWins,
        "trimmed": _TRIMMED,
    },
}


@dataclass(frozen=True)
class Found:
    """What a run says of a regression that it does not say without it: its exit code, requirements and rules."""

    edition: str
    regression: str
    exit: int
    profile: str
    told: tuple[str, ...]


def said(judged: Judged) -> set[str]:
    """What fails and is not waived, and what differs from the product beyond information."""
    failed = {row["requirement"] for row in judged.of("verdict") if row["verdict"] == "fail" and not row["waived"]}
    (footer,) = judged.of("footer")
    changes = {(each["rule"], each["location"]) for each in footer["product"]["changes"] if each["severity"] != "info"}
    return failed | {f"{rule} ({location})" for rule, location in changes}


def judged(edition: str, profile: str, overrides: Sequence[type[Override]] = ()) -> Judged:
    options = [f"--profile={profile}", *(["--max-requests=300"] if profile == "standard" else [])]
    return judge_server(edition, overrides, product=product_of(edition).address, options=options)


def find(edition: str, name: str, clean: dict[str, set[str]]) -> Found:
    """A regression in the edition, by the smallest profile that finds it. ``clean`` keeps what is said without one."""
    override = INJECTED[AS_BUILT[edition].vendor][name]
    for profile in PROFILES:
        if profile not in clean:
            clean[profile] = said(judged(edition, profile))
        result = judged(edition, profile, [override])
        told = said(result) - clean[profile]
        if told and result.exit in (1, 8):
            break
    return Found(edition, name, result.exit, profile, tuple(sorted(told)))


def table(found: Sequence[Found]) -> str:
    """The section of the page on vendors."""
    lines = [
        BEGIN,
        "",
        "## Regressions that are found",
        "",
        "Each of these was injected into the real servers and into the as-built editions. `--product` finds it by the requirements and "
        "rules named here, in the profile standard unless deep is named.",
        "",
        "| regression | edition | exit | found by |",
        "| --- | --- | --- | --- |",
    ]
    for each in found:
        deep = " (deep)" if each.profile == "deep" else ""
        told = ", ".join(f"`{one}`" for one in each.told[:3]) + (
            f" and {len(each.told) - 3} more" if len(each.told) > 3 else ""
        )
        lines.append(f"| {each.regression} | {each.edition} | {each.exit}{deep} | {told or 'nothing'} |")
    return "\n".join([*lines, "", END])


def main(asked: Sequence[str]) -> int:
    found = []
    for edition in asked or list(AS_BUILT):
        clean: dict[str, set[str]] = {}
        for name in INJECTED[AS_BUILT[edition].vendor]:
            each = find(edition, name, clean)
            found.append(each)
            told = ", ".join(each.told[:3]) or "NOT FOUND"
            print(f"{edition}: {name}: exit {each.exit}, {each.profile}: {told}", flush=True)
    missed = [each for each in found if not each.told or each.exit not in (1, 8)]
    print(f"{len(found) - len(missed)} of {len(found)} found")
    if not asked and not missed:
        text = PAGE.read_text(encoding="utf-8")
        head, begin, rest = text.partition(BEGIN)
        after = rest.partition(END)[2] if begin else ""
        PAGE.write_text(f"{head.rstrip()}\n\n{table(found)}{after or chr(10)}", encoding="utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
