"""Teaches the text encoder and the transformer: stills first, then windows of clips, all in latents."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from ..model.blocking import cast_words
from ..model.checkpoint import NativeModel
from ..model.flow import loss as flow_loss
from ..model.flow import noised
from ..model.weights_file import SHIPPED, read_weights_file, weights_path
from .allocation import keep_memory
from .cost import transformer_flops
from .encoded import tokenizer_of
from .latents import LEAST, Batch, Latents
from .model_sheet import write_sheet
from .model_start import Networks, adapt, begun, config_of, export_model
from .precision import PRECISIONS, chosen_precision, compile_in_place
from .processes import Processes, processes
from .run import Run, rate_at
from .weights import TrainedWeights

LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9, 1.0)  # of the held-out loss; at 1 words and blocking have to say everything
PLACES = 45  # latent pixels of a 16:9 picture: `tokens` are counted in pictures of that size
AVERAGE = 0.9995
MORE = 3  # times the tokens in steps that teach drafts alone
FOLLOW = 0.002  # of the way to the last step's, by which deviations move in a step


@dataclass(frozen=True)
class ModelRun:
    """What to do. `data` holds encoded shards, `probe` some that are not trained on, for the held-out loss.

    A step takes `tokens` latent pixels; `clips` is the share of steps on clips, `frames` their latent frames.
    `minutes` ends this process earlier, `in_all` the run, however often it was begun again; the rate falls in neither.
    `init` is a model to begin with, by file or name; `adapter` the rank of adapters to teach in place of its weights.
    `route` is the share of tokens that skip the middle layers. `sharded` spreads the weights over the processes.
    `drafts` are steps at the beginning that teach drafts alone, which is several times quicker; they take
    `MORE` times the tokens. `dropout` is the share of their inner values that are dropped: they see so much that they
    learn scenes by heart, and what is built on them then trusts them too far.
    `every` and `log` are the steps between measurements with sheets and between lines of metrics, `save` the seconds
    between checkpoints.
    """

    data: Path
    folder: Path
    probe: Path | None = None
    tokenizer: Path = SHIPPED / "tokenizer.safetensors"
    init: Path | str | None = None
    preset: str = "base"
    steps: int = 200_000
    tokens: int = 16 * PLACES
    clips: float = 0.0
    frames: tuple[int, ...] = (5, 5, 9)
    rate: float = 1e-3
    minutes: float | None = None
    in_all: float | None = None
    threads: int | None = None
    compile: bool = False
    seed: int = 0
    every: int = 1000
    precision: str = "fp32"
    adapter: int = 0
    route: float = 0.0
    drafts: int = 0
    dropout: float = 0.0
    sharded: bool = False
    log: int = 100
    save: float = 180.0
    warmup: int = 200


def train_model(options: ModelRun, report: Callable[[str], None]) -> Path:
    """Train, or go on with training; gives the run's folder."""
    if options.threads:
        torch.set_num_threads(options.threads)
    keep_memory()
    with processes() as crew:
        run = Run(options.folder, options.save, crew.main)
        _check(options)
        facts = run.facts()
        for name, now in (("adapter", str(options.adapter)), ("tokenizer", tokenizer_of(options.data))):
            if facts.get(name, now) != now:
                raise InputError(f"{run.folder} was begun with {name} {facts[name][:6]}, now it is {now[:6]}; "
                                 "choose another --run folder")  # fmt: skip
        precision, matrices = chosen_precision(facts.get("precision", options.precision), crew.device)
        loop = _Loop(options, run, crew, precision, matrices)
        if options.compile and not compile_in_place(*loop.model.transformer.blocks, *loop.model.text.blocks):
            report("no C++ compiler (g++ or clang++) for --compile: training goes on without")
        with run.stoppable():
            loop.go(report)
    return run.folder


def _check(options: ModelRun) -> None:
    config = config_of(options.preset, options.init)
    if options.clips and max(options.frames) > config.transformer.window:
        raise InputError(f"frames {max(options.frames)}: the transformer sees {config.transformer.window} at once")
    if options.sharded and options.adapter:
        raise InputError("adapters are small: leave --shard-weights out")


