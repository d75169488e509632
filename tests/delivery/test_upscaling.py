import numpy as np
import pytest

from oner.delivery.upscaling import enlarge, frame_for, sharpen_edges
from oner.errors import RequestError


def edge(width: int = 36, height: int = 20) -> np.ndarray:
    picture = np.full((height, width, 3), 60, np.uint8)
    picture[:, width // 2 :] = 180
    return picture


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (288, 160), (96, 54)])
def test_flat_colour_stays_flat(size):
    """A picture of one colour is that colour at any size, sharpened or not."""
    colour = np.array([200, 31, 97], np.uint8)
    picture = np.broadcast_to(colour, (160, 288, 3)).copy()
    frame = frame_for(288, 160, *size)
    large = sharpen_edges(enlarge(picture, frame), frame.scale)
    assert large.shape == (size[1], size[0], 3)
    assert (large == colour).all()


def test_the_middle_is_kept():
    """288x160 fills 1280x720 at 4.5 times; 8 columns are lost on each side."""
    frame = frame_for(288, 160, 1280, 720)
    assert (frame.whole, frame.left, frame.top) == ((1296, 720), 8, 0)
    assert (frame_for(160, 288, 720, 1280).whole, frame_for(160, 288, 720, 1280).top) == ((720, 1296), 8)
    assert frame_for(224, 224, 1080, 1080).whole == (1080, 1080)
    large = enlarge(edge(288, 160), frame)
    assert large[360, 639, 0] < 120 < large[360, 640, 0]


def test_another_shape_is_refused():
    """What would lose more than 5 % of a side has to be cut before."""
    with pytest.raises(RequestError, match="640x480 cannot be filled from 288x160: 26% of a side"):
        frame_for(288, 160, 640, 480)


def test_edges_become_steeper_without_halo():
    """Sharpening makes an edge's slope steeper, and no tone appears that was not beside it."""
    frame = frame_for(36, 20, 162, 90)
    soft = enlarge(edge(), frame)
    sharp = sharpen_edges(soft, frame.scale)
    slope = lambda picture: int(np.abs(np.diff(picture[45, :, 0].astype(int))).max())
    assert slope(sharp) > 1.3 * slope(soft)
    assert soft.min() <= sharp.min()
    assert sharp.max() <= soft.max()


def test_smaller_pictures_are_not_sharpened():
    """A picture that is not enlarged stays as it is."""
    picture = edge()
    np.testing.assert_array_equal(sharpen_edges(picture, 1.0), picture)
    np.testing.assert_array_equal(enlarge(picture, frame_for(36, 20, 36, 20)), picture)
