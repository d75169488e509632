"""What a media file holds, counted rather than believed."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from ..errors import MediaError
from ..timing import Rate


@dataclass(frozen=True)
class VideoInfo:
    """`frames` counts the packets of the stream, so it is what a player shows; `color` is the matrix tag ("bt709")."""

    width: int
    height: int
    rate: Rate
    frames: int
    codec: str
    profile: str | None
    pixel_format: str
    color: str


@dataclass(frozen=True)
class SoundInfo:
    """`samples` per channel as the container states them, priming left out; 0 where the container does not say."""

    sample_rate: int
    channels: int
    samples: int
    codec: str
    bit_rate: int


@dataclass(frozen=True)
class MediaInfo:
    path: Path
    format: str
    video: VideoInfo | None
    sound: SoundInfo | None
    metadata: dict[str, str]


def probe(path: Path | str) -> MediaInfo:
    """Look into a file without decoding it. Raises MediaError with ffmpeg's own words if it is not media."""
    path = Path(path)
    with opened(path) as container:
        video = sound = None
        pictures = next((s for s in container.streams.video if not is_cover(s)), None)
        if pictures is not None:
            frames = sum(1 for packet in container.demux(pictures) if packet.size)
            context = pictures.codec_context
            video = VideoInfo(
                width=context.width,
                height=context.height,
                rate=Fraction(pictures.average_rate or pictures.base_rate or 0),
                frames=frames,
                codec=context.name,
                profile=context.profile,
                pixel_format=context.pix_fmt or "",
                color=_MATRIX.get(int(context.colorspace or 2), str(context.colorspace)),
            )
        if container.streams.audio:
            stream = container.streams.audio[0]
            seconds = Fraction(stream.duration or 0) * Fraction(stream.time_base or 0)
            sound = SoundInfo(
                sample_rate=stream.codec_context.sample_rate,
                channels=stream.codec_context.channels,
                samples=round(seconds * stream.codec_context.sample_rate),
                codec=stream.codec_context.name,
                bit_rate=stream.codec_context.bit_rate or 0,
            )
        return MediaInfo(path, container.format.name, video, sound, dict(container.metadata))


def opened(path: Path) -> av.container.InputContainer:
    """Open for reading; every failure becomes a MediaError that names the file. Network addresses are refused."""
    if not path.is_file():
        raise MediaError(f"no such file: {path}" if not path.exists() else f"not a file: {path}")
    if path.stat().st_size == 0:
        raise MediaError(f"{path} is empty")
    try:
        # "file:" keeps ffmpeg from reading names such as "concat:..." or "http:..." as protocols.
        return av.open(f"file:{path}", metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as error:
        raise MediaError(f"{path} is not a media file that can be read: {ffmpeg_words(error)}") from error


def writes() -> set[str]:
    """Names of the codecs that this build of ffmpeg knows."""
    return set(av.codecs_available)


def versions() -> str:
    """PyAV's version and its codec library's."""
    major, minor, _ = av.library_versions["libavcodec"]
    return f"PyAV {av.__version__} (libavcodec {major}.{minor})"


def ffmpeg_words(error: BaseException) -> str:
    """ffmpeg's own message without the file name, which ours already has."""
    return getattr(error, "strerror", None) or str(error)


def is_cover(stream) -> bool:
    """Album art is a video stream to ffmpeg, not a film."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


_MATRIX = {1: "bt709", 2: "unspecified", 5: "bt470bg", 6: "smpte170m", 9: "bt2020nc", 0: "rgb"}
