#!/usr/bin/env bash
# Restores from the journals that were downloaded, and ends with the exit code of driftgate restore.
set -euo pipefail

while IFS= read -r line; do
    [ -z "$line" ] || echo "::add-mask::${line//%/%25}"
done <<<"$API_KEY"
[ -z "$API_KEY" ] || export DRIFTGATE_API_KEY="$API_KEY"
given=()
while IFS= read -r line; do
    [ -z "$line" ] || given+=("$line")
done < <(tr -d '\r' <<<"$ARGS")
folder="$RUNNER_TEMP/driftgate-journals"
mkdir -p "$folder"
token="driftgate-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
code=0
# what is printed holds names from the target: no line of it is a command
echo "::stop-commands::$token"
"$RUNNER_TEMP/driftgate/bin/driftgate" restore "--report-dir=$folder" ${given[@]+"${given[@]}"} || code=$?
echo "::$token::"
[ "$code" = 0 ] || echo "::error title=driftgate::not everything is restored: exit code $code of driftgate restore"
exit "$code"
