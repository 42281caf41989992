"""A page that lies is found out: the runner of the pages, tried on small ones."""

from __future__ import annotations

import pytest

from tests.docs.page import agree, read_page
from tests.docs.play import play, told

TRUE = """
A file, and what is done with it:

```text title="folder/names.txt"
Bern
Basel
```

```console
$ cd folder
$ cat names.txt
Bern
Basel
$ export CITY=$(head -1 \\
    names.txt)
$ echo "$CITY"; echo "on $((40 + 2))" >&2
Bern
on …
$ seq 9
1
…
9
$ false
$ echo $?
1
```

```console title="Another terminal"
$ cd folder
$ echo served; sleep 100
served
```

```diff title="folder/names.txt"
--- a/folder/names.txt
+++ b/folder/names.txt
@@ -1,2 +1,2 @@
-Bern
+Zug
 Basel
```

```console title="Another terminal"
$ head -1 names.txt; sleep 100
Zug
```
"""
LIES = {
    "another line": "$ echo Bern\nBasel",
    "a line that is not printed": "$ echo Bern\nBern\nBasel",
    "a line that is not shown": "$ echo Bern; echo Basel\nBern",
    "something printed that is not shown at all": "$ echo Bern",
    "nothing printed that is shown": "$ true\nBern",
    "an order": "$ echo Bern; echo Basel\n…\nBasel\nBern",
    "a failure that is not shown": "$ ls nowhere\n…",
    "another exit code": "$ false\n$ echo $?\n0",
    "a command that there is not": "$ no-such-command\n…",
}


def played(text, place):
    page = place / "page.md"
    page.write_text(text, encoding="utf-8")
    return list(play(read_page(page), place))


def test_a_page_that_is_true_is_played_to_its_end(tmp_path):
    steps = played(TRUE, tmp_path)
    assert all(step.as_told for step in steps), told(steps[-1])
    assert len(steps) == 10


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_page_that_lies_is_found_out(lie, tmp_path):
    steps = played(f"```console\n$ true\n{lie}\n```\n\n```console\n$ echo 'is not reached'\n```\n", tmp_path)
    assert not steps[-1].as_told
    assert "the page says that it prints" in told(steps[-1])
    assert "is not reached" not in steps[-1].printed


def test_a_server_that_ends_at_once_is_found_out(tmp_path):
    steps = played('```console title="Another terminal"\n$ echo served; exit 3\nserved\nand ready\n```\n', tmp_path)
    assert not steps[-1].as_told


def test_a_block_that_does_not_begin_with_a_command_is_a_mistake(tmp_path):
    with pytest.raises(AssertionError, match="begins with a command"):
        played("```console\nBern\n```\n", tmp_path)


def test_three_dots_stand_for_any_lines_and_for_any_text_in_one():
    assert agree(["a", "…", "d"], ["a", "d"])
    assert agree(["…", "b…", "…"], ["a", "bcd", "e"])
    assert not agree(["a", "…"], ["b", "a"])
    assert not agree(["a …"], ["a", "b"])
