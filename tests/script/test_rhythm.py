"""Cuts fall on downbeats and section borders, within the lengths asked for, for any song."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from oner.script.positions import Positions
from oner.script.rhythm import Pace, cuts_in, parts_of
from oner.timing import Span

from .conftest import written_song

LABELS = st.sampled_from(["intro", "verse", "chorus", "bridge", "instrumental", "outro"])
FORMS = st.lists(st.tuples(LABELS, st.integers(2, 16), st.floats(0.05, 1.0)), min_size=1, max_size=7)


def cut(song, pace=None, seed=0):
    pace = pace or Pace()
    positions = Positions(song, Span(0, song.samples))
    parts = parts_of(song, positions, pace.min_seconds)
    return parts, [cuts_in(part, song, positions, pace, seed) for part in parts]


def seconds(song, edges):
    return [(end - start) / song.sample_rate for start, end in itertools.pairwise(edges)]


@settings(max_examples=60, deadline=None)
@given(
    bpm=st.floats(60, 180),
    meter=st.sampled_from([3, 4]),
    form=FORMS,
    lead=st.floats(0, 5),
    tail=st.floats(0, 4),
    grid=st.booleans(),
    seed=st.integers(0, 99),
)
def test_any_song_is_cut_within_limits(bpm, meter, form, lead, tail, grid, seed):
    """Shots cover the song without gap, last 2 to 8 s, and begin on downbeats wherever these allow it."""
    song = written_song(bpm, meter, form, lead, tail, grid=grid)
    parts, divided = cut(song, seed=seed)
    edges = [divided[0][0], *(edge for edges in divided for edge in edges[1:])]
    assert (edges[0], edges[-1]) == (0, song.samples)
    assert all(edges[0] == part.span.start and edges[-1] == part.span.end for part, edges in zip(parts, divided))
    if song.samples >= 2 * song.sample_rate:
        assert all(1.99 <= length <= 8.01 for length in seconds(song, edges))
    if grid:
        downbeats = {beat.sample for beat in song.downbeats}
        inner = [edge for edge in edges[1:-1] if 0 < edge < song.samples]
        sung = Span(song.beats[0].sample, song.beats[-1].sample + 1)
        off = [edge for edge in inner if edge in sung and edge not in downbeats]
        assert not off


def test_a_cut_stands_on_every_section_border(song):
    """Every part of the song begins with a shot of its own."""
    parts, divided = cut(song)
    assert [part.name for part in parts] == ["intro", "verse 1", "chorus 1", "verse 2", "chorus 2", "outro"]
    assert {section.span.start for section in song.sections} <= {edge for edges in divided for edge in edges}


def test_quiet_parts_have_long_shots_and_choruses_short_ones(song):
    """The mean shot of a chorus is clearly shorter than that of a verse, and that of a verse than the intro's."""
    parts, divided = cut(song)
    mean = {part.name: len(part.span) / song.sample_rate / (len(edges) - 1) for part, edges in zip(parts, divided)}
    assert mean["chorus 1"] < 0.8 * mean["verse 1"]
    assert mean["verse 1"] <= mean["intro"]


def test_never_on_every_beat_nor_every_bar(song):
    """Fast songs are not chopped: shots last several beats, and not all the same number of bars."""
    fast = written_song(bpm=174, form=(("chorus", 32, 1.0),))
    for analysis in (song, fast):
        _, divided = cut(analysis)
        lengths = {round(length, 2) for edges in divided for length in seconds(analysis, edges)}
        assert len(lengths) > 1
    assert min(seconds(fast, divided[0])) >= 4 * 60 / 174


def test_long_bars_are_cut_on_beats():
    """Where one bar is longer than the longest shot, cuts stand on its beats, the middle one first."""
    slow = written_song(bpm=40, form=(("verse", 8, 0.4),), tail=0)
    _, [edges] = cut(slow, Pace(1.0, 4.0))
    beats = {beat.sample for beat in slow.beats}
    assert set(edges[1:-1]) <= beats
    assert max(seconds(slow, edges)) <= 4.0


def test_short_sections_are_joined(make_song):
    """A section shorter than the shortest shot does not get a shot of its own."""
    song = make_song(form=(("intro", 4, 0.3), ("verse", 1, 0.5), ("chorus", 8, 1.0)), bpm=150)
    parts, _ = cut(song)
    assert [part.name for part in parts] == ["intro", "chorus"]


def test_a_song_shorter_than_a_shot_is_one_shot(make_song):
    """Half a second of song is one shot."""
    song = make_song(form=(("verse", 0, 0.5),), tail=0.5)
    _, divided = cut(song)
    assert divided == [[0, 24000]]


def test_an_exact_number_of_shots_can_be_asked_for(song):
    """With a count, a part has that many shots, on downbeats, or none can be made."""
    positions = Positions(song, Span(0, song.samples))
    verse = parts_of(song, positions, 2.0)[1]
    assert len(cuts_in(verse, song, positions, Pace(), 0, 5)) == 6
    assert cuts_in(verse, song, positions, Pace(), 0, 20) is None


def test_without_a_grid_lengths_are_irregular(make_song):
    """A song without beats is cut at uneven lengths, on lines that are sung where they fit."""
    song = make_song(grid=False, form=(("verse", 20, 0.4), ("chorus", 20, 0.9)), lyrics=((11.0, 13.0, "a line"),))
    parts, divided = cut(song)
    lengths = [length for edges in divided for length in seconds(song, edges)]
    assert len({round(length, 1) for length in lengths}) > len(lengths) / 2
    assert 11 * song.sample_rate in divided[0]
    assert parts[1].span.start in divided[1]
