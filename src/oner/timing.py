"""Exact time: picture positions are frames, sound positions are samples, both ints.

Rates are `Fraction`s and spans are half-open. Seconds exist only at the doors; this file is the only place that
converts them. Place every edge, then subtract: lengths that are rounded one by one drift (119 frames over 500 beats
at 128 BPM), edges that are rounded one by one do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

Rate = Fraction  # frames per second


@dataclass(frozen=True, order=True)
class Span:
    """Half-open range of frames or samples: `start` is inside, `end` is not. Raises ValueError if end < start."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"span ends at {self.end}, before its start {self.start}")

    def __len__(self) -> int:
        return self.end - self.start

    def __contains__(self, position: int) -> bool:
        return self.start <= position < self.end

    def shifted(self, by: int) -> "Span":
        return Span(self.start + by, self.end + by)

    def widened(self, before: int, after: int) -> "Span":
        return Span(self.start - before, self.end + after)

    def overlap(self, other: "Span") -> int:
        """Number of positions that both spans hold."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))


def rounded(value: Fraction) -> int:
    """Nearest whole number, halves up: unlike Python's `round`, evenly spaced edges stay evenly spaced."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def frame_at(sample: int, sample_rate: int, rate: Rate) -> int:
    """Frame whose start is nearest to a sound position."""
    return rounded(Fraction(sample) * rate / sample_rate)


def sample_at(frame: int, sample_rate: int, rate: Rate) -> int:
    """Sound position nearest to the start of a frame."""
    return rounded(Fraction(frame) * sample_rate / rate)


def frames_in(samples: int, sample_rate: int, rate: Rate) -> int:
    """Frames needed to show a sound of this many samples whole: the last frame may be partly silent."""
    return -((-Fraction(samples) * rate / sample_rate).__floor__())


def frame_from_seconds(seconds: float | Fraction, rate: Rate) -> int:
    """Door: nearest frame to a time in seconds."""
    return rounded(Fraction(seconds) * rate)


def sample_from_seconds(seconds: float | Fraction, sample_rate: int) -> int:
    """Door: nearest sample to a time in seconds."""
    return rounded(Fraction(seconds) * sample_rate)


def seconds_from_frame(frame: int, rate: Rate) -> float:
    """Door: time of a frame's start in seconds."""
    return float(Fraction(frame) / rate)


def seconds_from_sample(sample: int, sample_rate: int) -> float:
    """Door: time of a sample in seconds."""
    return float(Fraction(sample, sample_rate))


def spans_between(edges: Sequence[int]) -> list[Span]:
    """Spans between neighbouring edges. Raises ValueError if the edges do not ascend."""
    return [Span(a, b) for a, b in pairwise(edges)]


def rate_from_text(text: str | int | float) -> Rate:
    """Door: a rate as people write it: `24`, `"24000/1001"`, `23.976`, `29.97`.

    Decimal NTSC rates become the exact x/1001 they stand for. Raises ValueError unless it is positive.
    """
    rate = Fraction(str(text))
    if rate <= 0:
        raise ValueError(f"rate {text!r} is not positive")
    if rate.denominator not in (1, 1001):
        whole = Fraction(round(rate * Fraction(1001, 1000)) * 1000, 1001)
        if abs(float(whole - rate)) < 0.005:
            return whole
    return rate


def rate_text(rate: Rate) -> str:
    """`24` or `24000/1001`."""
    return str(rate.numerator) if rate.denominator == 1 else f"{rate.numerator}/{rate.denominator}"


def clock(frame: int, rate: Rate) -> str:
    """`m:ss.cc` for people."""
    hundredths = rounded(Fraction(frame) * 100 / rate)
    return f"{hundredths // 6000}:{hundredths // 100 % 60:02d}.{hundredths % 100:02d}"