class _Loop:
    """The steps of one run in this process."""

    def __init__(self, options: ModelRun, run: Run, crew: Processes, precision: str, matrices: float) -> None:
        self.options, self.run, self.crew, self.matrices = options, run, crew, matrices
        torch.manual_seed(options.seed)
        config = config_of(options.preset, options.init)
        self.latents = Latents(options.data)
        self.probe = Latents(options.probe) if options.probe else None
        if not crew.main:
            crew.wait()  # the first writes the vocabulary
        self.model = begun(run.folder, config, options.tokenizer, options.init, self.latents.texts())
        if crew.main:
            crew.wait()
        dtype = PRECISIONS[precision]
        words = adapt(self.model, options.init, options.adapter, dtype) if options.adapter else []
        self.model.to(crew.device)
        if options.sharded:
            crew.sharded(self.model.text, self.model.transformer, dtype=dtype)
        networks = Networks(self.model)
        self.weights = TrainedWeights(
            networks, torch.float32 if options.sharded else dtype, betas=(0.9, 0.98), average=AVERAGE
        )
        found = run.resume(self.weights)
        if not found and not options.init:
            self.model.transformer.deviation.copy_(self.latents.deviations())
        self.passes = {"drafts": 0, "stills": 0, "clips": 0, "seconds": 0.0} | json.loads(found.get("passes", "{}"))
        self.network = networks if options.sharded else crew.together(networks)
        self.facts = {
            "kind": "model", "preset": config.preset, "config": json.dumps(config.as_dict()), "precision": precision,
            "tokenizer": tokenizer_of(options.data), "adapter": str(options.adapter), "words": json.dumps(words),
            "init": read_weights_file(weights_path(options.init)).digest if options.init else "",
        }  # fmt: skip

    def go(self, report: Callable[[str], None]) -> None:
        options, run, weights, passes = self.options, self.run, self.weights, self.passes
        report(f"{len(self.latents)} samples; step {weights.steps}; "
               f"{passes['stills']} still and {passes['clips']} clip passes")  # fmt: skip
        self._clear()
        while weights.steps < options.steps:
            if self.crew.any(run.stopped or run.over(options.minutes, options.in_all)):
                break
            kind, norm = self._step()
            step = weights.steps
            if step % options.log == 0 or step % options.every == 0:
                self._note(step, kind, norm, report)
            if self.crew.any(run.due()):
                self._save()
        self._save()
        report(f"step {weights.steps}; {json.dumps(passes)}")
        if run.stopped:
            report("stopped and saved")
            raise KeyboardInterrupt

    def _step(self) -> tuple[str, float]:
        options, crew = self.options, self.crew
        step = self.weights.steps
        first = step < options.drafts
        if first:
            options = replace(options, tokens=MORE * options.tokens)
        rng = np.random.default_rng([options.seed, step])
        batch = _batch(self.latents, options, rng)
        noise = noise_for(batch, rng)
        kept = _kept(batch, options.route, rng) if options.route else None
        rows = crew.rows(len(batch.data))
        share = share_told = 1.0
        if crew.count > 1:
            own = rows if rows.stop > rows.start else slice(0, 1)
            mine = batch.rows(own)
            some = rows.stop > rows.start
            share, share_told = (
                float(a.sum() * crew.count / b.sum().clamp_min(1)) if some else 0.0
                for a, b in ((mine.wanted, batch.wanted), (mine.wanted & mine.told, batch.wanted & batch.told))
            )
            batch, noise, kept = mine, noise[own], None if kept is None else kept[own]
        if options.dropout:
            torch.manual_seed(int(rng.integers(2**62)))  # a run that goes on drops what it would have dropped
        self.model.transformer.draft.dropped = options.dropout
        found = losses_of(self.model, self.network, batch, noise, kept, first)
        loss, drawn = share * found.flow, share * found.sketch + share_told * found.draft
        (loss + drawn).backward()
        if not options.adapter and not first:
            self._follow(found.left, batch.single.to(found.left.device))
        fall = 0.0 if options.minutes or options.in_all else 0.2
        norm = self.weights.step(rate_at(step, options.steps, options.rate, options.warmup, fall))
        self.total = self.total + crew.mean(loss)
        self.sketches = self.sketches + crew.mean(drawn)
        self.count += 1
        kind = "stills" if batch.data.shape[1] == 1 else "clips"
        clips = clips_of(options, batch.data.shape[1])
        self.passes["drafts" if first else kind] += clips
        self.seen += clips * batch.data.shape[1]
        shape = (clips, *batch.data.shape[1:])
        if not first:
            self.flops += transformer_flops(self.model.config, shape, clips, self._words(), 1 - options.route)
        return kind, norm

    def _note(self, step: int, kind: str, norm: float, report: Callable[[str], None]) -> None:
        """A line of metrics; at times also the held-out loss and a sheet."""
        options, pace = self.options, time.monotonic() - self.since
        self.passes["seconds"] += pace
        loss, sketch = float(self.total) / self.count, float(self.sketches) / self.count
        share = self.flops / pace / self.matrices / self.crew.count
        self.run.write(step=step, kind=kind, loss=loss, sketch=sketch, norm=norm,
                       latent_frames_a_second=self.seen / pace, share_of_matrix_rate=share, **self.passes)  # fmt: skip
        if step % options.every == 0:
            with torch.compiler.set_stance("force_eager"):  # compiling for a few pictures takes longer than they do
                averaged = self._measure(step)
            report(f"step {step}: loss {loss:.4f}, held out {json.dumps(averaged)}, "
                   f"{self.seen / pace:.0f} latent frames a second")  # fmt: skip
        self._clear()

    def _measure(self, step: int) -> dict[str, float]:
        """Write the held-out loss, of the weights and of their average, and a sheet; gives the average's."""
        self.model.transformer.draft.dropped = 0.0
        measured = held_out(self.model, self.network, self.probe) if self.probe else {}
        with self.weights.averaged_network():
            averaged = held_out(self.model, self.network, self.probe) if self.probe else {}
            if self.crew.main or self.options.sharded:
                path = self.run.sheets / f"{step:07d}.png"
                write_sheet(self.model, path, self.options.clips > 0)
                self.run.show(step, path)
        self.run.write(step=step, held_out=measured, held_out_averaged=averaged)
        return averaged

    def _clear(self) -> None:
        self.since, self.seen, self.flops = time.monotonic(), 0, 0
        self.total, self.sketches, self.count = 0.0, 0.0, 0

    def _follow(self, left: Tensor, single: Tensor) -> None:
        """Move the deviations of the transformer towards those of what sketches left in this step (B, F, C)."""
        deviation = self.model.transformer.deviation
        for kind in (0, 1):
            of_kind = (single == bool(kind)).to(left.dtype)
            total = self.crew.mean((left * of_kind[..., None]).sum((0, 1)))
            count = self.crew.mean(of_kind.sum())
            if count:
                mean = (total / count).clamp_min(LEAST**2)
                deviation[kind] = deviation[kind].square().lerp(mean, FOLLOW).sqrt()

    def _save(self) -> None:
        self.run.save(self.weights, {**self.facts, "passes": json.dumps(self.passes)})
        if self.crew.main:
            (self.run.folder / "passes.json").write_text(json.dumps(self.passes))

    def _words(self) -> int:
        return self.model.config.text.length


