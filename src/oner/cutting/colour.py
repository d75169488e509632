"""Colour of chained shots, carried back to the first shot of the chain.

Where a shot continues another, both should look as if the same camera had made them. Each correction is one gain and
one offset per plane of the 4:2:0 picture (Y', Cb, Cr: gamma-encoded lightness and two colour differences, near enough
to even steps for the eye), worked out once per clip and applied through a table of 256 values, so it cannot flicker.

Two parts make a correction. Around a cut inside a chain, both takes show the same moments (their handles overlap), so
their difference there is the takes' own and not the content's: it is taken off whole, step by step back to the first
clip. What a take drifts by in itself cannot be told from what its scene does, so the difference of whole clips from
the first is taken off by half only, within narrow bounds, and moves in slowly, without a step at any cut.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

Planes = tuple[np.ndarray, ...]

GAIN_LIMITS = (0.8, 1.25)
SEAM_SHIFT = 24.0  # at most, in levels of 255, on every plane
DRIFT_GAIN_LIMITS = (0.93, 1.08)
DRIFT_SHIFT = 6.0
DRIFT_SHARE = 0.5
NOTICEABLE = 0.6  # a table that moves no value by more is not applied
LOWEST = np.array([16, 16, 16])
HIGHEST = np.array([235, 240, 240])


@dataclass(frozen=True)
class Statistics:
    """Mean and standard deviation of each plane, (3,) each."""

    mean: np.ndarray
    deviation: np.ndarray


@dataclass(frozen=True)
class Correction:
    """value -> pivot + gain * (value - pivot) + shift, per plane; (3,) each."""

    gain: np.ndarray
    shift: np.ndarray
    pivot: np.ndarray

    @classmethod
    def none(cls) -> "Correction":
        return cls(np.ones(3), np.zeros(3), np.zeros(3))

    def of(self, values: np.ndarray) -> np.ndarray:
        """Apply to values (..., 3)."""
        return self.pivot + self.gain * (values - self.pivot) + self.shift

    def after(self, other: "Correction") -> "Correction":
        """One correction that does `other` first and then this."""
        offset = self.of(other.of(np.zeros(3)))
        return Correction(self.gain * other.gain, offset, np.zeros(3))

    def towards(self, other: "Correction", part: float) -> "Correction":
        """Between this (0) and another (1)."""
        a, b = self.of(np.zeros(3)), other.of(np.zeros(3))
        gain = self.gain + (other.gain - self.gain) * part
        return Correction(gain, a + (b - a) * part, np.zeros(3))

    @property
    def tables(self) -> np.ndarray | None:
        """(3, 256) uint8, one table per plane; None where nobody would see a difference."""
        levels = np.arange(256, dtype=np.float64)
        moved = self.of(np.repeat(levels[:, None], 3, axis=1))
        used = slice(16, 236)
        if np.abs(moved[used] - levels[used, None]).max() < NOTICEABLE:
            return None
        return np.clip(np.rint(moved), LOWEST, HIGHEST).astype(np.uint8).T.copy()


def measure(pictures: Iterable[Planes]) -> Statistics:
    """Statistics over several pictures, each a tuple of planes, taken at a quarter of their size."""
    means, squares = [], []
    for planes in pictures:
        small = [thumbnail(plane) for plane in planes]
        means.append([plane.mean() for plane in small])
        squares.append([(plane**2).mean() for plane in small])
    mean, square = np.mean(means, axis=0), np.mean(squares, axis=0)
    return Statistics(mean, np.sqrt(np.maximum(square - mean**2, 0.0)))


def thumbnail(plane: np.ndarray) -> np.ndarray:
    """A plane at a quarter of its size, float64."""
    return cv2.resize(plane, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA).astype(np.float64)


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation of two planes -1..1, whatever their brightness and contrast; 0 where one is flat."""
    a, b = a - a.mean(), b - b.mean()
    size = np.sqrt((a * a).mean() * (b * b).mean())
    return float((a * b).mean() / size) if size > 1e-6 else 0.0


def matching(statistics: Statistics, reference: Statistics, gentle: bool = False) -> Correction:
    """Correction that gives a picture the reference's mean and deviation, within limits; half of it where `gentle`."""
    limits, most, share = (DRIFT_GAIN_LIMITS, DRIFT_SHIFT, DRIFT_SHARE) if gentle else (GAIN_LIMITS, SEAM_SHIFT, 1.0)
    gain = (reference.deviation + 1.0) / (statistics.deviation + 1.0)  # +1: flat pictures have nothing to stretch
    gain = np.clip(1.0 + (gain - 1.0) * share, *limits)
    shift = np.clip((reference.mean - statistics.mean) * share, -most, most)
    return Correction(gain, shift, statistics.mean)


def corrected(planes: Planes, tables: np.ndarray) -> Planes:
    """Planes sent through their tables."""
    return tuple(cv2.LUT(plane, table) for plane, table in zip(planes, tables, strict=True))
