"""Figures of a store for those who watch it."""

from dataclasses import dataclass

from .database import Database


@dataclass(frozen=True)
class EngineFigures:
    """An engine's jobs and takes: numbers of them, frames that open jobs still lack, computing time of kept takes."""

    engine: str
    queued: int
    running: int
    frames_left: float
    takes: int
    computing_seconds: float
    bytes: int


def engine_figures(database: Database) -> list[EngineFigures]:
    """One entry for each engine that the ledger knows, by name."""
    rows = database.rows(
        """SELECT names.engine,
            (SELECT count(*) FROM jobs WHERE engine = names.engine AND state = 'queued'),
            (SELECT count(*) FROM jobs WHERE engine = names.engine AND state = 'running'),
            (SELECT coalesce(sum(frames * (1 - progress)), 0) FROM jobs
                WHERE engine = names.engine AND state IN ('queued', 'running')),
            (SELECT count(*) FROM takes WHERE engine = names.engine),
            (SELECT coalesce(sum(seconds), 0) FROM takes WHERE engine = names.engine),
            (SELECT coalesce(sum(bytes), 0) FROM takes WHERE engine = names.engine)
        FROM (SELECT engine FROM jobs UNION SELECT engine FROM takes) AS names ORDER BY 1"""
    )
    return [EngineFigures(*row) for row in rows]


def speeds(database: Database) -> list[tuple[str, str, float]]:
    """(engine, size, one worker's seconds per frame) as measured."""
    rows = database.rows("SELECT * FROM speeds ORDER BY engine, width, height")
    return [(row["engine"], f"{row['width']}x{row['height']}", row["seconds_per_frame"]) for row in rows]
