"""Requests that the server makes itself, never to a place inside: https to public addresses, checked before each step.

A name is resolved once and the connection goes to the very address that was checked, so that a name which changes its
address in between gains nothing. Redirects are followed by the same rules.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from ..errors import InputError

REDIRECTS = 3
CHUNK = 65_536
# Public addresses that lead to embedded, possibly private, IPv4 addresses: NAT64 and 6to4.
_EMBEDDING = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16"))


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes


def fetch(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    private: bool = False,
    seconds: float = 15.0,
    max_bytes: int = CHUNK,
    redirects: int = REDIRECTS,
) -> Answer:
    """Make one request within `seconds`. Raises InputError for addresses that are not allowed, for answers of more than
    `max_bytes`, and for everything that fails on the way. `private` allows http and addresses of this network."""
    ends = time.monotonic() + seconds
    for _ in range(redirects + 1):
        answer, onward = _request(method, url, body, headers or {}, private, ends, max_bytes)
        if onward is None:
            return answer
        url = urljoin(url, onward)
    raise InputError(f"more than {redirects} redirects")


def check_url(url: str, private: bool) -> tuple[str, str, int, str]:
    """(scheme, host, port, path) of an address that may be called, as far as the text tells. Raises InputError."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise InputError(f"no address: {error}") from error
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise InputError("only https addresses are called")
    if not parts.hostname or parts.username is not None or any(ord(char) <= 32 or ord(char) == 127 for char in url):
        raise InputError("no address of a server")
    try:
        host = parts.hostname.encode("idna").decode() if not parts.hostname.isascii() else parts.hostname
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        path.encode("ascii")
    except UnicodeError as error:
        raise InputError("no address of a server") from error
    return parts.scheme, host, port, path


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if ip.version == 6:
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif any(ip in network for network in _EMBEDDING):
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _request(
    method: str, url: str, body, headers, private: bool, ends: float, max_bytes: int
) -> tuple[Answer, str | None]:
    scheme, host, port, path = check_url(url, private)
    sock = _connect(host, port, private, ends)
    # Each step has its own time limit, and a server may send a byte for each: this ends it however slowly it goes.
    line = [sock]
    watch = threading.Timer(max(0.01, ends - time.monotonic()), _hang_up, [line])
    watch.daemon = True
    watch.start()
    try:
        if scheme == "https":
            sock = line[0] = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
        connection = http.client.HTTPConnection(host, port)
        connection.sock = sock
        connection.request(method, path, body, {"User-Agent": "oner", **headers})
        response = connection.getresponse()
        if response.status in (301, 302, 303, 307, 308) and (onward := response.getheader("Location")):
            if method != "GET":
                raise InputError(f"it answers {response.status}: redirects are not followed here")
            return Answer(response.status, b""), onward
        data = response.read(max_bytes + 1)
        if len(data) > max_bytes:
            raise InputError(f"the answer has more than {max_bytes:,} bytes")
        if time.monotonic() >= ends:
            raise InputError("it takes too long")
        return Answer(response.status, data), None
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = time.monotonic() >= ends
        raise InputError("it takes too long" if late else f"{type(error).__name__}: {error}") from error
    finally:
        watch.cancel()
        sock.close()


def _connect(host: str, port: int, private: bool, ends: float) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise InputError(f"{host} cannot be found") from error
    addresses = list(dict.fromkeys(entry[4][0] for entry in found))
    if not private and not all(is_public(address) for address in addresses):
        raise InputError(f"{host} is not on the public internet")
    problem: OSError | None = None
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=max(0.01, min(10.0, ends - time.monotonic())))
        except OSError as error:
            problem = error
    raise InputError(f"{host} cannot be reached: {problem}")


def _hang_up(line: list[socket.socket]) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(line[0], socket.SHUT_RDWR)
