"""A refusal counts when it is for the right reason: of the fault that was sent, and of a key that looks like a right one."""

from __future__ import annotations

import shutil
from itertools import product as product_of

import pytest

from driftgate.base.paths import CONTRACTS
from driftgate.base.secret import Redactor, Secret
from driftgate.contract import load_contract
from driftgate.emulator import EMULATORS, emulator, start
from driftgate.emulator.as_built import product
from driftgate.emulator.faults import FAULTS, faulty
from driftgate.http.client import Budget, Client
from driftgate.http.retry import RetryPolicy
from driftgate.session import journal
from driftgate.session.conversations import Conversations
from driftgate.target.model import Target
from driftgate.target.wrong_keys import altered_key, wrong_key
from tests.harness import judge, judge_emulator, judge_url, run_main
from tests.servers import judge_server

VENDORS = sorted(EMULATORS)
USER_REQUIRED = "dify.rename.user-required"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
KEYS = ["app-mR3tZ8QkLw2Yp9XvB4nC6sDf", "pat_emulated_access_token", "ak-0123456789abcdef0123456789abcdef", JWT]


def _lent(server, options=(), *, cost: bool = False, leave_out=()):
    """Judges a server by conversations that it lends, with its parameters; without --allow-cost unless ``cost``."""
    lent = [each.id for each in server.ready_made()[:2]]
    running = start(server)
    params = [f"--param={name}={value}" for name, value in running.params.items() if name not in leave_out]
    given = [*params, *(f"--conversation={each}" for each in lent), *(["--allow-cost"] if cost else []), *options]
    judged = judge_url(server.vendor, running.base_url, given, key=running.api_key)
    running.stop()
    return judged


def _reasons(judged):
    return {row["requirement"]: row["reason"] for row in judged.of("verdict")}


# wrong keys


@pytest.mark.parametrize("key", KEYS)
def test_a_wrong_key_has_the_form_of_the_right_one(key):
    secret = Secret("API_KEY", key)
    wrong, altered = wrong_key(secret).reveal(), altered_key(secret).reveal()
    assert (wrong, altered) == (wrong_key(secret).reveal(), altered_key(secret).reveal())
    for made in (wrong, altered):
        assert len(made) == len(key)
        assert made.casefold() != key.casefold()
        classes = [(each.isdigit(), each.isupper(), each.islower()) for each in (made + key)]
        assert made is altered or classes[: len(key)] == classes[len(key) :]
        assert [each for each in made if not each.isalnum()] == [each for each in key if not each.isalnum()]
    assert altered[:-1] == key[:-1]
    assert wrong[:3] == key[:3]
    # the last digit of base64 has bits that a decoder may ignore
    assert wrong[-8:-2] != key[-8:-2]


def test_a_wrong_key_of_hexadecimal_digits_is_one_too():
    key = Secret("API_KEY", "ak-0123456789abcdef0123456789abcdef")
    for made in (wrong_key(key), altered_key(key)):
        assert int(made.reveal().removeprefix("ak-"), 16)


@pytest.mark.parametrize("key", [*KEYS, "sk", "!!!!", "0"])
def test_a_wrong_key_is_none_that_was_given(key):
    secret = Secret("API_KEY", key)
    given = [secret]
    for _ in range(5):
        given += [wrong_key(secret, given), altered_key(secret, given)]
        assert secret not in given[1:]
    assert given[3] != given[1]


def test_wrong_keys_are_redacted_like_right_ones():
    target = Target("a", load_contract("coze"), "http://127.0.0.1", Secret("API_KEY", KEYS[0]))
    redact = Redactor(target.secrets)
    for name in ("API_KEY", "WRONG_KEY", "ALTERED_KEY"):
        secret = next(each for each in target.secrets if each.name == name)
        assert redact(f"no key {secret.reveal()} here") == f"no key ${name} here"


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_form_of_a_wrong_credential_is_sent_and_told(vendor):
    judged = judge(vendor)
    assert judged.exit == 0, judged.output
    sent = {(row["request"]["credential"], row["request"].get("scheme")) for row in judged.of("exchange")}
    wanted = {("WRONG_KEY", None), ("ALTERED_KEY", None), ("API_KEY", ""), ("API_KEY", "Basic"), (None, None)}
    assert wanted <= sent
    faulted = judge(vendor, ["scheme-ignored"])
    assert '-H "Authorization: $API_KEY"' in faulted.output
    assert '-H "Authorization: Basic $API_KEY"' in faulted.output


KEY_FAULTS = [
    "no-key-accepted",
    "wrong-key-accepted",
    "well-formed-key-accepted",
    "key-beginning-compared",
    "scheme-ignored",
    "scheme-optional",
    "any-scheme-accepted",
    "wrong-key-refused-but-stored",
]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("fault", KEY_FAULTS)
def test_a_server_that_is_lax_with_keys_is_found(vendor, fault):
    judged = judge(vendor, [fault])
    assert judged.failed() == set(FAULTS[vendor][fault].breaks)


