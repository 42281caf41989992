"""Documents: what a vendor's published pages, and other editions of its contract, change of what is promised."""

from driftgate.docs.editions import between, contract_named
from driftgate.docs.pages import drift_of_pages

__all__ = ["between", "contract_named", "drift_of_pages"]
