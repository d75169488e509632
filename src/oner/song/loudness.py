"""Integrated loudness and true peak, in blocks: the memory needed does not grow with the song."""

import numpy as np
import pyloudnorm
from scipy import signal

BLOCK = 1 << 18  # samples of true peak at a time
CHUNK = 64  # tenths of a second of loudness at a time
PEAK_PIECE = 512  # samples
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
        stages = list(pyloudnorm.Meter(sample_rate)._filters.values())
        states = [np.zeros(max(len(stage.a), len(stage.b)) - 1) for stage in stages]
        for first in range(0, len(energy), CHUNK):
            cuts = edges[first : first + CHUNK + 1]
            block = channel[cuts[0] : cuts[-1]].astype(np.float64)
            for i, stage in enumerate(stages):
                block, states[i] = signal.lfilter(stage.passband_gain * stage.b, stage.a, block, zi=states[i])
            energy[first : first + CHUNK] += weight * np.add.reduceat(block**2, cuts[:-1] - cuts[0])
    mean = np.convolve(energy, np.ones(4), "valid") / (edges[4:] - edges[:-4])
    loud = mean[mean > 10 ** ((ABSOLUTE_GATE + 0.691) / 10)]
    if not len(loud):
        return None
    loud = loud[loud > loud.mean() * 10 ** (RELATIVE_GATE / 10)]
    return float(-0.691 + 10 * np.log10(loud.mean()))


def true_peak(samples: np.ndarray, sample_rate: int) -> float | None:
    """dBTP of (channels, n): the highest value between the samples too; None for digital silence.

    Oversamples to at least 176.4 kHz (four times at 44.1 and 48 kHz) with 12 taps a phase, as BS.1770 annex 2 asks.
    """
    factor = 4 if sample_rate < 88200 else 2 if sample_rate < 176400 else 1
    peak = max((float(np.abs(channel).max()) for channel in samples if len(channel)), default=0.0)
    if peak == 0:
        return None
    if factor > 1:
        taps = (factor * signal.firwin(12 * factor, 1 / factor, window=("kaiser", 5.0))).astype(np.float32)
        # No output can exceed the block's highest sample by more than this: quieter blocks need no filtering.
        gain = max(float(np.abs(taps[phase::factor]).sum()) for phase in range(factor))
        for channel in samples:
            for start in range(0, len(channel), BLOCK):
                peak = max(
                    peak, _between(channel[max(0, start - PEAK_PIECE) : start + BLOCK], taps, factor, peak / gain)
                )
    return 20 * float(np.log10(peak))


def _between(block: np.ndarray, taps: np.ndarray, factor: int, floor: float) -> float:
    """Highest oversampled value in those pieces of a block whose samples reach `floor`."""
    if len(block) < PEAK_PIECE:
        return float(np.abs(signal.upfirdn(taps, block, factor)).max())
    margin = len(taps) // factor
    starts = np.minimum(np.arange(0, len(block), PEAK_PIECE), len(block) - PEAK_PIECE)
    width = PEAK_PIECE + 2 * margin
    pieces = np.lib.stride_tricks.sliding_window_view(np.pad(block, margin), width)[starts]
    pieces = pieces[np.abs(pieces).max(axis=1) >= floor]
    if not len(pieces):
        return 0.0
    # The pieces' own ends ring, but lie in the margin that the neighbour covers.
    out = signal.upfirdn(taps, pieces, factor, axis=1)[:, factor * margin : -factor * margin]
    return float(np.abs(out).max())
