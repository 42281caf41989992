"""Leave no trace: what a run changed is restored whatever becomes of the run, and nothing else is touched."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from itertools import pairwise, product
from pathlib import Path

import pytest
from starlette.responses import HTMLResponse, Response

from driftgate.base.secret import Secret
from driftgate.contract import load_contract
from driftgate.emulator import EMULATORS
from driftgate.emulator.base import Refused
from driftgate.http.client import Client
from driftgate.session import journal
from driftgate.target.model import Target
from tests.harness import live_options, run_main
from tests.kills import begin_run, gap, later, moments, names, watched
from tests.sample import sample

VENDORS = sorted(EMULATORS)
FEW = ("-k", "name-echoed or other-conversations-kept")


@pytest.mark.parametrize("number", sample(range(15), lambda number: min(number, 1)))
def test_a_killed_run_is_restored(number):
    assert gap(moments()[number]) == ""


class Case:
    """An emulator that is served, a folder for reports, and what can be done with them."""

    def __init__(self, folder: Path, emulator=None) -> None:
        self.folder = folder
        self.emulator = emulator or EMULATORS["coze"]()
        self.lent = self.emulator.ready_made()
        self.before = names(self.emulator)
        self.seen: list[tuple[int, str]] = []
        self.hook = lambda number, kind: False
        self.running = watched(self.emulator, self._hook)

    def _hook(self, number: int, kind: str) -> bool:
        self.seen.append((number, kind))
        return self.hook(number, kind)

    @property
    def requests(self) -> int:
        return sum(kind == "requested" for _, kind in self.seen)

    @property
    def options(self) -> list[str]:
        return [f"--conversation={each.id}" for each in self.lent]

    @property
    def path(self) -> Path:
        return self.folder / f"{self.emulator.vendor}.journal"

    def target(self, **more) -> Target:
        key = Secret("API_KEY", self.running.api_key)
        contract = load_contract(self.emulator.vendor)
        params = {name: value for name, value in self.running.params.items() if not name.startswith("other")}
        return Target(
            self.emulator.vendor, contract, self.running.base_url, key, params=params, key_from="--api-key", **more
        )

    def cut_off(self, *rows: tuple[str, dict]) -> None:
        """Leaves the journal of a run that was cut off after these lines."""
        written = journal.begin(self.path, self.target())
        for kind, row in rows:
            written.announce(kind, **row)
        written.close()

    def go_on(self, *rows: tuple[str, dict]) -> None:
        """Adds lines to the journal."""
        written = journal.resume(self.path)
        for kind, row in rows:
            written.announce(kind, **row)
        written.close()

    def renamed(self, name: str = "driftgate 12345678") -> None:
        """Leaves the journal of a run that was cut off after it renamed the first lent conversation."""
        first = self.lent[0]
        self.cut_off(
            ("lent", {"conversation": first.id, "name": first.name}),
            ("rename", {"conversation": first.id, "name": name}),
        )
        first.name = name

    def judge(self, *options: str, key: str | None = None) -> tuple[int, str]:
        place = [f"--vendor={self.emulator.vendor}", f"--base-url={self.running.base_url}"]
        given = ["run", *place, f"--report-dir={self.folder}", *live_options(self.running), *options]
        return run_main(given, key=key or self.running.api_key)

    def restore(self, *options: str, key: str | None = None) -> tuple[int, str]:
        return run_main(["restore", str(self.path), *options], key=key or self.running.api_key)

    def begin(self, *options: str):
        """A run in a process of its own, which leads a group."""
        return begin_run(self.emulator, self.running, self.folder, *options)

    def run_with_signals(self, *options: str, then: dict[int, list[int]]) -> tuple[int, str]:
        """A run in a process of its own that gets these signals at these requests."""
        processes = []

        def hook(number, kind):
            if kind == "requested":
                for each in then.get(number, ()):
                    processes[0].send_signal(each)
                    time.sleep(0.05)  # two signals that come at once may be handled in any order
            return False

        self.hook = hook
        processes.append(self.begin(*options))
        output = processes[0].communicate()[0]
        self.hook = lambda number, kind: False
        return processes[0].returncode, output


@pytest.fixture
def case(tmp_path):
    made = Case(tmp_path)
    yield made
    made.running.stop()


# signals


@pytest.mark.parametrize(
    ("number", "lent"),
    sample(product((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), (True, False)), lambda number, lent: number),
)
def test_a_run_that_gets_a_signal_restores_everything(case, number, lent):
    code, output = case.run_with_signals(*(case.options if lent else ()), then={20: [number]})
    assert code == 2, output
    assert names(case.emulator) == case.before
    assert not case.path.exists()
    assert "20 requests" not in output  # those of the teardown come on top
    assert case.requests < 26


def test_a_second_signal_during_teardown_changes_nothing(case):
    code, output = case.run_with_signals(*case.options, then={20: [signal.SIGINT], 21: [signal.SIGINT]})
    assert code == 2, output
    assert "restoring everything first; kill -9 stops that, and the journal stays" in output
    assert names(case.emulator) == case.before
    assert not case.path.exists()


def test_a_signal_during_a_request_that_hangs_waits_for_the_second_one(case):
    code, output = case.run_with_signals("--timeout=20", then={3: [signal.SIGTERM, signal.SIGTERM]})
    assert code == 2, output
    with later():
        assert names(case.emulator) == case.before or case.restore()[0] == 0
    assert names(case.emulator) == case.before


def test_a_restore_that_is_interrupted_can_be_repeated(case):
    case.renamed()
    case.hook = lambda number, kind: os.kill(os.getpid(), signal.SIGINT)
    code, output = case.restore()
    case.hook = lambda number, kind: False
    assert code == 6
    assert "stopped; repeat the command" in output
    assert case.restore()[0] == 0
    assert names(case.emulator) == case.before


# what may have happened meanwhile


def test_what_a_dead_network_left_is_restored_later(case):
    last = []
    case.hook = lambda number, kind: last.append(number)
    case.judge(*case.options)
    case.hook = lambda number, kind: number >= 2 * max(last)  # the last request of the next run and all after it
    _, output = case.judge(*case.options)
    assert 'its name "Conversation 2" could not be restored' in output
    assert f"driftgate restore {case.path}  restores the rest" in output
    code, output = case.restore()
    assert code == 6
    assert "no answer" in output
    case.hook = lambda number, kind: False
    assert case.restore()[0] == 0
    assert names(case.emulator) == case.before


def test_a_name_that_somebody_else_gave_since_is_left_alone(case):
    case.renamed()
    case.lent[0].name = "Budget talks"
    code, output = case.restore()
    assert code == 6
    assert 'somebody else has named it "Budget talks" since; if that is wrong, driftgate restore --force' in output
    assert case.lent[0].name == "Budget talks"
    code, output = case.restore("--force")
    assert code == 0
    assert names(case.emulator) == case.before


@pytest.mark.parametrize(
    ("sent", "present", "ours"),
    [
        (" padded name ", "padded name", True),
        ("driftgate café", "driftgate cafe\u0301", True),
        ("driftgate 12345678 and more", "driftgate 12345678", True),
        ("driftgate 12345678", "drift", False),
        ("driftgate 12345678", "", False),
        ("driftgate 12345678", "driftgate 12345679", False),
    ],
)
def test_a_name_that_the_server_altered_counts_as_ours(case, sent, present, ours):
    case.renamed(sent)
    case.lent[0].name = present
    assert case.restore()[0] == (0 if ours else 6)
    assert (names(case.emulator) == case.before) is ours


def test_a_name_that_the_server_made_up_is_restored_without_its_answer(tmp_path):
    processes = []

    class Killing(EMULATORS["dify"]):
        def generated_name(self, body, conversation):
            processes[0].send_signal(signal.SIGKILL)
            return "A talk about phones"

    case = Case(tmp_path, Killing())
    processes.append(begin_run(case.emulator, case.running, tmp_path, *case.options))
    processes[0].communicate()
    assert case.lent[0].name == "A talk about phones"
    assert case.restore()[0] == 0
    assert names(case.emulator) == case.before
    case.running.stop()


def test_a_lent_conversation_that_was_deleted_meanwhile_is_reported(case):
    case.renamed()
    del case.emulator.conversations[case.lent[0].id]
    code, output = case.restore()
    assert code == 6
    assert f'conversation {case.lent[0].id}: its name "Conversation 1" could not be restored: it cannot be' in output
    assert "it may have been deleted" in output
    assert case.path.exists()


def test_a_restore_without_anything_changed_sends_nothing(case):
    case.renamed()
    assert case.restore()[0] == 0
    asked = case.requests
    code, output = case.restore()
    assert (code, case.requests) == (0, asked)
    assert "nothing is left to restore" in output


def test_a_creation_that_is_carried_out_late_is_waited_for(case):
    case.cut_off(("create", {"name": "driftgate 0000abcd", "at": int(time.time())}))
    code, output = case.restore()
    assert code == 6
    assert "repeat in 60 s" in output
    late = case.emulator._start(case.lent[0].owner, "driftgate 0000abcd", {}, "7340000000000000001")
    other = case.emulator._start(case.lent[0].owner, "driftgate 0000abce", {}, "7340000000000000001")
    assert case.restore()[0] == 0
    assert late.id not in case.emulator.conversations
    assert other.id in case.emulator.conversations


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_creation_that_was_not_answered_is_found_among_many(tmp_path, vendor):
    case = Case(tmp_path, EMULATORS[vendor]())
    case.cut_off(("create", {"name": "driftgate 0000abcd", "at": 0}))
    first = case.lent[0]
    case.emulator.make(first.owner, "driftgate 0000abcd", **first.more)
    for number in range(150):
        case.emulator.make(first.owner, f"another {number}", **first.more)
    others = {key: name for key, name in names(case.emulator).items() if name != "driftgate 0000abcd"}
    assert case.restore()[0] == 0
    assert names(case.emulator) == others
    case.running.stop()


# keys


def test_a_wrong_key_leaves_everything_as_it_is(case):
    case.renamed()
    made = case.emulator.make(case.lent[0].owner, "driftgate 11111111", **case.lent[0].more)
    case.go_on(("created", {"name": "x", "conversation": made.id}), ("delete", {"conversation": made.id}))
    for key in ("a-wrong-key-altogether", case.emulator.other_api_key):
        asked = case.requests
        assert case.restore(key=key)[0] == 4
        assert case.requests == asked
        code, output = case.restore(f"--base-url={case.running.base_url}", key=key)
        assert code == 6
        assert output.count("the key") == 1
        assert "could not be deleted" in output
        assert key not in output
    assert case.restore()[0] == 0
    assert names(case.emulator) == case.before


def test_a_missing_key_is_reported_and_nothing_is_sent(case, monkeypatch):
    case.renamed()
    monkeypatch.delenv("DRIFTGATE_API_KEY", raising=False)
    code, output = run_main(["restore", str(case.path)])
    assert (code, case.requests) == (4, 0)
    assert "set DRIFTGATE_API_KEY" in output
    assert run_main(["restore", str(case.path), f"--api-key={case.running.api_key}"])[0] == 0


def altered(path: Path, *pairs: tuple[str, str]) -> bytes:
    """A journal with these texts replaced, and every checksum right."""
    lines, before = [], ""
    text = path.read_text().rstrip(" ")
    for old, new in pairs:
        text = text.replace(old, new)
    for entry in map(json.loads, text.splitlines()):
        del entry["sum"]
        raw, before = journal.sealed(entry, before)
        lines.append(raw)
    return b"".join(lines)


def test_a_journal_of_a_listed_target_takes_its_key_from_there(case, monkeypatch):
    monkeypatch.chdir(case.folder)
    monkeypatch.delenv("DRIFTGATE_API_KEY", raising=False)
    monkeypatch.setenv("KEY_OF_STAGING", case.running.api_key)
    listed = f'[targets.staging]\nvendor = "coze"\nbase_url = "{case.running.base_url}"\napi_key = "$KEY_OF_STAGING"\n'
    (case.folder / "driftgate.toml").write_text(listed)
    case.renamed()
    (case.folder / "staging.journal").write_bytes(
        altered(case.path, ('"name": "coze"', '"name": "staging"'), ("--api-key", "driftgate.toml"))
    )
    code, output = run_main(["restore", "--report-dir=."])
    assert code == 4, output  # that of the run without a target has no key; the other one is restored all the same
    assert case.lent[0].name == "Conversation 1"
    (case.folder / "driftgate.toml").write_text(listed.replace("127.0.0.1", "127.0.0.2"))
    code, output = run_main(["restore", "coze.journal", "--target=staging"])
    assert code == 4
    assert "the journal is of coze at http://127.0.0.1" in output


def test_no_key_is_in_a_journal(tmp_path):
    class Echoing(EMULATORS["coze"]):
        def renamed(self, conversation, name):
            return {**self.view(conversation), "name": f"{name} {self.api_key}"}

    case = Case(tmp_path, Echoing())
    case.hook = lambda number, kind: number > 30
    case.judge(*case.options)
    text = case.path.read_text()
    assert '"journal": "answered"' in text
    assert "$API_KEY" in text
    for key in (case.emulator.api_key, case.emulator.other_api_key):
        assert key not in text
    assert case.path.stat().st_mode & 0o077 == 0
    case.running.stop()


@pytest.mark.parametrize("name", ["My pat_emulated_access_token", None, "", " " * 3, "x" * 101])
def test_a_conversation_whose_name_could_not_be_restored_is_not_touched(tmp_path, name):
    class Strict(EMULATORS["coze"]):
        def validate_length(self, name):
            if not name.strip():
                raise Refused("invalid", "name is blank")
            super().validate_length(name)

    case = Case(tmp_path, Strict())
    case.lent[0].name = name
    before = names(case.emulator)
    code, output = case.judge(*case.options, *FEW)
    assert code == 6, output
    assert f"conversation {case.lent[0].id} has" in output
    assert names(case.emulator) == before
    assert "pat_emulated_access_token" not in output
    assert not case.path.exists()
    case.running.stop()


# journals


def test_a_run_refuses_to_start_over_what_an_earlier_one_left(case):
    case.judge(*case.options, "--profile=smoke")
    record = (case.folder / "coze.jsonl").read_text()
    case.renamed()
    asked = case.requests
    code, output = case.judge(*case.options)
    assert (code, case.requests) == (4, asked)
    assert f"restore it first: driftgate restore {case.path}" in output
    assert "requirements" not in output
    assert (case.folder / "coze.jsonl").read_text() == record
    assert case.restore()[0] == 0
    assert case.judge(*case.options, "--profile=smoke")[0] == 0
    assert not case.path.exists()


def test_a_journal_in_use_is_nobody_elses(case):
    used = journal.begin(case.path, case.target())
    for code, output in (case.judge(*case.options), case.restore()):
        assert code == 4
        assert "is the journal of a run that is still going on" in output
    assert case.requests == 0
    used.close()
    assert case.judge(*case.options, "--profile=smoke")[0] == 0


@pytest.mark.parametrize("torn", ['{"journal": "rename", "conv', "\0" * 300, '{"journal": "answered"}'])
def test_a_last_line_that_was_cut_off_is_no_damage(case, torn):
    case.renamed()
    with case.path.open("a") as lines:
        lines.write(torn)
    assert case.restore()[0] == 0
    assert names(case.emulator) == case.before
    assert case.restore() == (0, f"{case.path}: nothing is left to restore\n")


DAMAGED = [
    (None, "cannot be opened (No such file or directory)"),
    ("", None),
    ('{"journal": "be', None),
    ("hello\n", "is not a journal"),
    ("\0\0\0", "is not a journal"),
    ('{"journal": "begin"}\n', "line 1: is damaged"),
    ('BEGIN{"journal": "rename", "con\n{"journal": "deleted", "conversation": "1"}\n', "line 2: is damaged"),
    ('BEGIN{"journal": "deleted", "conversation": "1"}\n', "line 2: is damaged: it is not as driftgate wrote it"),
    ('BEGIN{"journal": "deleted", "conversation": "1", "sum": "00000000"}\n', "line 2: is damaged"),
    ("BEGINBEGIN", "line 2: is damaged"),
    ({"journal": "deleted"}, "line 2: the file: 'conversation' is a required property"),
    ({"journal": "created", "name": "x", "conversation": "../.."}, "line 2: it would lead to another path"),
    ({"journal": "sold", "conversation": "1"}, "line 2: is not an entry of a journal that can stand here"),
    ({"journal": "begin"}, "line 2: is not an entry of a journal that can stand here"),
]


@pytest.mark.parametrize(("text", "words"), DAMAGED)
def test_what_is_no_journal_is_reported_in_one_line(case, text, words):
    case.cut_off()
    begin = case.path.read_text().rstrip(" ")
    case.path.unlink()
    if isinstance(text, dict):
        text = begin + journal.sealed(text, json.loads(begin)["sum"])[0].decode()
    if text is not None:
        case.path.write_text(text.replace("BEGIN", begin))
    code, output = case.restore()
    assert (code, case.requests) == (4 if words else 0, 0), output
    assert (words or "nothing is left to restore") in output
    assert output.count("\n") == 1


def test_a_folder_is_no_journal_and_no_folder_holds_none(case):
    assert run_main(["restore", str(case.folder)])[0] == 4
    code, output = run_main(["restore", f"--report-dir={case.folder}"])
    assert code == 0
    assert "no journal, so nothing to restore" in output
    assert run_main(["restore", f"--report-dir={case.folder}/nowhere"])[0] == 4


def test_a_full_disk_stops_the_changes_and_not_the_teardown(case, monkeypatch):
    written = []

    class Full:
        def __getattr__(self, name):
            return getattr(os, name)

        def write(self, descriptor, line):
            written.append(line)
            if len(written) > 20:
                os.write(descriptor, line[:5])
                raise OSError(28, "No space left on device")
            return os.write(descriptor, line)

    monkeypatch.setattr(journal, "os", Full())
    code, output = case.judge(*case.options)
    assert code == 6, output
    assert "cannot be written to (No space left on device), so nothing more is changed" in output
    assert names(case.emulator) == case.before
    assert case.requests < 20


def test_every_change_is_on_disk_before_it_is_sent(case, monkeypatch):
    steps = []

    class Disk:
        def __getattr__(self, name):
            return getattr(os, name)

        def fsync(self, descriptor):
            os.fsync(descriptor)
            if case.path.exists():
                steps.append(json.loads(case.path.read_text().rstrip().splitlines()[-1])["journal"])

    def sending(self, request, **more):
        steps.append(f"{request.role}: request")
        return send(self, request, **more)

    send = Client.send
    monkeypatch.setattr(journal, "os", Disk())
    monkeypatch.setattr(Client, "send", sending)
    case.judge(*case.options)
    case.judge()
    changes = [(before, step) for before, step in pairwise(steps) if step.endswith("e: request")]
    announced = {before for before, step in changes if step == "rename: request"}
    assert announced <= {"rename", "rename: request", "read: request", "created", "delete"}, announced
    lent = steps[: steps.index("create: request")]
    renames = [before for before, step in pairwise(lent) if step == "rename: request"]
    assert set(renames[:-1]) == {"rename"}  # the last one restores the name
    assert {before for before, step in changes if step == "create: request"} == {"create"}
    assert {before for before, step in changes if step == "delete: request"} == {"delete"}


def test_an_embedded_emulator_needs_no_journal(tmp_path, monkeypatch):
    def never(*_):
        raise AssertionError

    monkeypatch.setattr(journal, "begin", never)
    assert run_main(["run", "--vendor=coze", "--profile=smoke", f"--report-dir={tmp_path}"])[0] == 0


# budgets


@pytest.mark.parametrize(
    ("most", "lent"), sample(product((1, 2, 3, 4, 5, 6), (True, False)), lambda most, lent: (most > 3, lent))
)
def test_a_small_budget_is_enough_to_restore_what_it_changed(case, lent, most):
    code, output = case.judge(*(case.options if lent else ()), f"--max-requests={most}", *FEW)
    assert code == 6
    assert case.requests <= most
    assert names(case.emulator) == case.before
    assert not case.path.exists(), output


# hostile and broken servers


@pytest.mark.parametrize(
    "made", ["../..", "..", "", "a" * 5000, "a\nb", {"a": 1}, True, 1.5, ["x"], "\ud800", "a/../b", "..\\.."]
)
def test_an_id_that_is_none_is_put_into_no_url(tmp_path, made):
    class Hostile(EMULATORS["coze"]):
        async def create(self, request):
            answer = json.loads((await super().create(request)).body)
            answer["data"]["id"] = made
            return Response(json.dumps(answer), media_type="application/json")

    case = Case(tmp_path, Hostile())
    code, output = case.judge(*FEW)
    assert code == 6
    assert "no conversation can be created" in output
    assert names(case.emulator) == case.before  # it was found by its name, and deleted
    case.running.stop()


def test_an_id_with_reserved_characters_is_encoded(tmp_path):
    class Odd(EMULATORS["coze"]):
        def new_id(self, number):
            return f"a/b?x#{number} é%2e"

    case = Case(tmp_path, Odd())
    case.judge("--profile=smoke")
    paths = {
        row["request"]["url"].removeprefix(case.running.base_url)
        for row in map(json.loads, (case.folder / "coze.jsonl").read_text().splitlines())
        if row["record"] == "exchange" and row["role"] in ("rename", "delete")
    }
    assert paths
    assert all(
        re.fullmatch(r"/v1/conversations/(a%2Fb%3Fx%23\d%20%C3%A9%252e|7000000000000000001)", each) for each in paths
    )
    case.running.stop()


@pytest.mark.parametrize("conversation", ["..", "a/../../b", "", "x" * 501, "a\tb"])
def test_a_lent_id_that_is_none_is_a_usage_problem(case, conversation):
    code, output = case.judge(f"--conversation={conversation}")
    assert (code, case.requests) == (4, 0), output
    assert "is not an id" in output


def test_a_lent_conversation_is_never_deleted(case):
    first = case.lent[0]
    case.cut_off(
        ("lent", {"conversation": first.id, "name": first.name}),
        ("created", {"conversation": first.id, "name": "driftgate 0000abcd"}),
    )
    code, output = case.restore()
    assert (code, case.requests) == (6, 0)
    assert "it is one of the lent conversations" in output


def test_a_server_that_answers_with_the_same_id_twice_gets_each_deleted_once(tmp_path):
    class Repeating(EMULATORS["coze"]):
        async def create(self, request):
            answer = json.loads((await super().create(request)).body)
            answer["data"]["id"] = str(min(map(int, set(self.conversations) - {each.id for each in self.ready})))
            return self.reply(200, answer)

    case = Case(tmp_path, Repeating())
    case.emulator.ready = case.lent
    code, output = case.judge()
    assert code == 6
    assert "which cannot be the id of a new conversation" in output
    assert names(case.emulator) == case.before
    case.running.stop()


def test_a_deletion_whose_first_answer_was_lost_succeeds(case):
    cut = []

    def hook(number, kind):
        if kind == "carried out" and not cut and len(case.emulator.conversations) == 3 and number > 10:
            cut.append(number)
            return True
        return False

    case.hook = hook
    code, output = case.judge("--max-requests=70")
    assert cut
    assert (code, names(case.emulator)) == (0, case.before), output
    assert "could not be deleted" not in output
    assert not case.path.exists()


def test_an_unreachable_target_leaves_nothing_to_restore(case):
    case.running.stop()
    code, _ = case.judge()
    assert code == 6
    assert not case.path.exists()


def test_a_page_of_a_web_server_leaves_nothing_to_restore(tmp_path):
    class Page(EMULATORS["coze"]):
        async def create(self, request):
            return HTMLResponse("<title>Welcome</title>")

    case = Case(tmp_path, Page())
    assert case.judge()[0] == 6
    assert not case.path.exists()
    case.running.stop()
