"""What makes a request legal, and the nearest legal one where it is not."""

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from fractions import Fraction

from ..errors import RequestError
from ..film import ClipRequest, EngineLimits
from ..timing import rate_text, rounded

# An engine's own options: lowest and highest value (both whole: a whole number), words to choose from, or a type.
OptionRanges = Mapping[str, tuple[int, int] | tuple[float, float] | tuple[str, ...] | type[bool] | type[str]]
MAX_RATE = Fraction(240)


def check_request(engine: str, limits: EngineLimits, request: ClipRequest, options: OptionRanges) -> None:
    """Raise RequestError with every fault of a request and the nearest legal one, unless it is legal."""
    faults = [*_size_faults(limits, request), *_length_faults(limits, request), *_prompt_faults(request)]
    if request.given and not limits.takes_given_frames:
        faults.append("given frames: this engine starts from words only, leave them out")
    elif outside := [given.frame for given in request.given if not 0 <= given.frame < request.frames]:
        faults.append(f"given frames {', '.join(map(str, outside[:4]))}: they lie in 0 to {request.frames - 1}")
    if request.loras and not limits.takes_loras:
        faults.append("LoRA files (look.lora, option lora): this engine has no weights to add them to, leave them out")
    if not 0 <= request.strength <= 1:
        faults.append(f"strength={request.strength}: it lies between 0 and 1")
    elif request.strength < 1 and not request.given:
        faults.append(f"strength={request.strength}: a remix needs given frames to begin from")
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
    rate = request.rate if 0 < request.rate <= MAX_RATE else Fraction(24) if request.rate <= 0 else MAX_RATE
    most = longest(limits, rate)
    length = max(1, min(request.frames, most))
    steps = rounded(Fraction(length - limits.first_frames, limits.frame_step))
    frames = limits.first_frames + limits.frame_step * max(0, steps)
    width, height = _nearest_side(limits, request.width), _nearest_side(limits, request.height)
    if limits.max_shape:
        shortest = -(-max(width, height) // (limits.max_shape * limits.size_step)) * limits.size_step
        width, height = max(width, shortest), max(height, shortest)
    return replace(
        request,
        width=width,
        height=height,
        frames=frames if frames <= most else frames - limits.frame_step,
        rate=rate,
    )


def longest(limits: EngineLimits, rate: Fraction) -> int:
    """The most frames of a clip at a rate."""
    seconds = limits.max_seconds
    return limits.max_frames if seconds is None else max(1, min(limits.max_frames, int(seconds * rate)))


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
    short, long = sorted((request.width, request.height))
    if limits.max_shape and long > limits.max_shape * short:
        faults.append(
            f"{request.width}x{request.height}: the longer side is at most {limits.max_shape} times the other"
        )
    return faults


def _length_faults(limits: EngineLimits, request: ClipRequest) -> list[str]:
    faults, frames, rate = [], request.frames, max(Fraction(1), min(request.rate, MAX_RATE))
    if not 1 <= frames <= longest(limits, rate):
        seconds = f" ({limits.max_seconds} seconds)" if limits.max_seconds else ""
        faults.append(f"frames={frames}: a clip has 1 to {longest(limits, rate)} frames{seconds}")
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
        elif fault := _value_fault(value, options[name]):
            faults.append(f"option {name}={value!r}: {fault}")
    return faults


def _value_fault(value: str | int | float | bool, allowed: tuple | type) -> str | None:
    if allowed is bool:
        return None if value in (0, 1) else "true or false"
    if allowed is str:
        return None if isinstance(value, str) else "text"
    if isinstance(allowed[0], str):
        return None if value in allowed else f"one of {', '.join(allowed)}"
    low, high = allowed
    whole = isinstance(low, int) and isinstance(high, int)
    kind = int if whole else (int, float)
    if isinstance(value, kind) and not isinstance(value, bool) and low <= value <= high:
        return None
    return f"a {'whole ' if whole else ''}number from {low} to {high}"
