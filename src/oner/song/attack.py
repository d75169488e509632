"""Where exactly the beat sounds: the grid is moved, as a whole, onto the steepest rise of the averaged attacks."""

import numpy as np
from scipy import ndimage

WINDOW = 128  # samples, about 6 ms: short enough to time an attack, long enough to part low from high
REACH = 0.045  # seconds either side of the grid: further away it is another onset


def attack_offset(mono: np.ndarray, rate: float, beats: np.ndarray) -> float:
    """Seconds to add to the beats so that they fall on the attacks they stand for; 0.0 where nothing is clear."""
    hop = max(1, round(rate / 1000))
    steps = int(REACH * rate / hop) + 8
    offsets = np.arange(-steps, steps + 1) * hop
    centres = np.rint(beats * rate).astype(np.int64)
    centres = centres[(centres > offsets[-1] + WINDOW) & (centres < len(mono) - offsets[-1] - WINDOW)]
    if len(centres) < 4:
        return 0.0
    shape = np.hanning(WINDOW).astype(np.float32)
    rise = np.zeros(len(offsets))
    within = np.arange(WINDOW) - WINDOW // 2
    for block in np.array_split(centres, max(1, len(centres) // 64)):
        cut = mono[block[:, None, None] + offsets[None, :, None] + within]
        spectrum = np.abs(np.fft.rfft(cut * shape, axis=2))  # (beats, steps, WINDOW//2+1)
        bands = np.stack([spectrum[:, :, a:b].mean(axis=2) for a, b in ((0, 2), (2, 6), (6, 18), (18, None))])
        loud = np.log1p(bands / (0.3 * bands.mean() + 1e-9))
        rise += np.maximum(0, np.diff(loud, axis=2, prepend=loud[:, :, :1])).sum(axis=(0, 1))
    smooth = ndimage.gaussian_filter1d(rise, 0.0025 * rate / hop)
    inside = np.abs(offsets) <= REACH * rate
    smooth = np.where(inside, smooth, 0)
    peak = int(smooth.argmax())
    if smooth[peak] < 1.5 * smooth[inside].mean():
        return 0.0
    return float(offsets[peak] / rate)
