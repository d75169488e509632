"""What is measured in the sound before anything is decided: onsets by band, loud and soft, chords and timbre.

Everything runs in blocks, so twenty minutes need no more than the sound itself plus a few tens of megabytes.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import signal

# Windows in seconds; the nearest power of two is taken (1024 and 8192 samples at 22.05 kHz). Onsets: 100 a second.
# Chords need 2.7 Hz between bins to part semitones in the bass, hence long windows, 10 a second.
WINDOW, CHORD_WINDOW = 0.046, 0.37
BANDS = 48
LOW_EDGE, MIDDLE_EDGE = 160.0, 2500.0  # Hz: kick and bass | chords, voice, snare body | cymbals, snare wires


@dataclass(frozen=True)
class Features:
    """`flux` is (3, n): rise of log energy in the low, middle and high band, `fps` frames a second, frame i at i/fps s.

    `low` (n) is the low band's flux alone, weighted linearly (a kick is louder than a bass note). `chroma` and
    `bass_chroma` are (m, 12), `timbre` (m, BANDS) log energies, `slow_fps` a second. `level` is (m) RMS.
    """

    seconds: float
    fps: float
    flux: np.ndarray
    kick: np.ndarray
    slow_fps: float
    chroma: np.ndarray
    bass_chroma: np.ndarray
    timbre: np.ndarray
    level: np.ndarray


def mono_at_analysis_rate(samples: np.ndarray, sample_rate: int) -> tuple[np.ndarray, float]:
    """Mean of the channels at 16 to 32 kHz (whole-number decimation), float32, and its rate."""
    mono = samples[0].copy() if samples.shape[0] == 1 else samples.mean(axis=0, dtype=np.float32)
    step = max(1, round(sample_rate / 22050))
    if step > 1:
        mono = signal.resample_poly(mono, 1, step).astype(np.float32, copy=False)
    return np.ascontiguousarray(mono, np.float32), sample_rate / step


def window_length(seconds: float, rate: float) -> int:
    """Samples of a window: the power of two nearest to `seconds`."""
    return int(2 ** round(np.log2(seconds * rate)))


def spectra(
    mono: np.ndarray, window: int, hop: float, frames: int, block: int = 2048
) -> Iterator[tuple[int, np.ndarray]]:
    """Blocks of magnitude spectra (frames, window//2+1) of a Hann window; frame i is centred on sample i*hop."""
    shape = np.hanning(window + 1)[:-1].astype(np.float32)
    half = window // 2
    for first in range(0, frames, block):
        starts = np.rint(np.arange(first, min(first + block, frames)) * hop).astype(np.int64) - half
        low, high = int(starts[0]), int(starts[-1]) + window
        piece = mono[max(low, 0) : max(high, 0)]
        piece = np.pad(piece, (max(-low, 0), high - low - len(piece) - max(-low, 0)))
        cut = np.lib.stride_tricks.sliding_window_view(piece, window)[starts - low]
        yield first, np.abs(np.fft.rfft(cut * shape, axis=1)).astype(np.float32)


def triangles(rate: float, window: int, bands: int, lowest: float, highest: float) -> tuple[np.ndarray, np.ndarray]:
    """Triangular filters (window//2+1, bands) with logarithmic centres, and the centres in Hz."""
    bins = np.fft.rfftfreq(window, 1 / rate)
    edges = np.geomspace(lowest, min(highest, 0.49 * rate), bands + 2)
    # Below a few hundred hertz neighbouring centres share a bin: widen each filter to at least one bin either side.
    width = bins[1]
    rise = (bins[:, None] - edges[None, :-2] + width) / (edges[1:-1] - edges[:-2] + width)
    fall = (edges[None, 2:] - bins[:, None] + width) / (edges[2:] - edges[1:-1] + width)
    bank = np.maximum(0, np.minimum(rise, fall)).astype(np.float32)
    return bank / np.maximum(bank.sum(axis=0), 1e-6), edges[1:-1]


def measure(mono: np.ndarray, rate: float, report: Callable[[float], None] | None = None) -> Features:
    """All features of a mono sound. `report(fraction)` may raise to stop."""
    hop = rate / 100
    frames = max(2, int(len(mono) / hop) + 1)
    window = window_length(WINDOW, rate)
    bank, centres = triangles(rate, window, BANDS, 40, 14000)
    groups = [centres < LOW_EDGE, (centres >= LOW_EDGE) & (centres < MIDDLE_EDGE), centres >= MIDDLE_EDGE]
    # Log compression relative to the song's own level: quiet masters and loud ones give the same onsets.
    scale = (
        float(np.sqrt(np.mean(np.square(mono[:: max(1, len(mono) // 2_000_000)], dtype=np.float64)))) * window / 4
        + 1e-9
    )
    flux, kick = np.zeros((3, frames), np.float32), np.zeros(frames, np.float32)
    timbre = np.zeros((frames // 10 + 1, BANDS), np.float32)
    before = None
    for first, spectrum in spectra(mono, window, hop, frames):
        energy = spectrum @ bank / scale
        loud = np.log1p(30 * energy)
        past = np.concatenate([np.repeat(loud[:1], 2, 0) if before is None else before[0], loud])
        linear = np.concatenate([np.repeat(energy[:1], 2, 0) if before is None else before[1], energy])
        # SuperFlux (Boeck 2013): compare with the loudest neighbouring band two frames ago, so vibrato is no onset.
        widest = np.maximum(
            past, np.maximum(np.pad(past[:, 1:], ((0, 0), (0, 1))), np.pad(past[:, :-1], ((0, 0), (1, 0))))
        )
        rise = np.maximum(0, past[2:] - widest[:-2])
        span = slice(first, first + len(loud))
        for row, group in enumerate(groups):
            if group.any():
                flux[row, span] = rise[:, group].mean(axis=1)
        kick[span] = np.maximum(0, linear[2:] - linear[:-2])[:, groups[0]].sum(axis=1)
        before = (past[-2:], linear[-2:])
        np.add.at(timbre, np.arange(span.start, span.stop) // 10, loud / 10)
        if report:
            report(0.6 * span.stop / frames)
    slow = max(2, int(len(mono) / rate * 10) + 1)
    chroma, bass = _chords(mono, rate, slow, report)
    timbre = np.pad(timbre, ((0, max(0, slow - len(timbre))), (0, 0)))[:slow]
    return Features(len(mono) / rate, 100.0, flux, kick, 10.0, chroma, bass, timbre, rms(mono, rate / 10, slow))


def _chords(
    mono: np.ndarray, rate: float, frames: int, report: Callable[[float], None] | None
) -> tuple[np.ndarray, np.ndarray]:
    window = window_length(CHORD_WINDOW, rate)
    frequency = np.fft.rfftfreq(window, 1 / rate)
    pitch = 69 + 12 * np.log2(np.maximum(frequency, 1) / 440)
    closeness = np.exp(-0.5 * ((pitch[:, None] - np.arange(12) + 6) % 12 - 6) ** 2 / 0.25**2)
    middle = closeness * ((frequency > 200) & (frequency < 2000))[:, None]
    bottom = closeness * ((frequency > 38) & (frequency < 260))[:, None]
    bank = np.concatenate([middle, bottom], axis=1).astype(np.float32)
    out = np.zeros((frames, 24), np.float32)
    for first, spectrum in spectra(mono, window, rate / 10, frames, block=256):
        # Keep spectral peaks only: the skirts of drums fill every pitch class alike.
        peaks = np.zeros_like(spectrum)
        inner = spectrum[:, 1:-1]
        peaks[:, 1:-1] = np.where((inner > spectrum[:, :-2]) & (inner >= spectrum[:, 2:]), inner, 0)
        out[first : first + len(spectrum)] = np.sqrt(peaks) @ bank
        if report:
            report(0.6 + 0.4 * (first + len(spectrum)) / frames)
    return out[:, :12], out[:, 12:]


def rms(mono: np.ndarray, hop: float, frames: int) -> np.ndarray:
    """RMS (frames) of windows two hops long centred on i*hop."""
    edges = np.clip(np.rint(np.arange(-1, frames + 1) * hop), 0, len(mono)).astype(np.int64)
    squares = np.array([np.dot(mono[a:b], mono[a:b]) for a, b in itertools.pairwise(edges)], np.float64)
    return np.sqrt((squares[:-1] + squares[1:]) / np.maximum(edges[2:] - edges[:-2], 1)).astype(np.float32)
