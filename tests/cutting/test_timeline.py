from dataclasses import replace
from fractions import Fraction

import pytest

from oner.cutting import plan_cut
from oner.errors import FilmError, InputError
from oner.film import ClipRequest, MediaRef, PromptSpan, Take, Transition, TransitionKind, from_json, to_json
from oner.film import Timeline as TimelineNoun
from oner.timing import Span, sample_at


def made(shot, frames, number=1, rate=Fraction(24)):
    """A take of so many frames, on paper."""
    request = ClipRequest((PromptSpan("x", Span(0, frames)),), 96, 64, frames, rate, seed=number)
    media = MediaRef(f"{shot}-{number}", 1, ".mp4")
    return Take(f"{shot}-{number}", shot, number, request, "test@1", media, "2026-01-01T00:00:00Z", 0.0)


@pytest.fixture
def plan(kit):
    """Plan a cut of these shots; every take has the handles unless given."""

    def make(lengths=(24, 36, 12), picks=None, storyboard=None, takes=None, analysis=None, **transitions):
        shots = kit.shots(list(lengths), **transitions)
        storyboard = storyboard or kit.storyboard(shots)
        picks = {s.id: made(s.id, len(s.span) + 12) for s in shots} | (picks or {})
        analysis = analysis or kit.song(4.0)[1]
        return plan_cut(storyboard, picks, takes or {k: [v] for k, v in picks.items()}, analysis)

    return make


def test_clips_cover_the_film(plan):
    """Clips lie end to end over every frame of the film, and use the frames after the handle."""
    timeline = plan(s1=("dissolve", 8), s2=("dip", 6))
    assert [c.place for c in timeline.clips] == [Span(0, 24), Span(24, 60), Span(60, 72)]
    assert timeline.frames == 72
    assert all(len(c.source) == len(c.place) and c.source.start == 6 for c in timeline.clips)
    assert timeline.clips[1].available == Span(0, 48)
    assert from_json(to_json(timeline), TimelineNoun) == timeline


def test_markers_follow_the_excerpt(kit, plan):
    """Sections and downbeats are named and placed as they fall on the film; those outside the excerpt are left out."""
    shots = kit.shots([24, 24])
    start = kit.sample_rate  # one second into the song: the second downbeat, at 2 s, falls on frame 24
    timeline = plan((24, 24), storyboard=kit.storyboard(shots, song_start=start))
    assert [(m.frame, m.kind, m.name) for m in timeline.markers] == [
        (0, "section", "verse 1"),
        (24, "section", "verse 2"),
        (24, "downbeat", "bar 2"),
    ]


def test_alternates_are_the_other_takes_that_fit(plan):
    """Unused takes of a shot are kept as alternates; a take too short for the place is not one."""
    takes = {"s0": [made("s0", 36, n) for n in (3, 1, 2)] + [made("s0", 20, 4)]}
    timeline = plan(takes=takes)
    assert [take for take, _ in timeline.clips[0].alternates] == ["s0-2", "s0-3"]


def test_the_last_frame_may_be_partly_silent(kit, plan):
    """A film one frame longer than whole frames of song is planned; two frames too long is refused."""
    shots = kit.shots([24, 24])
    board = kit.storyboard(shots)
    end = sample_at(47, kit.sample_rate, kit.rate) + 5
    assert plan((24, 24), storyboard=replace(board, song_span=Span(0, end))).frames == 48
    with pytest.raises(InputError, match=r"48 frames at 24 a second, its piece of song lasts 46\.00 frames"):
        plan((24, 24), storyboard=replace(board, song_span=Span(0, sample_at(46, kit.sample_rate, kit.rate))))


@pytest.mark.parametrize(
    ("transitions", "message"),
    [
        ({"s0": ("dissolve", 4)}, "shot s0: the first shot has nothing to dissolve from"),
        ({"s1": ("whip", 13)}, "shot s0: the whip of 13 frames into shot s1 needs 7 spare frames after it"),
        ({"s1": ("zoom", 0)}, "shot s1: a zoom of 0 frames"),
        ({"s1": ("cut", 3)}, "shot s1: a cut of 3 frames"),
        ({"s2": ("dip", 30)}, "shot s2 has 12 frames, its transitions need 15 at its start and 0 at its end"),
    ],
)
def test_transitions_that_do_not_fit_are_refused(plan, transitions, message):
    """A transition longer than its handles or shots is refused with the shot and the numbers, never shortened."""
    with pytest.raises(FilmError, match=message):
        plan(**transitions)


def test_handles_are_needed_on_both_sides(plan):
    """A take with a long tail does not make up for the next take's short head."""
    with pytest.raises(FilmError, match="shot s1: its dissolve of 14 frames needs 7 spare frames before the shot"):
        plan(s1=("dissolve", 14), picks={"s0": made("s0", 60)})


def test_transitions_may_not_meet_inside_a_shot(plan):
    """Two transitions that would overlap inside a short shot are refused."""
    with pytest.raises(FilmError, match="shot s1 has 8 frames, its transitions need 6 at its start and 5 at its end"):
        plan((24, 8, 24), s1=("dip", 12), s2=("dip", 10))


def test_a_dip_needs_no_handles(kit, plan):
    """A dip to black shows one shot at a time, so that takes without handles will do; it may open the film."""
    shots = kit.shots([24, 24], s0=("dip", 8), s1=("dip", 8))
    board = replace(kit.storyboard(shots), handle=0)
    timeline = plan((24, 24), storyboard=board, picks={s.id: made(s.id, 24) for s in shots})
    assert timeline.clips[0].transition == Transition(TransitionKind.DIP, 8)


@pytest.mark.parametrize(
    ("take", "message"),
    [
        (None, "shot s1: no take is picked"),
        (made("s1", 41), "shot s1: take 1 has 41 frames, 42 are needed"),
        (made("s1", 48, rate=Fraction(25)), "shot s1: take 1 has 25 frames a second, the film 24"),
        (made("s2", 48), "shot s1: the picked take s2-1 belongs to shot s2"),
    ],
)
def test_picks_that_do_not_fit_are_refused(plan, take, message):
    """A missing, short, foreign or differently timed pick is refused with the shot's name."""
    with pytest.raises(FilmError, match=message):
        plan(picks={"s1": take})


def test_gaps_and_overlaps_are_refused(kit, plan):
    """Shots that leave a gap or overlap are refused, with both neighbours and the frames."""
    first, second = kit.shots([24, 24])
    board = kit.storyboard((first, second))
    gap = replace(board, shots=(first, replace(second, span=Span(26, 48))))
    with pytest.raises(FilmError, match=r"a gap of 2 frames between shot s0 \(ends at frame 24\) and shot s1"):
        plan((24, 24), storyboard=gap)
    short = replace(board, shots=(first,))
    with pytest.raises(FilmError, match=r"a gap of 24 frames between shot s0 .* and the film's end"):
        plan((24, 24), storyboard=short)
    overlap = replace(board, shots=(first, replace(second, span=Span(20, 48))))
    with pytest.raises(FilmError, match="an overlap of 4 frames"):
        plan((24, 24), storyboard=overlap)
    with pytest.raises(FilmError, match="no shots"):
        plan((24, 24), storyboard=replace(board, shots=()))


def test_a_song_that_ends_before_the_film_is_refused(kit, plan):
    """A film planned beyond the song's end asks for a new analysis."""
    with pytest.raises(InputError, match="of a song that has 96000"):
        plan(analysis=kit.song(2.0)[1])