# another account


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("fault", ["foreign-renamed", "foreign-refused-but-stored"])
def test_a_rename_across_accounts_is_found_without_any_cost(vendor, fault):
    judged = _lent(faulty(vendor, [fault]))
    (requirement,) = FAULTS[vendor][fault].breaks
    assert load_contract(vendor).requirement(requirement).level == "must"
    assert judged.exit == 1, judged.output
    assert judged.failed() == {requirement}


def test_another_user_of_dify_is_one_that_is_given_or_made_at_a_cost():
    requirement = "dify.rename.other-users-conversation-refused"
    untold = _lent(EMULATORS["dify"](), leave_out=["other_user"])
    assert "supply --param other_user=…" in _reasons(untold)[requirement]
    assert "--allow-cost, at the cost of an end-user record" in _reasons(untold)[requirement]
    made = _lent(EMULATORS["dify"](), cost=True, leave_out=["other_user"])
    assert made.verdicts[requirement] == "pass"
    assert any("driftgate-other" in str(row["request"]["body"]) for row in made.of("exchange"))


@pytest.mark.parametrize(
    ("vendor", "requirement"),
    [("coze", "coze.rename.other-account-refused"), ("nuwax", "nuwax.rename.other-account-refused")],
)
def test_a_key_of_another_account_that_nobody_has_or_that_is_ones_own_proves_nothing(vendor, requirement):
    made = EMULATORS[vendor]
    wrong = f"{made.other_api_key[:-4]}9999"
    judged = judge_emulator(made(), [f"--param=other_api_key={wrong}"])
    assert "that the target accepts: this one is refused like a wrong key" in _reasons(judged)[requirement]
    own = judge_emulator(made(), [f"--param=other_api_key={made.api_key}"])
    assert "this one is the target's own" in _reasons(own)[requirement]
    assert not judged.failed() | own.failed()


def test_the_user_itself_is_no_other_user():
    judged = judge_emulator(EMULATORS["dify"](), ["--param=other_user=driftgate"])
    assert "supply another --param other_user=…" in _reasons(judged)["dify.rename.other-users-conversation-refused"]
    assert not judged.failed()


# whom a request is for


@pytest.mark.parametrize("version", ["1.7", "1.11"])
def test_a_server_that_assumes_a_user_does_not_require_one(version):
    server = product("dify", version)()
    judged = judge_emulator(server, ["--profile=smoke"])
    assert judged.verdicts[USER_REQUIRED] == "fail"
    assert not server.conversations
    free = _lent(product("dify", version)())
    assert free.verdicts[USER_REQUIRED] == "none"
    assert _reasons(free)[USER_REQUIRED].startswith("supply --allow-cost: asking costs an end-user record")
    later = judge_emulator(product("dify", version)(), ["--edition=2026-07"])
    assert USER_REQUIRED not in later.verdicts


@pytest.mark.parametrize("fault", ["user-assumed", "user-assumed-for-renames"])
def test_what_only_a_conversation_of_the_assumed_user_shows_is_found_and_deleted(fault):
    server = faulty("dify", [fault])
    judged = judge_emulator(server)
    assert judged.failed() == {USER_REQUIRED}
    assert judged.exit == 1
    assert not server.conversations


def test_a_server_that_nobody_without_a_user_can_use_conforms():
    class Anonymous(faulty("dify", ["user-assumed-for-renames"]).__class__):
        """Finds no conversation for a request that names no user, whoever owns it."""

        def owner(self, caller, body):
            return str(body.get("user", "<nobody>"))

    judged = judge_emulator(Anonymous(), ["--max-requests=70"])
    assert judged.verdicts[USER_REQUIRED] == "pass"
    assert judged.exit == 0, judged.output


def _free_of_costs(tmp_path):
    """Dify's contract as if nothing of a missing user cost anything."""
    shutil.copytree(CONTRACTS / "dify", tmp_path / "dify")
    catalogue = tmp_path / "dify/requirements.yaml"
    costs = "    costs: an end-user record that no operation of the API deletes\n"
    assert catalogue.read_text().count(costs) == 4
    catalogue.write_text(catalogue.read_text().replace(costs, ""))
    return f"--contracts={tmp_path}"


def test_a_refusal_like_that_of_an_unknown_conversation_is_no_refusal_of_the_fault(tmp_path):
    contracts = _free_of_costs(tmp_path)
    judged = _lent(product("dify", "1.7")(), [contracts])
    assert judged.verdicts[USER_REQUIRED] == "none"
    assert (
        "the refusal cannot be told from that of a conversation which is not user's" in _reasons(judged)[USER_REQUIRED]
    )
    assert "supply --allow-cost" in _reasons(judged)[USER_REQUIRED]
    told = _lent(EMULATORS["dify"](), [contracts])
    assert told.verdicts[USER_REQUIRED] == "pass"


