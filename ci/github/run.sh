#!/usr/bin/env bash
# Runs driftgate with the inputs of action.yml, which are in the environment, and ends with its exit code, unless
# $FAIL_ON leaves that out. What a target sends never becomes a command to the runner.
set -euo pipefail

# Ends like driftgate itself over a bad option: nothing was sent.
bad_input() {
    echo "::error title=driftgate::$1"
    finish 4
}

verdict_of() {
    case "$1" in
        0) echo conforms ;;
        1) echo violates ;;
        4) echo usage ;;
        6) echo inconclusive ;;
        8) echo drift ;;
        *) echo error ;;
    esac
}

finish() {
    printf '%s\n' "exit-code=$1" "verdict=$(verdict_of "$1")" >>"$GITHUB_OUTPUT"
    exit "$1"
}

# The lines of a text that are not blank.
lines() {
    tr -d '\r' <<<"$1" | grep -v '^[[:space:]]*$' || true
}

words() {
    lines "$(tr -s '[:space:]' '\n' <<<"$1")"
}

given=(run)
add() { [ -z "$2" ] || given+=("$1=$2"); }
add_switch() {
    case "$3" in
        true) given+=("$1") ;;
        false) ;;
        *) bad_input "$2: $3 is neither true nor false" ;;
    esac
}

while IFS= read -r line; do echo "::add-mask::${line//%/%25}"; done < <(lines "$API_KEY")
[ -z "$API_KEY" ] || export DRIFTGATE_API_KEY="$API_KEY"

fails_on=' '
while IFS= read -r word; do
    case "$word" in
        violation | drift | inconclusive) fails_on+="$word " ;;
        *) bad_input "fail-on: $word is none of violation, drift, inconclusive" ;;
    esac
done < <(words "$FAIL_ON")
[ "$fails_on" != ' ' ] || bad_input "fail-on: is empty; name violation, drift or inconclusive"
if [ -z "$BASELINE" ] && [ "$fails_on" = ' drift ' ]; then
    bad_input "fail-on: drift alone wants a baseline, or nothing could fail"
fi
[ -n "$REPORT_DIR" ] || bad_input "report-dir: is empty"
while IFS= read -r word; do given+=("--target=$word"); done < <(words "$TARGETS")
add_switch --emulators emulators "$EMULATORS"
add --vendor "$VENDOR"
add --edition "$EDITION"
add --base-url "$BASE_URL"
while IFS= read -r word; do given+=("--conversation=$word"); done < <(words "$CONVERSATIONS")
while IFS= read -r line; do given+=("--param=$line"); done < <(lines "$PARAMS")
add --profile "$PROFILE"
add_switch --strict strict "$STRICT"
add_switch --require-verified require-verified "$REQUIRE_VERIFIED"
add_switch --allow-cost allow-cost "$ALLOW_COST"
add --baseline "$BASELINE"
add --waivers "$WAIVERS"
while IFS= read -r line; do given+=("$line"); done < <(lines "$ARGS")
given+=("--report-dir=$REPORT_DIR" "--junitxml=$REPORT_DIR/junit.xml" "--sarif=$REPORT_DIR/report.sarif")

case "$REPORT_DIR" in
    /*) journals="$REPORT_DIR" ;;
    *) journals="$PWD/$REPORT_DIR" ;;
esac
# before the run: whoever cancels the job leaves no time for it afterwards
echo "journals=$journals/*.journal" >>"$GITHUB_OUTPUT"

driftgate="$RUNNER_TEMP/driftgate/bin/driftgate"
log="$(mktemp "$RUNNER_TEMP/driftgate.XXXXXX")"
token="driftgate-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
code=0
# what is printed holds texts of the target: no line of it is a command but the annotations, of which each begins a line
echo "::stop-commands::$token"
"$driftgate" "${given[@]}" 2>&1 | tee "$log" || code="${PIPESTATUS[0]}"
echo "::$token::"
grep -E '^::(error|warning) title=' "$log" || true
case "$code" in
    4) told="$(grep -m 1 -E '^(ERROR|driftgate): ' "$log" || true)" ;;
    6) told="$(grep -m 1 -E '^driftgate: exit 6: nothing was judged' "$log" || true)" ;;
    *) told="" ;;
esac
if [ "$code" = 4 ] || [ -n "$told" ]; then echo "::error title=driftgate::${told//%/%25}"; fi
rm -f "$log"

records=()
# after bad input what lies in the folder is of another run
if [ "$code" != 4 ] && [ -d "$REPORT_DIR" ]; then
    folder="$(cd "$REPORT_DIR" && pwd)"
    for path in "$folder"/*.jsonl; do
        if head -n 1 "$path" 2>/dev/null | grep -q '^{"record": "header"'; then records+=("$path"); fi
    done
fi
if [ "${#records[@]}" != 0 ]; then
    # code scanning compares runs itself: it would take what a baseline has and this run has not for an open alert, and
    # what an inconclusive run could not judge for mended
    rm -f "$folder/code-scanning.sarif"
    case "$code" in
        0 | 1 | 8) "$driftgate" report "${records[@]}" --format sarif >"$folder/code-scanning.sarif" || true ;;
    esac
    {
        echo "report-dir=$folder"
        echo "report=$folder/report.md"
        echo "sarif=$folder/report.sarif"
        [ ! -s "$folder/code-scanning.sarif" ] || echo "code-scanning=$folder/code-scanning.sarif"
        printf '%s\n' "records<<$token" "${records[@]}" "$token"
    } >>"$GITHUB_OUTPUT"
fi

if [ "$code" != 0 ] && compgen -G "$journals/*.journal" >/dev/null; then
    echo "::error title=driftgate::the run left something changed: the action ci/github/restore, or driftgate restore, undoes it"
    finish "$code"
fi
case "$code" in
    1) kind=violation ;;
    6) kind=inconclusive ;;
    8) kind=drift ;;
    *) finish "$code" ;;
esac
if [[ "$fails_on" != *" $kind "* ]]; then
    told="exit code $code ($(verdict_of "$code")), which fail-on leaves out:${fails_on% }"
    echo "::warning title=driftgate::$told"
    printf '\n> **Not failed**: %s\n' "$told" >>"$GITHUB_STEP_SUMMARY"
    printf '%s\n' "exit-code=$code" "verdict=$(verdict_of "$code")" >>"$GITHUB_OUTPUT"
    exit 0
fi
finish "$code"
