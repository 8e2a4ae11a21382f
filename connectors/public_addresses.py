"""Which addresses of the internet a host of somebody else's choosing may stand for: public ones, and no others."""

import ipaddress
import socket
from collections.abc import Callable, Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
"""Host and port → its addresses as they are written. Raises: OSError where the name has none."""

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
CARRIERS = ipaddress.IPv4Network("100.64.0.0/10")
"""Of networks behind a carrier's address translation; some clouds have their metadata there."""


def resolve(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def public_address(host: str, port: int, resolve: Resolve) -> str:
    """The address to connect to. Where only one of several is not public, none is: whoever names them means no good.

    Raises: ValueError naming what is wrong; OSError where the name has none.
    """
    found = [ipaddress.ip_address(one.partition("%")[0]) for one in resolve(host, port)]
    if not found:
        raise ValueError("has no address")
    if not all(map(is_public, found)):
        raise ValueError("stands for an address that is not public")
    return str(found[0])


def is_public(address: Address) -> bool:
    """An IPv6 address that is another way to write an IPv4 address is as public as that; tunnels never are."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.sixtofour is not None or address.teredo is not None or int(address) >> 32 == 0:
            return False
        inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else address.ipv4_mapped
        if inside is not None:
            return is_public(inside)
    elif address in CARRIERS:
        return False
    is_odd = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    is_local = address.is_private or address.is_link_local or getattr(address, "is_site_local", False)
    return address.is_global and not is_odd and not is_local
