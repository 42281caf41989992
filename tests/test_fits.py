"""Vendors of other kinds than those that come with driftgate: judged by data alone, and by the right row."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager

import pytest

from driftgate.emulator.server import listen, server
from driftgate.record.rows import Body, RecordedRequest
from driftgate.report.evidence import curl
from tests.fits.contracts import VENDORS, write
from tests.fits.servers import KEY, Server
from tests.harness import STATEFUL, judge_url

# vendor, fault, and the row that must name it
FAULTS = [
    ("keyed", "no key", "keyed.rename.no-key-refused"),
    ("keyed", "other status", "keyed.rename.status"),
    ("keyed", "cuts", "keyed.rename.at-most"),
    ("keyed", "forgets", "keyed.rename.persists"),
    ("inbody", "any id", "inbody.rename.unknown-refused"),
    ("inbody", "no title", "inbody.rename.required"),
    ("inbody", "any key", "inbody.rename.wrong-key-refused"),
    ("inbody", "takes the others", "inbody.rename.others-kept"),
    ("nested", "loses the owner", "nested.rename.kept"),
    ("nested", "too long", "nested.rename.at-most"),
    ("nested", "shouts", "nested.rename.echoed"),
    ("formed", "id as text", "formed.rename.id-is-its"),
    ("formed", "no title", "formed.rename.required"),
    ("cursored", "any id", "cursored.rename.unknown-refused"),
    ("cursored", "crashes", "cursored.rename.survives"),
]


@contextmanager
def serving(vendor, faults=()):
    sock = listen()
    made = Server(vendor, faults)
    running = server(made.app())
    thread = threading.Thread(target=running.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    try:
        yield made, f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        running.stop()
        thread.join()


def _judged(folder, vendor, url, *options):
    return judge_url(vendor, url, [f"--contracts={write(folder, vendor)}", *options], key=KEY)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_conforming_server_of_another_kind_passes_also_strictly(vendor, tmp_path):
    with serving(vendor) as (made, url):
        judged = _judged(tmp_path, vendor, url, "--strict")
    assert judged.exit == 0, judged.output
    assert judged.failed() == set()
    assert set(judged.verdicts.values()) <= {"pass", "none"}, judged.verdicts
    assert made.titles == {}, "the run left a conversation"


@pytest.mark.parametrize(("vendor", "fault", "row"), FAULTS)
def test_a_fault_of_such_a_server_is_found_by_the_row_that_names_it(vendor, fault, row, tmp_path):
    with serving(vendor, [fault]) as (_, url):
        judged = _judged(tmp_path, vendor, url)
    assert judged.exit == 1, judged.output
    assert row in judged.failed()


@pytest.mark.parametrize("vendor", ["keyed", "nested"])
def test_pages_are_followed_by_offset_and_by_number_in_the_body(vendor, tmp_path):
    with serving(vendor) as (_, url):
        clean = _judged(tmp_path / "clean", vendor, url, *STATEFUL)
    with serving(vendor, ["shows rows twice"]) as (_, url):
        faulty = _judged(tmp_path / "faulty", vendor, url, *STATEFUL)
    assert clean.exit == 0, clean.output
    assert f"{vendor}.lifecycle.listed-once" in faulty.failed()


def test_the_record_says_where_the_key_went_and_never_holds_it(tmp_path):
    with serving("inbody") as (_, url):
        query = _judged(tmp_path / "query", "inbody", url)
    with serving("keyed") as (_, url):
        header = _judged(tmp_path / "header", "keyed", url)
    assert {row["request"]["key"] for row in query.of("exchange")} == {"query key"}
    renames = [row["request"] for row in header.of("exchange") if row["role"] == "rename"]
    assert {each["key"] for each in renames} == {"header X-API-Key"}
    assert {each["media_type"] for each in renames} == {"application/merge-patch+json"}
    assert all(each["headers"] == [["X-Version", "2"]] for each in renames)
    assert KEY not in json.dumps([query.rows, header.rows])


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (RecordedRequest("POST", "http://a/b", "API_KEY", None, key="query key"), "'http://a/b?key='\"$API_KEY\""),
        (
            RecordedRequest("GET", "http://a/b?c=1", "API_KEY", None, key="query key"),
            "'http://a/b?c=1&key='\"$API_KEY\"",
        ),
        (RecordedRequest("GET", "http://a", "API_KEY", None, key="header X-Key"), '-H "X-Key: $API_KEY"'),
        (RecordedRequest("GET", "http://a", None, None, headers=(("X-V", "2"),)), "-H 'X-V: 2'"),
        (
            RecordedRequest("PUT", "http://a", None, Body(3, text="a=b"), media_type="application/x-form"),
            "-H 'Content-Type: application/x-form' --data-raw a=b",
        ),
    ],
)
def test_a_curl_line_sends_what_was_sent(request_, words):
    assert words in curl(request_)


def test_an_integer_id_stays_one_in_bodies_and_an_unknown_one_stands_in_its_place(tmp_path):
    with serving("inbody") as (_, url):
        judged = _judged(tmp_path, "inbody", url)
    bodies = [json.loads(row["request"]["body"]["text"]) for row in judged.of("exchange") if row["role"] == "read"]
    assert all(isinstance(body["id"], int) for body in bodies)
    unknown = [row for row in judged.of("exchange") if row["conversation"] == "999999"]
    assert unknown
    assert all(json.loads(row["request"]["body"]["text"])["id"] == 999999 for row in unknown)
