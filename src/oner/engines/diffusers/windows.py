"""From a request to what is really run: which operation, in which size, in which windows, with which frames given."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from ...errors import RequestError
from ...film import ClipRequest
from ...timing import Rate, Span, rate_text, rounded
from ..fitting import frames_needed, nearest_size
from .catalogue import Entry

OVERLAP = 17  # frames that windows share where they overlap in latents (SkyReels V2: 17 of 97)


@dataclass(frozen=True)
class Window:
    """One run of the pipeline, asked for `frames` frames of the scene from `start` on; the first `carried` are known.

    It covers `covered` frames: where windows overlap in latents every latent frame stands for `step` frames, the first
    one of a window too.
    """

    start: int
    frames: int
    covered: int
    carried: int
    prompt: str
    seed: int

    @property
    def end(self) -> int:
        return self.start + self.covered


@dataclass(frozen=True)
class Shooting:
    """What a request comes to. Frames are the model's, counted from the begin of the scene.

    `given` has for each frame of the model that is given the frame of the clip that shows it; `cuts` are frames at
    which a picture begins that does not carry on the last one; the first `copied` frames are shown as they are given.
    Made for `rate`, the frames are shown `speed` times as fast; those of the one window that leads from copied frames
    to a last picture are led there `to_last` times as fast.
    """

    operation: str
    width: int
    height: int
    rate: Rate
    frames: int
    windows: tuple[Window, ...]
    given: Mapping[int, int]
    copied: int = 0
    overlap: str = "frames"  # how a window starts from the one before: "frames" or "latents"
    speed: Fraction = Fraction(1)
    to_last: Fraction = Fraction(1)

    @property
    def cuts(self) -> tuple[int, ...]:
        return tuple(window.start for window in self.windows[1:] if not window.carried)

    def sentence(self, request: ClipRequest) -> str:
        """How the clip is made, where that is not simply as it is wanted."""
        parts = []
        if (self.width, self.height) != (request.width, request.height):
            parts.append(f"made at {self.width}x{self.height}, scaled and cropped to {request.width}x{request.height}")
        if self.rate != request.rate:
            parts.append(f"made at {rate_text(self.rate)} fps, retimed to {rate_text(request.rate)}")
        if faster := round(100 * (self.speed * self.to_last - 1)):
            parts.append(f"shown {faster} % faster, to end with the last picture")
        if len(self.windows) > 1:
            how = "overlapped in latents" if self.overlap == "latents" else "each from the last frame of the one before"
            parts.append(f"{len(self.windows)} windows, {how if not self.cuts else 'cut where the prompt changes'}")
        if request.start:
            parts.append(f"made from the begin of its scene, {request.start} frames earlier")
        return "; ".join(parts)


def shooting(entry: Entry, request: ClipRequest, capable: Mapping[str, tuple[str, ...]]) -> Shooting:
    """Plan the runs. `capable` names the engines that can do an operation, for the message where this one cannot.

    Raises RequestError.
    """
    rate = Fraction(entry.rate)
    frames = frames_needed(request.start + request.frames, request.rate, rate)
    given = _given(request, rate, frames)
    operation, copied = _operation(entry, request, given, frames, capable)
    size = str(request.options.get("size", ""))
    width, height = _size(entry, size) if size else _nearest(entry, request)
    whole = Shooting(operation, width, height, rate, frames, (), given)
    spans = _segments(request, rate, frames)
    if operation in ("first-last", "frames", "remix"):
        whole = replace(whole, windows=_single(entry, request, spans, frames, operation, copied), copied=copied)
        if copied:
            return _led_to_its_end(whole)
        ends_alone = operation == "first-last" and "frames" not in entry.pipelines
        return _shown_to_its_end(whole, request) if ends_alone else whole
    if copied:  # extension by the last of the given frames: it is frame 0 of the first window
        spans = [(max(span.start, copied), span.end, text) for span, text in spans if span.end > copied]
        spans = [(Span(start, end), text) for start, end, text in spans]
        last = {copied: given[copied]}
        return replace(whole, windows=_windows(entry, request, spans, "frames"), given=last, copied=copied)
    overlap = _overlap(entry)
    _check_length(entry, request, spans, overlap)
    return replace(whole, windows=_windows(entry, request, spans, overlap), overlap=overlap)


def _given(request: ClipRequest, rate: Rate, frames: int) -> dict[int, int]:
    """Given frames of the clip by the model's frame; where two fall on one frame the first counts.

    The clip's last frame is the model's last one, which may lie up to a frame of the model's later.
    """
    found: dict[int, int] = {}
    for place in sorted({given.frame for given in request.given}):
        at = min(rounded((request.start + place) * rate / request.rate), frames - 1)
        found.setdefault(frames - 1 if place == request.frames - 1 else at, place)
    return found


def _operation(
    entry: Entry, request: ClipRequest, given: dict[int, int], frames: int, capable: Mapping[str, tuple[str, ...]]
) -> tuple[str, int]:
    """(operation, frames at the begin that are shown as given) for what is given."""
    can = entry.pipelines
    places = sorted(given)
    if not given:
        wanted, others = "text", ("text",)
    elif request.strength < 1:
        wanted, others = "remix", ("remix",)
        if len(given) < min(frames, request.frames):
            raise RequestError(f"strength={request.strength}: a remix begins from a clip as long as itself")
    elif places == [0]:
        wanted, others = "image", ("image", "frames")
    elif places == [0, frames - 1]:
        wanted, others = "first-last", ("first-last", "frames")
    elif _goes_on(entry, places, frames):
        return "image", places[-1]
    elif _leads(entry, places, frames):
        return "first-last", places[-2]
    else:
        wanted, others = "frames", ("frames",)
    for operation in others:
        if operation in can:
            return operation, 0
    names = [name for operation in others for name in capable.get(operation, ()) if name != entry.name]
    hint = f"engines that can: {', '.join(dict.fromkeys(names))}" if names else "no engine here can"
    raise RequestError(
        f"{entry.name} cannot {_WORDS[wanted]} (it can {', '.join(_WORDS[name] for name in can)}); {hint}"
    )


def _goes_on(entry: Entry, places: list[int], frames: int) -> bool:
    """Whether given frames at the begin are shown as they are and only the last of them reaches the model.

    That is the way of models that take a picture and no clip, and of all that do where one window is too short.
    """
    alone = "frames" not in entry.pipelines or frames > entry.frames.most
    return alone and "image" in entry.pipelines and places == list(range(len(places))) and len(places) < frames


def _leads(entry: Entry, places: list[int], frames: int) -> bool:
    """Whether given frames at the begin are shown as they are and the last of them is led to a given last picture.

    That is the way of models that take two pictures and no clip.
    """
    begin = places[:-1] == list(range(len(places) - 1)) and places[-1] == frames - 1
    return begin and len(places) > 2 and "first-last" in entry.pipelines and "frames" not in entry.pipelines


_WORDS = {
    "text": "start from words alone",
    "image": "start from a picture",
    "first-last": "go from a first to a last picture",
    "frames": "keep given frames",
    "remix": "remix a clip",
}


def _nearest(entry: Entry, request: ClipRequest) -> tuple[int, int]:
    return nearest_size(request.width, request.height, entry.trained_sizes, entry.size_step, entry.fixed_size)


def _size(entry: Entry, text: str) -> tuple[int, int]:
    try:
        width, height = map(int, text.split("x"))
    except ValueError:
        raise RequestError(f"option size={text!r}: WIDTHxHEIGHT such as {entry.sizes[0]}") from None
    step = entry.size_step
    if min(width, height) < step or width % step or height % step:
        near = "x".join(str(max(1, round(side / step)) * step) for side in (width, height))
        raise RequestError(f"option size={text!r}: both sides are multiples of {step}; try {near}")
    if entry.fixed_size and (width, height) not in entry.trained_sizes:
        raise RequestError(f"option size={text!r}: this model makes {', '.join(entry.sizes)} only")
    return width, height


def _segments(request: ClipRequest, rate: Rate, frames: int) -> list[tuple[Span, str]]:
    """Prompts by the model's frames of the scene; the first also holds for what came before the clip."""
    edges = [rounded((request.start + prompt.span.start) * rate / request.rate) for prompt in request.prompts]
    edges = [0, *edges[1:], frames]
    texts = [prompt.text for prompt in request.prompts]
    found: list[tuple[Span, str]] = []
    for start, end, text in zip(edges, edges[1:], texts):
        if found and found[-1][1] == text:
            found[-1] = (Span(found[-1][0].start, end), text)
        elif end > start:
            found.append((Span(start, end), text))
    return found


