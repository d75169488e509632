"""Fetching models from the hub: licence first, size first, and a broken download goes on where it broke."""

import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ...errors import EngineError, InputError, StoreError
from ...media import replacing
from ..places import licences_file
from .catalogue import PULLED, Entry
from .pipelines import check_safetensors

WANTED = ("*.safetensors", "*.json", "*.txt", "*.model", "*.tiktoken", "*.jinja", "LICENSE*", "README.md")
TRIES = 5  # in a row without a byte more
SPARE = 1_000_000_000  # bytes that stay free on the disk


@dataclass(frozen=True)
class Remote:
    """What a pull will fetch: `bytes` in all, `left` of them still missing, at one commit."""

    commit: str
    files: int
    bytes: int
    left: int


def accepted(entry: Entry) -> bool:
    """Whether this user accepted the entry's licence before."""
    return _licence_name(entry) in _licences()


def accept(entry: Entry) -> None:
    """Note that the licence was accepted. Raises StoreError."""
    path = licences_file()
    try:
        with replacing(path) as temporary:
            noted = _licences() | {_licence_name(entry): datetime.now(UTC).isoformat(timespec="seconds")}
            temporary.write_text(json.dumps(noted, indent=1, sort_keys=True) + "\n")
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error


def size_of(entry: Entry) -> Remote:
    """Ask the hub what there is to fetch; fetches nothing. Raises EngineError, InputError for local entries."""
    if not entry.hub:
        raise InputError(f"{entry.name} lies in {entry.place}: there is nothing to fetch")
    with _speaking(entry):
        _greet(entry)
        files = _snapshot(entry, dry_run=True)
    if not any(Path(file.filename).name == "model_index.json" for file in files):
        raise EngineError(f"{entry.hub} holds no model_index.json: it is no pipeline that diffusers can load")
    return Remote(
        commit=files[0].commit_hash,
        files=len(files),
        bytes=sum(file.file_size for file in files),
        left=sum(file.file_size for file in files if file.will_download) - _partial(entry.place),
    )


def pull(entry: Entry, told: Callable[[int, int], None]) -> Path:
    """Fetch a model; called again, it goes on where it was stopped. `told` hears bytes there and bytes in all.

    Raises InputError if the licence was not accepted, EngineError if the hub fails, StoreError if the disk is full.
    """
    if not accepted(entry):
        raise InputError(f"the licence of {entry.name} ({entry.licence}) is not accepted: {entry.terms}")
    remote = size_of(entry)
    _check_space(entry, remote)
    tries, before = 0, -1
    while True:
        try:
            with _watching(entry.place, remote.bytes, told):
                _snapshot(entry, revision=remote.commit)
            break
        except Exception as error:
            have = _bytes_in(entry.place)
            tries = tries + 1 if have <= before else 1
            before = have
            if not _passing(error) or tries == TRIES:
                with _speaking(entry):
                    raise
            time.sleep(PAUSE * tries)
    for file in entry.place.rglob("*.safetensors"):
        check_safetensors(file, f"`oner engines remove {entry.name}`, then pull it again")
    with replacing(entry.place / PULLED) as temporary:
        temporary.write_text(json.dumps({"commit": remote.commit, "hub": entry.hub, "bytes": remote.bytes}) + "\n")
    told(remote.bytes, remote.bytes)
    return entry.place


PAUSE = 1.0  # seconds before the first new try
PATIENCE = 20.0  # seconds for the hub's first word


def remove(entry: Entry) -> int:
    """Delete a pulled model; gives the bytes that became free. Raises InputError where there is nothing of ours."""
    if entry.folder or not entry.place.is_dir():
        raise InputError(f"{entry.name} was not pulled" + (f": {entry.place} is yours" if entry.folder else ""))
    size = _bytes_in(entry.place)
    shutil.rmtree(entry.place)
    return size


