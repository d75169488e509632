from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import numpy as np

from oner.worlds.description import LOOKS, Description, SubjectDescription
from oner.worlds.stage import Stage

SCENE = Description("meadow", (SubjectDescription("woman", colour="red"),), "golden hour", camera="static")


def drawn(look: str, frame: int = 8) -> np.ndarray:
    with Stage(replace(SCENE, look=look), 3, 128, 80, 24, Fraction(24), samples=1) as stage:
        return stage.frame(frame).astype(int)


def test_looks_differ_at_thumbnail_size():
    """At 128x80 every pair of looks differs clearly, and every look keeps some contrast."""
    pictures = {look: drawn(look) for look in LOOKS}
    for a, b in combinations(LOOKS, 2):
        assert np.abs(pictures[a] - pictures[b]).mean() > 3.5, (a, b)
    for look, picture in pictures.items():
        assert picture.std() > 20, look
        assert 25 < picture.mean() < 232, look


def test_grey_looks_are_grey():
    """Black and white and noir have no colour to speak of; natural has."""
    for look in ("black and white", "noir"):
        assert np.ptp(drawn(look), axis=2).max() < 12, look
    assert np.ptp(drawn("natural"), axis=2).max() > 60


def test_grain_stays_moderate():
    """Two neighbouring frames of a still scene differ by little enough for video to compress."""
    still = replace(SCENE, place="desert", subjects=())
    for look in LOOKS:
        with Stage(replace(still, look=look), 3, 128, 80, 24, Fraction(24), samples=1) as stage:
            change = np.abs(stage.frame(1).astype(int) - stage.frame(0)).mean()
        assert change < 9, (look, change)
