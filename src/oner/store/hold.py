"""One shoot at a time in a project: a lock that dies with the process that holds it."""

import sqlite3
from pathlib import Path

from ..errors import HeldError, StoreError


class Hold:
    """Hold a project for oneself, as a context manager. Raises HeldError at once if another process holds it,
    StoreError if the folder cannot be written.

    SQLite's own exclusive lock on a file beside the ledger, because the system frees it however the holder ends
    (also after `kill -9`) and it works the same on every system that SQLite knows.
    """

    def __init__(self, path: Path | str, work: str):
        self.path, self.work = Path(path), work

    def __enter__(self) -> "Hold":
        connection = None
        try:
            connection = self._connection = sqlite3.connect(self.path, timeout=0, isolation_level=None)
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            if "locked" in str(error):
                raise HeldError(
                    f"another `{self.work}` is at work in {self.path.parent}; wait until it has finished or stop it "
                    "with Ctrl-C, then run the same command again"
                ) from error
            raise StoreError(f"cannot write in {self.path.parent}: {error}") from error
        return self

    def __exit__(self, *_) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.close()
