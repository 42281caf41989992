"""Judging again what took place before: the same verdicts as the run, nothing sent, nothing told of a capture's keys."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import zlib
from pathlib import Path

import pytest

from driftgate.base.paths import CONTRACTS
from driftgate.contract import load_contract
from driftgate.contract.schemas import file_schema, first_problem
from driftgate.emulator import EMULATORS, start
from driftgate.emulator.faults import faulty
from driftgate.record.reading import read_record
from tests.harness import judge, live_options, run_main
from tests.kept import kept

BY_ANSWERS = ("answers", "survives")
CASES = [(vendor, []) for vendor in sorted(EMULATORS)] + [
    ("dify", ["times-as-floats"]),
    ("dify", ["id-no-uuid"]),
    ("dify", ["list-body-fails"]),
    ("dify", ["unknown-without-code"]),
    ("coze", ["code-as-text"]),
    ("coze", ["meta-data-values-as-numbers"]),
    ("coze", ["refusal-without-message"]),
    ("coze", ["list-body-fails"]),
    ("nuwax", ["success-false"]),
    ("nuwax", ["tid-as-number"]),
    ("nuwax", ["answer-display-code-gone"]),
]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def offline(monkeypatch):
    """No connection can be made."""

    def refused(*_):
        raise AssertionError("a connection was made")

    monkeypatch.setattr(socket.socket, "connect", refused)


def record_of(emulator, *options):
    """The record of a run against an emulator, as a file in this folder."""
    running = start(emulator)
    given = [f"--vendor={emulator.vendor}", f"--base-url={running.base_url}", "--report-dir=.", *live_options(running)]
    run_main(["run", "-q", *given, *options], key=running.api_key)
    running.stop()
    return Path(f"{emulator.vendor}.jsonl")


def judged(*arguments):
    """Exit code, output, and the record that was written, by the verdicts of the requirements."""
    code, output = run_main(["judge", "--report-dir=judged", *map(str, arguments)])
    (path,) = Path("judged").glob("*.judged.jsonl")
    return code, output, read_record(path)


def by_answers(record):
    """What answers alone can tell of a record: verdict, findings and how often, by requirement."""
    occurrences = {(row.requirement, row.fingerprint): row.occurrences for row in record.findings}
    return {
        row.requirement: (
            row.verdict,
            row.judged,
            {fingerprint: occurrences[row.requirement, fingerprint] for fingerprint in row.findings},
        )
        for row in record.verdicts
        if row.check in BY_ANSWERS
    }


def verdicts(record):
    return {row.requirement: row.verdict for row in record.verdicts}


@pytest.mark.parametrize(("vendor", "fault"), CASES)
def test_a_record_gets_the_verdicts_of_its_run(vendor, fault, request):
    path = kept(vendor, *fault)
    request.getfixturevalue("offline")
    code, output, again = judged(path)
    of_run = read_record(path)
    assert by_answers(again) == by_answers(of_run)
    failed = {row.requirement for row in of_run.verdicts if row.verdict == "fail" and row.check in BY_ANSWERS}
    assert bool(failed) is bool(fault)
    assert code == (1 if any(load_contract(vendor).requirement(each).level == "must" for each in failed) else 0)
    assert all(each in output for each in failed)
    assert [row.outcome for row in again.exchanges] == [row.outcome for row in of_run.exchanges]
    assert again.shapes == of_run.shapes


@pytest.mark.parametrize(("vendor", "fault"), CASES)
def test_the_same_traffic_in_a_har_file_gets_the_same_verdicts(vendor, fault):
    of_run = read_record(kept(vendor, *fault))
    har(*(entry(row) for row in of_run.exchanges))
    params = [f"--param={name}={value}" for name, value in EMULATORS[vendor].params.items()]
    _, output, again = judged("--har=a.har", f"--vendor={vendor}", *params)
    assert by_answers(again) == by_answers(of_run)
    assert f"a.har: {len(of_run.exchanges)} exchanges taken" in output


def test_what_needs_requests_is_untested_and_says_so():
    path = record_of(EMULATORS["coze"]())
    code, output, again = judged(path)
    assert code == 0
    others = [row for row in again.verdicts if row.check not in BY_ANSWERS]
    assert others
    assert {row.reason for row in others} == {"needs requests: use driftgate run"}
    assert {row.verdict for row in others} == {"none"}
    assert "0 requests" in output
    assert "conforms as far as tested, not fully verified" in output


def test_another_edition_gives_other_verdicts():
    path = record_of(faulty("dify", ["credential-in-another-form"]))
    code, _, by_june = judged(path)
    assert code == 0  # a SHOULD
    code, _, by_july = judged(path, "--edition=2026-07")
    assert code == 1
    assert by_june.header.contract.edition == "2026-06"
    assert by_july.header.contract.edition == "2026-07"
    assert by_june.header.suite != by_july.header.suite
    assert [row.fingerprint for row in by_june.findings] == [row.fingerprint for row in by_july.findings]
    assert judged(path, "--strict")[0] == 1


def test_an_edition_of_our_own_gives_other_verdicts(tmp_path):
    path = record_of(EMULATORS["coze"]())
    source = CONTRACTS / "coze"
    folder = tmp_path / "own" / "coze"
    (folder / "editions").mkdir(parents=True)
    for file in source.glob("*.yaml"):
        (folder / file.name).write_text(file.read_text())
    (folder / "editions" / "next.yaml").write_text(
        'edition: next\nbased_on: "2026-05"\nbecause: It is to be.\n'
        'requirements:\n  change:\n    - {id: coze.answer.status, status: ["201"]}\n'
    )
    code, _, again = judged(path, "--contracts=own", "--edition=next", "--strict")
    assert code == 1
    assert {row.requirement for row in again.findings} == {"coze.answer.status"}


def test_the_record_of_a_judgement_is_valid_and_says_where_it_comes_from():
    path = record_of(EMULATORS["dify"](), "--profile=smoke")
    _, output, again = judged(path)
    for line in again.path.read_text().splitlines():
        assert first_problem(file_schema("record"), json.loads(line)) is None
    source = again.header.source
    assert (source.kind, source.file, source.ignored) == ("record", "dify.jsonl", 0)
    assert source.taken == len(again.exchanges)
    assert again.header.started == read_record(path).header.started
    assert again.header.profile == "smoke"
    assert again.footer.requests == 0
    assert output.startswith(f"dify.jsonl: {source.taken} exchanges taken (")
    assert run_main(["drift", str(again.path), str(again.path)])[0] == 0


def test_a_judged_record_can_be_judged_again_and_is_kept():
    _, _, first = judged(record_of(faulty("coze", ["code-as-text"])))
    code, output = run_main(["judge", str(first.path), "--report-dir=judged"])
    assert code == 4
    assert "would be written over; give another --report-dir" in output
    code, _ = run_main(["judge", str(first.path), "--report-dir=second"])
    assert code == 1
    assert by_answers(read_record(Path("second/coze.judged.jsonl"))) == by_answers(first)


class Long(EMULATORS["coze"]):
    """Answers renames with more than a record keeps, and with a time of the wrong type at its end."""

    def renamed(self, conversation, name):
        return {**super().renamed(conversation, name), "a": "x" * 70_000, "created_at": "soon"}


def test_what_a_record_holds_the_beginning_of_is_left_open():
    path = record_of(Long())
    assert verdicts(read_record(path))["coze.answer.created-at-is-10-digits"] == "fail"
    code, output, again = judged(path)
    found = verdicts(again)
    assert code == 6
    assert found["coze.answer.created-at-is-10-digits"] == "inconclusive"
    assert found["coze.answer.is-json"] == "inconclusive"
    assert found["coze.answer.status"] == "pass"
    assert found["coze.answer.media-type"] == "pass"
    assert "the record holds only the beginning" in output
    assert "fail" not in found.values()


class Telling(EMULATORS["dify"]):
    """Answers with the key where a text belongs, and in the wrong form."""

    def renamed(self, conversation, name):
        return {**super().renamed(conversation, name), "status": f"normal {self.api_key}"}


def test_what_a_key_was_taken_out_of_is_left_open():
    path = record_of(Telling())
    assert verdicts(read_record(path))["dify.answer.status-is-normal"] == "fail"
    code, output, again = judged(path)
    found = verdicts(again)
    assert code == 6
    assert found["dify.answer.status-is-normal"] == "inconclusive"
    assert found["dify.answer.id-is-uuid"] == "pass"
    assert "a key was taken out of the answer of exchange" in output
    assert ("rename", "success") not in {(row.role, row.outcome) for row in again.shapes}


def test_a_record_that_holds_no_answer_of_the_operation_is_inconclusive():
    path = record_of(EMULATORS["coze"](), "--max-requests=3")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert "rename" not in {row.get("role") for row in rows}
    code, output, again = judged(path)
    assert code == 6
    assert set(verdicts(again).values()) == {"none"}
    assert "no response contained what this requirement is about" in output


# HAR files, as browsers and proxies write them

RENAMED = {
    "id": "45701982-8118-4bc5-8e9b-64562b4555f2",
    "name": "A talk",
    "inputs": {},
    "status": "normal",
    "introduction": None,
    "created_at": 1705407629,
    "updated_at": 1705411229,
}
PATH = f"/conversations/{RENAMED['id']}/name"
HOST = "https://gateway.example/eu/dify/v1"


def har(*entries, **log):
    Path("a.har").write_text(json.dumps({"log": {"version": "1.2", "entries": list(entries), **log}}))


def entry(row):
    """What a browser would have captured of an exchange of a record."""
    sent, answer = row.request, row.answer
    request = {"method": sent.method, "url": sent.url, "headers": [], "cookies": []}
    if sent.body is not None:
        request["postData"] = {"mimeType": "application/json", "text": sent.body.raw().decode("utf-8", "replace")}
    body = answer.body.raw()
    content = {
        "size": len(body),
        "mimeType": "x-unknown",
        "text": base64.b64encode(body).decode(),
        "encoding": "base64",
    }
    headers = [{"name": name, "value": value} for name, value in answer.headers]
    response = {"status": answer.status, "headers": headers, "content": content}
    return {"startedDateTime": "2026-01-01T00:00:00.000Z", "time": 5, "request": request, "response": response}


def rename(body=None, /, *, status=200, content=None, headers=None, method="POST", url=HOST + PATH, **request):
    """An entry of a rename; ``content`` in place of the text of ``body``."""
    text = json.dumps(RENAMED if body is None else body)
    types = [{"name": "content-type", "value": "application/json; charset=utf-8"}]
    return {
        "startedDateTime": "2026-07-01T10:00:00.000Z",
        "time": 12.5,
        "request": {"method": method, "url": url, "httpVersion": "h2", "headers": [], **request},
        "response": {
            "status": status,
            "headers": types if headers is None else headers,
            "content": {"size": len(text), "mimeType": "application/json", "text": text}
            if content is None
            else content,
        },
    }


def of_har(*entries, options=()):
    har(*entries)
    return judged("--har=a.har", "--vendor=dify", *options)


def test_exchanges_are_found_by_method_and_the_end_of_the_path():
    others = [
        rename(method="OPTIONS"),
        rename(url=f"{HOST}{PATH}/again"),
        rename(url=f"{HOST}/conversations//name"),
        rename(url="https://cdn.example/logo.png", method="GET"),
        {"comment": "no request at all"},
        None,
        17,
    ]
    listed = rename({"data": []}, url=f"{HOST}/conversations?user=me&limit=20", method="GET")
    code, output, record = of_har(*others, rename(), listed, rename(method="post", url=f"http://127.0.0.1:8080{PATH}"))
    assert code == 0, output
    assert "a.har: 3 exchanges taken (2 rename, 1 read), 7 ignored" in output
    assert record.header.source.kind == "har"
    assert (record.header.source.taken, record.header.source.ignored) == (3, 7)
    assert record.header.profile == "none"
    assert record.header.started == "2026-07-01T10:00:00.000Z"
    assert record.header.target.base_url == f"{HOST}, http://127.0.0.1:8080"
    assert record.exchanges[0].request.url == HOST + PATH
    assert {row.conversation for row in record.exchanges} == {RENAMED["id"], None}


def test_a_violation_in_a_har_file_is_reported_like_that_of_a_run():
    code, output, record = of_har(rename({**RENAMED, "created_at": "soon"}))
    assert code == 1
    assert "dify.answer.created-at-is-integer (must)" in output
    assert 'actual     "soon"' in output
    (finding,) = (row for row in record.findings if row.requirement == "dify.answer.created-at-is-integer")
    of_run = judge("dify", ["times-as-iso-text"])
    known = {row["fingerprint"] for row in of_run.of("finding") if row["requirement"] == finding.requirement}
    assert known == {finding.fingerprint}


def test_the_edition_of_a_har_file_is_the_one_that_is_given():
    refusal = {"code": "unauthorized", "message": "no"}
    assert of_har(rename(), rename(refusal, status=401))[0] == 0
    code, _, record = of_har(rename(), rename(refusal, status=401), options=["--edition=2026-07"])
    assert code == 1
    assert record.header.contract.edition == "2026-07"


TEXT = json.dumps(RENAMED)
PACKED = base64.b64encode(gzip.compress(TEXT.encode())).decode()
DEFLATED = base64.b64encode(zlib.compress(TEXT.encode())).decode()
GZIP = [{"name": "Content-Type", "value": "application/json"}, {"name": "Content-Encoding", "value": "gzip"}]
PSEUDO = [{"name": ":status", "value": "200"}, {"name": "Content-Type", "value": "application/json"}]
WHOLE = {
    "as text": {"content": {"text": TEXT, "size": len(TEXT)}},
    "without a size": {"content": {"text": TEXT}},
    "with a size of nonsense": {"content": {"text": TEXT, "size": "much"}},
    "a size on the way that is larger": {"content": {"text": TEXT, "size": len(TEXT) + 500}},
    "in base64": {"content": {"text": base64.b64encode(TEXT.encode()).decode(), "encoding": "base64"}},
    "unpacked already": {"content": {"text": TEXT, "size": len(TEXT), "compression": 40}, "headers": GZIP},
    "packed still": {"content": {"text": PACKED, "encoding": "base64", "size": len(TEXT)}, "headers": GZIP},
    "deflated": {
        "content": {"text": DEFLATED, "encoding": "base64"},
        "headers": [PSEUDO[1], {"name": "content-encoding", "value": "deflate"}],
    },
    "with the headers of HTTP/2": {"headers": PSEUDO},
    "without headers": {"headers": [], "content": {"text": TEXT, "mimeType": "application/json"}},
    "with headers that are none": {"headers": [*PSEUDO, None, {"name": 1, "value": 2}, {"name": "x"}]},
}


@pytest.mark.parametrize("form", WHOLE)
def test_an_answer_is_read_in_every_form_that_captures_have(form):
    code, output, record = of_har(rename(**WHOLE[form]))
    assert code == 0, output
    assert {row.verdict for row in record.verdicts if row.check in BY_ANSWERS} == {"pass", "none"}
    assert verdicts(record)["dify.answer.name-is-text"] == "pass"
    assert verdicts(record)["dify.answer.media-type"] == "pass"


LOST = {
    "no text": {"size": 300, "mimeType": "application/json"},
    "no content": {},
    "a content that is none": None,
    "the beginning": {"text": TEXT[:50], "size": len(TEXT)},
    "broken base64": {"text": "a", "encoding": "base64"},
    "another encoding": {"text": TEXT, "encoding": "rot13"},
    "packed in another way": {"text": base64.b64encode(b"\x1b\xff\x00\x80").decode(), "encoding": "base64"},
    "the beginning of what is packed": {
        "text": base64.b64encode(gzip.compress(TEXT.encode())[:40]).decode(),
        "encoding": "base64",
    },
    "sanitised": {"text": json.dumps({**RENAMED, "id": "[id redacted]", "status": "[status redacted]"})},
}


@pytest.mark.parametrize("form", LOST)
def test_what_a_capture_does_not_hold_is_no_violation(form):
    packing = "br" if form == "packed in another way" else "gzip"
    headers = [GZIP[0], {"name": "content-encoding", "value": packing}]
    broken = rename(headers=headers)
    broken["response"]["content"] = LOST[form]
    code, output, record = of_har(broken)
    assert code == 6, output
    assert verdicts(record)["dify.answer.id-is-uuid"] == "inconclusive"
    assert verdicts(record)["dify.answer.status"] == "pass"
    assert "fail" not in verdicts(record).values()
    assert not record.findings


def test_without_its_body_an_answer_may_have_been_a_success_or_a_refusal():
    lost = rename(content={"size": 10}, method="PUT", url="https://api.example/v1/conversations/1")
    har(lost)
    code, _, record = judged("--har=a.har", "--vendor=coze")
    found = verdicts(record)
    assert code == 6
    assert {found[row.requirement] for row in record.verdicts if row.check == "answers"} == {"inconclusive"}


def test_headers_that_were_not_captured_are_no_violation():
    _, _, record = of_har(rename(headers=[], content={"text": TEXT}))
    assert verdicts(record)["dify.answer.media-type"] == "inconclusive"
    _, _, record = of_har(rename(headers=[{"name": "date", "value": "now"}], content={"text": TEXT}))
    assert verdicts(record)["dify.answer.media-type"] == "fail"


@pytest.mark.parametrize("status", [0, -1, None, "200", True, 1e9, []])
def test_a_request_that_was_not_answered_is_taken_and_not_judged(status):
    aborted = rename(status=status, content={"size": 0})
    code, output, record = of_har(rename(), aborted)
    assert code == 0
    assert "2 exchanges taken" in output
    assert record.exchanges[1].answer is None
    assert "no answer was captured" in record.exchanges[1].transport_error


def test_a_server_error_in_a_har_file_is_reported():
    code, output, _ = of_har(rename("oops", status=500))
    assert code == 1
    assert "dify.rename.no-server-error (must)" in output


def test_no_credential_of_a_har_file_is_shown():
    words = {
        "bearer": "app-Bearer0123456789",
        "cookie": "sid-Cookie0123456789",
        "given": "set-Cookie0123456789",
        "basic": "pass-Basic0123456789",
        "query": "tok-Query0123456789",
        "key": "key-Header0123456789",
        "elsewhere": "app-Another0123456789",
        "user": "url-User0123456789",
    }
    basic = base64.b64encode(f"me:{words['basic']}".encode()).decode()
    echo = {**RENAMED, "name": " ".join(words.values()), "status": words["bearer"].upper(), words["cookie"]: 1}
    url = HOST.replace("https://", f"https://me:{words['user']}@") + PATH + f"?access_token={words['query']}&user=me"
    sent = rename(
        echo,
        url=url,
        headers=[
            {"name": "content-type", "value": "application/json"},
            {"name": "set-cookie", "value": f"sid={words['given']}; Path=/; HttpOnly"},
        ],
    )
    sent["request"]["headers"] = [
        {"name": ":authority", "value": "gateway.example"},
        {"name": "authorization", "value": f"Bearer {words['bearer']}"},
        {"name": "cookie", "value": f"theme=dark; sid={words['cookie']}"},
        {"name": "X-Api-Key", "value": words["key"]},
    ]
    sent["request"]["postData"] = {"text": json.dumps({"user": words["bearer"], "name": words["cookie"]})}
    other = rename(url="https://elsewhere.example/")
    other["request"]["headers"] = [
        {"name": "Authorization", "value": f"Bearer {words['elsewhere']}"},
        {"name": "Proxy-Authorization", "value": f"Basic {basic}"},
    ]
    refused = rename({"status": 400, "code": f"no {words['bearer']}", "message": words["cookie"]}, status=400)
    refused["request"]["url"] = f"{HOST}/conversations/{words['given']}/name"
    code, output, record = of_har(sent, refused, other)
    assert code == 1
    assert record.exchanges[1].code == "no $API_KEY"
    assert "dify.answer.status-is-normal (must)" in output
    told = (output + record.path.read_text()).casefold()
    for word in (*words.values(), basic):
        assert word.casefold() not in told
    assert record.exchanges[0].request.credential == "API_KEY"
    assert record.exchanges[0].request.url == HOST + PATH
    assert record.exchanges[0].answer.headers == (("content-type", "application/json"),)
    assert "$API_KEY" in record.exchanges[0].answer.body.text


HIDDEN = {
    "in a body that is no text": {
        "text": base64.b64encode(b"\xff app-Bearer0123456789 \xff").decode(),
        "encoding": "base64",
    },
    "behind escapes": {"text": json.dumps({**RENAMED, "status": "x"}).replace('"x"', '"\\u0061pp-Bearer0123456789"')},
}


@pytest.mark.parametrize("form", HIDDEN)
def test_a_credential_is_found_where_it_is_hidden(form):
    sent = rename(content=HIDDEN[form])
    sent["request"]["headers"] = [{"name": "authorization", "value": "Bearer app-Bearer0123456789"}]
    code, output, record = of_har(sent)
    assert code == 1
    body = record.exchanges[0].answer.body
    text = body.raw().decode("latin-1") if body.text is None else json.dumps(json.loads(body.text))
    assert "$API_KEY" in text
    for told in (text, output, record.path.read_text()):
        assert "app-Bearer" not in told


def test_a_credential_that_is_a_word_of_ours_does_not_spoil_the_record():
    sent = rename({**RENAMED, "status": "rename"})
    sent["request"]["headers"] = [{"name": "authorization", "value": "Bearer rename"}]
    code, _, record = of_har(sent)
    assert code == 1
    assert record.exchanges[0].role == "rename"
    assert "$API_KEY" in record.exchanges[0].answer.body.text


def test_what_a_capture_holds_does_not_steer_the_terminal():
    url = f"{HOST}\x1b[31m/conversations/\x1b]0;x\x07\ud800/name"
    code, output, _ = of_har(
        rename({**RENAMED, "id": "\x1b[31m\ud800"}, url=url, headers=[{"name": "content-type", "value": "a/\x1b[31m"}])
    )
    assert code == 1
    assert "\x1b" not in output
    output.encode()


HOSTILE = {
    "empty": (b"", "no HAR file: it is no JSON, or cut off"),
    "binary": (b"\x00\xff\xfe\x80", "no HAR file: it is no JSON"),
    "cut off": (b'{"log": {"entries": [{"request": {"url": "hunter2-secret', "it is no JSON, or cut off"),
    "a text": (b'"hunter2-secret"', "it has no list log.entries"),
    "a list": (b"[]", "it has no list log.entries"),
    "another object": (b'{"log": {"hunter2-secret": []}}', "it has no list log.entries"),
    "entries of another type": (b'{"log": {"entries": {"hunter2-secret": 1}}}', "it has no list log.entries"),
    "deep": (b'{"log":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "it is no JSON"),
    "deep and cut off": (b"[" * 200_000, "it is no JSON"),
    "no entries": (
        b'{"log": {"entries": []}}',
        "none of its 0 entries is of an operation of dify: looked for POST …/conv",
    ),
    "other entries": (
        json.dumps({"log": {"entries": [rename(url="http://hunter2-secret/x"), rename(url="http://[")]}}).encode(),
        "none of its 2 entries",
    ),
    "numbers of any length": (b'{"log": {"entries": [' + b"9" * 100_000 + b"]}}", "none of its 1 entries"),
    "a number that is none": (b'{"log": {"entries": [NaN]}}', "it is no JSON"),
}


@pytest.mark.parametrize("form", HOSTILE)
def test_a_file_that_is_no_har_file_is_reported_in_one_line(form):
    content, words = HOSTILE[form]
    Path("a.har").write_bytes(content)
    usage_problem(["--har=a.har", "--vendor=dify"], words)


def usage_problem(arguments, words):
    code, output = run_main(["judge", *arguments])
    assert code == 4, output
    assert words in output
    assert "hunter2" not in output
    assert len(output.strip().splitlines()) == 1
    assert not Path("reports").exists()


def test_a_file_that_is_too_large_is_not_read(monkeypatch):
    monkeypatch.setattr("driftgate.judge.har.LARGEST", 1 << 20)
    Path("a.har").write_bytes(b" " * (1 << 21))
    usage_problem(["--har=a.har", "--vendor=dify"], "is larger than 1 MiB; export fewer requests")


def test_a_byte_order_mark_before_a_har_file_is_nothing():
    Path("a.har").write_bytes(b"\xef\xbb\xbf" + json.dumps({"log": {"entries": [rename()]}}).encode())
    assert judged("--har=a.har", "--vendor=dify")[0] == 0


def test_members_of_any_type_are_borne():
    strange = [None, True, 0, -1, 1.5, "", "text", [], [None], {}, {"name": None}]
    entries = [rename()]
    for value in strange:
        entries += [rename(), rename(), rename(), rename()]
        entries[-1]["response"]["headers"] = value
        entries[-2]["request"] |= {"headers": value, "cookies": value, "postData": value, "queryString": value}
        entries[-3] |= {"time": value, "startedDateTime": value}
        entries[-4]["response"] = value
    code, output, record = of_har(*entries)
    assert code in (0, 1, 6), output
    assert len(record.exchanges) == len(entries)


USAGE = [
    ([], "give a record, or --har FILE or --cassettes DIR with --vendor"),
    (["x.jsonl", "--har=a.har"], "give a record, or --har FILE or --cassettes DIR with --vendor"),
    (["x.jsonl", "--vendor=dify"], "--vendor and --param go with --har"),
    (["x.jsonl"], "x.jsonl: cannot be read"),
    (["."], ".: cannot be read"),
    (["--har=."], "--har .: cannot be read"),
    (["--har=nowhere.har", "--vendor=dify"], "nowhere.har: cannot be read"),
    (["--har=a.har"], "--har needs --vendor"),
    (["--har=a.har", "--vendor=difi"], "did you mean dify?"),
    (["--har=a.har", "--vendor=dify", "--edition=x"], "has no edition 'x'"),
    (["--har=a.har", "--vendor=dify", "--param=usr=me"], "did you mean user?"),
    (["--har=a.har", "--vendor=dify", "--report-dir=/dev/null/x"], "cannot be written to"),
]


@pytest.mark.parametrize(("arguments", "words"), USAGE)
def test_a_wrong_use_is_reported_in_one_line(arguments, words):
    har(rename())
    usage_problem(["--har=.", "--vendor=dify"] if arguments == ["--har=."] else arguments, words)


def test_a_record_that_is_cut_off_or_edited_is_not_judged():
    path = record_of(EMULATORS["coze"](), "--profile=smoke")
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))
    usage_problem([str(path)], "is incomplete")
    path.write_text("".join([*lines[:3], *lines[4:]]))
    usage_problem([str(path)], "the digest in its footer does not fit")


def test_a_record_cannot_name_where_its_judgement_is_written():
    path = record_of(EMULATORS["coze"](), "--profile=smoke")
    import hashlib  # noqa: PLC0415

    lines = path.read_text().splitlines(keepends=True)
    header, footer = json.loads(lines[0]), json.loads(lines[-1])
    header["target"]["name"] = "../../elsewhere"
    lines[0] = json.dumps(header) + "\n"
    footer["digest"] = hashlib.sha256("".join(lines[:-1]).encode()).hexdigest()
    path.write_text("".join([*lines[:-1], json.dumps(footer) + "\n"]))
    usage_problem([str(path)], "'../../elsewhere' is no name of a target")