def _overlap(entry: Entry) -> str:
    """How this entry's windows carry on: "own", "latents", "frames", or "" for not at all."""
    return entry.windows or ("frames" if "image" in entry.pipelines else "")


def _check_length(entry: Entry, request: ClipRequest, spans: list[tuple[Span, str]], overlap: str) -> None:
    longest = max(len(span) for span, _ in spans)
    if overlap in ("frames", "latents") or longest <= entry.frames.most:
        return
    most = int((entry.frames.most - 1) * request.rate / entry.rate) + 1 - request.start
    raise RequestError(
        f"{entry.name} makes {entry.frames.most} frames at {entry.rate} fps at a time and cannot go on from them: "
        f"frames={request.frames} from {request.start} on is too long; at most {max(most, 0)}"
    )


def _single(
    entry: Entry, request: ClipRequest, spans: list[tuple[Span, str]], frames: int, operation: str, copied: int
) -> tuple[Window, ...]:
    """One window that holds everything from frame `copied` on: given frames are spread over it."""
    if frames - copied > entry.frames.most:
        most = int((copied + entry.frames.most - 1) * request.rate / entry.rate) + 1
        raise RequestError(
            f"frames={request.frames}: to {_WORDS[operation]}, {entry.name} makes at most {most} at "
            f"{rate_text(request.rate)} fps"
        )
    if len(spans) > 1:
        raise RequestError(f"{len(spans)} prompts: with given frames {entry.name} follows one prompt a clip")
    length = entry.frames.legal(frames - copied)
    return (Window(copied, length, length, 0, spans[0][1], request.seed),)


