"""What a run leaves behind: seen to be back, told where it is not, refused where it could not be, and never overwritten."""

from __future__ import annotations

import html
import json
import time
from pathlib import Path

import pytest
from starlette.responses import JSONResponse, Response

from driftgate.cases import generate
from driftgate.emulator import EMULATORS
from driftgate.emulator.as_built import PRODUCTS, product
from driftgate.emulator.base import Refused
from tests.ends import DISK, KINDS, RECORD_DISK, RESTORING, End, marks, state, what_is_left
from tests.harness import run_main
from tests.kills import later, names
from tests.sample import sample
from tests.test_restore import FEW, VENDORS, Case, altered

PLANNED = "Plan a weekend trip"
SERVERS = [(vendor, edition) for vendor in VENDORS for edition in (None, *PRODUCTS[vendor])]


def _server(vendor, edition):
    """The class of a server, conforming or as built."""
    return product(vendor, edition) if edition else EMULATORS[vendor]


def _lower(vendor, edition=None):
    """A server, conforming or as built, that stores names in lower case from the first rename on."""

    class Lower(_server(vendor, edition)):
        def store_name(self, conversation, name):
            super().store_name(conversation, name.lower())

    return Lower()


def _case(folder, emulator, name=None):
    case = Case(folder, emulator)
    if name is not None:
        case.lent[0].name = name
    case.before = names(case.emulator)
    return case


@pytest.fixture
def made():
    """Cases that are stopped at the end."""
    cases = []

    def make(*given):
        cases.append(_case(*given))
        return cases[-1]

    yield make
    for case in cases:
        case.running.stop()


# restored means seen to be restored


@pytest.mark.parametrize(("vendor", "edition"), SERVERS)
@pytest.mark.parametrize("end", ["normal", "few"])
def test_a_name_that_comes_back_otherwise_is_told_and_its_journal_stays(made, tmp_path, vendor, edition, end):
    case = made(tmp_path, _lower(vendor, edition), PLANNED)
    del case.lent[2:]
    code, output = case.judge(*case.options, *(FEW if end == "few" else ()))
    assert case.lent[0].name == PLANNED.lower()
    assert code in (1, 6), output
    assert f'its name "{PLANNED}" could not be restored: ' in output
    assert f'its name is now "{PLANNED.lower()}"' in output
    assert f"driftgate restore {case.path}" in output
    code, output = case.restore()
    assert code == 6
    assert f'its name is now "{PLANNED.lower()}"' in output
    case.lent[0].name = PLANNED
    assert case.restore()[0] == 0
    assert case.restore() == (0, f"{case.path}: nothing is left to restore\n")


@pytest.mark.parametrize(("vendor", "edition"), sample(SERVERS, lambda vendor, edition: edition is None))
def test_a_name_that_a_server_escapes_is_given_back_unescaped(made, tmp_path, vendor, edition):
    class Escaping(_server(vendor, edition)):
        def store_name(self, conversation, name):
            super().store_name(conversation, html.escape(name))

    case = made(tmp_path, Escaping(), "Tom &amp; Jerry")
    code, output = case.judge(*case.options)
    assert names(case.emulator) == case.before, output
    assert "could not be restored" not in output
    assert not case.path.exists()
    other = made(tmp_path, Escaping(), "Tom & Jerry")
    code, output = other.judge(*other.options)
    assert code in (1, 6)
    assert 'its name is now "Tom &amp; Jerry"' in output
    assert other.path.exists()


def test_another_member_gives_a_name_back_where_the_plain_one_does_not(made, tmp_path):
    class Losing(EMULATORS["nuwax"]):
        def store_name(self, conversation, name):
            super().store_name(conversation, name.lower() if self.by_topic else name)

        def chosen_name(self, body, conversation):
            self.by_topic = "topic" in body
            return super().chosen_name(body, conversation)

    case = made(tmp_path, Losing(), PLANNED)
    _, output = case.judge(*case.options, *FEW, "--max-requests=60")
    assert names(case.emulator) == case.before, output
    assert not case.path.exists()


