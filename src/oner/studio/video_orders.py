"""From what somebody asks for to what an engine is asked for: plain decisions, nothing is read or written here.

An engine that takes given frames continues, remixes and connects clips by looking at them. One that does not can still
carry on its own scenes: it gets the seed of the earlier clip and a later start. What neither can do is refused.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from ..engines.checks import longest, nearest_request
from ..errors import OrderError, RequestError
from ..film import ClipRequest, Engine, EngineLimits, GivenFrame, Lora, MediaRef, PromptSpan
from ..store.videos import Part, VideoOrder
from ..timing import Rate, Span, frame_from_seconds, rate_text, rounded

CONTEXT_SECONDS = Fraction(1)  # of a clip that is shown to an engine which carries it on
REMIX_STRENGTH = 0.7
STRENGTHS = {"subtle": 0.3, "mild": 0.5, "strong": 0.8}  # the words of Sora's web page


@dataclass(frozen=True)
class Card:
    """One card of a storyboard: a prompt, and how long it holds; None shares what is left evenly."""

    prompt: str
    seconds: Fraction | None = None


@dataclass(frozen=True)
class Footage:
    """A finished video that is to be worked on. `request` is None for one that was not made here."""

    media: MediaRef
    width: int
    height: int
    rate: Rate
    frames: int
    id: str | None = None
    engine: str | None = None
    request: ClipRequest | None = None
    whole: bool = False  # the request's take is the video: nothing was joined to it

    @property
    def size(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True)
class Wish:
    """What a client asks for. What is None, the server decides. `characters` are (name, description).

    `asked` is what was asked for, by the API's fields, where this wish has the nearest instead.
    """

    model: str
    prompt: str
    seed: int
    width: int
    height: int
    rate: Rate
    seconds: Fraction
    cards: tuple[Card, ...] = ()
    characters: tuple[tuple[str, str], ...] = ()
    first: MediaRef | None = None
    last: MediaRef | None = None
    strength: float | None = None
    options: dict[str, str | int | float | bool] = field(default_factory=dict)
    loras: tuple[Lora, ...] = ()
    asked: dict[str, str] = field(default_factory=dict)


def create(engine: Engine, wish: Wish, nearest: bool) -> VideoOrder:
    """A new video. Raises OrderError."""
    frames = _frames(wish.seconds, wish.rate)
    given = [GivenFrame(0, wish.first)] if wish.first else []
    given += [GivenFrame(frames - 1, wish.last)] if wish.last else []
    request = _request(wish, wish, frames, tuple(given))
    request, frames, asked = _legal(engine, request, nearest)
    given_files = tuple(("given", item.picture) for item in given)
    wish = replace(wish, asked={**wish.asked, **asked})
    return _order(engine, wish, "create", request, frames, files=given_files)


def remix(engine: Engine, wish: Wish, footage: Footage, kind: str) -> VideoOrder:
    """The same video otherwise: its frames are where the engine starts from. Raises OrderError."""
    frames, given = footage.frames, ()
    if engine.limits.takes_given_frames:
        given = tuple(GivenFrame(frame, footage.media, frame) for frame in range(frames))
        strength = REMIX_STRENGTH if wish.strength is None else wish.strength
        start = 0
    else:
        request = _own_scene(engine, footage, f"{kind} it")
        if wish.strength is not None:
            raise OrderError(f"{_name(engine)} stages a remix anew and knows no strength: leave it out", "strength")
        if not footage.whole:
            raise OrderError(
                f"{_name(engine)} cannot {kind} a video that was put together: {kind} the one it began from", "video"
            )
        strength, start = 1.0, request.start
    request = _request(_lasting(wish, frames, footage), footage, frames, given, start=start, strength=strength)
    request, *_ = _legal(engine, request, False)
    files = (("source", footage.media),) if given else ()
    return replace(_order(engine, wish, kind, request, frames, files=files), source=footage.id)


def extend(engine: Engine, wish: Wish, footage: Footage, backwards: bool, nearest: bool = False) -> VideoOrder:
    """A video and what comes after (or before) it, as one. Raises OrderError."""
    given, context, start = (), 0, 0
    if engine.limits.takes_given_frames:
        context = min(footage.frames, max(1, rounded(footage.rate * CONTEXT_SECONDS)))
    new, wish = _new_frames(engine, wish, footage, context, nearest)
    if context:
        first = new if backwards else 0
        from_frame = 0 if backwards else footage.frames - context
        given = tuple(GivenFrame(first + i, footage.media, from_frame + i) for i in range(context))
    else:
        scene = _own_scene(engine, footage, "extend it")
        start = scene.start - new if backwards else scene.start + scene.frames
        if backwards and (start < 0 or not footage.whole):
            raise OrderError(
                f"{_name(engine)} cannot show what comes before a scene's beginning: extend it forwards", "direction"
            )
    frames = new + context
    request = _request(_lasting(wish, frames, footage), footage, frames, given, start=start)
    request, *_ = _legal(engine, request, False)
    old = Part(footage.media, Span(0, footage.frames))
    added = Part(None, Span(0, new) if backwards else Span(context, context + new))
    parts = (added, old) if backwards else (old, added)
    order = _order(engine, wish, "extension", request, footage.frames + new, parts, (("source", footage.media),))
    return replace(order, source=footage.id)


def connect(engine: Engine, wish: Wish, first: Footage, second: Footage, nearest: bool = False) -> VideoOrder:
    """Two videos and a passage between them, as one. Raises OrderError."""
    if not engine.limits.takes_given_frames:
        raise OrderError(f"{_name(engine)} starts from words only and cannot connect videos", "connect", "unsupported")
    if (first.size, first.rate) != (second.size, second.rate):
        raise OrderError(
            f"connect: {first.size} at {rate_text(first.rate)} fps and {second.size} at {rate_text(second.rate)} fps; "
            "both have to have one size and rate",
            "connect",
        )
    before = min(first.frames, max(1, rounded(first.rate * CONTEXT_SECONDS)))
    after = min(second.frames, max(1, rounded(first.rate * CONTEXT_SECONDS)))
    new, wish = _new_frames(engine, wish, first, before + after, nearest)
    given = [GivenFrame(i, first.media, first.frames - before + i) for i in range(before)]
    given += [GivenFrame(before + new + i, second.media, i) for i in range(after)]
    frames = before + new + after
    request = _request(_lasting(wish, frames, first), first, frames, tuple(given))
    request, *_ = _legal(engine, request, False)
    parts = (
        Part(first.media, Span(0, first.frames)),
        Part(None, Span(before, before + new)),
        Part(second.media, Span(0, second.frames)),
    )
    files = (("source", first.media), ("source", second.media))
    return _order(engine, wish, "connection", request, first.frames + new + second.frames, parts, files)


# -------------------------------------------------------------------------------------------------- prompts


def prompts(wish: Wish, frames: int) -> tuple[PromptSpan, ...]:
    """Prompts over all frames: one, or a storyboard's with what they share said first. Raises OrderError."""
    if not wish.cards:
        return (PromptSpan(_cast(wish.prompt, wish, wish.prompt), Span(0, frames)),)
    edges = [_frames_at(end, wish.seconds, frames) for end in card_edges(wish.cards, wish.seconds)]
    said = " ".join([wish.prompt, *(card.prompt for card in wish.cards)])
    spans = []
    for number, (card, start, end) in enumerate(zip(wish.cards, [0, *edges[:-1]], edges)):
        if end <= start:
            raise OrderError(
                f"storyboard card {number + 1} is shorter than a frame: give it more seconds", "storyboard"
            )
        text = f"{wish.prompt.rstrip('. ')}. {card.prompt}" if wish.prompt.strip() else card.prompt
        spans.append(PromptSpan(_cast(text, wish, said), Span(start, end)))
    return tuple(spans)


