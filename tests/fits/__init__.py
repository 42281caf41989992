"""Vendors that are unlike those that come with driftgate: contracts as data, and small servers that keep them."""
