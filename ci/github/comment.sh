#!/usr/bin/env bash
# Keeps one comment on the pull request, found by a mark in its first line: the last run's report in place of the one
# before. What a target sends is only ever text in a file, and a comment that cannot be written changes no verdict.
set -euo pipefail

longest=60000 # bytes; GitHub takes 65536 characters
number="$(sed -nE 's#^refs/pull/([0-9]+)/.*#\1#p' <<<"$GITHUB_REF")"
if [ -z "$number" ]; then
    echo "No pull request: there is nothing to comment on."
    exit 0
fi
mark="<!-- driftgate ${NAME//[^A-Za-z0-9_.-]/} -->"
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
body="$(mktemp "$RUNNER_TEMP/comment.XXXXXX")"
trap 'rm -f "$body"' EXIT

{
    echo "$mark"
    if [ -z "$REPORT" ]; then
        # the report of an earlier run may not stand here as if it were this one's
        echo "**driftgate judged nothing**: exit code ${CODE:-unknown}; [this run]($run) says why."
    elif [ "$(wc -c <"$REPORT")" -le "$longest" ]; then
        cat "$REPORT"
        printf '\nExit code %s. [This run](%s) has the whole report.\n' "$CODE" "$run"
    else
        # whole lines, so that no text of a target's loses the marks around it
        sed -n '1,/^## /p' "$REPORT" | head -c "$longest" | sed '$d'
        printf '\nExit code %s. **Cut here**: [this run](%s) has the whole report.\n' "$CODE" "$run"
    fi
} >"$body"

comment() {
    local id
    id="$(gh api --paginate "repos/$GH_REPO/issues/$number/comments" \
        --jq ".[] | select(.user.type == \"Bot\" and (.body | startswith(\"$mark\"))) | .id")" || return 1
    id="${id%%$'\n'*}"
    if [ -n "$id" ]; then
        gh api --silent --method PATCH "repos/$GH_REPO/issues/comments/$id" --field "body=@$body"
    else
        gh api --silent --method POST "repos/$GH_REPO/issues/$number/comments" --field "body=@$body"
    fi
}

comment || echo "::warning title=driftgate::the comment on the pull request could not be written; it wants the permission pull-requests: write"
