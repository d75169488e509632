"""How good a tokenizer is, on clips that it was not trained on; and the scales that its latents ship with."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor
from torch.nn import functional as F

from ..model.blocking import cast_words
from ..model.checkpoint import load_tokenizer, save_tokenizer
from ..model.fine_blocking import DOT, LOOK, crisp
from ..model.presets import preset
from ..model.text import Vocabulary
from ..model.tokenizer import GROUP, PATCH, Tokenizer, from_patches, to_patches
from ..model.weights_file import SHIPPED, weights_path
from .pool import Pool
from .run import Run
from .tokenizer_run import INIT, LEAST, small
from .weights import TrainedWeights

SCALES = 0.25, 3.0  # the least and the most of a channel's scale
PICTURES, AT_A_TIME = 480, 6  # stills of which contrast is measured, and how many of them together
ENOUGH = 6  # of one look
STEP = 4  # dots
CRISPEST = 2.0  # more, and what is wrong is seen more than what is right


@dataclass(frozen=True)
class Fidelity:
    """Means over clips at the encoder's size; changes are mean absolute ones of neighbouring frames, 0..255.

    `psnr_pooled` is of the mean square error over all clips. `bicubic` and `linear` are the PSNR of the same clips made
    smaller to as many numbers and back, and of a principal component analysis of as many numbers.
    """

    psnr: float
    psnr_pooled: float
    ssim: float
    bicubic: float
    linear: float
    change: float
    change_of_source: float
    change_at_seams: float  # between the groups of four that latent frames stand for
    median_change: float


def measure_file(tokenizer: Path | None, data: Path, clips: int, fitted: Path | None = None) -> Fidelity:
    """The same as `measure` of a tokenizer's file, or of the shipped one. Raises InputError if it cannot be read."""
    path = weights_path(tokenizer or SHIPPED / "tokenizer.safetensors")
    return measure(load_tokenizer(path), data, clips, fitted=fitted)


def measure(
    tokenizer: Tokenizer, data: Path, clips: int = 64, length: int = 17, seed: int = 0, fitted: Path | None = None
) -> Fidelity:
    """Encode and decode clips of a folder of shards.

    The components that it is compared with are fitted to another folder's, or else to these: that flatters them.
    """
    pool = Pool(data, 600, seed)
    rows = []
    axes = _principal(Pool(fitted, 600, seed) if fitted else pool, tokenizer.config.channels)
    for _ in range(clips):
        video = small(pool.batch(length, 1))
        with torch.inference_mode():
            made = small(tokenizer.decode(tokenizer.encode(video))).clamp(-1, 1)
        change = (made[0, 1:] - made[0, :-1]).abs().mean((1, 2, 3)) * 127.5
        source = (video[0, 1:] - video[0, :-1]).abs().mean((1, 2, 3)) * 127.5
        seams = change[::GROUP]  # from picture 0 to 1, 4 to 5...
        rows.append(
            (
                psnr(made, video), float((made - video).square().mean()), ssim(made[0], video[0]),
                psnr(_bicubic(video, tokenizer.config.channels), video), psnr(_linear(video, axes), video),
                float(change.mean()), float(source.mean()), float(seams.mean()), float(change.median()),
            )
        )  # fmt: skip
    mean = np.mean(rows, 0)
    pooled = -10 * np.log10(mean[1] / 4)
    return Fidelity(*(round(float(value), 3) for value in (mean[0], pooled, *mean[2:])))


def psnr(a: Tensor, b: Tensor) -> float:
    """Decibels between pictures in -1..1."""
    return float(-10 * torch.log10(((a - b).square().mean() / 4).clamp_min(1e-10)))


