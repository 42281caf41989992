"""A product's folder from a run of one's own: what a record must be, and what is made neutral in it."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import yaml

from driftgate.base.errors import UsageError
from driftgate.contract import load_contract
from driftgate.products.product import FILE, Product, read_product
from driftgate.record.build import suite_signature
from driftgate.record.reading import read_record
from driftgate.record.record import Record
from driftgate.record.verdict import Waiver
from driftgate.record.waiving import rows_of

NEUTRAL = "http://product.invalid"
CHANGED = (
    f"the base URL is {NEUTRAL}; the names of the target, of its owner and of its page are taken out",
    "ids of the server (UUIDs, 32 hexadecimal digits, 15 digits and more) are others of the same form",
    "the digest was computed again",
)
# keys of the usual forms; a run masks those that it knows
_KEY = re.compile(r"(?<![A-Za-z0-9])(?:app|pat|sat|ak|sk)[-_][A-Za-z0-9_-]{16,}|Bearer [A-Za-z0-9._~+/-]{16,}")
_COOKIE = re.compile(r'\["set-cookie", "(?:[^"\\]|\\.)*"\]', re.IGNORECASE)
_ID = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|[1-9][0-9]{14,18})(?![0-9A-Za-z])"
)


@dataclass(frozen=True)
class About:
    """What the user says of the product that ran."""

    name: str
    version: str
    repository: str
    commit: str
    how: str
    options: str = ""


def files_of(paths: list[Path], about: About) -> tuple[str, Mapping[str, str]]:
    """The vendor, and the text of each file of the folder of a product that these records are of. Raises UsageError."""
    records = [read_record(path) for path in paths]
    vendors = {(each.header.contract.vendor, each.header.contract.edition) for each in records}
    profiles = [each.header.profile for each in records]
    if len(vendors) > 1 or len(set(profiles)) < len(profiles):
        raise UsageError("--from: give records of one server, one for each profile")
    for record in records:
        problem = next(_unfit(record, current=True), None)
        if problem:
            raise UsageError(f"{record.path}: {problem}")
    vendor, edition = vendors.pop()
    texts = {f"record-{each.header.profile}.jsonl": neutral(each) for each in records}
    for name, text in texts.items():
        key = _KEY.search(text)
        if key:
            raise UsageError(
                f"{name}: would hold what looks like a key ({key[0][:6]}…): take it from the server's data"
            )
    return vendor, {
        **texts,
        FILE: _description(records, vendor, edition, about),
        "waivers.yaml": _waivers(records, about),
    }


def _unfit(record: Record, *, current: bool) -> Iterator[str]:
    """Why a record proves nothing of a product. With ``current`` it must be of the suite of this driftgate."""
    header = record.header
    if header.target.embedded:
        yield "is of the embedded emulator, and of no product"
    if header.source is not None:
        yield "was judged from recorded traffic, so that it is no whole run"
    if header.profile not in ("standard", "deep"):
        yield f"is of the profile {header.profile}: use standard or deep"
    if record.footer.setup_error:
        yield f"judged nothing: {record.footer.setup_error}"
    if record.footer.requests != len(record.exchanges):
        yield f"is partial: {record.footer.requests} requests were sent, and it holds {len(record.exchanges)}"
    left = [row.requirement for row in record.verdicts if row.untested in ("interrupted", "selection")]
    if left:
        yield f"is partial: {left[0]} and {len(left) - 1} more were not asked: run without -k and to the end"
    if current and header.suite != suite_signature(load_contract(header.contract.vendor, (), header.contract.edition)):
        yield "is of another suite than this driftgate's: run again"


def neutral(record: Record) -> str:
    """The text of a record without what tells where it was made: its base URL, its names, its ids and its cookies."""
    lines = [json.loads(line) for line in record.path.read_text(encoding="utf-8").splitlines()]
    target = lines[0]["target"]
    base_url = target["base_url"]
    path = base_url.partition("://")[2].partition("/")[2]
    lines[0]["target"] = {
        **{key: value for key, value in target.items() if key not in ("owner", "link")},
        "name": record.header.contract.vendor,
    }
    text = "".join(f"{json.dumps(line)}\n" for line in lines[:-1])
    text = text.replace(base_url, f"{NEUTRAL}/{path}" if path else NEUTRAL)
    text = _ID.sub(_Ids(), _COOKIE.sub('["Set-Cookie", "taken out"]', text))
    footer = {**lines[-1], "digest": hashlib.sha256(text.encode()).hexdigest()}
    return f"{text}{json.dumps(footer)}\n"


class _Ids:
    """Gives each id another one of its form, the same wherever it stands."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __call__(self, match: re.Match[str]) -> str:
        return self._known.setdefault(match[0], self._another(match[0], len(self._known) + 1))

    def _another(self, given: str, number: int) -> str:
        if given.isdigit() and len(given) < 32:
            return "7" + str(number).rjust(len(given) - 1, "0")
        # of version 4, as servers make them, and no digest of what it stands for
        made = uuid.UUID(int=number << 80 | 0x4000 << 64 | 0x8000 << 48 | number, version=4)
        return str(made) if "-" in given else made.hex


