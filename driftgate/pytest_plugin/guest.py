"""driftgate in a session of somebody else's: its options only as far as they are given and nobody else has them."""

from __future__ import annotations

import argparse
import copy
from collections.abc import Sequence

import pytest

from driftgate.pytest_plugin import GUEST, PLUGIN, plugin
from driftgate.run.options import TABLE, attribute


def join(config: pytest.Config, parser: pytest.Parser, args: Sequence[str]) -> None:
    """Makes the session one that judges targets, too."""
    known = vars(config.known_args_namespace)
    given = {each.partition("=")[0] for each in args}
    wanted = TABLE if known.get("help") else [option for option in TABLE if option in given]
    group = parser.getgroup("driftgate", "driftgate: judge targets by their vendors' contracts")
    for option in wanted:
        try:
            group.addoption(option, dest=attribute(option), **TABLE[option])
        except (ValueError, argparse.ArgumentError):  # somebody else's, who then gets its value
            continue
    for option, settings in TABLE.items():
        default = settings.get("default", False if settings.get("action") == "store_true" else None)
        vars(config.option).setdefault(attribute(option), default)
    config.known_args_namespace = parser.parse_known_args(list(args), namespace=copy.copy(config.option))
    config.pluginmanager.register(_Guest(), GUEST)
    config.pluginmanager.register(plugin, PLUGIN)


class _Guest:
    """Tells the plugin that its options are there already."""