def test_a_rename_back_that_fails_once_is_tried_again(made, tmp_path):
    class Failing(EMULATORS["coze"]):
        failed = False

        async def rename(self, request):
            if json.loads(await request.body() or b"{}").get("name") == PLANNED and not self.failed:
                self.failed = True
                return JSONResponse({"code": 5000, "msg": "try again"}, status_code=500)
            return await super().rename(request)

    case = made(tmp_path, Failing(), PLANNED)
    _, output = case.judge(*case.options, *FEW)
    assert case.emulator.failed
    assert names(case.emulator) == case.before, output
    assert not case.path.exists()


def test_an_answer_that_shows_another_name_does_not_hide_what_a_read_shows(made, tmp_path):
    class Showing(EMULATORS["coze"]):
        def renamed(self, conversation, name):
            return {**super().renamed(conversation, name), "name": "something else"}

    case = made(tmp_path, Showing(), PLANNED)
    _, output = case.judge(*case.options, *FEW)
    assert names(case.emulator) == case.before
    assert "could not be restored" not in output


# known before the first rename

LOSSES = [
    ("coze", "studio", {"name": ""}, (), "has no name"),
    ("coze", "studio", {"name": "  "}, (), "has no name"),
    ("nuwax", "3.0", {"updated": 0}, (), "has a default topic, which nobody has set"),
    ("nuwax", "3.0", {"name": '"Weather"'}, (), "has a topic that begins with a double quote"),
    ("nuwax", "3.0", {"icon": "star.svg"}, (), "has an icon, which a generated title replaces"),
]


@pytest.mark.parametrize(("vendor", "edition", "state", "options", "words"), LOSSES)
def test_a_conversation_that_cannot_be_given_back_is_refused(made, tmp_path, vendor, edition, state, options, words):
    case = made(tmp_path, product(vendor, edition)())
    del case.lent[2:]
    _put(case.lent[0], state)
    case.before = names(case.emulator)
    renames = _watch_renames(case)
    code, output = case.judge(*case.options, *options)
    assert (code, renames) == (6, []), output
    assert f"conversation {case.lent[0].id} {words}" in output
    assert "--conversation OTHER" in output
    assert "--accept-loss" in output
    assert names(case.emulator) == case.before
    assert not case.path.exists()
    code, output = case.judge(*case.options, *options, "--accept-loss", "--max-requests=100")
    assert renames
    assert code in (0, 1), output
    assert not case.path.exists()
    told = "(--accept-loss)" in output
    assert told or case.lent[0].name == case.before[case.lent[0].id], output
    assert case.judge("--profile=smoke", *options)[0] in (0, 1)


def _put(conversation, state):
    for key, value in state.items():
        if key == "name":
            conversation.name = value
        else:
            conversation.more[key] = value


def _watch_renames(case):
    stored = []
    store = case.emulator.store_name

    def watching(conversation, name):
        stored.append(name)
        store(conversation, name)

    case.emulator.store_name = watching
    return stored


def test_an_icon_is_safe_where_no_title_is_generated(made, tmp_path):
    case = made(tmp_path, product("nuwax", "3.0")())
    case.lent[0].more["icon"] = "star.svg"
    given = ["run", "--vendor=nuwax", f"--base-url={case.running.base_url}", f"--report-dir={tmp_path}"]
    code, output = run_main([*given, *case.options[:1]], key=case.running.api_key)
    assert code in (0, 1), output
    assert names(case.emulator) == case.before
    assert case.lent[0].more["icon"] == "star.svg"


# exit 0 means nothing is left


