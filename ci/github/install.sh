#!/usr/bin/env bash
# Installs driftgate, from the version of it that this script is of, apart from the job's Python.
# $PYTHON: the Python to use; afterwards the command driftgate, and nothing else of it, is on the job's PATH.
set -euo pipefail

home="$RUNNER_TEMP/driftgate"
"${PYTHON:-python3}" -m venv "$home"
"$home/bin/python" -m pip install --quiet --disable-pip-version-check "$(dirname "$0")/../.."
mkdir -p "$home/command"
ln -sf ../bin/driftgate "$home/command/driftgate"
echo "$home/command" >>"$GITHUB_PATH"
"$home/bin/driftgate" --version
