"""The pytest plugin: tests of requirements and targets, verdicts and an exit code."""
