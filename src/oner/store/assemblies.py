"""Videos that are put together from several parts, once the take that they wait for is made."""

import time
from dataclasses import dataclass
from pathlib import Path

from ..film import ClipRequest, MediaRef, from_json
from .database import Database
from .files import Files
from .ledger import TRIES
from .rows import media_from
from .videos import Part

ASSEMBLY_LEASE = 30.0  # seconds; renewed while parts are being joined


@dataclass(frozen=True)
class Assembly:
    """The right to put one video together."""

    video: str
    request: ClipRequest
    parts: tuple[Part, ...]
    take: MediaRef
    worker: str


class Assemblies:
    """What is to be joined in a store. Every method may raise StoreError."""

    def __init__(self, database: Database, files: Files):
        self.database, self.files = database, files

    def claim(self, engine: str, worker: str) -> Assembly | None:
        """Take the next video whose take is made and whose parts are to be joined."""
        now = time.time()
        condition = """videos.state = 'open' AND videos.parts <> '[]' AND videos.engine = ?
            AND jobs.state = 'done' AND coalesce(videos.lease_until, 0) < ?"""
        if (
            self.database.row(f"SELECT 1 FROM videos JOIN jobs ON jobs.id = videos.job WHERE {condition}", engine, now)
            is None
        ):
            return None
        with self.database.transaction() as connection:
            connection.execute(
                """UPDATE videos SET state = 'failed', completed = ?1, error = ?2, worker = NULL, lease_until = NULL
                WHERE state = 'open' AND parts <> '[]' AND engine = ?3 AND tries >= ?4 AND lease_until < ?1""",
                (now, f"{TRIES} workers fell silent while its parts were being joined", engine, TRIES),
            )
            row = connection.execute(
                f"""SELECT videos.id, videos.request, videos.parts, takes.sha256, takes.bytes, takes.suffix FROM videos
                JOIN jobs ON jobs.id = videos.job JOIN takes ON takes.id = jobs.take
                WHERE {condition} ORDER BY videos.sequence LIMIT 1""",
                (engine, now),
            ).fetchone()
            if row is None:
                return None
            connection.execute(
                "UPDATE videos SET worker = ?, lease_until = ?, tries = tries + 1 WHERE id = ?",
                (worker, now + ASSEMBLY_LEASE, row["id"]),
            )
        parts = from_json(row["parts"], tuple[Part, ...])
        return Assembly(row["id"], from_json(row["request"], ClipRequest), parts, media_from(row), worker)

    def renew(self, assembly: Assembly) -> bool:
        """Go on joining. False: the video was given to another worker or removed, stop."""
        return self.database.change(
            "UPDATE videos SET lease_until = ? WHERE id = ? AND worker = ? AND state = 'open'",
            (time.time() + ASSEMBLY_LEASE, assembly.video, assembly.worker),
        )

    def finish(self, assembly: Assembly, path: Path) -> bool:
        """Move the joined video in and complete it: all of it, or nothing. False if it was taken away."""
        ref = self.files.refer(path)
        with self.database.transaction(durable=True) as connection:
            held = connection.execute(
                "SELECT 1 FROM videos WHERE id = ? AND worker = ? AND state = 'open'", (assembly.video, assembly.worker)
            ).fetchone()
            if held is None:
                return False
            self.files.put(path, ref)
            now = time.time()
            connection.execute(
                """UPDATE videos SET state = 'completed', completed = ?, expires = ? + keep_seconds,
                sha256 = ?, bytes = ?, suffix = ?, worker = NULL, lease_until = NULL WHERE id = ?""",
                (now, now, ref.sha256, ref.bytes, ref.suffix, assembly.video),
            )
        return True

    def fail(self, assembly: Assembly, reason: str) -> None:
        """Note why joining failed: tried again, or failed after three tries."""
        self.database.change(
            """UPDATE videos SET error = ?, worker = NULL, lease_until = NULL,
            completed = CASE WHEN tries >= ? THEN ? END, state = CASE WHEN tries >= ?2 THEN 'failed' ELSE 'open' END
            WHERE id = ? AND worker = ? AND state = 'open'""",
            (reason, TRIES, time.time(), assembly.video, assembly.worker),
        )

    def release(self, worker: str | None = None) -> None:
        """Put back what a worker (or every worker) was joining when it was stopped; the try does not count."""
        self.database.change(
            "UPDATE videos SET worker = NULL, lease_until = NULL, tries = max(0, tries - 1) "
            "WHERE worker IS NOT NULL AND (?1 IS NULL OR worker = ?1)",
            (worker,),
        )
