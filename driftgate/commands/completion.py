"""``driftgate completion`` prints a script by which a shell completes commands, options, vendors, targets and ids."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from driftgate.base.paths import TARGETS_FILE
from driftgate.commands import schema
from driftgate.commands.arguments import describe
from driftgate.commands.common import show

_SHELLS = ("bash", "fish", "zsh")
_OUR_FUNCTION = "_driftgate"

# The names in driftgate.toml as the shell finds them: starting Python for each key would take a second.
_TARGET_NAMES = (
    r"sed -n -e 's/^\[targets\.\([A-Za-z0-9_-]*\)\].*/\1/p' "
    r"-e 's/^\[targets\.[^A-Za-z0-9_-]\([^]]*\)[^A-Za-z0-9_-]\].*/\1/p' "
    f"{TARGETS_FILE} 2>/dev/null"
)
_FILES = ("BASELINE", "CURRENT", "FILE", "JOURNAL", "PAGE", "PATH", "RECORD")


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Prints a script by which a shell completes commands, options, vendors, targets and requirements.",
        "source <(driftgate completion bash)       bash, in ~/.bashrc",
        'eval "$(driftgate completion zsh)"        zsh, after compinit',
        "driftgate completion fish > ~/.config/fish/completions/driftgate.fish",
    )
    parser.add_argument("shell", choices=_SHELLS, help="the shell that reads the script")


def act(parsed: argparse.Namespace) -> int:
    import shtab

    from driftgate.commands.cli import root

    whole = root(complete=True)
    known = _Known()
    for parser in _commands(whole):
        for action in parser._actions:
            known.complete(action)
    show([shtab.complete(whole, shell=parsed.shell, root_prefix=_OUR_FUNCTION)])
    return 0


def _commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parsers of all commands, those of their actions included."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _commands(below)


class _Known:
    """What can be given where: by the option, or by the word that the help shows for its value."""

    def __init__(self) -> None:
        from driftgate.contract import Profile, available, editions_of, load_contract

        vendors = list(available())
        contracts = [load_contract(vendor, (), edition) for vendor in vendors for edition in editions_of(vendor)]
        self._choices = {
            "VENDOR": vendors,
            "VENDOR | check VENDOR | diff A B": [*vendors, "check", "diff"],
            "EDITION": sorted({contract.edition for contract in contracts}),
            "REQUIREMENT": sorted({row.id for contract in contracts for row in contract.requirements}),
            "PROFILE": [str(profile) for profile in Profile],
        }

    def complete(self, action: argparse.Action) -> None:
        """Gives shtab what the value of an argument can be."""
        import shtab

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
