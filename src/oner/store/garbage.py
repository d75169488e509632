"""Files that nothing refers to any more."""

import time
from pathlib import Path

from ..film import MediaRef
from .database import Database
from .files import Files

GRACE_SECONDS = 3600.0  # a file younger than this may belong to somebody who is about to note it

_USED = """SELECT sha256 FROM takes
    UNION SELECT sha256 FROM videos WHERE sha256 IS NOT NULL
    UNION SELECT sha256 FROM video_files
    UNION SELECT sha256 FROM characters
    UNION SELECT sha256 FROM api_files
    UNION SELECT json_extract(arriving, '$.sha256') FROM jobs WHERE arriving IS NOT NULL"""

# Given pictures and LoRA files stay with the takes that were made with them, and with jobs that wait for them.
_GIVEN = """WITH asked AS (SELECT request FROM takes UNION ALL SELECT request FROM jobs)
    SELECT json_extract(given.value, '$.picture.sha256') FROM asked, json_each(asked.request, '$.given') AS given
    WHERE instr(asked.request, '"given":[{') > 0
    UNION SELECT json_extract(lora.value, '$.file.sha256') FROM asked, json_each(asked.request, '$.loras') AS lora
    WHERE instr(asked.request, '"loras":[{') > 0"""


def forget_unless_used(connection, files: Files, ref: MediaRef) -> None:
    """Delete a file that nothing refers to. Inside a transaction, so that nobody takes it up meanwhile."""
    if not connection.execute(f"SELECT 1 FROM ({_USED}) WHERE sha256 = ?", (ref.sha256,)).fetchone():
        files.forget(ref)


def collect_garbage(
    database: Database, files: Files, dry_run: bool = False, grace: float = GRACE_SECONDS
) -> list[tuple[Path, int]]:
    """Delete every file of the store that nothing refers to; gives paths and sizes. Files younger than `grace` stay.

    Only files that bear the name of a content are looked at: whatever else lies in the folder is left alone.
    """
    removed = []
    with database.transaction() as connection:
        used = {row[0] for row in connection.execute(f"{_USED} UNION SELECT * FROM ({_GIVEN})")}
        for path in sorted(files.folder.glob("[0-9a-f][0-9a-f]/*")):
            name = path.stem
            if len(name) != 64 or name in used or not path.is_file():
                continue
            status = path.stat()
            if time.time() - max(status.st_mtime, status.st_ctime) < grace:
                continue
            removed.append((path, status.st_size))
            if not dry_run:
                path.unlink(missing_ok=True)
    return removed