def ssim(a: Tensor, b: Tensor) -> float:
    """Structural similarity of the brightness of pictures (T, H, W, 3), Gaussian window of 11 (Wang et al. 2004)."""
    ramp = torch.arange(11) - 5.0
    window = torch.exp(-ramp.square() / (2 * 1.5**2))
    window = (window / window.sum())[None, None]
    share = torch.tensor([0.299, 0.587, 0.114])
    x, y = (((part + 1) / 2 * share).sum(-1)[:, None] for part in (a, b))

    def blurred(x: Tensor) -> Tensor:
        return F.conv2d(F.conv2d(x, window[..., None, :]), window[..., None])

    mx, my = blurred(x), blurred(y)
    vx, vy, both = blurred(x * x) - mx * mx, blurred(y * y) - my * my, blurred(x * y) - mx * my
    c1, c2 = 0.01**2, 0.03**2
    return float(((2 * mx * my + c1) * (2 * both + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2))).mean())


def _bicubic(video: Tensor, channels: int) -> Tensor:
    """Made smaller until as many numbers are left as the latents have (in the long run), and large again."""
    share = channels / (GROUP * 3 * PATCH * PATCH)
    frames = video[0].permute(0, 3, 1, 2)
    tiny = F.interpolate(frames, scale_factor=share**0.5, mode="bicubic", antialias=True)
    return F.interpolate(tiny, frames.shape[2:], mode="bicubic").permute(0, 2, 3, 1)[None].clamp(-1, 1)


def _principal(pool: Pool, channels: int) -> list[tuple[Tensor, Tensor]]:
    parts = [to_patches(small(pool.batch(9, 4))) for _ in range(24)]
    axes = []
    for index in range(2):
        patches = torch.cat([part[index].flatten(0, -2) for part in parts])
        mean = patches.mean(0)
        axes.append((mean, torch.pca_lowrank(patches - mean, channels, center=False, niter=3)[2]))
    return axes


def _linear(video: Tensor, axes: list[tuple[Tensor, Tensor]]) -> Tensor:
    patches = to_patches(video)
    made = [mean + (part - mean) @ v @ v.T for part, (mean, v) in zip(patches, axes, strict=True)]
    h, w = patches[0].shape[2:4]
    return from_patches(made[0].flatten(2, 3), made[1].flatten(2, 3), h, w, PATCH).clamp(-1, 1)


def settle(tokenizer: Tokenizer, pool: Pool) -> None:
    """Set the latents' mean and scale: the more a channel paints, the larger it is.

    The deviation of a channel becomes the root of what a change of it by one deviation does to the picture, relative to
    the mean of all. Noise then hides the fine channels first, as it hides the fine detail of a picture first, and the
    transformer's loss weighs them by what they are worth.
    """
    with torch.no_grad():
        videos = [small(pool.batch(min(length, pool.longest()), 4)) for length in (1, 9, 9, 17) * 12]
        raw = torch.cat([tokenizer.encoder(*to_patches(video)).flatten(0, -2) for video in videos])
        mean, std = raw.mean(0), raw.std(0)
        square, count = torch.zeros_like(std), 0
        for video in videos[1::8]:
            sample = tokenizer.encoder(*to_patches(video))
            base = _painted(tokenizer, sample)
            count += base.numel()
            for channel in range(len(std)):
                changed = sample.clone()
                changed[..., channel] += 0.5 * std[channel]
                square[channel] += (_painted(tokenizer, changed) - base).square().sum()
        moved = (square / count).sqrt()
        scale = (moved / moved.mean().clamp_min(1e-12)).sqrt().clamp(*SCALES)
        tokenizer.mean.copy_(mean)
        tokenizer.std.copy_(std.clamp_min(LEAST) / scale)
    align(tokenizer, pool)


def align(tokenizer: Tokenizer, pool: Pool, batches: int = 60) -> None:
    """Turn the latents of four pictures: of four equal ones they become as near to those of one as turning brings them.

    The orthogonal matrix of least squares (Schönemann 1966). Both kinds begin as principal components of their own,
    equal but for signs and order at best: of what they say, channel by channel, less than nothing was common.
    """
    tokenizer.turn.copy_(torch.eye(len(tokenizer.turn)))
    tokenizer.offset.zero_()
    ones, fours = [], []
    with torch.no_grad():
        for _ in range(batches):
            both = tokenizer.encode(small(pool.batch(1, 4)).expand(-1, 1 + GROUP, -1, -1, -1)).double()
            ones.append(both[:, 0].flatten(0, -2))
            fours.append(both[:, 1].flatten(0, -2))
        one, four = torch.cat(ones), torch.cat(fours)
        left, _, right = torch.linalg.svd((one - one.mean(0)).T @ (four - four.mean(0)))
        turn = left @ right
        tokenizer.turn.copy_(turn)
        tokenizer.offset.copy_(one.mean(0) - turn @ four.mean(0))


