"""`oner new`: a project folder from a song and an idea or prompts."""

import json
import tomllib

import numpy as np
import pytest

from oner.media import write_sound
from oner.timing import frames_in


@pytest.fixture
def quick(tmp_path):
    """A song that costs nothing to hear: too short for a beat."""
    path = tmp_path / "quick.wav"
    write_sound(path, 0.3 * np.sin(np.arange(3 * 8000) * 0.2, dtype=np.float32)[None], 8000)
    return path


def film(folder) -> dict:
    return tomllib.loads((folder / "film.toml").read_text(encoding="utf-8"))


def test_an_idea_becomes_a_project(oner, song, tmp_path):
    """The folder holds film.toml, the song and what was heard; shots cover the film; other files there are none."""
    idea = "a boy in a yellow coat follows a red balloon through the snow"
    ran = oner("new", tmp_path / "my film", "--song", song, "--idea", idea, "--size", "9:16", "--takes", 3, "--json")
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    written = film(tmp_path / "my film")
    assert told == {
        "project": str(tmp_path / "my film"),
        "shots": len(written["shot"]),
        "frames": frames_in(12 * 44100, 44100, 24),
    }
    assert (written["title"], written["song"], written["size"], written["takes"]) == ("Clicks", song.name, "360x640", 3)
    assert "yellow coat" in str(written["characters"])
    names = sorted(path.name for path in (tmp_path / "my film").iterdir())
    assert names == ["analysis.json", "analysis.png", "clicks.wav", "film.toml"]
    assert (tmp_path / "my film" / "clicks.wav").read_bytes() == song.read_bytes()


def test_prompts_go_to_their_sections(new_project):
    """Tagged prompts stand in the sections of their tags, characters under [characters]."""
    written = film(new_project)
    assert [shot["id"] for shot in written["shot"]] == ["verse-1", "verse-2", "chorus-1"]
    assert "@mia dances on a rooftop" in written["shot"][2]["prompt"]
    assert written["characters"] == {"mia": "a tall woman in a red coat"}


