"""What every training run shares: its folder, metrics, checkpoints and the clock."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import InputError
from .weights import TrainedWeights


@dataclass
class Run:
    """A run's folder: `checkpoint.safetensors`, `metrics.jsonl`, `sheets/`, and `events...` for TensorBoard.

    The same command goes on from the checkpoint. `every` is the seconds between checkpoints.
    """

    folder: Path
    every: float = 180.0
    started: float = field(default_factory=time.monotonic)
    saved: float = field(default_factory=time.monotonic)

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

    def resume(self, weights: TrainedWeights) -> dict[str, str]:
        """Load the last checkpoint, if there is one; gives its metadata."""
        return weights.load(self.checkpoint) if self.checkpoint.exists() else {}

    def save(self, weights: TrainedWeights, metadata: dict[str, str]) -> None:
        weights.save(self.checkpoint, metadata)
        self.saved = time.monotonic()

    def due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return time.monotonic() - self.saved > self.every

    def seconds(self) -> float:
        """Since this process began the run or went on with it."""
        return time.monotonic() - self.started

    def write(self, **values: float | int | str | dict) -> None:
        """One line of metrics, numbers rounded to five figures."""
        line = {key: _short(value) for key, value in values.items()}
        with (self.folder / "metrics.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")

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


def rate_at(step: int, steps: int, peak: float, warmup: int = 200, fall: float = 0.2) -> float:
    """Learning rate: up over `warmup` steps, flat, and down to a twentieth over the last share `fall` of the steps."""
    up = min(1.0, (step + 1) / warmup)
    left = max(0.0, steps - step) / max(1.0, fall * steps)
    return peak * up * (0.05 + 0.95 * min(1.0, left))