@pytest.mark.parametrize(("vendor", "lent"), sample([(v, b) for v in VENDORS for b in (True, False)], lambda v, b: b))
def test_what_is_left_changed_ends_with_6_and_the_command_that_restores_it(made, tmp_path, vendor, lent):
    class Down(EMULATORS[vendor]):
        down = False

        def refusing(self):
            return Response(status_code=503)

        async def delete(self, request):
            return self.refusing() if self.down else await super().delete(request)

        async def rename(self, request):
            body = await request.body()
            return self.refusing() if self.down and b"uestion 1" in body else await super().rename(request)

    name = "An earlier question 1"
    case = made(tmp_path, Down(), name)
    case.emulator.down = True
    code, output = case.judge(*(case.options if lent else ()), "--max-wait=0")
    assert code == 6, output
    assert f"driftgate restore {case.path}  restores the rest" in output
    assert "inconclusive" in output
    assert '"exit": 6' in (tmp_path / f"{vendor}.jsonl").read_text().splitlines()[-1]
    case.emulator.down = False
    assert case.restore()[0] == 0
    assert names(case.emulator) == case.before


def test_a_violation_stays_1_where_something_is_left(made, tmp_path):
    case = made(tmp_path, _lower("coze"), PLANNED)
    code, output = case.judge(*case.options)
    assert code == 1
    assert "could not be restored" in output


def test_what_is_left_changed_is_6_with_a_baseline_too(made, tmp_path):
    case = made(tmp_path, _lower("coze"), PLANNED)
    case.judge(*case.options, f"--report-dir={tmp_path}/before")
    case.lent[0].name = PLANNED
    code, output = case.judge(*case.options, f"--baseline={tmp_path}/before")
    assert code == 6, output


# creations that nobody knows of


def _created_and_lost(case, made, at):
    """A conversation that the target made, and whose creation was cut off before its answer."""
    case.cut_off(("create", {"name": "driftgate 0000abcd", "at": at}))
    first = case.lent[0]
    if case.emulator.vendor == "coze":
        lost = case.emulator._start(first.owner, "driftgate 0000abcd", made, str(case.emulator.params["bot_id"]))
        lost.more["meta_data"] = dict(made)
        return lost
    return case.emulator.make(first.owner, "driftgate 0000abcd", **first.more)


def test_a_creation_without_an_answer_is_found_by_its_mark_where_the_name_is_dropped(made, tmp_path):
    case = made(tmp_path, product("coze", "studio")())
    lost = _created_and_lost(case, {"made_by": "driftgate", "run": "driftgate 0000abcd"}, int(time.time()))
    assert lost.name == ""
    code, output = case.restore()
    assert code == 0, output
    assert "deleted" in lost.more


@pytest.mark.parametrize(("vendor", "member"), [("dify", "inputs"), ("coze", "meta_data")])
def test_a_creation_without_an_answer_is_found_by_any_member_that_holds_its_mark(made, tmp_path, vendor, member):
    case = made(tmp_path, EMULATORS[vendor]())
    case.cut_off(("create", {"name": "driftgate 0000abcd", "at": int(time.time())}))
    first = case.lent[0]
    lost, other = (
        case.emulator.make(first.owner, "Untitled", **{**first.more, member: {"run": mark}})
        for mark in ("driftgate 0000abcd", "driftgate 0000abce")
    )
    code, output = case.restore()
    assert code == 0, output
    assert lost.id not in case.emulator.conversations
    assert other.id in case.emulator.conversations


def test_a_killed_creation_on_coze_studio_leaves_nothing(made, tmp_path):
    case = made(tmp_path, product("coze", "studio")())
    case.hook = lambda number, kind: kind == "carried out" and number == 1
    code, output = case.judge("--max-wait=0")
    assert code == 1, output  # it is found by its mark, and the run goes on
    assert {key for key, each in case.emulator.conversations.items() if "deleted" not in each.more} == set(case.before)
    assert not case.path.exists()


