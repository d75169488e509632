"""Timeline and files to a film: pictures cut, joined and graded frame by frame, the song untouched beneath."""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from .. import __version__
from ..errors import MediaError, OnerError
from ..film import Clip, Locate, Report, Timeline, Transition, TransitionKind
from ..media import MediaInfo, Sound, decode_sound, probe, replacing
from ..media.mux import AAC_RATES, Picture, read_pictures, write_film
from ..timing import Span, rate_text
from .colour import corrected
from .grading import Grade, grades
from .timeline import JOINING, frames_after, frames_before, lead, tail
from .transitions import dipped, joined

AHEAD = 12  # pictures made while the encoder works on earlier ones
DRAFT_HEIGHT = 480  # films higher than this are halved for a draft
Item = TypeVar("Item")


def assemble(
    timeline: Timeline,
    locate: Locate,
    song_path: Path,
    out: Path,
    quality: str = "final",
    report: Report | None = None,
) -> MediaInfo:
    """Make the film at `out` (.mp4) and give what was probed of it; whole or not at all.

    `locate` finds each take's file. `quality` is "final" or "draft" (fast; half size above 480 lines). `report` gets
    0..1 and words, and may raise to stop. Raises MediaError where a take's file does not fit the timeline or the song
    cannot be read, OnerError if the film does not come out as long as planned.
    """
    if quality not in ("final", "draft"):
        raise ValueError(f"quality {quality!r}: 'final' or 'draft'")
    report = report or (lambda part, words: None)
    report(0.0, "checking takes")
    paths = {clip.shot: checked_take(clip, following, timeline, locate) for clip, following in _neighbours(timeline)}
    sound = song_excerpt(timeline, song_path)
    size = _picture_size(timeline, quality)
    report(0.0, "matching colours")
    grading = grades(
        timeline, lambda clip, span, keys: (p.planes for p in read_pictures(paths[clip.shot], span, size, keys))
    )
    try:
        with (
            replacing(Path(out)) as temporary,
            closing(ahead(film_pictures(timeline, paths, size, grading), AHEAD)) as pictures,
        ):
            write_film(
                temporary,
                pictures,
                sound,
                timeline.rate,
                quality,
                film_metadata(timeline),
                lambda done: report(done / timeline.frames, "assembling"),
            )
            _check_length(probe(temporary), timeline)
    except OSError as error:
        raise MediaError(f"cannot write {out}: {error.strerror or error}") from error
    return probe(Path(out))


def _check_length(made: MediaInfo, timeline: Timeline) -> None:
    counted = made.video.frames if made.video else 0
    if counted != timeline.frames or made.video.rate != timeline.rate:
        raise OnerError(
            f"the assembled film has {counted} frames, the timeline {timeline.frames}: it is not kept; this is a "
            "mistake in Oner, please report it with the project's timeline"
        )


def _neighbours(timeline: Timeline) -> Iterator[tuple[Clip, Clip | None]]:
    """Each clip with the one that follows it."""
    return pairwise((*timeline.clips, None))


def checked_take(clip: Clip, following: Clip | None, timeline: Timeline, locate: Locate) -> Path:
    """Where a clip's file lies. Raises MediaError, naming shot and take, where it does not hold what is needed."""
    path = Path(locate(clip.media))
    info = probe(path).video
    if info is None:
        raise MediaError(f"shot {clip.shot}: its take {clip.take} ({path}) holds no picture")
    if info.rate != timeline.rate:
        raise MediaError(
            f"shot {clip.shot}: its take {clip.take} has {rate_text(info.rate)} frames a second, the film "
            f"{rate_text(timeline.rate)}; shoot it again at the film's rate"
        )
    needed = shown(clip, following)
    if info.frames < needed.end:
        raise MediaError(
            f"shot {clip.shot}: its take {clip.take} has {info.frames} frames, frames {needed.start} to "
            f"{needed.end} are needed; shoot it again"
        )
    return path


def shown(clip: Clip, following: Clip | None) -> Span:
    """Frames of the take that reach the film, those inside joining transitions included."""
    return clip.source.widened(lead(clip), tail(following))


