"""Judging what took place before: a record again, or traffic that was captured elsewhere. Nothing is sent."""
