"""What runs on a node of a Ray cluster: an engine that stays loaded and makes takes from bytes to bytes.

A plain class without Ray, which `ray_crew` turns into an actor. Nothing but JSON, bytes and numbers goes in or out: an
error travels as words, so that a node with another version of Oner can still say what is wrong.
"""

import os
import platform
import shutil
import socket
import tempfile
import threading
from pathlib import Path
from typing import Any

from .. import __version__
from ..engines import open_engine
from ..errors import Cancelled, OnerError, RequestError, StoreError
from ..film import ClipRequest, Engine, MediaRef, from_json, to_json
from ..store import Files, Hold

SCRATCH = "oner-ray"  # folder below the node's folder for temporary files


class TakeMaker:
    """Renders takes with one engine. `render` runs in one thread, `state` and `cancel` are called from another."""

    def __init__(self, engine: str, threads: int):
        # Read by libraries when they load, which is at the first take.
        for name in ("LP_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            os.environ.setdefault(name, str(threads))
        self.named, self.engine = engine, None
        self._cancelled = threading.Event()
        self._state = (0, 0.0, "")
        self._hold, self._folder = _own_folder()  # held until this process ends
        self._given = Files(self._folder / "given")
        self._clip = self._folder / "take.mp4"

    def describe(self) -> dict[str, Any]:
        """Open the engine: `oner`, `engine` (its full name), `node`, `pid`; `error` where it cannot run here."""
        node = {"oner": __version__, "python": platform.python_version(), "node": socket.gethostname()}
        try:
            self.engine = self.engine or open_engine(self.named)
        except OnerError as error:
            return {**node, "pid": os.getpid(), "engine": "", "error": str(error)}
        return {**node, "pid": os.getpid(), "engine": self.engine.name, "error": ""}

    def lacks(self, given: list[bytes]) -> list[int]:
        """Positions of those files, each a MediaRef as JSON, that are not here yet."""
        return [number for number, ref in enumerate(given) if not self._given.has(from_json(ref, MediaRef))]

    def take_in(self, ref: bytes, offset: int, data: bytes) -> str:
        """A piece of a given file; pieces come in order. Returns words if the whole is not what its name says."""
        wanted = from_json(ref, MediaRef)
        arriving = self._folder / f"arriving{wanted.suffix}"
        with arriving.open("r+b" if offset else "wb") as file:
            file.seek(offset)
            file.write(data)
        if offset + len(data) < wanted.bytes:
            return ""
        got = self._given.refer(arriving)
        if got != wanted:
            return f"a given file arrived damaged: {got.sha256} instead of {wanted.sha256}"
        self._given.put(arriving, wanted)
        return ""

    def render(self, request: bytes) -> dict[str, Any]:
        """Make a take: `media` (a MediaRef as JSON; see `read`) and `notes`, or `error` with its kind and words."""
        self._cancelled.clear()
        self._state = (0, 0.0, "")
        self._clip.unlink(missing_ok=True)
        try:
            return self._render(self.engine, from_json(request, ClipRequest))
        except Cancelled as error:
            return {"error": ("cancelled", str(error))}
        except RequestError as error:
            return {"error": ("request", str(error))}
        except OnerError as error:
            return {"error": ("engine", str(error))}
        except Exception as error:  # a fault of an engine must not cost the other takes
            return {"error": ("engine", f"{self.engine.name} failed: {type(error).__name__}: {error}")}

    def state(self) -> tuple[int, float, str]:
        """Reports of this take so far, and the last one."""
        return self._state

    def cancel(self) -> None:
        """Let the running take end at its next report."""
        self._cancelled.set()

    def read(self, offset: int, size: int) -> bytes:
        """A piece of the finished take."""
        with self._clip.open("rb") as file:
            file.seek(offset)
            return file.read(size)

    def end(self) -> None:
        """Free the engine and remove every file of this actor."""
        if self.engine is not None:
            self.engine.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _render(self, engine: Engine, request: ClipRequest) -> dict[str, Any]:
        engine.render(request, self._given.locate, self._clip, self._report)
        return {"media": to_json(self._given.refer(self._clip)), "notes": engine.explain(request)}

    def _report(self, progress: float, words: str) -> None:
        if self._cancelled.is_set():
            raise Cancelled("the shoot was stopped")
        self._state = (self._state[0] + 1, float(progress), words)


def _own_folder() -> tuple[Hold, Path]:
    """A folder for this process, held; folders that killed actors left on this node are removed first."""
    whole = Path(tempfile.gettempdir()) / f"{SCRATCH}-{getattr(os, 'getuid', int)()}"
    whole.mkdir(mode=0o700, exist_ok=True)
    for left in whole.iterdir():
        if not (left / "lock").exists():  # just being made
            continue
        try:
            with Hold(left / "lock", "oner shoot"):
                pass
            shutil.rmtree(left, ignore_errors=True)
        except StoreError:  # somebody is at work there, or it went meanwhile
            continue
    folder = Path(tempfile.mkdtemp(dir=whole))
    hold = Hold(folder / "lock", "oner shoot")
    hold.__enter__()
    return hold, folder
