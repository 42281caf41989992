"""Reports: the result of a run, rendered for people and for other tools."""
