"""`oner plan`: what is to be made, and every mistake in film.toml with its line."""

import json

import pytest


def line_of(text: str, start: str) -> int:
    """Number of the last line that begins so."""
    return max(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(start))


def test_the_plan_shows_shots_takes_time_and_disk(oner, new_project):
    """A row for every shot, and totals; nothing is made by looking."""
    ran = oner("plan", "-p", new_project)
    assert ran.code == 0
    for words in ("verse-1", "verse-2", "chorus-1", "2 of 2", "6 to make", "time", "disk", "testcard@1"):
        assert words in ran.out
    told = json.loads(oner("plan", "-p", new_project, "--json").out)
    assert [shot["id"] for shot in told["shots"]] == ["verse-1", "verse-2", "chorus-1"]
    assert (told["takes"], told["done"], told["left"], told["money"]) == (6, 0, 6, 0)
    assert told["seconds"] > 0
    assert told["bytes"] > 0
    assert json.loads(oner("plan", "-p", new_project, "--workers", "1", "--json").out)["workers"] == 1
    assert not list((new_project / "files").rglob("*.mp4"))


def test_the_plan_knows_what_is_made(oner, shot_project):
    """After the shoot nothing is left to make."""
    told = json.loads(oner("plan", "-p", shot_project, "--json").out)
    assert (told["done"], told["left"], told["frames"], told["seconds"]) == (6, 0, 0, 0)


def test_verbose_shows_what_the_engine_understands(oner, new_project):
    """-v adds the engine's reading of each prompt; brackets in prompts are words, not markup."""
    edit(new_project, "dances on", "dances [/bold] [red] on")
    ran = oner("plan", "-v", "-p", new_project)
    assert ran.code == 0, ran.err
    assert "understood: " in ran.out
    assert "[/bold] [red]" in ran.out


def edit(project, old: str, new: str, count: int = 1) -> None:
    film = project / "film.toml"
    text = film.read_text(encoding="utf-8")
    assert old in text
    film.write_text(text.replace(old, new, count), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('title = "', 'titel = "', 'unknown key "titel" in the film; did you mean "title"?'),
        ("takes = 2", "takes = 0", "takes = 0 is outside 1 to 999; the nearest is 1"),
        ("takes = 2", 'takes = "two"', 'takes = "two" is not a whole number'),
        ('size = "64x36"', 'size = "64 by 36"', "is not a size"),
        ('size = "64x36"', 'size = "65x36"', 'the nearest is "66x36"'),
        ("rate = 24", "rate = 0", "is not a frame rate"),
        ('engine = "testcard"', 'engine = "testcrad"', 'did you mean "testcard"?'),
        ('song = "clicks.wav"', 'song = "click.wav"', 'did you mean "clicks.wav"?'),
        ('camera = "', 'camera = "wobble", #', "this is not TOML"),
        ('camera = "', 'camera = "pan letf" # ', 'did you mean "pan left"?'),
        ('prompt = "@mia', 'prompt = "@mai', 'unknown character "@mai"; did you mean "mia"?'),
        ('id = "verse-2"', 'id = "verse-1"', "is already that of the shot on line"),
        ('id = "verse-2"', 'id = "verse 2"', 'try "verse-2"'),
        ('at = "start"', 'at = "2.1"', "a gap of"),
        ('at = "start"', 'at = "sometime"', "is not a place in the song"),
        ('at = "5.1"', 'at = "99.1"', "is not in the song, which has bars"),
        ('at = "5.1"', 'at = "3.1"', "leaves no frame"),
        ('at = "5.1"', 'at = "start"', "shots stand in the song's order"),
        ('id = "verse-2"', 'id = "verse-2"\nuntil = "5.2"', "overlaps"),
        ('id = "verse-2"', 'id = "verse-2"\nuntil = "4.4"', "leaves a gap before"),
        ('id = "verse-2"', 'id = "verse-2"\ntransition = "disolve"', 'did you mean "dissolve"?'),
        ('id = "verse-2"', 'id = "verse-2"\ncontinues = "chorus-1"', "is not a shot before this one"),
        ('id = "verse-2"', 'id = "verse-2"\nseed = -1', "the nearest is 0"),
        ('id = "verse-2"', 'id = "verse-2"\npromt = "x"', 'unknown key "promt"'),
    ],
)
def test_every_mistake_is_refused_with_its_line(oner, new_project, old, new, words):
    """Exit code 2 and one line: the file, the number of the line, what is wrong, what would be right."""
    edit(new_project, old, new)
    fault = new.splitlines()[-1]
    number = line_of((new_project / "film.toml").read_text(), fault)
    ran = oner("plan", "-p", new_project)
    assert ran.code == 2
    assert ran.err.startswith(f"oner: film.toml, line {number}: ")
    assert words in ran.err


def test_a_song_that_has_gone_is_named(oner, new_project):
    """Without its song a project cannot go on; the line and the name are given."""
    (new_project / "clicks.wav").unlink()
    for command in ("plan", "shoot", "cut"):
        ran = oner(command, "-p", new_project)
        assert ran.code == 2
        assert 'the song "clicks.wav" is not in' in ran.err


def test_a_changed_song_is_heard_again(oner, new_project):
    """The stored analysis belongs to the song's content, not to its name."""
    import numpy as np

    from oner.media import write_sound

    write_sound(new_project / "clicks.wav", np.zeros((1, 4 * 8000), np.float32), 8000)
    ran = oner("plan", "-p", new_project)
    assert ran.code == 2
    assert "no beat was found in this song" in ran.err


def test_a_ledger_of_a_newer_version_is_left_alone(oner, shot_project):
    """A database that a newer Oner wrote is refused with what to do, and not touched."""
    import sqlite3

    with sqlite3.connect(shot_project / "oner.db") as ledger:
        ledger.execute("PRAGMA user_version = 99")
    ledger.close()
    before = (shot_project / "oner.db").read_bytes()
    for command in ("plan", "shoot", "rushes", "cut", "export"):
        ran = oner(command, "-p", shot_project)
        assert ran.code == 1
        assert "version 99" in ran.err
        assert "pip install --upgrade oner" in ran.err
    assert (shot_project / "oner.db").read_bytes() == before
    assert not (shot_project / "film.mp4").exists()
