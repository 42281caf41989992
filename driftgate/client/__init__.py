"""Judging clients: what an integration sends to a vendor's server, by the same contract, from the other side."""
