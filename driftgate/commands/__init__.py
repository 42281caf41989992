"""The commands of ``driftgate``, one module each: its arguments, and what it does with them."""
