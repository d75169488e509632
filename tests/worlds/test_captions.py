from random import Random

import pytest

from oner.worlds.captions import caption
from oner.worlds.description import Description, SubjectDescription
from oner.worlds.language import read
from oner.worlds.random_worlds import random_description


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("varied", [False, True])
def test_captions_read_back_as_what_they_say(language, varied):
    """Canonical and varied captions of 400 random worlds read back as exactly those worlds, with no word left over."""
    for seed in range(400):
        description = random_description(Random(f"captions {seed}"))
        text = caption(description, language, Random(seed) if varied else None)
        reading = read(text)
        assert reading.description == description, text
        assert reading.ignored == (), text


def test_canonical_captions():
    """Without a generator there is one form, with articles, agreement and elision as they should be."""
    woman = SubjectDescription(
        "woman", "green", "walk", "jacket", "red", "curly", "slim", hat=True, umbrella=True, facing="away"
    )
    car = SubjectDescription("car", "white")
    world = Description("city street", (woman, car), "dawn", "rain", "noir", "push in", "close", "blue")
    assert caption(world) == (
        "Close-up of a slim woman with curly red hair in a green jacket and a hat under an umbrella walking away from "
        "the camera beside a white car in a city street with blue doors, at dawn, in the rain. The camera pushes in. "
        "Film noir."
    )
    assert caption(world, "fr") == (
        "Gros plan d'une femme mince aux cheveux bouclés et roux portant une veste verte et un chapeau sous un "
        "parapluie qui marche de dos à côté d'une voiture blanche dans une rue avec des portes bleues, à l'aube, sous "
        "la pluie. Travelling avant. Film noir."
    )


def test_short_captions_leave_out_how_it_is_filmed():
    """A short caption is one sentence on what is seen."""
    world = Description("lake", (SubjectDescription("boat", "white", "float"),), "noon")
    assert caption(world, length="short") == "A white boat floating by a lake, at noon, under a clear sky."
    assert caption(world, "fr", length="short") == (
        "Un bateau blanc qui flotte au bord d'un lac, à midi, par temps clair."
    )


def test_variety_is_wide_and_repeatable():
    """A generator gives many wordings of one world, and the same generator state the same one."""
    world = random_description(Random(5))
    assert len({caption(world, "en", Random(seed)) for seed in range(60)}) > 20
    assert caption(world, "fr", Random(3)) == caption(world, "fr", Random(3))


def test_other_languages_are_refused():
    """A language without phrases is an error that names the ones there are."""
    with pytest.raises(ValueError, match="en or fr"):
        caption(Description("lake"), "de")
