"""From a request to a plan of the native model: prompts to latent frames, given pictures and clips to latents."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from ..errors import RequestError
from ..film import ClipRequest, GivenFrame, Locate
from ..media.given import read_given
from ..model.blocking import moments_of
from ..model.operations import encode_clip, encode_picture, keeping, text_to_video, to_floats, varied
from ..model.sampler import Plan
from ..model.tokenizer import GROUP, PATCH
from ..timing import Span, rounded
from ..worlds.blocking import blocking_of, cast_of
from ..worlds.description import Description
from .native_canvas import RATE, Canvas, Clock, prompt_spans


def plan_of(
    request: ClipRequest, texts: Sequence[str], canvas: Canvas, clock: Clock, tokenizer, locate: Locate
) -> Plan:
    """The plan of a request whose prompts read `texts` to the model. Raises RequestError and MediaError."""
    prompts = [(texts[number], span) for number, span in prompt_spans(request, clock)]
    size = (canvas.height // PATCH, canvas.width // PATCH)
    plan = replace(text_to_video(prompts, clock.latents, size, request.seed), loop=clock.loop)
    for run in _runs(request.given):
        plan = _given(plan, run, request, canvas, clock, tokenizer, locate)
    if request.strength < 1:
        if not all(plan.given):
            missing = plan.given.index(False)
            raise RequestError(
                f"strength={request.strength}: a remix begins from a clip as long as itself; "
                f"frame {max(0, rounded(clock.frame_of(clock.pictures_of(missing).start)))} is not given"
            )
        plan = replace(plan, given=(False,) * plan.frames, strength=request.strength)
    if "variation_of" in request.options:
        first_take = replace(plan, seed=int(request.options["variation_of"]))
        plan = varied(first_take, request.seed, float(request.options.get("closeness", 0.0)))
    return plan


def placed(plan: Plan, request: ClipRequest, descriptions: Sequence[Description], clock: Clock) -> Plan:
    """The plan with camera and actors where the worlds would have them by what the prompts describe and the seed.

    As it is, if the request does not want that (option `blocking`), or where given pictures show where the camera is.
    In a loop all go there and back.
    """
    if not request.options.get("blocking", True) or request.given:
        return plan
    scenes = [
        (descriptions[number], Span(clock.pictures_of(span.start).start, clock.pictures_of(span.end - 1).end))
        for number, span in prompt_spans(request, clock)
    ]
    # A variation keeps the first take's camera.
    return blocked(plan, scenes, int(request.options.get("variation_of", request.seed)), whole=clock.start == 0)


def blocked(plan: Plan, scenes: Sequence[tuple[Description, Span]], seed: int, whole: bool = True) -> Plan:
    """The plan with the blocking of scenes, one for each of its prompts; spans in pictures. `whole`: none of them are
    made only for the sake of those behind them.
    """
    height, width = plan.size
    numbers = torch.from_numpy(blocking_of(scenes, seed, width / height, RATE, plan.loop, whole)).float()
    casts = tuple(tuple(map(tuple, cast_of(description))) for description, _ in scenes)
    return replace(plan, blocking=moments_of(numbers, GROUP, starts=not plan.loop), casts=casts)


def _runs(given: Sequence[GivenFrame]) -> list[list[GivenFrame]]:
    """Given frames in order, those that follow one another together."""
    runs: list[list[GivenFrame]] = []
    for item in sorted(given, key=lambda item: item.frame):
        if runs and item.frame == runs[-1][-1].frame + 1:
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


def _given(
    plan: Plan, run: list[GivenFrame], request: ClipRequest, canvas: Canvas, clock: Clock, tokenizer, locate: Locate
) -> Plan:
    """The plan with a run of given frames kept.

    A clip is kept in whole latent frames: at an edge that lies inside one, up to three native pictures are made anew.
    A run too short for any is a picture that stands still for one latent frame.
    """

    def pictures(wanted: list[GivenFrame]) -> dict[int, Tensor]:
        read = read_given(wanted, locate, request.width, request.height, lambda picture, *_: canvas.shown(picture))
        return {frame: to_floats(torch.from_numpy(np.array(picture))) for frame, picture in read.items()}

    first, last = run[0].frame, run[-1].frame
    to_end = last == request.frames - 1 and not clock.loop
    span = clock.latents_within(first, None if to_end else last)
    if not len(span):
        middle = run[len(run) // 2]
        latent = clock.latent_at(middle.frame)
        begins = latent == 0 and not clock.loop
        return keeping(plan, latent, encode_picture(tokenizer, pictures([middle])[middle.frame], 0 if begins else 1))
    begins = span.start == 0 and not clock.loop
    native = Span(clock.pictures_of(span.start).start, clock.pictures_of(span.end - 1).end)
    before = 0 if begins else 1 + GROUP * tokenizer.config.encoder_layers  # the encoder looks back
    shown = [rounded(clock.frame_of(picture)) for picture in range(native.start - before, native.end)]
    shown = [min(max(frame, first), last) for frame in shown]
    small = pictures([run[frame - first] for frame in dict.fromkeys(shown)])
    video = torch.stack([small[frame] for frame in shown])
    return keeping(plan, span.start, encode_clip(tokenizer, video[before:], begins, video[:before]))
