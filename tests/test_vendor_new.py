"""``driftgate vendor new``: a contract from a vendor's own document, and what it says where there is too little for one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from driftgate.contract import load_contract
from driftgate.docs.draft.roles import resource
from tests.harness import run_main

DOCUMENTS = Path(__file__).parent / "fixtures" / "openapi"
PUBLISHED = {
    "agent-protocol": ("patch_thread", "--name=/metadata/title"),
    "langgraph": ("PATCH /threads/{thread_id}", "--name=/metadata/title"),
    "dify": ("renameConversation",),
}


def _new(folder, document, *options, vendor="acme"):
    return run_main(["vendor", "new", vendor, f"--openapi={document}", f"--contracts={folder}", *options])


def _published(folder, name):
    operation, *options = PUBLISHED[name]
    return _new(folder, DOCUMENTS / f"{name}.json", f"--operation={operation}", *options)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_document_becomes_a_contract_that_holds_together(tmp_path, name):
    code, output = _published(tmp_path, name)
    assert code == 0, output
    contract = load_contract("acme", [tmp_path])
    checks = {row.check for row in contract.requirements}
    assert {"persists", "echoes", "answers", "rejects", "refuses"} <= checks
    assert all(untested.why for untested in contract.not_tested)
    assert "TODO" not in "".join(path.read_text() for path in (tmp_path / "acme").iterdir())
    assert "# guessed" in (tmp_path / "acme" / "requirements.yaml").read_text()


@pytest.mark.parametrize(("name", "word"), [("langgraph", "thread"), ("dify", "conversation")])
def test_a_draft_says_the_word_of_the_path(tmp_path, name, word):
    _published(tmp_path, name)
    assert load_contract("acme", [tmp_path]).resource.one == word
    says = "".join(row.says + row.impact for row in load_contract("acme", [tmp_path]).requirements)
    assert word in says
    assert ("conversation" in says) == (word == "conversation")


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/chats/{chat_id}/sessions/{id}", "session"),
        ("/v1/chat-sessions/{id}/name", "chat session"),
        ("/stories/{id}", "story"),
        ("/boxes/{id}", "box"),
        ("/todoLists/rename", "todo list"),
        ("/chat/{id}", "conversation"),
        ("/v1/rename", "conversation"),
        ("/{tenant}/{id}", "conversation"),
        ("/rename", "conversation"),
    ],
)
def test_the_word_of_a_path_is_the_plural_before_the_id(path, word):
    assert resource(path).one == word


@pytest.mark.parametrize("name", PUBLISHED)
def test_power_on_its_emulator_gives_figures(tmp_path, name):
    _published(tmp_path, name)
    code, output = run_main(["power", f"--contracts={tmp_path}", "--fault=name-cut", "--json"])
    assert code == 0, output
    (found,) = json.loads(output)
    assert "acme.rename.persists" in found["noticed"]["name-cut"]


def _document(tmp_path, change=lambda document: None, *, name="agent-protocol", ext="json"):
    document = json.loads((DOCUMENTS / f"{name}.json").read_text())
    change(document)
    path = tmp_path / f"document.{ext}"
    path.write_text(json.dumps(document) if ext == "json" else yaml.safe_dump(document, sort_keys=False))
    return path


def _patch(document):
    return document["components"]["schemas"]["ThreadPatch"]


def test_limits_enums_and_types_of_a_body_become_rows(tmp_path):
    def change(document):
        title = {"type": "string", "minLength": 1, "maxLength": 40}
        kind = {"type": "string", "enum": ["plain", "pinned"]}
        _patch(document).update({"required": ["title", "kind"], "properties": {"title": title, "kind": kind}})
        document["components"]["schemas"]["Thread"]["properties"]["title"] = {"type": "string"}

    code, output = _new(tmp_path, _document(tmp_path, change, ext="yaml"), "--operation=patch_thread")
    assert code == 0, output
    rows = {row.id.removeprefix("acme.rename."): row for row in load_contract("acme", [tmp_path]).requirements}
    assert rows["at-most-40"].detail["at_most"] == 40
    assert {"title-required", "title-type", "title-at-least-1", "kind-required", "kind-values"} <= rows.keys()
    assert rows["kind-values"].level == "must"
    assert rows["persists"].level == "should"


def test_a_schema_that_contains_itself_is_cut_and_listed_as_not_tested(tmp_path):
    def change(document):
        thread = document["components"]["schemas"]["Thread"]
        thread["properties"]["parent"] = {"$ref": "#/components/schemas/Thread"}

    code, output = _new(tmp_path, _document(tmp_path, change), "--operation=patch_thread", "--name=/metadata/title")
    assert code == 0, output
    assert "its schema contains itself" in output
    assert load_contract("acme", [tmp_path])


def test_a_page_with_an_openapi_block_is_a_document(tmp_path):
    page = tmp_path / "page.md"
    text = _document(tmp_path, ext="yaml").read_text()
    page.write_text(f"# Threads\n\n```yaml\n{text}```\n")
    options = (f"--page={page}", "--operation=patch_thread", "--name=/metadata/title")
    code, output = run_main(["vendor", "new", "acme", f"--contracts={tmp_path}", *options])
    assert code == 0, output


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        (None, ["--operation=patch_thred"], "did you mean patch_thread"),
        (None, ["--operation=patch_thread"], "say which it is with --name POINTER"),
        (None, ["--operation=patch_thread", "--name=/nope"], "has no /nope"),
        (None, ["--operation=get_thread"], "describes no body"),
        ('{"swagger": "2.0", "paths": {"/a": {}}}', ["--operation=x"], "is a Swagger 2.0 document"),
        ("# Threads", ["--operation=x"], "holds no OpenAPI document"),
        ('{"openapi": "3.1.0", "pa', ["--operation=x"], "is it cut off?"),
        ("<!DOCTYPE html><html>", ["--operation=x"], "is HTML"),
    ],
)
def test_what_gives_no_contract_is_told_in_one_line_and_writes_nothing(tmp_path, text, options, says):
    document = DOCUMENTS / "agent-protocol.json"
    if text is not None:
        document = tmp_path / "document"
        document.write_text(text)
    code, output = _new(tmp_path / "contracts", document, *options)
    assert code == 4
    assert says in output
    assert len(output.strip().splitlines()) == 1
    assert not (tmp_path / "contracts").exists()


def test_a_vendor_that_exists_is_left_as_it_is(tmp_path):
    _published(tmp_path, "dify")
    before = (tmp_path / "acme" / "requirements.yaml").read_bytes()
    code, output = _published(tmp_path, "agent-protocol")
    assert code == 4
    assert "already exists and is left unchanged" in output
    assert (tmp_path / "acme" / "requirements.yaml").read_bytes() == before


KEY = "lsv2-0123456789abcdef"


def _entry(status, sent, answered):
    """A rename in a HAR file."""
    headers = [{"name": "Content-Type", "value": "application/json"}]
    return {
        "request": {
            "method": "PATCH",
            "url": "https://a.example/threads/5c2f1a60-6f0e-4f5e-9d53-2f4a3e1c0001",
            "headers": [{"name": "Authorization", "value": f"Bearer {KEY}"}],
            "postData": {"text": json.dumps(sent)},
        },
        "response": {"status": status, "headers": headers, "content": {"text": json.dumps(answered)}},
    }


def _captured(tmp_path, *entries):
    path = tmp_path / "traffic.har"
    path.write_text(json.dumps({"log": {"entries": [*entries, {"request": {"method": "GET", "url": "https://a/"}}]}}))
    return _new(tmp_path, DOCUMENTS / "langgraph.json", "--operation=PATCH /threads/{thread_id}",
                "--name=/metadata/title", f"--from={path}")  # fmt: skip


def test_captured_traffic_becomes_examples_without_keys(tmp_path):
    thread = {
        "thread_id": "5c2f1a60-6f0e-4f5e-9d53-2f4a3e1c0001",
        "created_at": "2026-01-01T00:00:00+00:00",
        "updated_at": "2026-01-01T00:00:00+00:00",
        "metadata": {"title": "Plans"},
        "status": "idle",
    }
    code, output = _captured(
        tmp_path,
        _entry(200, {"metadata": {"title": "Plans"}}, thread),
        _entry(200, {"metadata": {"title": "Others"}}, thread),
        _entry(404, {"metadata": {"title": "Gone"}}, "there is no such thread"),
        _entry(200, {"metadata": {"title": KEY}}, thread),
        _entry(200, {"metadata": 7}, thread),
        _entry(500, {"metadata": {"title": "Plans"}}, {}),
    )
    assert code == 0, output
    contract = load_contract("acme", [tmp_path])
    assert [(each.request, each.status) for each in contract.examples] == [
        ({"metadata": {"title": "Plans"}}, 200),
        (None, 404),
    ]
    assert contract.requirement("acme.rename.captured-accepted").level == "should"
    assert "captured and no examples: 3" in output
    assert "it holds a key" in output
    written = "".join(path.read_text() for path in (tmp_path / "acme").iterdir())
    assert KEY not in written + output
    assert "take out what is private" in written
    assert run_main(["contracts", "check", "acme", f"--contracts={tmp_path}"])[0] == 0


def test_a_capture_without_a_rename_writes_nothing(tmp_path):
    code, output = _captured(tmp_path)
    assert code == 4
    assert "none of its 1 entries is of an operation of acme" in output
    assert not (tmp_path / "acme").exists()
