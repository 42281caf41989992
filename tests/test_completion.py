"""Completion in the shells that are here: commands, options, and what driftgate.toml and the contracts know."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from driftgate.commands.cli import COMMANDS
from driftgate.run.options import TABLE
from tests.harness import run_main

# Each prints what its shell completes of a line, $2, with the script in the file $1.
BASH = r"""
source "$1"
read -ra COMP_WORDS <<< "$2"
[[ $2 == *' ' ]] && COMP_WORDS+=("")
COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
function=$(complete -p driftgate | sed 's/.*-F \([^ ]*\) .*/\1/')
$function driftgate "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}" 2>/dev/null
printf '%s\n' "${COMPREPLY[@]}"
"""
FISH = r"""
source $argv[1]
complete -C $argv[2] | string replace -r '\t.*' ''
"""
ZSH = r"""
zmodload zsh/zpty
export OUT=$1.out
: > $OUT
zpty z zsh -f -i
zpty -w z "PROMPT=; fpath=(${(q)1:h} \$fpath); autoload -U compinit; compinit -u -D"
zpty -w z 'compadd() { local -a hits; builtin compadd -A hits "$@"; print -rl -- $hits >> $OUT; builtin compadd "$@" }'
zpty -w z 'ended() { print END >> $OUT }; comppostfuncs=(ended); bindkey "^I" complete-word; print READY'
zpty -r z line '*READY*READY*'
zpty -w -n z "$2"$'\t'
repeat 200; do grep -q END $OUT && break; sleep 0.1; done
sed '/^END$/d;/^$/d' $OUT
"""
DRIVERS = {"bash": BASH, "fish": FISH, "zsh": ZSH}
SHELLS = ["bash", *(shell for shell in ("fish", "zsh") if shutil.which(shell))]

TARGETS = """
[targets.staging]
vendor = "dify"
[targets."on.site"]
vendor = "coze"
[targets.staging.params]
"""


@pytest.fixture(params=SHELLS)
def completed(request, tmp_path, monkeypatch):
    """Completes a line in a shell, in a folder with a driftgate.toml."""
    (tmp_path / "here/pages").mkdir(parents=True)
    (tmp_path / "here/driftgate.toml").write_text(TARGETS)
    code, script = run_main(["completion", request.param])
    assert code == 0
    (tmp_path / "_driftgate").write_text(script)
    (tmp_path / "driver").write_text(DRIVERS[request.param])
    plain = {"zsh": ["-f"], "bash": ["--norc"], "fish": ["--no-config"]}[request.param]

    def complete(line):
        command = [request.param, *plain, str(tmp_path / "driver"), str(tmp_path / "_driftgate"), line]
        done = subprocess.run(command, cwd=tmp_path / "here", capture_output=True, text=True, check=False, timeout=60)
        assert done.stderr == ""
        return {each.rstrip("/") for each in done.stdout.split()}

    return complete


def test_a_shell_completes_what_is_known(completed):
    for line, expected in {
        "driftgate ": set(COMMANDS),
        "driftgate run --profile s": {"smoke", "standard"},
        "driftgate run --target ": {"staging", "on.site"},
        "driftgate waive staging dify.rename.user-r": {"dify.rename.user-required"},
        "driftgate contracts d": {"dify", "diff"},
        "driftgate report ": {"driftgate.toml", "pages"},
    }.items():
        found = {each for each in completed(line) if not each.startswith("-")}
        assert found >= expected, line
        if line.split()[-1] not in ("driftgate", "report"):
            assert found == expected, line


def test_a_shell_completes_every_option_of_a_run(completed):
    assert completed("driftgate run --") >= {*TABLE, "--junitxml", "--alluredir"}
