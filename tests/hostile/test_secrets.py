"""No key is in anything that a run writes, whatever a server does with it."""

from __future__ import annotations

import base64
import codecs
import gzip
import hashlib
import json
import logging
import re
import sys
from itertools import product
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from driftgate.base.secret import Redactor, Secret
from driftgate.emulator import EMULATORS, start
from tests.harness import live_options, run_main
from tests.hostile.relay import Relay, renames
from tests.sample import sample

KEY = "sk-A9b/c+d_Zx-long.Key42~q"
LIMITS = Path(__file__).parent.parent.parent / "docs" / "explanation" / "limits.md"
LOUD = ["-vv", "--showlocals", "-o", "log_cli=true", "--log-level=DEBUG", "--log-cli-level=DEBUG"]


def forms(key: str) -> dict[str, str]:
    """The key as a server may give it back."""
    raw = key.encode()
    found = {
        "itself": key,
        "upper case": key.upper(),
        "lower case": key.lower(),
        "percent-encoded": quote(key, safe=""),
        "percent-encoded throughout": "".join(f"%{byte:02X}" for byte in raw),
        "percent-encoded twice": quote(quote(key, safe=""), safe=""),
        "escaped": "".join(f"\\u{byte:04x}" for byte in raw),
        "escaped in part": key[:5] + "".join(f"\\u{byte:04X}" for byte in raw[5:]),
        "escaped slashes": key.replace("/", "\\/"),
        "a JSON pointer": key.replace("~", "~0").replace("/", "~1"),
        "HTML": "".join(f"&#{byte};" for byte in raw),
        "hexadecimal": raw.hex(),
        "hexadecimal with colons": raw.hex(":"),
        "hexadecimal as in C": ", ".join(f"0x{byte:02X}" for byte in raw),
        "reversed": key[::-1],
        "spaced": " ".join(key),
        "over lines": "\n".join(key),
        "over lines that are escaped": "\\n".join(key[at : at + 4] for at in range(0, len(key), 4)),
        "octal": "".join(f"\\{byte:03o}" for byte in raw),
        "octal numbers": " ".join(f"{byte:03o}" for byte in raw),
        "numbers": ",".join(str(byte) for byte in raw),
        "binary": " ".join(f"{byte:08b}" for byte in raw),
        "bytes as in Python": "".join(f"\\x{byte:02x}" for byte in raw),
        "code points in braces": "".join(f"\\u{{{byte:x}}}" for byte in raw),
        "HTML in hexadecimal": "".join(f"&#x{byte:04X};" for byte in raw),
        "HTML entities": key.replace("/", "&sol;").replace("_", "&lowbar;").replace(".", "&period;"),
        "HTML twice": "".join(f"&amp;#{byte};" for byte in raw),
        "percent-encoded and escaped": quote(key, safe="").replace("%", "\\u0025"),
        "UTF-16": "\0".join(key),
        "UTF-16 in hexadecimal": key.encode("utf-16-be").hex(),
        "UTF-16 in base64": base64.b64encode(key.encode("utf-16")).decode(),
        "base64 in lines": "\r\n".join(re.findall(".{1,8}", base64.b64encode(raw).decode())),
        "base64 percent-encoded": quote(base64.b64encode(raw).decode(), safe=""),
        "base64 of hexadecimal": base64.b64encode(raw.hex().encode()).decode(),
        "hexadecimal of base64": base64.b64encode(raw).hex(),
    }
    for before in ("", "B", "Be", "Bea", "Bear"):
        found[f"base32 after {before!r}"] = base64.b32encode(f"{before}{key}".encode()).decode()
        twice = base64.b64encode(base64.urlsafe_b64encode(f"{before}{key}".encode()) + b" ")
        found[f"base64 twice after {before!r}"] = twice.decode()
    for before in ("", "B", "Be", "Bearer ", "user:"):
        found[f"base64 after {before!r}"] = base64.b64encode(f"{before}{key}!".encode()).decode()
        found[f"base64 for URLs after {before!r}"] = base64.urlsafe_b64encode(f"{before}{key}?>".encode()).decode()
    return found


