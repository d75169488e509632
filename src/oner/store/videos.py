"""Videos that somebody ordered: each hangs on a job of the ledger and has an owner who alone sees it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from ..film import ClipRequest, MediaRef, from_json, to_json
from ..timing import Span
from .database import Database
from .files import Files
from .garbage import forget_unless_used
from .ledger import turn
from .rows import media_from, take_id

PATIENCE = 1_000_000  # turns for which a patient order lets others go first


@dataclass(frozen=True)
class Part:
    """A piece of a video that is put together: frames `span` of a file, or of the take that is made for it (None)."""

    media: MediaRef | None
    span: Span


@dataclass(frozen=True)
class VideoOrder:
    """What is to be made: the engine's request, and how the video is put together from its take (() = as it is).

    `files` are the files that must stay as long as the video does, by role. `extra` goes into the video's answers.
    A `patient` order waits until nobody has another one.
    """

    kind: str
    model: str
    prompt: str
    engine: str
    request: ClipRequest
    frames: int
    parts: tuple[Part, ...] = ()
    source: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    files: tuple[tuple[str, MediaRef], ...] = ()
    patient: bool = False

    @property
    def seconds(self) -> float:
        """Seconds of picture that have to be made."""
        return float(self.request.frames / self.request.rate)


@dataclass(frozen=True)
class Video:
    """An ordered video as it stands. `status` is queued, in_progress, completed or failed; `progress` 0..1.

    Times are seconds since 1970. `media` is None until it is completed, and again after it has expired.
    """

    id: str
    owner: str
    kind: str
    model: str
    prompt: str
    engine: str
    request: ClipRequest
    frames: int
    source: str | None
    extra: dict[str, Any]
    status: str
    progress: float
    error: str | None
    created: float
    completed: float | None
    expires: float | None
    media: MediaRef | None


_SELECT = """SELECT videos.*, jobs.state AS job_state, jobs.progress AS job_progress
    FROM videos JOIN jobs ON jobs.id = videos.job"""


class Videos:
    """The videos of a store. Every method may raise StoreError."""

    def __init__(self, database: Database, files: Files):
        self.database, self.files = database, files

    # -------------------------------------------------------------------------------------------------- orders

    def order(
        self, connection, identifiers: Sequence[str], owner: str, orders: Sequence[VideoOrder], keep: float | None
    ) -> None:
        """Write orders down inside a transaction. A request that was made before is completed at once.

        Owners take turns: an owner's second job waits until every owner's first one has begun, and patient ones count
        among themselves. `keep` is how many seconds a finished video stays, None for ever.
        """
        now = time.time()
        for identifier, order in zip(identifiers, orders, strict=True):
            (before,) = connection.execute(
                """SELECT count(*) FROM videos JOIN jobs ON jobs.id = videos.job
                WHERE videos.owner = ? AND videos.state = 'open' AND (jobs.number > ?) = ?""",
                (owner, PATIENCE, order.patient),
            ).fetchone()
            job = self._job(connection, identifier, order, 1 + before + PATIENCE * order.patient)
            self._insert(connection, identifier, owner, order, job, keep, now)
            connection.executemany(
                "INSERT OR IGNORE INTO video_files VALUES (?, ?, ?, ?, ?)",
                [(identifier, role, ref.sha256, ref.bytes, ref.suffix) for role, ref in order.files],
            )
            connection.execute(
                "INSERT INTO usage VALUES (?, ?, ?) ON CONFLICT (owner, day) DO UPDATE SET seconds = seconds + ?3",
                (owner, _day(now), order.seconds),
            )
            connection.execute("UPDATE jobs SET take = take WHERE id = ? AND state = 'done'", (job,))  # see triggers

    def _insert(self, connection, identifier: str, owner: str, order: VideoOrder, job: int, keep, now: float) -> None:
        connection.execute(
            """INSERT INTO videos (id, owner, kind, model, prompt, engine, request, parts, frames, source, extra, job,
            state, created, keep_seconds, day, charged)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?, ?)""",
            (
                identifier, owner, order.kind, order.model, order.prompt, order.engine,
                to_json(order.request).decode(), to_json(order.parts).decode(), order.frames, order.source,
                to_json(order.extra).decode(), job, now, keep, _day(now), order.seconds,
            ),
        )  # fmt: skip

    def _job(self, connection, identifier: str, order: VideoOrder, number: int) -> int:
        """The job that makes this request: a new one, one that waits already, or one whose take is there.

        One that waits already gets the earlier of both turns.
        """
        fingerprint = order.request.fingerprint
        take = connection.execute(
            "SELECT sha256, bytes, suffix FROM takes WHERE id = ?", (take_id(order.engine, fingerprint),)
        ).fetchone()
        again = "jobs.state IN ('failed', 'cancelled')"
        if take is None or not self.files.has(media_from(take)):
            again += " OR jobs.state = 'done'"
        return connection.execute(
            f"""INSERT INTO jobs (shot, number, place, frames, retake, engine, fingerprint, request, state, shoot)
            VALUES (?, ?, (SELECT 1 + coalesce(max(sequence), 0) FROM videos), ?, 0, ?, ?, ?, 'queued', 0)
            ON CONFLICT (engine, fingerprint) DO UPDATE SET
                tries = CASE WHEN {again} THEN 0 ELSE jobs.tries END,
                progress = CASE WHEN {again} THEN 0 ELSE jobs.progress END,
                number = CASE WHEN {again} THEN excluded.number ELSE min(jobs.number, excluded.number) END,
                place = CASE WHEN {again} THEN excluded.place ELSE jobs.place END,
                error = CASE WHEN {again} THEN NULL ELSE jobs.error END,
                take = CASE WHEN {again} THEN NULL ELSE jobs.take END,
                state = CASE WHEN {again} THEN 'queued' ELSE jobs.state END
            RETURNING id""",
            (
                identifier, number, order.request.frames, order.engine, fingerprint, to_json(order.request).decode(),
            ),
        ).fetchone()[0]  # fmt: skip

    # ---------------------------------------------------------------------------------------------- looking up

    def find(self, owner: str, identifier: str) -> Video | None:
        """A video of this owner, None if there is none."""
        row = self.database.row(f"{_SELECT} WHERE videos.id = ? AND videos.owner = ?", identifier, owner)
        return None if row is None else _video(row)

    def of_content(self, owner: str, sha256: str) -> str | None:
        """The id of an owner's finished video that is this very file."""
        row = self.database.row("SELECT id FROM videos WHERE sha256 = ? AND owner = ?", sha256, owner)
        return None if row is None else row["id"]

    def page(self, owner: str, limit: int, newest_first: bool, after: str | None) -> tuple[list[Video], bool]:
        """Up to `limit` videos after the named one, and whether more follow. An unknown name is followed by none."""
        sign, order = ("<", "DESC") if newest_first else (">", "ASC")
        rows = self.database.rows(
            f"""{_SELECT} WHERE videos.owner = ?1 AND (?2 IS NULL OR videos.sequence {sign}
                (SELECT sequence FROM videos WHERE id = ?2 AND owner = ?1))
                ORDER BY videos.sequence {order} LIMIT ?3""",
            owner,
            after,
            limit + 1,
        )
        return [_video(row) for row in rows[:limit]], len(rows) > limit

    def counts(self) -> dict[str, int]:
        """Number of videos by status, for the metrics."""
        rows = self.database.rows(
            """SELECT CASE WHEN videos.state <> 'open' THEN videos.state WHEN jobs.state = 'queued' THEN 'queued'
            ELSE 'in_progress' END AS status, count(*) AS number
            FROM videos JOIN jobs ON jobs.id = videos.job GROUP BY 1"""
        )
        return dict.fromkeys(("queued", "in_progress", "completed", "failed"), 0) | {
            row["status"]: row["number"] for row in rows
        }

    def frames_before(self, identifier: str) -> tuple[float, float]:
        """Frames that workers still have to make before this video's job begins, and of that job itself."""
        row = self.database.row(
            f"""SELECT mine.frames * (1 - mine.progress) AS own, coalesce((SELECT sum(frames * (1 - progress))
                FROM jobs WHERE jobs.engine = mine.engine AND jobs.id <> mine.id AND mine.state = 'queued' AND (
                state = 'running'
                OR (state = 'queued' AND ({turn("jobs")}) < ({turn("mine")}))
                )), 0) AS others
            FROM videos JOIN jobs AS mine ON mine.id = videos.job
            WHERE videos.id = ? AND mine.state IN ('queued', 'running')""",
            identifier,
        )
        return (0.0, 0.0) if row is None else (float(row["others"]), float(row["own"]))

    def work_left(self, engine: str) -> int:
        """Jobs and assemblies of an engine that wait or run: how many workers could be busy."""
        row = self.database.row(
            """SELECT (SELECT count(*) FROM jobs WHERE engine = ?1 AND state IN ('queued', 'running'))
            + (SELECT count(*) FROM videos JOIN jobs ON jobs.id = videos.job
               WHERE videos.engine = ?1 AND videos.state = 'open' AND jobs.state = 'done')""",
            engine,
        )
        return row[0]

    # ------------------------------------------------------------------------------------------ files, removal

    def file(self, video: str, role: str) -> MediaRef | None:
        """A file that belongs to a video, by its role."""
        row = self.database.row("SELECT * FROM video_files WHERE video = ? AND role = ?", video, role)
        return None if row is None else media_from(row)

    def add_file(self, video: str, role: str, path: Path) -> MediaRef | None:
        """Move a finished file in and note that it belongs to a video. None if the video is gone."""
        ref = self.files.refer(path)
        with self.database.transaction() as connection:
            if not connection.execute("SELECT 1 FROM videos WHERE id = ?", (video,)).fetchone():
                return None
            self.files.put(path, ref)
            connection.execute(
                "INSERT OR IGNORE INTO video_files VALUES (?, ?, ?, ?, ?)",
                (video, role, ref.sha256, ref.bytes, ref.suffix),
            )
        return ref

    def remove(self, owner: str, identifier: str) -> bool:
        """Forget a video, its files and, where nothing else hangs on it, its job: a running one is stopped."""
        with self.database.transaction(durable=True) as connection:
            row = connection.execute("SELECT * FROM videos WHERE id = ? AND owner = ?", (identifier, owner)).fetchone()
            if row is None:
                return False
            if row["state"] == "open":
                connection.execute(
                    "UPDATE usage SET seconds = max(0, seconds - ?) WHERE owner = ? AND day = ?",
                    (row["charged"], owner, row["day"]),
                )
            held = [
                media_from(r) for r in connection.execute("SELECT * FROM video_files WHERE video = ?", (identifier,))
            ]
            held += [media_from(row)] if row["sha256"] else []
            connection.execute("DELETE FROM videos WHERE id = ?", (identifier,))
            held += _drop_job(connection, row["job"])
            for ref in held:
                forget_unless_used(connection, self.files, ref)
        return True

    def expire(self, now: float | None = None) -> int:
        """Remove the files of videos whose time has come; the videos stay listed. Returns how many."""
        with self.database.transaction() as connection:
            rows = connection.execute(
                "SELECT * FROM videos WHERE expires < ? AND state = 'completed' AND sha256 IS NOT NULL",
                (now or time.time(),),
            ).fetchall()
            for row in rows:
                held = [media_from(row)]
                held += [
                    media_from(r) for r in connection.execute("SELECT * FROM video_files WHERE video = ?", (row["id"],))
                ]
                connection.execute(
                    "UPDATE videos SET sha256 = NULL, bytes = NULL, suffix = NULL WHERE id = ?", (row["id"],)
                )
                connection.execute("DELETE FROM video_files WHERE video = ?", (row["id"],))
                (others,) = connection.execute(
                    "SELECT count(*) FROM videos WHERE job = ? AND (sha256 IS NOT NULL OR state = 'open')",
                    (row["job"],),
                ).fetchone()
                if not others:
                    held += _drop_take(connection, row["job"])
                for ref in held:
                    forget_unless_used(connection, self.files, ref)
        return len(rows)