def song_excerpt(timeline: Timeline, song_path: Path) -> Sound:
    """The film's piece of the song, sample by sample; resampled only where AAC cannot hold its rate."""
    sound = decode_sound(song_path)
    span = timeline.song_span
    if sound.sample_rate != timeline.sample_rate or sound.samples.shape[1] < span.end:
        raise MediaError(
            f"{song_path} has {sound.samples.shape[1]} samples at {sound.sample_rate} Hz, the film was planned on "
            f"samples {span.start} to {span.end} at {timeline.sample_rate} Hz: it is not the song that was analysed"
        )
    if sound.sample_rate not in AAC_RATES:
        rate = max((r for r in AAC_RATES if sound.sample_rate % r == 0), default=48000)
        fine = decode_sound(song_path, sample_rate=rate)
        start, end = (edge * rate // sound.sample_rate for edge in (span.start, span.end))
        return Sound(fine.samples[:, start:end], rate)
    return Sound(sound.samples[:, span.start : span.end], sound.sample_rate)


def _picture_size(timeline: Timeline, quality: str) -> tuple[int, int]:
    if quality == "draft" and timeline.height > DRAFT_HEIGHT:
        return timeline.width // 4 * 2, timeline.height // 4 * 2
    return timeline.width, timeline.height


def film_pictures(
    timeline: Timeline, paths: Mapping[str, Path], size: tuple[int, int], grading: Mapping[str, Grade]
) -> Iterator[Picture]:
    """Every frame of the film in order. A frame without transition or grade is the decoder's own."""
    outgoing: Iterator[Picture] = iter(())
    for clip, following in _neighbours(timeline):
        incoming = _graded(read_pictures(paths[clip.shot], shown(clip, following), size), clip, grading.get(clip.shot))
        entering = clip.transition
        if entering.kind in JOINING:
            yield from _join(outgoing, incoming, clip)
        skip = frames_after(entering) if entering.kind in JOINING else 0
        leave = following.transition if following else Transition()
        stay = len(clip.place) - skip - (frames_before(leave) if leave.kind in JOINING else 0)
        for number in range(skip, skip + stay):
            picture = next(incoming)
            light = _light(number, len(clip.place), entering, leave)
            yield picture if light >= 1.0 else Picture.from_planes(dipped(picture.planes, light))
        outgoing = incoming


def _join(outgoing: Iterator[Picture], incoming: Iterator[Picture], clip: Clip) -> Iterator[Picture]:
    step = 1.0 / clip.transition.frames
    for number in range(clip.transition.frames):
        a, b = next(outgoing).planes, next(incoming).planes
        yield Picture.from_planes(joined(clip.transition.kind, a, b, (number + 0.5) * step, step, clip.camera))


def _light(number: int, length: int, entering: Transition, leaving: Transition) -> float:
    """How bright a clip's frame is: less than 1 inside the half of a dip that belongs to this clip."""
    light = 1.0
    if entering.kind is TransitionKind.DIP:
        light = min(light, (number + 0.5) / frames_after(entering))
    if leaving.kind is TransitionKind.DIP and frames_before(leaving):
        light = min(light, (length - number - 0.5) / frames_before(leaving))
    return light


def _graded(pictures: Iterator[Picture], clip: Clip, grade: Grade | None) -> Iterator[Picture]:
    frame = clip.place.start - lead(clip)
    for picture in pictures:
        tables = grade.at(frame).tables if grade else None
        yield picture if tables is None else Picture.from_planes(corrected(picture.planes, tables))
        frame += 1


_END = object()


def ahead(items: Iterator[Item], depth: int) -> Iterator[Item]:
    """The same items in the same order, made up to `depth` ahead in a thread; its errors arrive in their place."""
    with ThreadPoolExecutor(1, "pictures") as pool:
        waiting = deque(pool.submit(next, items, _END) for _ in range(depth))
        try:
            while (item := waiting.popleft().result()) is not _END:
                waiting.append(pool.submit(next, items, _END))
                yield item
        finally:
            for future in waiting:
                future.cancel()


def film_metadata(timeline: Timeline) -> dict[str, str]:
    """Title, the mark that the pictures are generated, and a summary of the recipe that players and ffprobe show.

    The summary says which engine made which shots.
    """
    engines: dict[str, list[str]] = {}
    for clip in timeline.clips:
        engines.setdefault(clip.engine, []).append(clip.shot)
    recipe = {
        "oner": __version__,
        "song": timeline.song.sha256,
        "song_samples": [timeline.song_span.start, timeline.song_span.end],
        "rate": rate_text(timeline.rate),
        "engines": engines,
        "clips": [[clip.shot, clip.take, clip.media.sha256[:16], clip.source.start] for clip in timeline.clips],
    }
    return {
        "title": timeline.title,
        "comment": f"Generated video: the pictures were made by a computer, with Oner {__version__}.",
        "description": json.dumps(recipe, ensure_ascii=False, separators=(",", ":")),
    }
