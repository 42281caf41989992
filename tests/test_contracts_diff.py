"""Two editions of a contract compared: their documents and their catalogues."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from driftgate.contract import available
from driftgate.docs import between, contract_named
from driftgate.drift import RULES, Severity
from tests.harness import run_main

CONTRACTS = Path(__file__).parent.parent / "contracts"
B, W, I = Severity.BREAKING, Severity.WARNING, Severity.INFO  # noqa: E741


def edited(folder, vendor, *edits):
    """A copy of a vendor's contract with texts of its files replaced."""
    copy = folder / vendor
    shutil.copytree(CONTRACTS / vendor, copy)
    for file, old, new in edits:
        text = (copy / file).read_text()
        assert old in text, old
        (copy / file).write_text(text.replace(old, new, 1))
    return str(copy)


DOCUMENT, CATALOGUE, EXAMPLES = "contract.yaml", "requirements.yaml", "examples.yaml"
LISTING = """  list:
    operation: listConversations
    query: {bot_id: "${bot_id}", page_size: "50"}
    items: /data/conversations
    next: {more: /data/has_more, query: page_num, counts: true}
    size: {query: page_size, most: 50}
"""
LIMIT = "at_most: 100\n    alphabets: [ASCII, CJK]"
# what a contract that requires the topic can say no more
WITH_TOPIC = [
    (CATALOGUE, 'body: {firstMessage: "${name}"}', 'body: {firstMessage: "${name}", topic: a}'),
    (EXAMPLES, '天气怎么样?"}', '天气怎么样?", topic: a}'),
]
# fmt: off
CHANGES = [
    ("dify", [(DOCUMENT, "required: [user]\n      properties:\n        name", "properties:\n        name"), (CATALOGUE, "breaks: [{remove: [user]}]", "breaks: [{set: {user: 5}}]")], "request-member-became-optional", I, "request /user"),
    ("dify", [(DOCUMENT, "introduction: {type: string", 'introduction: {type: [string, "null"]')], "member-became-nullable", B, "answer success /introduction"),
    ("dify", [(DOCUMENT, "code: {const: not_found}", "code: {enum: [not_found, gone]}")], "error-code-added", I, "answer 404"),
    ("dify", [(DOCUMENT, "enum: [blocking, streaming]", "enum: [blocking]")], "request-value-removed", B, "sendChatMessage: request /response_mode"),
    ("dify", [(DOCUMENT, "maximum: 100", "maximum: 50")], "request-limit-tightened", B, "listConversations: request query limit"),
    ("dify", [(DOCUMENT, "required: [data, has_more]", "required: [data]")], "member-became-optional", B, "listConversations: answer success /has_more"),
    ("dify", [(DOCUMENT, '"204":', '"200":')], "status-removed", B, "deleteConversation: answer"),
    ("dify", [(DOCUMENT, "operationId: sendChatMessage", "operationId: startConversation"), (CATALOGUE, "operation: sendChatMessage", "operation: startConversation")], "operation-id-changed", I, "sendChatMessage: operationId"),
    ("coze", [(DOCUMENT, "name: {type: string, maxLength: 100}", "name: {type: string, maxLength: 50}"), (CATALOGUE, LIMIT, LIMIT.replace("100", "50"))], "request-limit-tightened", B, "request /name"),
    ("coze", [(DOCUMENT, "  /v1/conversations:\n    get:", "  /v1/conversations:\n    x-get:"), (CATALOGUE, LISTING, "")], "operation-removed", B, "listConversations"),
    ("coze", [(DOCUMENT, "  /v1/conversations:\n", "  /v1/bots:\n    get: {operationId: listBots, responses: {}}\n  /v1/conversations:\n")], "operation-added", I, "listBots"),
    ("coze", [(EXAMPLES, "name: 推荐杭州美食}", "name: 西湖}")], "example-changed", I, "request example"),
    ("coze", [(CATALOGUE, "id: coze.rename.blank-name", "id: coze.rename.white-name")], "requirement-removed", I, "coze.rename.blank-name"),
    ("coze", [(CATALOGUE, "id: coze.rename.blank-name", "id: coze.rename.white-name")], "requirement-added", I, "coze.rename.white-name"),
    ("coze", [(CATALOGUE, "coze.rename.name-at-most-100\n    level: must", "coze.rename.name-at-most-100\n    level: should")], "requirement-lowered", W, "coze.rename.name-at-most-100"),
    ("coze", [(CATALOGUE, "coze.rename.name-is-text\n    level: should", "coze.rename.name-is-text\n    level: must")], "requirement-raised", I, "coze.rename.name-is-text"),
    ("coze", [(DOCUMENT, "name: {type: string, maxLength: 100}", "name: {type: string, maxLength: 50}"), (CATALOGUE, LIMIT, LIMIT.replace("100", "50"))], "requirement-asks-otherwise", W, "coze.rename.name-at-most-100 at_most"),
    ("coze", [(CATALOGUE, LIMIT, "at_most: 100\n    alphabets: [ASCII]")], "requirement-asks-otherwise", W, "coze.rename.name-at-most-100 alphabets"),
    ("coze", [(CATALOGUE, "enum: [4009, 4020]", "enum: [4020]")], "outcomes-changed", W, "outcomes unavailable"),
    ("nuwax", [(DOCUMENT, "      anyOf:\n        - {required: [firstMessage]}\n        - {required: [topic]}\n", "      required: [topic]\n"), *WITH_TOPIC], "request-member-became-required", B, "request /topic"),
    ("nuwax", [(DOCUMENT, "      anyOf:\n        - {required: [firstMessage]}\n        - {required: [topic]}\n", "      required: [topic]\n"), *WITH_TOPIC], "request-choice-removed", I, "request firstMessage, or topic"),
    ("nuwax", [(DOCUMENT, "            required: [data]\n", "")], "member-became-optional", B, "answer success /data"),
    ("nuwax", [(DOCUMENT, "sharedUris: {type: [array, \"null\"], items: {type: string}}", "sharedUris: {type: [array, \"null\"], items: {type: integer}}")], "type-changed", B, "answer success /data/sharedUris/*"),
]
# fmt: on


