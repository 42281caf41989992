"""Dify's client for Node against the emulator, from the folder that DIFY_CLIENT names."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from driftgate.emulator.dify import Dify

USER = str(Dify.params["user"])
SCRIPT = Path(__file__).with_name("dify_client.mjs")


@pytest.fixture
def emulator():
    return Dify()


@pytest.fixture
def conversations(emulator):
    """The ids of two conversations that the emulator has."""
    return [each.id for each in emulator.ready_made()]


@pytest.fixture
def ask(serves, emulator):
    """What the client returns for a list of calls."""
    served = serves(emulator)
    folder = os.environ.get("DIFY_CLIENT")
    assert folder, "these tests want npm's dify-client: tox -e clients"

    def ask(*calls, key=served.api_key):
        given = json.dumps({"baseUrl": served.base_url, "key": key, "calls": calls})
        # read from standard input, a module imports what is installed where it runs
        ran = subprocess.run(
            ["node", "--input-type=module", "-", given],
            cwd=folder,
            input=SCRIPT.read_text(encoding="utf-8"),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    return ask


def names(answer):
    return {each["id"]: each["name"] for each in answer["data"]["data"]}


def test_a_new_name_is_answered_and_seen_by_a_later_read(ask, conversations):
    one, other = conversations
    before, renamed, flagged, after = ask(
        ["getConversations", USER],
        ["renameConversation", one, 'Über 🍜 "two"\n', USER],
        ["renameConversation", other, "iPhone Specs Chat", USER, False],
        ["getConversations", USER],
    )
    assert set(names(before)) == {one, other}
    assert [(each["status"], each["data"]["id"], each["data"]["name"]) for each in (renamed, flagged)] == [
        (200, one, 'Über 🍜 "two"\n'),
        (200, other, "iPhone Specs Chat"),
    ]
    assert after["data"]["data"] == [flagged["data"], renamed["data"]]


@pytest.mark.parametrize("name", ["ignored", None, ""])
def test_auto_generate_lets_the_server_choose_the_name(ask, conversations, name):
    one, other = conversations
    before, renamed, after = ask(
        ["getConversations", USER],
        ["renameConversation", one, name, USER, True],
        ["getConversations", USER],
    )
    assert (renamed["status"], renamed["data"]["id"]) == (200, one)
    assert renamed["data"]["name"] not in (name, "", names(before)[one])
    assert names(after) == {one: renamed["data"]["name"], other: names(before)[other]}


def test_a_deleted_conversation_is_gone(ask, conversations):
    one, other = conversations
    deleted, after, *late = ask(
        ["deleteConversation", one, USER],
        ["getConversations", USER],
        ["deleteConversation", one, USER],
        ["renameConversation", one, "too late", USER, False],
        ["renameConversation", one, None, USER, True],
    )
    assert (deleted["status"], deleted["data"] or "") == (204, "")
    assert list(names(after)) == [other]
    for refused in late:
        assert (refused["error"], refused["status"]) == ("AxiosError", 404)
        assert refused["data"] == {"status": 404, "code": "not_found", "message": "Conversation Not Exists."}


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [("app-wrong", 401, "unauthorized"), (Dify.other_app_key, 400, "not_chat_app")],
)
def test_another_key_is_refused_and_changes_nothing(ask, conversations, key, status, code):
    [before] = ask(["getConversations", USER])
    for refused in ask(
        ["renameConversation", conversations[0], "taken", USER, False],
        ["renameConversation", conversations[0], None, USER, True],
        ["deleteConversation", conversations[0], USER],
        ["getConversations", USER],
        key=key,
    ):
        assert (refused["error"], refused["status"], refused["data"]["code"]) == ("AxiosError", status, code)
    assert ask(["getConversations", USER]) == [before]


def test_a_name_of_null_without_auto_generate_is_refused(ask, conversations):
    [before, refused, after] = ask(
        ["getConversations", USER],
        ["renameConversation", conversations[0], None, USER],
        ["getConversations", USER],
    )
    assert (refused["error"], refused["status"], refused["data"]["code"]) == ("AxiosError", 400, "invalid_param")
    assert after == before
