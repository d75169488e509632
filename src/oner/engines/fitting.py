"""Between what a model makes and what a film wants: other sizes, other rates."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
from PIL import Image

from ..timing import Rate

RETIMES = ("flow", "blend", "nearest")


def nearest_size(
    width: int, height: int, trained: Sequence[tuple[int, int]], step: int, fixed: bool = False
) -> tuple[int, int]:
    """The size (width, height) in which a model makes a picture that is wanted as `width` x `height`.

    Of the trained sizes (upright ones included unless `fixed`) the smallest that is large enough, else the largest, if
    its shape is within 6 %; otherwise a size of the wanted shape and the same area.
    """
    turned = [(w, h) if fixed or (w >= h) == (width >= height) else (h, w) for w, h in trained]
    turned.sort(key=lambda size: size[0] * size[1])
    aspect = width / height
    fitting = [size for size in turned if fixed or abs(size[0] / size[1] / aspect - 1) <= 0.06]
    large = [size for size in fitting if size[0] >= width and size[1] >= height]
    if fitting:
        return large[0] if large else fitting[-1]
    areas = [w * h for w, h in turned]
    area = next((area for area in areas if area >= width * height), areas[-1])
    high = (area / aspect) ** 0.5
    return max(1, round(high * aspect / step)) * step, max(1, round(high / step)) * step


def cover(frame: np.ndarray, width: int, height: int) -> np.ndarray:
    """Scale (H, W, 3) uint8 until it covers the size, and cut off what stands out, on both sides alike."""
    high, wide = frame.shape[:2]
    if (wide, high) == (width, height):
        return np.ascontiguousarray(frame)
    return np.asarray(
        Image.fromarray(frame).resize((width, height), Image.Resampling.LANCZOS, _window(wide, high, width, height))
    )


def uncover(frame: np.ndarray, width: int, height: int, shape: tuple[int, int] | None = None) -> np.ndarray:
    """The inverse of `cover`: a picture of the model's size of which `cover` shows the given one whole.

    What `cover` will cut off is filled with the edge's colours. Of a picture that is not of `shape`, the width and
    height that `cover` will be asked for, only the middle is shown.
    """
    if shape is not None:
        left, top, right, bottom = (round(side) for side in _window(frame.shape[1], frame.shape[0], *shape))
        frame = frame[top:bottom, left:right]
    high, wide = frame.shape[:2]
    left, top, right, bottom = (round(side) for side in _window(width, height, wide, high))
    inner = np.asarray(Image.fromarray(frame).resize((right - left, bottom - top), Image.Resampling.LANCZOS))
    return np.pad(inner, ((top, height - bottom), (left, width - right), (0, 0)), mode="edge")


def _window(wide: int, high: int, width: int, height: int) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of the part of a wide x high picture that a width x height one shows."""
    shown = min(wide, high * width / height), min(high, wide * height / width)
    left, top = (wide - shown[0]) / 2, (high - shown[1]) / 2
    return left, top, left + shown[0], top + shown[1]


def frames_needed(frames: int, rate: Rate, made_rate: Rate) -> int:
    """How many frames at `made_rate` it takes to show `frames` at `rate`."""
    return -((-Fraction(frames - 1) * made_rate / rate).__floor__()) + 1


def retimed(
    made: Sequence[np.ndarray],
    made_rate: Rate,
    frames: range,
    rate: Rate,
    retime: str = "flow",
    cuts: Sequence[int] = (),
) -> Iterator[np.ndarray]:
    """Frames `frames` of the film's rate out of frames made at another rate.

    Between two made frames things are moved along the motion that is measured between them ("flow"), the two are
    blended, or the nearer one is shown ("nearest"); never across a cut, given as the first made frame after it, or seen
    by "flow" itself.
    """
    measured, motion = -1, None
    for frame in frames:
        position = Fraction(frame) * made_rate / rate
        low = min(int(position), len(made) - 1)
        weight = float(position - int(position))
        high = min(low + 1, len(made) - 1)
        if high in cuts:
            high = low
        if retime == "nearest" or weight == 0 or high == low:
            yield made[high if weight >= 0.5 else low]
        elif retime == "flow":
            from ..delivery.motion import measure_motion, picture_between

            if low != measured:
                measured, motion = low, measure_motion(made[low], made[high])
            yield made[low] if motion.cut else picture_between(made[low], made[high], motion, weight, 0, 0)
        else:
            yield (made[low] * (1 - weight) + made[high] * weight + 0.5).astype(np.uint8)


def anchored(frames: np.ndarray, anchor: np.ndarray) -> np.ndarray:
    """Lead the colours of a window (T, H, W, 3) back to those of the first window, `anchor`, by its end.

    A model that goes on from its own pictures adds a little to brightness and contrast in every window. Mean and
    contrast of each channel are led back from nothing at the first frame, so that the seam stays unseen, to a tenth and
    16 levels at most at the last one: what changed because the scene did is left nearly as it is.
    """
    gain = np.clip(anchor.std((0, 1, 2)) / np.maximum(frames.std((0, 1, 2)), 1e-3), 0.9, 1.1)
    mean = frames.mean((0, 1, 2))
    shift = np.clip(anchor.mean((0, 1, 2)) - mean, -16, 16)
    part = np.linspace(0, 1, len(frames))[:, None, None, None]
    led = (frames - mean) * (1 + part * (gain - 1)) + mean + part * shift
    return (led.clip(0, 255) + 0.5).astype(np.uint8)


def matched(frames: np.ndarray, made: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Correct the colours of (T, H, W, 3) frames so that the picture `made` would look like `wanted`.

    A window begins with a picture that went through the model's own eye and hand and comes back a little changed;
    what changed it changed the whole window. Mean and contrast of each channel are put right, by a quarter at most.
    """
    mean, deviation = made.mean((0, 1)), made.std((0, 1))
    gain = np.clip(wanted.std((0, 1)) / np.maximum(deviation, 1e-3), 0.8, 1.25)
    shift = wanted.mean((0, 1)) - gain * mean
    return (frames * gain + shift).clip(0, 255).round().astype(np.uint8)
