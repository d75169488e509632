import numpy as np
import pytest

from oner.cutting.colour import SEAM_SHIFT, Correction, corrected, likeness, matching, measure


def planes(mean: float, contrast: float = 20.0):
    """A 4:2:0 picture with a ripple, as planes."""
    x = np.linspace(0, 9, 96)
    luma = mean + contrast * np.sin(x) * np.ones((64, 1))
    flat = np.full((32, 48), 120.0)
    return tuple(np.rint(p).astype(np.uint8) for p in (luma, flat, flat + 20))


def test_matching_gives_the_reference_statistics():
    """A picture sent through its tables has the mean and the deviation of the picture it is matched to."""
    picture, reference = planes(100, 30), planes(112, 27)
    tables = matching(measure([picture]), measure([reference])).tables
    seen, wanted = measure([corrected(picture, tables)]), measure([reference])
    assert np.abs(seen.mean - wanted.mean).max() < 0.7
    assert np.abs(seen.deviation - wanted.deviation).max() < 0.7


def test_matching_is_bounded():
    """However different two pictures are, no plane moves by more than its bound; gently, by far less."""
    night, day = measure([planes(40, 5)]), measure([planes(200, 30)])
    assert matching(night, day).shift[0] == SEAM_SHIFT
    assert 0 < matching(night, day, gentle=True).shift[0] <= 6
    assert matching(night, day).gain.max() <= 1.25


def test_nothing_to_do_gives_no_table():
    """Where nobody would see a difference there is no table, so the decoder's picture goes through as it is."""
    assert Correction.none().tables is None
    assert matching(measure([planes(100)]), measure([planes(100)])).tables is None


def test_tables_stay_inside_limited_range():
    """No corrected value leaves 16..235 in luma or 16..240 in colour."""
    tables = Correction(np.full(3, 1.25), np.full(3, 24.0), np.full(3, 128.0)).tables
    assert tables.min() >= 16
    assert tables[0].max() == 235
    assert tables[1].max() == 240


def test_corrections_compose_and_blend():
    """One correction after another equals both in turn; half-way between two is the mean of their results."""
    a = Correction(np.full(3, 1.1), np.full(3, 3.0), np.full(3, 100.0))
    b = Correction(np.full(3, 0.9), np.full(3, -5.0), np.full(3, 60.0))
    value = np.array([50.0, 120.0, 200.0])
    assert a.after(b).of(value) == pytest.approx(a.of(b.of(value)))
    assert a.towards(b, 0.5).of(value) == pytest.approx((a.of(value) + b.of(value)) / 2)


def test_likeness_sees_the_scene_not_the_exposure():
    """The same scene, brighter and flatter, is alike; another scene is not; a flat picture is like nothing."""
    scene = np.random.default_rng(0).normal(100, 20, (16, 24))
    assert likeness(scene, scene * 0.5 + 40) == pytest.approx(1)
    assert abs(likeness(scene, np.random.default_rng(1).normal(100, 20, (16, 24)))) < 0.2
    assert likeness(scene, np.full((16, 24), 9.0)) == 0
