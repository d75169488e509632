"""Clips one at a time, without a project: files and wishes become orders, orders become files.

What an engine is asked for is decided in `video_orders`, as for the server; here files are looked at, takes rendered
and, where something was continued, joined to what they continue.
"""

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ..engines import open_engine
from ..engines.diffusers.options import loras as named_loras
from ..engines.recipe import request_in
from ..errors import InputError, MediaError
from ..film import ClipRequest, Engine, GivenFrame, Lora, MediaRef, Report
from ..media import contact_sheet, media_ref, probe, read_frames, read_png, save_png
from ..media.joining import join
from ..store.videos import Part, VideoOrder
from ..timing import Span, clock, frame_from_seconds
from . import video_orders
from .shoot_requests import take_seed
from .video_orders import CONTEXT_SECONDS, Footage, Wish, prompts

__all__ = [
    "Sources",
    "fix",
    "make",
    "open_engine",
    "out_paths",
    "remix",
    "said",
    "seed_of",
    "takes",
    "vary",
    "write_sheet",
]

SHEET_PICTURES = 12


@dataclass(frozen=True)
class Sources:
    """Files that were given, found again by their content."""

    paths: dict[MediaRef, Path]

    def picture(self, path: Path) -> MediaRef:
        """A picture file. Raises MediaError if it cannot be read."""
        read_png(path)
        return self._taken(path)

    def footage(self, path: Path) -> Footage:
        """A video file, and the request that made it if it carries one. Raises MediaError."""
        info = probe(path)
        if info.video is None or not info.video.frames:
            raise MediaError(f"no picture in {path}")
        engine, request = None, None
        if "oner_recipe" in info.metadata:
            engine, request = request_in(info.metadata)
        video = info.video
        whole = request is not None and request.frames == video.frames
        return Footage(
            self._taken(path), video.width, video.height, video.rate, video.frames, None, engine, request, whole
        )

    def loras(self, text: str) -> tuple[Lora, ...]:
        """The files of option `lora`, "film.safetensors:0.8, other.safetensors". Raises RequestError, MediaError."""
        return tuple(Lora(self._taken(Path(named.file).expanduser()), named.weight) for named in named_loras(text))

    def locate(self, ref: MediaRef) -> Path:
        return self.paths[ref]

    def _taken(self, path: Path) -> MediaRef:
        ref = media_ref(path)
        self.paths[ref] = path
        return ref


def said(prompt: str, footage: Footage | None) -> str:
    """The prompt, or that of the footage where none is given. Raises InputError if there is neither."""
    if prompt.strip():
        return prompt
    if footage is None:
        raise InputError('an empty prompt: say what is to be seen, such as "a woman in a red coat walks through snow"')
    if footage.request is None:
        raise InputError("this clip carries no prompt of its own: say what is to be seen")
    return footage.request.prompts[0].text


