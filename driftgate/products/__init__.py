"""Real products, version by version: what is known of each, with the records that prove it."""

from driftgate.products.drifted import drifted
from driftgate.products.known import accepted, compared
from driftgate.products.product import Deviation, Product, RecordInfo, available, load_product, read_product
from driftgate.products.recognition import Recognition

__all__ = [
    "Deviation",
    "Product",
    "Recognition",
    "RecordInfo",
    "accepted",
    "available",
    "compared",
    "drifted",
    "load_product",
    "read_product",
]
