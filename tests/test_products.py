"""The folders of real products: described, whole, as they were written, and without secrets."""

from __future__ import annotations

import re

import pytest

from driftgate.base import yamlfile
from driftgate.base.errors import UsageError
from driftgate.base.paths import PRODUCTS
from driftgate.contract import load_contract
from driftgate.emulator.as_built import editions
from driftgate.products import available, load_product, read_product
from driftgate.record.reading import read_record

ADDRESSES = available()


def test_the_known_products_are_listed_by_vendor_and_version():
    assert ADDRESSES == ("coze@2026-03", "dify@1.7.2", "dify@1.11.4", "dify@1.14.2", "nuwax@3.0")
    assert available("nuwax") == ("nuwax@3.0",)
    assert available("nobody") == ()


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_product_lies_where_its_name_says_and_keeps_to_an_edition_that_exists(address):
    product = load_product(address)
    assert product.folder == PRODUCTS / product.vendor / product.version
    assert product.address == address
    contract = load_contract(product.vendor, edition=product.edition)
    known = {row.id for row in contract.requirements}
    assert {each for row in product.deviations for each in row.requirements} <= known


@pytest.mark.parametrize("address", ADDRESSES)
def test_its_records_are_whole_of_its_vendor_and_say_nothing_of_a_machine(address):
    product = load_product(address)
    files = set(product.folder.glob("*.jsonl"))
    assert {each.path for each in product.records} == files
    for info in product.records:
        record = read_record(info.path)
        assert record.complete
        assert record.header.profile == info.profile
        assert (record.header.contract.vendor, record.header.contract.edition) == (product.vendor, product.edition)
        assert record.header.target.base_url.startswith("http://product.invalid")
        assert all(each.request.url.startswith(record.header.target.base_url) for each in record.exchanges)
        assert "127.0.0.1" not in info.path.read_text()


DEVIATIONS = [(load_product(address), each) for address in ADDRESSES for each in load_product(address).deviations]


@pytest.mark.parametrize(
    ("product", "known"), [pytest.param(*each, id=f"{each[0].address}-{each[1].id}") for each in DEVIATIONS]
)
def test_a_deviation_names_the_recorded_case_the_file_or_the_page_that_it_is_known_from(product, known):
    if known.known == "measured":
        for case in known.where.split("; "):
            file, _, number = case.partition(", exchange ")
            exchange = exchange_of(product.folder / file, int(number))
            assert exchange.answer is not None
            assert exchange.answer.status in statuses(product, known), case
    elif known.known == "read":
        assert re.match(r"(\S+, )?[\w./-]+\.(go|java|py|sql|thrift), [\w.]+", known.where), known.where
    else:
        assert known.known == "reported"
        assert known.where.startswith("https://")


def exchange_of(path, number):
    (found,) = [each for each in read_record(path).exchanges if each.number == number]
    return found


def statuses(product, deviation):
    """The statuses with which the product answers in a deviation: of its row, or as its words say."""
    rows = editions(product.vendor)[product.as_built].rows
    asks = [ask for row in rows if row.name == deviation.id for ask in row.asks]
    told = map(int, re.findall(r"HTTP (\d{3})", deviation.behaviour))
    return {ask["answer"]["status"] for ask in asks} or set(told)


def test_the_rows_that_a_product_measured_are_rows_of_its_edition_that_break_a_promise():
    for address in ADDRESSES:
        product = load_product(address)
        rows = {row.name for row in editions(product.vendor)[product.as_built].rows if row.violates}
        told = yamlfile.read(product.folder / "product.yaml")["measured"]
        assert {each["row"] for each in told} <= rows


def test_a_measured_deviation_is_one_that_a_record_fails_for():
    unseen = set()
    for product, known in DEVIATIONS:
        records = [read_record(each.path) for each in product.records]
        failed = {row.requirement for record in records for row in record.verdicts if row.verdict == "fail"}
        unseen |= {(known.id, each) for each in known.requirements if known.known == "measured" and each not in failed}
    # the run sent no body for another requirement, and did not judge this one by it
    assert unseen == {("name-missing", "coze.rename.broken-json-refused")}


def test_an_unknown_product_is_refused_with_a_suggestion():
    with pytest.raises(UsageError, match=r"there is no product 'dify@1.14' \(did you mean dify@1.14.2\?\): there are "):
        load_product("dify@1.14")


def test_a_folder_that_describes_no_product_is_refused(tmp_path):
    (tmp_path / "product.yaml").write_text("vendor: dify\n")
    with pytest.raises(UsageError, match=r"product\.yaml: "):
        read_product(tmp_path)
    assert load_product(str(PRODUCTS / "nuwax" / "3.0")).address == "nuwax@3.0"