def seed_of(text: str) -> int:
    """A seed that belongs to a prompt, so that the same command makes the same clip."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) >> 1


def fix(engine: Engine, wish: Wish, footage: Footage, span: Span) -> VideoOrder:
    """Footage in which the frames of `span` are made anew. Raises InputError, RequestError."""
    if not engine.limits.takes_given_frames:
        raise InputError(f"{engine.name} starts from words only and cannot fix a part of a clip")
    if not 0 <= span.start < span.end <= footage.frames:
        last = clock(footage.frames, footage.rate)
        raise InputError(f"frames {span.start} to {span.end} are to be fixed in a clip of {footage.frames} ({last})")
    context = max(1, frame_from_seconds(CONTEXT_SECONDS, footage.rate))
    first, end = max(0, span.start - context), min(footage.frames, span.end + context)
    kept = [frame for frame in range(first, end) if frame not in span]
    request = ClipRequest(
        prompts=prompts(replace(wish, seconds=Fraction(end - first) / footage.rate), end - first),
        width=footage.width,
        height=footage.height,
        frames=end - first,
        rate=footage.rate,
        seed=wish.seed,
        given=tuple(GivenFrame(frame - first, footage.media, frame) for frame in kept),
        options=dict(sorted(wish.options.items())),
        loras=wish.loras,
    )
    engine.check(request)
    pieces = [
        Part(footage.media, Span(0, span.start)),
        Part(None, span.shifted(-first)),
        Part(footage.media, Span(span.end, footage.frames)),
    ]
    parts = tuple(part for part in pieces if len(part.span))
    files = (("source", footage.media),)
    return VideoOrder("fix", wish.model, wish.prompt, engine.name, request, footage.frames, parts, files=files)


def remix(engine: Engine, wish: Wish, footage: Footage) -> VideoOrder:
    """Footage made anew, `wish.strength` away from it: at 1 it is forgotten, and nothing of it is given."""
    order = video_orders.remix(engine, wish, footage, "remix")
    return replace(order, request=replace(order.request, given=())) if order.request.strength == 1 else order


def vary(engine: Engine, footage: Footage, seed: int, closeness: float) -> VideoOrder:
    """Another take of a clip that this engine made, near the first by `closeness`. Raises InputError, RequestError."""
    made = footage.request
    if made is None or footage.engine != engine.name:
        raise InputError(f"{engine.name} varies only clips that it made itself, as they were made")
    if made.given:
        raise InputError(
            "this clip began from given pictures, which it does not carry: make it again with another seed"
        )
    options = {**made.options, "variation_of": made.seed, "closeness": closeness}
    request = replace(made, seed=seed, options=dict(sorted(options.items())))
    engine.check(request)
    return VideoOrder("variation", "", made.prompts[0].text, engine.name, request, made.frames)


def takes(order: VideoOrder, count: int) -> list[VideoOrder]:
    """The order with as many different seeds; the first keeps its own."""
    seeds = [take_seed(order.request.seed, number) for number in range(1, count + 1)]
    return [replace(order, request=replace(order.request, seed=seed)) for seed in seeds]


def out_paths(out: Path | None, count: int) -> list[Path]:
    """Where the takes go: `out`, or the first free name of clip.mp4, clip-2.mp4, ...; several are numbered.

    Raises InputError for a name that is no .mp4.
    """
    if out is not None and out.suffix.lower() != ".mp4":
        raise InputError(
            f"--out {out}: clips are written as .mp4; try {out.with_suffix('.mp4') if out.name else 'clip.mp4'}"
        )
    if out is not None and out.is_dir():
        raise InputError(f"--out {out} is a folder: name the clip too, such as {out / 'clip.mp4'}")
    if out is not None:
        return [out] if count == 1 else [out.with_stem(f"{out.stem}-{number}") for number in range(1, count + 1)]
    found: list[Path] = []
    number = 1
    while len(found) < count:
        path = Path("clip.mp4" if number == 1 else f"clip-{number}.mp4")
        if not path.exists():
            found.append(path)
        number += 1
    return found


def make(engine: Engine, order: VideoOrder, sources: Sources, out: Path, report: Report) -> None:
    """Write an ordered clip, whole or not at all. Raises what the engine raises, and MediaError."""
    if not order.parts:
        engine.render(order.request, sources.locate, out, report)
        return
    request = order.request
    with ExitStack() as stack:
        take = Path(stack.enter_context(TemporaryDirectory(prefix="oner-"))) / "take.mp4"
        engine.render(request, sources.locate, take, lambda done, words: report(0.95 * done, words))
        pieces = [(sources.locate(part.media) if part.media else take, part.span) for part in order.parts]
        told = lambda done: report(0.95 + 0.05 * done, "joining")
        join(pieces, out, request.width, request.height, request.rate, probe(take).metadata, told)


def write_sheet(clip: Path, title: str) -> Path:
    """A contact sheet beside a clip: up to twelve pictures at even distances. Gives its path."""
    video = probe(clip).video
    count = min(SHEET_PICTURES, video.frames)
    wanted = {round(number * (video.frames - 1) / max(1, count - 1)) for number in range(count)}
    tiles: Sequence[tuple[np.ndarray, str]] = [
        (picture, clock(frame, video.rate)) for frame, picture in enumerate(read_frames(clip)) if frame in wanted
    ]
    out = clip.with_suffix(".png")
    save_png(out, contact_sheet(tiles, 4, 360, title))
    return out