def test_one_take_and_excerpt(oner, quick, tmp_path):
    """--one-take makes every shot continue the one before; --excerpt takes only a part of the song."""
    folder = tmp_path / "film"
    ran = oner("new", folder, "--song", quick, "--idea", "a car on a road", "--one-take", "--excerpt", "0:01-0:02.5")
    assert ran.code == 0, ran.err
    assert ": 1 shot, 36 frames" in ran.out
    written = film(folder)
    assert written["excerpt"] == "0:01-0:02.5"
    assert all(shot.get("continues") for shot in written["shot"][1:])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "give either --idea TEXT or --prompts FILE"),
        (["--idea", "a", "--prompts", "b.txt"], "not both"),
        (["--prompts", "nowhere.txt"], "--prompts nowhere.txt cannot be read: No such file"),
        (["--prompts", "latin.txt"], "--prompts latin.txt cannot be read"),
        (["--prompts", "empty.txt"], "--prompts empty.txt is empty"),
        (["--prompts", "comments.txt"], "there are no prompts"),
        (["--prompts", "unknown.txt"], 'prompt line 2: unknown section "[chrous]"; did you mean "chorus"?'),
        (["--prompts", "control.txt"], "--prompts control.txt, line 2: U+0007 is a control character"),
        (["--idea", "a\x1b[31mb"], "--idea: U+001B is a control character"),
        (["--idea", "a \udcff b"], "--idea: U+DCFF is a control character or no text"),
        (["--idea", "a", "--title", "b\x00"], "--title: U+0000"),
        (["--idea", "a", "--size", "big"], "--size 'big': give WIDTHxHEIGHT"),
        (["--idea", "a", "--size", "127x80"], 'the nearest is "128x80"'),
        (["--idea", "a", "--rate", "fast"], "--rate fast: give frames per second"),
        (["--idea", "a", "--rate", "500"], "the nearest is 120"),
        (["--idea", "a", "--engine", "worlsd"], "no engine 'worlsd'; did you mean 'worlds'?"),
    ],
)
def test_bad_options_are_refused_before_anything_is_written(oner, quick, tmp_path, monkeypatch, options, words):
    """One line says what is wrong; no folder is made."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "latin.txt").write_bytes("une fête".encode("latin-1"))
    (tmp_path / "empty.txt").write_text(" \n")
    (tmp_path / "comments.txt").write_text("\n# nothing\n")
    (tmp_path / "unknown.txt").write_text("a man\n[chrous]\na car\n")
    (tmp_path / "control.txt").write_text("a man\na \x07 bell\n")
    ran = oner("new", "film", "--song", quick, *options)
    assert ran.code == 2
    assert words in ran.err
    assert not (tmp_path / "film").exists()


def test_a_bad_excerpt_leaves_no_film_behind(oner, quick, tmp_path):
    """What only the song can refuse is refused before film.toml is written; the mended command works."""
    bad = ["new", tmp_path / "film", "--song", quick, "--idea", "a car", "--excerpt"]
    ran = oner(*bad, "0:01-9:59")
    assert ran.code == 2
    assert '"9:59" is past the end of the song' in ran.err
    assert not (tmp_path / "film" / "film.toml").exists()
    assert oner(*bad, "0:01-0:03").code == 0


def test_a_written_film_is_never_overwritten(oner, song, new_project):
    """`oner new` on a project refuses and leaves every file as it was."""
    before = {path: path.read_bytes() for path in new_project.iterdir()}
    ran = oner("new", new_project, "--song", song, "--idea", "something else")
    assert ran.code == 2
    assert "a film is never overwritten" in ran.err
    assert {path: path.read_bytes() for path in new_project.iterdir()} == before


def test_emoji_quotes_and_other_scripts_are_text(oner, quick, tmp_path):
    """Whatever is text is kept to the letter: emoji, quotes, backslashes, several lines, right-to-left."""
    title = 'Nuit "d\'été" \\ 夜 🎈👩‍🚀 ليل'
    (tmp_path / "prompts.txt").write_text(f'a man says "hé" \\o/ 🎈 under the {title}\n', encoding="utf-8")
    folder = tmp_path / 'a "film" d\'été 夜'
    ran = oner("new", folder, "--song", quick, "--prompts", tmp_path / "prompts.txt", "--title", title)
    assert ran.code == 0, ran.err
    assert film(folder)["title"] == title
    assert title in film(folder)["shot"][0]["prompt"]
    idea = "a man\nwalks 🎈\t# = [[shot]] '''\"\"\""
    ran = oner("new", tmp_path / "second", "--song", quick, "--idea", idea, "--look", 'a "b" \\')
    assert ran.code == 0, ran.err
    assert film(tmp_path / "second")["look"] == 'a "b" \\'


def test_a_project_that_cannot_be_written(oner, quick, tmp_path):
    """A file where the folder should be, or no folder possible: one line, nothing left behind."""
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "film"):
        ran = oner("new", folder, "--song", quick, "--idea", "a car")
        assert ran.code == 2
        assert "in a file: give the name of a folder" in ran.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "quick.wav"]


def test_half_a_second_and_silence_make_films_too(oner, tmp_path):
    """A song of 0.5 s and a silent one give a film.toml whose shots cover them."""
    write_sound(tmp_path / "short.wav", 0.3 * np.sin(np.arange(4000) * 0.2, dtype=np.float32)[None], 8000)
    write_sound(tmp_path / "silent.wav", np.zeros((1, 8 * 8000), np.float32), 8000)
    for name, frames in (("short", 12), ("silent", 192)):
        ran = oner(
            "new",
            tmp_path / name,
            "--song",
            tmp_path / f"{name}.wav",
            "--idea",
            "a red boat",
            "--engine",
            "testcard",
            "--json",
        )
        assert ran.code == 0, ran.err
        assert json.loads(ran.out)["frames"] == frames
        assert json.loads(oner("plan", "-p", tmp_path / name, "--json").out)["shots"]
