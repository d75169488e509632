"""Ideas in English and French are read for who, where, when and what."""

import random
from itertools import pairwise

import pytest

from oner.script.idea import nouns_of, read_idea
from oner.script.journey import PLACES, journey


def test_an_english_idea():
    """Person, clothes, places in order with their adjectives, and times are found."""
    idea = read_idea(
        "A woman in a red coat leaves her school at night and crosses a dreaming city "
        "until the sea, where the dawn waits",
        1,
    )
    [woman] = idea.people
    assert woman.handle == "woman"
    assert woman.description.startswith("a slim woman with ")
    assert woman.description.endswith(" in a red coat")
    assert [stop.name for stop in idea.stops] == ["a school corridor", "a dreaming city street", "the ocean"]
    assert idea.times == ("night", "dawn")
    assert idea.dreams


def test_the_same_idea_in_french():
    """The same is found in French, adjectives translated."""
    idea = read_idea(
        "Une femme en manteau rouge quitte son lycée la nuit et traverse une ville endormie "
        "jusqu'à la mer, où l'aube attend.",
        1,
    )
    assert idea.people[0].description.endswith(" in a red coat")
    assert [stop.name for stop in idea.stops] == ["a school corridor", "a sleeping city street", "the ocean"]
    assert idea.times == ("night", "dawn")


@pytest.mark.parametrize(
    ("text", "handle", "words"),
    [
        (
            "Mia, a young woman with short blonde hair in a yellow raincoat",
            "mia",
            "short blonde hair in a yellow raincoat",
        ),
        ("Un vieil homme aux cheveux blancs", "man", "old man with"),
        ("Un vieil homme aux cheveux blancs", "man", "white hair"),
        ("Leo runs from the city", "leo", " man "),
        ("a bald man in a black suit with an umbrella", "man", "bald man in a black suit with an umbrella"),
        ("two lovers on a rooftop", "couple", "a couple in "),
        ("a broad man with curly black hair", "man", "a broad man with curly black hair in a"),
        ("a little girl in blue", "girl", "in a blue "),
        ("an astronaut on the moon", "astronaut", "an astronaut in a white suit"),
    ],
)
def test_people_keep_the_ideas_words(text, handle, words):
    """What the idea says of a person is kept, the rest is chosen once."""
    person = read_idea(text, 3).people[0]
    assert person.handle == handle
    assert words in person.description


def test_things_animals_weather_and_look():
    """Things and animals get handles and colours, weather and look their terms."""
    idea = read_idea("A girl and her black dog follow a yellow balloon through the rain, black and white", 0)
    assert [being.description for being in idea.people[1:]] == ["a black dog"]
    assert [being.description for being in idea.things] == ["a yellow balloon"]
    assert (idea.weathers, idea.look) == (("rain",), "black and white")


def test_the_ideas_own_nouns_and_colours_are_kept():
    """A bus stays a bus, and a balloon without a colour wears its hero's."""
    idea = read_idea("A woman in a green coat takes the last bus and follows a balloon to an old lighthouse", 0)
    assert [being.handle for being in idea.things] == ["bus", "balloon", "lighthouse"]
    assert idea.things[0].description.endswith(" bus")
    assert idea.things[1].description == "a green balloon"
    assert idea.goal == "lighthouse"


def test_an_idea_of_nothing_known_is_empty():
    """Words that mean no place, person or thing lead to an empty idea."""
    idea = read_idea("On se retrouve quand tout est fini", 0)
    assert (idea.people, idea.things, idea.stops) == ((), (), ())


def test_nouns_of_a_sung_line():
    """Concrete nouns of a line are found as terms."""
    assert nouns_of("I saw a train in the rain by the sea") == (["ocean"], ["train"], ["rain"])


def test_a_journey_longer_than_the_map_comes_by_again():
    """There is always a way of the length asked for, never staying in one place."""
    way = journey(["school corridor", "ocean"], 40, "city street", random.Random(0))
    assert len(way) == 40
    assert all(here != there for here, there in pairwise(way))


@pytest.mark.parametrize("seed", range(20))
def test_a_journey_goes_through_its_anchors(seed):
    """A way has the length asked for, keeps the anchors' order, and does not stay in one place."""
    way = journey(["school corridor", "ocean"], 7, "city street", random.Random(seed))
    assert len(way) == 7
    assert (way[0], way[-1]) == ("school corridor", "ocean")
    assert "city street" not in way
    assert len(set(way)) == 7
    assert set(way) <= set(PLACES)
