"""A target in use: its conversations, reading them, and restoring what was changed."""
