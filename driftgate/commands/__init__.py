"""The commands of ``driftgate``, one module each: its help and options, and what it does with them.

A module imports at its top only what its options need. What a command works with is imported when it works.
"""
