import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from oner.errors import Cancelled, MediaError
from oner.film import SectionLabel, SongAnalysis, from_json, to_json
from oner.media import write_sound
from oner.song import Overrides, analyse, as_json, as_rows


def seconds(analysis, beats):
    return np.array([beat.sample for beat in beats]) / analysis.sample_rate


def test_rock_is_heard_whole(rock, rock_heard, f_measure):
    """Tempo, beats, downbeats and the first section of a plain rock song come out right."""
    assert rock_heard.bpm == pytest.approx(120, abs=0.1)
    assert rock_heard.meter == 4
    assert rock_heard.confidence > 0.7
    beats = seconds(rock_heard, rock_heard.beats)
    assert f_measure(beats, rock.beats) > 0.95
    assert f_measure(seconds(rock_heard, rock_heard.downbeats), rock.downbeats) > 0.9
    late = np.array([beats[np.abs(beats - t).argmin()] - t for t in rock.beats])
    assert abs(np.median(late)) < 0.008
    assert rock_heard.sections[0].label is SectionLabel.INTRO


@pytest.mark.parametrize(
    ("seed", "groove", "bpm", "drift", "lead_in"),
    [
        (2, "waltz", 96.0, "up", 0.0),
        (3, "shuffle", 78.0, "none", 2.0),
        (4, "floor", 128.0, "wave", 0.0),
        (5, "ballad", 64.0, "none", 0.3),
    ],
)
def test_grooves_tempi_and_drift(tracks, tmp_path, f_measure, seed, groove, bpm, drift, lead_in):
    """Waltz, shuffle, four on the floor and ballad are followed, steady or drifting by 3 %."""
    track = tracks.make_track(seed, 32, bpm=bpm, groove=groove, drift=drift, lead_in=lead_in)
    write_sound(tmp_path / "song.flac", track.samples, track.rate)
    heard = analyse(tmp_path / "song.flac")
    assert heard.meter == track.meter
    assert abs(np.log(heard.bpm / bpm)) < 0.05
    assert f_measure(seconds(heard, heard.beats), track.beats) > 0.93
    assert f_measure(seconds(heard, heard.downbeats), track.downbeats) > 0.85


def test_sections_cover_the_song_and_start_on_downbeats(rock_heard):
    """Sections follow one another from the first sample to the last, with their borders on downbeats."""
    spans = [section.span for section in rock_heard.sections]
    assert spans[0].start == 0
    assert spans[-1].end == rock_heard.samples
    assert all(a.end == b.start for a, b in itertools.pairwise(spans))
    downbeats = {beat.sample for beat in rock_heard.downbeats}
    assert all(span.start in downbeats for span in spans[1:])
    assert max(section.energy for section in rock_heard.sections) == 1.0


def test_bars_count_from_the_first_downbeat(rock_heard):
    """Positions run through the meter and bars ascend by one at each downbeat."""
    for before, after in itertools.pairwise(rock_heard.beats):
        assert after.sample > before.sample
        assert after.position == (before.position + 1) % rock_heard.meter
        assert after.bar == before.bar + (after.position == 0)
    assert rock_heard.downbeats[0].bar == 0


@pytest.mark.parametrize("kind", ["rubato", "ambient", "speech", "noise"])
def test_no_beat_is_made_up(tracks, tmp_path, kind):
    """Sound without a beat gives no tempo, no beats, a confidence near 0, a note, and still sections."""
    track = tracks.make_beatless(kind, 7, 30)
    write_sound(tmp_path / "song.wav", track.samples, track.rate)
    heard = analyse(tmp_path / "song.wav")
    assert heard.bpm is None
    assert heard.beats == ()
    assert heard.confidence < 0.25
    assert any("no regular beat" in note for note in heard.notes)
    assert heard.sections[0].span.start == 0
    assert heard.sections[-1].span.end == heard.samples


def test_silence(tmp_path):
    """Digital silence has no loudness, no peak, no beats, and says that it is silent."""
    write_sound(tmp_path / "nothing.wav", np.zeros((2, 44100 * 6)), 44100)
    heard = analyse(tmp_path / "nothing.wav")
    assert (heard.bpm, heard.lufs, heard.true_peak, heard.beats) == (None, None, None, ())
    assert "silent" in " ".join(heard.notes)
    assert len(heard.sections) == 1
    assert set(heard.energy) == {0.0}


def test_half_a_second(tmp_path):
    """Half a second is analysed without a beat and says that it is too short."""
    write_sound(tmp_path / "blip.wav", 0.3 * np.sin(np.arange(22050) / 10)[None], 44100)
    heard = analyse(tmp_path / "blip.wav")
    assert heard.bpm is None
    assert heard.lufs is not None
    assert len(heard.sections) == 1
    assert "too short" in " ".join(heard.notes)


def test_one_sample(tmp_path):
    """Even a file of one sample is analysed rather than failing deep inside."""
    write_sound(tmp_path / "click.wav", np.full((1, 1), 0.5), 44100)
    assert analyse(tmp_path / "click.wav").samples == 1


def test_not_a_sound(tmp_path):
    """A text file named .mp3 and a missing file are refused as media."""
    (tmp_path / "song.mp3").write_text("these are only words, no music\n" * 50)
    with pytest.raises(MediaError):
        analyse(tmp_path / "song.mp3")
    with pytest.raises(MediaError, match="missing"):
        analyse(tmp_path / "missing.wav")


