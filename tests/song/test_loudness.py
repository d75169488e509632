import numpy as np
import pyloudnorm
import pytest

from oner.song.loudness import integrated_loudness, true_peak


def test_loudness_equals_pyloudnorm(rock):
    """Loudness in blocks is what pyloudnorm finds in one piece, mono and stereo, quiet parts gated."""
    sound = rock.samples[:, : 20 * rock.rate].copy()
    sound[:, : 6 * rock.rate] *= 0.01
    for channels in (1, 2):
        expected = pyloudnorm.Meter(rock.rate).integrated_loudness(sound[:channels].T.astype(float))
        assert integrated_loudness(sound[:channels], rock.rate) == pytest.approx(expected, abs=0.02)


def test_reference_tone():
    """BS.1770: a 997 Hz sine at full scale in one channel measures -3.01 LUFS."""
    tone = np.sin(2 * np.pi * 997 * np.arange(48000 * 3) / 48000).astype(np.float32)[None]
    assert integrated_loudness(tone, 48000) == pytest.approx(-3.01, abs=0.05)
    assert integrated_loudness(tone[:, :9600], 48000) == pytest.approx(-3.01, abs=0.3)


@pytest.mark.parametrize("rate", [44100, 48000, 96000])
def test_true_peak_between_samples(rate):
    """A sine at a quarter of 48 kHz whose samples miss its crests by 3 dB still has its crests found."""
    tone = np.sin(2 * np.pi * 12000 * np.arange(rate) / rate + np.pi / 4).astype(np.float32)
    tone *= np.minimum(1, np.minimum(np.arange(rate), np.arange(rate)[::-1]) / 500)
    assert true_peak(tone[None], rate) == pytest.approx(0.0, abs=0.25)
    if rate == 48000:
        assert 20 * np.log10(np.abs(tone).max()) < -2.9


def test_true_peak_finds_a_peak_on_any_border():
    """A single full-scale burst is found wherever it lies."""
    for place in (0, 511, 512, (1 << 18) - 1, 1 << 18, 300_000 - 1):
        sound = np.full(300_000, 0.01, np.float32)
        sound[place] = 1.0
        assert true_peak(sound[None], 44100) >= -0.01


def test_silence_has_neither():
    """Silence has no loudness and no peak."""
    assert integrated_loudness(np.zeros((2, 48000), np.float32), 48000) is None
    assert true_peak(np.zeros((2, 48000), np.float32), 48000) is None
