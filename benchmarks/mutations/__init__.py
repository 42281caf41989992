"""Mechanical mutants of the emulators' answers and of what they store, judged by the suites."""
