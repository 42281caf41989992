"""Makes plain ``pytest`` in a checkout a driftgate run."""

pytest_plugins = ("driftgate.pytest_plugin.plugin",)
