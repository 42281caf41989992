"""A benchmark against the field: the same seeded faults through driftgate and through other contract testers."""
