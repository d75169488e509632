"""From a model's sizes and rates to a film's."""

from fractions import Fraction

import numpy as np
import pytest

from oner.engines.fitting import anchored, cover, frames_needed, nearest_size, retimed, uncover

WAN = [(832, 480), (1280, 720)]


@pytest.mark.parametrize(
    ("wanted", "size"),
    [
        ((640, 360), (832, 480)),  # the smallest that is large enough
        ((360, 640), (480, 832)),  # upright
        ((1280, 720), (1280, 720)),
        ((1920, 1080), (1280, 720)),  # none is large enough
        ((480, 480), (624, 624)),  # another shape: the same area
    ],
)
def test_the_size_in_which_a_model_works(wanted, size):
    """Trained sizes where the shape is near, else one of the same area in the model's steps."""
    assert nearest_size(*wanted, WAN, 16) == size


def test_fixed_sizes_are_never_turned():
    """Some models know one size only; the picture is cropped."""
    assert nearest_size(360, 640, [(720, 480)], 16, fixed=True) == (720, 480)


@pytest.mark.parametrize("shape", [(36, 64), (64, 36), (40, 40)])
def test_uncover_is_the_inverse_of_cover(shape):
    """A given picture of the film's shape comes back whole from a model of another shape."""
    across, down = np.meshgrid(np.linspace(0, 255, shape[1]), np.linspace(0, 255, shape[0]))
    picture = np.stack([across, down, across], axis=-1).astype(np.uint8)
    there = uncover(picture, 80, 48)
    assert there.shape == (48, 80, 3)
    back = cover(there, shape[1], shape[0])
    assert np.abs(back.astype(int) - picture).mean() < 3


def test_a_picture_of_another_shape_fills_the_film():
    """Of a square picture in a wide film the middle is shown, without borders, whatever the model's size."""
    picture = np.full((100, 100, 3), 200, np.uint8)
    picture[:20] = picture[-20:] = 0  # beyond 64:36 of a width of 100
    back = cover(uncover(picture, 64, 48, (64, 36)), 64, 36)
    assert back.min() > 190
    assert np.array_equal(uncover(picture, 80, 48), uncover(picture, 80, 48, (50, 50)))


def frames(count: int) -> list[np.ndarray]:
    return [np.full((2, 2, 3), 10 * number, np.uint8) for number in range(count)]


def test_as_many_frames_are_made_as_are_needed():
    """24 fps from 16: the last film frame lies between two made ones, so both are there."""
    assert frames_needed(5, Fraction(24), Fraction(16)) == 4
    assert frames_needed(5, Fraction(24), Fraction(24)) == 5
    assert frames_needed(1, Fraction(24), Fraction(8)) == 1


def test_frames_between_are_blended_or_the_nearest():
    """Film frames 0..4 at 24 fps lie at 0, 2/3, 4/3, 2, 8/3 of frames at 16."""
    blended = [frame[0, 0, 0] for frame in retimed(frames(4), Fraction(16), range(5), Fraction(24), "blend")]
    assert blended == [0, 7, 13, 20, 27]
    nearest = [frame[0, 0, 0] for frame in retimed(frames(4), Fraction(16), range(5), Fraction(24), "nearest")]
    assert nearest == [0, 10, 10, 20, 30]


def test_nothing_is_blended_across_a_cut():
    """Where a new prompt begins a new picture, the old one stays until it is gone."""
    shown = [f[0, 0, 0] for f in retimed(frames(4), Fraction(16), range(5), Fraction(24), "blend", cuts=(2,))]
    assert shown == [0, 7, 10, 20, 27]


def moving(at: float, level: int = 255) -> np.ndarray:
    """A soft bright spot `at` pixels from the left of a grey picture of 64x48."""
    across, down = np.meshgrid(np.arange(64), np.arange(48))
    spot = np.exp(-((across - at) ** 2 + (down - 24) ** 2) / 60)
    return np.repeat((60 + (level - 60) * spot)[..., None], 3, axis=2).astype(np.uint8)


def test_things_move_on_between_frames_instead_of_fading():
    """A spot that goes 6 pixels between two frames is one spot at 3 pixels in the middle; blending shows two."""
    made = [moving(20), moving(26)]
    between = {how: list(retimed(made, Fraction(12), range(2), Fraction(24), how))[1] for how in ("flow", "blend")}
    fault = {how: np.abs(frame.astype(int) - moving(23)).mean() for how, frame in between.items()}
    assert fault["flow"] < fault["blend"] / 2


def test_colours_are_led_back_to_those_of_the_first_window():
    """Windows that grow brighter and harder each time stay near the first, without a jump at a seam."""
    random = np.random.default_rng(3)
    scene = random.normal(110, 25, (9, 24, 32, 3)).clip(0, 255).astype(np.uint8)
    windows, plain = [scene], [scene]
    for _ in range(5):
        for made in (windows, plain):
            start = made[-1][-1].astype(float)
            worse = np.linspace(0, 1, 9)[:, None, None, None]  # by its end 8 levels brighter, 5 % more contrast
            drifted = (start - start.mean()) * (1 + 0.05 * worse) + start.mean() + 8 * worse
            made.append(drifted.clip(0, 255).astype(np.uint8))
        seam = windows[-1][0]
        windows[-1] = anchored(windows[-1], scene)
        assert np.abs(windows[-1][0].astype(int) - seam).max() <= 1
    assert plain[-1][-1].mean() - scene.mean() > 35
    assert abs(windows[-1][-1].mean() - scene.mean()) < 8
    assert plain[-1][-1].std() / scene.std() > 1.15
    assert windows[-1][-1].std() / scene.std() < 1.06


def test_flow_holds_a_frame_before_a_cut():
    """A cut that was named, and one that nobody named, between pictures that have nothing to do with each other."""
    named = list(retimed([moving(20), moving(26)], Fraction(12), range(2), Fraction(24), "flow", cuts=(1,)))
    assert np.array_equal(named[1], moving(20))
    noise = np.random.default_rng(1).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    unnamed = list(retimed([moving(20), noise], Fraction(12), range(2), Fraction(24)))
    assert np.array_equal(unnamed[1], moving(20))
