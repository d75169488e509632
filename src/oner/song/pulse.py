"""The pulse: one smooth function of time, in pulses, that stays in step with the onsets from start to end.

Produced music keeps one tempo, so ONE frequency for the whole song is tried first; where that leaves more than a
little on the table, a path through the tempogram is followed instead and its phase is held by matching each stretch of
the song to the pattern that the whole song shows. The pulse may be at any metrical level: `metre` picks the beat.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .features import Features

SLOWEST, FASTEST = 0.75, 3.6  # pulses a second: 45 to 216 BPM
HARMONICS = np.arange(1, 9)
WEIGHTS = 1 / np.sqrt(HARMONICS)
WINDOW_SECONDS, STEP_SECONDS = 10.0, 1.0


@dataclass(frozen=True)
class Pulse:
    """`phase` (n) counts pulses at each onset frame; `strength` is 0..1, the share of onsets that keep to it."""

    phase: np.ndarray
    fps: float
    steady: bool  # one tempo for the whole song
    strength: float
    presence: np.ndarray  # (n) local strength

    def time_at(self, counts: np.ndarray) -> np.ndarray:
        """Seconds at which the pulse reaches `counts`; linear beyond the ends."""
        frames = np.arange(len(self.phase))
        k = min(len(frames) - 1, int(8 * self.fps))
        first = (self.phase[k] - self.phase[0]) / k
        last = (self.phase[-1] - self.phase[-1 - k]) / k
        inside = np.interp(counts, self.phase, frames)
        before = (counts - self.phase[0]) / first
        after = frames[-1] + (counts - self.phase[-1]) / last
        return np.where(counts < self.phase[0], before, np.where(counts > self.phase[-1], after, inside)) / self.fps


def onset_curve(features: Features) -> np.ndarray:
    """One onset strength (n): the three bands weigh alike, and so do loud and soft stretches of the song."""
    fps = features.fps
    total = np.zeros(features.flux.shape[1])
    for band in features.flux:
        mean = band.mean()
        if mean > 1e-6:
            total += np.sqrt(band / mean)
    total = ndimage.gaussian_filter1d(total, 0.012 * fps)
    total = np.maximum(0, total - ndimage.uniform_filter1d(total, int(0.5 * fps), mode="nearest"))
    local = np.sqrt(ndimage.uniform_filter1d(total**2, int(8 * fps), mode="nearest"))
    return total / np.maximum(local, 0.35 * local.mean() + 1e-9)


def tempogram(
    onset: np.ndarray, fps: float, slowest: float, fastest: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Harmonic sum (windows, states) over pulse frequencies (states) in Hz, and the windows' centres in seconds."""
    width = int(WINDOW_SECONDS * fps)
    padded = np.pad(onset - onset.mean(), width // 2)
    step = int(STEP_SECONDS * fps)
    centres = np.arange(0, len(onset), step)
    cut = np.lib.stride_tricks.sliding_window_view(padded, width)[centres]
    size = 8192
    spectrum = np.abs(np.fft.rfft(cut * np.hanning(width), size, axis=1))
    states = np.geomspace(slowest, fastest, max(24, int(200 * np.log(fastest / slowest))))
    out = np.zeros((len(centres), len(states)))
    for harmonic, weight in zip(HARMONICS, WEIGHTS):
        place = harmonic * states * size / fps
        low = np.minimum(place.astype(int), spectrum.shape[1] - 2)
        part = place - low
        out += weight * (spectrum[:, low] * (1 - part) + spectrum[:, low + 1] * part)
    return out, states, centres / fps


def follow(gram: np.ndarray, jump: float = 40.0) -> np.ndarray:
    """Best path (windows) of states: staying is free, moving costs by distance up to the cost of a jump (Viterbi)."""
    reward = gram / (gram.max() + 1e-12) * 4
    count = gram.shape[1]
    score, back = reward[0].copy(), np.zeros(gram.shape, int)
    reach = 6
    for t in range(1, len(gram)):
        leap = int(score.argmax())
        best, source = np.full(count, score[leap] - jump), np.full(count, leap)
        for move in range(-reach, reach + 1):
            shifted = np.full(count, -np.inf)
            a, b = max(0, move), count + min(0, move)
            shifted[a:b] = score[a - move : b - move] - 0.012 * move**2
            better = shifted > best
            best[better], source[better] = shifted[better], np.arange(count)[better] - move
        score, back[t] = best + reward[t], source
    path = [int(score.argmax())]
    for t in range(len(gram) - 1, 0, -1):
        path.append(back[t, path[-1]])
    return np.array(path[::-1])


def coherence(onset: np.ndarray, phase: np.ndarray, width: int | None = None) -> np.ndarray:
    """How far the onsets keep to a phase, weighted over harmonics: (n) in windows of `width` frames, or (1) in all."""
    total: np.ndarray = np.zeros(1)
    for harmonic, weight in zip(HARMONICS, WEIGHTS):
        turning = onset * np.exp(-2j * np.pi * harmonic * phase)
        if width is None:
            total = total + weight * np.abs(turning.sum(keepdims=True))
        else:
            smooth = ndimage.uniform_filter1d(turning.real, width, mode="constant") ** 2
            smooth += ndimage.uniform_filter1d(turning.imag, width, mode="constant") ** 2
            total = total + weight * width * np.sqrt(smooth)
    norm = onset.sum() if width is None else width * ndimage.uniform_filter1d(onset, width, mode="constant")
    return total / (WEIGHTS.sum() * np.maximum(norm, 1e-9))


def steady_phase(onset: np.ndarray, fps: float, near: float) -> tuple[np.ndarray, float]:
    """Phase of the one frequency within 2 % of `near` that fits the whole song best, and its coherence."""
    size = int(2 ** np.ceil(np.log2(len(onset) * 8)))
    spectrum = np.abs(np.fft.rfft(onset - onset.mean(), size))
    step = fps / size / 8
    candidates = np.arange(0.98 * near, 1.02 * near, step)
    total = np.zeros(len(candidates))
    for harmonic, weight in zip(HARMONICS, WEIGHTS):
        total += weight * np.interp(harmonic * candidates, np.arange(len(spectrum)) * fps / size, spectrum)
    phase = np.arange(len(onset)) / fps * candidates[total.argmax()]
    return phase, float(coherence(onset, phase)[0])


def wandering_phase(
    onset: np.ndarray, fps: float, states: np.ndarray, path: np.ndarray, centres: np.ndarray
) -> np.ndarray:
    """Phase along a tempo path, held in step by matching every stretch to the whole song's pattern."""
    frequency = np.interp(
        np.arange(len(onset)) / fps, centres, ndimage.gaussian_filter1d(states[path], 2.0, mode="nearest")
    )
    phase = np.concatenate([[0], np.cumsum(frequency / fps)[:-1]])
    bins, width, step = 48, int(8 * fps), int(STEP_SECONDS * fps)
    starts = np.arange(0, max(1, len(onset) - width // 2), step)
    middle = np.minimum(starts + width // 2, len(onset) - 1)
    for sharpness in (2.0, 1.0, 1.0):
        place = np.floor(phase % 1 * bins).astype(int)
        profiles = np.stack([np.bincount(place[s : s + width], onset[s : s + width], bins) for s in starts])
        profiles = ndimage.gaussian_filter1d(profiles, sharpness, axis=1, mode="wrap")
        spectrum = np.fft.rfft(profiles - profiles.mean(axis=1, keepdims=True), axis=1)
        template = _common_pattern(spectrum)
        match = np.fft.irfft(spectrum * np.conj(template)[None], bins, axis=1)
        shift = _continuous_shift(match, bins)
        shift = ndimage.gaussian_filter1d(shift, 2.0, mode="nearest")
        phase = phase - np.interp(np.arange(len(onset)), middle, shift) / bins
    return np.maximum.accumulate(phase + np.arange(len(phase)) * 1e-9)


def _common_pattern(spectrum: np.ndarray) -> np.ndarray:
    """Spectrum of the pattern that the stretches share: each neighbour is turned to fit the sum so far, then added."""
    bins = 2 * (spectrum.shape[1] - 1)
    turns = 2j * np.pi * np.arange(spectrum.shape[1]) / bins
    first = int(np.abs(spectrum).sum(axis=1).argmax())
    total = spectrum[first].copy()
    for direction in (1, -1):
        at, shift = first + direction, 0
        while 0 <= at < len(spectrum):
            match = np.fft.irfft(spectrum[at] * np.conj(total), bins)
            near = (shift + np.arange(-2, 3)) % bins
            shift = int(near[match[near].argmax()])
            total = total + spectrum[at] * np.exp(turns * shift)
            at += direction
    return total


def _continuous_shift(match: np.ndarray, bins: int) -> np.ndarray:
    """Unwrapped shift in bins for each stretch: the best path that moves by at most three bins a step."""
    reward = match / (np.abs(match).max() + 1e-12)
    score, back = reward[0].copy(), np.zeros(match.shape, int)
    moves = np.arange(-3, 4)
    sources = (np.arange(bins)[None] - moves[:, None]) % bins
    cost = 0.03 * moves[:, None] ** 2
    for t in range(1, len(match)):
        options = score[sources] - cost
        choice = options.argmax(axis=0)
        back[t] = moves[choice]
        score = options.max(axis=0) + reward[t]
    at, path = int(score.argmax()), []
    for t in range(len(match) - 1, -1, -1):
        path.append(at)
        at = (at - back[t, at]) % bins
    path = np.array(path[::-1])
    shift = np.unwrap(path, period=bins).astype(float)
    left, centre, right = (match[np.arange(len(match)), (path + d) % bins] for d in (-1, 0, 1))
    bend = left - 2 * centre + right
    shift += np.where(np.abs(bend) > 1e-12, np.clip(0.5 * (left - right) / np.where(bend == 0, 1, bend), -0.5, 0.5), 0)
    return shift - bins * np.round(np.median(shift) / bins)


def find_pulse(features: Features, bpm: float | None = None) -> Pulse | None:
    """The song's pulse, or None where there are no onsets at all. A given `bpm` is kept to within 4 %."""
    onset, fps = onset_curve(features), features.fps
    if len(onset) < 3 * fps or not onset.any():
        return None
    gram, states, centres = tempogram(
        onset, fps, *((SLOWEST, FASTEST) if bpm is None else (0.96 * bpm / 60, 1.04 * bpm / 60))
    )
    path = follow(gram)
    middle = float(np.median(states[path]))
    width = int(8 * fps)
    steady, fit = steady_phase(onset, fps, middle)
    local = coherence(onset, steady, width)
    # What no turning of the phase can improve on; a path that may wander also fits a little better by chance, and even
    # playing is best kept on one tempo: hence the two nines.
    if fit >= 0.9 * float(np.average(local, weights=ndimage.uniform_filter1d(onset, width))):
        return Pulse(steady, fps, True, fit, local)
    wander = wandering_phase(onset, fps, states, path, centres)
    free = float(coherence(onset, wander)[0])
    if fit >= 0.9 * free:
        return Pulse(steady, fps, True, fit, local)
    return Pulse(wander, fps, False, free, coherence(onset, wander, width))
