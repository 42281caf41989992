"""Servers that misbehave, in front of a faithful emulator, and what driftgate makes of them."""
