"""Opening, creating and upgrading the database file."""

import os
import sqlite3

import pytest

from oner.errors import StoreError
from oner.store import Ledger
from oner.store.database import MIGRATIONS, VERSION, open_database


def test_a_database_of_a_newer_version_is_refused_with_both_versions(tmp_path):
    """The message names the version found, the version known and what to do; the file is left as it was."""
    path = tmp_path / "oner.db"
    Ledger(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {VERSION + 4}")
    connection.close()
    with pytest.raises(StoreError, match=rf"version {VERSION + 4}.*up to {VERSION}.*upgrade"):
        Ledger(path)


def test_migrations_are_applied_in_order_and_recorded(tmp_path):
    """An older database gets exactly what it lacks and keeps its rows."""
    path = tmp_path / "oner.db"
    with Ledger(path) as ledger:
        ledger.set_setting("kept", 7)
    later = (*MIGRATIONS, ("moods", ("CREATE TABLE moods (shot TEXT) STRICT", "INSERT INTO moods VALUES ('s01')")))
    connection = open_database(path, later)
    assert [tuple(row) for row in connection.execute("SELECT version, name FROM migrations")] == [
        *enumerate((name for name, _ in MIGRATIONS), start=1),
        (len(later), "moods"),
    ]
    assert connection.execute("SELECT count(*) FROM moods").fetchone()[0] == 1
    assert connection.execute("SELECT value FROM settings").fetchone()[0] == "7"
    connection.close()


def test_a_migration_that_fails_leaves_the_older_version_whole(tmp_path):
    """Statements and record of a migration are one transaction: all of it or nothing."""
    path = tmp_path / "oner.db"
    Ledger(path).close()
    broken = (*MIGRATIONS, ("broken", ("CREATE TABLE moods (shot TEXT)", "CREATE TABLE moods (shot TEXT)")))
    with pytest.raises(StoreError, match="moods already exists"):
        open_database(path, broken)
    with Ledger(path) as ledger:
        ledger.check()
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'moods'").fetchone() == (0,)
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    connection.close()


def test_the_database_is_set_up_for_several_processes(tmp_path):
    """Write-ahead log, a busy timeout and foreign keys are on."""
    connection = open_database(tmp_path / "oner.db")
    values = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "foreign_keys")]
    assert values == ["wal", 1]
    assert connection.execute("PRAGMA busy_timeout").fetchone()[0] >= 10_000
    connection.close()


def test_a_file_that_is_no_database_is_refused(tmp_path):
    """A text file in the ledger's place is named, not overwritten."""
    path = tmp_path / "oner.db"
    path.write_text("shopping list: bread, milk, a great deal of cheese " * 20)
    with pytest.raises(StoreError, match=r"not a database.*move this file away"):
        Ledger(path)
    assert path.read_text().startswith("shopping list")


def test_a_database_of_another_program_is_refused(tmp_path):
    """Tables that are not ours are left alone."""
    path = tmp_path / "oner.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE contacts (name TEXT)")
    connection.close()
    with pytest.raises(StoreError, match="another program"):
        Ledger(path)


def test_a_missing_folder_is_named(tmp_path):
    """The ledger does not invent project folders."""
    with pytest.raises(StoreError, match=r"nowhere.*is there such a folder"):
        Ledger(tmp_path / "nowhere" / "oner.db")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_refused(tmp_path):
    """A project that may not be written says so when its ledger is opened."""
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="may you write"):
            Ledger(tmp_path / "oner.db")
    finally:
        tmp_path.chmod(0o700)


def test_a_damaged_database_is_noticed(tmp_path):
    """Overwritten pages are found by the check, with a word on what to do."""
    path = tmp_path / "oner.db"
    with Ledger(path) as ledger:
        for number in range(400):
            ledger.set_setting(f"name {number}", "value " * 20)
    content = bytearray(path.read_bytes())
    for page in range(len(content) // 4096 - 8, len(content) // 4096):
        content[page * 4096 + 50 : page * 4096 + 2000] = b"\xff" * 1950
    path.write_bytes(content)
    with Ledger(path) as ledger, pytest.raises(StoreError, match=r"damaged|malformed"):
        ledger.check()
