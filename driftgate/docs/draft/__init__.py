"""Drafts the three files of a vendor from the vendor's own OpenAPI document."""

from driftgate.docs.draft.drafting import draft
from driftgate.docs.draft.model import Draft

__all__ = ["Draft", "draft"]
