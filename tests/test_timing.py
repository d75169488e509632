from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oner import timing
from oner.timing import Rate, Span


def test_edges_do_not_drift():
    """500 beats at 128 BPM, cut on every beat at 24 fps, end on the frame of the last beat."""
    beats = [timing.sample_from_seconds(Fraction(60 * n, 128), 48000) for n in range(501)]
    spans = timing.spans_between([timing.frame_at(beat, 48000, Rate(24)) for beat in beats])
    assert sum(map(len, spans)) == timing.frame_from_seconds(Fraction(60 * 500, 128), Rate(24)) == 5625


@given(st.integers(0, 10**7), st.sampled_from([Rate(24), Rate(25), Rate(30), Rate(24000, 1001)]))
def test_frame_to_sample_and_back(frame, rate):
    """A frame's sample lies in that frame again."""
    assert timing.frame_at(timing.sample_at(frame, 44100, rate), 44100, rate) == frame


@pytest.mark.parametrize(
    ("text", "rate"),
    [("24", Rate(24)), (23.976, Rate(24000, 1001)), ("29.97", Rate(30000, 1001)), ("24000/1001", Rate(24000, 1001)),
     ("12.5", Rate(25, 2)), (60, Rate(60))],
)  # fmt: skip
def test_rates_as_people_write_them(text, rate):
    """NTSC decimals become exact fractions; everything else stays what it is."""
    assert timing.rate_from_text(text) == rate


@pytest.mark.parametrize("text", ["0", "-24", "fast", "1/0"])
def test_bad_rates(text):
    """What is no positive number raises."""
    with pytest.raises((ValueError, ZeroDivisionError)):
        timing.rate_from_text(text)


def test_frames_cover_the_whole_sound():
    """The picture is never shorter than the song."""
    assert timing.frames_in(48000, 48000, Rate(24)) == 24
    assert timing.frames_in(48001, 48000, Rate(24)) == 25


def test_spans():
    """Spans are half-open."""
    assert 4 in Span(0, 5)
    assert 5 not in Span(0, 5)
    assert Span(0, 5).overlap(Span(3, 9)) == 2
    with pytest.raises(ValueError, match="before its start"):
        Span(5, 4)
    assert timing.clock(1441, Rate(24)) == "1:00.04"
