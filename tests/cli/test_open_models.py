"""Whole films made with an open model, and the commands about engines."""

import json

import pytest

from oner.engines.diffusers import catalogue


def test_a_film_of_four_shots_with_an_open_model(oner, song, tiny_engines, tmp_path):
    """`oner make` with one word changed: four shots, a cut film, and takes that say which model made them."""
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("a woman in the snow\na blue boat\na train at night\na red balloon\n")
    make = ["make", song, "--prompts", prompts, "--engine", "tiny-ltx", "--size", "64x32", "--takes", 1, "--rate", 8,
            "--bpm", 120, "--first-downbeat", 0, "-o", tmp_path / "film.mp4", "--draft", "--json"]  # fmt: skip
    ran = oner(*make)
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert (told["shots"], told["failed"], told["frames"]) == (4, [], 96)
    ran = oner("plan", "-p", tmp_path / "film.oner", "--json")
    planned = json.loads(ran.out)
    assert (planned["done"], planned["left"]) == (4, 0)
    assert planned["engine"].startswith("tiny-ltx@1.")
    assert "retimed to 8" in planned["shots"][0]["engine_notes"]["made"]


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
