"""Whole films made with an open model, and the commands about engines."""

import json
import tomllib

import numpy as np
import pytest

from oner.engines.diffusers import catalogue
from oner.media import media_ref, probe, save_png
from oner.script.film_edit import set_shot_value
from oner.store import open_store


@pytest.fixture
def film(song, tiny_home, tmp_path, monkeypatch):
    """Arguments of a small film of four shots, without the command, with models whose window holds a shot."""
    home = tmp_path / "home"
    home.mkdir()
    slow = (tiny_home / "engines.toml").read_text().replace("rate = 24", "rate = 1")
    (home / "engines.toml").write_text(slow)
    monkeypatch.setenv("ONER_HOME", str(home))
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("a woman in the snow\na blue boat\na train at night\na red balloon\n")
    return ["--prompts", prompts, "--size", "64x32", "--takes", 1, "--rate", 8, "--bpm", 120, "--first-downbeat", 0]


def made_film(oner, song, tmp_path, film, engine) -> list[dict]:
    """Run `oner make` and look at what it told: four shots, all made. Gives the shots of `oner plan`."""
    ran = oner("make", song, *film, "--engine", engine, "-o", tmp_path / "film.mp4", "--draft", "--json")
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert (told["shots"], told["failed"], told["frames"]) == (4, [], 96)
    assert probe(tmp_path / "film.mp4").video.frames == 96
    ran = oner("plan", "-p", tmp_path / "film.oner", "--json")
    planned = json.loads(ran.out)
    assert (planned["done"], planned["left"]) == (4, 0)
    assert planned["engine"].startswith(f"{engine}@3.")
    assert "made at 1 fps, retimed to 8" in planned["shots"][0]["engine_notes"]["made"]
    return planned["shots"]


@pytest.mark.parametrize("engine", ["tiny-wan", "tiny-ltx", "tiny-ltx-2", "tiny-cogvideox", "tiny-hunyuan"])
def test_a_film_of_four_shots_with_an_open_model(oner, song, film, tmp_path, engine):
    """`oner make` with one word changed: four shots, a cut film, and takes that say which model made them."""
    made_film(oner, song, tmp_path, film, engine)


@pytest.mark.parametrize("engine", ["tiny-wan-image", "tiny-wan-last"])
def test_a_film_of_four_shots_from_pictures(oner, song, film, tmp_path, engine):
    """Models that need pictures refuse the film without them; with a first one, or two, in each shot they make it."""
    project = tmp_path / "film.oner"
    assert oner("new", project, "--song", song, *film, "--engine", engine).code == 0
    ran = oner("make", song, *film, "--engine", engine, "-o", tmp_path / "film.mp4", "--json")
    assert ran.code == 2
    assert f"{engine} cannot start from words alone" in ran.err
    text = (project / "film.toml").read_text()
    keys = ("first",) if engine == "tiny-wan-image" else ("first", "last")
    for number, shot in enumerate(tomllib.loads(text)["shot"]):
        for key in keys:
            name = f"{shot['id']}-{key}.png"
            save_png(project / name, np.full((48, 64, 3), 40 + 40 * number + 60 * (key == "last"), np.uint8))
            text = set_shot_value(text, shot["id"], key, name)
    (project / "film.toml").write_text(text)
    shots = made_film(oner, song, tmp_path, film, engine)
    ledger, files = open_store(project)
    with ledger:
        takes = {take.shot: take for take in ledger.takes()}
    for shot in shots:
        take = takes[shot["id"]]
        ends = (0, take.request.frames - 1)[: len(keys)]
        assert [(given.frame, given.picture) for given in take.request.given] == [
            (frame, media_ref(project / shot[key])) for frame, key in zip(ends, keys, strict=True)
        ]
        assert all(files.has(given.picture) for given in take.request.given)
        assert probe(files.locate(take.media)).metadata["engine"] == take.engine


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ONER_HOME", str(tmp_path / "home"))


def test_the_list_shows_every_kind(oner, home):
    """What ships, what can be fetched, and where one's own are written down."""
    ran = oner("engines", "list")
    assert ran.code == 0
    assert "worlds                  here" in ran.out
    assert "wan-2.2-5b              -" in ran.out
    assert "engines.toml" in ran.out
    told = json.loads(oner("engines", "list", "--json").out)
    assert set(told["models"]) == set(catalogue().entries)
    assert not any(told["models"].values())


