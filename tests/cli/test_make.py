"""`oner make`: from a song to a film with one command, and again with the same."""

import json
from pathlib import Path

import numpy as np
import pytest

from oner.film import SongAnalysis, from_json
from oner.media import probe, write_sound
from oner.store import Ledger
from oner.studio.shoot_requests import take_seed
from oner.studio.writing import storyboard_of
from oner.timing import frames_in

SMALL = ("--engine", "testcard", "--size", "64x36")
IDEA = ("--idea", "a woman in a red coat walks through the city at night")


def takes_in(project: Path) -> dict[str, int]:
    """Number of all takes ever made, by the shot they were made for."""
    import sqlite3

    ledger = sqlite3.connect(project / "oner.db")
    found = dict(ledger.execute("SELECT shot, count(*) FROM takes GROUP BY shot").fetchall())
    ledger.close()
    return found


def make(oner, project: Path, *more):
    return oner("make", project / "clicks.wav", "-p", project, "-o", project / "out.mp4", *more)


def test_a_song_and_an_idea_become_a_film(oner, song, tmp_path):
    """The film lasts as long as the song to the frame, has its sound, and everything else is where it is said to be;
    the same command again makes nothing and leaves the film as it is."""
    out = tmp_path / "film.mp4"
    command = ("make", song, *IDEA, *SMALL, "-o", out)
    ran = oner(*command)
    assert ran.code == 0, ran.err
    assert [line.split()[0] for line in ran.out.splitlines()] == [
        "listen", "write", "shoot", "judge", "cut", "deliver", "open"
    ]  # fmt: skip
    info = probe(out)
    assert (info.video.width, info.video.height, info.video.rate) == (64, 36, 24)
    assert info.video.frames == frames_in(12 * 44100, 44100, info.video.rate)
    assert (info.sound.sample_rate, info.sound.channels, info.sound.codec) == (44100, 2, "aac")
    project = tmp_path / "film.oner"
    for path in (tmp_path / "film.png", project / "film.otio", project / "rushes/index.html", project / "film.toml"):
        assert path.is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mp4", "film.oner", "film.png"]
    film, made = out.read_bytes(), takes_in(project)
    assert set(made.values()) == {2}
    again = oner(*command, "--json")
    assert again.code == 0
    told = json.loads(again.out)
    assert told["kept"] is True
    assert (told["film"], told["frames"], told["failed"]) == (str(out), info.video.frames, [])
    assert (out.read_bytes(), takes_in(project)) == (film, made)
    out.unlink()
    assert json.loads(oner(*command, "--json").out)["kept"] is False
    assert out.read_bytes() == film


def test_an_edited_prompt_makes_only_its_shot_again_and_undone_finds_the_old(oner, shot_project):
    """Editing one prompt in film.toml: two new takes, of that shot; undoing it: the first film again, none made."""
    first = make(oner, shot_project, "--json")
    assert first.code == 0, first.err
    film, before = (shot_project / "out.mp4").read_bytes(), takes_in(shot_project)
    toml = (shot_project / "film.toml").read_text()
    (shot_project / "film.toml").write_text(toml.replace("a yellow car drives", "a blue boat sails"))
    assert make(oner, shot_project).code == 0
    assert takes_in(shot_project) == {**before, "verse-2": 4}
    assert (shot_project / "out.mp4").read_bytes() != film
    (shot_project / "film.toml").write_text(toml)
    undone = make(oner, shot_project)
    assert "shoot   all 6 takes there already" in undone.out
    assert (shot_project / "out.mp4").read_bytes() == film


def test_once_written_film_toml_counts(oner, shot_project):
    """A project needs no idea any more; another one is not followed, and the output says so."""
    before = (shot_project / "film.toml").read_bytes()
    ran = make(oner, shot_project)
    assert ran.code == 0, ran.err
    other = make(oner, shot_project, "--idea", "something else", "--size", "1:1")
    assert other.code == 0
    assert "film.toml is read as it stands" in other.out
    assert "as it was" in other.out
    assert (shot_project / "film.toml").read_bytes() == before


def test_an_excerpt_in_one_take(oner, song, tmp_path):
    """--excerpt and --one-take: only that part of the song, each shot going on from the one before."""
    out = tmp_path / "part.mp4"
    ran = oner("make", song, *IDEA, *SMALL, "--takes", 1, "--excerpt", "0:02-0:08", "--one-take", "--draft", "-o", out)
    assert ran.code == 0, ran.err
    assert probe(out).video.frames == 6 * 24
    assert "continues = true" in (tmp_path / "part.oner" / "film.toml").read_text()


def test_prompts_with_tags(oner, song, tmp_path):
    """--prompts: every tagged line is seen in its section."""
    (tmp_path / "prompts.txt").write_text("[verse]\na red car\n[chorus]\na blue boat\n")
    (tmp_path / "sections.txt").write_text("verse 0\nchorus 6\n")
    out = tmp_path / "film.mp4"
    files = ("--prompts", tmp_path / "prompts.txt", "--sections", tmp_path / "sections.txt")
    ran = oner("make", song, *files, *SMALL, "--takes", 1, "-o", out, "--json")
    assert ran.code == 0, ran.err
    shots = json.loads(oner("plan", "-p", tmp_path / "film.oner", "--json").out)["shots"]
    assert {(shot["id"].split("-")[0], "boat" in shot["prompt"]) for shot in shots} == {
        ("verse", False),
        ("chorus", True),
    }


