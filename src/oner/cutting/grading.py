"""Which clip of a timeline is corrected how: chains of shots that continue each other, measured on their files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from ..film import Clip, Timeline
from ..timing import Span
from .colour import Correction, Planes, Statistics, likeness, matching, measure, thumbnail

SAMPLES = 6  # pictures that stand for the moments around a cut, and for a clip with few key frames
FEWEST_KEYS, MOST_KEYS = 3, 40  # takes have two key frames a second
SAME_SCENE = 0.5  # likeness above which two takes are held to show the same moment
# Frames of a clip's take, as planes; True asks for its key frames only, which is much quicker.
ReadPlanes = Callable[[Clip, Span, bool], Iterator[Planes]]


@dataclass(frozen=True)
class Grade:
    """Correction of one clip over its place: from `at_start` to `at_middle` to `at_end`, in straight lines."""

    place: Span
    at_start: Correction
    at_middle: Correction
    at_end: Correction

    def at(self, frame: int) -> Correction:
        """Correction at a frame of the film; outside the clip's place (in its handles) it holds."""
        half = max(1.0, len(self.place) / 2)
        passed = min(2.0, max(0.0, (frame - self.place.start) / half))
        if passed <= 1.0:
            return self.at_start.towards(self.at_middle, passed)
        return self.at_middle.towards(self.at_end, passed - 1.0)


def grades(timeline: Timeline, read: ReadPlanes) -> dict[str, Grade]:
    """Grades by shot id, for the clips that continue another; the first clip of each chain stays as it is."""
    clips = {clip.shot: (number, clip) for number, clip in enumerate(timeline.clips)}
    whole: dict[str, Statistics] = {}
    seams: dict[str, Correction] = {}
    drifts: dict[str, Correction] = {}
    first_of: dict[str, str] = {}
    for number, clip in enumerate(timeline.clips):
        origin = clips.get(clip.continues or "")
        if origin is None or origin[0] >= number:
            first_of[clip.shot] = clip.shot
            continue
        earlier = origin[1]
        first_of[clip.shot] = first_of[earlier.shot]
        seam = _seam(earlier, clip, read) if origin[0] == number - 1 else Correction.none()
        seams[clip.shot] = seams.get(earlier.shot, Correction.none()).after(seam)
        for shot in (first_of[clip.shot], clip.shot):
            if shot not in whole:
                whole[shot] = _whole(clips[shot][1], read)
        own = _through(seams[clip.shot], whole[clip.shot])
        drifts[clip.shot] = matching(own, whole[first_of[clip.shot]], gentle=True)
    return {shot: _grade(timeline, clips[shot][0], seams, drifts) for shot in seams}


def _grade(timeline: Timeline, number: int, seams: dict, drifts: dict) -> Grade:
    """The drift's part runs on through cuts between neighbours of one chain and holds elsewhere."""
    clip = timeline.clips[number]
    drift = drifts[clip.shot]
    before = timeline.clips[number - 1] if number else None
    after = timeline.clips[number + 1] if number + 1 < len(timeline.clips) else None
    start = end = drift
    if before is not None and clip.continues == before.shot:
        # The first clip of a chain is left alone, so its neighbour's correction starts from nothing.
        start = drifts[before.shot].towards(drift, 0.5) if before.shot in drifts else Correction.none()
    if after is not None and after.continues == clip.shot:
        end = drift.towards(drifts[after.shot], 0.5)
    seam = seams[clip.shot]
    return Grade(clip.place, start.after(seam), drift.after(seam), end.after(seam))


def _seam(earlier: Clip, clip: Clip, read: ReadPlanes) -> Correction:
    """From a clip to the one before it, over the moments around the cut that both takes show."""
    back = min(clip.source.start - clip.available.start, len(earlier.source))
    on = min(earlier.available.end - earlier.source.end, len(clip.source))
    if back + on == 0:
        return Correction.none()  # no frame in common: nothing can be said
    there = _spread(earlier, Span(earlier.source.end - back, earlier.source.end + on), read)
    here = _spread(clip, Span(clip.source.start - back, clip.source.start + on), read)
    alike = likeness(sum(thumbnail(p[0]) for p in there), sum(thumbnail(p[0]) for p in here))
    # Takes that do not show the same scene after all differ by what they show: only a little of that is taken off.
    return matching(measure(here), measure(there), gentle=alike < SAME_SCENE)


def _whole(clip: Clip, read: ReadPlanes) -> Statistics:
    """Statistics of the used part of a clip, from its key frames where there are enough of them."""
    keys = list(islice(read(clip, clip.source, True), MOST_KEYS))
    return measure(keys if len(keys) >= FEWEST_KEYS else _spread(clip, clip.source, read))


def _spread(clip: Clip, span: Span, read: ReadPlanes) -> list[Planes]:
    """A few pictures from all over a span of a clip's take."""
    step = -(-len(span) // SAMPLES)
    return list(islice(read(clip, span, False), step // 2, None, step))


def _through(correction: Correction, statistics: Statistics) -> Statistics:
    return Statistics(correction.of(statistics.mean), correction.gain * statistics.deviation)
