"""What all of driftgate rests on: errors, secrets, JSON values, YAML, paths, ids and interrupts."""
