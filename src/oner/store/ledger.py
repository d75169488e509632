"""The ledger: what is to be made, what was made, how good it is and what was chosen.

A job is claimed with one statement and a lease; finishing it (file in place, take, job, speed) is one transaction that
the holder of the lease alone can make. Whatever is killed at whatever point, no finished take is lost and none is made
twice. A ledger object belongs to the thread that opened it; every process and thread opens its own.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from ..errors import StoreError
from ..film import ClipRequest, Job, JobState, MediaRef, Score, Take, from_json, to_json
from .database import Database, speaking
from .files import Files
from .garbage import forget_unless_used
from .rows import TAKE_COLUMNS, job_from, media_from, score_from, take_from, take_id, take_values

RETRY_TURNS = 10  # that a job loses with each failed try: behind the other takes of a shoot, not behind a whole server
TRIES = 3  # a job that failed this often in one shoot is not tried again by itself
LEASE_SECONDS = 120.0  # longer than any engine is silent between two reports; a dead worker is noticed sooner


@dataclass(frozen=True)
class Wanted:
    """A take that is to be made: take `number` of `shot`; a retake is one beyond what the film file asks for."""

    shot: str
    number: int
    request: ClipRequest
    retake: bool = False


@dataclass(frozen=True)
class Claim:
    """The right to make one job's take, until the lease runs out or the job is released."""

    job: Job
    worker: str
    leftover: bool = False  # an earlier try was killed between its file's move and its note; see `clear_arrival`


@dataclass(frozen=True)
class Pick:
    """The take that a shot is shown with, and whether the user chose it."""

    shot: str
    take: str
    automatic: bool


@dataclass(frozen=True)
class Tally:
    """How far a shoot is. `frames_left` counts what is queued, and what running jobs still lack."""

    queued: int
    done: int
    failed: int
    cancelled: int
    running: tuple[Job, ...] = field(default=())
    frames_left: float = 0.0

    @property
    def total(self) -> int:
        return self.queued + self.done + self.failed + self.cancelled + len(self.running)


