from random import Random

from oner.worlds.description import COLOURS, LOOKS, PLACES, Description, SubjectDescription
from oner.worlds.guesses import PLACE_OF_SUBJECT
from oner.worlds.held_out import PLACE_AND_LOOK, PLACE_AND_SUBJECT, SUBJECT_AND_COLOUR, held_out_pairs, is_held_out
from oner.worlds.random_worlds import SUBJECTS_OF_PLACE, random_description


def test_pairs_are_sensible():
    """Held-out pairs could be rendered, and everything in them is still seen in other company."""
    assert all(kind in SUBJECTS_OF_PLACE[place] for place, kind in PLACE_AND_SUBJECT)
    assert all(colour in COLOURS for _, colour in SUBJECT_AND_COLOUR)
    assert all(place in PLACES and look in LOOKS for place, look in PLACE_AND_LOOK)
    assert all(PLACE_OF_SUBJECT[kind] != place for place, kind in PLACE_AND_SUBJECT)
    worlds = [world for seed in range(3000) if not is_held_out(world := random_description(Random(seed)))]
    assert {world.place for world in worlds} == set(PLACES)
    assert {world.look for world in worlds} == set(LOOKS)
    assert len(worlds) > 0.75 * 3000


def test_a_description_names_its_pairs():
    """Each kind of pair is found, and a world without one is not held out."""
    tree = SubjectDescription("tree", "pink")
    man = SubjectDescription("man", "red")
    assert held_out_pairs(Description("lake", (tree, man), look="infrared")) == [
        ("lake", "man"),
        ("tree", "pink"),
        ("lake", "infrared"),
    ]
    assert not is_held_out(Description("beach", (man,)))
