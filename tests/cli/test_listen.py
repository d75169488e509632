"""`oner listen`: what is heard, what overrides it, and sound files of every kind of trouble."""

import json

import numpy as np
import pytest

from oner.film import SongAnalysis, from_json
from oner.media import write_sound


def heard(ran) -> dict:
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def seconds(beats) -> list:
    return pytest.approx(beats, abs=0.03)


def test_a_table_for_people_and_files_for_programs(oner, song, tmp_path):
    """The table names tempo, meter, loudness and sections; analysis.json and a picture are written."""
    ran = oner("listen", song, "-o", tmp_path / "out")
    assert ran.code == 0
    assert "120.0" in ran.out or "119.9" in ran.out
    for word in ("4/4", "LUFS", "dBTP", "12.0 s", str(tmp_path / "out" / "analysis.json")):
        assert word in ran.out
    stored = from_json((tmp_path / "out" / "analysis.json").read_bytes(), SongAnalysis)
    assert stored.samples == 12 * 44100
    assert (tmp_path / "out" / "analysis.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["analysis.json", "analysis.png"]


def test_json_has_what_scripts_need(oner, song, tmp_path):
    """One object: tempo, meter, confidence, beats, downbeats and sections in seconds, loudness."""
    told = heard(oner("listen", song, "-o", tmp_path, "--json"))
    assert told["bpm"] == pytest.approx(120, abs=0.5)
    assert told["meter"] == 4
    assert 0 < told["confidence"] <= 1
    assert np.diff(told["beats"]) == pytest.approx(0.5, abs=0.03)
    assert set(told["downbeats"]) <= set(told["beats"])
    assert told["sections"][0]["start"] == 0
    assert told["sections"][-1]["end"] == pytest.approx(12, abs=0.01)
    assert set(told["sections"][0]) == {"label", "start", "end"}
    assert told["lufs"] < 0


def test_what_is_given_by_hand_wins(oner, song, tmp_path):
    """--bpm, --first-downbeat, --meter, --sections: the answer is exactly what was said."""
    (tmp_path / "parts.txt").write_text("intro 0\nchorus 4.5 9\n")
    given = ["--bpm", "90", "--first-downbeat", "1.25", "--meter", "3", "--sections", tmp_path / "parts.txt"]
    told = heard(oner("listen", song, "-o", tmp_path, *given, "--json"))
    assert told["bpm"] == 90
    assert told["meter"] == 3
    assert told["downbeats"][0] == seconds(1.25)
    assert np.diff(told["downbeats"]) == seconds(2.0)
    assert [(s["label"], s["start"]) for s in told["sections"]] == [("intro", 0), ("chorus", 4.5), ("outro", 9)]


def test_tapped_beats_are_taken_as_they_are(oner, song, tmp_path):
    """--taps: the beats are those of the file."""
    taps = [0.5 + 0.75 * n for n in range(14)]
    (tmp_path / "taps.txt").write_text("\n".join(map(str, taps)))
    told = heard(oner("listen", song, "-o", tmp_path, "--taps", tmp_path / "taps.txt", "--json"))
    inside = [beat for beat in told["beats"] if taps[0] - 0.01 <= beat <= taps[-1] + 0.01]
    assert inside == seconds(taps)


def test_a_project_is_heard_again_with_what_its_owner_knows(oner, new_project):
    """Overrides on a project change its analysis, and the plan follows: bar 3 stands elsewhere at half the tempo."""
    film = (new_project / "film.toml").read_text()
    at = [line for line in film.splitlines() if line.startswith("at = ")][1].split('"')[1]
    before = {s["id"]: s["seconds"] for s in json.loads(oner("plan", "-p", new_project, "--json").out)["shots"]}
    ran = oner("listen", new_project, "--bpm", "140", "--first-downbeat", "0", "--json")
    assert heard(ran)["bpm"] == 140
    after = {s["id"]: s["seconds"] for s in json.loads(oner("plan", "-p", new_project, "--json").out)["shots"]}
    bar = int(at.partition(".")[0])
    assert before["verse-1"] == pytest.approx((bar - 1) * 2.0, abs=0.05)
    assert after["verse-1"] == pytest.approx((bar - 1) * 4 * 60 / 140, abs=0.05)
    kept = (new_project / "analysis.json").read_bytes()
    assert heard(oner("listen", new_project, "--json"))["bpm"] == 140
    assert (new_project / "analysis.json").read_bytes() == kept
    refused = oner("listen", new_project, "-o", new_project / "elsewhere")
    assert refused.code == 2
    assert "--out is for sound files" in refused.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--bpm", "1000"], "1000.0 is not in the range 20<=x<=400"),
        (["--meter", "1"], "1 is not in the range 2<=x<=12"),
        (["--first-downbeat", "99"], "first downbeat at 99 s: the song lasts from 0 to 12.00 s"),
        (["--sections", "nowhere.txt"], "nowhere.txt: No such file"),
        (["--sections", "bad.txt"], "did you mean chorus?"),
        (["--taps", "bad.txt"], "bad.txt, line 1"),
        (["--lyrics", "bad.txt"], "bad.txt"),
    ],
)
def test_overrides_that_cannot_be_meant_are_refused(oner, song, tmp_path, monkeypatch, options, words):
    """A wrong value or file of overrides names itself; nothing is written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.txt").write_text("chrous 1\n")
    ran = oner("listen", song, *options)
    assert ran.code == 2
    assert words in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["bad.txt"]


# ----------------------------------------------------------------------------------------------- bad sound


def not_sound(path):
    path.write_text("these are words\n" * 50)


def empty(path):
    path.touch()


def folder(path):
    path.mkdir()


def picture(path):
    from oner.media import save_png

    save_png(path.with_suffix(".png"), np.zeros((8, 8, 3), np.uint8))
    path.with_suffix(".png").rename(path)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (not_sound, "is not a media file that can be read"),
        (empty, "is empty"),
        (folder, "holds no film.toml"),
        (picture, "no sound in"),
        (lambda path: None, "No such file"),
    ],
    ids=["text", "empty", "folder", "picture", "nothing"],
)
def test_what_is_no_song_is_refused(oner, tmp_path, make, words):
    """Text, nothing at all, a folder, a picture: exit code 2 and one line with the name; nothing is written."""
    make(tmp_path / "song.mp3")
    ran = oner("listen", tmp_path / "song.mp3", "-o", tmp_path / "out")
    assert ran.code == 2
    assert words in ran.err
    assert not (tmp_path / "out").exists()


def test_a_truncated_mp3_is_heard_as_far_as_it_goes(oner, song, tmp_path):
    """Half an mp3: what is there is analysed, and a note says that the rest is missing."""
    from oner.media import decode_sound

    whole = tmp_path / "whole.mp3"
    write_sound(whole, decode_sound(song).samples, 44100)
    (tmp_path / "half.mp3").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    told = heard(oner("listen", tmp_path / "half.mp3", "-o", tmp_path, "--json"))
    assert 4 < told["seconds"] < 8
    assert any("cut short" in note for note in told["notes"])


@pytest.mark.parametrize(("name", "length"), [("short", 0.5), ("silent", 6.0)])
def test_a_song_without_a_beat_says_so(oner, tmp_path, name, length):
    """Half a second, or silence: no tempo and no beats are made up, and a note says why."""
    samples = np.zeros((1, round(length * 22050)), np.float32)
    if name == "short":
        samples += 0.3 * np.sin(np.arange(samples.shape[1]) * 0.05, dtype=np.float32)
    write_sound(tmp_path / "song.wav", samples, 22050)
    ran = oner("listen", tmp_path / "song.wav", "-o", tmp_path)
    assert ran.code == 0
    assert "no regular beat" in ran.out
    told = heard(oner("listen", tmp_path / "song.wav", "-o", tmp_path, "--json"))
    assert (told["bpm"], told["beats"], told["downbeats"]) == (None, [], [])
    assert told["notes"]
    if name == "silent":
        assert told["lufs"] is None


def test_mono_at_96_khz(oner, tmp_path):
    """One channel at 96 kHz is heard as well, at its own rate."""
    samples = np.interp(np.arange(96000 * 6) / 96000, np.arange(44100 * 6) / 44100, _clicks(6))
    write_sound(tmp_path / "mono.flac", samples[None].astype(np.float32), 96000)
    told = heard(oner("listen", tmp_path / "mono.flac", "-o", tmp_path, "--json"))
    assert told["seconds"] == 6
    stored = from_json((tmp_path / "analysis.json").read_bytes(), SongAnalysis)
    assert (stored.sample_rate, stored.channels) == (96000, 1)


def _clicks(length: int) -> np.ndarray:
    time = np.arange(44100 * length) / 44100
    return 0.5 * np.sin(2 * np.pi * 220 * time) * np.exp(-(time % 0.5) * 30)


def test_twenty_minutes(oner, tmp_path):
    """A song of twenty minutes is heard to its end."""
    time = np.arange(1200 * 8000) / 8000
    write_sound(tmp_path / "long.wav", (0.5 * np.sin(1500 * time) * np.exp(-(time % 0.5) * 30))[None], 8000)
    told = heard(oner("listen", tmp_path / "long.wav", "-o", tmp_path, "--json"))
    assert told["seconds"] == 1200
    assert told["beats"][-1] > 1190


def test_a_folder_that_cannot_be_written(oner, song, tmp_path):
    """No place for the results: exit code 1, because the input was good."""
    (tmp_path / "file").touch()
    ran = oner("listen", song, "-o", tmp_path / "file" / "out")
    assert ran.code == 1
    assert f"cannot write {tmp_path / 'file' / 'out' / 'analysis.json'}" in ran.err
