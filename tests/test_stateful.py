"""The stateful test: what it finds, what it leaves alone, and that it cleans up after itself."""

from __future__ import annotations

import contextlib
import itertools
import json
import random
import shutil
import signal
import subprocess
import threading
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest

from driftgate.base.errors import UsageError
from driftgate.base.paths import CONTRACTS
from driftgate.checks.stateful.judge import ExecutedStep, Failure
from driftgate.checks.stateful.model import Existence, ModelConversation, Promise, Step, anomalies, renumbered
from driftgate.checks.stateful.shrinker import Shrinker
from driftgate.contract import Level, Profile, load_contract
from driftgate.emulator import EMULATORS, start
from driftgate.emulator.application import Application
from driftgate.emulator.faults import FAULTS, faulty
from driftgate.emulator.server import base_url, listen, server
from driftgate.emulator.variants import varied
from driftgate.record.verdict import Mismatch
from driftgate.session.reads import ListedRow, Listing, Page
from tests.harness import STATEFUL, judge_emulator, judge_url, judged_of, live_options, run_main
from tests.kills import begin_run, watched
from tests.sample import sample
from tests.servers import CONFORMING, server_of

VENDORS = sorted(EMULATORS)


@pytest.fixture(autouse=True)
def _time_flies(monkeypatch):
    """Emulators count a second for each change, so that nothing has to be waited for."""
    seconds = itertools.count(1_750_000_000)
    clock = SimpleNamespace(time=lambda: float(next(seconds)))
    for module in ("base", "dify_messages"):
        monkeypatch.setattr(f"driftgate.emulator.{module}.time", clock)
    for module in ("driftgate.checks.stateful.driver", "driftgate.http.retry"):
        monkeypatch.setattr(f"{module}.pause", lambda seconds: None)


def _stateful(judged, *words: str) -> set[str]:
    """The requirements of the stateful test whose verdict is one of these words."""
    asked = {row["requirement"] for row in judged.of("verdict") if row["check"] == "stateful"}
    return {name for name in asked if judged.verdicts[name] in words}


# what they find


@pytest.mark.parametrize("name", CONFORMING)
def test_a_conforming_server_keeps_every_promise_and_nothing_is_left(name):
    vendor, edition = CONFORMING[name]
    emulator = server_of(name)
    judged = judge_emulator(emulator, [*STATEFUL, f"--edition={edition}"])
    assert judged.exit == 0, judged.output
    rows = [row for row in load_contract(vendor, (), edition).requirements if row.check == "stateful"]
    assert _stateful(judged, "pass") == {row.id for row in rows}
    assert not emulator.conversations
    assert judged.requests <= 300


@pytest.mark.parametrize(
    ("vendor", "most"),
    sample([("coze", 4), *((vendor, None) for vendor in VENDORS)], lambda vendor, most: None),
)
def test_each_fault_is_noticed_by_exactly_the_promises_that_it_breaks(vendor, most, tmp_path, monkeypatch):
    faults = dict([(name, fault) for name, fault in FAULTS[vendor].items() if fault.stateful][:most])
    assert faults
    judged = _all_judged({name: faulty(vendor, [name]) for name in faults}, tmp_path, monkeypatch)
    assert {name: each.failed() for name, each in judged.items()} == {
        name: set(fault.breaks) for name, fault in faults.items()
    }
    # what one fault breaks hides nothing else
    assert {name: _stateful(each, "inconclusive", "error", "none") for name, each in judged.items()} == {
        name: set() for name in faults
    }


