from contextlib import ExitStack
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from oner.worlds.description import Description
from oner.worlds.passage import KINDS, Passage
from oner.worlds.stage import Stage

MEADOW, ROOM = Description("meadow", camera="static", size="wide"), Description("bedroom", size="wide")


@pytest.fixture
def stages():
    with ExitStack() as stack:
        yield [stack.enter_context(Stage(world, 2, 96, 48, 17, Fraction(8), samples=1)) for world in (MEADOW, ROOM)]


@pytest.mark.parametrize("kind", KINDS)
def test_one_take_from_world_to_world(stages, kind):
    """It begins in the first world and ends in the second; the opening grows until it is all there is."""
    first, second = stages
    passage = Passage(first, second, kind, 9, 8, 0.2)
    own = [first.frame(i) for i in range(9)]
    shares = []
    for i in range(9):
        hole, _, _ = passage.opening.covers(passage._before(i), (96, 48))
        shares.append(hole.mean())
    assert 0.005 < shares[0] < 0.6
    assert shares == sorted(shares)
    assert shares[-1] > 0.75
    assert (np.abs(passage.frame(0).astype(int) - own[0]).max(-1) < 3).mean() > 0.3
    if kind != "dark":
        assert np.array_equal(passage.frame(9), second.frame(9))


def test_nothing_jumps(stages):
    """Going through changes the picture no more than a step before or after it does."""
    passage = Passage(*stages, "door", 9, 8)
    frames = [passage.frame(i).astype(float) for i in range(6, 14)]
    steps = [np.abs(b - a).mean() for a, b in pairwise(frames)]
    assert steps[2] < 2.0 * max(steps[0], steps[1], steps[3])
