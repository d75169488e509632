import json

import numpy as np
import pytest

from oner.errors import InputError
from oner.film import SectionLabel
from oner.media import write_sound
from oner.song import Overrides, analyse, as_json
from oner.song.overrides import read_sections, read_taps, seconds_from_text


def times(analysis, beats):
    return np.array([beat.sample for beat in beats]) / analysis.sample_rate


def test_given_tempo_wins(rock_path):
    """A tempo given by hand picks the level: 60 instead of the 120 that is heard."""
    heard = analyse(rock_path, Overrides(bpm=60))
    assert heard.bpm == 60
    assert np.median(np.diff(times(heard, heard.beats))) == pytest.approx(1.0, abs=0.002)
    assert "tempo given by hand" in heard.notes


def test_given_downbeat_and_meter_win(rock_path):
    """The first downbeat falls exactly where it was given, and bars have as many beats as given."""
    heard = analyse(rock_path, Overrides(first_downbeat=2.75, meter=3))
    assert times(heard, heard.downbeats)[0] == pytest.approx(2.75, abs=1e-4)
    assert heard.meter == 3
    assert np.median(np.diff(times(heard, heard.downbeats))) == pytest.approx(1.5, abs=0.002)
    assert all(beat.bar >= -1 for beat in heard.beats)


def test_given_tempo_rules_a_grid_where_none_is_heard(tracks, tmp_path):
    """On ambient sound a given tempo and first downbeat make an exact grid, and a note says that it was not heard."""
    track = tracks.make_beatless("ambient", 3, 20)
    write_sound(tmp_path / "pads.wav", track.samples, track.rate)
    heard = analyse(tmp_path / "pads.wav", Overrides(bpm=90, first_downbeat=1.0))
    assert times(heard, heard.downbeats)[:3] == pytest.approx([1.0, 1.0 + 8 / 3, 1.0 + 16 / 3], abs=1e-4)
    assert "could not be heard" in " ".join(heard.notes)


def test_taps_are_the_beats(rock_path, tmp_path):
    """Tapped beats are taken as they are, whatever is heard; labels mark the downbeats."""
    taps = 1.03 + 0.7 * np.arange(30)
    rows = [f"{t:.3f}\t{t:.3f}\t{'1' if i % 3 == 1 else ''}" for i, t in enumerate(taps)]
    (tmp_path / "labels.txt").write_text("\n".join(rows))
    heard = analyse(rock_path, Overrides(taps=tmp_path / "labels.txt"))
    assert times(heard, heard.beats) == pytest.approx(taps, abs=1e-4)
    assert heard.meter == 3
    assert heard.beats[0].bar == -1
    assert times(heard, heard.downbeats)[0] == pytest.approx(taps[1], abs=1e-4)
    assert heard.confidence == 1.0


def test_plain_taps_get_bars_from_the_sound(rock, rock_path, tmp_path):
    """Taps without labels still find the bar lines of the song."""
    (tmp_path / "taps.txt").write_text("# tapped along\n" + "\n".join(f"{t + 0.01:.3f}" for t in rock.beats[2:60]))
    heard = analyse(rock_path, Overrides(taps=tmp_path / "taps.txt"))
    assert heard.meter == 4
    downbeats = times(heard, heard.downbeats)
    assert np.abs(downbeats[:, None] - rock.downbeats[None]).min(axis=1).max() < 0.02


def test_given_sections_win(rock_path, rock_heard, tmp_path):
    """Sections given by hand are kept as they are; stretches without one are filled by their place."""
    (tmp_path / "form.txt").write_text("# mine\nverse 0:08 16.5\nRefrain 0:20\n")
    heard = analyse(rock_path, Overrides(sections=tmp_path / "form.txt"))
    said = [(s.label, round(s.span.start / heard.sample_rate, 3)) for s in heard.sections]
    assert said == [
        (SectionLabel.INTRO, 0.0), (SectionLabel.VERSE, 8.0), (SectionLabel.INSTRUMENTAL, 16.5),
        (SectionLabel.CHORUS, 20.0),
    ]  # fmt: skip
    assert heard.sections[-1].span.end == heard.samples


def test_printed_json_is_read_back(rock_path, rock_heard, tmp_path):
    """What the command prints as JSON can be edited and given back as sections."""
    (tmp_path / "heard.json").write_text(json.dumps(as_json(rock_heard)))
    seconds = rock_heard.samples / rock_heard.sample_rate
    again = read_sections(tmp_path / "heard.json", seconds)
    assert [label for label, _, _ in again] == [section.label for section in rock_heard.sections]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("verse\n", "line 1.*no time"), ("vers 0:10\n", "did you mean verse"),
        ("verse 0:10 0:05\n", "not after its start"),
        ("verse 10\nchorus 5\n", "line 2|line 1"), ("verse 99\n", "song ends at 30"), ("\n# nothing\n", "no section"),
        ('{"beats": []}', "not a list of sections"), ("verse 0 20\nchorus 15 30\n", "line 2.*before the section above"),
    ],
)  # fmt: skip
def test_bad_sections(tmp_path, text, match):
    """Each mistake in a sections file is refused with its line and what would be right."""
    (tmp_path / "form.txt").write_text(text)
    with pytest.raises(InputError, match=match):
        read_sections(tmp_path / "form.txt", 30.0)


@pytest.mark.parametrize(
    ("text", "match"),
    [("one\n", "line 1.*not a time"), ("5\n", "at least two"), ("1\n99\n", "ends at 30"), ("1\n1.01\n", "apart")],
)
def test_bad_taps(tmp_path, text, match):
    """Each mistake in a taps file is refused."""
    (tmp_path / "taps.txt").write_text(text)
    with pytest.raises(InputError, match=match):
        read_taps(tmp_path / "taps.txt", 30.0)


@pytest.mark.parametrize(
    ("overrides", "match"),
    [
        ({"bpm": 5}, "between 20 and 400"), ({"meter": 1}, "2 to 12"), ({"first_downbeat": 1e4}, "the song lasts"),
        ({"bpm": 100, "taps": "x"}, "leave one"), ({"taps": "missing.txt"}, "cannot read"),
        ({"lyrics": "missing.lrc"}, "cannot read"),
    ],
)  # fmt: skip
def test_impossible_values(rock_path, overrides, match):
    """Values that cannot be meant are refused before any work."""
    with pytest.raises(InputError, match=match):
        analyse(
            rock_path, Overrides(**{k: rock_path.parent / v if isinstance(v, str) else v for k, v in overrides.items()})
        )


def test_times_as_people_write_them():
    """Seconds, m:ss and h:mm:ss are times; words, signs and empty strings are not."""
    assert [seconds_from_text(t) for t in ("75.5", "1:15.5", "0:01:15,5", ".5")] == [75.5, 75.5, 75.5, 0.5]
    for text in ("", "a", "-1", "1:2:3:4", "1e3", "nan"):
        with pytest.raises(ValueError):  # noqa: PT011 - the text itself is the message
            seconds_from_text(text)
