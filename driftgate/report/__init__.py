"""Reports: what a run found out, told to people and to other tools."""