def test_a_broken_name_is_judged_by_its_refusal_alone():
    judged = _lent(product("dify", "1.7")())
    assert judged.verdicts["dify.rename.name-required-unless-generated"] == "fail"


@pytest.mark.parametrize("user", [None, "DEFAULT-USER"])
def test_restore_deletes_a_conversation_that_was_created_for_somebody_else(user, tmp_path):
    server = faulty("dify", ["user-assumed"])
    running = start(server)
    contract = load_contract("dify")
    key = Secret("API_KEY", running.api_key)
    target = Target("dify", contract, running.base_url, key, params={"user": "driftgate"}, allow_cost=True)
    path = tmp_path / "dify.journal"
    opened = journal.begin(path, target)
    client = Client(running.base_url, contract.outcomes, budget=Budget(9), timeout=9, retry=RetryPolicy(0))
    created = Conversations(target, client, 0, opened).create({"user": user})
    assert server.conversations[created.conversation].owner == "DEFAULT-USER"
    # as if the run had been killed before the answer came
    lines = [line for line in path.read_text().splitlines() if '"created"' not in line]
    opened.close()
    client.close()
    path.write_text("".join(f"{line}\n" for line in lines))
    code, output = run_main(["restore", str(path)], key=running.api_key)
    running.stop()
    assert code == 0, output
    assert not server.conversations


# what no operation deletes


SERVERS = {"2026-06": EMULATORS["dify"], "2026-07": lambda: emulator("dify", "2026-07"), "1.7": product("dify", "1.7")}


@pytest.mark.parametrize(("name", "profile"), [*product_of(SERVERS, ["smoke", "standard"]), ("1.7", "deep")])
def test_without_allow_cost_no_end_user_is_left_behind(name, profile):
    server = SERVERS[name]()
    before = set(server.end_users)
    options = [
        f"--profile={profile}",
        f"--edition={'2026-07' if name == '2026-07' else '2026-06'}",
        "--max-requests=200",
    ]
    judged = _lent(server, options, leave_out=["other_user"])
    assert judged.requests > 9
    assert server.end_users == before
    assert any("end-user record" in reason for reason in _reasons(judged).values())


@pytest.mark.parametrize("name", SERVERS)
def test_with_allow_cost_what_leaves_end_users_behind_is_asked(name):
    server = SERVERS[name]()
    before = set(server.end_users)
    edition = "2026-07" if name == "2026-07" else "2026-06"
    judged = _lent(server, [f"--edition={edition}"], cost=True, leave_out=["other_user"])
    assert server.end_users > before
    assert not any("end-user record" in reason for reason in _reasons(judged).values())


@pytest.mark.parametrize("edition", ["2026-06", "2026-07"])
def test_every_row_that_spoils_a_costly_parameter_has_costs(edition):
    contract = load_contract("dify", (), edition)
    costly = {each.name for each in contract.parameters if each.costs}
    assert costly == {"user", "other_user"}
    for row in contract.requirements:
        spoiled = {
            name for each in row.detail.get("breaks", ()) for name in (*each.get("remove", ()), *each.get("set", ()))
        }
        absent = any("user" not in body for body in row.detail.get("bodies", ()))
        assert row.costs or not (costly & spoiled or absent), row.id


# requests


@pytest.mark.parametrize("name", ["coze", "dify", "dify-2026-07", "nuwax"])
def test_the_batch_of_refusals_stays_within_the_budget(name):
    smoke, standard = (judge_server(name, options=[f"--profile={profile}"]) for profile in ("smoke", "standard"))
    assert smoke.requests <= 20
    assert standard.requests <= 60
    assert "inconclusive" not in {*smoke.verdicts.values(), *standard.verdicts.values()}


def test_cases_that_send_the_same_share_an_answer():
    judged = judge("nuwax")
    bodies = [row["request"]["body"].get("text") for row in judged.of("exchange") if row["role"] == "rename"]
    assert bodies.count("{}") == 1
    shown = {
        row["case"] for row in judged.of("observation") if row["requirement"].endswith(("neither-refused", "or-topic"))
    }
    assert len(shown) == 2


# members of other types


@pytest.mark.parametrize(
    ("vendor", "fault"),
    [("dify", "list-accepted"), ("dify", "several-wrong-types-accepted"), ("nuwax", "nulls-accepted")],
)
def test_a_success_for_members_of_other_types_is_found_at_no_further_request(vendor, fault):
    judged = judge(vendor, [fault])
    assert judged.failed() == {f"{vendor}.rename.other-types-refused"}
    assert judged.requests <= 60
