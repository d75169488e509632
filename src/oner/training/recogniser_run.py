"""Trains the recogniser: one command that resumes after any interruption.

A run is a folder: `state.safetensors` and `state.json` to go on from, `metrics.jsonl`, `bank/` with the prepared data,
and `recogniser.safetensors`, the averaged weights.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F

from ..errors import InputError
from ..media import replacing
from .movement import mirrored
from .recogniser import Recogniser, RecogniserConfig, save_recogniser
from .recogniser_data import MOVING, STILL, Bank, Group, degraded, floats, resampled
from .run import rate_at

MIRROR_MOVES = {"pan left": "pan right", "pan right": "pan left"}
SMOOTHING = 0.05  # of labels
DECAY = 0.998  # of the averaged weights
WARM_UP = 100  # steps, or a tenth of a short run's
COOL_DOWN = 0.25  # share of the steps


@dataclass(frozen=True)
class RecogniserRun:
    """How to train. `rate` is AdamW's; a step sees `batch` pictures and `batch` clips; `held` shards only measure."""

    steps: int = 4000
    batch: int = 32
    rate: float = 2e-3
    decay: float = 0.05
    threads: int = 1
    seed: int = 0
    held: int = 1
    every: int = 500  # steps between measurements and saves
    config: RecogniserConfig = field(default_factory=RecogniserConfig)


def train_recogniser(
    data: Path,
    run: Path,
    *,
    steps: int = 4000,
    threads: int = 1,
    settings: RecogniserRun | None = None,
    report: Callable[[float, str], None] = lambda *_: None,
) -> Path:
    """Train on the renders below `data` and give the weight file in `run`. The same call goes on where it stopped.

    New shards that appear while it runs are taken in. Raises InputError where there are too few.
    """
    settings = settings or RecogniserRun(steps=steps, threads=threads)
    torch.set_num_threads(settings.threads)
    run.mkdir(parents=True, exist_ok=True)
    bank = Bank(data, run / "bank", settings.held)
    bank.refresh()
    training = _Training(settings, run)
    training.resume()
    begun, first = time.monotonic(), training.step
    while training.step < settings.steps:
        loss = training.advance(bank)
        if training.step % 50 == 0:
            pace = (training.step - first) / (time.monotonic() - begun)
            words = ", ".join(f"{name} {value:.2f}" for name, value in loss.items())
            _note(run, {"step": training.step, "steps_per_second": round(pace, 3), "loss": loss})
            report(training.step / settings.steps, f"step {training.step}, {pace:.2f} steps/s, {words}")
        if training.step % settings.every == 0 or training.step == settings.steps:
            training.save()
            accuracy = measured(training.average, bank.groups(held=True))
            _note(run, {"step": training.step, "shards": len(bank.shards), "accuracy": accuracy})
            report(training.step / settings.steps, " ".join(f"{n} {v:.3f}" for n, v in accuracy.items()))
            bank.refresh()
    path = run / "recogniser.safetensors"
    save_recogniser(training.average, path)
    return path