def _description(records: list[Record], vendor: str, edition: str, about: About) -> str:
    """The text of product.yaml."""
    value = {
        "vendor": vendor,
        "name": about.name,
        "version": about.version,
        "edition": edition,
        "source": {"repository": about.repository, "commit": about.commit},
        "ran": {"date": records[0].header.started[:10], "how": about.how},
        "records": [
            {"profile": each.header.profile, "options": about.options, "changed": list(CHANGED)} for each in records
        ],
    }
    head = "# yaml-language-server: $schema=../../../contracts/schema/product.schema.json\n"
    return head + yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)


def _waivers(records: list[Record], about: About) -> str:
    """The text of the waiver file: every finding of the records is what the product is known to do."""
    expires = date.fromisoformat(records[0].header.started[:10]) + timedelta(days=365)
    found = {
        row.fingerprint: Waiver(
            row.requirement,
            f"{about.name} {about.version}, record-{record.header.profile}.jsonl: {row.difference}",
            about.repository,
            expires=expires,
            fingerprint=row.fingerprint,
            case=row.case or None,
            intermittent=row.reproduction is not None and row.reproduction.intermittent,
        )
        for record in records
        for row in record.findings
    }
    head = (
        "# yaml-language-server: $schema=../../../contracts/schema/waivers.schema.json\n"
        f"# Known violations of {about.name} {about.version}, from its records.\n"
    )
    return f"{head}waivers:\n{rows_of(list(found.values()))}" if found else head


def problems(folder: Path) -> list[str]:
    """What is wrong with a product's folder, a line each: files that are not there, partial, edited, or not neutral."""
    try:
        product = read_product(folder)
    except UsageError as problem:
        return [str(problem)]
    found = []
    if (product.vendor, product.version) != (folder.resolve().parent.name, folder.resolve().name):
        found.append(f"{folder}: is of {product.address}: name the folder {product.vendor}/{product.version}")
    records: dict[str, Record] = {}
    for path in sorted({*(each.path for each in product.records), *folder.glob("*.jsonl")}):
        try:
            record = records[path.name] = read_record(path)
        except UsageError as problem:
            found.append(str(problem))
            continue
        found += [f"{path}: {each}" for each in _unfit(record, current=False)]
        if path.name != f"record-{record.header.profile}.jsonl" or path not in [each.path for each in product.records]:
            found.append(f"{path}: is of the profile {record.header.profile}, and {FILE} does not say so")
        if (record.header.contract.vendor, record.header.contract.edition) != (product.vendor, product.edition):
            found.append(f"{path}: was judged by another contract than {FILE} says")
        if not record.header.target.base_url.startswith(NEUTRAL):
            found.append(f"{path}: names its server: the base URL must begin with {NEUTRAL}")
        if _KEY.search(path.read_text(encoding="utf-8")):
            found.append(f"{path}: holds what looks like a key")
    return found + [f"{folder / FILE}: {each}" for each in _unproven(product, records)]


def _unproven(product: Product, records: Mapping[str, Record]) -> Iterator[str]:
    """What is said to be measured, and no record shows."""
    for row in product.deviations:
        if row.known == "measured":
            for case in row.where.split("; "):
                name, _, number = case.partition(", exchange ")
                if name in records and number not in {str(each.number) for each in records[name].exchanges}:
                    yield f"{row.id} is measured by {case}: there is no such exchange"
                elif not number:
                    yield f"{row.id} is measured, says the as-built edition: name its exchange below measured"
