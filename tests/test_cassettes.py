"""Recorded traffic of clients, really recorded against the emulators, judged as it is and spoiled in one place."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import httpx
import pytest
import vcr
import yaml

from driftgate import read_record
from driftgate.emulator import EMULATORS, emulate
from tests.emulated import APIS
from tests.harness import run_main

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def recorded(vendor, path, *, serializer="yaml", **of_vcr):
    """Records a client that renames and lists into a cassette."""
    api = APIS[vendor]
    recorder = vcr.VCR(serializer=serializer, **of_vcr)
    with emulate(vendor) as server, recorder.use_cassette(str(path)), api.client(server) as client:
        for method, where, of_httpx in (api.rename(server.conversations[0], "Größe"), api.list()):
            assert client.request(method, where, **of_httpx).status_code == 200
    return server.api_key


def judged(vendor, *options):
    return run_main(["judge", "--cassettes", "cassettes", "--vendor", vendor, *options])


def changed(path, change):
    """The cassette with its first interaction changed."""
    value = yaml.safe_load(path.read_text())
    change(value["interactions"][0])
    path.write_text(yaml.safe_dump(value))


@pytest.mark.parametrize("vendor", EMULATORS)
@pytest.mark.parametrize("serializer", ["yaml", "json"])
def test_a_cassette_of_the_emulator_conforms(vendor, serializer):
    recorded(vendor, Path(f"cassettes/rename.{serializer}"), serializer=serializer)
    code, output = judged(vendor)
    assert code == 0, output
    assert output.startswith("1 files with 2 exchanges of")


def test_a_cassette_whose_credentials_were_filtered_conforms():
    recorded("coze", Path("cassettes/none.yaml"), filter_headers=["authorization"])
    recorded("coze", Path("cassettes/other.yaml"), filter_headers=[("authorization", "REDACTED")])
    code, output = judged("coze")
    assert code == 0, output


def test_no_key_of_a_cassette_is_written_down():
    key = recorded("coze", Path("cassettes/rename.yaml"))
    changed(Path("cassettes/rename.yaml"), lambda each: each["request"].update(body=json.dumps({"name": [key]})))
    code, output = judged("coze")
    assert code == 1
    assert key not in output + "".join(path.read_text() for path in Path("reports").rglob("*.jsonl"))


def _answered(change):
    def changes(interaction):
        answer = json.loads(interaction["response"]["body"]["string"])
        change(answer)
        interaction["response"]["body"]["string"] = json.dumps(answer)

    return changes


SPOILED = {
    "a member of the answer has another type": (
        _answered(lambda answer: answer["data"].update(created_at="2026")),
        "coze.answer.created-at",
    ),
    "the answer has no code": (_answered(lambda answer: answer.pop("code")), "coze.answer."),
    "the answer is no JSON": (
        lambda each: each["response"]["body"].update(string="<html>"),
        "coze.answer.",
    ),
    "the request has no name": (lambda each: each["request"].update(body="{}"), "coze.client.rename-has-a-name"),
    "the request has a long name": (
        lambda each: each["request"].update(body=json.dumps({"name": "x" * 101})),
        "coze.client.rename-name-at-most-100",
    ),
    "the request is a PATCH": (lambda each: each["request"].update(method="PATCH"), "coze.client.method-documented"),
    "the request is declared as text": (
        lambda each: each["request"]["headers"].update({"content-type": ["text/plain"]}),
        "coze.client.body-declared-as-json",
    ),
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_spoiled_cassette_is_told_by_its_exchange(how):
    change, requirement = SPOILED[how]
    recorded("coze", Path("cassettes/rename.yaml"))
    changed(Path("cassettes/rename.yaml"), change)
    code, output = judged("coze", "--strict")
    assert code == 1, output
    assert "rename.yaml: " in output
    assert "  exchange 1, " in output
    assert requirement in output


def test_a_cassette_is_judged_by_the_edition_that_is_asked_for():
    recorded("dify", Path("cassettes/rename.yaml"))
    changed(
        Path("cassettes/rename.yaml"),
        lambda each: each["request"].update(body=json.dumps({"name": "A", "auto_generate": False})),
    )
    assert judged("dify")[0] == 1
    assert judged("dify", "--edition=2026-07")[0] == 0


def test_bytes_and_packed_bodies_are_read():
    recorded("coze", Path("cassettes/rename.yaml"))
    changed(
        Path("cassettes/rename.yaml"),
        lambda each: each["response"]["body"].update(string=each["response"]["body"]["string"].encode()),
    )
    assert "!!binary" in Path("cassettes/rename.yaml").read_text()
    assert judged("coze")[0] == 0


def _as_newman(interactions):
    executions = []
    for each in interactions:
        request, response = each["request"], each["response"]
        url = httpx.URL(request["uri"])
        executions.append(
            {
                "request": {
                    "method": request["method"],
                    "url": {
                        "protocol": url.scheme,
                        "port": str(url.port),
                        "path": url.path.strip("/").split("/"),
                        "host": url.host.split("."),
                        "query": [{"key": key, "value": value} for key, value in url.params.items()],
                    },
                    "header": [{"key": key, "value": value[0]} for key, value in request["headers"].items()],
                    "body": {"mode": "raw", "raw": request["body"]},
                },
                "response": {
                    "code": response["status"]["code"],
                    "header": [{"key": key, "value": value[0]} for key, value in response["headers"].items()],
                    "stream": {"type": "Buffer", "data": list(response["body"]["string"].encode())},
                },
            }
        )
    return {"run": {"executions": executions}}


def _as_collection(interactions):
    items = []
    for each in interactions:
        request = {
            "method": each["request"]["method"],
            "url": {"raw": each["request"]["uri"]},
            "header": [{"key": key, "value": value[0]} for key, value in each["request"]["headers"].items()],
            "body": {"mode": "raw", "raw": each["request"]["body"]},
        }
        headers = [{"key": key, "value": value[0]} for key, value in each["response"]["headers"].items()]
        answer = {"code": each["response"]["status"]["code"], "header": headers}
        answer |= {"body": each["response"]["body"]["string"], "originalRequest": request}
        items.append({"name": "saved", "request": request, "response": [answer]})
    return {"info": {"name": "A collection"}, "item": [{"name": "a folder", "item": items}]}


def _as_har(interactions):
    entries = []
    for each in interactions:
        request, response = each["request"], each["response"]
        pairs = [
            [{"name": key, "value": value[0]} for key, value in side["headers"].items()] for side in (request, response)
        ]
        text = response["body"]["string"]
        content = {"size": len(text.encode()), "text": base64.b64encode(text.encode()).decode(), "encoding": "base64"}
        entries.append(
            {
                "request": {
                    "method": request["method"],
                    "url": request["uri"],
                    "headers": pairs[0],
                    "postData": {"text": request["body"] or ""},
                },
                "response": {"status": response["status"]["code"], "headers": pairs[1], "content": content},
            }
        )
    return {"log": {"entries": entries}}


@pytest.mark.parametrize("form", [_as_newman, _as_collection, _as_har])
def test_other_forms_are_judged_like_the_cassette(form):
    recorded("coze", Path("first.yaml"))
    value = yaml.safe_load(Path("first.yaml").read_text())
    Path("cassettes").mkdir()
    Path("cassettes/export.json").write_text(json.dumps(form(value["interactions"])))
    code, output = judged("coze")
    assert code == 0, output
    assert "2 exchanges" in output
    value["interactions"][0]["request"]["body"] = "{}"
    Path("cassettes/export.json").write_text(json.dumps(form(value["interactions"])))
    assert "coze.client.rename-has-a-name (must)" in judged("coze")[1]


def test_records_are_written_and_judged_too():
    recorded("coze", Path("cassettes/rename.yaml"))
    judged("coze")
    (record,) = Path("reports/judged/cassettes").glob("*.jsonl")
    assert record.name == "0001-rename.jsonl"
    assert {row.side for row in read_record(record).verdicts} == {None, "client"}
    assert read_record(record).shapes
    record.rename("cassettes/rename.jsonl")
    Path("cassettes/rename.yaml").unlink()
    assert judged("coze")[0] == 0


def test_a_cassette_is_compared_with_the_record_of_a_run():
    recorded("coze", Path("cassettes/rename.yaml"))
    live = str(ROOT / "reports/baselines/coze.jsonl")
    code, output = run_main(["drift", "cassettes/rename.yaml", live])
    assert code == 0, output
    assert "requirement-added" not in output
    changed(Path("cassettes/rename.yaml"), _answered(lambda answer: answer["data"].update(created_at="2026")))
    code, output = run_main(["drift", "cassettes/rename.yaml", live])
    assert code == 8
    assert "rename success /data/created_at: string → integer" in output
    Path("cassettes/none.yaml").write_text("interactions: []\n")
    code, output = run_main(["drift", "cassettes/none.yaml", live])
    assert code == 4
    assert "has no exchange of coze" in output


def test_other_files_and_other_servers_are_counted():
    recorded("coze", Path("cassettes/rename.yaml"))
    Path("cassettes/settings.yaml").write_text("a: 1\n")
    Path("cassettes/elsewhere.yaml").write_text("interactions: []\nversion: 1\n")
    assert "; 2 other files" in judged("coze")[1]
    code, output = judged("coze", "--base-url=https://api.example")
    assert code == 4
    assert "none of its 3 files has an exchange of coze" in output


MISTAKES = {
    "cassettes/broken.yaml": ("interactions: [\n", "broken.yaml, line 2"),
    "cassettes/broken.json": ('{"interactions": [', "broken.json: is not JSON"),
    "cassettes/deep.yaml": ("[" * 200, "is nested more than 100 deep"),
    "cassettes/object.yaml": ("!!python/object:os.system {}\n", "could not determine a constructor"),
    "cassettes/broken.jsonl": ("{}\n", "is no line of a record"),
}


@pytest.mark.parametrize("path", MISTAKES)
def test_a_file_that_cannot_be_read_is_told(path):
    text, told = MISTAKES[path]
    recorded("coze", Path("cassettes/rename.yaml"))
    Path(path).write_text(text)
    code, output = judged("coze")
    assert code == 4
    assert told in output
    assert output.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--cassettes=nowhere", "--vendor=coze"], "nowhere: is not a folder"),
        (["--cassettes=nowhere"], "--cassettes needs --vendor"),
        (["--cassettes=a", "--har=b"], "give a record, or --har FILE or --cassettes DIR"),
        (["a.jsonl", "--base-url=http://a"], "--base-url goes with --cassettes"),
    ],
)
def test_wrong_options_are_told(options, told):
    code, output = run_main(["judge", *options])
    assert code == 4
    assert told in output
