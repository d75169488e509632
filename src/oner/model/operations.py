"""Everything that can be asked of the model, as plans for the one sampler; and pictures to latents and back.

Shape letters: F latent frames, h x w latent pixels, C channels, T pictures of H x W pixels. Latent frame 0 stands for
one picture, every other for four. Prompts are one text, or several with the latent frames that each is for.

| operation | what is given |
|---|---|
| `text_to_video`, storyboards | nothing |
| `image_to_video` | single frames: first, last, any |
| `extend` | the beginning of the clip, or its end |
| `connect` | both ends |
| `fix` | all but a range of time |
| `loop` | nothing, but the last frame is followed by the first |
| `remix` | no frame, but the clip begins half noised |
| `varied` | as before, with noise near that of the first take |
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ..errors import RequestError
from ..timing import Span
from .blocking import cast_words
from .fine_blocking import Told
from .sampler import Plan
from .tokenizer import GROUP

CARRY = 0.0  # added, where the camera is told, to the logit of the share of the picture before
LEAN = 1.0  # there, too: the share of what fields remember; what is painted of sampled latents stands still
ROUND = 32  # latent frames that a short loop is decoded before it is shown
TOLD_ROUND = 4  # and where camera and actors are told: little is carried along there
Prompts = str | Sequence[tuple[str, Span]]  # spans in latent frames, covering the clip in order
STRENGTHS = {"subtle": 0.25, "mild": 0.5, "strong": 0.75}  # how far a remix may go, by name


def text_to_video(prompts: Prompts, frames: int, size: tuple[int, int], seed: int) -> Plan:
    """A clip of `frames` latent frames of `size` (h, w) from words alone; several prompts make a storyboard."""
    spans = [(prompts, Span(0, frames))] if isinstance(prompts, str) else list(prompts)
    covered = [(span.start, span.end) for _, span in spans]
    edges = [0, *(end for _, end in covered)]
    if [start for start, _ in covered] != edges[:-1] or edges[-1] != frames:
        raise RequestError(f"prompts for latent frames {covered}: they cover 0 to {frames} without gap or overlap")
    prompt_of = tuple(number for number, (_, span) in enumerate(spans) for _ in range(len(span)))
    return Plan(tuple(text for text, _ in spans), prompt_of, size, seed, (False,) * frames)


def image_to_video(
    prompts: Prompts, frames: int, size: tuple[int, int], seed: int, pictures: Mapping[int, Tensor]
) -> Plan:
    """A clip that shows given pictures: latent frame -> (1, h, w, C) of `encode_picture`."""
    plan = text_to_video(prompts, frames, size, seed)
    for frame, latents in pictures.items():
        plan = keeping(plan, frame, latents)
    return plan


def extend(prompts: Prompts, latents: Tensor, by: int, seed: int, before: bool = False) -> Plan:
    """A clip (f, h, w, C) and `by` latent frames after it, or before it.

    What is extended backwards has to be encoded as no beginning (`encode_clip` with `starts=False`).
    """
    plan = text_to_video(prompts, len(latents) + by, _size(latents), seed)
    return keeping(plan, by if before else 0, latents)


def connect(prompts: Prompts, first: Tensor, second: Tensor, between: int, seed: int) -> Plan:
    """One clip, `between` latent frames that lead over, then another clip (encoded with `starts=False`)."""
    plan = text_to_video(prompts, len(first) + between + len(second), _size(first), seed)
    return keeping(keeping(plan, 0, first), len(first) + between, second)


def loop(prompts: Prompts, frames: int, size: tuple[int, int], seed: int) -> Plan:
    """A clip without beginning or end: 4 * `frames` pictures, the last followed by the first."""
    return replace(text_to_video(prompts, frames, size, seed), loop=True)


def remix(prompts: Prompts, latents: Tensor, strength: float, seed: int) -> Plan:
    """A clip made anew from another (F, h, w, C): strength 0 gives it back, 1 forgets it (SDEdit, Meng et al. 2022)."""
    plan = text_to_video(prompts, len(latents), _size(latents), seed)
    return replace(plan, latents=latents, strength=strength)


def fix(prompts: Prompts, latents: Tensor, span: Span, seed: int, strength: float = 1.0) -> Plan:
    """A clip (F, h, w, C) in which only the latent frames of `span` are made anew."""
    if not 0 <= span.start < span.end <= len(latents):
        raise RequestError(f"latent frames {span.start} to {span.end}: some of 0 to {len(latents)}")
    plan = text_to_video(prompts, len(latents), _size(latents), seed)
    given = tuple(frame not in span for frame in range(len(latents)))
    return replace(plan, latents=latents, given=given, strength=strength)


def varied(plan: Plan, seed: int, closeness: float = 0.0) -> Plan:
    """Another take of the same plan: a new seed, as close (0..1) to the old take as asked."""
    if not 0 <= closeness <= 1:
        raise RequestError(f"closeness={closeness}: it lies between 0 and 1")
    return replace(plan, seed=seed, variation=(plan.seed, closeness) if closeness else None)


def keeping(plan: Plan, frame: int, latents: Tensor) -> Plan:
    """The plan with (f, h, w, C) given from latent frame `frame` on."""
    end = frame + len(latents)
    if not 0 <= frame < end <= plan.frames:
        raise RequestError(f"latent frames {frame} to {end} are to be kept in a clip of {plan.frames}")
    if _size(latents) != plan.size:
        raise RequestError(f"given latents are {_size(latents)} large and the clip {plan.size}")
    held = torch.zeros(plan.frames, *latents.shape[1:]) if plan.latents is None else plan.latents.clone()
    held[frame:end] = latents
    given = tuple(known or frame <= number < end for number, known in enumerate(plan.given))
    return replace(plan, latents=held, given=given)


def _size(latents: Tensor) -> tuple[int, int]:
    return latents.shape[1], latents.shape[2]


# ------------------------------------------------------------------------------------------ pictures


def encode_picture(tokenizer, picture: Tensor, frame: int) -> Tensor:
    """A picture (H, W, 3) in -1..1 as latent frame `frame` of a clip, (1, h, w, C).

    At frame 0 it is one picture. Anywhere else a latent frame is four pictures: the picture stands still for them.
    """
    return encode_clip(tokenizer, picture[None].expand(1 if frame == 0 else GROUP, -1, -1, -1), starts=frame == 0)


def encode_clip(tokenizer, video: Tensor, starts: bool = True, before: Tensor | None = None) -> Tensor:
    """Pictures (T, H, W, 3) in -1..1 to latents (f, h, w, C).

    With `starts` they begin the clip: T = 1 + 4k, f = 1 + k. Without, they come later in it: T = 4k, f = k, and the
    encoder, which looks back a little, sees the pictures `before` (t, H, W, 3) first, the earliest standing still.
    """
    if starts:
        return _encoded(tokenizer, video)
    if len(video) % GROUP or not len(video):
        raise RequestError(f"{len(video)} pictures within a clip: a multiple of {GROUP}, at least {GROUP}")
    reach = tokenizer.config.encoder_layers
    past = video[:0] if before is None else before[-(1 + GROUP * reach) :]
    seen = torch.cat([past, video])
    still = seen[:1].expand(1 + GROUP * reach - len(past), -1, -1, -1)
    return _encoded(tokenizer, torch.cat([still, seen]))[1 + reach :]


def _encoded(tokenizer, video: Tensor) -> Tensor:
    weights = next(tokenizer.parameters())
    with torch.inference_mode():
        return tokenizer.encode(video[None].to(weights.device, weights.dtype))[0].float()


def decode_clip(
    tokenizer,
    latents: Tensor,
    loop: bool = False,
    plan: Plan | None = None,
    carry: float = CARRY,
    lean: float = LEAN,
    only: Span | None = None,
) -> Iterator[Tensor]:
    """Latents (F, h, w, C) to pictures (H, W, 3) uint8, one after the other; memory does not grow with their number.

    1 + 4 (F - 1) pictures, or 4 F of a `loop`: there the decoder first goes round once, or more often if the loop is
    short, until what it carries along no longer tells where it began; so the beginning follows the end as any picture
    follows another. A `plan` with blocking tells the decoder where camera and actors are and what they are called, and
    what moves with the camera is carried along more than the decoder would by itself, by `carry`, and a share `lean` of
    every picture is what is remembered of place and actors (see `Tokenizer.decode`); nothing, if the decoder was never
    taught that (it has no vocabulary then).

    Of a clip that is no loop, `only` some latent frames can be shown; those right before them are decoded, too, as many
    as a short loop is gone round for.
    """
    known = plan is not None and plan.blocking is not None
    shown = Span(0, len(latents)) if only is None else only
    before = TOLD_ROUND if known else ROUND
    warm_up = (before if known else max(before, len(latents))) if loop else min(shown.start, before)
    frames = [frame % len(latents) for frame in range(shown.start - warm_up, shown.end)]
    told = told_of(tokenizer, plan, frames) if known else None
    weights = next(tokenizer.parameters())
    stream = (latents[frame][None, None].to(weights.device, weights.dtype) for frame in frames)
    told = None if told is None else told.to(weights.device)
    lean = 0.0 if tokenizer.vocabulary is None else lean
    with torch.inference_mode():
        for number, pictures in enumerate(tokenizer.decode_stream(stream, told, carry, lean)):
            if number >= warm_up:
                yield from to_bytes(pictures[0])


def told_of(tokenizer, plan: Plan, frames: Sequence[int]) -> Told:
    """What a plan with blocking tells the decoder of latent frames in the order in which they are decoded."""
    words = None
    if plan.casts and tokenizer.vocabulary is not None:
        prompts = [plan.prompt_of[frame] for frame in frames]
        words = cast_words(tokenizer.vocabulary, plan.casts)[prompts][None]  # (1, F, 1 + A, K)
    return Told.of(plan.blocking[None, list(frames)].float(), *plan.size, words)


def to_bytes(pictures: Tensor) -> Tensor:
    """Pictures in -1..1 as uint8 on the CPU."""
    return ((pictures.float().clamp(-1, 1) + 1) * 127.5 + 0.5).to(torch.uint8).cpu()


def to_floats(pictures: Tensor) -> Tensor:
    """Pictures in uint8 as float -1..1."""
    return pictures.float() / 127.5 - 1