def test_a_creation_without_any_mark_cannot_be_told(made, tmp_path):
    case = made(tmp_path, product("coze", "studio")())
    lost = _created_and_lost(case, {}, int(time.time()))
    for each in case.lent:
        each.created = 1_700_000_000.0
    with later():
        code, output = case.restore()
    assert code == 6
    assert "it cannot be told, as the target keeps no mark of it: look for one made at 20" in output
    assert lost.id in output
    assert not any(each.id in output for each in case.lent)
    assert "deleted" not in lost.more
    case.emulator.conversations.pop(lost.id)
    with later():
        code, output = case.restore()
    assert code == 0
    assert "no conversation named 'driftgate 0000abcd' was created" in output


def test_a_creation_is_sought_until_the_list_ends(made, tmp_path):
    case = made(tmp_path, EMULATORS["coze"]())
    lost = _created_and_lost(case, {}, int(time.time()) - 3600)
    for number in range(1500):
        each = case.emulator._start(lost.owner, f"another {number}", {}, str(case.emulator.params["bot_id"]))
        each.created = each.updated = time.time() + 10
    lost.created = lost.updated = time.time() - 3600
    assert case.restore()[0] == 0
    assert lost.id not in case.emulator.conversations
    assert len(case.emulator.conversations) == 1502


_CREATES = {"coze": "create", "dify": "chat", "nuwax": "add"}


def _refusing_creations(vendor, edition, status):
    """A server, conforming or as built, that carries creations out and says that it does not."""
    server = _server(vendor, edition)
    create = getattr(server, _CREATES[vendor])

    async def lying(self, request):
        await create(self, request)
        return JSONResponse({"code": 4020, "msg": "later"}, status_code=status, headers={"Location": "/"})

    return type("Lying", (server,), {_CREATES[vendor]: lying})()


@pytest.mark.parametrize(
    ("vendor", "edition", "status"),
    sample(
        [(*server, status) for server in SERVERS for status in (302, 401, 429)],
        lambda vendor, edition, status: (vendor, edition, status if vendor == "coze" else None),
    ),
)
def test_a_creation_that_was_refused_though_carried_out_is_looked_for(made, tmp_path, vendor, edition, status):
    case = made(tmp_path, _refusing_creations(vendor, edition, status))
    code, output = case.judge("--max-wait=0")
    assert code == 6, output
    assert set(state(case.emulator)) == set(case.before)
    assert not case.path.exists()


def test_a_refused_creation_that_cannot_be_looked_for_is_told_as_unknown(made, tmp_path):
    class Unlisted(EMULATORS["coze"]):
        async def list(self, request):
            return JSONResponse({"code": 5000, "msg": "later"}, status_code=500)

    case = made(tmp_path, Unlisted())
    name = "driftgate 0000abcd"
    case.cut_off(("create", {"name": name, "at": int(time.time())}), ("create-refused", {"name": name}))
    code, output = case.restore("--max-wait=0")
    assert code == 0, output
    assert f"refused to create a conversation named {name!r}, and it could not be looked for" in output


# names that somebody else gave


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_name_given_in_mid_run_is_not_overwritten(made, tmp_path, vendor):
    case = made(tmp_path, EMULATORS[vendor]())
    last = []
    case.hook = lambda number, kind: last.append(number)
    case.judge(*case.options)
    begun = max(last)
    case.hook = lambda number, kind: None
    total = 2 * begun

    def hook(number, kind):
        # the last request before the teardown, which reads, renames and reads
        if kind == "carried out" and number == total - (3 if vendor == "dify" else 4):
            case.lent[0].name = "Budget talks"
        return False

    case.hook = hook
    code, output = case.judge(*case.options)
    assert case.lent[0].name == "Budget talks", output
    assert code in (1, 6)
    assert 'somebody else has named it "Budget talks" since' in output
    assert case.path.exists()
    assert case.restore()[0] == 6
    assert case.restore("--force")[0] == 0
    assert names(case.emulator) == case.before


