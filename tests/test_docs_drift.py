"""Drift of documents: nothing where a page agrees with the contract, the right rule and location where it does not."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from driftgate.base.errors import UsageError
from driftgate.contract import available, load_contract
from driftgate.docs import drift_of_pages
from driftgate.drift import RULES, Severity
from driftgate.drift.rules import OF_DOCUMENTS
from tests.harness import run_main

ROOT = Path(__file__).parent.parent
PAGES = Path(__file__).parent / "fixtures" / "docs"
BLOCK, CELLS, JOINED = "openapi-block.md", "cell-per-line.txt", "joined-cells.txt"
VENDORS = {BLOCK: "dify", CELLS: "coze", JOINED: "nuwax"}
# the name that the fixture gives the operation; a contract has its own
NAMED = {BLOCK: {("operation-id-changed", "operationId")}, CELLS: set(), JOINED: set()}
B, W, I = Severity.BREAKING, Severity.WARNING, Severity.INFO  # noqa: E741


@cache
def contract_of(vendor):
    return load_contract(vendor)


def document():
    """The document in the Markdown page."""
    return yaml.safe_load(re.search(r"````yaml [^\n]*\n(.*?)````", (PAGES / BLOCK).read_text(), re.DOTALL)[1])


def drift(vendor, text, folder):
    page = folder / "page"
    page.write_text(text, encoding="utf-8")
    (told,) = drift_of_pages(contract_of(vendor), [page])
    return told


def found(vendor, text, folder):
    return {(change.rule, change.location) for change in drift(vendor, text, folder).changes}


def found_or_refused(vendor, text, folder):
    try:
        return found(vendor, text, folder)
    except UsageError as problem:
        return {str(problem)}


def changed(name, *edits):
    text = (PAGES / name).read_text()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize("name", VENDORS)
def test_a_page_that_agrees_does_not_drift(name, tmp_path):
    assert found(VENDORS[name], (PAGES / name).read_text(), tmp_path) == NAMED[name]


@pytest.mark.parametrize("name", VENDORS)
def test_line_ends_of_other_systems_change_nothing(name, tmp_path):
    text = "\ufeff" + (PAGES / name).read_text().replace("\n", "\r\n")
    (tmp_path / "page").write_bytes(text.encode())
    (told,) = drift_of_pages(contract_of(VENDORS[name]), [tmp_path / "page"])
    assert {(change.rule, change.location) for change in told.changes} == NAMED[name]


@pytest.mark.parametrize("vendor", list(available()))
def test_a_contract_does_not_drift_from_itself(vendor):
    (told,) = drift_of_pages(contract_of(vendor), [ROOT / "contracts" / vendor / "contract.yaml"])
    assert told.changes == ()


@pytest.mark.parametrize("dump", [json.dumps, yaml.safe_dump])
def test_a_document_is_read_as_json_and_as_yaml(dump, tmp_path):
    assert found("dify", dump(document()), tmp_path) == NAMED[BLOCK]


def test_a_text_that_lost_its_tabs_is_read_all_the_same(tmp_path):
    text = re.sub(r"\n\t\n\n?", "\n\n", (PAGES / CELLS).read_text())
    assert "\t" not in text
    assert found("coze", text, tmp_path) == set()


def test_the_operation_is_found_among_a_hundred_others_under_other_names(tmp_path):
    told = document()
    (item,) = told["paths"].values()
    item["post"]["operationId"] = "another"
    item["post"]["parameters"][0]["name"] = "id"
    others = {
        f"/others/{number}/{{id}}": {"post": {"operationId": f"o{number}", "responses": {}}} for number in range(100)
    }
    told["paths"] = {**others, "/conversations/{id}/name": item}
    changes = drift("dify", json.dumps(told), tmp_path).changes
    assert {(change.rule, change.severity) for change in changes} == {
        ("operation-id-changed", I),
        ("path-parameter-renamed", I),
    }


def test_a_part_of_the_path_can_stand_in_the_servers(tmp_path):
    told = document()
    told["servers"] = [{"url": "https://api.dify.ai"}]
    told["paths"] = {f"/v1{path}": item for path, item in told["paths"].items()}
    assert found("dify", json.dumps(told), tmp_path) == {*NAMED[BLOCK], ("servers-changed", "servers")}


# fmt: off
CHANGES = [
    (BLOCK, [("    post:\n", "    put:\n")], "method-changed", B, "method"),
    (BLOCK, [("  /conversations/{conversation_id}/name:", "  /conversations/{conversation_id}/title:")], "path-changed", B, "path"),
    (BLOCK, [("{conversation_id}/name:", "{id}/name:"), ("- name: conversation_id", "- name: id")], "path-parameter-renamed", I, "path conversation_id"),
    (BLOCK, [("https://api.dify.ai/v1", "https://eu.dify.ai/v1")], "servers-changed", I, "servers"),
    (BLOCK, [("      summary: Name", "      deprecated: true\n      summary: Name")], "operation-deprecated", W, "operation"),
    (BLOCK, [("      scheme: bearer", "      scheme: basic")], "authentication-changed", B, "authentication"),
    (BLOCK, [("security:\n  - Key: []\n", "")], "authentication-removed", I, "authentication"),
    (CELLS, [("PUT\n\n\n", "POST\n\n\n")], "method-changed", B, "method"),
    (CELLS, [("/v1/conversations/:", "/v2/conversations/:")], "path-changed", B, "path"),
    (CELLS, [("https://api.coze.cn", "https://api.coze.com")], "servers-changed", I, "servers"),
    (CELLS, [("Bearer $Access_Token", "$Signature")], "authentication-changed", B, "authentication"),
    (JOINED, [("{conversationId}/update", "{conversationId}/topic")], "path-changed", B, "path"),
    (JOINED, [("请求方式:POST", "请求方式:PUT"), ("request.post", "request.put")], "method-changed", B, "method"),
    (BLOCK, [("        - user\n", "        - user\n        - name\n")], "request-member-became-required", B, "request /name"),
    (BLOCK, [("      required:\n        - user\n", "")], "request-member-became-optional", I, "request /user"),
    (BLOCK, [("        - user\n", "        - user\n        - lang\n"), ("        auto_generate:\n", "        lang: {type: string}\n        auto_generate:\n")], "required-request-member-added", B, "request /lang"),
    (BLOCK, [("        auto_generate:\n", "        lang: {type: string}\n        auto_generate:\n")], "request-member-added", I, "request /lang"),
    (BLOCK, [("        auto_generate:\n", "        generate:\n")], "request-member-removed", B, "request /auto_generate"),
    (BLOCK, [("          type: boolean", "          type: string")], "request-type-changed", B, "request /auto_generate"),
    (BLOCK, [("          type: boolean", "          type: boolean\n          nullable: true")], "request-null-allowed", I, "request /auto_generate"),
    (BLOCK, [("          default: false", "          default: true")], "request-default-changed", B, "request /auto_generate"),
    (BLOCK, [("          default: false\n", "")], "request-default-removed", W, "request /auto_generate"),
    (BLOCK, [("          description: The name,", "          maxLength: 80\n          description: The name,")], "request-limit-added", B, "request /name"),
    (BLOCK, [("          description: The name,", "          enum: [a, b]\n          description: The name,")], "request-values-restricted", B, "request /name"),
    (BLOCK, [("          description: The name,", "          pattern: '^a'\n          description: The name,")], "request-limit-added", B, "request /name"),
    (BLOCK, [("      properties:\n        name:\n          type: string\n          description", "      anyOf: [{required: [name]}, {required: [auto_generate]}]\n      properties:\n        name:\n          type: string\n          description")], "request-choice-added", B, "request auto_generate, or name"),
    (BLOCK, [("          schema:\n            type: string\n", "          schema:\n            type: string\n        - {name: lang, in: query, required: true, schema: {type: string}}\n")], "required-request-member-added", B, "request query lang"),
    (BLOCK, [("          schema:\n            type: string\n", "          schema:\n            type: string\n            format: uuid\n")], "request-limit-added", B, "request path conversation_id"),
    (BLOCK, [("        content:\n          application/json:\n            schema:\n              $ref: '#/components/schemas/NameR", "        content:\n          multipart/form-data:\n            schema:\n              $ref: '#/components/schemas/NameR")], "request-media-type-removed", B, "request"),
    (BLOCK, [("      requestBody:\n        required: true", "      requestBody:\n        required: false")], "request-member-became-optional", I, "request /"),
    (CELLS, [("100 个字符", "50 个字符")], "request-limit-tightened", B, "request /name"),
    (CELLS, [("100 个字符", "200 个字符")], "request-limit-loosened", I, "request /name"),
    (CELLS, [("，最多支持 100 个字符", "")], "request-limit-removed", I, "request /name"),
    (CELLS, [("name\n\t\nString\n\t\n必选", "name\n\t\nString\n\t\n可选")], "request-member-became-optional", I, "request /name"),
    (CELLS, [("name\n\t\nString\n\t\n必选", "title\n\t\nString\n\t\n必选")], "required-request-member-added", B, "request /title"),
    (CELLS, [("name\n\t\nString\n\t\n必选", "name\n\t\n\t\n必选")], "request-type-changed", B, "request /name"),
    (CELLS, [("application/json\n", "multipart/form-data\n")], "request-media-type-removed", B, "request"),
    (JOINED, [("会话IDinteger(int64)", "会话IDstring"), ("conversationId: number, p", "conversationId: string, p")], "request-type-changed", B, "request path conversationId"),
    (JOINED, [("topic自定标题", "title自定标题"), ("与topic二选一", "与title二选一"), ("  topic?: string;\n}", "  title?: string;\n}")], "request-member-removed", B, "request /topic"),
    (JOINED, [(",firstMessage与topic二选一", ""), ("两个字段至少传一个", "")], "request-choice-removed", I, "request firstMessage, or topic"),
    (JOINED, [(",firstMessage与topic二选一", ""), ("两个字段至少传一个", ""), ("  firstMessage?:", "  firstMessage:")], "request-member-became-required", B, "request /firstMessage"),
    (BLOCK, [("        updated_at:\n          type: integer\n          format: int64\n", "")], "member-gone", B, "answer success /updated_at"),
    (BLOCK, [("        inputs:\n          type: object", "        mode:\n          type: string\n        inputs:\n          type: object")], "member-added", I, "answer success /mode"),
    (BLOCK, [("        created_at:\n          type: integer\n          format: int64", "        created_at:\n          type: string")], "type-changed", B, "answer success /created_at"),
    (BLOCK, [("        created_at:\n          type: integer\n", "        created_at:\n          type: number\n")], "type-widened", B, "answer success /created_at"),
    (BLOCK, [("        status:\n          type: string\n", "        status:\n          type: string\n          nullable: true\n")], "member-became-nullable", B, "answer success /status"),
    (BLOCK, [("          format: uuid\n", "")], "answer-limit-removed", B, "answer success /id"),
    (BLOCK, [("        created_at:\n          type: integer\n          format: int64", "        created_at:\n          type: integer\n          format: int32")], "answer-limit-tightened", I, "answer success /created_at"),
    (BLOCK, [("        status:\n          type: string\n", "        status:\n          type: string\n          enum: [normal]\n")], "answer-values-restricted", I, "answer success /status"),
    (BLOCK, [("    Item:\n      type: object\n", "    Item:\n      type: object\n      required: [id]\n")], "member-became-constant", I, "answer success /id"),
    (BLOCK, [("                    message: Conversation Not Exists.\n", "")], "member-gone", B, "answer 404 /message"),
    (BLOCK, [("                    status: 404", "                    status: '404'")], "type-changed", B, "answer 404 /status"),
    (BLOCK, [("        '404':", "        '410':")], "status-removed", B, "answer"),
    (BLOCK, [("        '404':", "        '410':")], "refusal-status-added", I, "answer"),
    (BLOCK, [("        '200':", "        '202':")], "success-status-added", W, "answer"),
    (BLOCK, [("                    code: not_found", "                    code: unknown")], "error-code-removed", B, "answer 404"),
    (BLOCK, [("                    code: not_found", "                    code: unknown")], "error-code-added", I, "answer 404"),
    (CELLS, [("logid\n\t\nString", "log\n\t\nString")], "member-gone", B, "answer success /detail/logid"),
    (CELLS, [("code\n\t\nLong", "code\n\t\nString")], "type-changed", B, "answer success /code"),
    (CELLS, [("created_at\n\t\nLong", "created_at\n\t\nInteger")], "answer-limit-removed", B, "answer success /data/created_at"),
    (CELLS, [("created_at\n\t\nLong", "created_at\n\t\nDateTime")], "type-changed", B, "answer success /data/created_at"),
    (CELLS, [("建立的时间，10 位", "建立的时间，13 位")], "answer-limit-loosened", B, "answer success /data/created_at"),
    (CELLS, [("长度为 16 对", "长度为 32 对")], "answer-limit-loosened", B, "answer success /data/meta_data"),
    (CELLS, [("1～64 个", "1～32 个")], "answer-limit-tightened", I, "answer success /data/meta_data"),
    (CELLS, [("1～512 个", "1～1024 个")], "answer-limit-loosened", B, "answer success /data/meta_data/*"),
    (CELLS, [("，值（value）的长度范围为 1～512 个字符", "")], "answer-limit-removed", B, "answer success /data/meta_data/*"),
    (CELLS, [("detail\n\t\nObject of ResponseDetail", "detail\n\t\nObject")], "member-gone", B, "answer success /detail/logid"),
    (JOINED, [("tid追踪号string\n", ""), ("  tid: string;\n", "")], "member-gone", B, "answer success /tid"),
    (JOINED, [("successboolean", "successstring"), ("success: boolean", "success: string")], "type-changed", B, "answer success /success"),
    (JOINED, [("  taskCron?: string;\n", "")], "member-gone", B, "answer success /data/taskCron"),
    (JOINED, [("  uid?: string;", "  uid?: number;")], "type-changed", B, "answer success /data/uid"),
    (JOINED, [("  id: number;", "  id?: number;")], "member-became-optional", B, "answer success /data/id"),
    (JOINED, [("  uid?: string;", "  uid?: string;\n  icon?: string;")], "member-added", I, "answer success /data/icon"),
    (JOINED, [("  firstMessage?:", "  firstMessage:")], "page-contradicts-itself", W, "request /firstMessage"),
    (JOINED, [("tid追踪号string\n", "")], "page-contradicts-itself", W, "answer success /tid"),
    (JOINED, [("successboolean", "successstring")], "page-contradicts-itself", W, "answer success /success"),
    (JOINED, [("请求方式:POST", "请求方式:PUT")], "page-contradicts-itself", W, "method"),
    (BLOCK, [("name: iPhone Specs Chat\n                  user", "name: Another\n                  user")], "example-changed", I, "request example"),
    (BLOCK, [("                    message: Conversation Not", "                    message: It Does Not")], "example-changed", I, "answer 404 example"),
    (BLOCK, [("                    status: normal", "                    status: 1")], "example-breaks-contract", W, "answer success example"),
    (BLOCK, [("            examples:\n              example:\n                value:\n                  name: iPhone Specs Chat\n                  user: abc-123\n", "")], "example-removed", I, "request example"),
    (CELLS, [('    "name": "推荐杭州美食"\n}\'', '    "name": "西湖"\n}\'')], "example-changed", I, "request example"),
    (CELLS, [('  "code": 0,', '  "code": 200,')], "success-code-changed", B, "answer success"),
    (JOINED, [('\t"tid": "2798491776085673993"', '\t"tid": 2798491776085673993')], "example-breaks-contract", W, "answer success example"),
    (JOINED, [('\t"code": "0000",', '\t"code": "200",')], "success-code-changed", B, "answer success"),
]
# fmt: on


@pytest.mark.parametrize(("name", "edits", "rule", "severity", "location"), CHANGES)
def test_a_change_of_a_page_is_reported_by_its_rule_and_location(name, edits, rule, severity, location, tmp_path):
    assert (rule, location) in found(VENDORS[name], changed(name, *edits), tmp_path)
    assert RULES[rule].severity is severity
    assert drift(VENDORS[name], changed(name, *edits), tmp_path).worst >= severity


def test_an_answer_that_is_no_longer_described_is_reported(tmp_path):
    told = yaml.safe_load((ROOT / "contracts" / "coze" / "contract.yaml").read_text())
    del told["paths"]["/v1/conversations/{conversation_id}"]["put"]["responses"]
    assert found("coze", json.dumps(told), tmp_path) == {("member-gone", "answer success /")}


def _last_line_that_matters(name, text):
    last = {BLOCK: "````", CELLS: "}", JOINED: "}"}[name]
    return max(number for number, line in enumerate(text.splitlines(), 1) if line == last)


@pytest.mark.parametrize("name", VENDORS)
def test_a_page_that_is_cut_off_at_any_line_is_never_without_drift(name, tmp_path):
    lines = (PAGES / name).read_text().splitlines(keepends=True)
    whole = _last_line_that_matters(name, "".join(lines))
    for number in range(len(lines)):
        text = "".join(lines[:number])
        if number >= whole:
            assert found(VENDORS[name], text, tmp_path) == NAMED[name], number
            continue
        assert found_or_refused(VENDORS[name], text, tmp_path) - NAMED[name], number


@pytest.mark.parametrize("vendor", list(available()))
def test_a_document_that_is_cut_off_at_any_line_is_never_without_drift(vendor, tmp_path):
    lines = (ROOT / "contracts" / vendor / "contract.yaml").read_text().splitlines(keepends=True)
    for number in range(len(lines)):
        assert found_or_refused(vendor, "".join(lines[:number]), tmp_path), number


def test_a_document_in_json_that_is_cut_off_anywhere_is_refused(tmp_path):
    text = json.dumps(document())
    for number in range(1, len(text), 97):
        with pytest.raises(UsageError, match="is not JSON"):
            found("dify", text[:number], tmp_path)


RENAMED_USER = {"type": "object", "required": ["user"], "properties": {"user": {"type": "string"}}}
REST = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "auto_generate": {"type": "boolean", "default": False}},
}
SAME = {
    "parts that hold all together": {"allOf": [RENAMED_USER, REST]},
    "a part beside members": {**REST, "allOf": [RENAMED_USER]},
    "alternatives that agree": {"oneOf": [{"allOf": [RENAMED_USER, REST]}, {"allOf": [REST, RENAMED_USER]}]},
    "types as lists": {
        **RENAMED_USER,
        "properties": {"user": {"type": ["string"]}, **REST["properties"]},
    },
    "members that are read alone": {
        **RENAMED_USER,
        "required": ["user", "made"],
        "properties": {
            **RENAMED_USER["properties"],
            **REST["properties"],
            "made": {"type": "string", "readOnly": True},
        },
    },
}


@pytest.mark.parametrize("schema", SAME.values(), ids=SAME)
def test_a_schema_written_otherwise_is_no_drift(schema, tmp_path):
    told = document()
    told["components"]["schemas"]["NameRequest"] = schema
    assert found("dify", json.dumps(told), tmp_path) == NAMED[BLOCK]


NULLS = [
    {"type": ["string", "null"]},
    {"anyOf": [{"type": "string"}, {"type": "null"}]},
    {"oneOf": [{"$ref": "#/components/schemas/Text"}, {"type": "null"}]},
    {"allOf": [{"$ref": "#/components/schemas/Text"}], "nullable": True},
]


@pytest.mark.parametrize("schema", NULLS, ids=map(str, NULLS))
def test_null_is_understood_in_every_form(schema, tmp_path):
    told = document()
    told["components"]["schemas"]["Text"] = {"type": "string"}
    told["components"]["schemas"]["Item"]["properties"]["status"] = schema
    nullable = ("member-became-nullable", "answer success /status")
    assert found("dify", json.dumps(told), tmp_path) == {*NAMED[BLOCK], nullable}


def test_alternatives_promise_what_each_of_them_does(tmp_path):
    told = document()
    item = told["components"]["schemas"]["Item"]
    item["properties"]["status"] = {"oneOf": [{"type": "string"}, {"type": "integer"}]}
    item["oneOf"] = [{"required": ["id", "name"]}, {"required": ["id"], "properties": {"mode": {"type": "string"}}}]
    assert found("dify", json.dumps(told), tmp_path) == {
        *NAMED[BLOCK],
        ("type-widened", "answer success /status"),
        ("member-became-constant", "answer success /id"),
        ("member-added", "answer success /mode"),
    }


def test_a_schema_that_holds_itself_ends(tmp_path):
    told = document()
    told["components"]["schemas"]["Item"]["properties"]["parent"] = {"$ref": "#/components/schemas/Item"}
    assert found("dify", json.dumps(told), tmp_path) == {*NAMED[BLOCK], ("member-added", "answer success /parent")}


def test_other_peoples_texts_do_no_harm_on_a_terminal(tmp_path):
    told = document()
    told["components"]["schemas"]["Item"]["properties"]["a\x1b[31m\nb" + "c" * 1000] = {"type": "string"}
    (change,) = [each for each in drift("dify", json.dumps(told), tmp_path).changes if each.rule == "member-added"]
    assert change.location.startswith("answer success /a\\x1b[31m\\nbccc")
    assert len(change.location) < 250


def _with(path, value):
    told = document()
    *above, last = path
    at = told
    for step in above:
        at = at[step]
    at[last] = value
    return json.dumps(told)


# fmt: off
BOMB = {f"n{i}": {"type": "object", "properties": {name: {"$ref": f"#/components/schemas/n{i + 1}"} for name in "ab"}} for i in range(20)}
OPERATION = ("paths", "/conversations/{conversation_id}/name", "post")
SCHEMAS = ("components", "schemas")
UNREADABLE = {
    "nothing": ("", "is empty"),
    "blank": (" \n\n", "is empty"),
    "an error page": ("<!DOCTYPE html><html><body>404</body></html>", "is HTML"),
    "some text": ("Nothing to see here.\n", "describes no operation in a form that can be read"),
    "another text with a table of another kind": ("参数名称参数说明类型schema\n\ncode结果码string\n", "without rows"),
    "a page that points elsewhere": ("---\nopenapi: post /conversations/{id}/name\n---\n", "give that document"),
    "JSON of another kind": ('{"paths": {}}', "is no OpenAPI document"),
    "a list": ("[]", "is no OpenAPI document: it holds array"),
    "Swagger": ('{"swagger": "2.0", "paths": {}}', "is a Swagger 2.0 document"),
    "no paths": ("openapi: 3.0.1\n", "without paths"),
    "no operation": ('{"openapi": "3.0.1", "paths": {"/a": {"get": {}}}}', "does not describe POST /conversations/{conversation_id}/name, but GET /a"),
    "broken YAML": ("openapi: 3.0.1\npaths: [\n", "line 3"),
    "the page of another vendor": ((PAGES / CELLS).read_text(), "does not describe POST"),
    "the text of another vendor": ((PAGES / JOINED).read_text(), "does not describe POST"),
    "the document of another vendor": ((ROOT / "contracts/coze/contract.yaml").read_text(), "does not describe POST"),
    "a block without its end": ("```yaml\nopenapi: 3.0.1\npaths: {}\n", "has no end"),
    "a block of another operation": ("```yaml\nopenapi: 3.0.1\npaths: {/a: {get: {}}}\n```\n", "does not describe POST"),
    "a reference to nowhere": (_with((*SCHEMAS, "Item"), {"$ref": "#/components/schemas/Gone"}), "leads nowhere"),
    "a reference in a circle": (_with((*OPERATION, "requestBody"), {"$ref": "#/" + "/".join(each.replace("/", "~1") for each in (*OPERATION, "requestBody"))}), "leads in a circle"),
    "a reference to another document": (_with((*SCHEMAS, "Item"), {"$ref": "http://127.0.0.1:9/x.json#/Item"}), "leads to another document"),
    "an unknown way to authenticate": (_with(("components", "securitySchemes"), {}), "security names Key, which is not described"),
    "a bomb of references": (_with(SCHEMAS, {**document()["components"]["schemas"], **BOMB, "n20": {}, "Item": BOMB["n0"]}), "describes more than 20000 schemas"),
    "schemas nested deep": (_with((*SCHEMAS, "Item"), json.loads('{"items":' * 200 + "{}" + "}" * 200)), "nested deeper than 100 levels"),
    "JSON nested deep": ("[" * 100_000, "nested deeper than 100 levels"),
    "YAML nested deep": ("openapi: 3.0.1\npaths: " + "[" * 200, "nested more than 100 deep"),
    "YAML nested very deep": ("openapi: 3.0.1\npaths: " + "[" * 100_000, "nest"),  # which parser sees it first varies
    "a number too long": ("openapi: 3.0.1\npaths: " + "1" * 5000, "is not YAML"),
    "a member without a name": ("openapi: 3.0.1\npaths: {[a]: b}", "no plain name"),
    "a type unlike its value": ("openapi: 3.0.1\npaths: !!int x", "is not YAML"),
}
# fmt: on


@pytest.mark.parametrize(("text", "words"), UNREADABLE.values(), ids=UNREADABLE)
def test_an_invalid_page_is_reported_in_one_line(text, words, tmp_path):
    page = tmp_path / "page"
    page.write_text(text)
    code, output = run_main(["docs", "dify", str(page)])
    assert code == 4
    assert output.startswith(f"driftgate: {page}")
    assert words in output
    assert output.count("\n") == 1


def _aliases(depth):
    rows = ["a0: &a0 [x]", *(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]" for i in range(1, depth))]
    return "openapi: 3.0.1\n" + "\n".join(rows) + "\npaths: {/a: {post: {responses: *a" + str(depth - 1) + "}}}\n"


def test_aliases_are_not_multiplied(tmp_path):
    with pytest.raises(UsageError, match="aliases stand for more than 100000 values"):
        found("dify", _aliases(60), tmp_path)


FILES = {
    "a folder": (lambda path: path.mkdir(), "cannot be read (Is a directory)"),
    "no file": (lambda path: None, "cannot be read (No such file"),
    "another encoding": (lambda path: path.write_bytes("会话".encode("gb18030")), "is not a text in UTF-8"),
    "binary": (lambda path: path.write_bytes(b"PK\x03\x04\0\0"), "is not a text"),
    "too much": (lambda path: path.write_bytes(b" " * (16 * 2**20 + 1)), "is larger than 16 MiB"),
}


@pytest.mark.parametrize(("made", "words"), FILES.values(), ids=FILES)
def test_a_file_that_is_no_text_is_reported_in_one_line(made, words, tmp_path):
    made(tmp_path / "page")
    code, output = run_main(["docs", "dify", str(tmp_path / "page")])
    assert code == 4
    assert words in output
    assert output.count("\n") == 1


def test_the_command_shows_each_page_and_fails_as_asked(tmp_path):
    worse = tmp_path / "worse.md"
    worse.write_text(changed(BLOCK, ("          default: false\n", "")))
    good = PAGES / BLOCK
    code, output = run_main(["docs", "dify", str(good), str(worse)])
    assert code == 0
    first, second = output.split("\n\n")
    assert first.startswith(f"{good}, an OpenAPI block in Markdown\n")
    assert "! warning  request-default-removed  request /auto_generate: default false → default absent" in second
    assert second.rstrip().endswith(
        f"1 warning · 1 info (from contract 2026-06 to {worse}, an OpenAPI block in Markdown)"
    )
    assert run_main(["docs", "dify", str(worse), "--fail-on=warning"])[0] == 8
    assert run_main(["docs", "dify", str(good), "--fail-on=warning"])[0] == 0
    assert run_main(["docs", "dify", str(good), "--fail-on=any"])[0] == 8
    assert run_main(["docs", "coze", str(PAGES / CELLS), "--fail-on=any"])[0] == 0
    assert f"## {good}" in run_main(["docs", "dify", str(good), "--format=md"])[1]
    told = json.loads(run_main(["docs", "dify", str(good), str(worse), "--format=json"])[1])
    assert [len(each["changes"]) for each in told] == [1, 2]


def test_a_page_that_cannot_be_read_is_reported_before_others_are_compared(tmp_path):
    code, output = run_main(["docs", "dify", str(PAGES / BLOCK), str(tmp_path / "nothing")])
    assert code == 4
    assert output.count("\n") == 1


def test_an_unknown_vendor_and_a_missing_folder_are_reported():
    code, output = run_main(["docs", "difi", "x"])
    assert code == 4
    assert "did you mean dify?" in output
    code, output = run_main(["docs", "dify", "x", "--contracts=nowhere"])
    assert code == 4
    assert "is not a folder" in output


def test_the_page_on_drift_of_documents_lists_the_rules():
    page = (ROOT / "docs" / "docs-drift.md").read_text()
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", page, re.MULTILINE))
    assert {row[0] for row in OF_DOCUMENTS} <= rows.keys()
    assert rows == {rule: f"{RULES[rule].severity} | {RULES[rule].says}" for rule in rows}


def _generated(*, branches=2, **limits):
    """A document in the form that Dify's repository generates: every branch repeats the members it speaks of."""
    told = json.loads(json.dumps(load_contract("dify", (), "2026-generated").document))
    flag = {"type": "boolean", "default": False, "title": "Auto Generate"}
    name = {"type": "string", "title": "Name"}
    told["components"]["schemas"]["RenameRequest"] = {
        "type": "object",
        "properties": {"auto_generate": flag, "name": name, "user": {"type": "string"}},
        "anyOf": [
            {"type": "object", "required": ["auto_generate"], "properties": {"auto_generate": {"type": "boolean", "enum": [True]}, "name": name}},
            {"type": "object", "required": ["name"], "properties": {"auto_generate": {**flag, "enum": [False]}, "name": {**name, "pattern": r".*\S.*", **limits}}},
        ][-branches:],
    }  # fmt: skip
    return told


def _drift_of_generated(told, folder):
    (folder / "page.json").write_text(json.dumps(told))
    (drift,) = drift_of_pages(load_contract("dify", (), "2026-generated"), [folder / "page.json"])
    return {(change.rule, change.location) for change in drift.changes}


FLAG_OR_NAME = r"request auto_generate true, or name matching .*\S.* (auto_generate false or not sent)"


def test_values_that_are_split_over_branches_restrict_nothing(tmp_path):
    assert _drift_of_generated(_generated(), tmp_path) == set()


def test_a_branch_that_is_gone_is_told(tmp_path):
    assert _drift_of_generated(_generated(branches=1), tmp_path) >= {
        ("request-choice-removed", FLAG_OR_NAME),
        ("request-member-became-required", "request /name"),
        ("request-limit-added", "request /name"),
    }


def test_a_limit_in_one_branch_is_told_of_that_branch_alone(tmp_path):
    limited = FLAG_OR_NAME.replace(".* (", ".* of maxLength 50 (")
    assert _drift_of_generated(_generated(maxLength=50), tmp_path) == {
        ("request-choice-removed", FLAG_OR_NAME),
        ("request-choice-added", limited),
    }
