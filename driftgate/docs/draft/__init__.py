"""Drafts the three files of a vendor from the vendor's own OpenAPI document."""

from driftgate.docs.draft.drafting import Draft, draft

__all__ = ["Draft", "draft"]
