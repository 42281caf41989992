#!/usr/bin/env bash
# Keeps one open issue, found by its label, as long as there is drift. Its body is what the last run found, from files:
# no text of a target's is ever a part of a command. Who follows it hears of what is new, not of every run.
set -euo pipefail

longest=60000 # bytes; GitHub takes 65536 characters
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
folder="$(mktemp -d "$RUNNER_TEMP/drift-issue.XXXXXX")"
trap 'rm -rf "$folder"' EXIT

# The rows of the tables of drift, without the times of the runs.
changes() {
    tr -d '\r' <"$1" | grep -E '^\| . (breaking|warning|info) \|' | sort -u || true
}

write_body() {
    local report
    while IFS= read -r report; do
        [ -z "$report" ] || cat "$report" >>"$folder/reports.md"
    done <<<"$REPORTS"
    {
        echo "Found by [this run]($run). This text is brought up to date by every run, and the issue is closed when the"
        echo "drift is gone: when it was mended, or accepted with \`driftgate baseline accept\`."
        echo
        if [ "$(wc -c <"$folder/reports.md")" -le "$longest" ]; then
            cat "$folder/reports.md"
        else
            # whole lines, so that no text of a target's loses the marks around it
            head -c "$longest" "$folder/reports.md" | sed '$d'
            printf '\n**Cut here**: the rest is in the report of the run.\n'
        fi
    } >"$folder/body.md"
}

number="$(gh issue list --label "$LABEL" --state open --limit 1 --json number --jq '.[0].number // empty')"
case "$DRIFT" in
    true)
        write_body
        if [ -z "$number" ]; then
            gh label create "$LABEL" --description "Kept by driftgate" --color 6f42c1 --force
            url="$(gh issue create --title "$TITLE" --label "$LABEL" --body-file "$folder/body.md")"
            number="${url##*/}"
        else
            gh issue view "$number" --json body --jq .body >"$folder/before.md"
            gh issue edit "$number" --body-file "$folder/body.md"
            if [ "$(changes "$folder/before.md")" != "$(changes "$folder/body.md")" ]; then
                echo "The drift is another one now, see above. Found by [this run]($run)." >"$folder/comment.md"
                gh issue comment "$number" --body-file "$folder/comment.md"
            fi
        fi
        ;;
    false)
        if [ -n "$number" ]; then
            echo "There is no breaking drift any more, says [this run]($run)." >"$folder/comment.md"
            gh issue comment "$number" --body-file "$folder/comment.md"
            gh issue close "$number"
        fi
        ;;
    *) echo "Drift is neither true nor false: the issue is left as it is." ;;
esac
echo "issue=$number" >>"$GITHUB_OUTPUT"
