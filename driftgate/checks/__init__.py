"""The kinds of check, and how each one judges."""