def test_truncated_mp3(rock, tmp_path):
    """An mp3 that breaks off is analysed as far as it goes."""
    whole = tmp_path / "whole.mp3"
    write_sound(whole, rock.samples[:, : 30 * rock.rate], rock.rate)
    cut = tmp_path / "cut.mp3"
    data = whole.read_bytes()
    cut.write_bytes(data[: len(data) // 2 + 100])
    heard = analyse(cut)
    assert 13 < heard.samples / heard.sample_rate < 17
    assert heard.bpm == pytest.approx(120, abs=0.5)


@pytest.mark.parametrize(("rate", "channels"), [(96000, 1), (8000, 2), (48000, 1)])
def test_rates_and_channels(rock, tmp_path, rate, channels):
    """Mono, 96 kHz and telephone quality give the same tempo and beats at the right places."""
    from scipy.signal import resample_poly

    sound = resample_poly(rock.samples[:channels, : 24 * rock.rate], rate // 100, rock.rate // 100, axis=1)
    path = tmp_path / f'sängerin\'s "live" take – {rate}.wav'
    write_sound(path, sound, rate)
    heard = analyse(path)
    assert (heard.sample_rate, heard.channels) == (rate, channels)
    assert heard.bpm == pytest.approx(120, abs=0.3)
    assert np.abs(seconds(heard, heard.beats)[4:8, None] - rock.beats[None]).min(axis=1).max() < 0.02


def test_values_that_are_not_numbers(rock, tmp_path):
    """NaN in a float file is taken as silence, with a note, instead of spoiling every figure."""
    import av

    sound = rock.samples[:1, : 10 * rock.rate].copy()
    sound[0, 1000:1010] = np.nan
    with av.open(str(tmp_path / "bad.wav"), "w") as container:
        stream = container.add_stream("pcm_f32le", rate=rock.rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(sound, format="flt", layout="mono")
        frame.sample_rate = rock.rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    heard = analyse(tmp_path / "bad.wav")
    assert np.isfinite(heard.lufs)
    assert "not numbers" in " ".join(heard.notes)


MEASURED = """
import resource, sys
from oner.song import analyse
analyse(sys.argv[1])  # loads every library, so that only the long song counts below
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
heard = analyse(sys.argv[2])
gaps = [(b.sample - a.sample) / heard.sample_rate for a, b in zip(heard.beats, heard.beats[1:])]
print(heard.bpm, min(gaps), max(gaps), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def test_twenty_minutes_in_bounded_memory(tmp_path):
    """Twenty minutes are analysed with less than ten times the sound's own memory and one even grid to the end."""
    rate = 8000
    beat = np.zeros(rate // 2, np.float32)
    beat[:400] = np.random.default_rng(0).normal(0, 0.3, 400) * np.exp(-np.arange(400) / 80)
    bar = np.concatenate([2 * beat, beat, 1.4 * beat, beat]) * 0.5
    sound = np.tile(bar, 1200 * rate // len(bar))
    write_sound(tmp_path / "short.wav", sound[None, : 10 * rate], rate)
    write_sound(tmp_path / "long.wav", sound[None], rate)
    command = [sys.executable, "-c", MEASURED, str(tmp_path / "short.wav"), str(tmp_path / "long.wav")]
    bpm, shortest, longest, megabytes = map(float, subprocess.check_output(command, text=True).split())
    assert bpm == pytest.approx(120, abs=0.05)
    assert shortest == pytest.approx(0.5, abs=0.003)
    assert longest == pytest.approx(0.5, abs=0.003)
    assert megabytes < 10 * sound.nbytes / 2**20


def test_progress_and_cancelling(rock_path):
    """Progress ascends to 1 and an error raised by the report stops the analysis."""
    seen = []
    analyse(rock_path, report=lambda fraction, word: seen.append(fraction))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0

    def stop(fraction, word):
        if fraction > 0.3:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        analyse(rock_path, report=stop)


def test_analysis_survives_json(rock_heard):
    """An analysis written as JSON and read back is the same."""
    assert from_json(to_json(rock_heard), SongAnalysis) == rock_heard


def test_as_json_and_rows(rock_heard):
    """The JSON object holds seconds and plain labels; the rows name every section."""
    told = json.loads(json.dumps(as_json(rock_heard)))
    assert {"bpm", "meter", "confidence", "beats", "downbeats", "sections", "lufs", "true_peak"} <= set(told)
    assert (told["sections"][0]["label"], told["sections"][0]["start"]) == ("intro", 0.0)
    assert told["beats"][1] - told["beats"][0] == pytest.approx(0.5, abs=0.01)
    facts, rows = as_rows(rock_heard)
    assert dict(facts)["meter"] == "4/4"
    assert [row[0] for row in rows] == [str(section.label) for section in rock_heard.sections]


def _real_songs():
    folder = os.environ.get("ONER_SONGS")
    return sorted(p for p in Path(folder).glob("*.ogg") if p.with_suffix(".beats.txt").exists()) if folder else []


@pytest.mark.skipif(not _real_songs(), reason="set ONER_SONGS to a folder of songs with .beats.txt beside them")
@pytest.mark.parametrize("path", _real_songs(), ids=lambda path: path.stem)
def test_real_songs(path, f_measure):
    """Real songs of known constant tempo: beats within 70 ms, tempo within a thousandth."""
    true = np.loadtxt(path.with_suffix(".beats.txt"))
    heard = analyse(path, Overrides())
    assert heard.bpm == pytest.approx(60 * (len(true) - 1) / (true[-1] - true[0]), rel=1e-3)
    assert f_measure(seconds(heard, heard.beats), true) > 0.95
