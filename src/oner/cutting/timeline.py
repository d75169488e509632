"""Storyboard and chosen takes to a Timeline, in whole frames; the decisions of a cut, without touching a file."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from ..errors import FilmError, InputError
from ..film import Clip, Marker, Shot, SongAnalysis, Storyboard, Take, Timeline, Transition, TransitionKind
from ..timing import Rate, Span, frame_at, rate_text

JOINING = (TransitionKind.DISSOLVE, TransitionKind.WHIP, TransitionKind.ZOOM)  # show both shots at once


def plan_cut(
    storyboard: Storyboard,
    picks: Mapping[str, Take],
    takes: Mapping[str, Sequence[Take]],
    analysis: SongAnalysis,
) -> Timeline:
    """Lay the picked takes on the film. `picks` has one take for each shot id, `takes` all takes of each shot.

    A take begins `storyboard.handle` frames before its shot does, so its source span starts there; a take may be longer
    than asked. Raises FilmError, naming the shot, where shots leave a gap, a pick is missing, of another rate or too
    short, or a transition does not fit its shots and their handles; InputError where the film is not as long as its
    piece of song. Nothing is shortened or moved to make it fit.
    """
    _check_cover(storyboard)
    _check_song(storyboard, analysis)
    shots = storyboard.shots
    before = [frames_before(shot.transition) for shot in shots]
    after = [frames_after(shot.transition) for shot in shots]
    clips = []
    for number, shot in enumerate(shots):
        take = picks.get(shot.id)
        if take is None:
            raise FilmError(f"shot {shot.id}: no take is picked; shoot it, or pick one of its takes")
        following = shots[number + 1] if number + 1 < len(shots) else None
        _check_transition(shot, following, number, before, after)
        source = _source(shot, take, storyboard)
        _check_handles(shot, following, take, source, first=number == 0)
        clips.append(
            Clip(
                shot=shot.id,
                take=take.id,
                media=take.media,
                source=source,
                available=Span(0, take.request.frames),
                place=shot.span,
                transition=shot.transition,
                camera=shot.camera,
                continues=shot.continues,
                alternates=_alternates(take, takes.get(shot.id, ()), source),
                engine=take.engine,
            )
        )
    return Timeline(
        title=storyboard.title,
        rate=storyboard.rate,
        width=storyboard.width,
        height=storyboard.height,
        frames=storyboard.frames,
        clips=tuple(clips),
        song=analysis.song,
        song_span=storyboard.song_span,
        sample_rate=analysis.sample_rate,
        markers=markers(analysis, storyboard.song_span, storyboard.rate, storyboard.frames),
    )


def frames_before(transition: Transition) -> int:
    """Frames of a transition that lie before its cut."""
    return transition.frames // 2


def frames_after(transition: Transition) -> int:
    """Frames of a transition that lie after its cut."""
    return transition.frames - transition.frames // 2


def lead(clip: Clip) -> int:
    """Frames before its place that a clip shows: the first half of a joining transition."""
    return frames_before(clip.transition) if clip.transition.kind in JOINING else 0


def tail(following: Clip | None) -> int:
    """Frames after its place that a clip shows because of the transition into the clip that follows."""
    return frames_after(following.transition) if following and following.transition.kind in JOINING else 0


def markers(analysis: SongAnalysis, song_span: Span, rate: Rate, frames: int) -> tuple[Marker, ...]:
    """Sections ("chorus 2") and downbeats ("bar 9") of the song as they fall on the film, in order."""
    found: list[Marker] = []
    counts: dict[str, int] = {}
    for section in analysis.sections:
        counts[section.label] = counts.get(section.label, 0) + 1
        if section.span.overlap(song_span):
            sample = max(0, section.span.start - song_span.start)
            found.append(Marker(frame_at(sample, analysis.sample_rate, rate), "section", _name(section.label, counts)))
    for beat in analysis.downbeats:
        if beat.sample in song_span:
            frame = frame_at(beat.sample - song_span.start, analysis.sample_rate, rate)
            found.append(Marker(frame, "downbeat", f"bar {beat.bar + 1}"))
    inside = (marker for marker in found if marker.frame < frames)
    return tuple(sorted(inside, key=lambda marker: (marker.frame, marker.kind != "section")))


def _name(label: str, counts: Mapping[str, int]) -> str:
    return f"{label} {counts[label]}"


def _check_cover(storyboard: Storyboard) -> None:
    if not storyboard.shots:
        raise FilmError("the film has no shots")
    edges = [Span(0, 0), *(shot.span for shot in storyboard.shots), Span(storyboard.frames, storyboard.frames)]
    names = ["the film's start", *(f"shot {shot.id}" for shot in storyboard.shots), "the film's end"]
    for (left, right), (a, b) in zip(pairwise(edges), pairwise(names), strict=True):
        if left.end != right.start:
            what = "a gap" if left.end < right.start else "an overlap"
            raise FilmError(
                f"{what} of {abs(right.start - left.end)} frames between {a} (ends at frame {left.end}) and {b} "
                f"(frame {right.start}): shots must follow each other without one"
            )


def _check_song(storyboard: Storyboard, analysis: SongAnalysis) -> None:
    span = storyboard.song_span
    if span.start < 0 or span.end > analysis.samples:
        raise InputError(
            f"the film uses samples {span.start} to {span.end} of a song that has {analysis.samples}: analyse it again"
        )
    # Within a frame: the last frame may be partly silent, or the last part of a frame unheard.
    if abs(storyboard.frames * analysis.sample_rate - len(span) * storyboard.rate) >= analysis.sample_rate:
        raise InputError(
            f"the film has {storyboard.frames} frames at {rate_text(storyboard.rate)} a second, its piece of song "
            f"lasts {float(len(span) * storyboard.rate / analysis.sample_rate):.2f} frames: write the shots again"
        )


def _check_transition(shot: Shot, following: Shot | None, number: int, before: Sequence[int], after: Sequence[int]):
    transition = shot.transition
    if (transition.kind is TransitionKind.CUT) != (transition.frames == 0) or transition.frames < 0:
        raise FilmError(
            f"shot {shot.id}: a {transition.kind} of {transition.frames} frames; a cut has 0, all others at least 1"
        )
    if number == 0 and transition.kind in JOINING:
        raise FilmError(f"shot {shot.id}: the first shot has nothing to {transition.kind} from; use cut or dip")
    needed = after[number] + (before[number + 1] if following else 0)
    if needed > len(shot.span):
        raise FilmError(
            f"shot {shot.id} has {len(shot.span)} frames, its transitions need {after[number]} at its start and "
            f"{needed - after[number]} at its end: shorten a transition or lengthen the shot"
        )


def _source(shot: Shot, take: Take, storyboard: Storyboard) -> Span:
    """Frames of the take that are used: the shot's own, without handles."""
    if take.shot != shot.id:
        raise FilmError(f"shot {shot.id}: the picked take {take.id} belongs to shot {take.shot}")
    if take.request.rate != storyboard.rate:
        raise FilmError(
            f"shot {shot.id}: take {take.number} has {rate_text(take.request.rate)} frames a second, the film "
            f"{rate_text(storyboard.rate)}; pick another take or shoot it again"
        )
    source = Span(0, len(shot.span)).shifted(storyboard.handle)
    if source.end > take.request.frames:
        raise FilmError(
            f"shot {shot.id}: take {take.number} has {take.request.frames} frames, {source.end} are needed "
            f"({storyboard.handle} of handle and {len(shot.span)} of shot); shoot it again"
        )
    return source


