"""What was ordered from servers: written before an order leaves the house, so that no clip is ordered or paid twice."""

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import msgspec

from ...errors import StoreError
from ...media import replacing
from ..places import receipts_folder
from .profiles import Server

ORDERING, ORDERED, FETCHED, FAILED = "ordering", "ordered", "fetched", "failed"


@dataclass(frozen=True)
class Receipt:
    """One order. `key` is the same for every attempt to place it; `id` is the server's, once it has answered.

    `cost` is in dollars, `ordered` in seconds since 1970.
    """

    key: str
    state: str
    prompt: str
    cost: float
    id: str = ""
    error: str = ""
    ordered: float = field(default_factory=time.time)


def path_of(server: Server, fingerprint: str) -> Path:
    return receipts_folder() / f"{server.name}.{server.digest}" / f"{fingerprint}.json"


def read(server: Server, fingerprint: str) -> Receipt | None:
    """The receipt of a request, None where it was never ordered. Raises StoreError for one that cannot be read."""
    return _read(path_of(server, fingerprint))


def _read(path: Path) -> Receipt | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Receipt)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise StoreError(f"{path} cannot be read ({error}): look at the server whether the clip was ordered") from error


def ids(server: Server) -> set[str]:
    """Videos that orders of this server came to, whatever model it had. Raises StoreError as `read` does."""
    found = (_read(path) for path in receipts_folder().glob("*/*.json") if path.parent.stem == server.name)
    return {receipt.id for receipt in found if receipt}


def write(server: Server, fingerprint: str, receipt: Receipt) -> Receipt:
    """Keep a receipt, whole or not at all. Raises StoreError."""
    path = path_of(server, fingerprint)
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(msgspec.json.encode(asdict(receipt)))
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}; nothing was ordered") from error
    return receipt