def _drop_job(connection, job: int) -> list[MediaRef]:
    """Remove a job, and its take, on which no video hangs any more; gives the files that it held."""
    if connection.execute("SELECT 1 FROM videos WHERE job = ?", (job,)).fetchone():
        return []
    held = _drop_take(connection, job)
    row = connection.execute("SELECT arriving FROM jobs WHERE id = ?", (job,)).fetchone()
    held += [from_json(row["arriving"], MediaRef)] if row["arriving"] else []
    connection.execute("DELETE FROM jobs WHERE id = ?", (job,))
    return held


def _drop_take(connection, job: int) -> list[MediaRef]:
    row = connection.execute(
        "SELECT takes.* FROM jobs JOIN takes ON takes.engine = jobs.engine AND takes.fingerprint = jobs.fingerprint "
        "WHERE jobs.id = ?",
        (job,),
    ).fetchone()
    if row is None:
        return []
    connection.execute("UPDATE jobs SET take = NULL WHERE take = ?", (row["id"],))
    connection.execute("DELETE FROM scores WHERE take = ?", (row["id"],))
    connection.execute("DELETE FROM takes WHERE id = ?", (row["id"],))
    return [media_from(row)]


def _day(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).date().isoformat()


def _video(row) -> Video:
    status, progress = row["state"], 1.0
    if status == "open":
        status = "queued" if row["job_state"] == "queued" else "in_progress"
        # Joining the parts is the last hundredth.
        progress = min(0.99, row["job_progress"]) if status == "in_progress" else 0.0
    elif status == "failed":
        progress = min(0.99, row["job_progress"])
    return Video(
        id=row["id"],
        owner=row["owner"],
        kind=row["kind"],
        model=row["model"],
        prompt=row["prompt"],
        engine=row["engine"],
        request=from_json(row["request"], ClipRequest),
        frames=row["frames"],
        source=row["source"],
        extra=msgspec.json.decode(row["extra"]),
        status=status,
        progress=progress,
        error=row["error"] if status == "failed" else None,
        created=row["created"],
        completed=row["completed"],
        expires=row["expires"],
        media=media_from(row) if row["sha256"] else None,
    )


def owners_bytes(database: Database, owner: str) -> int:
    """Bytes of all files that an owner's videos, characters and files keep; a file kept twice counts once."""
    row = database.row(
        """SELECT coalesce(sum(bytes), 0) FROM (
            SELECT sha256, bytes FROM videos WHERE owner = ?1 AND sha256 IS NOT NULL
            UNION SELECT f.sha256, f.bytes FROM video_files AS f JOIN videos ON videos.id = f.video WHERE owner = ?1
            UNION SELECT sha256, bytes FROM characters WHERE owner = ?1
            UNION SELECT sha256, bytes FROM api_files WHERE owner = ?1)""",
        owner,
    )
    return row[0]


def seconds_today(database: Database, owner: str) -> float:
    """Seconds of video that an owner ordered since midnight UTC, without those that failed or were deleted unmade."""
    row = database.row("SELECT seconds FROM usage WHERE owner = ? AND day = ?", owner, _day(time.time()))
    return row["seconds"] if row else 0.0


def open_videos(database: Database, owner: str) -> int:
    """How many videos of an owner wait or are being made."""
    return database.row("SELECT count(*) FROM videos WHERE owner = ? AND state = 'open'", owner)[0]
