"""One pass over a take's pictures: everything that the judge knows about it, as raw numbers.

Levels are 0..255, motion is in half widths of the picture a second, positions are frames from the take's start.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

from ..errors import InputError
from .flow import WIDTH, FlowMeter, Motion
from .moves import CameraTrace, agreements, trace

THUMB = (32, 18)  # pixels of the small pictures that signatures keep, whatever the aspect
FLOW_RATE = 12  # pictures a second between which flow is measured: slow moves are lost in finer steps
STILL = 0.06  # levels: two pictures that differ by less on average are the same picture
BLACK = (10.0, 28.0)  # mean and brightest hundredth of a picture that counts as black
JUMP = 10.0  # levels of mean change of a small picture from which a cut is possible


@dataclass(frozen=True)
class Signature:
    """What is kept of a picture to compare takes: a 32x18 RGB thumbnail, its 64-bit perceptual hash, its mean colour.

    The mean colour is in CIE Lab.
    """

    thumbnail: bytes
    hash: int
    colour: tuple[float, float, float]

    @property
    def picture(self) -> np.ndarray:
        return np.frombuffer(self.thumbnail, np.uint8).reshape(THUMB[1], THUMB[0], 3)


@dataclass(frozen=True)
class Measured:
    """The judge's raw measurements of a take (`oner.film.to_json` and `from_json` keep them).

    frames: how many were seen. camera: the move asked for. flicker: mean change of brightness that is taken back in
    the next picture, levels. change: mean absolute difference of neighbouring pictures, levels (VBench's temporal
    flickering; tells only beside `motion`). motion: root mean square of the flow. unsteadiness: mean change of the
    whole picture's motion from one step to the next, half widths a second. agreements: how well each of the twelve
    camera moves explains the flow, 0..1. trace: the mean motion behind it. sharpness: mean absolute Laplacian over
    contrast; sharpness_kept: last third over first third. exposure_drift: levels from the first to the last tenth;
    colour_drift: CIE Lab distance in a and b. frozen: frames in which the picture stands still although the take
    moves elsewhere; still: nothing moves at all. black: black frames. cuts: first frames after cuts inside the take.
    first, middle, last: signatures. start_motion, end_motion: (x, y, zoom) of the whole picture over the first and
    last half second.
    """

    frames: int
    camera: str
    flicker: float
    change: float
    motion: float
    unsteadiness: float
    agreements: dict[str, float]
    trace: CameraTrace
    sharpness: float
    sharpness_kept: float
    exposure_drift: float
    colour_drift: float
    frozen: int
    longest_freeze: int
    still: bool
    black: int
    cuts: tuple[int, ...]
    first: Signature
    middle: Signature
    last: Signature
    start_motion: tuple[float, float, float]
    end_motion: tuple[float, float, float]


def judge(frames: Iterable[np.ndarray], rate: Fraction | float, camera: str) -> Measured:
    """Measure a take in one pass over its pictures ((H, W, 3) uint8 RGB, any size, in order).

    `camera` is the move that was asked for, one of film.CAMERA_MOVES. Raises InputError without a picture or for a
    move that does not exist.
    """
    watch = _Watch(float(rate))
    for frame in frames:
        watch.see(frame)
    return watch.measured(camera)


class _Watch:
    """What is gathered while the pictures go by."""

    def __init__(self, rate: float):
        self.rate = rate
        self.stride = max(1, round(rate / FLOW_RATE))
        self.meter: FlowMeter | None = None
        self.grey: np.ndarray | None = None  # the last picture
        self.anchor: np.ndarray | None = None  # the last picture that flow was measured from
        self.motions: list[tuple[int, Motion]] = []  # last frame of the pair, motion
        self.blocks: list[np.ndarray] = []  # brightness in 8x8 blocks
        self.colours: list[np.ndarray] = []
        self.changes: list[float] = []
        self.jumps: list[float] = []  # change of the small picture, for cuts
        self.suspects: list[tuple[int, float]] = []  # frame, how well flow explains it
        self.sharpness: list[float] = []
        self.black = 0
        self.small: list[np.ndarray] = []  # thumbnails of every frame: 1.7 kB each
        self.size: tuple[int, int] | None = None

    def see(self, frame: np.ndarray) -> None:
        if self.size is None:
            self.size = (WIDTH, max(16, round(WIDTH * frame.shape[0] / frame.shape[1])))
            self.meter = FlowMeter(self.size[1])
        picture = cv2.resize(frame, self.size, interpolation=cv2.INTER_AREA)
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        number = len(self.small)
        thumb = cv2.resize(picture, THUMB, interpolation=cv2.INTER_AREA)
        self.blocks.append(cv2.resize(grey, (8, 8), interpolation=cv2.INTER_AREA).astype(np.float32))
        spread = float(grey.std())
        self.sharpness.append(float(np.mean(np.abs(cv2.Laplacian(grey, cv2.CV_16S)))) / (spread + 4.0))
        if grey.mean() < BLACK[0] and np.percentile(thumb, 99) < BLACK[1]:
            self.black += 1
        if self.grey is not None:
            self.changes.append(float(cv2.absdiff(grey, self.grey).mean()))
            jump = float(cv2.absdiff(thumb, self.small[-1]).mean())
            if jump > JUMP:
                self.suspects.append((number, self._flow(self.grey, grey, 1).matched))
            self.jumps.append(jump)
        if number % self.stride == 0:
            if self.anchor is not None:
                self.motions.append((number, self._flow(self.anchor, grey, self.stride)))
            self.anchor = grey
        self.grey = grey
        self.small.append(thumb)

    def _flow(self, before: np.ndarray, after: np.ndarray, steps: int) -> Motion:
        assert self.meter is not None
        return self.meter.between(before, after, steps / self.rate)

    def measured(self, camera: str) -> Measured:
        if not self.small:
            raise InputError("a take without a picture cannot be judged")
        cuts = self._cuts()
        motions = [
            motion for number, motion in self.motions if not any(0 <= number - cut < self.stride for cut in cuts)
        ]
        seen = trace(motions)
        frozen, longest, still = self._freezes()
        first, middle, last = (signature(self.small[i]) for i in (0, len(self.small) // 2, -1))
        tenth = max(1, len(self.small) // 10)
        begin, end = (_lab(np.concatenate(part)) for part in (self.small[:tenth], self.small[-tenth:]))
        third = max(1, len(self.sharpness) // 3)
        half_second = max(1, round(self.rate / 2 / self.stride))
        steps = np.array([motion.shift for motion in motions]) if motions else np.zeros((0, 2))
        return Measured(
            frames=len(self.small), camera=camera, flicker=self._flicker(cuts),
            change=float(np.mean(self.changes)) if self.changes else 0.0,
            motion=float(np.mean([motion.amount for motion in motions])) if motions else 0.0,
            unsteadiness=float(np.hypot(*np.diff(steps, axis=0).T).mean()) if len(steps) > 1 else 0.0,
            agreements=agreements(seen, camera), trace=seen,
            sharpness=float(np.median(self.sharpness)),
            sharpness_kept=float(np.median(self.sharpness[-third:]) / max(np.median(self.sharpness[:third]), 1e-3)),
            exposure_drift=abs(end[0] - begin[0]) * 2.55,
            colour_drift=float(np.hypot(end[1] - begin[1], end[2] - begin[2])),
            frozen=frozen, longest_freeze=longest, still=still, black=self.black, cuts=cuts,
            first=first, middle=middle, last=last,
            start_motion=_mean_motion(motions[:half_second]), end_motion=_mean_motion(motions[-half_second:]),
        )  # fmt: skip

    def _cuts(self) -> tuple[int, ...]:
        """Frames that neither the flow nor the usual change explains."""
        found = []
        for number, matched in self.suspects:
            around = self.jumps[max(0, number - 9) : number - 1] + self.jumps[number : number + 8]
            usual = float(np.median(around)) if around else 0.0
            if self.jumps[number - 1] > 3 * usual + JUMP / 2 and matched < 0.75:
                found.append(number)
        return tuple(found)

    def _flicker(self, cuts: tuple[int, ...]) -> float:
        """Brightness that goes and comes back in the next picture, the median over 64 blocks: motion crosses few."""
        if len(self.blocks) < 3:
            return 0.0
        levels = np.stack(self.blocks)
        back = np.abs(levels[1:-1] - (levels[:-2] + levels[2:]) / 2)
        calm = [i for i in range(len(back)) if not any(cut in (i + 1, i + 2) for cut in cuts)]
        return float(np.median(back[calm], axis=(1, 2)).mean()) if calm else 0.0

    def _freezes(self) -> tuple[int, int, bool]:
        """Frames in freezes of a quarter second or more, the longest of them, and whether nothing moves at all."""
        same = [change < STILL for change in self.changes]
        if all(same):
            return 0, 0, len(same) > 0
        runs, run = [], 0
        for value in [*same, False]:
            if value:
                run += 1
            elif run:
                runs.append(run)
                run = 0
        long = [run for run in runs if run >= max(3, self.rate / 4)]
        return sum(long), max(long, default=0), False


def signature(picture: np.ndarray) -> Signature:
    """Signature of an RGB picture of any size."""
    thumb = cv2.resize(picture, THUMB, interpolation=cv2.INTER_AREA)
    return Signature(thumb.tobytes(), _perceptual_hash(thumb), _lab(thumb))


def _perceptual_hash(thumb: np.ndarray) -> int:
    """64 bits: which low DCT coefficients of the grey picture lie above their median (pHash)."""
    grey = cv2.resize(cv2.cvtColor(thumb, cv2.COLOR_RGB2GRAY), (32, 32), interpolation=cv2.INTER_LINEAR)
    low = cv2.dct(grey.astype(np.float32))[:8, :8].ravel()
    bits = low > np.median(low[1:])
    return int(sum(1 << i for i, bit in enumerate(bits) if bit))


def _lab(picture: np.ndarray) -> tuple[float, float, float]:
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3).mean(0)
    return float(lab[0]), float(lab[1]), float(lab[2])


def _mean_motion(motions: list[Motion]) -> tuple[float, float, float]:
    if not motions:
        return 0.0, 0.0, 0.0
    x, y = np.mean([motion.shift for motion in motions], 0)
    zoom = np.mean([(motion.slope[0][0] + motion.slope[1][1]) / 2 for motion in motions])
    return float(x), float(y), float(zoom)
