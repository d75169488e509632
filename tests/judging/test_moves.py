from dataclasses import replace
from fractions import Fraction

import pytest

from oner.errors import InputError
from oner.film import CAMERA_MOVES
from oner.judging.measure import judge
from oner.judging.moves import CameraTrace, agreements
from oner.worlds.language import read
from oner.worlds.stage import Stage


@pytest.mark.parametrize("move", ["static", "pan left", "push in", "orbit", "crane up"])
def test_moves_of_rendered_worlds_are_recognised(move):
    """A take of the animatic engine agrees with the move that was asked for as well as with any, or nearly so."""
    world = replace(read("a man stands in a meadow in the morning, wide shot").description, camera=move)
    with Stage(world, seed=7, width=160, height=90, frames=48, rate=Fraction(24), samples=1) as stage:
        found = judge((stage.frame(i) for i in range(0, 36, 2)), Fraction(12), move).agreements
    assert found[move] > 0.6
    assert found[move] > 0.8 * max(found.values())


def test_no_motion_is_static():
    """A picture that does not move at all agrees with a camera that does not, and with nothing else."""
    found = agreements(CameraTrace(), "push in")
    assert found.pop("static") == 1
    assert set(found.values()) == {0}


def test_every_move_has_a_figure_between_0_and_1():
    """Wild motion gives figures within bounds for all twelve moves."""
    found = agreements(CameraTrace(3.0, -2.0, 5.0, 1.0, -4.0, 2.0, 9.0, 20.0, 8.0, (7.0, 7.0)), "orbit")
    assert tuple(found) == CAMERA_MOVES
    assert all(0 <= value <= 1 for value in found.values())


def test_unknown_move_is_refused():
    """The error names the moves there are."""
    with pytest.raises(InputError, match="static, push in"):
        agreements(CameraTrace(), "Push In")
