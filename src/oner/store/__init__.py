"""What was wanted, made, judged and chosen: a SQLite ledger and a folder of files named by their content.

The only room that imports sqlite3. `open_store` gives both halves of a project's store; the server's tables lie in the
same ledger and are reached through its `database`.
"""

from pathlib import Path

from .files import Files
from .hold import Hold
from .ledger import Claim, Ledger, Pick, Wanted

__all__ = ["Claim", "Files", "Hold", "Ledger", "Pick", "Wanted", "open_store"]


def open_store(project: Path | str) -> tuple[Ledger, Files]:
    """Open, or create, the ledger `oner.db` and the folder `files` of a project.

    Raises StoreError if either cannot be used: no folder, no right to write, a newer version, damage.
    """
    return Ledger(Path(project) / "oner.db"), Files(Path(project) / "files")
