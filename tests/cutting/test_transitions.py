import cv2
import numpy as np
import pytest

from oner.cutting.transitions import BLACK_420, ZOOM_FACTOR, dip, dipped, dissolve, ease, joined, whip, zoom
from oner.film import TransitionKind

STEP = 1 / 16


@pytest.fixture
def noise():
    generator = np.random.default_rng(5)
    return [generator.integers(0, 256, (72, 128), dtype=np.uint8) for _ in range(2)]


def stripe(at: int, width: int = 128) -> np.ndarray:
    picture = np.zeros((72, width), np.uint8)
    picture[:, at - 2 : at + 2] = 255
    return picture


def centre(picture: np.ndarray) -> float:
    """Mean column of the light in a picture."""
    light = picture.astype(float).sum(axis=0)
    return float((light * np.arange(len(light))).sum() / light.sum())


def detail(picture: np.ndarray, axis: int) -> float:
    return float(np.abs(np.diff(picture.astype(float), axis=axis)).mean())


def test_ease_rests_at_both_ends():
    """The easing goes from 0 to 1, halves evenly, and neither starts nor ends with a jerk."""
    assert (ease(0), ease(0.5), ease(1)) == (0, 0.5, 1)
    assert ease(0.01) < 2e-5
    assert 1 - ease(0.99) < 2e-5
    assert ease(-1) == 0
    assert ease(2) == 1


def test_dissolve_is_even():
    """A dissolve is the weighted mean of both pictures."""
    a, b = np.full((4, 6, 3), 40, np.uint8), np.full((4, 6, 3), 200, np.uint8)
    assert np.array_equal(dissolve(a, b, 0.0), a)
    assert np.array_equal(dissolve(a, b, 0.25), np.full((4, 6, 3), 80, np.uint8))
    assert np.array_equal(dissolve(a, b, 1.0), b)


def test_dip_reaches_black():
    """A dip goes to the plane's own black: 16 for luma, 128 for both colour planes."""
    planes = tuple(np.full((4, 4), level, np.uint8) for level in (235, 90, 200))
    assert [int(p[0, 0]) for p in dipped(planes, 0.0)] == list(BLACK_420)
    assert [int(p[0, 0]) for p in dipped(planes, 1.0)] == [235, 90, 200]
    assert dip(np.full((2, 2), 100, np.uint8), 0.5)[0, 0] == 50


@pytest.mark.parametrize("kind", [TransitionKind.WHIP, TransitionKind.ZOOM, TransitionKind.DISSOLVE])
@pytest.mark.parametrize("camera", ["static", "pull back", "pan left", "tilt up"])
def test_ends_are_the_pictures_themselves(noise, kind, camera):
    """At its very ends a transition shows the untouched pictures, so that it joins the clips without a jump."""
    a, b = noise
    assert np.abs(joined(kind, (a,), (b,), 0.0, 1e-4, camera)[0].astype(int) - a).max() <= 1
    assert np.abs(joined(kind, (a,), (b,), 1.0, 1e-4, camera)[0].astype(int) - b).max() <= 1


@pytest.mark.parametrize("kind", [TransitionKind.WHIP, TransitionKind.ZOOM, TransitionKind.DISSOLVE])
@pytest.mark.parametrize("shape", [(72, 128, 3), (36, 64), (45, 80)])
def test_every_shape_keeps_its_shape(kind, shape):
    """RGB pictures, planes and odd heights all come back in their own shape as uint8."""
    a = np.full(shape, 90, np.uint8)
    for camera in ("static", "tilt down", "pull back"):
        (picture,) = joined(kind, (a,), (a,), 0.4, STEP, camera)
        assert picture.shape == shape
        assert picture.dtype == np.uint8
        assert np.abs(picture.astype(int) - 90).max() <= 1, "one flat colour stays what it is"


