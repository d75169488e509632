"""Settings of the server, read once from a TOML file at the door. Every default stands here, and only here."""

import os
import tomllib
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from .errors import InputError


@dataclass(frozen=True)
class UploadSettings:
    """What users may send. `seconds` is how long one upload may take, `idle_seconds` how long it may pause."""

    bytes: int = 200_000_000
    seconds: float = 600.0
    idle_seconds: float = 30.0
    pixels: int = 4096 * 2304
    frames: int = 3600
    memory: int = 3_000_000_000
    decode_seconds: float = 120.0


@dataclass(frozen=True)
class WebhookSettings:
    """An address that is told of finished videos. `secret` is "whsec_" and base64; `keys` limits it to these keys."""

    url: str
    secret: str
    events: tuple[str, ...] = ("video.completed", "video.failed")
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class ServerSettings:
    """How the server behaves.

    `models` are further names of engines. `size`, `seconds` and `fps` are what a request gets that names none; a size
    that its engine cannot make gives way to the nearest. `max_seconds` is the longest finished video. `keep_days` is
    how long finished videos stay, 0 for ever. `image_urls` allows fetching pictures from public https addresses,
    `private_addresses` webhooks and pictures from this machine and its network. `hosts` are further names under which
    a server on this machine alone may be called.
    """

    models: dict[str, str] = field(default_factory=dict)
    nearest: bool = False
    size: str = "720x1280"
    seconds: float = 4.0
    fps: str = "24"
    max_seconds: float = 120.0
    max_variations: int = 10
    max_queued: int = 10_000
    max_batch_lines: int = 10_000
    keep_days: float = 0.0
    image_urls: bool = False
    private_addresses: bool = False
    hosts: tuple[str, ...] = ()
    upload: UploadSettings = field(default_factory=UploadSettings)
    webhooks: tuple[WebhookSettings, ...] = ()


def read_settings(path: Path | None) -> ServerSettings:
    """Read a settings file, or give the defaults without one. Raises InputError naming the key that is wrong."""
    if path is None:
        return ServerSettings()
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}") from error
    try:
        return _from_table(found, ServerSettings, "")
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _from_table(table: dict[str, Any], kind: type, place: str) -> Any:
    known = {item.name for item in fields(kind)}
    for name in table:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"
            raise InputError(f"unknown setting {place}{name}; {hint}")
    values = dict(table)
    if kind is ServerSettings:
        if isinstance(values.get("upload"), dict):
            values["upload"] = _from_table(values["upload"], UploadSettings, "upload.")
        if isinstance(hooks := values.get("webhooks"), list):
            values["webhooks"] = tuple(_webhook(hook) for hook in hooks)
    hints = get_type_hints(kind)
    for name, value in values.items():
        if name not in ("upload", "webhooks"):
            try:
                values[name] = msgspec.convert(value, hints[name])
            except msgspec.ValidationError as error:
                raise InputError(f"{place}{name} = {value!r}: {error}") from error
    return kind(**values)


def _webhook(table: Any) -> WebhookSettings:
    if not isinstance(table, dict) or not {"url", "secret"} <= table.keys():
        raise InputError("each of [[webhooks]] has a url and a secret")
    hook = _from_table(table, WebhookSettings, "webhooks.")
    if not hook.secret.startswith("whsec_"):
        raise InputError("webhooks.secret: whsec_ and 24 bytes or more in base64; `openssl rand -base64 32` makes them")
    return hook


def serving_folder() -> Path:
    """Where the server keeps its store unless told otherwise: below ONER_HOME, or among the user's data (XDG)."""
    if home := os.environ.get("ONER_HOME"):
        return Path(home) / "serve"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "oner" / "serve"
