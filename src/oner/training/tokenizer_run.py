"""Teaches the tokenizer: pictures of the worlds in, the same pictures at twice the size out."""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import InputError
from ..media import contact_sheet, replacing, save_png
from ..model.blocking import cast_words
from ..model.checkpoint import load_native, load_tokenizer
from ..model.fine_blocking import Told
from ..model.flow import noised
from ..model.operations import CARRY, LEAN
from ..model.presets import ModelConfig, preset
from ..model.sampler import Settings
from ..model.tokenizer import CELLS, GROUP, PATCH, Tokenizer, sampled, to_patches
from ..model.transformer import window_positions
from .adversary import Duel
from .allocation import keep_memory
from .cost import tokenizer_flops
from .looks import LEAST_BODIES, actors_in, guessed, loss_of_looks
from .pool import Drawn, Pool
from .precision import PRECISIONS, chosen_precision, compile_in_place
from .processes import Processes, processes
from .run import Run, rate_at
from .weights import TrainedWeights

AVERAGE = 0.995  # share of the averaged weights that a step keeps, once there were enough
NOISE = 0.05  # deviations of noise on the latents, so that the decoder forgives what the transformer gets wrong
LENGTHS = (9, 17, 17, 33)  # pictures of the clips in a batch
LOOKS_TURN = 100  # steps of `looks` between two turns of the pool
LOOKED_AT = 2.0  # single pictures for each latent frame of a batch, in the steps of `looks`
LOOKS = 0.5  # weight of that lesson in all later steps
PLACES = 1 / 16  # share of their places that count
BESIDE = 12  # pictures whose places count in later steps, if they are more
LEAST = 1e-3  # deviation of a latent channel: one that says nothing is divided by it all the same
ADVERSARY = "adversary.safetensors"  # in a run's folder: the adversary's checkpoint
INIT = "init.safetensors"  # in a run's folder: the file that it began with
MOVES = 2.0  # weight of the moves' distance from optical flow, in latent pixels: at 0.2 none were found in 1,250 steps
STILLS = 0.3  # share of batches of single pictures
FORESEEN = 0.75  # share of batches, where there is a model, that are what it foresees of noised latents; all, if told
FROM, TO, HIGHEST = 0.2, 0.6, 0.8  # noise levels of those: of the last step, and of one before it
UNJUDGED = (0.3, 1.0)  # without an adversary: of one step, from which the mean of what may be there is learned
SAMPLED = 0.6  # share of those that go the way down as sampling does, from a level where little is decided
WALK = (0.97, 0.9, 0.8, 0.67, 0.5, 0.28, 0.0)  # its levels; half of the walks leave the first out
GUIDANCE = Settings.guidance
ANCHOR = 3.0  # weight of staying at the colours that are painted, where the render is another scene
BODIES = 0.5  # weight of the actors beside the whole picture: small, and what is looked at
SEAMS = 4.0  # weight of edges of latent pixels that are seen
WIDTHS = (1, 4, 8)  # pixels on both sides of an edge whose means are compared
AROUND = 3  # latent pixels a side of the places whose colours those are: less, and edges between them could not go
UNTOLD = 0.25  # share of batches of which the decoder is not told how camera and actors move


@dataclass(frozen=True)
class TokenizerRun:
    """What to do: `steps` batches of about `frames` latent frames; `minutes` ends this process earlier, and `in_all`
    the run, however often it was begun again.

    `init` is a tokenizer's file to begin with; `frozen` leaves its encoder as it is, so that latents stay valid.
    `model` is the file of a model on that tokenizer's latents: the decoder then also learns from what the model
    foresees of noised ones, which is what it will be shown.
    In the first `looks` steps only what the decoder is told of places is learned, from single pictures.
    `every` and `log` are the steps between measurements and between lines of metrics, `save` the seconds between
    checkpoints.
    """

    data: Path
    folder: Path
    preset: str = "base"
    init: Path | None = None
    frozen: bool = False
    model: Path | None = None
    adversary: float = 0.0
    looks: int = 0
    steps: int = 6000
    frames: int = 15
    rate: float = 1e-3
    minutes: float | None = None
    in_all: float | None = None
    threads: int | None = None
    compile: bool = False
    samples: int = 3000  # held in memory at a time
    seed: int = 0
    every: int = 250
    precision: str = "fp32"
    log: int = 25
    save: float = 180.0


