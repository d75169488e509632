from fractions import Fraction

import numpy as np
import pytest

from oner.worlds.description import Description, SubjectDescription
from oner.worlds.stage import Stage, place_of

WOMAN = SubjectDescription("woman", colour="red", garment="coat", action="walk", facing="camera")
STREET = Description("city street", (WOMAN,), time="night", weather="rain", camera="handheld", look="vhs")


def stage(description=STREET, seed=1, start=0, size=(96, 54), samples=1) -> Stage:
    return Stage(description, seed, *size, 24, Fraction(24), start, samples)


def test_equal_input_gives_equal_pixels():
    """The same description and seed give the same pixels, in whatever order the frames are asked for."""
    with stage(samples=4) as first:
        a = [first.frame(i) for i in (0, 5)]
    with stage(samples=4) as second:
        b = [second.frame(i) for i in (5, 0)]
    assert np.array_equal(a[0], b[1])
    assert np.array_equal(a[1], b[0])


def test_a_clip_continues_another():
    """Frame 2 of a clip with start=10 is frame 12 of the clip with start=0: figures, camera, rain and grain."""
    with stage() as whole, stage(start=10) as rest:
        assert np.array_equal(whole.frame(12), rest.frame(2))


def test_the_seed_changes_the_take_but_not_the_place():
    """Another seed films the very same place object from elsewhere."""
    with stage(seed=1) as one, stage(seed=2) as two:
        assert one.place is two.place
        assert np.abs(one.frame(0).astype(int) - two.frame(0)).mean() > 3


def test_the_place_depends_on_its_own_words_only():
    """Subjects, camera and look do not rebuild the place; another accent does."""
    other = Description("city street", (), time="night", weather="rain", camera="orbit", look="noir")
    assert place_of(STREET) is place_of(other)
    assert place_of(STREET) is not place_of(Description("city street", (), "night", "rain", accent="blue"))


def test_the_subject_is_seen_in_its_colour():
    """A woman in a red coat puts clearly red pixels near the middle, by day and by night."""
    for time in ("noon", "night"):
        with stage(Description("city street", (WOMAN,), time, look="natural", size="medium"), size=(160, 90)) as drawn:
            picture = drawn.frame(0).astype(int)
        red = (picture[..., 0] > 60) & (picture[..., 0] > 2 * picture[..., 1] + 10)
        assert red[15:85, 25:135].sum() > 150, time


def test_the_moving_subject_moves():
    """Walking changes the picture between two frames of a static camera."""
    with stage(Description("meadow", (WOMAN,), "noon", look="natural")) as drawn:
        assert np.abs(drawn.frame(0).astype(int) - drawn.frame(12)).max() > 40


@pytest.mark.parametrize("size", [(96, 54), (54, 96), (64, 64)])
def test_every_format(size):
    """Wide, upright and square pictures have exactly the asked size."""
    with stage(size=size) as drawn:
        assert drawn.frame(0).shape == (size[1], size[0], 3)


def test_several_subjects_share_the_picture():
    """Two more subjects take places of their own, houses further back than people."""
    cast = (SubjectDescription("house"), WOMAN, SubjectDescription("man", colour="blue"))
    with stage(Description("meadow", cast, "noon")) as drawn:
        x = [np.array(actor.path(0.0)[:3]) for actor in drawn.actors]
        drawn.frame(0)
    assert len(x) == 3
    assert all(np.linalg.norm(a - b) > 0.5 for i, a in enumerate(x) for b in x[:i])
    assert x[2][2] < x[0][2] - 3


def test_an_empty_place_can_be_filmed():
    """A description without subjects gives a landscape with some contrast."""
    with stage(Description("mountains", (), camera="fly-through")) as drawn:
        assert drawn.frame(3).std() > 12
