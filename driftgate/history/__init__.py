"""History: what the records of many runs tell together, and since when a requirement has been violated."""
