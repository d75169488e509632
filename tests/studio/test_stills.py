"""Shots that begin or end with a picture, from film.toml to the takes."""

import json

import numpy as np
import pytest
from PIL import Image

from oner.engines import engines_from_pictures
from oner.media import media_ref, probe, read_frames, save_png
from oner.script.film_edit import set_film_value, set_shot_value
from oner.store import open_store


@pytest.fixture
def film(new_project):
    """A project of the testcard engine, one take a shot, with stills/; edits as (shot or None, key, value)."""
    (new_project / "stills").mkdir()

    def edit(*edits) -> None:
        path = new_project / "film.toml"
        text = path.read_text()
        for shot, key, value in edits:
            text = set_film_value(text, key, value) if shot is None else set_shot_value(text, shot, key, value)
        path.write_text(text)

    def paint(name: str, level: int):
        path = new_project / "stills" / name
        save_png(path, np.full((72, 128, 3), level, np.uint8))
        return media_ref(path)

    edit((None, "takes", 1))
    edit.paint, edit.project = paint, new_project
    return edit


def takes_of(project) -> dict:
    ledger, files = open_store(project)
    with ledger:
        return {take.shot: (take, files.locate(take.media)) for take in ledger.takes()}


def shot_films(oner, project) -> dict:
    ran = oner("shoot", "-p", project, "--workers", 1, "--json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def test_takes_begin_and_end_with_the_pictures(oner, film):
    """The first and the last frame show them; the plan, the take and its mp4 say which."""
    door, street = film.paint("door.png", 30), film.paint("street.png", 220)
    film(("verse-1", "first", "stills/door.png"), ("verse-1", "last", "stills/street.png"))
    film(("chorus-1", "last", "stills/door.png"))
    ran = oner("plan", "-p", film.project)
    assert "begins with stills/door.png, ends with stills/street.png" in ran.out
    planned = {shot["id"]: shot for shot in json.loads(oner("plan", "-p", film.project, "--json").out)["shots"]}
    assert (planned["verse-1"]["first"], planned["verse-2"]["first"]) == ("stills/door.png", None)
    assert planned["chorus-1"]["last"] == "stills/door.png"
    assert shot_films(oner, film.project)["made"] == 3
    takes = takes_of(film.project)
    take, clip = takes["verse-1"]
    frames = list(read_frames(clip))
    assert [(given.frame, given.picture) for given in take.request.given] == [(0, door), (len(frames) - 1, street)]
    assert abs(frames[0].mean() - 30) < 3
    assert abs(frames[-1].mean() - 220) < 3
    assert frames[1].std() > 10
    assert door.sha256 in probe(clip).metadata["given"]
    assert takes["verse-2"][0].request.given == ()
    assert [given.picture for given in takes["chorus-1"][0].request.given] == [door]
    _, files = open_store(film.project)
    assert files.locate(street).read_bytes() == (film.project / "stills" / "street.png").read_bytes()


def test_another_picture_makes_another_take_and_the_old_one_is_found_again(oner, film):
    """A picture is known by its content: a new name changes nothing."""
    film.paint("door.png", 30)
    film(("verse-1", "first", "stills/door.png"))
    assert shot_films(oner, film.project)["made"] == 3
    old = (film.project / "stills" / "door.png").read_bytes()
    film.paint("door.png", 90)
    assert shot_films(oner, film.project)["made"] == 1
    (film.project / "stills" / "entrance.png").write_bytes(old)
    film(("verse-1", "first", "stills/entrance.png"))
    assert shot_films(oner, film.project) | {"seconds": 0} == {"found": 3, "made": 0, "failed": [], "seconds": 0}


def test_a_damaged_picture_is_refused_before_anything_is_queued(oner, film):
    """Its head is whole, its pixels are not."""
    path = film.project / "stills" / "door.jpg"
    noise = np.random.default_rng(1).integers(0, 255, (360, 640, 3), np.uint8)
    Image.fromarray(noise).save(path, quality=95)
    path.write_bytes(path.read_bytes()[:20_000])
    film(("verse-1", "first", "stills/door.jpg"))
    ran = oner("shoot", "-p", film.project)
    assert ran.code == 2
    assert "shot verse-1: " in ran.err
    assert "is not a picture that can be read" in ran.err
    ledger, _ = open_store(film.project)
    with ledger:
        assert ledger.jobs() == ()


@pytest.mark.parametrize("command", ["plan", "shoot"])
def test_an_engine_that_draws_from_words_alone_refuses_pictures(oner, film, command):
    """Before anything is queued, naming the shot and the engines that can."""
    film.paint("door.png", 30)
    film(("verse-2", "first", "stills/door.png"), ("verse-2", "engine", "worlds"))
    ran = oner(command, "-p", film.project)
    assert ran.code == 2
    assert "shot verse-2: worlds cannot begin with stills/door.png; engines that can: testcard, " in ran.err
    assert "wan-2.1-i2v-14b" in ran.err
    assert "mochi-1" not in ran.err
    ledger, _ = open_store(film.project)
    with ledger:
        assert ledger.jobs() == ()


def test_engines_are_named_by_what_they_can(tiny_engines):
    """A first picture, both, or a last one alone; what is on this machine comes before what could be fetched."""
    first, both, last = (set(engines_from_pictures(*asked)) for asked in ((True, False), (True, True), (False, True)))
    assert {"testcard", "tiny-wan-image", "tiny-vace", "wan-2.2-5b"} <= first
    assert not {"worlds", "tiny-wan", "tiny-wan-last", "tiny-hunyuan"} & first
    assert "tiny-wan-last" in both
    assert "tiny-wan-image" not in both
    assert last <= both & first
    assert not {"tiny-wan-last", "tiny-wan-image"} & last
    ordered = engines_from_pictures(True, False)
    assert ordered.index("tiny-ltx") < ordered.index("wan-2.2-5b")


def test_a_scene_that_would_be_made_again_without_its_picture_is_refused(oner, film):
    """The testcard makes a continued scene from its begin, and the picture is not in that shot's frames."""
    film.paint("door.png", 30)
    film(("verse-1", "first", "stills/door.png"), ("verse-2", "continues", True), ("chorus-1", "continues", True))
    ran = oner("shoot", "-p", film.project)
    assert ran.code == 2
    assert "shot verse-2 continues verse-1, whose scene was given a picture, and testcard would make" in ran.err
    assert "wan-2.2-5b" in ran.err
    film(("verse-2", "continues", None), ("chorus-1", "continues", None))
    assert shot_films(oner, film.project)["made"] == 3


def test_a_shot_goes_on_from_frames_to_a_last_picture(oner, film, tiny_home, tmp_path, monkeypatch):
    """Carried on from the take before, and led to the picture, by a model that keeps given frames."""
    street = film.paint("street.png", 220)
    slow = (tiny_home / "engines.toml").read_text().replace("rate = 24", "rate = 1")  # a shot fits into one window
    (tmp_path / "engines.toml").write_text(slow)
    monkeypatch.setenv("ONER_HOME", str(tmp_path))
    film(("verse-2", "continues", True), ("verse-2", "last", "stills/street.png"), ("verse-2", "engine", "tiny-vace"))
    assert shot_films(oner, film.project)["made"] == 3
    takes = takes_of(film.project)
    given = takes["verse-2"][0].request.given
    assert {item.picture for item in given[:-1]} == {takes["verse-1"][0].media}
    assert (given[-1].picture, given[-1].frame) == (street, takes["verse-2"][0].request.frames - 1)
    assert [item.frame for item in given[:-1]] == list(range(len(given) - 1))
