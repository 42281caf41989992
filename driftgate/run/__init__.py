"""A run, from the first request to the exit code."""
