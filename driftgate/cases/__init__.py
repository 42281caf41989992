"""The inputs of checks: bodies and names."""