def _painted(tokenizer: Tokenizer, raw: Tensor) -> Tensor:
    return tokenizer.decoder.paint(raw).pictures[:, 1:].float()


def settle_contrast(tokenizer: Tokenizer, pool: Pool, pictures: int = PICTURES) -> None:
    """Give what the decoder guesses of each look the contrast of the renders: mean steps over STEP dots are equal.

    Looks of which there are too few pictures get what all together need.
    """
    look = tokenizer.decoder.look
    look.contrast.zero_()
    found: dict[int, list[Tensor]] = {}
    with torch.no_grad():
        for _ in range(0, pictures, AT_A_TIME):
            drawn = pool.draw(1, AT_A_TIME)
            words = cast_words(tokenizer.vocabulary, drawn.casts)
            rows, columns = drawn.video.shape[2] // DOT, drawn.video.shape[3] // DOT
            dots = F.avg_pool2d(look(drawn.blocking[:, 0, 0], words, drawn.known, rows, columns).guess, DOT)
            wanted = F.avg_pool2d(drawn.video[:, 0].movedim(-1, 1), DOT)
            steps = [_steps(part) for part in (wanted, dots, crisp(dots, torch.ones(len(dots))))]
            for word, known, *each in zip(words[:, 0, LOOK].tolist(), drawn.known, *steps, strict=True):
                if known:
                    found.setdefault(word, []).append(torch.stack(each))
    if found:
        look.contrast.fill_(_missing([each for looks in found.values() for each in looks]))
        for word, looks in found.items():
            if len(looks) >= ENOUGH:
                look.contrast[word] = _missing(looks)


def _steps(pictures: Tensor) -> Tensor:
    """(M,): the mean step of brightness over STEP dots to the right, of pictures (M, 3, rows, columns)."""
    grey = pictures.clamp(-1, 1).mean(1)
    return (grey[..., STEP:] - grey[..., :-STEP]).abs().mean((1, 2))


def _missing(looks: list[Tensor]) -> float:
    """How crisp pictures have to be whose steps are the second of each three, if with 1 they are the third, to have the
    first.
    """
    wanted, plain, once = torch.stack(looks).mean(0).tolist()
    return min(max((wanted - plain) / max(once - plain, 1e-6), 0.0), CRISPEST)


def export_tokenizer(run: Path, out: Path, data: Path, preset_name: str, seed: int = 0) -> str:
    """Write a run's averaged weights, with settled scales unless its encoder was left as it was, and with the contrast
    that what is guessed lacks; gives the digest.
    """
    config, folder = preset(preset_name), Run(run)
    frozen = Run.facts_in(run).get("frozen", "0") == "1"
    tokenizer = load_tokenizer(folder.folder / INIT) if frozen else Tokenizer(config.tokenizer)
    with safe_open(folder.checkpoint, "pt") as file:
        held = set(file.keys())
    for name, value in tokenizer.named_parameters():  # what was not taught is as in the file that the run began with
        value.requires_grad_(f"master.{name}" in held or not frozen)
    weights = TrainedWeights(tokenizer)
    facts = weights.load(folder.checkpoint, further=False)
    with weights.averaged_network():
        if not frozen:
            settle(tokenizer, Pool(data, 400, seed))
        said = facts.get("vocabulary")
        tokenizer.vocabulary = vocabulary = Vocabulary.from_json(said) if said else None
        if vocabulary:
            tokenizer.eval()
            settle_contrast(tokenizer, Pool(data, 400, seed))
        return save_tokenizer(out, tokenizer.state_dict(), config, vocabulary, steps=facts["steps"])
