"""The evidence of a run as typed data: exchanges, findings, verdicts, observations, shapes."""