def _greet(entry: Entry) -> None:
    """Ask for the model's name alone, because the library itself waits for ever where a hub is silent."""
    try:
        from huggingface_hub import HfApi
    except ImportError as error:
        raise EngineError(f"fetching models needs more packages ({error}): pip install 'oner[diffusers]'") from error
    HfApi(endpoint=os.environ.get("HF_ENDPOINT")).model_info(entry.hub, revision=entry.revision, timeout=PATIENCE)


def _snapshot(entry: Entry, revision: str | None = None, dry_run: bool = False):
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.utils import disable_progress_bars
    except ImportError as error:
        raise EngineError(f"fetching models needs more packages ({error}): pip install 'oner[diffusers]'") from error
    disable_progress_bars()
    return snapshot_download(
        entry.hub,
        revision=revision or entry.revision,
        local_dir=entry.place,
        allow_patterns=list(WANTED),
        ignore_patterns=["*.fp16.*", "*.non_ema.*", "original/*", "*/flax_model*"],
        endpoint=os.environ.get("HF_ENDPOINT"),
        max_workers=2,
        dry_run=dry_run,
    )


class _speaking:
    """The hub's errors as ours."""

    def __init__(self, entry: Entry):
        self.entry = entry

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind, error, trace) -> None:
        if error is None or isinstance(error, EngineError | InputError | StoreError | KeyboardInterrupt):
            return
        if type(error).__name__ in ("DryRunError", "LocalEntryNotFoundError") and error.__cause__ is not None:
            error = error.__cause__  # the hub's own words
        name = type(error).__name__
        status = getattr(getattr(error, "response", None), "status_code", None)
        if name in ("RepositoryNotFoundError", "RevisionNotFoundError", "GatedRepoError") or status in (401, 403, 404):
            raise EngineError(
                f"the hub does not give {self.entry.hub} ({name}): if it wants its terms accepted, do that there and "
                "set HF_TOKEN; if it moved, give its new name in engines.toml"
            ) from error
        raise EngineError(
            f"the hub cannot be reached or broke off ({name}: {' '.join(str(error).split())[:300]}): "
            f"the same command goes on from here"
        ) from error


def _passing(error: Exception) -> bool:
    """Whether a failure may pass: the network, a server's bad moment."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        return status >= 500 or status in (408, 429)
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & {"TransportError", "ConnectionError", "TimeoutError", "IncompleteRead", "HTTPException"}) or (
        isinstance(error, OSError) and "consistency" in str(error).lower()
    )


class _watching:
    """Tells twice a second how many bytes are there, from a thread of its own, because the hub's library blocks."""

    def __init__(self, folder: Path, total: int, told: Callable[[int, int], None]):
        from threading import Event, Thread

        self.done = Event()
        self.thread = Thread(target=self.watch, args=(folder, total, told), daemon=True)

    def watch(self, folder: Path, total: int, told: Callable[[int, int], None]) -> None:
        while not self.done.wait(0.5):
            told(min(_bytes_in(folder), total), total)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_) -> None:
        self.done.set()
        self.thread.join()


def _check_space(entry: Entry, remote: Remote) -> None:
    place = entry.place
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if remote.left + SPARE > free:
        raise StoreError(
            f"{entry.name} needs {remote.left / 1e9:.1f} GB more in {entry.place}, {free / 1e9:.1f} GB are free; "
            "ONER_HOME can name a larger disk"
        )


def _bytes_in(folder: Path) -> int:
    found = 0
    for file in folder.rglob("*") if folder.is_dir() else ():
        try:
            found += file.stat().st_size if file.is_file() else 0
        except OSError:  # moved into its place meanwhile
            continue
    return found


def _partial(folder: Path) -> int:
    """Bytes of files that an interrupted pull has begun."""
    return sum(file.stat().st_size for file in folder.rglob("*.incomplete")) if folder.is_dir() else 0


def _licence_name(entry: Entry) -> str:
    return f"{entry.licence} ({entry.hub or entry.name})"


def _licences() -> dict[str, str]:
    try:
        found = json.loads(licences_file().read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError(f"{licences_file()} cannot be read: {error}") from error
    return found if isinstance(found, dict) else {}