class Ledger:
    """A project's ledger. Every method may raise StoreError: locked, damaged, full disk, no right to write."""

    def __init__(self, path: Path | str):
        self.path = Path(path)
        self.database = Database(self.path)
        self._transaction, self._change, self._rows = (
            self.database.transaction,
            self.database.change,
            self.database.rows,
        )

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    # ------------------------------------------------------------------------------------------ what is wanted

    def want(self, engine: str, wanted: Sequence[Wanted]) -> int:
        """Make these takes the queue, in this order of places; return the number of the shoot.

        Jobs that wait and are not among them are cancelled; those that failed or were cancelled before start afresh.
        """
        with self._transaction() as connection:
            (shoot,) = connection.execute("SELECT 1 + coalesce(max(shoot), 0) FROM jobs").fetchone()
            connection.execute("UPDATE jobs SET state = 'cancelled' WHERE state = 'queued'")
            connection.executemany(
                f"""INSERT INTO jobs (shot, number, place, frames, retake, engine, fingerprint, request, state, shoot)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', {shoot})
                ON CONFLICT (engine, fingerprint) DO UPDATE SET shot = excluded.shot, number = excluded.number,
                    place = excluded.place, retake = excluded.retake, shoot = excluded.shoot, state = 'queued',
                    tries = 0, progress = 0, error = NULL, urgent = 0""",
                _wanted_rows(engine, wanted),
            )
        return shoot

    def hurry(self, engine: str, wanted: Sequence[Wanted]) -> None:
        """Put these takes before all others in the queue of a shoot that is at work.

        What waits there already moves up, what is being made goes on, what failed or was cancelled starts afresh.
        """
        open_already = "state IN ('queued', 'running')"
        with self._transaction() as connection:
            connection.executemany(
                f"""INSERT INTO jobs
                (shot, number, place, frames, retake, engine, fingerprint, request, state, shoot, urgent)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', 0, 1)
                ON CONFLICT (engine, fingerprint) DO UPDATE SET urgent = 1,
                    shoot = CASE WHEN {open_already} THEN shoot ELSE 0 END,
                    tries = CASE WHEN {open_already} THEN tries ELSE 0 END,
                    progress = CASE WHEN {open_already} THEN progress ELSE 0 END,
                    error = CASE WHEN {open_already} THEN error END,
                    state = CASE WHEN {open_already} THEN state ELSE 'queued' END""",
                _wanted_rows(engine, wanted),
            )

    def withdraw(self, engine: str, wanted: Sequence[Wanted]) -> None:
        """Undo `hurry`: what only it has put into the queue is cancelled, the rest waits for its turn again."""
        with self._transaction() as connection:
            connection.executemany(
                """UPDATE jobs SET urgent = 0,
                state = CASE WHEN state = 'queued' AND shoot = 0 THEN 'cancelled' ELSE state END
                WHERE engine = ? AND fingerprint = ? AND urgent""",
                [(engine, item.request.fingerprint) for item in wanted],
            )

    def release_all(self, files: Files) -> None:
        """Put every running job back in the queue: for the one who holds the project, whose workers are all gone.

        A worker that is still alive somewhere has lost its job with this and cannot finish it.
        """
        with self._transaction() as connection:
            connection.execute(
                "UPDATE jobs SET state = 'queued', worker = NULL, lease_until = NULL, progress = 0 "
                "WHERE state = 'running'"
            )
        self._drop_arrivals(files)

    # ------------------------------------------------------------------------------------------------- claims

    def claim(self, engine: str, worker: str, lease: float = LEASE_SECONDS) -> Claim | None:
        """Take the next job of an engine, or None when none waits: first takes of all shots before second ones.

        What somebody waits for goes before all others.
        """
        now = time.time()
        with speaking(self.path):
            row = self.database.connection.execute(
                f"""UPDATE jobs SET state = 'running', worker = ?, lease_until = ?, tries = tries + 1, progress = 0
                WHERE id = (
                    SELECT id FROM jobs WHERE engine = ?
                    AND (state = 'queued' OR (state = 'running' AND lease_until < ? AND tries < ?))
                    ORDER BY {turn("jobs")} LIMIT 1
                ) RETURNING *""",
                (worker, now + lease, engine, now, TRIES),
            ).fetchone()
        return None if row is None else Claim(job_from(row), worker, row["arriving"] is not None)

    def waiting(self, engine: str) -> bool:
        """Whether `claim` would find a job; asks without the write lock, so that idle workers disturb nobody."""
        return bool(
            self._rows(
                "SELECT 1 FROM jobs WHERE engine = ? AND (state = 'queued' "
                "OR (state = 'running' AND lease_until < ? AND tries < ?)) LIMIT 1",
                engine,
                time.time(),
                TRIES,
            )
        )

    def heartbeat(self, claim: Claim, progress: float, lease: float = LEASE_SECONDS) -> bool:
        """Note progress and renew the lease. False: the job belongs to somebody else now, stop making it."""
        return self._change(
            "UPDATE jobs SET progress = ?, lease_until = ? WHERE id = ? AND worker = ? AND state = 'running'",
            (progress, time.time() + lease, claim.job.id, claim.worker),
        )

    def finish(
        self, claim: Claim, clip: Path, files: Files, created: str, seconds: float, notes: Mapping[str, str]
    ) -> Take | None:
        """Move the clip in and note the take: all of it, or nothing. None if the lease was lost; `clip` then stays.

        `created` is ISO 8601 UTC, `seconds` the computing time. Raises StoreError.
        """
        job, media = claim.job, files.refer(clip)
        fingerprint = job.request.fingerprint
        take = Take(
            take_id(job.engine, fingerprint), job.shot, job.number, job.request, job.engine, media, created, seconds,
            dict(notes),
        )  # fmt: skip
        # A kill between the move of the file and the commit leaves a file that no take refers to. Its name is noted
        # before, so that the next claim of the job can remove it.
        if not self._change(
            "UPDATE jobs SET arriving = ? WHERE id = ? AND worker = ? AND state = 'running'",
            (to_json(media).decode(), job.id, claim.worker),
        ):
            return None
        with self._transaction(durable=True) as connection:
            held = connection.execute(
                "UPDATE jobs SET state = 'done', progress = 1, error = NULL, take = NULL, worker = NULL, "
                "lease_until = NULL, arriving = NULL WHERE id = ? AND worker = ? AND state = 'running'",
                (job.id, claim.worker),
            ).rowcount
            if not held:
                return None
            old = connection.execute("SELECT * FROM takes WHERE id = ?", (take.id,)).fetchone()
            if old is not None and files.has(media_from(old)):  # never overwritten; only a vanished file is replaced
                take = take_from(old)
            else:
                files.put(clip, media)
                columns = [name for name in TAKE_COLUMNS.split(", ") if name not in ("id", "engine", "fingerprint")]
                connection.execute(
                    f"INSERT INTO takes ({TAKE_COLUMNS}) VALUES ({', '.join('?' * len(take_values(take)))}) "
                    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in columns)}",
                    take_values(take),
                )
                self._note_speed(connection, take)
            connection.execute("UPDATE jobs SET take = ? WHERE id = ?", (take.id, job.id))
        return take

    def fail(self, claim: Claim, reason: str, final: bool = False) -> JobState | None:
        """Note why a try failed: back in the queue, or failed after three tries (at once if `final`).

        Returns the job's new state, or None if the lease was lost before.
        """
        with self._transaction() as connection:
            row = connection.execute(
                """UPDATE jobs SET error = ?, worker = NULL, lease_until = NULL, progress = 0,
                state = CASE WHEN tries >= ? THEN 'failed' ELSE 'queued' END
                WHERE id = ? AND worker = ? AND state = 'running' RETURNING state""",
                (reason, 0 if final else TRIES, claim.job.id, claim.worker),
            ).fetchone()
        return None if row is None else JobState(row["state"])

    def release(self, worker: str, reason: str | None = None) -> int:
        """Put back what a worker held. With a reason (it died) the try counts; without (it was stopped) it does not."""
        with self._transaction() as connection:
            return connection.execute(
                """UPDATE jobs SET worker = NULL, lease_until = NULL, progress = 0,
                error = coalesce(?1, error), tries = tries - (?1 IS NULL),
                state = CASE WHEN ?1 IS NOT NULL AND tries >= ?2 THEN 'failed' ELSE 'queued' END
                WHERE worker = ?3 AND state = 'running'""",
                (reason, TRIES, worker),
            ).rowcount

    def fail_queued(self, engine: str, reason: str) -> int:
        """Fail every job that waits for an engine which cannot run here."""
        with self._transaction() as connection:
            return connection.execute(
                "UPDATE jobs SET state = 'failed', error = ? WHERE engine = ? AND state = 'queued'", (reason, engine)
            ).rowcount

    def overdue(self, engine: str) -> tuple[str, ...]:
        """Workers of an engine whose lease has run out: they are alive but silent, or they are gone."""
        rows = self._rows(
            "SELECT DISTINCT worker FROM jobs WHERE engine = ? AND state = 'running' AND lease_until < ?",
            engine,
            time.time(),
        )
        return tuple(row["worker"] for row in rows)

    def clear_arrival(self, claim: Claim, files: Files) -> None:
        """Remove the file that an earlier, killed try of this job moved in without being able to note its take."""
        self._drop_arrivals(files, claim.job.id)

    def _drop_arrivals(self, files: Files, job: int | None = None) -> None:
        with self._transaction() as connection:  # the write lock: nobody finishes the same content meanwhile
            rows = connection.execute(
                "SELECT id, arriving FROM jobs WHERE arriving IS NOT NULL AND (?1 IS NULL OR id = ?1)", (job,)
            ).fetchall()
            for row in rows:
                connection.execute("UPDATE jobs SET arriving = NULL WHERE id = ?", (row["id"],))
                forget_unless_used(connection, files, from_json(row["arriving"], MediaRef))

    # --------------------------------------------------------------------------------------------- looking up

    def waiting_retakes(self, engine: str) -> tuple[Job, ...]:
        """Retakes that an interrupted shoot has left in the queue."""
        rows = self._rows("SELECT * FROM jobs WHERE engine = ? AND state = 'queued' AND retake ORDER BY number", engine)
        return tuple(job_from(row) for row in rows)

    def tally(self, shoot: int) -> Tally:
        """How far a shoot is; one short query, made to be asked several times a second."""
        rows = self._rows(
            "SELECT state, count(*) AS jobs, sum(frames * (1 - progress)) AS frames FROM jobs WHERE shoot = ? "
            "GROUP BY state",
            shoot,
        )
        jobs = {row["state"]: row["jobs"] for row in rows}
        left = sum(row["frames"] for row in rows if row["state"] in ("queued", "running"))
        running = self.jobs(shoot, JobState.RUNNING) if jobs.get("running") else ()
        counts = [jobs.get(state, 0) for state in ("queued", "done", "failed", "cancelled")]
        return Tally(*counts, running=running, frames_left=left)

    def jobs(self, shoot: int | None = None, state: JobState | None = None) -> tuple[Job, ...]:
        """Jobs in the order of the film, of one shoot and one state if given."""
        rows = self._rows(
            "SELECT * FROM jobs WHERE (?1 IS NULL OR shoot = ?1) AND (?2 IS NULL OR state = ?2) "
            "ORDER BY place, number, id",
            shoot,
            state,
        )
        return tuple(job_from(row) for row in rows)

    def take(self, identifier: str) -> Take:
        """One take. Raises StoreError if there is none of this name."""
        rows = self._rows("SELECT * FROM takes WHERE id = ?", identifier)
        if not rows:
            raise StoreError(f"no take {identifier!r} in {self.path}; `oner rushes` lists the takes")
        return take_from(rows[0])

    def takes(self, shot: str | None = None) -> tuple[Take, ...]:
        """All takes ever made (for a shot), by shot and number."""
        rows = self._rows("SELECT * FROM takes WHERE ?1 IS NULL OR shot = ?1 ORDER BY shot, number, created", shot)
        return tuple(take_from(row) for row in rows)

    def jobs_of(self, engine: str, fingerprints: Iterable[str]) -> tuple[Job, ...]:
        """Jobs of an engine by the fingerprints of their requests; unknown ones are left out."""
        rows = self._rows(
            "SELECT jobs.* FROM jobs JOIN json_each(?) AS wanted ON wanted.value = jobs.fingerprint "
            "WHERE jobs.engine = ? ORDER BY place, number, id",
            to_json(list(fingerprints)).decode(),
            engine,
        )
        return tuple(job_from(row) for row in rows)

    def takes_of(self, engine: str, fingerprints: Iterable[str]) -> dict[str, Take]:
        """Takes by the fingerprint of their request, whatever shot they were made for; unknown ones are left out."""
        wanted = to_json(list(fingerprints)).decode()
        rows = self._rows(
            "SELECT takes.* FROM takes JOIN json_each(?) AS wanted ON wanted.value = takes.fingerprint "
            "WHERE takes.engine = ?",
            wanted,
            engine,
        )
        return {row["fingerprint"]: take_from(row) for row in rows}

    def highest_number(self) -> int:
        """The highest number that any take of any shot has; 0 before the first take."""
        return self._rows("SELECT coalesce(max(number), 0) AS highest FROM takes")[0]["highest"]

    # ------------------------------------------------------------------------------------------ scores, picks

    def save_scores(self, scores: Iterable[Score]) -> None:
        """Note what the judge saw; a newer score of a take replaces the older one."""
        rows = [(s.take, s.total, to_json(s.measures).decode(), to_json(s.remarks).decode()) for s in scores]
        with self._transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO scores VALUES (?, ?, ?, ?)", rows)

    def scores(self) -> dict[str, Score]:
        """Scores by take."""
        return {row["take"]: score_from(row) for row in self._rows("SELECT * FROM scores")}

    def save_picks(self, picks: Iterable[Pick]) -> None:
        """Note choices; earlier ones are kept and count again when their takes come back by an undone edit."""
        with self._transaction(durable=True) as connection:
            for pick in picks:
                connection.execute(
                    "INSERT OR REPLACE INTO picks SELECT ?, ?, ?, 1 + coalesce(max(sequence), 0) FROM picks",
                    (pick.shot, pick.take, pick.automatic),
                )

    def forget_picks(self, shot: str, automatic: bool = False) -> None:
        """Drop the user's choices (or the automatic ones) for a shot."""
        self._change("DELETE FROM picks WHERE shot = ? AND automatic = ?", (shot, automatic))

    def picks(self, takes: Mapping[str, Sequence[Take]]) -> dict[str, Pick]:
        """For each shot, the choice among its present takes: the user's latest, else the latest automatic one."""
        rows = self._rows("SELECT * FROM picks ORDER BY automatic DESC, sequence")
        present = {shot: {take.id for take in of_shot} for shot, of_shot in takes.items()}
        return {
            row["shot"]: Pick(row["shot"], row["take"], bool(row["automatic"]))
            for row in rows
            if row["take"] in present.get(row["shot"], ())
        }

    # ----------------------------------------------------------------------------------------- speed, settings

    def seconds_per_frame(self, engine: str, width: int, height: int) -> float | None:
        """One worker's measured seconds per frame, None where nothing was measured.

        For a size never made it is scaled, by the number of pixels, from the size nearest to it.
        """
        rows = self._rows("SELECT * FROM speeds WHERE engine = ?", engine)
        if not rows:
            return None
        pixels = width * height

        def distance(row) -> float:
            ratio = row["width"] * row["height"] / pixels
            return max(ratio, 1 / ratio)

        nearest = min(rows, key=distance)
        return nearest["seconds_per_frame"] * pixels / (nearest["width"] * nearest["height"])

    def _note_speed(self, connection, take: Take) -> None:
        request, speed = take.request, take.seconds / take.request.frames
        # A moving average: the last dozen takes decide, so that another machine or another load soon shows.
        connection.execute(
            """INSERT INTO speeds VALUES (?1, ?2, ?3, ?4, 1) ON CONFLICT (engine, width, height) DO UPDATE SET
            seconds_per_frame = seconds_per_frame + (?4 - seconds_per_frame) / min(takes + 1, 12),
            takes = takes + 1""",
            (take.engine, request.width, request.height, speed),
        )

    def setting(self, name: str, default: Any = None) -> Any:
        """A value kept under a name, `default` if none is."""
        rows = self._rows("SELECT value FROM settings WHERE name = ?", name)
        return msgspec.json.decode(rows[0]["value"]) if rows else default

    def set_setting(self, name: str, value: Any) -> None:
        """Keep a value of JSON's types."""
        self._change("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, to_json(value).decode()))

    def check(self) -> None:
        """Look through the whole database. Raises StoreError with what SQLite found."""
        found = [row[0] for row in self._rows("PRAGMA integrity_check")]
        found += [f"a row of {row[0]} refers to a missing {row[2]}" for row in self._rows("PRAGMA foreign_key_check")]
        if found != ["ok"]:
            raise StoreError(f"{self.path} is damaged: {'; '.join(found)}; restore it from a copy or move it away")


def turn(table: str) -> str:
    """What jobs are sorted by, in SQL."""
    return f"-{table}.urgent, {table}.number + {RETRY_TURNS} * {table}.tries, {table}.place"


def _wanted_rows(engine: str, wanted: Sequence[Wanted]) -> list[tuple]:
    """(shot, number, place, frames, retake, engine, fingerprint, request) of each, in this order of places."""
    return [
        (
            item.shot, item.number, place, item.request.frames, item.retake, engine, item.request.fingerprint,
            to_json(item.request).decode(),
        )
        for place, item in enumerate(wanted)
    ]  # fmt: skip
