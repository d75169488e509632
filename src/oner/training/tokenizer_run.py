"""Teaches the tokenizer: pictures of the worlds in, the same pictures at twice the size out."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..media import contact_sheet, save_png
from ..model.presets import preset
from ..model.tokenizer import GROUP, PATCH, Tokenizer, to_patches
from .pool import Pool
from .run import Run, rate_at
from .weights import TrainedWeights

NOISE = 0.05  # deviations of noise on the latents, so that the decoder forgives what the transformer gets wrong
LENGTHS = (9, 9, 9, 17)  # pictures of the clips in a batch


@dataclass(frozen=True)
class TokenizerRun:
    """What to do: `steps` batches of about `frames` latent frames; `minutes` ends the run earlier."""

    data: Path
    folder: Path
    preset: str = "base"
    steps: int = 6000
    frames: int = 24
    rate: float = 1e-3
    minutes: float | None = None
    threads: int | None = None
    compile: bool = False
    samples: int = 3000  # held in memory at a time
    seed: int = 0
    every: int = 250  # steps between measurements


def train_tokenizer(options: TokenizerRun, report: Callable[[str], None]) -> Path:
    """Train, or go on with training; gives the run's folder. Raises InputError if there is no data."""
    if options.threads:
        torch.set_num_threads(options.threads)
    run, config = Run(options.folder), preset(options.preset)
    torch.manual_seed(options.seed)
    tokenizer = Tokenizer(config.tokenizer)
    pool = Pool(options.data, options.samples, options.seed)
    if not run.checkpoint.exists():
        start_from_pca(tokenizer, [pool.batch(LENGTHS[0], 4) for _ in range(24)])
    weights = TrainedWeights(tokenizer)
    run.resume(weights)
    networks = tokenizer.encoder, tokenizer.decoder
    if options.compile:
        networks = tuple(torch.compile(network, dynamic=True) for network in networks)
    seen, since = 0, time.monotonic()
    while weights.steps < options.steps and (options.minutes is None or run.seconds() < 60 * options.minutes):
        step = weights.steps
        rng = np.random.default_rng([options.seed, step])
        length = 1 if rng.random() < 0.2 else int(rng.choice(LENGTHS))
        video = pool.batch(length, max(1, options.frames // (1 + length // GROUP)), rng)
        loss, error = loss_of(tokenizer, video, NOISE, *networks)
        loss.backward()
        norm = weights.step(rate_at(step, options.steps, options.rate))
        seen += video.shape[0] * (1 + length // GROUP)
        if step % 25 == 0:
            run.write(
                step=step, loss=float(loss.detach()), error=error, norm=norm, rate=seen / (time.monotonic() - since)
            )
        if step % options.every == 0 or weights.steps == options.steps:
            report(f"step {step}: loss {float(loss.detach()):.4f}, {-10 * np.log10(error / 4):.2f} dB, "
                   f"{seen / (time.monotonic() - since):.1f} latent frames a second")  # fmt: skip
            with weights.averaged_network():
                write_sheet(
                    tokenizer, pool.batch(LENGTHS[0], 3, np.random.default_rng(0)), run.sheets / f"{step:06d}.png"
                )
            if step % (2 * options.every) == 0:
                pool.refresh()
        if run.due():
            run.save(weights, {"preset": options.preset})
    run.save(weights, {"preset": options.preset})
    return run.folder


def small(video: Tensor) -> Tensor:
    """The encoder's picture: means of 2 x 2 pixels of (B, T, 2H, 2W, 3)."""
    b, t, h, w, c = video.shape
    return video.reshape(b, t, h // 2, 2, w // 2, 2, c).mean((3, 5))


def loss_of(
    tokenizer: Tokenizer, video: Tensor, noise: float, encoder: nn.Module, decoder: nn.Module
) -> tuple[Tensor, float]:
    """The loss on (B, T, 2H, 2W, 3) in -1..1, and the mean square error of the small picture.

    Absolute error of the large picture and of its steps in time and space, square error of the small one. Everything
    is measured on patches as the decoder gives them: putting them together would cost as much as a block.
    """
    side = PATCH * tokenizer.config.scale
    tell = tokenizer.decoder.from_latent.weight.dtype
    wanted = [part.flatten(2, 3).to(tell) for part in to_patches(video, side)]
    raw = encoder(*to_patches(small(video)))
    if noise:
        with torch.no_grad():
            flat = raw.float().flatten(0, -2)
            tokenizer.mean.lerp_(flat.mean(0), 0.05)
            tokenizer.std.lerp_(flat.std(0), 0.05)
        raw = raw + (noise * tokenizer.std * torch.randn(raw.shape)).to(raw.dtype)
    made = decoder(raw)
    absolute, square, slope, count, small_count = 0.0, 0.0, 0.0, 0, 0
    for got, want in zip(made, wanted, strict=True):
        if not got.numel():
            continue
        miss = got - want
        tiles = miss.unflatten(-1, (-1, side, side, 3))  # (B, F, S, 1 or 4, P, P, 3)
        absolute = absolute + miss.abs().sum(dtype=torch.float32)
        slope = slope + (tiles[..., 1:, :, :] - tiles[..., :-1, :, :]).abs().sum(dtype=torch.float32)
        slope = slope + (tiles[..., 1:, :] - tiles[..., :-1, :]).abs().sum(dtype=torch.float32)
        if tiles.shape[3] > 1:
            slope = slope + 2 * (tiles[:, :, :, 1:] - tiles[:, :, :, :-1]).abs().sum(dtype=torch.float32)
        means = tiles.unflatten(-2, (side // 2, 2)).unflatten(-4, (side // 2, 2)).mean((-2, -4))
        square = square + means.float().square().sum()
        count, small_count = count + miss.numel(), small_count + means.numel()
    error = square / small_count
    return absolute / count + 6.0 * error + 0.25 * slope / count, float(error.detach())


def start_from_pca(tokenizer: Tokenizer, batches: list[Tensor]) -> None:
    """Set the first and last layers to a principal component analysis of the patches.

    The network then reconstructs as well as the best linear code of its size before its first step: 20 dB and more
    against minutes of training from a random start.
    """
    side, channels = PATCH * tokenizer.config.scale, tokenizer.config.channels
    firsts, groups, large_firsts, large_groups = [], [], [], []
    for video in batches:
        for store, part in zip((firsts, groups), to_patches(small(video)), strict=True):
            store.append(part.reshape(-1, part.shape[-1]))
        for store, part in zip((large_firsts, large_groups), to_patches(video, side), strict=True):
            store.append(part.reshape(-1, part.shape[-1]))
    encoder, decoder = tokenizer.encoder, tokenizer.decoder
    with torch.no_grad():
        for read, paint, patches, large in (
            (encoder.read_group, decoder.paint_group, torch.cat(groups), torch.cat(large_groups)),
            (encoder.read_first, decoder.paint_first, torch.cat(firsts), torch.cat(large_firsts)),
        ):
            width = read.weight.shape[0]
            mean = patches.mean(0)
            _, sizes, axes = torch.pca_lowrank(patches - mean, width, center=False, niter=3)
            gain = (len(patches) ** 0.5 / sizes.clamp_min(1e-3 * float(sizes[0]))) ** 0.5  # halfway to equal variances
            read.weight.copy_(axes.T * gain[:, None])
            read.bias.copy_(-(read.weight @ mean))
            code = (patches - mean) @ axes[:, :channels] * gain[:channels]
            shift = large.mean(0)
            paint.weight.normal_(std=0.002)
            paint.weight[:, :channels] = torch.linalg.lstsq(code, large - shift).solution.T
            paint.bias.copy_(shift)
        eye = torch.eye(channels, encoder.to_latent.weight.shape[1])
        encoder.to_latent.weight.copy_(eye)
        encoder.to_latent.bias.zero_()
        decoder.from_latent.weight.zero_()
        decoder.from_latent.weight[:channels].copy_(torch.eye(channels))
        decoder.from_latent.bias.zero_()
        raw = torch.cat([encoder(*to_patches(small(video))).flatten(0, -2) for video in batches])
        tokenizer.mean.copy_(raw.mean(0))
        tokenizer.std.copy_(raw.std(0))


def write_sheet(tokenizer: Tokenizer, video: Tensor, path: Path) -> None:
    """Pictures above their reconstructions, every second one, as a PNG."""
    with torch.no_grad():
        made = tokenizer.decode(tokenizer.encode(small(video)))
    rows = [*video[:, ::2], *made.float()[:, ::2]]
    tiles = [(((picture.clamp(-1, 1) + 1) * 127.5).byte().numpy(), "") for row in rows for picture in row]
    save_png(path, contact_sheet(tiles, len(rows[0]), tiles[0][0].shape[1]))
