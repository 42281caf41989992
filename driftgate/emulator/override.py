"""Overrides: single steps of an emulator done in another way. A fault breaks a promise by one, a variant none."""

from __future__ import annotations

import re

from driftgate.emulator.base import Emulator


class Override(Emulator):
    """Base of the overrides that fit every vendor's emulator. Mixed in before one; the docstring says what it does."""


def named(override: type[Emulator], name: str, says: str) -> type[Emulator]:
    """An override that was made from data, under a name and a docstring of its own."""
    override.__name__, override.__doc__ = name, says
    return override


def kebab(name: str) -> str:
    """``AnsweredButNotStored`` as ``answered-but-not-stored``, ``CutAt64`` as ``cut-at-64``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[a-z])(?=[0-9])", "-", name).lower()
