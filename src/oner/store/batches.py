"""Batches: many video orders in one file, worked off one line after the other."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..film import to_json
from .belongings import Belongings, StoredFile
from .database import Database


@dataclass(frozen=True)
class BatchLine:
    """One line: what was ordered (a JSON text), and what became of it. `error` is a JSON text, too."""

    line: int
    custom_id: str
    body: str
    video: str | None = None
    status: int | None = None
    error: str | None = None


@dataclass(frozen=True)
class Batch:
    """A batch as it stands: `state` is in_progress, completed or cancelled; `counts` are (all, completed, failed)."""

    id: str
    owner: str
    input: str
    endpoint: str
    completion_window: str
    metadata: dict[str, str]
    state: str
    created: float
    ended: float | None
    output: str | None
    errors: str | None
    counts: tuple[int, int, int]


_SELECT = """SELECT batches.*,
    (SELECT count(*) FROM batch_lines WHERE batch = batches.id) AS lines,
    (SELECT count(*) FROM batch_lines AS l JOIN videos AS v ON v.id = l.video
        WHERE l.batch = batches.id AND v.state = 'completed') AS completed,
    (SELECT count(*) FROM batch_lines AS l LEFT JOIN videos AS v ON v.id = l.video WHERE l.batch = batches.id
        AND (l.error IS NOT NULL OR v.state = 'failed' OR (l.video IS NOT NULL AND v.id IS NULL))) AS failed
    FROM batches"""


class Batches:
    """The batches of a store. Every method may raise StoreError."""

    def __init__(self, database: Database, belongings: Belongings):
        self.database, self.belongings = database, belongings

    def add(self, connection, batch: Batch, lines: Sequence[BatchLine]) -> None:
        """Write a batch and its lines down, inside a transaction."""
        connection.execute(
            """INSERT INTO batches (id, owner, input, endpoint, completion_window, metadata, state, created)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                batch.id, batch.owner, batch.input, batch.endpoint, batch.completion_window,
                to_json(batch.metadata).decode(), batch.state, batch.created,
            ),
        )  # fmt: skip
        connection.executemany(
            "INSERT INTO batch_lines (batch, line, custom_id, body, status, error) VALUES (?, ?, ?, ?, ?, ?)",
            [(batch.id, line.line, line.custom_id, line.body, line.status, line.error) for line in lines],
        )

    def find(self, owner: str, identifier: str) -> Batch | None:
        row = self.database.row(f"{_SELECT} WHERE batches.id = ? AND batches.owner = ?", identifier, owner)
        return None if row is None else _batch(row)

    def page(self, owner: str, limit: int, after: str | None) -> tuple[list[Batch], bool]:
        """Newest first."""
        rows = self.database.rows(
            f"""{_SELECT} WHERE owner = ?1 AND (?2 IS NULL OR sequence <
            (SELECT sequence FROM batches WHERE id = ?2 AND owner = ?1)) ORDER BY sequence DESC LIMIT ?3""",
            owner,
            after,
            limit + 1,
        )
        return [_batch(row) for row in rows[:limit]], len(rows) > limit

    def running(self) -> list[Batch]:
        """Batches that are not finished, oldest first."""
        return [_batch(row) for row in self.database.rows(f"{_SELECT} WHERE state = 'in_progress' ORDER BY sequence")]

    def next_lines(self, batch: str, limit: int) -> list[BatchLine]:
        """Lines that no video was ordered for yet."""
        return [_line(row) for row in self.database.rows(
            "SELECT * FROM batch_lines WHERE batch = ? AND video IS NULL AND error IS NULL ORDER BY line LIMIT ?",
            batch, limit,
        )]  # fmt: skip

    def lines(self, batch: str) -> list[BatchLine]:
        return [
            _line(row) for row in self.database.rows("SELECT * FROM batch_lines WHERE batch = ? ORDER BY line", batch)
        ]

    def note_video(self, connection, batch: str, line: int, video: str) -> None:
        """Inside the transaction that orders the video."""
        connection.execute("UPDATE batch_lines SET video = ? WHERE batch = ? AND line = ?", (video, batch, line))

    def note_error(self, batch: str, line: int, status: int, error: str) -> None:
        self.database.change(
            "UPDATE batch_lines SET status = ?, error = ? WHERE batch = ? AND line = ?", (status, error, batch, line)
        )

    def cancel(self, owner: str, identifier: str) -> bool:
        """Order no further video; those that were ordered are made. False if it had ended before."""
        return self.database.change(
            "UPDATE batches SET state = 'cancelled', ended = ? WHERE id = ? AND owner = ? AND state = 'in_progress'",
            (time.time(), identifier, owner),
        )

    def finish(self, batch: Batch, results: Sequence[tuple[str, StoredFile, Path]]) -> None:
        """Complete a batch with its result files: (column "output" or "errors", file, where its content lies)."""
        with self.database.transaction(durable=True) as connection:
            held = connection.execute(
                "UPDATE batches SET state = 'completed', ended = ? WHERE id = ? AND state = 'in_progress'",
                (time.time(), batch.id),
            ).rowcount
            if not held:
                return
            for column, file, path in results:
                self.belongings.add_file(connection, file, path)
                connection.execute(f"UPDATE batches SET {column} = ? WHERE id = ?", (file.id, batch.id))


def _line(row) -> BatchLine:
    return BatchLine(row["line"], row["custom_id"], row["body"], row["video"], row["status"], row["error"])


def _batch(row) -> Batch:
    return Batch(
        id=row["id"],
        owner=row["owner"],
        input=row["input"],
        endpoint=row["endpoint"],
        completion_window=row["completion_window"],
        metadata=msgspec.json.decode(row["metadata"]),
        state=row["state"],
        created=row["created"],
        ended=row["ended"],
        output=row["output"],
        errors=row["errors"],
        counts=(row["lines"], row["completed"], row["failed"]),
    )
