"""A fourth vendor is a folder of data: the suites judge it without a change to any Python file."""

from __future__ import annotations

import json
import threading

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from driftgate.emulator.server import listen, server
from tests.harness import judge_url

CONTRACT = """
openapi: 3.1.0
info: {title: Tiny, version: "1"}
paths:
  /talks/{talk}/title:
    put:
      operationId: setTitle
      parameters: [{name: talk, in: path, required: true, schema: {type: string}}]
      requestBody:
        content:
          application/json:
            schema: {type: object, required: [title], properties: {title: {type: string, maxLength: 30}}}
      responses: {"200": {description: done}}
  /talks/{talk}:
    get:
      operationId: getTalk
      parameters: [{name: talk, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: the talk}}
"""
REQUIREMENTS = """
vendor: tiny
title: Tiny
edition: "1"
pages: {page: {title: A page, languages: [en]}}
outcomes: {success: [{status: ["200"]}], refusal: [{status: [4XX]}]}
conversation: {id: /key, name: /title, unknown: nowhere}
operations:
  rename: {operation: setTitle, path: {talk: "${conversation}"}, body: {title: "${name}"}, conversation: ""}
  read: {operation: getTalk, path: {talk: "${conversation}"}, conversation: ""}
requirements:
  - id: tiny.title.persists
    level: must
    says: A later read shows the title.
    impact: Titles are lost.
    source: {page: page, section: "1"}
    check: persists
  - id: tiny.title.at-most-30
    level: must
    says: A title has at most 30 characters.
    impact: Titles are cut.
    source: {page: page, section: "2"}
    check: limits
    field: title
    at_most: 30
    alphabets: [ASCII]
  - id: tiny.title.required
    level: must
    says: A title is required.
    impact: Titles are lost.
    source: {page: page, section: "2"}
    check: rejects
    breaks: [{remove: [title]}]
  - id: tiny.title.key-is-text
    level: must
    says: key is a string.
    impact: Clients fail.
    source: {page: page, section: "3"}
    check: answers
    at: /key
    schema: {type: string}
"""


def tiny_server(longest):
    talks = {"a": "A talk"}

    async def put(request):
        title = json.loads(await request.body()).get("title")
        if request.path_params["talk"] not in talks or not isinstance(title, str) or len(title) > longest:
            return JSONResponse({"why": "no"}, 422)
        talks["a"] = title
        return JSONResponse({"key": "a", "title": title})

    async def get(request):
        return JSONResponse({"key": "a", "title": talks["a"]})

    return Starlette(routes=[Route("/talks/{talk}/title", put, methods=["PUT"]), Route("/talks/{talk}", get)])


@pytest.mark.parametrize(("longest", "exit_code", "failed"), [(30, 0, set()), (31, 1, {"tiny.title.at-most-30"})])
def test_a_vendor_of_data_alone_is_judged(tmp_path, longest, exit_code, failed):
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "contract.yaml").write_text(CONTRACT)
    (folder / "requirements.yaml").write_text(REQUIREMENTS)
    (folder / "examples.yaml").write_text("examples: []\n")
    sock = listen()
    serving = server(tiny_server(longest))
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    judged = judge_url("tiny", url, [f"--contracts={tmp_path}", "--conversation=a"])
    serving.stop()
    thread.join()
    assert judged.exit == exit_code, judged.output
    assert judged.failed() == failed
    assert set(judged.verdicts) == {
        "tiny.title.persists",
        "tiny.title.at-most-30",
        "tiny.title.required",
        "tiny.title.key-is-text",
    }
