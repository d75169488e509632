"""All halves of a server's store in one hand."""

from pathlib import Path

from ..store import Hold, open_store
from ..store.batches import Batches
from ..store.belongings import Belongings
from ..store.events import Delivery, Events
from ..store.keys import Keys
from ..store.videos import Videos

__all__ = ["Delivery", "ServingStore", "hold"]


class ServingStore:
    """A server's ledger and files. Belongs to the thread that opened it. Raises StoreError."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.ledger, self.files = open_store(folder)
        self.database = self.ledger.database
        self.videos = Videos(self.database, self.files)
        self.belongings = Belongings(self.database, self.files)
        self.batches = Batches(self.database, self.belongings)
        self.events = Events(self.database)
        self.keys = Keys(self.database)

    def close(self) -> None:
        self.ledger.close()

    def __enter__(self) -> "ServingStore":
        return self

    def __exit__(self, *_) -> None:
        self.close()


def hold(folder: Path) -> Hold:
    """The right to serve a store, as a context manager. Raises StoreError if another process has it."""
    return Hold(folder / "oner.lock", "oner serve")
