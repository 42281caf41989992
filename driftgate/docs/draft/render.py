"""Writes a draft as the three files of a vendor, with a comment at every guess."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from driftgate.contract.problem import CATALOGUE, DOCUMENT, EXAMPLES
from driftgate.docs.draft.examples import CAPTURE
from driftgate.docs.draft.model import Draft

_WIDE = 110


class _Dumper(yaml.SafeDumper):
    """YAML without aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def files(draft: Draft, origin: str) -> Mapping[str, str]:
    """The text of each file. ``origin`` names the document that it was made from."""
    head = f"# Drafted by `driftgate vendor new` from {origin}.\n"
    return {
        DOCUMENT: head + _yaml(draft.document),
        CATALOGUE: head + _catalogue(draft.catalogue),
        EXAMPLES: head + _private(draft) + _yaml(draft.examples),
    }


def _private(draft: Draft) -> str:
    captured = any(row["source"]["page"] == CAPTURE for row in draft.examples["examples"])
    return "# Some examples are captured traffic: take out what is private.\n" if captured else ""


def _catalogue(catalogue: Mapping[str, Any]) -> str:
    comments = {
        "outcomes": "guessed: a document does not say how a server signals success; confirm",
        "resource": "guessed from the path: what messages call it; confirm",
        "conversation": "guessed from the names of members; confirm. `unknown` is an id that no conversation has",
        "parameters": "what a target's user supplies; confirm",
    }
    parts = []
    for key, value in catalogue.items():
        if key in comments:
            parts.append(f"# {comments[key]}\n")
        parts.append(_operations(value) if key == "operations" else _yaml({key: value}))
    return "".join(parts)


def _operations(rows: Mapping[str, Any]) -> str:
    lines = ["operations:\n"]
    for role, row in rows.items():
        if role == "rename":
            lines.append("  # named by you; confirm what it sends\n")
        else:
            lines.append(f"  # guessed from its method and path: confirm that it is the operation {role}\n")
        lines += [f"  {line}\n" for line in _yaml({role: row}).splitlines()]
    return "".join(lines)


def _yaml(value: Any) -> str:
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDE))
