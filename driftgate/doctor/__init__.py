"""Whether targets can be judged, and what that takes: what is installed, configured, reached, and what a run costs."""
