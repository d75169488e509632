"""Rows of the ledger as nouns, and nouns as rows."""

import hashlib
import sqlite3

import msgspec

from ..film import ClipRequest, Job, JobState, MediaRef, Score, Take, from_json, to_json

TAKE_COLUMNS = "id, shot, number, engine, fingerprint, request, sha256, bytes, suffix, created, seconds, notes"


def take_id(engine: str, fingerprint: str) -> str:
    """A take's name, from what it is: the same request to the same engine is the same take, whenever it is made."""
    return hashlib.sha256(f"{engine} {fingerprint}".encode()).hexdigest()[:16]


def take_values(take: Take) -> tuple:
    """In the order of TAKE_COLUMNS."""
    media = take.media
    return (
        take.id, take.shot, take.number, take.engine, take.request.fingerprint, to_json(take.request).decode(),
        media.sha256, media.bytes, media.suffix, take.created, take.seconds, to_json(take.notes).decode(),
    )  # fmt: skip


def take_from(row: sqlite3.Row) -> Take:
    return Take(
        id=row["id"],
        shot=row["shot"],
        number=row["number"],
        request=from_json(row["request"], ClipRequest),
        engine=row["engine"],
        media=media_from(row),
        created=row["created"],
        seconds=row["seconds"],
        notes=msgspec.json.decode(row["notes"], type=dict[str, str]),
    )


def media_from(row: sqlite3.Row) -> MediaRef:
    return MediaRef(row["sha256"], row["bytes"], row["suffix"])


def job_from(row: sqlite3.Row) -> Job:
    return Job(
        id=row["id"],
        shot=row["shot"],
        number=row["number"],
        engine=row["engine"],
        request=from_json(row["request"], ClipRequest),
        state=JobState(row["state"]),
        tries=row["tries"],
        progress=row["progress"],
        error=row["error"],
        take=row["take"],
    )


def score_from(row: sqlite3.Row) -> Score:
    return Score(
        take=row["take"],
        total=row["total"],
        measures=msgspec.json.decode(row["measures"], type=dict[str, float]),
        remarks=msgspec.json.decode(row["remarks"], type=tuple[str, ...]),
    )