def train_tokenizer(options: TokenizerRun, report: Callable[[str], None]) -> Path:
    """Train, or go on with training; gives the run's folder. Raises InputError if there is no data."""
    if options.threads:
        torch.set_num_threads(options.threads)
    keep_memory()
    config = preset(options.preset)
    with processes() as crew:
        run = Run(options.folder, options.save, crew.main)
        torch.manual_seed(options.seed)
        facts = run.facts()
        if facts.get("frozen", "0") != str(int(options.frozen)) and facts:
            raise InputError(f"{run.folder} was begun {'with' if options.frozen else 'without'} training its encoder; "
                             "choose another --run folder")  # fmt: skip
        tokenizer = begun(run, config, options)
        turn = turn_at(int(facts.get("steps", 0)), options)
        pool = Pool(options.data, options.samples, options.seed, turn)
        if not facts and not options.init:
            start_from_pca(tokenizer, [pool.batch(min(LENGTHS[0], pool.longest()), 4) for _ in range(24)])
        precision, matrices = chosen_precision(facts.get("precision", options.precision), crew.device)
        tokenizer.to(crew.device)
        for value in tokenizer.decoder.parameters():
            value.data = value.data if value.requires_grad else value.data.to(PRECISIONS[precision])
        weights = TrainedWeights(tokenizer, PRECISIONS[precision], average=AVERAGE)
        run.resume(weights)
        if options.compile and not compile_in_place(tokenizer.encoder, tokenizer.decoder):
            report("no C++ compiler (g++ or clang++) for --compile: training goes on without")
        with run.stoppable():
            _Loop(options, run, crew, tokenizer, weights, pool, precision, matrices).go(report)
    return run.folder


def begun(run: Run, config: ModelConfig, options: TokenizerRun) -> Tokenizer:
    """The tokenizer that a run begins with; a copy of the file that it began with stays in its folder.

    Raises InputError if the file is of other sizes, or if there is none for an encoder that is not to change.
    """
    copy = run.folder / INIT
    if options.init and not copy.exists() and run.main:
        with replacing(copy) as temporary:
            shutil.copyfile(options.init, temporary)
    if not options.init:
        if options.frozen or options.model:
            wanted = "--freeze-encoder" if options.frozen else "--model"
            raise InputError(f"{wanted} needs --init: an encoder that was trained before")
        return Tokenizer(config.tokenizer)
    if options.model and not options.frozen:
        raise InputError("--model needs --freeze-encoder: the model knows the latents of that encoder only")
    tokenizer = load_tokenizer(options.init).train().requires_grad_(True)
    if tokenizer.config != config.tokenizer:
        raise InputError(f"{options.init} is not of preset {options.preset}: name its preset with --preset")
    tokenizer.encoder.requires_grad_(not options.frozen)
    tokenizer.decoder.look.field.requires_grad_(options.looks > 0)  # Adagrad's first steps are large
    if options.adversary and options.frozen:  # at fixed places of its patches it would draw dots, which have contrast
        for layer in (tokenizer.decoder.paint_first, tokenizer.decoder.paint_group):
            layer.requires_grad_(False)
    return tokenizer


def turn_at(step: int, options: TokenizerRun) -> int:
    """Which turn of the pool a step draws from; single pictures are soon seen."""
    looks = min(step, options.looks)
    return looks // LOOKS_TURN + (step - looks) // (2 * options.every)