def test_a_name_given_between_a_rename_and_its_read_is_shown_by_a_finding(made, tmp_path):
    """As docs/leave-no-trace.md says: it cannot be told from one that the server made of the run's."""
    case = made(tmp_path, EMULATORS["coze"]())
    renames = _watch_renames(case)
    given = []

    def hook(number, kind):
        if kind == "carried out" and renames and case.lent[0].name == renames[-1] and not given:
            given.append(case.lent[0].name)
            case.lent[0].name = "Budget talks"
        return False

    case.hook = hook
    code, output = case.judge(*case.options, "-k", "name-persists")
    assert given
    assert code == 1, output
    assert 'actual     "Budget talks"' in output
    assert names(case.emulator) == case.before


def test_a_bystander_that_somebody_else_names_is_left_alone(made, tmp_path):
    case = made(tmp_path, EMULATORS["coze"]())

    def hook(number, kind):
        if number == 30:
            case.lent[1].name = "Budget talks"
        return False

    case.hook = hook
    code, output = case.judge(*case.options)
    assert case.lent[1].name == "Budget talks"
    assert code in (1, 6)
    assert f"conversation {case.lent[1].id}" in output
    assert 'somebody else has named it "Budget talks" since' in output


# two runs on one conversation


@pytest.mark.parametrize(("vendor", "edition"), sample(SERVERS, lambda vendor, edition: edition is None))
def test_a_second_run_sees_the_mark_of_the_first_and_refuses(made, tmp_path, vendor, edition):
    case = made(tmp_path, _server(vendor, edition)())
    seen = []

    def hook(number, kind):
        seen.append(case.lent[0].name)
        return False

    case.hook = hook
    case.judge(*case.options)
    names_of_the_first = [name for name in seen if generate.is_given_by_a_run(name)]
    assert names_of_the_first
    case.lent[0].name = names_of_the_first[-1]
    renames = _watch_renames(case)
    code, output = case.judge(*case.options, f"--report-dir={tmp_path}/other")
    assert (code, renames) == (6, [])
    assert "of another run, which uses it or did not restore it" in output


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("driftgate 1234abcd", True),
        ("driftgate 1234abcd and some words more, to be kept whole", True),
        (generate.long_name("ASCII", 100), True),
        (generate.long_name("CJK", 101), True),
        (generate.long_name("astral", 100), True),
        (generate.combined(list(generate.INGREDIENTS)[:6]), True),
        ("driftgate", False),
        ("Trying driftgate out", False),
        ("会话名称", False),
        ("a|b", False),
        (PLANNED, False),
    ],
)
def test_names_of_runs_are_known_from_those_of_people(name, given):
    assert generate.is_given_by_a_run(name) is given


# a journal and its target


def test_the_key_goes_to_no_other_server_than_the_journal_was_made_for(made, tmp_path):
    case = made(tmp_path, EMULATORS["coze"]())
    other = made(tmp_path, EMULATORS["coze"]())
    case.renamed()
    case.path.write_bytes(altered(case.path, (case.running.base_url, other.running.base_url)))
    code, output = case.restore()
    assert (code, other.requests) == (4, 0)
    assert "was not made with this key" in output
    code, output = case.restore(f"--base-url={case.running.base_url}")
    assert code == 0, output
    assert other.requests == 0
    assert names(case.emulator) == case.before


def test_a_server_that_moved_is_confirmed(made, tmp_path):
    case = made(tmp_path, EMULATORS["coze"]())
    case.renamed()
    moved = made(tmp_path, case.emulator)
    code, output = case.restore(f"--base-url={moved.running.base_url}")
    assert code == 0, output
    assert case.requests == 0
    assert case.lent[0].name == "Conversation 1"


