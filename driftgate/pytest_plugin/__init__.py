"""The pytest plugin: tests of requirements and targets, verdicts and an exit code."""

PLUGIN = "driftgate.pytest_plugin.plugin"
GUEST = "driftgate-guest"  # is there where driftgate is in a session of somebody else's
