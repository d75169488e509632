import numpy as np

from oner.delivery.grain import STRONGEST, Grain


def flat(level: int) -> np.ndarray:
    return np.full((120, 160, 3), level, np.uint8)


def test_grain_is_strongest_in_the_middle_and_keeps_the_mean():
    """Mid grey gets the strength that was asked for, black and white none, and no level drifts."""
    grain = Grain(160, 120, 0.5, seed=1)
    spread = {level: float(grain.add(flat(level), 0)[..., 0].std()) for level in (0, 40, 128, 255)}
    assert abs(spread[128] - 0.5 * STRONGEST) < 0.5
    assert 0 < spread[40] < 0.8 * spread[128]
    assert spread[0] == spread[255] == 0
    assert abs(float(grain.add(flat(128), 0).mean()) - 128) < 0.3


def test_grain_has_no_colour():
    """All three channels move together."""
    noisy = Grain(160, 120, 0.5, seed=1).add(flat(128), 0)
    assert (noisy == noisy[..., :1]).all()


def test_every_picture_has_its_own_grain():
    """Neighbouring pictures differ; the same number and seed give the same grain."""
    grain, again = Grain(160, 120, 0.5, seed=1), Grain(160, 120, 0.5, seed=1)
    first, second = (grain.add(flat(128), number).astype(float) - 128 for number in (7, 8))
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.1
    np.testing.assert_array_equal(again.add(flat(128), 8), grain.add(flat(128), 8))
