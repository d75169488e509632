"""What an owner keeps besides videos: characters, and files for batches and references."""

from dataclasses import dataclass
from pathlib import Path

from ..film import MediaRef
from .database import Database
from .files import Files
from .garbage import forget_unless_used
from .rows import media_from


@dataclass(frozen=True)
class StoredCharacter:
    """Somebody whom prompts may name; `description` stands for the name in them, "" where none is known."""

    id: str
    owner: str
    name: str
    description: str
    created: float
    media: MediaRef


@dataclass(frozen=True)
class StoredFile:
    """A file that was uploaded, or that a batch wrote."""

    id: str
    owner: str
    name: str
    purpose: str
    created: float
    media: MediaRef


class Belongings:
    """Characters and files of a store. Every method may raise StoreError."""

    def __init__(self, database: Database, files: Files):
        self.database, self.files = database, files

    # ---------------------------------------------------------------------------------------------- characters

    def add_character(self, connection, character: StoredCharacter, clip: Path) -> None:
        """Move the clip in and note the character, inside a transaction."""
        self.files.put(clip, character.media)
        media = character.media
        connection.execute(
            "INSERT INTO characters VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                character.id, character.owner, character.name, character.description, character.created,
                media.sha256, media.bytes, media.suffix,
            ),
        )  # fmt: skip

    def character(self, owner: str, identifier: str) -> StoredCharacter | None:
        row = self.database.row("SELECT * FROM characters WHERE id = ? AND owner = ?", identifier, owner)
        return None if row is None else _character(row)

    def characters(self, owner: str) -> list[StoredCharacter]:
        rows = self.database.rows("SELECT * FROM characters WHERE owner = ? ORDER BY created DESC, id", owner)
        return [_character(row) for row in rows]

    def remove_character(self, owner: str, identifier: str) -> bool:
        return self._remove("characters", owner, identifier)

    # --------------------------------------------------------------------------------------------------- files

    def add_file(self, connection, file: StoredFile, path: Path) -> None:
        """Move the content in and note the file, inside a transaction."""
        self.files.put(path, file.media)
        media = file.media
        connection.execute(
            "INSERT INTO api_files (id, owner, name, purpose, created, sha256, bytes, suffix) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (file.id, file.owner, file.name, file.purpose, file.created, media.sha256, media.bytes, media.suffix),
        )

    def file(self, owner: str, identifier: str) -> StoredFile | None:
        row = self.database.row("SELECT * FROM api_files WHERE id = ? AND owner = ?", identifier, owner)
        return None if row is None else _file(row)

    def page(
        self, owner: str, limit: int, newest_first: bool, after: str | None, purpose: str | None
    ) -> tuple[list[StoredFile], bool]:
        sign, order = ("<", "DESC") if newest_first else (">", "ASC")
        rows = self.database.rows(
            f"""SELECT * FROM api_files WHERE owner = ?1 AND (?4 IS NULL OR purpose = ?4) AND (?2 IS NULL OR sequence
            {sign} (SELECT sequence FROM api_files WHERE id = ?2 AND owner = ?1)) ORDER BY sequence {order} LIMIT ?3""",
            owner,
            after,
            limit + 1,
            purpose,
        )
        return [_file(row) for row in rows[:limit]], len(rows) > limit

    def remove_file(self, owner: str, identifier: str) -> bool:
        return self._remove("api_files", owner, identifier)

    def _remove(self, table: str, owner: str, identifier: str) -> bool:
        with self.database.transaction() as connection:
            row = connection.execute(
                f"DELETE FROM {table} WHERE id = ? AND owner = ? RETURNING sha256, bytes, suffix", (identifier, owner)
            ).fetchone()
            if row is None:
                return False
            forget_unless_used(connection, self.files, media_from(row))
        return True


def _character(row) -> StoredCharacter:
    return StoredCharacter(
        row["id"], row["owner"], row["name"], row["description"], row["created"], media_from(row)
    )  # fmt: skip


def _file(row) -> StoredFile:
    return StoredFile(row["id"], row["owner"], row["name"], row["purpose"], row["created"], media_from(row))
