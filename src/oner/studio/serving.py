"""What the commands about the server need to know and do."""

from pathlib import Path

from ..engines import shipped_names
from ..errors import InputError
from ..store import open_store
from ..store.garbage import collect_garbage
from ..store.keys import Limits
from .shoot import default_workers

__all__ = ["all_engines", "collect", "default_workers", "key_limits"]

PREFERRED = ("native", "worlds")  # as the engine of requests that name none, the first that is there


def all_engines() -> tuple[str, ...]:
    """Every engine that ships, the preferred one first. Models and servers that others made are named by hand: some
    cost money."""
    names = shipped_names()
    return tuple(dict.fromkeys((*(name for name in PREFERRED if name in names), *names)))


def key_limits(queued: int | None, seconds_per_day: float | None, storage: int | None) -> Limits:
    return Limits(queued, seconds_per_day, storage)


def collect(folder: Path, dry_run: bool) -> list[tuple[Path, int]]:
    """Remove a store's files that nothing refers to. Raises InputError where there is no store."""
    if not (folder / "oner.db").is_file():
        raise InputError(f"{folder} holds no oner.db: name a project's or a server's folder with --store")
    ledger, files = open_store(folder)
    with ledger:
        return collect_garbage(ledger.database, files, dry_run)