def _shown_to_its_end(whole: Shooting, request: ClipRequest) -> Shooting:
    """All frames of the one window, so much faster that its last one is the clip's.

    A model that knows a first and a last picture alone puts the last one at the end of a legal length, which may lie
    beyond the clip.
    """
    last = whole.windows[0].frames - 1
    speed = last * request.rate / (whole.rate * (request.start + request.frames - 1))
    given = {0: whole.given[0], last: whole.given[whole.frames - 1]}
    return replace(whole, frames=last + 1, given=given, speed=speed)


def _led_to_its_end(whole: Shooting) -> Shooting:
    """From the last of the copied frames to the given last picture, by a window that is shown as much faster as its
    legal length is longer; the copied frames keep their time."""
    (window,), copied = whole.windows, whole.copied
    given = {copied: whole.given[copied], window.end - 1: whole.given[whole.frames - 1]}
    return replace(whole, given=given, to_last=Fraction(window.frames - 1, whole.frames - 1 - copied))


def _windows(entry: Entry, request: ClipRequest, spans: list[tuple[Span, str]], overlap: str) -> tuple[Window, ...]:
    """Windows prompt by prompt, each of the shortest legal length that is enough, or all full (option full_windows).

    A model that goes on from a picture carries it over a change of prompt; where it overlaps in latents, a new prompt
    is a cut. What a window makes beyond its prompt's end is not shown.
    """
    windows: list[Window] = []
    for span, text in spans:
        position = span.start
        while position < span.end:
            carried = 0
            if windows and (overlap == "frames" or (overlap == "latents" and position > span.start)):
                carried = _carried(entry, overlap)
            more = entry.frames.step - 1 if carried and overlap == "latents" else 0
            full = bool(request.options.get("full_windows", False)) and overlap != "own"
            frames = entry.frames.most if full else entry.frames.legal(span.end - position + carried - more)
            seed = window_seed(request.seed, len(windows))
            windows.append(Window(position - carried, frames, frames + more, carried, text, seed))
            position = windows[-1].end
    return tuple(windows)


def _carried(entry: Entry, overlap: str) -> int:
    """Frames that a window knows from the one before: the last, or some latent frames of `step` frames each."""
    if overlap == "frames":
        return 1
    step = entry.frames.step
    return max(1, min(OVERLAP, entry.frames.most // 2) // step) * step


def window_seed(seed: int, number: int) -> int:
    """Seed of a window: the clip's own for the first."""
    if number == 0:
        return seed
    return int.from_bytes(hashlib.sha256(f"{seed} window {number}".encode()).digest()[:4]) >> 1