class _Training:
    """Weights, their running average and the optimiser, with the step that they have reached."""

    def __init__(self, settings: RecogniserRun, run: Path):
        self.settings, self.run, self.step = settings, run, 0
        torch.manual_seed(settings.seed)
        self.model = Recogniser(settings.config).to(memory_format=torch.channels_last).train()
        self.average = Recogniser(settings.config).eval()
        self.average.load_state_dict(self.model.state_dict())
        shrunk = [p for p in self.model.parameters() if p.ndim > 1]
        free = [p for p in self.model.parameters() if p.ndim <= 1]
        groups = [{"params": shrunk, "weight_decay": settings.decay}, {"params": free, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=settings.rate, betas=(0.9, 0.98))

    def advance(self, bank: Bank) -> dict[str, float]:
        """One step; gives the loss of each attribute."""
        generator = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + self.step)
        warm = min(WARM_UP, max(self.settings.steps // 10, 1))
        rate = rate_at(self.step, self.settings.steps, self.settings.rate, warm, COOL_DOWN)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        pictures, still = bank.pictures(self.settings.batch, generator)
        logits, _ = self.model.look(degraded(pictures, generator))
        losses = {a.name: _loss(logits[a.name], still[:, i]) for i, a in enumerate(STILL)}
        moved, moving = _maybe_mirrored(*bank.moves(self.settings.batch, generator), generator)
        logits, _ = self.model.watch(moved)
        losses |= {a.name: _loss(logits[a.name], moving[:, i]) for i, a in enumerate(MOVING)}
        self.optimiser.zero_grad(set_to_none=True)
        sum(losses.values()).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimiser.step()
        self.step += 1
        self._blend()
        return {name: round(loss.item(), 4) for name, loss in losses.items()}

    @torch.no_grad()
    def _blend(self) -> None:
        keep = min(DECAY, self.step / (self.step + 10))
        for mean, value in zip(self.average.state_dict().values(), self.model.state_dict().values(), strict=True):
            if mean.is_floating_point():
                mean.lerp_(value, 1 - keep)
            else:
                mean.copy_(value)

    def save(self) -> None:
        """Write everything that resuming needs; the JSON last, naming the step."""
        tensors = {f"model/{n}": v for n, v in self.model.state_dict().items()}
        tensors |= {f"average/{n}": v for n, v in self.average.state_dict().items()}
        for number, state in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser/{number}/{n}": v for n, v in state.items()}
        with replacing(self.run / "state.safetensors") as temporary:
            save_file({n: v.contiguous() for n, v in tensors.items()}, temporary, {"step": str(self.step)})
        with replacing(self.run / "state.json") as temporary:
            temporary.write_text(json.dumps({"step": self.step}))

    def resume(self) -> None:
        """Go on from the run's folder if something is there. Raises InputError where it is of another network."""
        if not (self.run / "state.json").exists():
            return
        tensors = load_file(self.run / "state.safetensors")
        part = lambda name: {n.removeprefix(name): v for n, v in tensors.items() if n.startswith(name)}
        try:
            self.model.load_state_dict(part("model/"))
            self.average.load_state_dict(part("average/"))
        except RuntimeError as error:
            raise InputError(f"{self.run} holds another network; choose another --run") from error
        state = self.optimiser.state_dict()
        for name, value in part("optimiser/").items():
            number, _, field = name.partition("/")
            state["state"].setdefault(int(number), {})[field] = value
        self.optimiser.load_state_dict(state)
        self.step = json.loads((self.run / "state.json").read_text())["step"]


def _loss(logits: Tensor, numbers: Tensor) -> Tensor:
    """Cross-entropy over what is said; -1 is not."""
    if not (numbers >= 0).any():
        return logits.sum() * 0.0
    return F.cross_entropy(logits.float(), numbers, ignore_index=-1, label_smoothing=SMOOTHING)


def _maybe_mirrored(moved: Tensor, moving: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Half of the clips as in a mirror, where a pan to the left is one to the right."""
    camera = MOVING[0].values
    swap = torch.tensor([camera.index(MIRROR_MOVES.get(move, move)) for move in camera])
    chosen = torch.rand(len(moved), generator=generator) < 0.5  # each for itself: batch normalisation sees both
    moved = torch.where(chosen[:, None, None, None], mirrored(moved), moved)
    return moved, torch.where(chosen[:, None], swap[moving], moving)


@torch.no_grad()
def measured(model: Recogniser, groups: dict[str, list[Group]], softness: float = 1.0) -> dict[str, float]:
    """Share of right answers by attribute, the pictures of a sample averaged; `softness` resamples them first."""
    right = {a.name: [0, 0] for a in (*STILL, *MOVING)}
    for group in (g for several in groups.values() for g in several):
        for number in group.sample.unique():
            chosen = group.sample == number
            logits, _ = model.look(resampled(floats(group.pictures[chosen]), softness))
            truth = group.still[chosen][0].tolist()
            for attribute, value in zip(STILL, truth, strict=True):
                answer = logits[attribute.name].log_softmax(-1).mean(0).argmax().item()
                right[attribute.name][0] += value >= 0 and answer == value
                right[attribute.name][1] += value >= 0
        if len(group.moved):
            logits, _ = model.watch(group.moved.float())
            for i, attribute in enumerate(MOVING):
                right[attribute.name][0] += int((logits[attribute.name].argmax(-1) == group.moving[:, i]).sum())
                right[attribute.name][1] += len(group.moving)
    return {name: round(good / max(count, 1), 4) for name, (good, count) in right.items()}


def _note(run: Path, line: dict) -> None:
    with (run / "metrics.jsonl").open("a") as file:
        file.write(json.dumps({**line, "time": round(time.time(), 1)}) + "\n")
