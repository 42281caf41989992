"""Playing a page: its files are written and its commands run, in order, in a folder that holds nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.docs.page import Block, Command, Page, agree
from tests.docs.shell import Shell, Stuck

HOME = Path(__file__).parent.parent.parent
DOCS = HOME / "docs"
# what a clone has that a page works with
_CLONE = ("contracts", "driftgate", "suites", "tests", "conftest.py", "pyproject.toml", "README.md")
# of the machine that tests run on, and not of the reader's
_NOT_THE_READERS = ("DRIFTGATE_", "GITHUB_", "PYTEST_", "CI", "COLUMNS", "FORCE_COLOR", "PYTHON", "VIRTUAL_ENV", "COV")


@dataclass(frozen=True)
class Played:
    """One command of a page, the lines that it printed, and its exit code where the page hides that it failed."""

    command: Command
    printed: tuple[str, ...]
    hidden_failure: int = 0

    @property
    def as_told(self) -> bool:
        return not self.hidden_failure and agree(self.command.prints, self.printed)


def play(page: Page, place: Path) -> Iterator[Played]:
    """Plays a page below an empty folder, one command after the other, up to one that does not do as the page says.

    A page begins with driftgate installed, or with what its front matter says: a ``clone``, or ``nothing``.
    """
    folder = place / "folder"
    folder.mkdir()
    begin = page.settings.get("begins_with")
    environment = _reader(installed=begin != "nothing")
    if begin == "nothing":
        environment |= _index(place / "index")
    if begin == "clone":
        for name in _CLONE:
            copy = shutil.copytree if (HOME / name).is_dir() else shutil.copyfile
            copy(HOME / name, folder / name)
        environment["PYTHONPATH"] = str(folder)  # as pip install -e does
    with ExitStack() as open_terminals:
        terminals: dict[str, Shell] = {}
        for block in page.blocks:
            if block.language == "console":
                if block.title not in terminals:
                    terminals[block.title] = open_terminals.enter_context(Shell(folder, environment))
                for played in _console(block, terminals[block.title]):
                    yield played
                    if not played.as_told:
                        return
            elif block.title:
                _write(block, folder)


def _reader(*, installed: bool) -> dict[str, str]:
    """The environment of somebody who reads a page, with driftgate installed or not."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_THE_READERS)}
    own = str(Path(sys.executable).parent)
    path = [each for each in environment["PATH"].split(os.pathsep) if each != own]
    first = own if installed else str(Path(sys.base_prefix) / "bin")
    return {**environment, "PATH": os.pathsep.join([first, *path]), "LC_ALL": "C.UTF-8", "COLUMNS": "80"}


def _index(folder: Path) -> dict[str, str]:
    """Makes pip install a wheel of this checkout where driftgate is asked for, and nothing else of that name."""
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(HOME)]
    subprocess.run(build, check=True)
    (wheel,) = folder.glob("*.whl")
    known = folder / "constraints.txt"
    known.write_text(f"driftgate @ {wheel.as_uri()}\n", encoding="utf-8")
    return {"PIP_CONSTRAINT": str(known), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def _console(block: Block, terminal: Shell) -> Iterator[Played]:
    commands = list(block.commands())
    for command, following in zip(commands, [*commands[1:], None], strict=True):
        # what is begun last in another terminal runs on, until something else is done there
        if block.title and following is None:
            yield _left_running(command, terminal)
            continue
        printed = tuple(terminal.run(command.text))
        shown = following is not None and following.text == "echo $?"
        yield Played(command, printed, hidden_failure=0 if shown else terminal.code)


def _left_running(command: Command, terminal: Shell) -> Played:
    try:
        return Played(command, tuple(terminal.leave_running(command.text, lambda lines: agree(command.prints, lines))))
    except Stuck as stuck:
        return Played(command, (*str(stuck).splitlines(), "(and that was not all that the page says)"))


def _write(block: Block, folder: Path) -> None:
    if block.language == "diff":
        alone = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}  # in no repository around it
        subprocess.run(["git", "apply", "--recount", "-"], cwd=folder, env=alone, input=block.text.encode(), check=True)
        return
    path = folder / block.title
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")


def told(played: Played) -> str:
    """What a page says a command prints, and what it printed, for whoever has to mend one of them."""
    lines = [
        f"line {played.command.line}: $ {played.command.text}",
        "the page says that it prints",
        *(f"  | {line}" for line in played.command.prints or ("(nothing)",)),
        "it printed",
        *(f"  | {line}" for line in played.printed or ("(nothing)",)),
    ]
    if played.hidden_failure:
        lines += [f"and failed with exit code {played.hidden_failure}, which the page does not show with echo $?"]
    return "\n".join(lines)
