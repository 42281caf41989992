"""Drift of documents: what a vendor's published pages, or another edition of its contract, promise differently."""

from driftgate.docs.editions import between, contract_named
from driftgate.docs.pages import drift_of_pages

__all__ = ["between", "contract_named", "drift_of_pages"]
