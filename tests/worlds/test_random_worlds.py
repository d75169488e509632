from collections import Counter
from random import Random

from oner.worlds.description import CAMERA_MOVES, LOOKS, PLACES, SUBJECTS, TIMES, WEATHERS
from oner.worlds.guesses import INDOORS
from oner.worlds.random_worlds import SUBJECTS_OF_PLACE, random_description

WORLDS = [random_description(Random(seed)) for seed in range(3000)]


def test_everything_occurs():
    """Every place, subject, time, weather, look and camera move is drawn."""
    assert {world.place for world in WORLDS} == set(PLACES)
    assert {subject.kind for world in WORLDS for subject in world.subjects} == set(SUBJECTS)
    assert {world.time for world in WORLDS} == set(TIMES)
    assert {world.weather for world in WORLDS} == set(WEATHERS)
    assert {world.look for world in WORLDS} == set(LOOKS)
    assert Counter(world.camera for world in WORLDS).keys() == set(CAMERA_MOVES)


def test_worlds_make_sense():
    """Subjects are where they can be, and it does not rain indoors."""
    for world in WORLDS:
        assert all(subject.kind in SUBJECTS_OF_PLACE[world.place] for subject in world.subjects)
        assert world.place not in INDOORS or world.weather == "clear"
        assert not (world.place == "bedroom" and any(s.kind in ("train", "whale", "boat") for s in world.subjects))


def test_the_same_generator_state_gives_the_same_world():
    """Random means drawn from the given generator and from nothing else."""
    assert random_description(Random(11)) == random_description(Random(11))
    assert len(set(WORLDS)) > 2900
