"""What has to be told to the outside: events, which the tables' triggers write, and their deliveries."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from ..film import to_json
from .database import Database

# Pauses before the tries after the first one, in seconds: five seconds to ten hours, then it is given up.
PAUSES = (5.0, 30.0, 120.0, 600.0, 1800.0, 7200.0, 18000.0, 36000.0)


@dataclass(frozen=True)
class Event:
    """A video's end: `type` is video.completed or video.failed."""

    id: str
    video: str
    owner: str
    type: str
    created: float


@dataclass(frozen=True)
class Delivery:
    """An event that has to reach an address; `tries` counts those that failed."""

    event: Event
    url: str
    tries: int


class Events:
    """Events of a store and their deliveries. Every method may raise StoreError."""

    def __init__(self, database: Database):
        self.database = database

    def unhanded(self, limit: int = 100) -> list[Event]:
        """Events that were not given to the deliveries yet, in their order."""
        return [_event(row) for row in self.database.rows(
            "SELECT * FROM events WHERE handed = 0 ORDER BY sequence LIMIT ?", limit
        )]  # fmt: skip

    def hand_over(self, event: Event, urls: Iterable[str]) -> None:
        """Note where an event has to go; from now on the deliveries alone count."""
        with self.database.transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO deliveries (event, url, next_try) VALUES (?, ?, 0)",
                [(event.id, url) for url in urls],
            )
            connection.execute("UPDATE events SET handed = 1 WHERE id = ?", (event.id,))

    def due(self, url: str, limit: int = 20) -> list[Delivery]:
        """Deliveries to an address whose time has come."""
        rows = self.database.rows(
            "SELECT events.*, deliveries.url, deliveries.tries FROM deliveries "
            "JOIN events ON events.id = deliveries.event WHERE next_try <= ? AND url = ? "
            "ORDER BY next_try, sequence LIMIT ?",
            time.time(),
            url,
            limit,
        )
        return [Delivery(_event(row), row["url"], row["tries"]) for row in rows]

    def give_up_others(self, urls: Iterable[str]) -> None:
        """Give up what waits for addresses that have left the settings."""
        known = to_json(list(urls)).decode()
        self.database.change(
            "UPDATE deliveries SET next_try = NULL, error = 'it has left the settings' "
            "WHERE next_try IS NOT NULL AND url NOT IN (SELECT value FROM json_each(?))",
            (known,),
        )

    def delivered(self, delivery: Delivery) -> None:
        self.database.change(
            "UPDATE deliveries SET delivered = ?, next_try = NULL, error = NULL WHERE event = ? AND url = ?",
            (time.time(), delivery.event.id, delivery.url),
        )

    def failed(self, delivery: Delivery, reason: str) -> None:
        """Try again after a longer pause, or give up after the last one; what was given up meanwhile stays so."""
        next_try = time.time() + PAUSES[delivery.tries] if delivery.tries < len(PAUSES) else None
        self.database.change(
            "UPDATE deliveries SET tries = tries + 1, next_try = ?, error = ? "
            "WHERE event = ? AND url = ? AND next_try IS NOT NULL",
            (next_try, reason[:500], delivery.event.id, delivery.url),
        )

    def counts(self) -> dict[str, int]:
        """Deliveries that wait, arrived and were given up, for the metrics."""
        rows = self.database.rows(
            "SELECT CASE WHEN delivered IS NOT NULL THEN 'delivered' WHEN next_try IS NULL THEN 'given_up' "
            "ELSE 'waiting' END AS state, count(*) AS number FROM deliveries GROUP BY 1"
        )
        return {"delivered": 0, "given_up": 0, "waiting": 0} | {row["state"]: row["number"] for row in rows}

    def forget_old(self, age: float = 30 * 24 * 3600.0) -> None:
        """Drop events that were delivered or given up long ago."""
        self.database.change(
            "DELETE FROM events WHERE handed = 1 AND created < ? AND NOT EXISTS "
            "(SELECT 1 FROM deliveries WHERE event = events.id AND next_try IS NOT NULL)",
            (time.time() - age,),
        )


def _event(row) -> Event:
    return Event(row["id"], row["video"], row["owner"], row["type"], row["created"])