@pytest.mark.parametrize("at", sample(range(12), lambda at: min(at, 3)))
def test_a_changed_byte_is_refused(made, tmp_path, at):
    case = made(tmp_path, EMULATORS["coze"]())
    case.renamed()
    case.go_on(("created", {"name": "x", "conversation": case.lent[1].id}))
    raw = bytearray(case.path.read_bytes().rstrip(b" "))
    spot = len(raw) * (2 * at + 1) // 24
    raw[spot] = ord("7") if raw[spot] != ord("7") else ord("8")
    case.path.write_bytes(raw)
    code, output = case.restore()
    assert (code, case.requests) == (4, 0), (spot, output)
    assert output.count("\n") == 1


def test_a_line_that_is_missing_is_refused(made, tmp_path):
    case = made(tmp_path, EMULATORS["coze"]())
    case.renamed()
    case.go_on(("created", {"name": "x", "conversation": "1"}), ("deleted", {"conversation": "1"}))
    lines = case.path.read_bytes().rstrip(b" ").splitlines(keepends=True)
    case.path.write_bytes(b"".join([*lines[:-2], lines[-1]]))
    code, output = case.restore()
    assert (code, case.requests) == (4, 0)
    assert "is damaged" in output


def test_a_journal_of_another_base_url_blocks_no_run(made, tmp_path):
    case = made(tmp_path, EMULATORS["coze"]())
    other = made(tmp_path, EMULATORS["coze"]())
    case.renamed()
    kept = case.path.read_bytes()
    code, output = other.judge("--profile=smoke")
    assert code == 0, output
    assert case.path.read_bytes() == kept
    other.emulator.remove = lambda conversation: None
    other.hook = lambda number, kind: number > 40
    code, _ = other.judge("--max-wait=0")
    second = tmp_path / "coze.2.journal"
    assert (code, second.exists()) == (6, True)
    assert case.path.read_bytes() == kept
    other.hook = lambda number, kind: False
    for each in (case, other):
        code, output = each.judge("--profile=smoke")
        assert code == 4
        assert "restore it first" in output
    assert case.restore()[0] == 0
    assert other.judge("--profile=smoke")[0] == 4  # it is still there under the other name
    assert Path(second).exists()


def test_a_name_that_is_refused_is_told_with_what_it_is_now(made, tmp_path):
    class Strict(EMULATORS["coze"]):
        strict = False

        def store_name(self, conversation, name):
            if self.strict and name == PLANNED:
                raise Refused("invalid", "the name is not allowed any more")
            self.strict = True
            super().store_name(conversation, name)

    case = made(tmp_path, Strict(), PLANNED)
    code, output = case.judge(*case.options, *FEW)
    assert code == 6, output
    assert 'its name is now "' in output
    assert case.path.exists()


# every kind of end

_ENDS = [
    End(kind, vendor, lent, number)
    for kind in KINDS
    for vendor in VENDORS
    for lent in (True, False)
    for number in ((0,) if kind == RESTORING else (2, 6, 9) if kind in (DISK, RECORD_DISK) else (2, 15))
]


@pytest.mark.parametrize(
    "end", sample(_ENDS, lambda end: end.kind, lambda end: f"{end.kind}-{end.column}-{end.number}")
)
def test_an_end_leaves_all_as_before_or_a_journal_that_tells_and_restores_it(end):
    left = what_is_left(end)
    assert left.gap == ""
    assert left.clean or left.exit != 0


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_page_tells_of_every_kind_of_end(vendor):
    begin, end = marks(vendor)
    found = (Path(__file__).parent.parent / "docs/leave-no-trace.md").read_text().partition(begin)[2].partition(end)[0]
    header, _, *rows = [line.strip("| ").split(" | ") for line in found.splitlines() if line.startswith("| ")]
    servers = [vendor, *(f"{vendor} {edition}" for edition in PRODUCTS[vendor])]
    assert sorted(header[1:]) == sorted(f"{server}, {whose}" for server in servers for whose in ("lent", "made"))
    assert [row[0] for row in rows] == list(KINDS)
    assert "**not**" not in found
    assert "–" not in found
