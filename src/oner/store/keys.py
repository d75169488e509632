"""Keys of the server's users: only their hashes are kept."""

import hashlib
import secrets
import time
from dataclasses import dataclass

from ..errors import InputError
from .database import Database


@dataclass(frozen=True)
class Limits:
    """What a key may use, None without limit: open videos, seconds ordered a day (UTC), bytes of files."""

    queued: int | None = None
    seconds_per_day: float | None = None
    bytes: int | None = None


@dataclass(frozen=True)
class Key:
    """A key without its secret; `hint` is its beginning and end. Times are seconds since 1970."""

    id: str
    name: str
    hint: str
    created: float
    revoked: float | None
    limits: Limits


class Keys:
    """The keys of a store. Every method may raise StoreError."""

    def __init__(self, database: Database):
        self.database = database

    def add(self, name: str, limits: Limits) -> tuple[Key, str]:
        """Make a key; gives it and its secret, which cannot be shown again. Raises InputError for a name in use."""
        if not name.strip() or not name.isprintable() or len(name) > 80:
            raise InputError(f"key name {name!r}: 1 to 80 printable characters")
        secret = f"sk-oner-{secrets.token_urlsafe(32)}"
        key = Key(f"key_{secrets.token_hex(8)}", name, f"{secret[:11]}...{secret[-4:]}", time.time(), None, limits)
        with self.database.transaction(durable=True) as connection:
            if connection.execute("SELECT 1 FROM keys WHERE name = ? AND revoked IS NULL", (name,)).fetchone():
                raise InputError(f"there is a key {name!r} already: choose another name, or revoke that one first")
            connection.execute(
                "INSERT INTO keys VALUES (?, ?, ?, ?, ?, NULL, ?, ?, ?)",
                (
                    key.id,
                    name,
                    _digest(secret),
                    key.hint,
                    key.created,
                    limits.queued,
                    limits.seconds_per_day,
                    limits.bytes,
                ),
            )
        return key, secret

    def revoke(self, name: str) -> Key:
        """Make a key useless at once; what was made with it stays. `name` may be an id. Raises InputError."""
        with self.database.transaction(durable=True) as connection:
            row = connection.execute(
                "UPDATE keys SET revoked = ? WHERE (name = ? OR id = ?) AND revoked IS NULL RETURNING *",
                (time.time(), name, name),
            ).fetchone()
        if row is None:
            known = ", ".join(key.name for key in self.all() if key.revoked is None) or "none"
            raise InputError(f"no key {name!r}; there are: {known}")
        return _key(row)

    def all(self) -> list[Key]:
        """Every key ever made, oldest first."""
        return [_key(row) for row in self.database.rows("SELECT * FROM keys ORDER BY created")]

    def any(self) -> bool:
        """Whether a key was ever made: from then on the server asks for one."""
        return self.database.row("SELECT 1 FROM keys LIMIT 1") is not None

    def find(self, secret: str) -> Key | None:
        """The key that has this secret, unless it was revoked."""
        row = self.database.row("SELECT * FROM keys WHERE digest = ? AND revoked IS NULL", _digest(secret))
        return None if row is None else _key(row)


def _digest(secret: str) -> str:
    """A secret of 256 random bits needs no slow hash: it cannot be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _key(row) -> Key:
    limits = Limits(row["queued"], row["seconds_per_day"], row["bytes"])
    return Key(row["id"], row["name"], row["hint"], row["created"], row["revoked"], limits)
