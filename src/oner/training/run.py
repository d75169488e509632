"""What every training run shares: its folder, metrics, checkpoints, the clock, and being stopped."""

import json
import os
import signal
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from safetensors import safe_open

from ..errors import InputError, StoreError
from ..media import replacing
from .events import EventFile
from .weights import TrainedWeights


@dataclass
class Run:
    """A run's folder: `checkpoint.safetensors`, `metrics.jsonl`, `sheets/`, and `events...` for TensorBoard.

    The same command goes on from the checkpoint. `every` is the seconds between checkpoints. Of several processes that
    train together only the first, `main`, writes.
    """

    folder: Path
    every: float = 180.0
    main: bool = True
    started: float = field(default_factory=time.monotonic)
    saved: float = field(default_factory=time.monotonic)
    before: float = 0.0
    stopped: bool = False
    events: EventFile | None = None

    def __post_init__(self) -> None:
        self.folder = Path(self.folder)
        if self.folder.exists() and not self.folder.is_dir():
            raise InputError(f"{self.folder} is a file; --run names a folder")
        self.sheets.mkdir(parents=True, exist_ok=True)

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.safetensors"

    @property
    def sheets(self) -> Path:
        return self.folder / "sheets"

    def facts(self) -> dict[str, str]:
        """The checkpoint's metadata; nothing if there is none yet. Raises StoreError if it cannot be read."""
        return self.facts_in(self.folder)

    @staticmethod
    def facts_in(folder: Path) -> dict[str, str]:
        """The same of any folder, which need not be there."""
        path = Path(folder) / "checkpoint.safetensors"
        if not path.exists():
            return {}
        try:
            with safe_open(path, "pt") as file:
                return file.metadata() or {}
        except Exception as error:  # safetensors raises its own kind
            raise StoreError(f"{path} is damaged: {error}; remove it to begin again") from error

    def resume(self, weights: TrainedWeights) -> dict[str, str]:
        """Load the last checkpoint, if there is one; gives its metadata.

        Lines of metrics later than the checkpoint are dropped: those steps are taken again.
        """
        facts = weights.load(self.checkpoint) if self.checkpoint.exists() else {}
        self.before = float(facts.get("seconds", 0))
        path = self.folder / "metrics.jsonl"
        if self.main and path.exists():
            kept = [line for line in self.metrics() if line.get("step", 0) <= weights.steps]
            with replacing(path) as temporary:
                temporary.write_text("".join(json.dumps(line) + "\n" for line in kept))
        return facts

    def save(self, weights: TrainedWeights, metadata: dict[str, str]) -> None:
        """Called by all processes; the weights may lie in parts in each of them."""
        metadata = {**metadata, "seconds": f"{self.before + self.seconds():.1f}"}
        weights.save(self.checkpoint, metadata, write=self.main)
        self.saved = time.monotonic()

    def due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return time.monotonic() - self.saved > self.every

    def seconds(self) -> float:
        """Since this process began the run or went on with it."""
        return time.monotonic() - self.started

    def over(self, minutes: float | None, in_all: float | None) -> bool:
        """Whether the time is up: of this process, or of all processes that have taken part, one after the other."""
        now = self.seconds()
        late = minutes is not None and now >= 60 * minutes
        return late or (in_all is not None and self.before + now >= 60 * in_all)

    @contextmanager
    def stoppable(self) -> Iterator[None]:
        """Within, Ctrl-C or SIGTERM only sets `stopped`, so that the loop can end its step and save; the second one
        interrupts at once. Elsewhere than in the main thread signals stay as they are.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(number, frame):
            if self.stopped:
                raise KeyboardInterrupt
            self.stopped = True

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def write(self, **values: float | int | str | dict) -> None:
        """One line of metrics, numbers rounded to five figures; the numbers go to TensorBoard as well."""
        if not self.main:
            return
        line = {key: _short(value) for key, value in values.items()}
        with (self.folder / "metrics.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
        self._events().scalars(int(values.get("step", 0)), _flat(values))

    def show(self, step: int, png: Path) -> None:
        """Put a sheet into TensorBoard as well."""
        if self.main:
            content = png.read_bytes()
            self._events().picture(step, "sheet", content, struct.unpack(">II", content[16:24]))

    def _events(self) -> EventFile:
        if self.events is None:
            self.events = EventFile(self.folder / f"events.out.tfevents.{time.time():.0f}.oner.{os.getpid()}")
        return self.events

    def metrics(self) -> Iterator[dict]:
        """The lines written so far; a line cut short by a kill is passed over."""
        path = self.folder / "metrics.jsonl"
        for line in path.read_text().splitlines() if path.exists() else []:
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                continue


def _short(value):
    if isinstance(value, dict):
        return {key: _short(entry) for key, entry in value.items()}
    return float(f"{value:.5g}") if isinstance(value, float) else value


def _flat(values: dict, before: str = "") -> dict[str, float]:
    """Numbers by name, those of inner tables as `table/name`; the step is no curve."""
    found: dict[str, float] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{before}{key}/")
        elif isinstance(value, int | float) and key != "step":
            found[before + key] = float(value)
    return found


def rate_at(step: int, steps: int, peak: float, warmup: int = 200, fall: float = 0.2) -> float:
    """Learning rate: up over `warmup` steps, flat, and down to a twentieth over the last share `fall` of the steps."""
    up = min(1.0, (step + 1) / warmup)
    left = max(0.0, steps - step) / max(1.0, fall * steps)
    return peak * up * (0.05 + 0.95 * min(1.0, left))
