"""The way to a base URL: the proxy of the options or the environment, and whose certificates are trusted."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from driftgate.base.errors import UsageError
from driftgate.base.files import bytes_of
from driftgate.base.secret import Secret
from driftgate.http.library import httpx
from driftgate.http.network import Network, Proxy


def network(base_url: str, *, proxy: str | None, ca_bundle: Path | None, insecure: bool, context: str) -> Network:
    """How ``base_url`` is reached; a proxy that is not given is taken from the environment. Raises UsageError."""
    try:
        httpx.URL(base_url)
    except httpx.InvalidURL as problem:
        raise UsageError(f"{context} {base_url!r}: {problem}") from None
    if insecure and ca_bundle:
        raise UsageError(f"{context} --insecure and --ca-bundle exclude each other: give one of them")
    is_tls = base_url.startswith("https:")
    found = Network(
        proxy=_proxy(proxy, f"{context} --proxy") if proxy else _from_environment(base_url, getproxies(), context),
        ca_bundle=ca_bundle,
        insecure=insecure and is_tls,
    )
    if is_tls or ca_bundle:
        tls_context(found)
    return found


def tls_context(network: Network) -> ssl.SSLContext:
    """Whom to trust: the bundle, SSL_CERT_FILE or SSL_CERT_DIR, or the authorities that browsers trust.

    Raises UsageError for a bundle that cannot be used.
    """
    if network.insecure:
        return httpx.create_ssl_context(verify=False)
    if network.ca_bundle and not network.ca_bundle.is_dir() and network.ca_bundle.exists():
        bytes_of(network.ca_bundle, context="--ca-bundle ")
    try:
        if network.ca_bundle:
            return ssl.create_default_context(cafile=network.ca_bundle)
        return httpx.create_ssl_context()
    except OSError as problem:  # ssl.SSLError is one
        context = f"--ca-bundle {network.ca_bundle}" if network.ca_bundle else "SSL_CERT_FILE or SSL_CERT_DIR"
        why = "holds no certificate in PEM form" if isinstance(problem, ssl.SSLError) else problem.strerror
        raise UsageError(f"{context}: {why}") from None


def _from_environment(base_url: str, proxies: Mapping[str, str], context: str) -> Proxy | None:
    """The proxy that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY want. A proxy cannot reach our own loopback."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    url = proxies.get(parts.scheme) or proxies.get("all")
    if not url or _is_loopback(host) or proxy_bypass(f"{host}:{parts.port}" if parts.port else host):
        return None
    return _proxy(url, f"{context} {parts.scheme.upper()}_PROXY")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _proxy(url: str, context: str) -> Proxy:
    """The proxy at a URL; a host with a port alone is taken for an http:// one. Never tells the password."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError as problem:
        raise UsageError(f"{context}: {problem}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(f"{context}: is not an http:// or https:// URL for a proxy")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise UsageError(f"{context}: carries a path, a query or a fragment; leave it out")
    shown = f"[{host}]" if ":" in host else host
    told = f"{parts.scheme}://{shown}" + (f":{port}" if port else "")
    login = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return Proxy(told, Secret("PROXY_LOGIN", login) if login != ":" else None)
