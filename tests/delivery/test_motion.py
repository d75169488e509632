import numpy as np

from oner.delivery.motion import measure_motion, picture_between


def test_the_motion_of_a_pan_is_measured(pan):
    """A camera that moves 5 pixels to the right moves the scene 5 to the left, and back again."""
    motion = measure_motion(pan(0), pan(5))
    assert np.abs(np.median(motion.onward[8:-8, 12:-12], (0, 1)) - (-5, 0)).max() < 0.2
    assert np.abs(np.median(motion.back[8:-8, 12:-12], (0, 1)) - (5, 0)).max() < 0.2
    assert not motion.cut


def test_another_shot_is_a_cut(pan):
    """Pictures that share nothing are a cut; a picture and a fast pan or a darker copy of it are not."""
    assert measure_motion(pan(0), 255 - pan(230)[::-1]).cut
    assert not measure_motion(pan(0), pan(12)).cut
    assert not measure_motion(pan(0), (pan(1) * 0.85).astype(np.uint8)).cut
    assert not measure_motion(pan(0), pan(0)).cut


def test_large_pictures_are_measured_small(pan):
    """The flow of a picture wider than 320 pixels is that of its small copy."""
    large = [np.repeat(np.repeat(pan(position), 5, 0), 5, 1) for position in (0, 5)]
    motion = measure_motion(*large)
    assert motion.onward.shape == (213, 320, 2)
    between = picture_between(*large, motion, 0.5, 0, 0)
    truth = np.repeat(np.repeat(pan(2.5), 5, 0), 5, 1)
    assert np.abs(between[40:-40, 60:-60].astype(int) - truth[40:-40, 60:-60]).mean() < 6
