"""History: how a target developed over many runs, and since when it has violated a requirement."""
