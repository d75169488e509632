"""Teaches the text encoder and the transformer: stills first, then windows of clips, all in latents."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..model.checkpoint import NativeModel, build, load_tokenizer, save_model
from ..model.flow import loss as flow_loss
from ..model.flow import noised
from ..model.presets import preset
from ..model.text import Vocabulary
from ..model.weights_file import SHIPPED, read_weights_file
from .encoded import tokenizer_of
from .latents import Batch, Latents
from .model_sheet import write_sheet
from .run import Run, rate_at
from .vocabulary import build_vocabulary
from .weights import TrainedWeights

WORDS = 48
LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)


@dataclass(frozen=True)
class ModelRun:
    """What to do. `data` holds encoded shards, `probe` some that are not trained on, for the held-out loss.

    A step takes `tokens` latent pixels; `clips` is the share of steps on clips, `frames` their latent frames.
    """

    data: Path
    folder: Path
    probe: Path | None = None
    tokenizer: Path = SHIPPED / "tokenizer.safetensors"
    init: Path | None = None
    preset: str = "base"
    steps: int = 200_000
    tokens: int = 16 * 45
    clips: float = 0.0
    frames: tuple[int, ...] = (5, 5, 9)
    rate: float = 1e-3
    minutes: float | None = None
    threads: int | None = None
    compile: bool = False
    seed: int = 0
    every: int = 1000  # steps between measurements and sheets


class Networks(nn.Module):
    """Text encoder and transformer under the names that the weight file has."""

    def __init__(self, model: NativeModel) -> None:
        super().__init__()
        self.text, self.transformer = model.text, model.transformer


def train_model(options: ModelRun, report: Callable[[str], None]) -> Path:
    """Train, or go on with training; gives the run's folder."""
    if options.threads:
        torch.set_num_threads(options.threads)
    run, config = Run(options.folder), preset(options.preset)
    torch.manual_seed(options.seed)
    vocabulary = _vocabulary(run.folder / "vocabulary.json")
    model = build(config, vocabulary)
    model.tokenizer = load_tokenizer(options.tokenizer)
    latents = Latents(options.data)
    probe = Latents(options.probe) if options.probe else None
    networks = Networks(model)
    weights = TrainedWeights(networks, betas=(0.9, 0.98), average=0.9995)
    passes = {"stills": 0, "clips": 0, "seconds": 0.0} | json.loads(run.resume(weights).get("passes", "{}"))
    transformer = torch.compile(model.transformer) if options.compile else model.transformer
    report(f"{len(latents)} samples; step {weights.steps}; {passes['stills']} still and {passes['clips']} clip passes")
    begun, since, seen, total = weights.steps, time.monotonic(), 0, 0.0

    def keep() -> None:
        facts = {"preset": options.preset, "passes": json.dumps(passes), "tokenizer": tokenizer_of(options.data)}
        run.save(weights, facts)
        (run.folder / "passes.json").write_text(json.dumps(passes))

    while weights.steps < options.steps and (options.minutes is None or run.seconds() < 60 * options.minutes):
        step = weights.steps
        rng = np.random.default_rng([options.seed, step])
        batch = _batch(latents, options, rng)
        loss = loss_of(model, transformer, batch, rng)
        loss.backward()
        norm = weights.step(rate_at(step, options.steps, options.rate, fall=0.0 if options.minutes else 0.2))
        kind = "stills" if batch.data.shape[1] == 1 else "clips"
        passes[kind] += len(batch.data)
        seen, total = seen + len(batch.data) * batch.data.shape[1], total + float(loss.detach())
        if (step + 1) % 100 == 0:
            now = time.monotonic()
            passes["seconds"] += now - since
            run.write(step=step + 1, kind=kind, loss=total / 100, norm=norm, latent_frames_a_second=seen / (now - since),
                      **passes)  # fmt: skip
            if (step + 1) % options.every == 0:
                measured = held_out(model, probe) if probe else {}
                with weights.averaged_network():
                    averaged = held_out(model, probe) if probe else {}
                    write_sheet(model, run.sheets / f"{step + 1:07d}.png", options.clips > 0)
                run.write(step=step + 1, held_out=measured, held_out_averaged=averaged)
                report(f"step {step + 1}: loss {total / 100:.4f}, held out {json.dumps(averaged)}, "
                       f"{seen / (now - since):.0f} latent frames a second")  # fmt: skip
            since, seen, total = time.monotonic(), 0, 0.0
        if run.due():
            keep()
    keep()
    report(f"{weights.steps - begun} steps, now {weights.steps}; {json.dumps(passes)}")
    return run.folder


def export(run: Path, out: Path, options: ModelRun) -> str:
    """Write a run's averaged weights as a model file; gives its digest."""
    config, vocabulary = preset(options.preset), _vocabulary(run / "vocabulary.json")
    networks = Networks(build(config, vocabulary))
    weights = TrainedWeights(networks)
    facts = weights.load(Run(run).checkpoint)
    return save_model(out, weights.averaged(), config, vocabulary, read_weights_file(options.tokenizer).digest,
                      passes=facts["passes"], steps=facts["steps"])  # fmt: skip


def loss_of(model: NativeModel, transformer: nn.Module, batch: Batch, rng) -> Tensor:
    """The flow's loss on the frames that are wanted."""
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    noise = torch.randn(batch.data.shape, generator=generator)
    velocity = velocity_of(model, transformer, batch, noise)
    return flow_loss(velocity, batch.data, noise, batch.wanted)


def velocity_of(model: NativeModel, transformer: nn.Module, batch: Batch, noise: Tensor) -> Tensor:
    ids, mask = model.vocabulary.encode(batch.texts, WORDS)
    text = model.text(ids, mask)
    return transformer(
        noised(batch.data, noise, batch.levels), batch.levels, batch.given, text, mask, batch.prompt_of,
        batch.positions, batch.single,
    )  # fmt: skip


def held_out(model: NativeModel, probe: Latents, count: int = 64) -> dict[str, float]:
    """Loss on stills that are not trained on, by noise level; always the same stills, words and noise."""
    found = {}
    with torch.no_grad():
        for level in LEVELS:
            rng, total = np.random.default_rng(7), 0.0
            for _ in range(count // 32):
                batch = probe.stills_batch(32, rng)
                batch.levels = torch.full_like(batch.levels, level)
                total += float(loss_of(model, model.transformer, batch, rng))
            found[f"{level:g}"] = total / (count // 32)
    return found


def _batch(latents: Latents, options: ModelRun, rng: np.random.Generator) -> Batch:
    if rng.random() < options.clips:
        frames = int(rng.choice(options.frames))
        return latents.clips_batch(max(1, round(options.tokens / 45 / frames)), frames, rng)
    return latents.stills_batch(max(1, options.tokens // 45), rng)


def _vocabulary(path: Path) -> Vocabulary:
    """The run's vocabulary, the same after every restart."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(build_vocabulary().to_json())
    return Vocabulary.from_json(path.read_text())
