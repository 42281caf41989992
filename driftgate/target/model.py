"""A target: the system under test, with its vendor's contract, its base URL, its credentials and its parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from driftgate.base.secret import Secret
from driftgate.contract import Contract
from driftgate.http.network import Network
from driftgate.target.params import Value


@dataclass(frozen=True)
class Target:
    """What is judged. ``base_url`` is None for an embedded emulator, which gets one when it is started.

    ``key_from`` says where the key was given.
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
    embedded: bool = False
    network: Network = field(default_factory=Network)
    key_from: str | None = None
    warning: str = ""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        keys = (self.api_key, *self.params.values(), *self.network.secrets)
        return tuple(value for value in keys if isinstance(value, Secret))


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

    @property
    def asks(self) -> bool:
        """Whether they ask for something to be judged, and not only how."""
        return bool(self.targets or self.emulators or self.vendor or self.base_url)
