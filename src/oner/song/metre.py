"""From the pulse to beats and bars: every reading of the pulse is measured, the likeliest is kept.

A reading is a level (how many beats a pulse is), a phase (which moment of the pulse is the beat), a meter and the beat
on which bars start. Each is described by a few musical measures (do onsets fall on beats, do kick and snare alternate,
do chords change at bar lines, does the pattern come back after a bar, is the tempo usual) and scored by `WEIGHTS`,
which `benchmarks/song_analysis.py --fit` finds by a conditional logit over synthesised songs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .features import Features
from .pulse import Pulse

LEVELS = (1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 1, 4 / 3, 3 / 2, 2, 3, 4)  # beats a pulse
SLOWEST_BPM, FASTEST_BPM = 50.0, 210.0
BINS = 48  # of a beat
METERS = (4, 3)
MEASURES = (
    "tempo", "tempo far", "on beats", "kick on beats", "halves", "quarters", "thirds", "beats hit", "alternation",
    "alternation low", "returns after bar", "returns after two", "chord at bar", "bass at bar", "kick at bar",
    "onset at bar", "snare at bar", "change at bar", "backbeat kick", "backbeat snare", "three", "chord off beat",
    "bass off beat", "chords in bar", "level at bar",
)  # fmt: skip


# One for each of MEASURES, from 330 songs of 45 to 55 s with seeds from 20000 (benchmarks/song_analysis.py --fit).
WEIGHTS = (
    1.49, -2.34, 3.05, 1.10, -0.40, -1.39, -1.20, 1.50, 1.86, -0.74, -0.17, 0.18, 2.09,
    1.21, 1.88, -0.04, -1.87, 2.85, -0.68, 1.17, 0.12, -6.09, -4.28, 0.02, 1.31,
)  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """`beats` in seconds, first to last sounding one; bars start at `beats[first::meter]`, first < meter."""

    beats: np.ndarray
    first: int
    meter: int
    period: float  # median, seconds
    level: float
    phase: float
    measures: np.ndarray  # (len(MEASURES))


@dataclass(frozen=True)
class _Lanes:
    """Evidence at onset frames, (lanes, n): low, middle, high, kick; each with mean 1."""

    values: np.ndarray
    fps: float

    def at(self, times: np.ndarray) -> np.ndarray:
        place = np.clip(times * self.fps, 0, self.values.shape[1] - 1)
        low = np.minimum(place.astype(int), self.values.shape[1] - 2)
        part = place - low
        return self.values[:, low] * (1 - part) + self.values[:, low + 1] * part


def _lanes(features: Features) -> _Lanes:
    curves = [*np.sqrt(features.flux), np.sqrt(features.kick)]
    smooth = [ndimage.gaussian_filter1d(ndimage.maximum_filter1d(c, 3), 1.0) for c in curves]
    return _Lanes(np.stack([c / max(c.mean(), 1e-9) for c in smooth]), features.fps)


def readings(
    features: Features,
    pulse: Pulse,
    levels: Sequence[float] = LEVELS,
    meters: Sequence[int] = METERS,
    as_tapped: bool = False,
) -> list[Reading]:
    """Every plausible reading of the pulse, unordered. `as_tapped`: the pulses are the beats, phase 0."""
    lanes = _lanes(features)
    start, end = sounding(features)
    slow = _SlowCurves(features)
    out: list[Reading] = []
    for level in levels:
        period = _median_period(pulse) / level
        if len(levels) > 1 and not SLOWEST_BPM <= 60 / period <= FASTEST_BPM:
            continue
        first = int(np.floor(np.interp(start, np.arange(len(pulse.phase)) / pulse.fps, pulse.phase) * level)) + 1
        last = int(np.interp(end, np.arange(len(pulse.phase)) / pulse.fps, pulse.phase) * level) - 1
        if last - first < 8:
            continue
        counts = np.arange(first, last)
        grid = lanes.at(pulse.time_at((counts[:, None] + np.arange(BINS) / BINS).ravel() / level)).reshape(4, -1, BINS)
        profile = grid.mean(axis=1)
        for bin_ in [0] if as_tapped else _phases(profile):
            phase = 0.0 if as_tapped else _fine(profile[:3].sum(axis=0), bin_) / BINS
            beats = pulse.time_at((np.arange(first - 1, last + 1) + phase) / level)
            beats = beats[(beats > start - 0.06) & (beats < end)]
            if len(beats) >= 8:
                out += _bars(beats, period, level, phase, np.roll(grid, -bin_, axis=2), lanes, slow, meters)
    return out


OPENING = 3.0  # seconds


def sounding(features: Features) -> tuple[float, float]:
    """Seconds between which the song is heard: 34 dB below its usual loudness and louder."""
    usual = np.median(features.level[features.level > 1e-4]) if (features.level > 1e-4).any() else 1.0
    loud = np.flatnonzero(features.level > usual * 0.02)
    if not len(loud):
        return 0.0, features.seconds
    onsets = features.flux.sum(axis=0)
    start = loud[0] / features.slow_fps
    # A quiet opening has its own idea of a clear onset: pads and arpeggios before the drums.
    opening = onsets[int(start * features.fps) : int((start + OPENING) * features.fps)]
    usual_onset = min(np.percentile(onsets, 98), opening.max()) if len(opening) else np.percentile(onsets, 98)
    clear = np.flatnonzero(onsets > 0.25 * usual_onset)
    if len(clear):
        start = max(start - 0.1, min(clear[0] / features.fps, start + 1.0))
    end = loud[-1] / features.slow_fps
    return start, end


def _median_period(pulse: Pulse) -> float:
    return float(1 / (np.median(np.diff(pulse.phase)) * pulse.fps))


def _phases(profile: np.ndarray) -> list[int]:
    """Bins at which the onsets of a beat pile up, the four strongest."""
    total = ndimage.gaussian_filter1d(profile[:3].sum(axis=0) + profile[3], 0.7, mode="wrap")
    peaks = np.flatnonzero((total >= np.roll(total, 1)) & (total > np.roll(total, -1)))
    peaks = peaks[total[peaks] > 0.3 * total.max()]
    return sorted(peaks, key=lambda i: -total[i])[:4]


def _fine(curve: np.ndarray, peak: int) -> float:
    left, centre, right = curve[peak - 1], curve[peak], curve[(peak + 1) % len(curve)]
    bend = left - 2 * centre + right
    return peak + (float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if abs(bend) > 1e-12 else 0.0)


class _SlowCurves:
    """Running sums of chroma, bass chroma, timbre, for means between any two times."""

    def __init__(self, features: Features):
        self.fps = features.slow_fps
        whole = np.concatenate(
            [features.chroma, features.bass_chroma, features.timbre, features.level[:, None]], axis=1
        )
        self.sums = np.concatenate([np.zeros((1, whole.shape[1])), np.cumsum(whole, axis=0, dtype=np.float64)])

    def means(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """(len(start), columns)"""
        return (self._until(end) - self._until(start)) / np.maximum((end - start) * self.fps, 1e-3)[:, None]

    def _until(self, times: np.ndarray) -> np.ndarray:
        place = np.clip(times * self.fps + 0.5, 0, len(self.sums) - 1)  # frame i is centred on i
        low = np.minimum(place.astype(int), len(self.sums) - 2)
        part = (place - low)[:, None]
        return self.sums[low] * (1 - part) + self.sums[low + 1] * part

    def novelty(self, times: np.ndarray, period: float) -> np.ndarray:
        """(4, n): change of chord, bass note and timbre, and rise of level, across each time, over 1 and 2 periods."""
        out = np.zeros((4, len(times)))
        for span in (1.0, 2.0):
            lag = 0.08 * period
            before = self.means(times - span * period, times - lag)
            after = self.means(times + lag, times + span * period)
            for row, columns in enumerate((slice(0, 12), slice(12, 24))):
                x, y = before[:, columns], after[:, columns]
                norm = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
                out[row] += 1 - (x * y).sum(axis=1) / np.maximum(norm, 1e-9)
            out[2] += np.abs(after[:, 24:-1] - before[:, 24:-1]).mean(axis=1)
            out[3] += np.maximum(0, after[:, -1] - before[:, -1])
        return out


def _share(values: np.ndarray, chosen: np.ndarray) -> float:
    """Log of how much more there is at the chosen beats than at the others."""
    floor = 0.15 * values.mean() + 1e-9
    return float(np.log((values[chosen].mean() + floor) / (values[~chosen].mean() + floor)))


def _bars(
    beats: np.ndarray, period: float, level: float, phase: float, grid: np.ndarray, lanes: _Lanes, slow: _SlowCurves,
    meters: Sequence[int],
) -> list[Reading]:  # fmt: skip
    """The readings of one beat: every meter, every beat of the bar first."""
    profile = grid.mean(axis=1)  # (4, BINS), beat at bin 0
    floor = 0.15

    def ratio(lane: np.ndarray, *places: float) -> float:
        here = max(lane[0], np.roll(lane, 1)[0], np.roll(lane, -1)[0])
        there = np.mean([max(lane[int(p * BINS) - 1 : int(p * BINS) + 2]) for p in places])
        return float(np.log((there + floor) / (here + floor)))

    total = profile[:3].sum(axis=0)
    near = np.stack([lanes.at(beats + d) for d in (-0.02, -0.01, 0.0, 0.01, 0.02)]).max(axis=0)  # (4, n)
    _, middle, high, kick = near
    onsets = near[:3].sum(axis=0)
    contrast = high + middle - 2 * kick
    snare = np.maximum(0, contrast + 2)
    change = slow.novelty(beats, period)
    halves = slow.novelty(beats + period / 2, period)
    pattern = np.concatenate([near, change[:2] * 4])
    pattern = (pattern - pattern.mean(axis=1, keepdims=True)) / (pattern.std(axis=1, keepdims=True) + 1e-9)
    returns = np.array(
        [0.0]
        + [
            (pattern[:, :-k] * pattern[:, k:]).mean() if len(beats) > k + 4 else 0.0
            for k in range(1, 2 * max(*meters, 4) + 1)
        ]
    )
    slope = np.log2(60 / period / 110)
    common = [
        slope, slope**2, float(np.log((total[0] + floor) / (total.mean() + floor))),
        float(np.log((profile[3, 0] + floor) / (profile[3].mean() + floor))),
        ratio(total, 0.5), ratio(total, 0.25, 0.75), ratio(total, 1 / 3, 2 / 3),
        float((onsets > 0.4 * np.percentile(onsets, 90)).mean()),
        _correlation(contrast, 2) - _correlation(contrast, 1), _correlation(kick, 2) - _correlation(kick, 1),
    ]  # fmt: skip
    off_beat = [float(np.log((halves[k].mean() + 1e-3) / (change[k].mean() + 1e-3))) for k in (0, 1)]
    out = []
    for meter in meters:
        others = np.array([k for k in range(1, 9) if k % meter])
        again, twice = returns[meter] - returns[others].mean(), returns[2 * meter] - returns[others].mean()
        for first in range(meter):
            position = (np.arange(len(beats)) - first) % meter
            down = position == 0
            second = position == 2
            back = (position % 2) == 1
            four = meter == 4
            measures = [
                *common, again, twice, _share(change[0], down), _share(change[1], down),
                _share(kick, down), _share(onsets, down), _share(snare, down), _share(change[2], down),
                _share(kick[~down], second[~down]) if four else 0.0, _share(snare, back) if four else 0.0,
                float(meter == 3), *off_beat, float(change[0][down].mean()), _share(change[3], down),
            ]  # fmt: skip
            out.append(Reading(beats, first, meter, period, level, phase, np.array(measures)))
    return out


def _correlation(values: np.ndarray, lag: int) -> float:
    centred = values - values.mean()
    return float((centred[:-lag] * centred[lag:]).mean() / (centred.var() + 1e-9))


def likelihoods(found: Sequence[Reading]) -> np.ndarray:
    """Probability of each reading among the others."""
    score = np.stack([reading.measures for reading in found]) @ np.array(WEIGHTS)
    weight = np.exp(score - score.max())
    return weight / weight.sum()