class _Loop:
    """The steps of one run in this process."""

    def __init__(
        self, options: TokenizerRun, run: Run, crew: Processes, tokenizer: Tokenizer, weights: TrainedWeights,
        pool: Pool, precision: str, matrices: float,
    ) -> None:  # fmt: skip
        self.options, self.run, self.crew, self.tokenizer = options, run, crew, tokenizer
        self.weights, self.pool, self.matrices = weights, pool, matrices
        dtype = PRECISIONS[precision]
        self.duel = None
        if options.adversary:
            if crew.count > 1:
                raise InputError("--adversary is for one process: start it without torchrun")
            words = preset(options.preset).text.width
            self.duel = Duel(options.adversary, dtype, crew.device, options.seed, words)
            self.duel.resume(run.folder / ADVERSARY)
        self.network = crew.together(Reconstruction(tokenizer, crew, self.duel), unused=True)
        self.model = Foresight(options.model, options.init, crew.device, dtype) if options.model else None
        if self.model:
            tokenizer.vocabulary = self.model.model.vocabulary
        self.facts = {"preset": options.preset, "precision": precision, "kind": "tokenizer",
                      "data": str(options.data), "frozen": str(int(options.frozen))}  # fmt: skip
        if tokenizer.vocabulary is not None:
            self.facts["vocabulary"] = tokenizer.vocabulary.to_json()

    def go(self, report: Callable[[str], None]) -> None:
        options, run, weights = self.options, self.run, self.weights
        seen, flops, since = 0, 0, time.monotonic()
        while weights.steps < options.steps:
            if self.crew.any(run.stopped or run.over(options.minutes, options.in_all)):
                break
            drawn, seed = self._batch(weights.steps)
            loss, error, norm = self._step(drawn, seed)
            shape = drawn.video.shape
            seen += shape[0] * (1 + shape[1] // GROUP)
            if weights.steps > options.looks:  # before, hardly anything is products
                flops += tokenizer_flops(self.tokenizer.config, shape)
            pace = time.monotonic() - since
            step = weights.steps
            if step == 1 or step % options.log == 0:
                told = {"adversary_right": self.duel.told} if self.duel else {}
                run.write(step=step, loss=loss, error=error, norm=norm, rate=seen / pace, **told,
                          share_of_matrix_rate=flops / pace / self.matrices / self.crew.count)  # fmt: skip
            if step == 1 or step % options.every == 0 or step == options.steps:
                report(f"step {step}: loss {loss:.4f}, {-10 * np.log10(error / 4):.2f} dB, "
                       f"{seen / pace:.1f} latent frames a second")  # fmt: skip
                self._sheet(step)
            self.pool.refresh(turn_at(step, options))
            if self.crew.any(run.due()):
                self._save()
        self._save()
        if run.stopped:
            report(f"stopped after step {weights.steps}; saved")
            raise KeyboardInterrupt

    def _batch(self, step: int) -> tuple[Drawn, int]:
        """The global batch of a step, whoever takes it, and the seed of its noise."""
        rng = np.random.default_rng([self.options.seed, step])
        if step < self.options.looks:
            return self.pool.draw(1, round(LOOKED_AT * self.options.frames), rng), int(rng.integers(2**62))
        length = 1 if rng.random() < STILLS else min(int(rng.choice(LENGTHS)), self.pool.longest())
        drawn = self.pool.draw(length, max(1, self.options.frames // (1 + length // GROUP)), rng)
        return drawn, int(rng.integers(2**62))

    def _step(self, drawn: Drawn, seed: int) -> tuple[float, float, float]:
        options, crew, video = self.options, self.crew, drawn.video
        rows = crew.rows(len(video))
        share = (rows.stop - rows.start) * crew.count / len(video)
        if not share:
            rows = slice(0, 1)
        config, shape = self.tokenizer.config, video.shape
        noise = torch.randn(
            (shape[0], 1 + shape[1] // GROUP, shape[2] // PATCH // config.scale, shape[3] // PATCH // config.scale,
             config.channels), generator=torch.Generator().manual_seed(seed),
        )  # fmt: skip
        video = video[rows]
        shown = small(video)
        video, noise, foreseen = video.to(crew.device), noise[rows].to(crew.device), None
        rng = np.random.default_rng([seed % 2**32, rows.start])
        looks = self.weights.steps < options.looks
        told = drawn.known & (looks or bool(rng.random() >= UNTOLD))
        told, blocking = told[rows].to(crew.device), drawn.blocking[rows].to(crew.device)
        if not (looks or told.all()):  # what is told of some only is told of none
            told = torch.zeros_like(told)
        if self.model and not looks and (told.all() or rng.random() < FORESEEN):
            words = drawn.texts[rows], drawn.casts[rows]
            walk = None if self.duel or told.all() else (float(rng.uniform(*UNJUDGED)), 0.0)
            foreseen = self.model(self.tokenizer, shown.to(crew.device), noise, rng, blocking, told, *words, walk)
            if told.all():  # a place is the same whoever films it, so that is what is to be seen in any case
                foreseen = foreseen._replace(same=True)
        same, seen = foreseen is None or foreseen.same, None
        if same and video.shape[1] > 1:  # of another scene the render's flow says nothing
            seen = [part.to(crew.device) for part in motion(shown)]
        words = self.model.scenes(drawn.casts[rows]) if self.model and self.duel else None
        said = self._told(blocking, drawn.casts[rows], told, noise.shape)
        loss, error = self.network(video, NOISE * noise, seen, foreseen, said, words, seed, looks)
        (share * loss).backward()
        norm = self.weights.step(rate_at(self.weights.steps, options.steps, options.rate))
        loss, error = crew.mean(torch.stack([share * loss.detach(), share * error])).tolist()
        return loss, error, norm

    def _told(self, blocking: Tensor, casts: list[list[list[str]]], known: Tensor, shape: Sequence[int]) -> Told:
        """What the decoder is told of a batch, whose latents are of a `shape` (B, F, h, w, C)."""
        words = None
        if self.tokenizer.vocabulary is not None:
            words = cast_words(self.tokenizer.vocabulary, casts).to(blocking.device)
            words = words[:, None].expand(-1, shape[1], -1, -1)
        return Told.of(blocking, *shape[2:4], words, known)

    def _save(self) -> None:
        if self.duel:
            self.duel.save(self.run.folder / ADVERSARY)
        self.run.save(self.weights, self.facts)

    def _sheet(self, step: int) -> None:
        """Pictures, what the decoder guesses of what it is told, what comes back of them and, where there is a model,
        of what it foresees of them.
        """
        if self.crew.main:
            with self.weights.averaged_network():
                drawn = self.pool.draw(min(LENGTHS[0], self.pool.longest()), 3, np.random.default_rng(0))
                video, blocking, known = (
                    part.to(self.crew.device) for part in (drawn.video, drawn.blocking, drawn.known)
                )
                latents = self.tokenizer.encode(small(video))
                told = self._told(blocking, drawn.casts, known, latents.shape)
                made = [guessed(self.tokenizer, told, video.shape), self.tokenizer.decode(latents, told, CARRY, LEAN)]
                if self.model:
                    generator = torch.Generator().manual_seed(0)
                    noise = torch.randn(latents.shape, generator=generator).to(self.crew.device)
                    chance, words = np.random.default_rng(0), (drawn.texts, drawn.casts)
                    for walk in ((0.35, 0.0), WALK):
                        raw = self.model(self.tokenizer, small(video), noise, chance, blocking, known, *words, walk)
                        made.append(self.tokenizer.decoder(raw.latents, told, CARRY, LEAN))
                path = self.run.sheets / f"{step:06d}.png"
                write_sheet([video, *made], path)
                self.run.show(step, path)


class Reconstruction(nn.Module):
    """The tokenizer's loss as a network, so that processes can share its gradients."""

    def __init__(self, tokenizer: Tokenizer, crew: Processes, duel: Duel | None = None) -> None:
        super().__init__()
        self.tokenizer, self.crew, self.duel = tokenizer, crew, duel

    def forward(
        self, video: Tensor, noise: Tensor, seen: list[Tensor] | None, foreseen: "Foreseen | None",
        told: Told, words: Tensor | None, seed: int, alone: bool,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        pictures = video.shape[0] * video.shape[1]
        share = PLACES if alone else PLACES * min(1.0, BESIDE / pictures)
        looks, missed = loss_of_looks(self.tokenizer, video, told, seed, share)
        if alone:
            return looks, missed
        loss, error = loss_of(self.tokenizer, video, noise, seen, self.crew, foreseen, told, self.duel, words)
        return loss + LOOKS * looks, error


class Foreseen(NamedTuple):
    """Latents (B, F, h, w, C), not normalised; `same` if what they show is to be the scene that they came from."""

    latents: Tensor
    same: bool = True


class Foresight:
    """What a model foresees of latents behind noise: the mean of all that may be there, in which sampling ends."""

    def __init__(
        self, model: Path, tokenizer: Path, device: torch.device, dtype: torch.dtype = torch.float32
    ) -> None:  # fmt: skip
        self.model = load_native(model, tokenizer).to(device)
        for value in (*self.model.text.parameters(), *self.model.transformer.parameters()):
            value.data = value.data.to(dtype)

    def __call__(
        self, tokenizer: Tokenizer, video: Tensor, noise: Tensor, rng: np.random.Generator, blocking: Tensor,
        told: Tensor, texts: list[str], casts: list[list[list[str]]], walk: Sequence[float] | None = None,
    ) -> Foreseen:  # fmt: skip
        """What is foreseen of (B, T, H, W, 3) in -1..1 behind `noise` (B, F, h, w, C), by default of a random level.

        The model is told the captions and, where `told` (B,), the `blocking` (B, F, 2, N). It goes down a `walk` of
        levels: in one step, in two, so that what it foresees is its own, or all the way as sampling does, with
        guidance. What is behind the highest levels is another scene of the same words and blocking.
        """
        model, device = self.model, noise.device
        if walk is None:
            last, chance = float(rng.uniform(FROM, TO)), rng.random()
            walk = [last, 0.0] if chance < (1 - SAMPLED) / 2 else [float(rng.uniform(last, HIGHEST)), last, 0.0]
            if chance >= 1 - SAMPLED:
                walk = WALK[int(rng.integers(2)) :]
        guided = walk[0] > HIGHEST
        with torch.no_grad():
            latents = tokenizer.encode(video)
            b, f = latents.shape[:2]
            ids, mask = (part.to(device) for part in model.vocabulary.encode([*texts, ""], model.config.text.length))
            words = model.text.embedded(cast_words(model.vocabulary, [*casts, []]).to(device))
            prompt_of = torch.arange(b, device=device)[:, None].expand(b, f)
            told = told[:, None].expand(b, f)
            if guided:
                prompt_of = torch.cat([prompt_of, torch.full_like(prompt_of, b)])
                blocking, told = torch.cat([blocking, blocking]), torch.cat([told, told])
            rows = len(prompt_of)
            positions, single = (part.expand(rows, -1).to(device) for part in window_positions(list(range(f))))
            drafts = model.transformer.draft((blocking, told, words), prompt_of, single.long(), *latents.shape[2:4])
            text, given = model.text(ids, mask), torch.zeros_like(single)
            x = noised(latents, noise, torch.full((b, f), walk[0], device=device))
            for level, lower in pairwise(walk):
                levels = torch.full((rows, f), level, device=device)
                velocity = model.transformer(
                    x.repeat(rows // b, 1, 1, 1, 1), levels, given, text, mask, prompt_of, positions, single,
                    blocking=drafts,
                )  # fmt: skip
                if guided:
                    conditional, unconditional = velocity.chunk(2)
                    velocity = unconditional + GUIDANCE * (conditional - unconditional)
                x = x + (lower - level) * velocity
            return Foreseen(tokenizer.raw(x), not guided)

    def scenes(self, casts: list[list[list[str]]]) -> Tensor:
        """The mean of each scene's words (B, text width)."""
        device = self.model.text.words.weight.device
        with torch.no_grad():
            return self.model.text.embedded(cast_words(self.model.vocabulary, casts).to(device))[:, 0].float().mean(1)


def small(video: Tensor) -> Tensor:
    """The encoder's picture: means of 2 x 2 pixels of (B, T, 2H, 2W, 3)."""
    b, t, h, w, c = video.shape
    return video.reshape(b, t, h // 2, 2, w * c).mean(3).reshape(b, t, h // 2, w // 2, 2, c).mean(4)  # rows first: fast


def loss_of(
    tokenizer: Tokenizer, video: Tensor, noise: Tensor | None = None, seen: Sequence[Tensor] | None = None,
    crew: Processes | None = None, foreseen: Foreseen | None = None, told: Told | None = None,
    duel: Duel | None = None, words: Tensor | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The loss on (B, T, 2H, 2W, 3) in -1..1, and the mean square error of the small picture.

    Absolute error of the large picture and of its steps in time and space, square error of the small one, and the
    moves' distance from optical flow (`seen`, see `motion`), without which large moves are never found.
    `noise` (B, F, h, w, C) is added to the latents, in deviations that are followed while the encoder learns. What is
    `foreseen` is decoded in place of the encoder's latents, `told` is what the decoder is told of camera and actors,
    and of what is foreseen it leans on that as in sampling. What a `duel`, told the scenes' `words`, says of the
    pictures is added. What is foreseen of another scene only the duel judges; colours stay as they are painted, and
    the actors, which are told, are to look as they do in the render.
    """
    if foreseen is None:
        raw = tokenizer.encoder(*to_patches(small(video)))
        if noise is not None:
            if raw.requires_grad:
                follow(tokenizer, raw.detach(), crew or Processes())
            raw = raw + (tokenizer.std * noise).to(raw.dtype)
    else:
        raw = foreseen.latents
    same = foreseen is None or foreseen.same
    painted = tokenizer.decoder.paint(raw, told)
    lean = 0.0 if foreseen is None else LEAN
    made = tokenizer.decoder.together(painted, told=told, carry=CARRY, lean=lean)
    miss = (made - video.to(made.dtype)).float()
    error = small(miss).square().mean()
    if same:
        slope = sum(weight * miss.diff(dim=dim).abs().sum() for dim, weight in ((1, 2.0), (2, 1.0), (3, 1.0)))
        loss = miss.abs().mean() + 6.0 * error + 0.25 * slope / miss.numel()
    else:
        change = (made - painted.pictures.detach()).float().flatten(0, 1).movedim(-1, 1)
        room = min(AROUND * 2 * PATCH, *video.shape[2:4])
        loss = ANCHOR * F.avg_pool2d(change, room, 2 * PATCH).abs().mean()
    loss = loss + SEAMS * seams(made, tokenizer.decoder.side)
    of_pictures = loss
    if told is not None:
        shown = actors_in(told, made.shape)
        loss = loss + BODIES * (shown * miss.abs()).mean() / shown.mean().clamp_min(LEAST_BODIES)
    if duel is not None:
        loss = loss + duel(made, video, of_pictures, None if told is None else told.moves, words, same)
    if seen is not None:
        flow, trust = seen
        loss = loss + MOVES * (trust * (painted.moves[:, :, :, :2].float() - flow)).abs().mean()
    return loss, error.detach()


def seams(pictures: Tensor, side: int) -> Tensor:
    """How much larger steps are at edges of latent pixels, every `side` pixels of (B, T, H, W, 3), than beside them.

    A step is the difference of the means of some pixels on both sides. Where it is no larger at an edge than half a
    latent pixel away, no edge is seen.
    """
    x, found = pictures.float().mean(-1).flatten(0, 1)[:, None], [pictures.new_zeros(())]
    for turned in (part for part in (x, x.mT) if part.shape[2] > side):
        for width in WIDTHS:
            mean = F.avg_pool2d(turned, (width, 1), stride=1) if width > 1 else turned
            step = (mean[:, :, width:] - mean[:, :, :-width]).abs()  # step i is between i + width - 1 and i + width
            lines = torch.arange(side, turned.shape[2], side, device=x.device) - width
            edge = step[:, :, lines]
            beside = (step[:, :, lines - side // 2] + step[:, :, (lines + side // 2).clamp(max=step.shape[2] - 1)]) / 2
            edge, beside = (F.avg_pool2d(part, (1, side)) for part in (edge, beside.detach()))
            found.append(F.relu(edge - beside).mean())
    return torch.stack(found).sum() / (2 * len(WIDTHS))


def motion(video: Tensor) -> tuple[Tensor, Tensor]:
    """Moves (B, G, 4, 2, h * CELLS, w * CELLS) of clips (B, T, H, W, 3) as `Decoder.together` takes them, and how far
    to trust them (one channel, 0..1): optical flow from each picture to the last one before its group.

    Dense inverse search (Kroeger et al. 2016), each picture's flow begun with that of the one before.
    """
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    clips = ((video.detach().float().clamp(-1, 1) + 1) * 127.5).byte().cpu().numpy()
    moves, pairs = [], []
    for clip in clips:
        grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in clip]
        for before in range(0, len(grey) - 1, GROUP):
            flow = None
            for now in grey[before + 1 : before + 1 + GROUP]:
                flow = search.calc(now, grey[before], flow)
                moves.append(flow.copy())
                pairs.append((grey[before], now))
    side = PATCH // CELLS
    flows = torch.from_numpy(np.stack(moves)).movedim(-1, 1)  # (B * 4G, 2, H, W)
    before, now = (torch.from_numpy(np.stack(part)).float()[:, None] for part in zip(*pairs, strict=True))
    missed = F.avg_pool2d((sampled(before, flows) - now).abs(), side)
    shape = (len(clips), -1, GROUP)
    moves, trust = F.avg_pool2d(flows, side) / PATCH, (-missed / 12).exp()
    return moves.reshape(*shape, *moves.shape[1:]), trust.reshape(*shape, *trust.shape[1:])


def follow(tokenizer: Tokenizer, raw: Tensor, crew: Processes) -> None:
    """Move the tokenizer's mean and deviation towards those of the latents (B, F, h, w, C) of all processes."""
    flat = raw.float().flatten(0, -2)
    mean = crew.mean(flat.mean(0))
    variance = crew.mean((flat - mean).square().mean(0))
    tokenizer.mean.lerp_(mean, 0.05)
    tokenizer.std.lerp_(variance.sqrt().clamp_min(LEAST), 0.05)


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
            known = min(channels, width)  # of a network narrower than its latents the rest begins unused
            # In fp64: products of fp32 differ with where in memory they lie, and equal runs would begin differently.
            patches, large = patches.double(), large.double()
            mean = patches.mean(0)
            _, sizes, axes = torch.pca_lowrank(patches - mean, min(width, *patches.shape), center=False, niter=3)
            found = int((sizes > 1e-3 * sizes[0]).sum())  # few patches have few directions; the rest begins unused
            sizes, axes, known = sizes[:found], axes[:, :found], min(known, found)
            gain = (len(patches) ** 0.5 / sizes) ** 0.5  # halfway to equal variances
            read.weight.zero_()
            read.weight[:found] = axes.T * gain[:, None]
            read.bias.zero_()
            read.bias[:found] = -(read.weight[:found].double() @ mean)
            code = (patches - mean) @ axes[:, :known] * gain[:known]
            shift = large.mean(0)
            paint.weight.normal_(std=0.002)
            paint.weight[:, :known] = torch.linalg.lstsq(code, large - shift).solution.T
            paint.bias.copy_(shift)
        eye = torch.eye(channels, encoder.to_latent.weight.shape[1])
        encoder.to_latent.weight.copy_(eye)
        encoder.to_latent.bias.zero_()
        decoder.from_latent.weight.copy_(torch.eye(decoder.from_latent.weight.shape[0], channels))
        decoder.from_latent.bias.zero_()
        raw = torch.cat([encoder(*to_patches(small(video))).flatten(0, -2) for video in batches])
        tokenizer.mean.copy_(raw.mean(0))
        tokenizer.std.copy_(raw.std(0).clamp_min(LEAST))


def write_sheet(videos: Sequence[Tensor], path: Path) -> None:
    """Every second picture of clips (B, T, H, W, 3), the videos one below the other, as a PNG."""
    rows = [row for video in videos for row in video.float()[:, ::2]]
    tiles = [(((picture.clamp(-1, 1) + 1) * 127.5).byte().cpu().numpy(), "") for row in rows for picture in row]
    save_png(path, contact_sheet(tiles, len(rows[0]), tiles[0][0].shape[1]))