def _check_handles(shot: Shot, following: Shot | None, take: Take, source: Span, first: bool) -> None:
    """A joining transition shows frames from beyond the cut: they must be in the take."""
    spare_before, spare_after = source.start, take.request.frames - source.end
    if not first and shot.transition.kind in JOINING and frames_before(shot.transition) > spare_before:
        raise FilmError(
            f"shot {shot.id}: its {shot.transition.kind} of {shot.transition.frames} frames needs "
            f"{frames_before(shot.transition)} spare frames before the shot, its take has {spare_before}: "
            f"make it at most {2 * spare_before + 1} frames, or raise the handle and shoot again"
        )
    if following and following.transition.kind in JOINING and frames_after(following.transition) > spare_after:
        raise FilmError(
            f"shot {shot.id}: the {following.transition.kind} of {following.transition.frames} frames into shot "
            f"{following.id} needs {frames_after(following.transition)} spare frames after it, its take has "
            f"{spare_after}: make it at most {2 * spare_after} frames, or raise the handle and shoot again"
        )


def _alternates(pick: Take, takes: Sequence[Take], source: Span) -> tuple:
    """Takes that would fit in the picked one's place. Those from before the shot was lengthened would not."""
    fitting = (t for t in takes if t.request.rate == pick.request.rate and t.request.frames >= source.end)
    return tuple((t.id, t.media) for t in sorted(fitting, key=lambda t: t.number) if t.id != pick.id)
