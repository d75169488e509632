"""How servers that speak the Videos API differ, and the servers that a user has."""

import hashlib
import json
import os
import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from ...errors import EngineError, InputError
from ..places import user_file, user_tables


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One kind of server; profiles.toml says what the fields mean."""

    name: str
    title: str = ""
    body: str = "multipart"
    length: str = "seconds"
    field_size: str = "size"
    sizes: tuple[str, ...] = ()
    size_step: int = 2
    seconds: tuple[int, ...] = ()
    max_seconds: int = 12
    rate: int = 24
    frame_step: int = 1
    seed: str = ""
    reference: bool = False
    variant: bool = False
    listed: bool = True
    retry_key: bool = False
    failed_as_5xx: bool = False
    concurrent: int = 1

    @property
    def longest(self) -> int:
        return max(self.seconds) if self.seconds else self.max_seconds


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A server of engines.toml. `key` says where the key is: "env:NAME", "keyring:SERVICE" or "" for none.

    `price_per_second` is in dollars of video as the server delivers it, `limit` the dollars that a project may spend on
    it (None: any). `extra` are further fields of every order.
    """

    name: str
    profile: str = "oner"
    url: str
    model: str = ""
    key: str = ""
    price_per_second: float = 0.0
    limit: float | None = None
    timeout_seconds: float = 1800.0  # from order to finished video
    poll_seconds: float = 1.0  # between two questions, at first
    patience: float = 1.0  # stretches all waiting
    extra: dict[str, str | int | float | bool] = {}

    @property
    def kind(self) -> Profile:
        return profiles()[self.profile]

    @property
    def digest(self) -> str:
        """Eight hex digits that change with everything that decides what this server makes of a request."""
        told = json.dumps([self.url, self.model, self.profile, self.extra], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:8]

    def secret(self) -> str | None:
        """The key itself, read now and kept nowhere. Raises EngineError where it is missing."""
        where, _, name = self.key.partition(":")
        if not self.key:
            return None
        if where == "env":
            if not (found := os.environ.get(name)):
                raise EngineError(f"{self.name} needs a key: set the environment variable {name}")
            return found
        try:
            import keyring
        except ImportError as error:
            raise EngineError(f"{self.name} keeps its key in the system keyring: pip install keyring") from error
        try:
            found = keyring.get_password(name, "oner")
        except Exception as error:  # each back end has errors of its own
            raise EngineError(f"the system keyring cannot be read: {error}") from error
        if not found:
            raise EngineError(f"the system keyring holds no key of {name!r}: keyring set {name} oner")
        return found


@cache
def profiles() -> dict[str, Profile]:
    tables = tomllib.loads((files(__package__) / "profiles.toml").read_text(encoding="utf-8"))["profile"]
    return {table["name"]: msgspec.convert(table, Profile) for table in tables}


def servers() -> dict[str, Server]:
    """The servers of engines.toml by name. Raises InputError naming the one that is wrong."""
    from ..diffusers.catalogue import catalogue

    found, models = {}, catalogue().entries
    for table in user_tables().get("server", []):
        name = table.get("name", "without a name")
        where = f"{user_file()}: server {name}"
        try:
            server = msgspec.convert(table, Server)
        except msgspec.ValidationError as error:
            raise InputError(f"{where}: {error}") from None
        if name in models:
            raise InputError(f"{where}: a model of the catalogue has this name; give it another name")
        if server.profile not in profiles():
            raise InputError(f"{where}: profile {server.profile!r} is unknown; there are {', '.join(profiles())}")
        if not server.url.startswith(("http://", "https://")):
            raise InputError(f"{where}: url {server.url!r} begins with http:// or https:// and ends with /v1")
        if server.key and server.key.partition(":")[0] not in ("env", "keyring"):
            raise InputError(f'{where}: key = "env:NAME" or "keyring:SERVICE"; never the key itself')
        if (
            server.price_per_second < 0
            or server.timeout_seconds <= 0
            or (server.limit is not None and server.limit < 0)
        ):
            raise InputError(f"{where}: price, limit and timeout are not below 0")
        found[server.name] = server
    return found
