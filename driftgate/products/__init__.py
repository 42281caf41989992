"""Real products, version by version: what is known of each, with the records that prove it."""

from driftgate.products.product import Deviation, Product, RecordInfo, available, load_product, read_product

__all__ = ["Deviation", "Product", "RecordInfo", "available", "load_product", "read_product"]
