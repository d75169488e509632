import numpy as np
import pytest

from oner.errors import MediaError
from oner.media import decode_sound, write_sound

RATE = 48000


def click(seconds=2.0, at=1.0, channels=2) -> np.ndarray:
    sound = np.zeros((channels, int(seconds * RATE)), np.float32)
    sound[:, int(at * RATE) : int(at * RATE) + 48] = 0.8
    return sound


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3", ".m4a"])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_format_keeps_time(tmp_path, suffix, channels):
    """A click comes back at its place within 1 ms from every format: encoder delay is taken off."""
    path = tmp_path / f"it's \"a\" chanson d'été{suffix}"
    write_sound(path, click(channels=channels), RATE)
    sound = decode_sound(path)
    assert (sound.channels, sound.sample_rate, sound.damage) == (channels, RATE, None)
    first = int(np.argmax(np.abs(sound.samples[0]) > 0.3))
    assert abs(first - RATE) <= RATE // 1000
    assert abs(sound.samples.shape[1] - 2 * RATE) <= 2048


def test_high_rates_and_resampling(tmp_path):
    """96 kHz decodes as it is, and as mono at another rate when asked."""
    path = tmp_path / "a.flac"
    tone = np.sin(np.arange(96000) * 2 * np.pi * 440 / 96000)[None].astype(np.float32) * 0.5
    write_sound(path, np.vstack([tone, tone]), 96000)
    assert decode_sound(path).sample_rate == 96000
    small = decode_sound(path, mono=True, sample_rate=22050)
    assert small.samples.shape == (1, 22050)
    assert np.abs(small.samples).max() == pytest.approx(0.5, abs=0.01)


def test_a_truncated_file_says_so(tmp_path):
    """An mp3 cut in half is decoded as far as it goes and reports the damage."""
    path = tmp_path / "a.mp3"
    write_sound(path, click(seconds=6), RATE)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    sound = decode_sound(path)
    assert 2.5 < sound.samples.shape[1] / RATE < 3.5
    assert sound.damage


@pytest.mark.parametrize("content", [b"", b"hello world" * 1000, b"\x00" * 5000])
def test_what_is_no_media_is_refused(tmp_path, content):
    """A file that is not media raises with its name."""
    path = tmp_path / "song.mp3"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=r"song\.mp3"):
        decode_sound(path)


def test_a_rate_that_the_format_lacks_is_refused(tmp_path):
    """Writing 96 kHz mp3 names the rates that are possible and leaves nothing behind."""
    with pytest.raises(MediaError, match=r"cannot hold 96000 Hz: use one of .*48000"):
        write_sound(tmp_path / "a.mp3", click(), 96000)
    assert list(tmp_path.iterdir()) == []
