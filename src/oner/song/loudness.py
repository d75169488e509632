"""Integrated loudness and true peak, in blocks: the memory needed does not grow with the song."""

import numpy as np
import pyloudnorm
from scipy import signal

BLOCK = 1 << 18
ABSOLUTE_GATE, RELATIVE_GATE = -70.0, -10.0  # LUFS, LU: ITU-R BS.1770-4
CHANNEL_WEIGHTS = {5: (1, 1, 1, 1.41, 1.41), 6: (1, 1, 1, 0, 1.41, 1.41)}  # the subwoofer does not count


def integrated_loudness(samples: np.ndarray, sample_rate: int) -> float | None:
    """LUFS of (channels, n) by BS.1770 with pyloudnorm's K-weighting; None if nothing passes the absolute gate."""
    channels, count = samples.shape
    weights = CHANNEL_WEIGHTS.get(channels, (1,) * channels)
    edges = np.rint(np.arange(0, count / sample_rate * 10 + 1) * sample_rate / 10).astype(np.int64)
    edges = edges[edges <= count]
    if len(edges) < 5:  # shorter than one gating block of 0.4 s: measured as one block
        edges = np.linspace(0, count, 5).astype(np.int64)
    energy = np.zeros(len(edges) - 1)
    for weight, channel in zip(weights, samples):
        states = [None] * len(stages := list(pyloudnorm.Meter(sample_rate)._filters.values()))
        for start in range(0, count, BLOCK):
            block = channel[start : start + BLOCK].astype(np.float64)
            for i, stage in enumerate(stages):
                state = np.zeros(max(len(stage.a), len(stage.b)) - 1) if states[i] is None else states[i]
                block, states[i] = signal.lfilter(stage.passband_gain * stage.b, stage.a, block, zi=state)
            place = np.searchsorted(edges, np.arange(start, start + len(block)), side="right") - 1
            inside = place < len(energy)
            energy += weight * np.bincount(place[inside], block[inside] ** 2, len(energy))
    mean = np.convolve(energy, np.ones(4), "valid") / (edges[4:] - edges[:-4])
    loud = mean[mean > 10 ** ((ABSOLUTE_GATE + 0.691) / 10)]
    if not len(loud):
        return None
    loud = loud[loud > loud.mean() * 10 ** (RELATIVE_GATE / 10)]
    return float(-0.691 + 10 * np.log10(loud.mean()))


def true_peak(samples: np.ndarray, sample_rate: int) -> float | None:
    """dBTP of (channels, n): the highest value between the samples too; None for digital silence.

    Oversamples to at least 176.4 kHz (four times at 44.1 and 48 kHz), as BS.1770 annex 2 asks.
    """
    factor = 4 if sample_rate < 88200 else 2 if sample_rate < 176400 else 1
    margin, peak = 64, 0.0
    for channel in samples:
        for start in range(0, len(channel), BLOCK):
            block = channel[max(0, start - margin) : start + BLOCK + margin]
            peak = max(peak, float(np.abs(block).max()))
            if factor > 1:
                peak = max(peak, float(np.abs(signal.resample_poly(block, factor, 1)).max()))
    return 20 * float(np.log10(peak)) if peak > 0 else None
