"""What a training run would take, told before it begins: nothing is written."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import torch

from ..model.presets import PRESETS, ModelConfig
from .allocation import keep_memory
from .cost import Cost, model_cost, tokenizer_cost
from .model_run import PLACES, ModelRun, clips_of
from .model_start import config_of
from .own_clips import own_files
from .precision import chosen_precision
from .processes import CPU
from .run import Run
from .tokenizer_run import TokenizerRun
from .weights import TrainedWeights

SAMPLE_BYTES = 160 * 288 * 3 * 17  # of a typical sample in memory
PATIENCE = 5.0  # seconds that a measured step may take; longer ones are estimated from the matrix rate
TYPICAL_SHARE = 0.4  # of the matrix rate, where no step was measured
WIDE = 5, 9  # latent pixels of a 16:9 picture


def presets_told() -> Iterator[str]:
    """A table of all presets."""
    yield f"{'preset':<8}{'tokenizer':>12}{'text':>10}{'transformer':>13}{'memory':>10}  a step of 16 stills"
    for name, config in PRESETS.items():
        parts = model_cost(config, (16, 1, *WIDE, config.transformer.channels))
        tokenizer = tokenizer_cost(config.tokenizer, (1, 1, 160, 288, 3)).parameters
        memory = sum(
            sum(part.memory("bf16" if name in ("large", "xl") else "fp32").values()) for part in parts.values()
        )
        flops = parts["transformer"].flops
        yield (
            f"{name:<8}{_millions(tokenizer):>12}{_millions(parts['text'].parameters):>10}"
            f"{_millions(parts['transformer'].parameters):>13}{_size(memory):>10}  {flops / 1e9:,.0f} GFLOP"
        )


def model_told(options: ModelRun) -> Iterator[str]:
    """The run of a model, line by line."""
    config = config_of(options.preset, options.init)
    frames = max(options.frames) if options.clips else 1
    shape = (clips_of(options, frames), frames, *WIDE, config.transformer.channels)
    yield from _data_told(options.data)
    if options.probe:
        yield from _data_told(options.probe, "probe")
    costs = model_cost(config, shape)
    precision, rate = chosen_precision(options.precision, CPU)
    yield from _costs_told(config, costs, precision, rate)
    yield f"step: {shape[0]} x {frames} latent frames, {options.tokens // PLACES} pictures of 45 tokens asked for"
    yield from _pace_told(options, costs["transformer"].flops, rate, lambda: _model_seconds(config, shape))


def tokenizer_told(options: TokenizerRun) -> Iterator[str]:
    """The run of a tokenizer, line by line."""
    config = config_of(options.preset, None)
    shape = (max(1, options.frames // 3), 9, 160, 288, 3)
    yield from _data_told(options.data)
    cost = tokenizer_cost(config.tokenizer, shape)
    precision, rate = chosen_precision(options.precision, CPU)
    yield from _costs_told(config, {"tokenizer": cost}, precision, rate)
    yield f"data in memory: up to {options.samples} samples, about {_size(options.samples * SAMPLE_BYTES)}"
    yield f"step: {shape[0]} clips of {shape[1]} pictures of {shape[3]}x{shape[2]}"
    yield from _pace_told(options, cost.flops, rate, lambda: _tokenizer_seconds(config, shape))


def _data_told(folder: Path, name: str = "data") -> Iterator[str]:
    tars, encoded = sorted(folder.glob("*.tar")), sorted(folder.glob("*.safetensors"))
    latents = sorted(path.name for path in folder.glob("latents-*"))
    own = own_files(folder)
    found = [f"{len(tars)} shards ({_size(sum(path.stat().st_size for path in tars))})"] if tars else []
    found += [f"{len(encoded)} encoded shards"] if encoded else []
    found += [f"{len(list((folder / each).glob('*.safetensors')))} of them in {each}" for each in latents]
    found += [f"{len(own)} clips and pictures of your own"] if own and not tars else []
    yield f"{name}: {folder}: {', '.join(found) or 'nothing that can be trained on'}"


def _costs_told(config: ModelConfig, costs: dict[str, Cost], precision: str, rate: float) -> Iterator[str]:
    total = 0
    yield f"preset {config.preset}; {precision}: {rate / 1e9:,.0f} GFLOP/s in matrix products, {_threads()}"
    for name, cost in costs.items():
        memory = cost.memory(precision)
        total += sum(memory.values())
        told = ", ".join(f"{use} {_size(size)}" for use, size in memory.items())
        yield f"{name}: {cost.parameters:,} parameters; {told}"
    yield f"memory of a step: {_size(total)}, {_size(_machine())} in this machine"


def _pace_told(options: ModelRun | TokenizerRun, flops: int, rate: float, measured) -> Iterator[str]:
    done = int(Run.facts_in(options.folder).get("steps", 0))
    guess = flops / rate / TYPICAL_SHARE
    seconds, how = (measured(), "measured") if guess < PATIENCE else (guess, "estimated from the matrix rate")
    left = max(0, options.steps - done)
    told = f"{left:,} of {options.steps:,} steps left" if done else f"{options.steps:,} steps"
    hours = left * seconds / 3600
    limit = f", stopped after {options.in_all:g} minutes" if options.in_all else ""
    yield (
        f"{flops / 1e9:,.1f} GFLOP and {seconds:.2f} s a step ({how}), {100 * flops / seconds / rate:.0f} % of the "
        f"matrix rate; {told}: {hours:.1f} hours{limit}"
    )


def _model_seconds(config: ModelConfig, shape: tuple[int, ...]) -> float:
    from ..model.blocking import NUMBERS
    from ..model.checkpoint import build
    from ..model.text import Vocabulary
    from .latents import Batch
    from .model_run import losses_of
    from .model_start import Networks

    model = build(config, Vocabulary(["night"]))
    networks = Networks(model)
    weights = TrainedWeights(networks)
    clips, frames = shape[:2]
    marks, numbers = torch.zeros(clips, frames, dtype=torch.bool), torch.arange(frames).expand(clips, frames)
    prompts = torch.arange(clips)[:, None].expand(clips, frames)
    blocking = torch.rand(clips, frames, 2, NUMBERS)
    batch = Batch(
        torch.randn(shape), ["night"] * clips, prompts, numbers, marks, marks, torch.rand(clips, frames), blocking,
        ~marks, [[["night"]]] * clips,
    )  # fmt: skip

    def step() -> None:
        sum(losses_of(model, networks, batch, torch.randn(shape))[:3]).backward()
        weights.step(1e-4)

    return _seconds_of(step)


def _tokenizer_seconds(config: ModelConfig, shape: tuple[int, ...]) -> float:
    from ..model.tokenizer import Tokenizer
    from .tokenizer_run import loss_of

    tokenizer = Tokenizer(config.tokenizer)
    weights, video = TrainedWeights(tokenizer), torch.rand(shape) * 2 - 1

    def step() -> None:
        loss_of(tokenizer, video)[0].backward()
        weights.step(1e-4)

    return _seconds_of(step)


def _seconds_of(step) -> float:
    """The faster of two after one to warm up."""
    keep_memory()
    step()
    found = []
    for _ in range(2):
        begun = time.perf_counter()
        step()
        found.append(time.perf_counter() - begun)
    return min(found)


def _threads() -> str:
    count = torch.get_num_threads()
    return f"{count} thread{'s' if count > 1 else ''}"


def _machine() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _millions(count: int) -> str:
    return f"{count / 1e6:,.1f} M"


def _size(count: float) -> str:
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"
