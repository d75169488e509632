"""One order, one answer: which answers were given to which requests, so that a repeated one is not made twice."""

import time
from dataclasses import dataclass

from .database import Database

KEPT_SECONDS = 24 * 3600.0  # how long an explicit key is remembered
RETRY_SECONDS = 60.0  # how long an equal body without a key counts as the same request


@dataclass(frozen=True)
class Once:
    """How a request is known again: by the client's own key, or (`key` None) by its body's digest."""

    owner: str
    body: str
    key: str | None = None
    retried: bool = True  # False: the client says that this is no repetition

    @property
    def digest(self) -> str:
        return f"key {self.key}" if self.key is not None else f"body {self.body}"


class AnsweredDifferently(Exception):
    """The same key came with another body."""


def earlier_answer(connection, once: Once) -> str | None:
    """The answer that this request was given before. Inside the transaction that would make it. AnsweredDifferently."""
    row = connection.execute(
        "SELECT * FROM answers WHERE owner = ? AND digest = ?", (once.owner, once.digest)
    ).fetchone()
    age = time.time() - row["created"] if row else 0.0
    if row is None or age > (RETRY_SECONDS if once.key is None else KEPT_SECONDS):
        return None
    if once.key is None and not once.retried:
        return None
    if row["body"] != once.body:
        raise AnsweredDifferently
    return row["answer"]


def note_answer(connection, once: Once, answer: str) -> None:
    """Keep an answer, in the transaction that made what it names."""
    connection.execute(
        "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)",
        (once.owner, once.digest, once.body, answer, time.time()),
    )


def forget_old_answers(database: Database) -> None:
    """Drop answers that no request can match any more."""
    now = time.time()
    database.change(
        "DELETE FROM answers WHERE created < ? OR (digest LIKE 'body %' AND created < ?)",
        (now - KEPT_SECONDS, now - RETRY_SECONDS),
    )