@pytest.mark.parametrize(("vendor", "edits", "rule", "severity", "location"), CHANGES)
def test_a_change_of_a_contract_is_reported_by_its_rule_and_location(vendor, edits, rule, severity, location, tmp_path):
    drift = between(contract_named(vendor), contract_named(edited(tmp_path, vendor, *edits)))
    assert (rule, location) in {(change.rule, change.location) for change in drift.changes}
    assert RULES[rule].severity is severity


@pytest.mark.parametrize("vendor", list(available()))
def test_other_words_are_no_change(vendor, tmp_path):
    words = [
        (CATALOGUE, "    says: ", "    says: In other words, "),
        (CATALOGUE, "    impact: ", "    impact: As before. "),
    ]
    words += [(DOCUMENT, "      summary: ", "      summary: In other words, ")]
    drift = between(contract_named(vendor), contract_named(edited(tmp_path, vendor, *words)))
    assert drift.changes == ()


def test_the_command_names_contracts_by_vendor_edition_and_folder(tmp_path):
    shorter = (DOCUMENT, "maxLength: 100}\n    CreateRequest", "maxLength: 50}\n    CreateRequest")
    copy = edited(tmp_path, "coze", shorter, (CATALOGUE, LIMIT, LIMIT.replace("100", "50")))
    code, output = run_main(["contracts", "diff", "coze", copy])
    assert code == 8
    rule = "✗ breaking: a limit of a request is tighter (request-limit-tightened)"
    assert f"{rule}\n    request /name: maxLength 100 → maxLength 50" in output
    assert run_main(["contracts", "diff", copy, "coze@2026-05"])[0] == 0
    assert run_main(["contracts", "diff", copy, "coze@2026-05", "--fail-on=any"])[0] == 8
    assert run_main(["contracts", "diff", copy, "coze", f"--contracts={tmp_path}", "--fail-on=any"])[0] == 0
    changes = json.loads(run_main(["contracts", "diff", "coze", copy, "--format=json"])[1])["changes"]
    assert {each["rule"] for each in changes} == {"request-limit-tightened", "requirement-asks-otherwise"}
    assert "| ✗ breaking |" in run_main(["contracts", "diff", "coze", copy, "--format=md"])[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["diff", "coze"], "takes two contracts"),
        (["diff", "coze", "coze", "coze"], "takes two contracts"),
        (["diff", "coze", "cose"], "did you mean coze?"),
        (["diff", "coze", "coze@2019-01"], "vendor 'coze' has no edition '2019-01': there are 2026-05"),
        (["diff", "coze", "dify"], "one contract is of coze, one of dify"),
        (["diff", "coze", "nowhere/coze"], "nowhere/coze: is not the folder of a contract"),
        (["diff", "coze", "."], ".: is not the folder of a contract"),
        (["coze", "dify"], "lists one vendor"),
    ],
)
def test_a_wrong_command_line_is_reported_in_one_line(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, output = run_main(["contracts", *arguments])
    assert code == 4
    assert words in output
    assert output.count("\n") == 1


def test_another_edition_is_described_by_what_it_changes():
    drift = between(contract_named("dify"), contract_named("dify@2026-07"))
    told = {(change.rule, change.location) for change in drift.changes}
    assert told >= {
        ("request-member-became-optional", "request /user"),
        ("request-member-became-optional", "listConversations: request query user"),
        ("error-code-added", "answer 400"),
        ("example-added", "answer 400 example"),
        ("requirement-removed", "dify.rename.user-required"),
    }
    back = between(contract_named("dify@2026-07"), contract_named("dify"))
    assert ("request-member-became-required", "request /user") in {(each.rule, each.location) for each in back.changes}


def test_a_page_is_compared_with_the_edition_that_is_named():
    page = str(Path(__file__).parent / "fixtures" / "docs" / "openapi-block.md")
    code, output = run_main(["docs", "dify", "--edition=2026-07", page])
    assert code == 8
    assert "request-member-became-required request /user: optional → required" in output


def test_what_the_generated_document_asks_is_told_to_authors_of_clients():
    drift = between(contract_named("dify@2026-06"), contract_named("dify@2026-generated"))
    told = {(change.rule, change.location): f"{change.before} → {change.after}" for change in drift.changes}
    breaking = {key: told[key] for key in told if RULES[key[0]].severity is B}
    uuid = 'format absent → format "uuid"'
    assert breaking == {
        (
            "request-choice-added",
            r"request auto_generate true, or name matching .*\S.* (auto_generate false or not sent)",
        ): "none → one must be sent",
        ("request-limit-added", "request path conversation_id"): uuid,
        ("request-limit-added", "deleteConversation: request path conversation_id"): uuid,
    }
    assert told["request-member-became-optional", "request /user"] == "required → optional"
    assert told["member-became-constant", "answer success /status"] == "sometimes → always"
    assert told["requirement-added", "dify.rename.name-not-blank"] == (
        "absent → must: An empty name and a name of only spaces are refused and rename nothing when auto_generate is not true."
    )
    assert told["requirement-raised", "dify.rename.name-is-not-null"] == (
        "should → must: A null name is refused and renames nothing when auto_generate is not true."
    )
    assert told["requirement-asks-otherwise", "dify.answer.members-present"] == (
        "The answer holds all seven members of the conversation. → The answer holds id, inputs, name and status."
    )
    assert not [key for key in told if key[0] == "request-values-restricted"]
