"""A target in use: its conversations, reads of them, the journal of what was changed, and its teardown."""
