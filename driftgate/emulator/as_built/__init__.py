"""As-built editions: emulators of what the vendors' open-source servers do, unlike what their pages promise."""

from __future__ import annotations

from collections.abc import Mapping

from driftgate.emulator.as_built.coze import CozeStudio
from driftgate.emulator.as_built.dify import Dify17, Dify111, Dify114
from driftgate.emulator.as_built.edition import Edition, Row, editions
from driftgate.emulator.as_built.nuwax import Nuwax30
from driftgate.emulator.as_built.product import Product

PRODUCTS: Mapping[str, Mapping[str, type[Product]]] = {
    "coze": {"studio": CozeStudio},
    "dify": {"1.7": Dify17, "1.11": Dify111, "1.14": Dify114},
    "nuwax": {"3.0": Nuwax30},
}


def product(vendor: str, name: str, *, model_fails: bool = False) -> type[Product]:
    """The emulator class of an edition. Raises KeyError for an unknown one."""
    found = PRODUCTS[vendor][name]
    return type(found.__name__, (found,), {"model_fails": True}) if model_fails else found


__all__ = ["PRODUCTS", "Edition", "Product", "Row", "editions", "product"]
