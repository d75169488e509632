"""What makes a request legal, and the nearest legal one where it is not."""

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from fractions import Fraction

from ..errors import RequestError
from ..film import ClipRequest, EngineLimits
from ..timing import rate_text, rounded

OptionRanges = Mapping[str, tuple[int, int]]  # an engine's own whole-number options: lowest and highest value
MAX_RATE = Fraction(240)


def check_request(engine: str, limits: EngineLimits, request: ClipRequest, options: OptionRanges) -> None:
    """Raise RequestError with every fault of a request and the nearest legal one, unless it is legal."""
    faults = [*_size_faults(limits, request), *_length_faults(limits, request), *_prompt_faults(request)]
    if request.given and not limits.takes_given_frames:
        faults.append("given frames: this engine starts from words only, leave them out")
    if not 0 <= request.strength <= 1:
        faults.append(f"strength={request.strength}: it lies between 0 and 1")
    if request.start < 0:
        faults.append(f"start={request.start}: a scene begins at frame 0")
    faults += _option_faults(request, options)
    if faults:
        near = nearest_request(limits, request)
        count = f"{near.frames} frame{'s' if near.frames != 1 else ''}"
        raise RequestError(
            f"{engine} cannot make this clip: {'; '.join(faults)}. "
            f"Nearest: {near.width}x{near.height}, {count} at {rate_text(near.rate)} fps"
        )


def nearest_request(limits: EngineLimits, request: ClipRequest) -> ClipRequest:
    """The legal size, length and rate nearest to those of a request; what else was wrong is left as it is."""
    length = max(1, min(request.frames, limits.max_frames))
    steps = rounded(Fraction(length - limits.first_frames, limits.frame_step))
    frames = limits.first_frames + limits.frame_step * max(0, steps)
    rate = request.rate if 0 < request.rate <= MAX_RATE else Fraction(24) if request.rate <= 0 else MAX_RATE
    return replace(
        request,
        width=_nearest_side(limits, request.width),
        height=_nearest_side(limits, request.height),
        frames=frames if frames <= limits.max_frames else frames - limits.frame_step,
        rate=rate,
    )


def _nearest_side(limits: EngineLimits, side: int) -> int:
    step = limits.size_step
    lowest, highest = -(-limits.min_side // step) * step, limits.max_side // step * step
    return max(lowest, min(highest, rounded(Fraction(side, step)) * step))


def _size_faults(limits: EngineLimits, request: ClipRequest) -> list[str]:
    faults = []
    for name, side in (("width", request.width), ("height", request.height)):
        if side % limits.size_step:
            faults.append(f"{name}={side}: sides are multiples of {limits.size_step}")
        if not limits.min_side <= side <= limits.max_side:
            faults.append(f"{name}={side}: sides are {limits.min_side} to {limits.max_side} pixels")
    return faults


def _length_faults(limits: EngineLimits, request: ClipRequest) -> list[str]:
    faults, frames = [], request.frames
    if not 1 <= frames <= limits.max_frames:
        faults.append(f"frames={frames}: a clip has 1 to {limits.max_frames} frames")
    elif (frames - limits.first_frames) % limits.frame_step or frames < limits.first_frames:
        faults.append(f"frames={frames}: lengths are {limits.first_frames} + a multiple of {limits.frame_step}")
    if not 0 < request.rate <= MAX_RATE:
        faults.append(f"rate={rate_text(request.rate)}: more than 0 and at most {MAX_RATE} frames per second")
    return faults


def _prompt_faults(request: ClipRequest) -> list[str]:
    edges = [(prompt.span.start, prompt.span.end) for prompt in request.prompts]
    position = 0
    for start, end in edges:
        if start != position or end <= start:
            break
        position = end
    if not edges or position != request.frames or position != edges[-1][1]:
        spans = ", ".join(f"{start} to {end}" for start, end in edges) or "none"
        return [f"prompts for frames {spans}: they cover 0 to {request.frames} in order, without gap or overlap"]
    if any(not prompt.text.strip() for prompt in request.prompts):
        return ["an empty prompt: say what is to be seen"]
    return []


def _option_faults(request: ClipRequest, options: OptionRanges) -> list[str]:
    faults = []
    for name, value in request.options.items():
        if name not in options:
            near = get_close_matches(name, options, n=1)
            known = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(options) or 'none'}"
            faults.append(f"option {name!r}: {known}")
        elif isinstance(value, bool) or not isinstance(value, int) or not _within(value, options[name]):
            low, high = options[name]
            faults.append(f"option {name}={value!r}: a whole number from {low} to {high}")
    return faults


def _within(value: int, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= value <= bounds[1]
