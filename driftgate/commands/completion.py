"""``driftgate completion`` prints a script by which a shell completes commands, options, vendors, targets and ids."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import shtab

from driftgate.commands import schema
from driftgate.commands.common import show
from driftgate.contract import Contract, Profile, available, editions_of, load_contract
from driftgate.record.verdict import Exit
from driftgate.target.file import TARGETS_FILE

_SHELLS = ("bash", "fish", "zsh")
_OUR_FUNCTION = "_driftgate"

# of pytest's own options, those that go well with driftgate run
_OF_PYTEST: Sequence[tuple[str, Mapping[str, Any]]] = (
    ("-k", {"metavar": "EXPRESSION", "help": "ask this part alone"}),
    ("-n", {"metavar": "NUMBER", "help": "judge this many targets at once"}),
    ("-q", {"action": "store_true", "help": "print less"}),
    ("-v", {"action": "store_true", "help": "print what passed, too"}),
    ("--alluredir", {"metavar": "DIR", "help": "write Allure's results here"}),
    ("--junitxml", {"metavar": "FILE", "help": "write JUnit's XML here"}),
)

# The names in driftgate.toml as the shell finds them: starting Python for each key would take a second.
_TARGET_NAMES = (
    r"sed -n -e 's/^\[targets\.\([A-Za-z0-9_-]*\)\].*/\1/p' "
    r"-e 's/^\[targets\.[^A-Za-z0-9_-]\([^]]*\)[^A-Za-z0-9_-]\].*/\1/p' "
    f"{TARGETS_FILE} 2>/dev/null"
)
_FILES = ("BASELINE", "CURRENT", "FILE", "JOURNAL", "PAGE", "PATH", "RECORD")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=_SHELLS, help="for this shell")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = (
        "bash, in ~/.bashrc:        source <(driftgate completion bash)\n"
        'zsh, after compinit:       eval "$(driftgate completion zsh)"\n'
        "fish:                      driftgate completion fish > ~/.config/fish/completions/driftgate.fish"
    )
    parser.set_defaults(act=_completion)


def _completion(parsed: argparse.Namespace) -> Exit:
    whole: argparse.ArgumentParser = parsed.whole
    known = _Known()
    for name, parser in _commands(whole):
        if name == "run":
            for option, settings in _OF_PYTEST:
                parser.add_argument(option, **settings)
        for action in parser._actions:
            known.tell(action)
    show([shtab.complete(whole, shell=parsed.shell, root_prefix=_OUR_FUNCTION)])
    return Exit.CONFORMS


def _commands(parser: argparse.ArgumentParser, name: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """The parsers of all commands, those of their actions included."""
    yield name, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each, below in action.choices.items():
                yield from _commands(below, each)


class _Known:
    """What can be given where: by the option, or by the word that the help shows for its value."""

    def __init__(self) -> None:
        vendors = list(available())
        contracts = [load_contract(vendor, (), edition) for vendor in vendors for edition in editions_of(vendor)]
        self._choices = {
            "VENDOR": vendors,
            "VENDOR | diff A B": [*vendors, "diff"],
            "EDITION": sorted({contract.edition for contract in contracts}),
            "REQUIREMENT": _requirements(contracts),
            "PROFILE": [str(profile) for profile in Profile],
        }

    def tell(self, action: argparse.Action) -> None:
        """Tells shtab what the value of an argument can be."""
        word = str(action.metavar)
        if action.dest == "target":
            vars(action)["complete"] = shtab.cmd(_TARGET_NAMES)
        elif word == "NAME" and action.dest == "names":
            action.choices = schema.names()
        elif word in self._choices and action.dest != "as_built":
            action.choices = self._choices[word]
        elif word in _FILES:
            vars(action)["complete"] = shtab.FILE
        elif word == "DIR":
            vars(action)["complete"] = shtab.DIRECTORY


def _requirements(contracts: list[Contract]) -> list[str]:
    return sorted({row.id for contract in contracts for row in contract.requirements})