def test_whip_slides_against_the_camera():
    """A camera flung to the right sees the outgoing picture leave to the left, by the eased distance."""
    a, b = stripe(100), stripe(28)
    moved = whip(a, b, 0.2, 1e-6)
    assert centre(moved) == pytest.approx(centre(a) - 3 * 128 * ease(0.2), abs=0.6)
    assert centre(whip(a, b, 0.85, 1e-6)) == pytest.approx(centre(b) + 3 * 128 * (1 - ease(0.85)), abs=0.6)
    assert centre(whip(stripe(28), b, 0.2, 1e-6, "left")) == pytest.approx(27.5 + 3 * 128 * ease(0.2), abs=0.6)


def test_whip_smears_along_its_way_only(noise):
    """In the middle of a whip pan the detail along its way is gone and the detail across it remains."""
    a, b = noise
    streak = whip(a, b, 0.5, STEP)
    assert detail(streak, axis=1) < 0.05 * detail(a, axis=1)
    assert detail(streak, axis=0) > 3 * detail(streak, axis=1)
    upright = whip(a, b, 0.5, STEP, "up")
    assert detail(upright, axis=0) < 0.1 * detail(a, axis=0)


def test_whip_blur_follows_the_acceleration():
    """The streak of a thin stripe is as long as the eased travel while the shutter is open."""
    a = np.zeros((8, 512), np.uint8)
    a[:, 200] = 250
    for t in (0.1, 0.15, 0.2):
        streak = whip(a, np.zeros_like(a), t, STEP)
        travel = 3 * 512 * (ease(t + STEP / 2) - ease(t - STEP / 2))
        lit = np.count_nonzero(streak[0])
        assert lit == pytest.approx(travel, abs=2.5)


def disc(radius: int, level: int = 255) -> np.ndarray:
    return cv2.circle(np.zeros((180, 320), np.uint8), (160, 90), radius, level, -1)


def test_zoom_grows_the_outgoing_picture():
    """Before the opening begins, the outgoing picture is larger by the eased power of the zoom factor."""
    a = disc(20)
    t = 0.099
    grown = zoom(a, np.zeros_like(a), t, 1e-6)
    assert (grown.astype(float).sum() / a.sum()) ** 0.5 == pytest.approx(ZOOM_FACTOR ** ease(t), rel=0.01)


def test_zoom_opens_in_the_middle():
    """The incoming picture comes out of the middle, small, while the outgoing one still fills the edges."""
    a, b = np.full((180, 320), 50, np.uint8), np.full((180, 320), 200, np.uint8)
    half = zoom(a, b, 0.5, STEP)
    assert half[90, 160] > 195
    assert half[0, 0] == half[-1, -1] == 50
    assert np.array_equal(zoom(a, b, 0.95, STEP), b)


def test_zoom_brings_the_incoming_picture_to_its_size():
    """The incoming picture is still smaller on the way, by the rest of the zoom."""
    t = 0.9  # the opening has passed the corners
    seen = zoom(np.zeros((180, 320), np.uint8), disc(40), t, 1e-6)
    assert (seen.astype(float).sum() / disc(40).sum()) ** 0.5 == pytest.approx(ZOOM_FACTOR ** (ease(t) - 1), rel=0.01)


def test_zoom_streaks_point_to_the_middle(noise):
    """Motion blur of a zoom is nothing in the middle and strong at the sides, along the radius."""
    a = np.random.default_rng(1).integers(0, 256, (181, 321), dtype=np.uint8)
    streaked = zoom(a, a, 0.45, STEP)
    side = streaked[80:100, :60]
    assert detail(side, axis=1) < 0.5 * detail(side, axis=0)


def test_pulling_back_is_the_same_backwards(noise):
    """For a camera that pulls back, the match zoom plays backwards: the outgoing picture sinks into the incoming."""
    a, b = noise
    assert np.array_equal(zoom(a, b, 0.3, STEP, inward=False), zoom(b, a, 0.7, STEP))
