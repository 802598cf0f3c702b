"""proxies: where a request came from, as those in front say whose word is taken."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from dataport.errors import WrongRequest

_LONGEST = 2_000


class Proxies:
    """The addresses, and networks, whose word is taken.

    Raises:
        WrongRequest: one is no address.
    """

    def __init__(self, named: tuple[str, ...]) -> None:
        try:
            self._networks = tuple(ipaddress.ip_network(one, strict=False) for one in named)
        except ValueError:
            raise WrongRequest(
                "`trusted_proxies` are addresses or networks, such as 10.0.0.7 or 10.0.0.0/24."
            ) from None

    def __bool__(self) -> bool:
        return bool(self._networks)

    def trusts(self, address: str) -> bool:
        """Whether it is one of them."""
        found = _read(address.partition("%")[0])
        return found is not None and any(found in one for one in self._networks)

    def origin(self, peer: str, headers: Mapping[bytes, bytes]) -> str:
        """Where a request came from: the last address on its way that is not one of them."""
        if not self.trusts(peer):
            return peer
        told = headers.get(b"x-forwarded-for", b"")[-_LONGEST:].decode("latin-1")
        for one in reversed([part.strip() for part in told.split(",") if part.strip()]):
            found = _read(one)
            if found is None:
                return peer  # whoever is in front says so, or somebody put it into their mouth
            if not self.trusts(one):
                return str(found)
        return peer


def is_loopback(address: str) -> bool:
    """Whether it is this machine itself."""
    found = _read(address)
    return found is not None and found.is_loopback


def _read(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address as it is compared and written down; a zone may be any text, so that one which has it is none."""
    try:
        found = ipaddress.ip_address(text) if "%" not in text else None
    except ValueError:
        return None
    # of a socket that listens to both, IPv4 comes in the clothes of IPv6
    return (getattr(found, "ipv4_mapped", None) or found) if found else None
