"""A stream of small pictures at few a second becomes a stream of large ones at any rate.

Each source picture is enlarged once; pictures in between are warped from the two enlargements beside them along a
motion that is measured on the small ones. Two threads work ahead of the reader (OpenCV lets go of Python's lock), at
most two source pictures ahead of the one that the frame being read begins from.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import count

import cv2
import numpy as np

from ..errors import RequestError
from ..timing import Rate
from .grain import Grain
from .motion import measure_motion, picture_between
from .upscaling import Frame, enlarge, frame_for, sharpen_edges

INTERPOLATIONS = ("flow", "blend", "none")
UPSCALINGS = ("sharp", "lanczos")
WORKERS = 2


@dataclass(frozen=True)
class Finish:
    """How a clip is to look when it is done. Raises RequestError if any of it cannot be.

    `interpolation`: "flow" moves things from picture to picture, "blend" fades, "none" holds each picture until the
    next. `upscaling`: "sharp" is Lanczos with steeper edges. `grain`: 0 to 1; 0.1 is just seen.
    """

    rate: Rate = Fraction(24)
    width: int = 1280
    height: int = 720
    interpolation: str = "flow"
    upscaling: str = "sharp"
    grain: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, known in (
            ("interpolation", self.interpolation, INTERPOLATIONS),
            ("upscaling", self.upscaling, UPSCALINGS),
        ):
            if value not in known:
                raise RequestError(f"{name}={value!r}: there are {', '.join(known)}")
        if not 0 <= self.grain <= 1:
            raise RequestError(f"grain={self.grain}: it lies between 0 and 1")
        if self.rate <= 0 or self.width < 1 or self.height < 1:
            raise RequestError(f"{self.width}x{self.height} at {self.rate} frames a second: all must be positive")


def frames_out(pictures: int, rate_in: Rate, rate: Rate) -> int:
    """Frames at `rate` that last as long as so many pictures at `rate_in`: frame i begins at i / rate.

    Picture 0 lies on time 0, and each picture lasts until the next would begin: 41 pictures at 8 are 123 frames at 24,
    the last two of which hold picture 40.
    """
    return -(-pictures * Fraction(rate) // Fraction(rate_in))


def pictures_for(frames: int, rate_in: Rate, rate: Rate) -> int:
    """The fewest pictures at `rate_in` that give so many frames without holding the last: 120 at 24 take 41 at 8."""
    return 1 + -(-(frames - 1) * Fraction(rate_in) // Fraction(rate)) if frames > 0 else 0


def finish(
    pictures: Iterator[np.ndarray], rate_in: Rate, look: Finish, start: int = 0, frames: int | None = None
) -> Iterator[np.ndarray]:
    """Yield the finished frames of a clip, (look.height, look.width, 3) uint8 RGB, from its pictures, (h, w, 3) uint8.

    Frame i lies at time i / look.rate, picture k at k / rate_in. Frames `start` to `start + frames` are made, or all
    from `start`, that is to `frames_out`. Where a picture and the next are of two shots, the first is held until the
    second begins. Equal arguments give equal frames; one array may be given several times, so do not write to them.

    Raises RequestError if the pictures do not have the frame's shape or end before the frames do.
    """
    step = Fraction(rate_in) / look.rate  # pictures in a frame
    wanted = count(start) if frames is None else iter(range(start, start + frames))
    waiting: deque[Future] = deque()
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="finish")
    try:
        crew = _Crew(pool, look)
        number, due = -1, next(wanted, None)
        for number, (picture, following) in enumerate(_pairs(pictures)):
            ready = len(waiting)
            crew.turn(picture, following)
            while due is not None and due * step < number + 1:
                waiting.append(crew.frame(due, due * step - number))
                due = next(wanted, None)
            for _ in range(ready):  # the frames of the pair before, while those of this one are being made
                yield waiting.popleft().result()
            if due is None:
                break
        while waiting:
            yield waiting.popleft().result()
        if frames is not None and due is not None:
            raise RequestError(
                f"{number + 1} pictures at {rate_in} a second are "
                f"{frames_out(number + 1, rate_in, look.rate)} frames at {look.rate}; frame {due} was asked for"
            )
    finally:
        pool.shutdown(cancel_futures=True)


def _pairs(pictures: Iterator[np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """Every picture with the next one, the last with None."""
    before = None
    for picture in pictures:
        if before is not None:
            yield before, picture
        before = picture
    if before is not None:
        yield before, None


class _Picture:
    """A source picture and, from the first time that it is asked for, its enlargement."""

    def __init__(self, small: np.ndarray):
        self.small = small
        self.large: Future | None = None


class _Crew:
    """Hands out the work on the pictures of one clip. Work is handed out before what waits for it, so none locks."""

    def __init__(self, pool: ThreadPoolExecutor, look: Finish):
        self.pool, self.look = pool, look
        self.grain = Grain(look.width, look.height, look.grain, look.seed) if look.grain else None
        self.following: _Picture | None = None

    def turn(self, picture: np.ndarray, following: np.ndarray | None) -> None:
        """Go on to a picture and the one that follows it, None after the last."""
        if self.following is None:
            self.fitting = frame_for(picture.shape[1], picture.shape[0], self.look.width, self.look.height)
        elif picture.shape != self.picture.small.shape:
            raise RequestError(
                f"a picture of shape {picture.shape} after one of {self.picture.small.shape}: a clip has one size"
            )
        self.picture = self.following or _Picture(picture)
        self.following = None if following is None else _Picture(following)
        self.motion: Future | None = None

    def frame(self, number: int, t: Fraction) -> Future:
        """Frame `number`, at time t, 0 <= t < 1, between the picture and the following one."""
        before, fitting = self._large(self.picture), self.fitting
        make: Callable[[], np.ndarray] = before.result
        if t and self.following and self.look.interpolation != "none":
            after = self._large(self.following)
            self.motion = self.motion or self.pool.submit(measure_motion, self.picture.small, self.following.small)
            make = partial(_between, before, after, self.motion, float(t), fitting, self.look.interpolation)
        return self.pool.submit(self._grained, make, number)

    def _large(self, picture: _Picture) -> Future:
        picture.large = picture.large or self.pool.submit(self._enlarged, picture.small)
        return picture.large

    def _enlarged(self, picture: np.ndarray) -> np.ndarray:
        large = enlarge(picture, self.fitting)
        return sharpen_edges(large, self.fitting.scale) if self.look.upscaling == "sharp" else large

    def _grained(self, make: Callable[[], np.ndarray], number: int) -> np.ndarray:
        return self.grain.add(make(), number) if self.grain else make()


def _between(before: Future, after: Future, motion: Future, t: float, fitting: Frame, interpolation: str) -> np.ndarray:
    if motion.result().cut:
        return before.result()
    if interpolation == "blend":
        return cv2.addWeighted(before.result(), 1 - t, after.result(), t, 0)
    return picture_between(before.result(), after.result(), motion.result(), t, fitting.left, fitting.top)
