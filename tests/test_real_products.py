"""The as-built editions answer every request of a real server's record in the form in which that server answered it."""

from __future__ import annotations

import pytest

from driftgate.emulator import EMULATORS
from driftgate.emulator.as_built import product
from driftgate.products import available, load_product
from driftgate.record.reading import read_record
from tests.replay import Replay

PRODUCTS = {address: load_product(address) for address in available()}
RECORDS = [
    pytest.param(each, info, id=f"{address}-{info.profile}")
    for address, each in PRODUCTS.items()
    for info in each.records
]
# members that hold what users entered, in a form that depends on the app
USERS_DATA = {
    "coze": set(),
    "dify": {"/inputs/city", "/data/*/inputs/city"},
    "nuwax": set(),
}


@pytest.mark.parametrize(("real", "info"), RECORDS)
def test_an_edition_answers_every_recorded_request_as_the_server_did(real, info):
    emulator = product(real.vendor, real.as_built)()
    differences = Replay(emulator, frozenset(USERS_DATA[real.vendor])).run(info.path)
    assert not differences, "\n".join(map(str, differences[:20]))


def test_a_replay_tells_what_a_server_that_keeps_to_the_page_answers_otherwise():
    differences = Replay(EMULATORS["dify"]()).run(PRODUCTS["dify@1.7.2"].records[0].path)
    assert {each.what for each in differences} >= {"status", "code", "headers", "media type", "body /inputs/city"}
    assert "#27 rename: status: recorded 500, emulated 400" in map(str, differences)


def test_a_replay_compares_every_exchange_of_a_record():
    path = PRODUCTS["dify@1.14.2"].records[1].path
    compared = {each.exchange for each in Replay(EMULATORS["dify"]()).run(path)}  # every answer lacks Dify's headers
    assert compared == {each.number for each in read_record(path).exchanges}