def pending(text: str, key: str) -> list[str]:
    """What of a key is in a text, looked for by undoing the codings and not by making them."""
    undone = text
    for _ in range(3):
        undone = re.sub(r"%([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), undone)
    undone += re.sub(r"\\+u00([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), text)
    undone += re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), text)
    undone += text.replace("\\/", "/").replace("\\\\", "") + text.replace("~1", "/").replace("~0", "~")
    for run in re.findall(r"[A-Za-z0-9+/_-]{12,}", text):
        for start_at in range(4):
            part = run[start_at:].replace("-", "+").replace("_", "/")
            undone += base64.b64decode(part[: len(part) // 4 * 4]).decode("latin-1") + "\n"
        undone += bytes.fromhex(run[: len(run) // 2 * 2]).decode("latin-1") if re.fullmatch("[0-9a-f]+", run) else ""
    middle = key[4:-4].casefold()
    at = undone.casefold().find(middle)
    return [undone[max(0, at - 40) : at + 60]] if at >= 0 else []


# the codings of which `pending` knows nothing
_MADE = re.compile(
    "reversed|UTF-16|base32|base64 (of|twice|in)|hexadecimal (of|as|with)|octal|numbers|binary|HTML|lines|code|spaced|Python"
)


@pytest.mark.parametrize("form", forms(KEY))
def test_a_redactor_knows_every_form_of_a_key(form):
    coded = forms(KEY)[form]
    told = Redactor([Secret("API_KEY", KEY)])(f"you are {coded} here")
    assert re.fullmatch(r"you are .{0,14}\$API_KEY\S{0,6} here", told), told
    assert pending(f"you are {coded} here", KEY) or _MADE.search(form)
    assert not pending(told, KEY)


@pytest.mark.parametrize("at", range(1, len(KEY)))
@pytest.mark.parametrize("between", ['", "', '", "and_more": "', "%22%2C", "x" * 1000])
def test_a_key_split_over_two_members_is_taken_out(at, between):
    told = Redactor([Secret("API_KEY", KEY)])(f'{{"a": "{KEY[:at]}{between}{KEY[at:]}"}}')
    assert KEY[at:][:4] not in told or at > len(KEY) - 4
    assert KEY[:at][-4:] not in told or at < 4


@pytest.mark.parametrize("half", [KEY[:13], KEY[13:], quote(KEY[5:20], safe="")])
def test_half_a_key_is_taken_out_by_itself(half):
    assert Redactor([Secret("API_KEY", KEY)])(f"you are {half} here") == "you are $API_KEY here"


# named in docs/explanation/limits.md
UNKNOWN = {
    "ROT13": codecs.encode(KEY, "rot13"),
    "base85": base64.b85encode(KEY.encode()).decode(),
    "compressed": base64.b64encode(gzip.compress(KEY.encode())).decode(),
    "a hash": hashlib.sha256(KEY.encode()).hexdigest(),
    "three parts": " and ".join([KEY[:9], KEY[9:18], KEY[18:]]),
    "base64 of escapes": base64.b64encode("".join(f"%{byte:02x}" for byte in KEY.encode()).encode()).decode(),
    "other characters between": "x".join(KEY),
    "five layers": "".join(f"{one}&amp;amp;amp;amp;#{ord(two)};" for one, two in zip(KEY[::2], KEY[1::2], strict=True)),
}


@pytest.mark.parametrize("coding", UNKNOWN)
def test_a_coding_that_is_not_taken_out_is_a_limit_that_the_docs_name(coding):
    assert Redactor([Secret("API_KEY", KEY)])(UNKNOWN[coding]) == UNKNOWN[coding]
    assert coding in LIMITS.read_text(encoding="utf-8")


@pytest.mark.parametrize("other", ["$OTHER", "$ALTERED"])
def test_a_whole_key_is_named_and_not_the_one_that_it_shares_a_part_with(other):
    keys = {"$API_KEY": KEY, "$OTHER": KEY[:20] + "another-end-of-it", "$ALTERED": KEY[:-1] + "z"}
    redact = Redactor([Secret(name[1:], key) for name, key in keys.items()])
    assert redact(f"is {keys[other]} and {KEY}.") == f"is {other} and $API_KEY."


AWKWARD = [
    "\\",
    "\\u",
    "\\u{0",
    "%",
    "%25",
    "&",
    "&amp;",
    "&#0",
    "~",
    "=\r",
    "…",
    KEY[:6] + "…",
    KEY[:12],
    "ÿ",
    "\0",
    "0",
]


@pytest.mark.parametrize("awkward", AWKWARD)
def test_a_long_text_of_awkward_characters_is_gone_through_in_proportion(awkward):
    """A tenfold text takes about ten times the steps: the lines that Python runs are counted, not the time."""
    redact = Redactor([Secret("API_KEY", KEY), Secret("OTHER", KEY[:-1] + "z")])
    short, long = (_lines(redact, (awkward * size)[:size]) for size in (1_000, 10_000))
    assert long < 12 * short + 200
    # what patterns do is not counted in lines: this ends at all
    redact((awkward * 60_000)[:60_000])


def _lines(redact, text):
    counted = 0

    def count(frame, event, argument):
        nonlocal counted
        counted += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        redact(text)
    finally:
        sys.settrace(before)
    return counted


@pytest.mark.parametrize("length", range(6, len(KEY)))
@pytest.mark.parametrize("cut", ["", "… (300 characters)"])
def test_a_key_that_was_cut_is_taken_out_too(length, cut):
    told = Redactor([Secret("API_KEY", KEY)])(f"you are {KEY[:length]}{cut}")
    assert KEY[:6] not in told
    assert told.startswith("you are ")


def test_a_text_without_a_key_is_left_alone():
    redact = Redactor([Secret("API_KEY", KEY), Secret("SHORT", "abc")])
    for text in ("", "abc", "sk-", "… and …", "50% of \\ & so on", "c2stQ"):
        assert redact(text) == text


def _echo(key, params):
    """Puts every key of the run, in every form, into headers, members and messages."""

    def strike(connection, genuine):
        told = [form for each in (key, *params) for form in forms(each).values()]
        echo = {
            "message": " ".join(told),
            "msg": "x" * 100 + key,
            "code": key,
            "echo": dict(zip(told, told, strict=True)),
        }
        value = json.loads(genuine.body)
        for place in (value, value.get("data")):
            if isinstance(place, dict):
                place.update({name: echo[name] for name in ("message", "msg", "echo")})
                place.update({name: f"{place[name]} {key}" for name in ("name", "topic") if name in place})
        body = json.dumps(value).replace("\\\\u", "\\u").encode()
        headers = "".join(
            f"X-Echo-{number}: {form}\r\n" for number, form in enumerate(told) if form.isprintable()
        ).encode()
        connection.sendall(genuine.raw(body, more=headers + f"Set-Cookie: key={key}\r\n".encode()))
        return True

    return strike


def _resets(key, params):
    """Gives back half an answer with the key in it."""

    def strike(connection, genuine):
        connection.sendall(f"HTTP/1.1 200 {key}\r\nX: {key}\r\n{key}\r\n\r\n".encode())

    return strike


def _faithful(key, params):
    """Gives nothing back that is not its to give."""

    def strike(connection, genuine):
        connection.sendall(genuine.raw())
        return True

    return strike


def _garbage(key, params):
    """Answers with bytes that are no UTF-8, around the key."""

    def strike(connection, genuine):
        connection.sendall(genuine.raw(b"\xff" * 3 + key.encode() + b"\xfe" * 65536, status=500))
        return True

    return strike


@pytest.mark.parametrize(
    ("server", "vendor"),
    sample(product((_echo, _resets, _faithful, _garbage), sorted(EMULATORS)), lambda server, vendor: server),
)
def test_no_key_is_in_anything_that_a_run_writes(server, vendor, tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    emulator = EMULATORS[vendor]
    monkeypatch.setattr(emulator, "api_key", KEY)
    monkeypatch.chdir(tmp_path)
    running = start(emulator())
    others = [str(value) for name, value in running.params.items() if name.endswith("_key")]
    relay = Relay(running.base_url, server(KEY, others), renames(vendor, urlsplit(running.base_url).path))
    options = [
        f"--vendor={vendor}",
        f"--base-url={relay.url}",
        "--max-wait=0",
        "--timeout=2",
        f"--report-dir={tmp_path / 'records'}",
        f"--junitxml={tmp_path / 'junit.xml'}",
        f"--alluredir={tmp_path / 'allure'}",
        *LOUD,
        *live_options(running),
    ]
    code, output = run_main(["run", *options], key=KEY)
    relay.stop()
    running.stop()
    assert code == {_echo: 1, _resets: 6, _faithful: 0, _garbage: 1}[server], output
    assert any("Bearer" in request.headers.get("authorization", "") for request in relay.received)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 10
    for key in (KEY, *others):
        assert not pending(output, key)
        assert not pending(caplog.text, key)
        for path in written:
            assert not pending(_text(path), key), path
    assert server is not _echo or "$API_KEY" in output


def _text(path: Path) -> str:
    raw = path.read_bytes()
    return (gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw).decode("utf-8", "replace")


@pytest.mark.parametrize(
    ("line", "mode", "warns"),
    [
        ('api_key = "a-literal-key"', 0o644, True),
        ('api_key = "a-literal-key"', 0o640, False),
        ('api_key = "$THE_KEY"', 0o644, False),
        ('api_key = "$THE_KEY"\nproxy = "http://me:word@p.example"', 0o644, True),
    ],
)
def test_a_key_in_a_file_that_all_can_read_is_warned_of(line, mode, warns, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THE_KEY", "a-key-of-the-environment")
    path = tmp_path / "driftgate.toml"
    path.write_text(f'[targets.a]\nvendor = "coze"\nbase_url = "https://api.example"\nconversations = ["1"]\n{line}\n')
    path.chmod(mode)
    code, output = run_main(["run", "--target=a", "--collect-only"])
    assert code == 0, output
    assert ("warning: driftgate.toml holds a key" in output) is warns
    assert "a-literal-key" not in output


IN_URLS = [f"http://127.0.0.1:9/{KEY}/v1", f"http://127.0.0.1:9/{quote(KEY, safe='')}", f"ftp://{KEY}.example", KEY]


@pytest.mark.parametrize("url", IN_URLS)
@pytest.mark.parametrize("listed", [True, False])
def test_a_base_url_that_holds_a_key_is_refused_without_showing_it(url, listed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "driftgate.toml").write_text(
        f'[targets.a]\nvendor = "coze"\nbase_url = "{url}"\nconversations = ["1"]\n'
    )
    given = ["--target=a"] if listed else ["--vendor=coze", f"--base-url={url}", "--conversation=1"]
    for options in (given, [*given[:-1], "--param=other_api_key=" + KEY, given[-1]]):
        key = KEY if options is given else "another-key-of-a-test"
        code, output = run_main(["run", *options], key=key)
        assert code == 4, output
        assert "holds a key, and would show it in every report" in output
        assert not pending(output, KEY)
        assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize("given", [["--api-key=1234567"], ["--api-key=12345678", "--param=other_api_key=short"]])
def test_a_key_that_is_too_short_to_be_told_apart_is_refused(given, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, output = run_main(["run", "--vendor=coze", "--base-url=http://127.0.0.1:9", "--conversation=1", *given])
    assert code == 4, output
    assert "API_KEY: has fewer than 8 characters" in output
    assert "1234567" not in output.replace("12345678", "")