def test_names_with_spaces_quotes_and_other_scripts(oner, song, tmp_path):
    """Song, project and film may be called anything."""
    odd = tmp_path / 'd\'été "夜" 100% #1'
    odd.mkdir()
    (odd / "ma chanson 'é' 🎈.wav").write_bytes(song.read_bytes())
    out = odd / "mon film: [é].mp4"
    command = ("make", odd / "ma chanson 'é' 🎈.wav", *IDEA, *SMALL, "--takes", 1, "-o", out, "-p", odd / "the project")
    assert oner(*command).code == 0
    assert probe(out).video.frames == 12 * 24
    assert json.loads(oner(*command, "--json").out)["kept"] is True


def test_mono_at_96_khz_keeps_its_rate(oner, tmp_path):
    """The film's sound has the song's own rate and channels."""
    time = np.arange(3 * 96000) / 96000
    write_sound(tmp_path / "mono.wav", (0.4 * np.sin(2 * np.pi * 220 * time))[None], 96000)
    ran = oner("make", tmp_path / "mono.wav", *IDEA, *SMALL, "--takes", 1, "-o", tmp_path / "film.mp4")
    assert ran.code == 0, ran.err
    info = probe(tmp_path / "film.mp4")
    assert (info.sound.sample_rate, info.sound.channels, info.video.frames) == (96000, 1, 72)


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["-o", "film.avi"], 2, "films are written as .mp4; try film.mp4"),
        (["-o", "folder.mp4"], 2, "is a folder: name the film too, such as folder.mp4/film.mp4"),
        (["-o", "song.mp4"], 2, "is the song itself"),
        (["-o", "file/film.mp4"], 1, "cannot write file/film.mp4"),
        (["-p", "file"], 2, "file is or lies in a file: give the name of a folder"),
        (["-p", "other"], 2, "is there already and is another file"),
        (["--size", "1x1"], 2, 'the nearest is "16x16"'),
        (["--engine", "nativ"], 2, "no engine 'nativ'"),
        (["--engine", "native:none.safetensors"], 2, "there is no such file"),
        (["--bpm", "abc"], 2, "'--bpm'"),
    ],
)
def test_what_cannot_work_is_refused_before_any_work(oner, song, tmp_path, monkeypatch, options, code, words):
    """Wrong places and options end at once; nothing of the user's is touched and no project begun."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "other" / "song.mp4").write_text("mine")
    (tmp_path / "song.mp4").write_bytes(song.read_bytes())
    before = sorted(tmp_path.rglob("*"))
    ran = oner("make", "song.mp4", *IDEA, *SMALL, *options)
    assert ran.code == code
    assert words in ran.err
    assert ran.out == ""
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "other" / "song.mp4").read_text() == "mine"
    assert (tmp_path / "song.mp4").read_bytes() == song.read_bytes()


def test_a_project_of_another_song_is_refused(oner, shot_project, tmp_path):
    """The project's own song is not replaced by another."""
    write_sound(tmp_path / "other.wav", np.zeros((1, 8000), np.float32), 8000)
    ran = oner("make", tmp_path / "other.wav", "-p", shot_project, "-o", tmp_path / "film.mp4")
    assert ran.code == 2
    assert f"{shot_project} is the project of another song (clicks.wav)" in ran.err
    assert not (tmp_path / "film.mp4").exists()


def test_a_mistake_in_film_toml_stops_before_anything_is_made(oner, shot_project):
    """The line is named, and the film that was there stays."""
    toml = (shot_project / "film.toml").read_text()
    (shot_project / "film.toml").write_text(toml.replace("rate = 24", "rate = 24\nspeed = 2"))
    ran = oner("make", shot_project / "clicks.wav", "-p", shot_project, "-o", shot_project / "out.mp4")
    assert ran.code == 2
    assert 'unknown key "speed" in the film' in ran.err
    assert not (shot_project / "out.mp4").exists()


# ---------------------------------------------------------------------------------------- failing engines


def test_a_failing_take_is_told_and_the_film_is_made_of_the_others(oner, new_project, faulty_engine):
    """One take fails in all its tries: its reason on standard error, a film all the same, exit code 1."""
    analysis = from_json((new_project / "analysis.json").read_bytes(), SongAnalysis)
    from oner.studio.project import Project

    shot = storyboard_of(Project(new_project), analysis).shots[1]
    faulty_engine(f"if request.seed == {take_seed(shot.seed, 2)}:", "    raise EngineError('the lamp is\\n broken')")
    ran = make(oner, new_project, "--json")
    assert ran.code == 1
    assert "failed: shot verse-2, take 2: the lamp is broken\n" in ran.err
    told = json.loads(ran.out)
    assert [(job["shot"], job["take"]) for job in told["failed"]] == [("verse-2", 2)]
    assert probe(new_project / "out.mp4").video.frames == 12 * 24
    with Ledger(new_project / "oner.db") as ledger:
        assert ledger.highest_number() == 2


def test_a_shot_without_any_take_leaves_no_film(oner, new_project, faulty_engine, monkeypatch):
    """Where all takes of a shot fail there is no film; mended, the same command makes only what is missing."""
    faulty_engine("if 'car' in request.prompts[0].text:", "    raise RuntimeError('no petrol')")
    ran = make(oner, new_project)
    assert ran.code == 1
    assert ran.err.count("RuntimeError: no petrol") == 2
    assert "1 of 3 shots have no take (verse-2), so there is no film yet" in ran.err
    assert not (new_project / "out.mp4").exists()
    monkeypatch.delenv("PYTHONPATH")
    ran = make(oner, new_project)
    assert ran.code == 0, ran.err
    assert "shoot   2 takes made" in ran.out
    assert takes_in(new_project) == {"verse-1": 2, "verse-2": 2, "chorus-1": 2}