def _all_judged(emulators, folder: Path, monkeypatch, *options: str):
    """Judges several servers in one run, as live targets."""
    running = {name: start(emulator) for name, emulator in emulators.items()}
    lines = []
    for name, each in running.items():
        lines += [f"[targets.{name}]", f'vendor = "{emulators[name].vendor}"', f'base_url = "{each.base_url}"']
        lines += [f"api_key = {json.dumps(each.api_key)}", "allow_cost = true", f"[targets.{name}.params]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in each.params.items()]
    (folder / "driftgate.toml").write_text("\n".join(lines))
    monkeypatch.chdir(folder)
    asked = [f"--target={name}" for name in emulators]
    code, output = run_main(["run", "-q", "--report-dir=reports", *STATEFUL, *asked, *options])
    for each in running.values():
        each.stop()
    return {name: judged_of(folder / "reports" / f"{name}.jsonl", code, output) for name in emulators}


def test_a_finding_names_the_fewest_steps_and_the_exchanges_that_prove_it():
    judged = judge_emulator(faulty("coze", ["deletion-does-nothing"]), STATEFUL)
    found = {row["requirement"].rpartition(".")[2]: row for row in judged.of("finding")}
    assert found["deleted-is-not-read"]["case"] == "create 1, delete 1"
    assert found["deleted-is-not-renamed"]["case"] == "create 1, delete 1, rename 1"
    assert found["deleted-is-not-listed"]["case"] == "create 1, delete 1, list by 50"
    assert all(row["reproduction"]["seen"] == row["reproduction"]["attempts"] > 1 for row in found.values())
    exchanges = {row["number"]: row for row in judged.of("exchange")}
    roles = [exchanges[number]["role"] for number in found["deleted-is-not-renamed"]["steps"]]
    assert [role for role in roles if role != "read"] == ["create", "delete", "rename"]
    block = judged.output.partition("deleted-is-not-renamed (must)")[2].partition("waive ")[0]
    assert "case       create 1, delete 1, rename 1" in block
    assert block.count("reproduce  curl") == len(roles)


def test_a_failure_between_pages_keeps_the_conversations_that_fill_them():
    (finding,) = judge_emulator(faulty("coze", ["later-pages-begin-late"]), STATEFUL).of("finding")
    assert finding["case"].count("create") == 2
    assert finding["case"].endswith("list by 1")
    assert finding["actual"].startswith("no row in")


# what they leave alone


@pytest.mark.parametrize(
    ("vendor", "name"),
    sample(
        [(vendor, "others-make-conversations") for vendor in VENDORS]
        + [("coze", "pages-capped"), ("dify", "pages-capped"), ("nuwax", "oldest-listed-first")],
        lambda vendor, name: name,
    ),
)
def test_a_variant_where_the_pages_are_silent_breaks_nothing(vendor, name):
    judged = judge_emulator(varied(vendor, name), STATEFUL)
    assert judged.exit == 0, judged.output
    assert not judged.failed()


def test_a_list_that_shows_changes_one_request_late_breaks_nothing():
    class Late(EMULATORS["coze"]):
        shown: tuple = ()

        def on_page(self, rows, begin, size):
            if size < 50 or not rows:
                return rows
            before, self.shown = self.shown, tuple(rows)
            return list(before)

    judged = judge_emulator(Late(), STATEFUL)
    assert not judged.failed(), judged.output


def test_a_list_of_none_may_be_null():
    class Null(EMULATORS["coze"]):
        def success(self, data):
            none = isinstance(data, dict) and data.get("conversations") == []
            return super().success({**data, "conversations": None} if none else data)

    judged = judge_emulator(Null(), STATEFUL)
    assert judged.exit == 0, judged.output
    assert len(_stateful(judged, "pass")) == 16


class _Unreliable:
    """ASGI middleware: now and then HTTP 429, 500 or 503, or a connection that is cut, before or after the work."""

    def __init__(self, app, seed: int):
        self._app = app
        self._choice = random.Random(seed)

    async def __call__(self, scope, receive, send):
        kind = self._choice.choice(["429", "500", "503", "cut", "cut after"]) if self._choice.random() < 0.1 else ""
        connection = send.__self__.transport
        if kind == "cut":
            connection.abort()
        elif kind.isdigit():
            await send({"type": "http.response.start", "status": int(kind), "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
        else:

            async def sending(message):
                if kind and message["type"] == "http.response.start":
                    connection.abort()
                await send(message)

            await self._app(scope, receive, sending)


@contextlib.contextmanager
def _served(app, emulator):
    sock = listen()
    serving = server(app)
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    params = emulator.params
    yield SimpleNamespace(base_url=base_url(emulator, sock), api_key=emulator.api_key, params=params)
    serving.stop()
    thread.join(timeout=10)


@pytest.mark.parametrize(("vendor", "seed"), sample(product(VENDORS, (1, 2)), lambda vendor, seed: vendor))
def test_a_server_that_fails_now_and_then_breaks_nothing_and_leftovers_are_named(vendor, seed):
    emulator = EMULATORS[vendor]()
    with _served(_Unreliable(Application(emulator), seed), emulator) as running:
        options = [*live_options(running), *STATEFUL]
        judged = judge_url(vendor, running.base_url, options, key=running.api_key)
    assert judged.failed() <= {f"{vendor}.rename.no-server-error"}, judged.output
    told = json.dumps(judged.rows[-1]["not_restored"])
    assert [each.id for each in emulator.conversations.values() if each.id not in told and each.name not in told] == []


def test_a_second_key_that_is_nobodys_proves_nothing():
    with contextlib.closing(SimpleNamespace(close=(running := start(EMULATORS["coze"]())).stop)):
        options = [f"--param=bot_id={running.params['bot_id']}", "--param=other_api_key=pat_of_nobody", *STATEFUL]
        judged = judge_url("coze", running.base_url, options, key=running.api_key)
    assert judged.exit == 6
    about = {"coze.lifecycle.other-account-does-not-" + verb for verb in ("list", "read", "rename", "delete")}
    assert _stateful(judged, "inconclusive") == about
    assert "the other account is answered as nobody is" in judged.output


def test_lists_that_make_no_sense_are_no_mistake_of_ours():
    class Nonsense(EMULATORS["coze"]):
        def success(self, data):
            if isinstance(data, dict) and "conversations" in data:
                rows = [None, 7, [], {"id": {"a": 1}}, {"id": "x" * 600, "created_at": [1]}]
                data = {"has_more": True, "conversations": rows}
            return super().success(data)

    assert judge_emulator(Nonsense(), STATEFUL).exit in (1, 6)


def test_a_mistake_of_ours_is_an_error_of_every_promise(monkeypatch):
    monkeypatch.setattr("driftgate.checks.stateful.judge.ListJudge._judge_pages", lambda self, listing: 1 / 0)
    judged = judge_emulator(EMULATORS["nuwax"](), STATEFUL)
    assert judged.exit == 7
    assert len(_stateful(judged, "error")) == 15


# how they end


def test_a_budget_that_is_too_small_is_kept_and_leaves_nothing_behind():
    for most in (1, 4, 9, 20, 33, 50):
        emulator = EMULATORS["coze"]()
        judged = judge_emulator(emulator, [*STATEFUL, f"--max-requests={most}"])
        assert judged.requests <= most
        assert judged.exit == 6, judged.output
        assert not judged.failed()
        assert "is used up: raise --max-requests" in judged.output
        assert not emulator.conversations, most


def test_a_budget_that_ends_after_the_first_sequence_takes_nothing_back():
    judged = judge_emulator(EMULATORS["coze"](), [*STATEFUL, "--max-requests=110"])
    assert judged.exit == 0, judged.output
    assert len(_stateful(judged, "pass")) == 16


@pytest.mark.parametrize(("name", "left"), [("SIGINT", False), ("SIGKILL", True)])
def test_a_run_that_is_stopped_leaves_nothing_or_its_journal(name, left, tmp_path):
    emulator = EMULATORS["coze"]()
    begun: list[subprocess.Popen] = []

    def hook(number, kind):
        if number == 40 and kind == "requested":
            begun[0].send_signal(getattr(signal, name))
        return left and number >= 40

    running = watched(emulator, hook)
    begun.append(begin_run(emulator, running, tmp_path, *STATEFUL))
    begun[0].communicate()
    assert bool(emulator.conversations) is left
    journal = tmp_path / "coze.journal"
    assert journal.exists() is left
    running.stop()
    if left:
        with _served(Application(emulator), emulator) as again:
            moved = f"--base-url={again.base_url}"
            code, output = run_main(["restore", str(journal), moved], key=emulator.api_key)
        assert code == 0, output
        assert not emulator.conversations


def test_a_lent_conversation_is_left_alone():
    emulator = EMULATORS["coze"]()
    lent = emulator.ready_made()
    before = [(each.id, each.name, each.updated) for each in lent]
    judged = judge_emulator(emulator, [*STATEFUL, f"--conversation={lent[0].id}"])
    assert judged.exit == 0, judged.output
    assert [(each.id, each.name, each.updated) for each in emulator.conversations.values()] == before


def test_the_same_seed_runs_the_same_steps_and_another_seed_others():
    def steps(*options: str) -> list[tuple[str, str | None]]:
        rows = judge_emulator(EMULATORS["coze"](), [*STATEFUL, *options]).of("exchange")
        return [(row["role"], row["conversation"]) for row in rows]

    assert steps() == steps()
    assert steps() != steps("--seed=3")


# when they are asked for


def test_a_missing_prerequisite_is_named_with_what_to_supply():
    running = start(EMULATORS["coze"]())
    bot = f"--param=bot_id={running.params['bot_id']}"
    judged = judge_url("coze", running.base_url, [bot, *STATEFUL], key=running.api_key)
    running.stop()
    reasons = {row["requirement"]: row["reason"] for row in judged.of("verdict") if row["check"] == "stateful"}
    assert len(_stateful(judged, "pass")) == 12
    assert {reasons[name] for name in _stateful(judged, "none")} == {
        "supply --param other_api_key=…: An access token of another account."
    }
    running = start(EMULATORS["coze"]())
    options = [bot, f"--param=other_api_key={running.api_key}", *STATEFUL]
    judged = judge_url("coze", running.base_url, options, key=running.api_key)
    running.stop()
    assert not judged.failed()
    assert "supply the key of another account: this one is the target's own" in judged.output
    emulator = EMULATORS["dify"]()
    lent = emulator.ready_made()[0].id
    running = start(emulator)
    options = [f"--conversation={lent}", "--param=user=driftgate", *STATEFUL]
    judged = judge_url("dify", running.base_url, options, key=running.api_key)
    running.stop()
    reasons = {row["requirement"]: row["reason"] for row in judged.of("verdict") if row["check"] == "stateful"}
    assert judged.requests == 0
    assert set(reasons.values()) == {"supply --allow-cost: creating a conversation costs a model call"}


def test_smaller_profiles_leave_the_stateful_test_and_its_waivers_alone(tmp_path, monkeypatch):
    (tmp_path / "waivers").mkdir()
    (tmp_path / "waivers/coze.yaml").write_text(
        "waivers:\n  - requirement: coze.lifecycle.deleted-is-not-read\n    reason: kept for a month\n"
        "    link: https://tracker.example/1\n    expires: 2999-01-01\n"
    )
    monkeypatch.chdir(tmp_path)
    standard = judge_emulator(EMULATORS["coze"]())
    assert standard.exit == 0, standard.output
    assert not [name for name in standard.verdicts if ".lifecycle." in name]
    assert [line for line in standard.output.splitlines() if line.startswith("coze: ") and line.endswith(": conforms")]
    waived = judge_emulator(faulty("coze", ["coze-deleted-still-read"]), STATEFUL)
    assert waived.exit == 0, waived.output
    assert judge_emulator(EMULATORS["coze"](), STATEFUL).exit == 1  # the waiver is stale


@pytest.mark.parametrize("vendor", VENDORS)
def test_only_the_profile_deep_runs_the_stateful_test(vendor):
    contract = load_contract(vendor)
    stateful = [row for row in contract.requirements if row.check == "stateful"]
    assert {row.profile for row in stateful} == {Profile.DEEP}
    assert {Promise(row.detail["promise"]) for row in stateful} <= set(Promise)
    smaller = contract.within(Profile.SMOKE).requirements
    assert [row for row in contract.requirements if row not in smaller] == stateful
    assert contract.within(Profile.DEEP).requirements == contract.requirements
    assert {row.level for row in stateful} >= {Level.MUST}


def test_a_contract_without_another_account_cannot_promise_anything_of_it(tmp_path):
    shutil.copytree(CONTRACTS / "coze", tmp_path / "coze")
    catalogue = tmp_path / "coze/requirements.yaml"
    catalogue.write_text(catalogue.read_text().replace('other_account: {credential: "${other_api_key}"}\n', ""))
    with pytest.raises(UsageError, match="other-account-does-not-list: needs other_account"):
        load_contract("coze", [tmp_path])


# the model by itself


def _listing(*ids: str, complete: bool = True, names: str = "") -> Listing:
    pairs = enumerate(zip(ids, names or ids, strict=True))
    values = [{"id": key, "name": name, "at": 9 - index} for index, (key, name) in pairs]
    rows = [ListedRow(value["id"], value, None, f"/{index}") for index, value in enumerate(values)]
    return Listing([Page(None, rows)], complete)


def _anomalies(listing: Listing, *conversations: ModelConversation) -> set[tuple[str, int]]:
    deleted = {each.id for each in conversations if each.existence is Existence.DELETED}
    return set(anomalies(listing, conversations, deleted, "/name", "/at"))


def test_a_list_has_anomalies_where_it_differs_from_the_model_and_nowhere_else():
    a, b = ModelConversation(1, "a", "a"), ModelConversation(2, "b", "b")
    gone = ModelConversation(3, "c", "c", Existence.DELETED)
    lost = ModelConversation(4, "d", "d", Existence.LOST)
    assert _anomalies(_listing("a", "x", "b"), a, b, gone, lost) == set()
    assert _anomalies(_listing("a"), a, b) == {("missing", 2)}
    assert _anomalies(_listing("a", complete=False), a, b) == set()
    assert _anomalies(_listing("a", "b", "a"), a, b) == {("twice", 1)}
    assert _anomalies(_listing("a", "c", "d"), a, gone, lost) == {("deleted", 3)}
    assert _anomalies(_listing("a", "b", names="ax"), a, b) == {("name", 2)}
    assert _anomalies(_listing("a", "b", names="xb"), ModelConversation(1, "a", None), b) == set()


def test_a_list_is_in_order_when_no_number_grows_from_row_to_row():
    listing = _listing("a", "b", "c")
    listing.rows[1].value["at"] = 10
    assert _anomalies(listing) == {("order", 0)}
    # what must not be there has no place in the order
    assert _anomalies(listing, ModelConversation(1, "b", "b", Existence.DELETED)) == {("deleted", 1)}
    listing.rows[1].value["at"] = 9
    assert _anomalies(listing) == set()
    listing.rows[2].value["at"] = "2026"
    listing.rows[1].value["at"] = 10
    assert _anomalies(listing) == set()


def _failure(steps) -> Failure:
    executed = tuple(ExecutedStep(step, range(0)) for step in steps)
    return Failure(Promise.LISTED_ONCE, "effect", Mismatch("body", "", "", "", "missing"), None, 2, executed)


def test_the_shrinker_leaves_out_steps_that_do_not_matter_within_the_bound():
    steps = [Step("create", number) for number in (1, 2, 3)]
    steps += [Step("rename", 1), Step("list", size=1), Step("read", 3), Step("list", size=2)]

    def replay(fewer):
        needed = {Step("create", 1), Step("create", 2)} <= set(fewer) and fewer[-1].size == 2
        return _failure(fewer) if needed else None

    shrinker = Shrinker(_failure(steps), replay, 20)
    shrinker.shrink()
    assert [step.describe for step in shrinker.failure.steps] == ["create 1", "create 2", "list by 2"]
    assert shrinker.reproduction.seen == shrinker.reproduction.attempts
    asked: list[object] = []
    bounded = Shrinker(_failure(steps), asked.append, 3)
    bounded.shrink()
    assert len(asked) == 4  # the whole once more, as nothing smaller led to it
    assert (bounded.reproduction.seen, bounded.reproduction.attempts) == (1, 2)


def test_conversations_are_numbered_in_the_order_in_which_they_come():
    steps = [Step("create", 4), Step("create", 2), Step("list", size=1), Step("delete", 4)]
    assert [step.describe for step in renumbered(steps)] == ["create 1", "create 2", "list by 1", "delete 1"]
