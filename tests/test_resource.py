"""What a vendor gives a name to has its own word: a run, its reports and the emulator say it."""

from __future__ import annotations

import json
import re

import pytest

from driftgate.base.resource import CONVERSATION, Resource
from tests.fits.contracts import write
from tests.fits.servers import KEY
from tests.harness import judge, judge_url, run_main
from tests.test_fits import serving

# the members of files and the names of cases stay
KEPT = re.compile(r"--conversation\b|\bcase +conversation\b")


@pytest.mark.parametrize(
    ("one", "a", "many"),
    [
        ("conversation", "a conversation", "conversations"),
        ("inbox", "an inbox", "inboxes"),
        ("chat session", "a chat session", "chat sessions"),
        ("story", "a story", "stories"),
        ("essay", "an essay", "essays"),
        ("branch", "a branch", "branches"),
        ("user", "a user", "users"),
    ],
)
def test_a_word_has_an_article_and_a_plural(one, a, many):
    assert (Resource(one).a, Resource(one).many) == (a, many)


def test_a_text_of_our_own_takes_the_word():
    text = "Renames of a conversation, or of other conversations, change the conversation (a.answer-is-conversation)."
    worded = "Renames of an inbox, or of other inboxes, change the inbox (a.answer-is-conversation)."
    assert Resource("inbox").worded(text) == worded
    assert CONVERSATION.worded(text) == text


def _judged(folder, vendor, faults=(), *options):
    with serving(vendor, faults) as (_, url):
        return judge_url(vendor, url, [f"--contracts={write(folder, vendor)}", *options], key=KEY)


def test_a_failing_run_says_the_word_of_its_contract(tmp_path):
    judged = _judged(tmp_path, "inbody", ["any id", "takes the others"])
    assert judged.exit == 1
    assert [line for line in judged.output.splitlines() if "conversation" in KEPT.sub("", line)] == []
    assert judged.of("header")[0]["contract"]["resource"] == "todo"


def test_a_probable_cause_says_the_word_of_the_record():
    (found,) = judge("coze", ["newest-renamed-instead"]).causes(Resource("chat"))
    assert found.says == "A rename changes another chat than the one that it names."


def test_a_thing_that_cannot_be_read_is_named_by_its_word(tmp_path):
    judged = _judged(tmp_path, "formed", (), "--conversation=nowhere")
    assert judged.exit == 6
    assert "formed cannot be judged: thread nowhere cannot be read" in judged.output
    assert "the thread id and the parameters" in judged.output


def test_a_record_of_conversations_is_as_it_was(tmp_path):
    assert run_main(["run", "--vendor=coze", "-q", "--profile=smoke", f"--report-dir={tmp_path}"])[0] == 0
    header = json.loads((tmp_path / "coze.jsonl").read_text().splitlines()[0])
    assert set(header["contract"]) == {"vendor", "title", "edition"}


def test_a_word_that_is_none_is_refused(tmp_path):
    folder = write(tmp_path, "formed")
    path = folder / "formed" / "requirements.yaml"
    path.write_text(path.read_text().replace("resource: thread", "resource: Threads!"))
    code, output = run_main(["contracts", "check", "formed", f"--contracts={folder}"])
    assert code == 4
    assert re.search(r"requirements.yaml, line \d+: resource: \"Threads!\" is not of the form", output), output


def test_the_faults_of_a_contract_say_its_word(tmp_path):
    folder = write(tmp_path, "inbody")
    listed = run_main(["emulate", "inbody", f"--contracts={folder}", "--list-faults"])[1]
    assert "Gives the name to all todos." in listed
    assert "conversation" not in listed
