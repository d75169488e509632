from fractions import Fraction
from random import Random

import numpy as np
import pytest

from oner.timing import Span
from oner.worlds.blocking import ACTOR, ACTORS, CAMERA, NUMBERS, Blocking, blocking_of, cast_of
from oner.worlds.description import CAMERA_MOVES, PEOPLE, SUBJECTS, Description, SubjectDescription
from oner.worlds.figures import build_figure
from oner.worlds.figures.traits import settled
from oner.worlds.random_worlds import random_description
from oner.worlds.stage import Stage

SIZE = (96, 54)
WOMAN = SubjectDescription("woman", "red", "walk", "coat", "black", hat=True, person="woman, freckles, red coat")
SCENE = Description("desert", (WOMAN,), camera="push in", size="medium")


@pytest.mark.parametrize("move", CAMERA_MOVES)
def test_the_camera_is_the_stage_s(move):
    """Eye, direction and view angle are those that the pictures are drawn from, without a picture."""
    description = Description("desert", (WOMAN,), camera=move)
    blocking = Blocking.of(description, 5, SIZE[0] / SIZE[1])
    with Stage(description, 5, *SIZE, 9, Fraction(8), samples=1) as stage:
        for frame in (0, 8):
            told, view = blocking.numbers(frame, Fraction(8)), stage.view(frame)
            forward = view.axes()[2]
            yaw, pitch, roll, angle = told[4:CAMERA]
            assert told[0] == pytest.approx(frame / 8)
            assert told[1:4] == pytest.approx(view.eye)
            assert (roll, angle) == pytest.approx((view.roll, view.fov))
            ahead = (-np.sin(yaw) * np.cos(pitch), np.sin(pitch), -np.cos(yaw) * np.cos(pitch))
            assert ahead == pytest.approx(tuple(forward), abs=1e-6)


def test_an_actor_is_where_it_is_drawn():
    """What changes in the picture when the actor goes lies where its numbers say that its body is."""
    with Stage(SCENE, 3, *SIZE, 1, Fraction(8), samples=1) as stage:
        told = Blocking.of(SCENE, 3, SIZE[0] / SIZE[1]).numbers(8, Fraction(8))
        full = stage.frame(8).astype(float)
        view, (actor,) = stage.view(8), stage.actors
        gone = np.asarray(actor.figure.pose(1.0)) * 0.0
        object.__setattr__(actor, "figure", _posed(actor.figure, gone))
        changed = np.abs(stage.frame(8) - full).max(2) > 40
    rows, columns = np.nonzero(changed)
    kind, x, y, z, _, height, _ = told[CAMERA:][:7]
    assert SUBJECTS[int(kind) - 1] == "woman"
    seen = view.matrix(SIZE[0] / SIZE[1]) @ np.array([x, y + height / 2, z, 1.0])
    column, row = (seen[0] / seen[3] + 1) / 2 * SIZE[0], (1 - seen[1] / seen[3]) / 2 * SIZE[1]
    assert columns.min() - 1 <= column <= columns.max() + 1
    assert rows.min() <= row <= rows.max()


def _posed(figure, pose):
    from dataclasses import replace

    return replace(figure, pose=lambda seconds: pose)


def test_joints_move_with_the_body():
    """Feet of somebody who walks swing; a house has no limbs; nobody is nobody."""
    walking = Blocking.of(SCENE, 3, 16 / 9)
    feet = np.stack([walking.numbers(frame, Fraction(8))[CAMERA + 7 :][9:15] for frame in range(9)])
    assert np.ptp(feet[:, 2] - feet[:, 5]) > 0.3
    house = Blocking.of(Description("meadow", (SubjectDescription("house"),)), 3, 16 / 9).numbers(0, Fraction(8))
    assert not house[CAMERA + 7 : CAMERA + ACTOR].any()
    assert house[CAMERA + 5] > 3
    empty = Blocking.of(Description("meadow"), 3, 16 / 9).numbers(0, Fraction(8))
    assert len(empty) == NUMBERS
    assert not empty[CAMERA:].any()


def test_every_world_can_be_blocked():
    """Finite numbers and no more actors than are told, with as many lists of words."""
    rng = Random(4)
    for seed in range(40):
        description = random_description(rng)
        told = Blocking.of(description, seed, 16 / 9).numbers(7, Fraction(8))
        assert np.isfinite(told).all()
        kinds = told[CAMERA::ACTOR]
        assert [SUBJECTS[int(kind) - 1] for kind in kinds if kind] == [w[0] for w in cast_of(description)[1:]]
        assert len(kinds) == ACTORS


def test_words_have_their_places():
    """Of the scene, then of each actor: kind, colour, garment, hair, style, build, hat, umbrella, action, the rest, and
    a person's skin, which is the figure's.
    """
    scene, woman = cast_of(SCENE)
    assert scene == ["desert", "", "golden hour", "clear", "cinematic", "medium", "push in"]
    assert woman == ["woman", "red", "coat", "black", "ponytail", "average", "hat", "", "walk", "freckles", "", "brown"]
    couple = Description("meadow", (SubjectDescription("tree"), SubjectDescription("man")))
    assert [said[0] for said in cast_of(couple)] == ["meadow", "man", "tree"]  # as on the stage


@pytest.mark.parametrize("kind", [kind for kind in SUBJECTS if kind not in ("house", "dog")])
def test_what_nobody_said_is_what_the_figure_wears(kind):
    """Saying it changes nothing. Houses and dogs are a little paler where their colour is not said."""
    for person, action in (("", None), ("freckles", "walk"), ("tall, old", "ride"), ("stern", "sit")):
        plain = SubjectDescription(kind, action=action, person=person)
        dressed = settled(plain)
        if kind in (*PEOPLE, "car") and kind != "astronaut":
            assert dressed.colour
        said, unsaid = build_figure(dressed), build_figure(plain)
        assert len(said.parts) == len(unsaid.parts)
        for one, other in zip(said.parts, unsaid.parts, strict=True):
            assert np.array_equal(one.colours, other.colours)
            assert np.array_equal(one.positions, other.positions)


def test_what_is_said_stays():
    told = SubjectDescription("man", "pink", "run", "raincoat", "blue", "bald", "broad", True, True, "away", "stern")
    assert settled(told) == told


def test_scenes_share_one_clock():
    """A clip of two scenes is one scene's beginning and the other's end."""
    night = Description("desert", (WOMAN,), time="night", camera="orbit")
    both = blocking_of([(SCENE, Span(0, 5)), (night, Span(5, 9))], 3, 16 / 9)
    one, two = (blocking_of([(scene, Span(0, 9))], 3, 16 / 9) for scene in (SCENE, night))
    assert np.array_equal(both, np.concatenate([one[:5], two[5:]]))


def test_in_a_loop_the_clock_goes_there_and_back():
    """Half of the length there; a picture is where its mirror image in time is, and the ends stand."""
    there = blocking_of([(SCENE, Span(0, 9))], 3, 16 / 9)
    round_trip = blocking_of([(SCENE, Span(0, 16))], 3, 16 / 9, loop=True)
    assert np.allclose(round_trip[0], there[0])
    assert np.allclose(round_trip[8], there[8])
    assert np.allclose(round_trip[1:8], round_trip[:8:-1])
    assert abs(round_trip[1, 0] - round_trip[0, 0]) < 0.05  # seconds; a step is an eighth
