"""The SQLite file: how it is opened, brought up to date, and what its errors mean."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..errors import StoreError
from .serving_tables import SERVING_TABLES

BUSY_SECONDS = 30.0  # how long a writer waits for another one; each of our transactions takes milliseconds
APPLICATION_ID = 0x4F6E6572  # "Oner", so that `file oner.db` and we ourselves know whose database it is

# One entry for each version, oldest first; never edit one that was released, add another.
MIGRATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "jobs, takes, scores, picks, speeds, settings",
        (
            """CREATE TABLE takes (
                id TEXT PRIMARY KEY,
                shot TEXT NOT NULL,
                number INTEGER NOT NULL,
                engine TEXT NOT NULL,
                fingerprint TEXT NOT NULL,
                request TEXT NOT NULL,
                sha256 TEXT NOT NULL,
                bytes INTEGER NOT NULL,
                suffix TEXT NOT NULL,
                created TEXT NOT NULL,
                seconds REAL NOT NULL,
                notes TEXT NOT NULL,
                UNIQUE (engine, fingerprint)
            ) STRICT""",
            "CREATE INDEX takes_by_shot ON takes (shot, number)",
            "CREATE INDEX takes_by_file ON takes (sha256)",
            """CREATE TABLE jobs (
                id INTEGER PRIMARY KEY,
                shot TEXT NOT NULL,
                number INTEGER NOT NULL,
                place INTEGER NOT NULL,
                frames INTEGER NOT NULL,
                shoot INTEGER NOT NULL,
                retake INTEGER NOT NULL,
                engine TEXT NOT NULL,
                fingerprint TEXT NOT NULL,
                request TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
                tries INTEGER NOT NULL DEFAULT 0,
                progress REAL NOT NULL DEFAULT 0,
                error TEXT,
                take TEXT REFERENCES takes (id),
                worker TEXT,
                lease_until REAL,
                arriving TEXT,
                UNIQUE (engine, fingerprint)
            ) STRICT""",
            "CREATE INDEX jobs_by_state ON jobs (state, tries, number, place)",
            """CREATE TABLE scores (
                take TEXT PRIMARY KEY REFERENCES takes (id),
                total REAL NOT NULL,
                measures TEXT NOT NULL,
                remarks TEXT NOT NULL
            ) STRICT""",
            """CREATE TABLE picks (
                shot TEXT NOT NULL,
                take TEXT NOT NULL REFERENCES takes (id),
                automatic INTEGER NOT NULL,
                sequence INTEGER NOT NULL,
                PRIMARY KEY (shot, take, automatic)
            ) STRICT""",
            """CREATE TABLE speeds (
                engine TEXT NOT NULL,
                width INTEGER NOT NULL,
                height INTEGER NOT NULL,
                seconds_per_frame REAL NOT NULL,
                takes INTEGER NOT NULL,
                PRIMARY KEY (engine, width, height)
            ) STRICT""",
            "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
        ),
    ),
    ("videos, keys, characters, files, batches, events", SERVING_TABLES),
    (
        "urgent jobs",
        (
            "ALTER TABLE jobs ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0",
            "DROP INDEX jobs_by_state",
            "CREATE INDEX jobs_by_state ON jobs (engine, state)",
        ),
    ),
)
VERSION = len(MIGRATIONS)


def open_database(path: Path, migrations: Sequence[tuple[str, Sequence[str]]] = MIGRATIONS) -> sqlite3.Connection:
    """Open or create a database and apply the migrations that it lacks. Raises StoreError.

    The connection belongs to the thread that opened it and leaves transactions to `transaction`.
    """
    with speaking(path):
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            # WAL lets the display read while workers write. With NORMAL a kill loses nothing and a power cut at most
            # the last transactions, each of them whole; those that must outlive that too are made durable one by one.
            _write_ahead(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            _bring_up_to_date(connection, path, migrations)
        except BaseException:
            connection.close()
            raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log. SQLite does not wait by itself for others who switch the same new file."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)


class Database:
    """An open ledger file, for one thread. Every method may raise StoreError."""

    def __init__(self, path: Path | str):
        self.path = Path(path)
        self.connection = open_database(self.path)

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def transaction(self, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """See `transaction` below."""
        with speaking(self.path), transaction(self.connection, durable):
            yield self.connection

    def change(self, statement: str, values: Sequence = ()) -> bool:
        """Run one changing statement; whether it changed a row."""
        with speaking(self.path):
            return self.connection.execute(statement, values).rowcount > 0

    def rows(self, statement: str, *values) -> list[sqlite3.Row]:
        """All rows of a query."""
        with speaking(self.path):
            return self.connection.execute(statement, values).fetchall()

    def row(self, statement: str, *values) -> sqlite3.Row | None:
        """The first row of a query."""
        with speaking(self.path):
            return self.connection.execute(statement, values).fetchone()


def _bring_up_to_date(connection: sqlite3.Connection, path: Path, migrations) -> None:
    if _version(connection, path, len(migrations)) == len(migrations):
        return
    with transaction(connection):  # a second process that comes here waits, then finds the work done
        found = _version(connection, path, len(migrations))
        if found == 0:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(
                "CREATE TABLE migrations "
                "(version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied TEXT NOT NULL) STRICT"
            )
        for version, (name, statements) in enumerate(migrations[found:], start=found + 1):
            for statement in statements:
                connection.execute(statement)
            connection.execute("INSERT INTO migrations VALUES (?, ?, datetime('now'))", (version, name))
            connection.execute(f"PRAGMA user_version = {version}")


def _version(connection: sqlite3.Connection, path: Path, known: int) -> int:
    # Tables first: another process may create them between these reads, and whoever sees tables then sees their owner.
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if tables and owner != APPLICATION_ID:
        raise StoreError(f"{path} is a database of another program; move it away or choose another project folder")
    if found > known:
        raise StoreError(
            f"{path} is of version {found}, this Oner knows versions up to {known}: it was written by a newer Oner; "
            "update with `pip install --upgrade oner`"
        )
    return found


@contextmanager
def transaction(connection: sqlite3.Connection, durable: bool = False) -> Iterator[sqlite3.Connection]:
    """All or nothing. Takes the write lock at once, so that what is read inside stays true until the end.

    `durable` flushes it, and all before it, to the disk (one fsync, some milliseconds).
    """
    if durable:
        connection.execute("PRAGMA synchronous = FULL")
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite has rolled back by itself after some errors, such as a full disk
            connection.execute("ROLLBACK")
        raise
    finally:
        if durable:
            connection.execute("PRAGMA synchronous = NORMAL")


@contextmanager
def speaking(path: Path) -> Iterator[None]:
    """Turn what SQLite says into a StoreError that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        words = str(error)
        advice = next((advice for word, advice in _ADVICE if word in words), "run `oner doctor`")
        raise StoreError(f"{path}: {words}; {advice}") from error


_ADVICE = (
    ("unable to open", "is there such a folder, and may you write in it?"),
    ("readonly", "give yourself the right to write it, or copy the project to a folder of your own"),
    ("locked", "another program holds it; close that one and run the same command again"),
    ("full", "make room on the disk and run the same command again"),
    ("disk I/O", "make room on the disk or try another one, then run the same command again"),
    ("not a database", "move this file away; takes in `files` stay, their recipes are in their metadata"),
    ("malformed", "move this file away; takes in `files` stay, their recipes are in their metadata"),
)
