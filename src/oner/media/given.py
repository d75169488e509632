"""Pictures that a clip must show, read from picture files and from clips."""

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from ..errors import MediaError
from ..film import GivenFrame, Locate, MediaRef
from ..timing import Span
from .pictures import read_frames
from .sheet import read_png

CLIPS = {".mp4", ".mov", ".webm", ".mkv"}


def covering(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """Scale a (H, W, 3) uint8 picture so that it covers a size, and cut off what sticks out evenly."""
    if picture.shape[:2] == (height, width):
        return picture
    scale = max(width / picture.shape[1], height / picture.shape[0])
    size = (max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale)))
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    scaled = Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS)
    return np.asarray(scaled.crop((left, top, left + width, top + height)))


Fit = Callable[[np.ndarray, int, int], np.ndarray]


def read_given(
    given: Sequence[GivenFrame], locate: Locate, width: int, height: int, fit: Fit = covering
) -> dict[int, np.ndarray]:
    """Given pictures by the frame that shows them, each as `fit` makes it of (H, W, 3) uint8 RGB, width and height.

    Each file is read once. Raises MediaError, naming the file, if one cannot be read or has too few frames.
    """
    wanted: dict[MediaRef, dict[int, list[int]]] = {}
    for item in given:
        wanted.setdefault(item.picture, {}).setdefault(item.source, []).append(item.frame)
    pictures = {}
    for ref, sources in wanted.items():
        path = locate(ref)
        if ref.suffix in CLIPS:
            span = Span(min(sources), max(sources) + 1)
            found = enumerate(read_frames(path, span), start=span.start)
        elif set(sources) == {0}:
            found = iter([(0, read_png(path))])
        else:
            raise MediaError(f"{path} is one picture, frame {max(sources)} of it was asked for")
        for source, picture in found:
            for frame in sources.get(source, ()):
                pictures[frame] = fit(picture, width, height)
    return pictures
