"""Ids of conversations: which texts can be one, and go into the URLs of requests that change and delete."""

from __future__ import annotations

import re

from driftgate.base.jsonvalue import JSON

LONGEST_ID = 500  # characters


def id_problem(conversation: str) -> str | None:
    """Why a text cannot be an id that goes into URLs, or None. What percent-encoding makes harmless is let through."""
    if not conversation:
        return "it is empty"
    if len(conversation) > LONGEST_ID:
        return f"it has {len(conversation)} characters"
    if not conversation.isprintable():
        return "it holds characters that cannot be printed"
    if {".", ".."} & set(re.split(r"[/\\]", conversation)):
        return "it would lead to another path"
    return None


def is_id(value: JSON) -> bool:
    """Whether what a target calls an id can be used as one."""
    return isinstance(value, (str, int)) and not isinstance(value, bool) and id_problem(str(value)) is None
