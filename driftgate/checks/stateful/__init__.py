"""The check "stateful": a state machine over creating, renaming, reading, listing and deleting conversations."""
