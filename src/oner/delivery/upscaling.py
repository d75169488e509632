"""Small pictures made large, cut to the shape that is asked for."""

from dataclasses import dataclass

import cv2
import numpy as np

from ..errors import RequestError

CROPPED = 0.05  # the largest share of a side that may be cut off to change the shape; 288x160 to 16:9 loses 1.2 %
# Of radii 1.5 to 3 pixels at 4.5 times, amounts 0.5 to 3 and one to three rounds, the nearest to real renders.
RADIUS = 0.5  # pixels of blur for each time that the picture is enlarged
AMOUNT = 2.0


@dataclass(frozen=True)
class Frame:
    """How a picture lies in the wanted frame: enlarged to `whole`, then `left` and `top` cut off on both sides."""

    width: int
    height: int
    whole: tuple[int, int]
    left: int
    top: int
    scale: float

    def cut(self, picture: np.ndarray) -> np.ndarray:
        return picture[self.top : self.top + self.height, self.left : self.left + self.width]


def frame_for(width: int, height: int, wanted_width: int, wanted_height: int) -> Frame:
    """The frame that a picture of width x height fills, its middle kept.

    Raises RequestError if more than 5 % of a side would be lost.
    """
    scale = max(wanted_width / width, wanted_height / height)
    left = round((width * scale - wanted_width) / 2)
    top = round((height * scale - wanted_height) / 2)
    lost = max(1 - wanted_width / (width * scale), 1 - wanted_height / (height * scale))
    if lost > CROPPED:
        raise RequestError(
            f"{wanted_width}x{wanted_height} cannot be filled from {width}x{height}: {lost:.0%} of a side would be cut "
            f"off, {CROPPED:.0%} is allowed; cut the pictures to the wanted shape first"
        )
    return Frame(wanted_width, wanted_height, (wanted_width + 2 * left, wanted_height + 2 * top), left, top, scale)


def enlarge(picture: np.ndarray, frame: Frame) -> np.ndarray:
    """Lanczos to the frame's size, (H, W, 3) uint8 RGB; area means where the frame is smaller than the picture."""
    if frame.whole == (picture.shape[1], picture.shape[0]):
        return np.ascontiguousarray(frame.cut(picture))
    method = cv2.INTER_AREA if frame.scale < 1 else cv2.INTER_LANCZOS4
    return np.ascontiguousarray(frame.cut(cv2.resize(picture, frame.whole, interpolation=method)))


def sharpen_edges(picture: np.ndarray, scale: float) -> np.ndarray:
    """A picture that was enlarged `scale` times with steeper edges, (H, W, 3) uint8 RGB.

    Unsharp masking of the brightness, held between the darkest and the lightest of each pixel's neighbours, so that
    edges get no halo and flat parts no texture.
    """
    if scale <= 1:
        return picture
    light = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    steep = cv2.addWeighted(light, 1 + AMOUNT, cv2.GaussianBlur(light, (0, 0), RADIUS * scale), -AMOUNT, 0)
    neighbours = np.ones((3, 3), np.uint8)
    steep = cv2.min(cv2.max(steep, cv2.erode(light, neighbours)), cv2.dilate(light, neighbours))
    change = cv2.subtract(steep, light, dtype=cv2.CV_16S)
    # The same change in every channel moves the brightness alone, without the rounding of a trip to YCrCb and back.
    return cv2.add(picture, cv2.merge([change, change, change]), dtype=cv2.CV_8U)
