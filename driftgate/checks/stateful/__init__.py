"""The check "stateful": sequences of steps that create, rename, read, list and delete conversations."""