def card_edges(cards: Sequence[Card], seconds: Fraction) -> list[Fraction]:
    """The end of each card in seconds; the last one is `seconds`. Raises OrderError if they do not fit."""
    timed = sum((card.seconds for card in cards if card.seconds is not None), Fraction(0))
    free = sum(card.seconds is None for card in cards)
    share = (seconds - timed) / free if free else Fraction(0)
    if any(card.seconds is not None and card.seconds <= 0 for card in cards) or (free and share <= 0):
        raise OrderError(
            "storyboard: each card lasts more than 0 seconds, all together as long as the video", "storyboard"
        )
    if not free and timed != seconds:
        raise OrderError(
            f"storyboard: its cards last {float(timed):g} seconds, the video {float(seconds):g}: make them equal, "
            "or leave the seconds of one card out",
            "storyboard",
        )
    edges, position = [], Fraction(0)
    for card in cards:
        position += share if card.seconds is None else card.seconds
        edges.append(position)
    return edges


def _frames_at(end: Fraction, seconds: Fraction, frames: int) -> int:
    return rounded(end * frames / seconds)


def _cast(text: str, wish: Wish, said: str) -> str:
    """Put each character's description in the place of its name."""
    for name, description in wish.characters:
        pattern = re.compile(rf"@?(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        if not pattern.search(said):
            raise OrderError(
                f"the prompt does not name the character {name!r}: write {name} where they appear", "prompt"
            )
        text = pattern.sub(lambda _, words=description: words, text)
    return text


# --------------------------------------------------------------------------------------------------- limits


def _frames(seconds: Fraction, rate: Rate) -> int:
    return max(1, frame_from_seconds(seconds, rate))


def _new_frames(engine: Engine, wish: Wish, footage: Footage, context: int, nearest: bool) -> tuple[int, Wish]:
    """How many frames are made beside `context` given ones, with `nearest` as many as the engine can, and the wish."""
    wanted = _frames(wish.seconds, footage.rate)
    new = max(1, _most_frames(engine, footage.rate) - context)
    if not nearest or wanted <= new:
        return wanted, wish
    return new, replace(wish, asked={**wish.asked, "seconds": seconds_text(wanted, footage.rate)})


def _name(engine: Engine) -> str:
    return engine.name.partition("@")[0]


def _own_scene(engine: Engine, footage: Footage, what: str) -> ClipRequest:
    """The request behind footage, for engines that can only carry on what they made. Raises OrderError."""
    if footage.request is None or footage.engine != engine.name:
        raise OrderError(
            f"{_name(engine)} starts from words only: it can {what} only if it made the video itself",
            "video",
            "unsupported",
        )
    return footage.request


def _most_frames(engine: Engine, rate: Rate) -> int:
    """The most frames that an engine makes in its steps."""
    limits = engine.limits
    return limits.first_frames + (longest(limits, rate) - limits.first_frames) // limits.frame_step * limits.frame_step


def grown(limits: EngineLimits, frames: int) -> int:
    """The least number of frames that an engine makes and that is not less than `frames`."""
    if frames <= limits.first_frames:
        return limits.first_frames
    steps = -(-(frames - limits.first_frames) // limits.frame_step)
    return limits.first_frames + steps * limits.frame_step


def _request(
    wish: Wish, picture: Wish | Footage, frames: int, given: tuple[GivenFrame, ...], **more: int | float
) -> ClipRequest:
    """What is wished for, at the size and rate of `picture`; `more` are further fields."""
    return ClipRequest(
        prompts=prompts(wish, frames),
        width=picture.width,
        height=picture.height,
        frames=frames,
        rate=picture.rate,
        seed=wish.seed,
        given=given,
        options=dict(sorted(wish.options.items())),
        loras=wish.loras,
        **more,
    )


def _lasting(wish: Wish, frames: int, footage: Footage) -> Wish:
    """The wish, of as many seconds as these frames last."""
    return replace(wish, seconds=Fraction(frames) / footage.rate)


def _legal(engine: Engine, request: ClipRequest, nearest: bool) -> tuple[ClipRequest, int, dict]:
    """A request that the engine makes, how many of its frames are wanted, and what was asked for if it was not this.

    It is exactly what was asked for or, with `nearest`, the nearest. Where an engine's lengths have steps, a few frames
    more are made and cut off. Raises OrderError.
    """
    asked = {}
    if nearest:
        most = _most_frames(engine, request.rate)
        near = nearest_request(replace(engine.limits, first_frames=1, frame_step=1, max_frames=most), request)
        if (near.width, near.height, near.frames, near.rate) != (
            request.width, request.height, request.frames, request.rate,
        ):  # fmt: skip
            asked = {
                "size": f"{request.width}x{request.height}",
                "seconds": seconds_text(request.frames, request.rate),
                "fps": rate_text(request.rate),
            }
            request = _resized(near, request.frames)
    wanted, frames = request.frames, grown(engine.limits, request.frames)
    if frames != request.frames and frames <= engine.limits.max_frames:
        last = request.prompts[-1]
        longer = (*request.prompts[:-1], PromptSpan(last.text, Span(last.span.start, frames)))
        request = replace(request, frames=frames, prompts=longer)
    try:
        engine.check(request)
    except RequestError as error:
        raise OrderError(_for_clients(engine, request, str(error)), _field(str(error)), "unsupported_value") from error
    return request, wanted, asked


def _resized(request: ClipRequest, frames: int) -> ClipRequest:
    """Prompts and given frames of a request whose number of frames was `frames` before, at their new places."""
    if request.frames == frames:
        return request
    edge = lambda frame: rounded(Fraction(frame * request.frames, frames))
    spans = [(prompt.text, edge(prompt.span.start), edge(prompt.span.end)) for prompt in request.prompts]
    given = tuple(replace(item, frame=min(request.frames - 1, edge(item.frame))) for item in request.given)
    kept = tuple(PromptSpan(text, Span(start, end)) for text, start, end in spans if end > start)
    return replace(request, prompts=kept, given=given)


def _for_clients(engine: Engine, request: ClipRequest, words: str) -> str:
    """The engine's words, and what it makes in the words of the API."""
    limits = engine.limits
    longest = float(Fraction(limits.max_frames) / request.rate) if request.rate > 0 else 0
    longest = min(longest, limits.max_seconds or longest)
    return (
        f"{words}. {_name(engine)} makes sizes with sides of {limits.min_side} to {limits.max_side} in steps of "
        f"{limits.size_step}, and up to {longest:g} seconds at {rate_text(request.rate)} fps"
    )


def _field(words: str) -> str | None:
    """The API's field that an engine's complaint is about."""
    names = {
        "width=": "size", "height=": "size", "frames=": "seconds", "rate=": "fps", "prompt": "prompt",
        "given frames": "input_reference", "strength=": "strength",
    }  # fmt: skip
    body = words.partition(": ")[2]
    if option := re.search(r"option '?(\w+)", body):
        return option[1]
    return next((field for sign, field in names.items() if sign in body), None)


def _order(
    engine: Engine,
    wish: Wish,
    kind: str,
    request: ClipRequest,
    frames: int,
    parts: tuple[Part, ...] = (),
    files: tuple[tuple[str, MediaRef], ...] = (),
) -> VideoOrder:
    if not parts and request.frames != frames:
        parts = (Part(None, Span(0, frames)),)
    extra = {"seed": request.seed, **({"asked": wish.asked} if wish.asked else {})}
    return VideoOrder(kind, wish.model, wish.prompt, engine.name, request, frames, parts, None, extra, files)


def seconds_text(frames: int, rate: Rate) -> str:
    """Seconds as the API writes them: "4", "4.5", "4.042"."""
    seconds = Fraction(frames) / rate
    return str(seconds.numerator) if seconds.denominator == 1 else f"{float(seconds):.3f}".rstrip("0").rstrip(".")
