"""A target: the system under test, with its vendor's contract, its base URL, its credentials and its parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from driftgate.base.secret import Secret
from driftgate.contract import Contract
from driftgate.http.network import Network
from driftgate.target.params import Value
from driftgate.target.wrong_keys import altered_key, wrong_key

if TYPE_CHECKING:
    from driftgate.products import Product


@dataclass(frozen=True)
class Target:
    """What is judged. ``base_url`` is None for an embedded emulator, which gets one when it is started.

    ``key_from`` says where the key was given. ``owner`` looks after the target, and ``link`` leads to a page about it.
    ``product`` is the real product that it is compared with; with ``candidates`` it is to be recognised as one of them.
    """

    name: str
    contract: Contract
    base_url: str | None
    api_key: Secret | None = None
    conversations: tuple[str, ...] = ()
    params: Mapping[str, Value] = field(default_factory=dict)
    allow_cost: bool = False
    waivers: Path | None = None
    baseline: Path | None = None
    product: Product | None = None
    candidates: tuple[Product, ...] = ()
    embedded: bool = False
    network: Network = field(default_factory=Network)
    key_from: str | None = None
    warning: str = ""
    owner: str | None = None
    link: str | None = None

    @cached_property
    def given_secrets(self) -> tuple[Secret, ...]:
        """The keys that the user gave."""
        keys = (self.api_key, *self.params.values(), *self.network.secrets)
        return tuple(value for value in keys if isinstance(value, Secret))

    @cached_property
    def wrong_key(self) -> Secret:
        """A key of the right form that nobody has."""
        return wrong_key(self.api_key, self.given_secrets)

    @cached_property
    def altered_key(self) -> Secret:
        """The right key but for its last character."""
        return altered_key(self.api_key, self.given_secrets)

    @cached_property
    def secrets(self) -> tuple[Secret, ...]:
        """All that must not be written down: the keys that were given, and those derived from them."""
        return (*self.given_secrets, self.wrong_key, self.altered_key)


@dataclass(frozen=True)
class TargetOptions:
    """What the options say of targets, as given."""

    targets: Sequence[str] = ()
    emulators: bool = False
    vendor: str | None = None
    edition: str | None = None
    base_url: str | None = None
    api_key: str | None = None
    conversations: Sequence[str] = ()
    params: Sequence[str] = ()
    allow_cost: bool = False
    proxy: str | None = None
    ca_bundle: str | None = None
    insecure: bool = False
    product: str | None = None

    @property
    def asks(self) -> bool:
        """Whether they ask for something to be judged, and not only how."""
        return bool(self.targets or self.emulators or self.vendor or self.base_url)
