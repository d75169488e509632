"""Reading and writing sound: float32 (channels, samples), full scale 1.0."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from ..errors import MediaError
from .files import replacing
from .probe import ffmpeg_words, opened

# container suffix -> (encoder, sample format, bit rate)
ENCODERS = {
    ".wav": ("pcm_s16le", "s16", None),
    ".flac": ("flac", "s16", None),
    ".ogg": ("libopus", "flt", 160_000),  # the only free-standing ogg encoder in PyAV's wheels; knows 48, 24, 16 kHz
    ".mp3": ("libmp3lame", "fltp", 256_000),
    ".m4a": ("aac", "fltp", 256_000),
}


@dataclass(frozen=True)
class Sound:
    """`samples` is (channels, n) float32. `damage` is ffmpeg's word where the file ended or broke early, else None."""

    samples: np.ndarray
    sample_rate: int
    damage: str | None = None

    @property
    def channels(self) -> int:
        return self.samples.shape[0]


def decode_sound(path: Path | str, mono: bool = False, sample_rate: int | None = None) -> Sound:
    """Decode a whole file at its own rate, or at `sample_rate`; `mono` mixes the channels down while decoding.

    A file that breaks off is decoded as far as it goes and says so in `damage`. Raises MediaError if the file is no
    media, has no sound, or nothing of it can be decoded.
    """
    path = Path(path)
    damage = None
    with opened(path) as container:
        if not container.streams.audio:
            raise MediaError(f"no sound in {path}: give a wav, flac, mp3, ogg or m4a file")
        stream = container.streams.audio[0]
        channels = stream.codec_context.channels
        rate = sample_rate or stream.codec_context.sample_rate
        if not rate or not channels:
            raise MediaError(f"{path}: its sound cannot be read (no sample rate)")
        resampler = av.AudioResampler(format="fltp", layout=stream.codec_context.layout.name, rate=rate)
        blocks: list[np.ndarray] = []
        try:
            for frame in container.decode(stream):
                frame.pts = None  # gaps in a damaged file's clock must not stop the resampler
                blocks += [_mixed(block.to_ndarray(), mono) for block in resampler.resample(frame)]
        except (av.FFmpegError, OSError, ValueError) as error:
            damage = ffmpeg_words(error)
        if blocks:
            blocks += [_mixed(block.to_ndarray(), mono) for block in resampler.resample(None)]
        stated = float(stream.duration * stream.time_base) if stream.duration else None
    if not blocks:
        raise MediaError(f"{path}: no sound could be decoded{f' ({damage})' if damage else ''}")
    samples = np.concatenate(blocks, axis=1)
    if damage is None and stated is not None and samples.shape[1] / rate < stated - 1.0:
        damage = f"it states {stated:.1f} s but holds {samples.shape[1] / rate:.1f} s"
    return Sound(samples, rate, damage)


def _mixed(block: np.ndarray, mono: bool) -> np.ndarray:
    """Mean of the channels; ffmpeg's own mono layout is 3 dB louder and can clip."""
    return block.mean(axis=0, keepdims=True) if mono else block


def write_sound(path: Path | str, samples: np.ndarray, sample_rate: int) -> None:
    """Write (channels, n) float32 as wav, flac, ogg, mp3 or m4a, by the suffix; one or two channels."""
    path = Path(path)
    if path.suffix.lower() not in ENCODERS:
        raise MediaError(f"cannot write sound as {path.suffix or 'a file without suffix'}: use {', '.join(ENCODERS)}")
    samples = np.atleast_2d(np.asarray(samples, np.float32))
    if samples.shape[0] not in (1, 2):
        raise MediaError(f"sound of shape {samples.shape}: (1 or 2 channels, samples) is needed")
    codec, sample_format, bit_rate = ENCODERS[path.suffix.lower()]
    layout = "mono" if samples.shape[0] == 1 else "stereo"
    try:
        with replacing(path) as temporary, av.open(f"file:{temporary}", "w") as container:
            rates = av.Codec(codec, "w").audio_rates
            if rates and sample_rate not in rates:
                raise MediaError(f"{path.suffix} cannot hold {sample_rate} Hz: use one of {sorted(rates)}, or .flac")
            stream = container.add_stream(codec, rate=sample_rate, layout=layout)
            stream.codec_context.format = sample_format
            resampler = av.AudioResampler(format=sample_format, layout=layout, rate=sample_rate)
            if bit_rate:
                stream.bit_rate = bit_rate
            for start in range(0, samples.shape[1], 1 << 16):
                block = np.ascontiguousarray(np.clip(samples[:, start : start + (1 << 16)], -1.0, 1.0))
                frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
                frame.sample_rate, frame.pts = sample_rate, start
                for converted in resampler.resample(frame):
                    container.mux(stream.encode(converted))
            container.mux(stream.encode(None))
    except (av.FFmpegError, OSError) as error:
        raise MediaError(f"cannot write {path}: {ffmpeg_words(error)}") from error