def test_show_tells_the_licence(oner, home):
    """With its restriction in a sentence."""
    ran = oner("engines", "show", "hunyuan-video")
    assert ran.code == 0
    assert "Not licensed in the European Union" in ran.out
    assert "oner engines pull hunyuan-video" in ran.out
    assert oner("engines", "show", "wan").code == 2


def test_check_judges_other_machines(oner, home):
    """A card by its name and memory; both or neither."""
    ran = oner("engines", "check", "--gpu", "RTX 4090", "--vram", 25.7, "--ram", 64, "--disk", 500, "--json")
    found = {row["name"]: row for row in json.loads(ran.out)["engines"]}
    assert found["wan-2.1-1.3b"]["modes"][0] == "full"
    assert found["wan-2.2-a14b"]["modes"] == []
    ran = oner("engines", "check", "wan-2.1-1.3b", "--gpu", "RTX 4090", "--vram", 25.7, "--ram", 64, "--disk", 500)
    assert "about 4 min for 5.1 s" in ran.out
    assert oner("engines", "check", "--vram", 8).code == 2


def test_what_is_no_model_is_not_fetched(oner, home):
    """Engines that ship need nothing; unknown names are answered with the nearest."""
    assert "it needs nothing" in oner("engines", "pull", "worlds").err
    assert "did you mean 'wan-2.2-5b'" in oner("engines", "pull", "wan-2.2-5").err


def test_the_licence_is_asked_before_anything_is_fetched(oner, home, monkeypatch):
    """Shown with its terms; no answer is a no."""
    monkeypatch.setattr("click.confirm", lambda *_, **__: False)
    ran = oner("engines", "pull", "ltx-2")
    assert ran.code == 2
    assert "Free below 10 million dollars of yearly revenue" in ran.out
    assert "was not accepted: nothing was fetched" in ran.err


def test_a_film_with_a_model_that_is_not_here_says_how_to_fetch_it(oner, home, new_project):
    """Known from the catalogue, refused before anything is queued."""
    film = new_project / "film.toml"
    film.write_text(film.read_text().replace('engine = "testcard"', 'engine = "wan-2.1-1.3b"'))
    ran = oner("shoot", "-p", new_project)
    assert ran.code == 2
    assert "`oner engines pull wan-2.1-1.3b` fetches it" in ran.err


def test_clips_from_pictures_and_clips_with_open_models(oner, tiny_engines, tmp_path):
    """Every way of `oner clip` that a model can do goes through it; the others are refused with those that can."""
    save_png(tmp_path / "red.png", np.full((36, 64, 3), (200, 30, 30), np.uint8))
    save_png(tmp_path / "blue.png", np.full((36, 64, 3), (30, 30, 200), np.uint8))

    def clip(name, engine, *more):
        out = tmp_path / f"{name}.mp4"
        ran = oner("clip", "a boat", "--engine", engine, "-o", out, *more)
        assert ran.code == 0, f"{name}: {ran.err}"
        return probe(out).video.frames

    small = ("--seconds", 0.375, "--size", "64x36", "--fps", 24)
    red, blue = ("--image", tmp_path / "red.png"), ("--last", tmp_path / "blue.png")
    assert clip("image", "tiny-wan-image", *small, *red) == 9
    assert clip("both", "tiny-wan-last", *small, *red, *blue) == 9
    assert clip("one", "tiny-wan", *small) == 9
    assert clip("remix", "tiny-wan", "--remix", tmp_path / "one.mp4", "--strength", 0.5) == 9
    assert clip("longer", "tiny-wan-image", "--extend", tmp_path / "one.mp4", "--seconds", 0.25) == 15
    assert clip("board", "tiny-wan", "--size", "64x36", "--storyboard", "0-0.25: a boat; 0.25-0.5: a train") == 12
    ran = oner("clip", "a boat", "--engine", "tiny-wan", *small, *red, "-o", tmp_path / "no.mp4")
    assert ran.code == 2
    assert "engines that can: " in ran.err


def test_shots_are_no_longer_than_the_model_can_make(oner, song, home, tmp_path):
    """A model that cannot go on from its frames gets shots that it can make at a time, handles included."""
    new = ["new", tmp_path / "film", "--song", song, "--idea", "a woman walks through the snow", "--bpm", 120]
    assert oner(*new, "--first-downbeat", 0, "--engine", "mochi-1").code == 0
    ran = oner("plan", "-p", tmp_path / "film", "--json")
    assert ran.code == 0, ran.err
    assert max(shot["frames"] for shot in json.loads(ran.out)["shots"]) <= 5 * 24
