from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from oner.worlds.description import WEATHERS, Description
from oner.worlds.particles import luck, particles_for
from oner.worlds.stage import Stage

FIELD = Description("meadow", (), "dusk", camera="static", look="natural")


def test_luck_is_the_same_on_every_run():
    """The random numbers of the particles are fixed and fill 0..1."""
    assert np.array_equal(luck(50), luck(50))
    assert 0 <= luck(500).min() < 0.05
    assert 0.95 < luck(500).max() < 1


def test_it_does_not_rain_indoors():
    """Rain and snow stay outside; a little dust hangs in rooms, bubbles rise under water."""
    for weather in ("rain", "snow", "storm"):
        assert {p.kind for p in particles_for(weather, "none", True, 0.5, (1, 1, 1))} == {"SOFT"}
        assert sum(p.count for p in particles_for(weather, "none", True, 0.5, (1, 1, 1))) < 200
    assert particles_for("clear", "underwater", False, 0.5, (1, 1, 1))
    assert not particles_for("clear", "open", False, 0.5, (1, 1, 1))


@pytest.mark.parametrize("weather", [w for w in WEATHERS if w not in ("clear", "fog")])
def test_weather_is_seen_and_moves(weather):
    """Each weather changes the picture, and goes on moving."""
    with Stage(replace(FIELD, weather=weather), 1, 160, 90, 24, Fraction(24), samples=1) as stage:
        first, later = stage.frame(0).astype(int), stage.frame(6).astype(int)
    with Stage(FIELD, 1, 160, 90, 24, Fraction(24), samples=1) as stage:
        clear = stage.frame(0).astype(int)
    assert np.abs(first - clear).max() > 30
    assert (np.abs(later - first).max(2) > 8).mean() > 0.002