def export(run: Path, out: Path, options: ModelRun | None = None) -> str:
    """Write a run's averaged weights as a model file; gives its digest."""
    return export_model(run, out)


def noise_for(batch: Batch, rng: np.random.Generator) -> Tensor:
    """Noise (B, F, h, w, C), the same for the same generator."""
    return torch.randn(batch.data.shape, generator=torch.Generator().manual_seed(int(rng.integers(2**62))))


class Losses(NamedTuple):
    """Of the velocity, of sketches and of drafts over the frames that are wanted; and the mean square (B, F, C) of what
    sketches and drafts leave of each channel, without gradient (None in steps that teach drafts alone).
    """

    flow: Tensor
    sketch: Tensor
    draft: Tensor
    left: Tensor | None


def losses_of(
    model: NativeModel, network: Networks, batch: Batch, noise: Tensor, kept: Tensor | None = None, first: bool = False
) -> Losses:
    """With `first` of the drafts alone; the others are 0."""
    device = model.transformer.read.weight.device
    batch, noise = batch.to(device), noise.to(device)
    ids, mask = model.vocabulary.encode(batch.texts, model.config.text.length)
    actors = cast_words(model.vocabulary, batch.casts)
    velocity, sketch, draft = network(
        noised(batch.data, noise, batch.levels), ids.to(device), mask.to(device), actors.to(device), batch.levels,
        batch.given, batch.prompt_of, batch.positions, batch.single, None if kept is None else kept.to(device),
        batch.blocking, batch.told, sketched="only" if first else "too",
    )  # fmt: skip
    drafts = flow_loss(draft, batch.data, batch.wanted & batch.told)
    if first:
        nothing = drafts.detach() * 0
        return Losses(nothing, nothing, drafts, None)
    known = torch.where(batch.told[:, :, None, None, None], draft, sketch).detach().float()
    left = (batch.data - known).square().mean((2, 3))
    flow = flow_loss(velocity, noise - batch.data, batch.wanted)
    return Losses(flow, flow_loss(sketch, batch.data, batch.wanted), drafts, left)


def held_out(model: NativeModel, network: Networks, probe: Latents, count: int = 64) -> dict[str, float]:
    """Loss on stills that are not trained on, by noise level; always the same stills, words and noise.

    `drafts` is the drafts' own.
    """
    found, drafts = {}, 0.0
    with torch.no_grad():
        for level in LEVELS:
            rng, total = np.random.default_rng(7), 0.0
            for _ in range(count // 32):
                batch = probe.stills_batch(32, rng)
                batch.levels = torch.full_like(batch.levels, level)
                losses = losses_of(model, network, batch, noise_for(batch, rng))
                total += float(losses.flow)
                drafts += float(losses.draft)
            found[f"{level:g}"] = total / (count // 32)
    return found | {"drafts": drafts / (count // 32) / len(LEVELS)}


def _batch(latents: Latents, options: ModelRun, rng: np.random.Generator) -> Batch:
    if rng.random() < options.clips:
        frames = int(rng.choice(options.frames))
        return latents.clips_batch(clips_of(options, frames), frames, rng)
    return latents.stills_batch(clips_of(options, 1), rng)


def clips_of(options: ModelRun, frames: int) -> int:
    """Clips of so many latent frames in a step, or stills."""
    return max(1, options.tokens // PLACES if frames == 1 else round(options.tokens / PLACES / frames))


def _kept(batch: Batch, route: float, rng: np.random.Generator) -> Tensor:
    """Which tokens of each frame go through all layers: (B, F, K), a new choice for every frame."""
    b, f, h, w, _ = batch.data.shape
    order = torch.from_numpy(rng.random((b, f, h * w), dtype=np.float32)).argsort(-1)
    return order[..., : max(1, round(h * w * (1 - route)))].contiguous()
