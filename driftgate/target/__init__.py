"""What is judged: options and driftgate.toml resolved into targets."""
