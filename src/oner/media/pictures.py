"""Reading and writing pictures: numpy arrays (H, W, 3) uint8 RGB on our side, BT.709 limited-range H.264 on disk."""

import contextlib
import io
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from ..errors import MediaError
from ..timing import Rate, Span
from .files import replacing
from .probe import ffmpeg_words, is_cover, opened

UNSPECIFIED = 2  # AVCOL_SPC_UNSPECIFIED, for which PyAV has no name

# x264 settings by purpose. Takes are cut again, so they keep a short GOP for exact seeking and more quality than a
# draft; "final" is what is delivered: on moving textures at 720p it is within 0.3 dB and 0.0002 SSIM of "medium" at crf
# 18, 16 % larger, and made with half the processor time.
QUALITY = {
    "draft": {"preset": "ultrafast", "crf": "27"},
    # Equal requests give equal files: mbtree, which would give later frames less, reads memory it has not set (x264
    # 164: the same frames, other bytes). Without it 0.2 dB are lost at about the same size.
    "take": {"preset": "veryfast", "crf": "17", "x264-params": "mbtree=0"},
    "final": {"preset": "veryfast", "crf": "16", "x264-params": "mbtree=0"},
    "data": {"preset": "veryfast", "crf": "10", "x264-params": "mbtree=0"},
}
FULL_CHROMA = ("data",)  # 4:4:4, to be taken apart and learnt from; one key frame in 240


def read_frames(
    path: Path | str, span: Span | None = None, size: tuple[int, int] | None = None
) -> Iterator[np.ndarray]:
    """Yield the frames of `span` (all without it) in order, (H, W, 3) uint8 RGB; `size` (width, height) scales them.

    Raises MediaError if there is no picture, the file is damaged, or it ends before the span does.
    """
    path = Path(path)
    wanted = span or Span(0, 2**62)
    number = 0
    with opened(path) as container:
        stream = next((s for s in container.streams.video if not is_cover(s)), None)
        if stream is None:
            raise MediaError(f"no picture in {path}")
        stream.thread_type = "AUTO"
        number = _seek_before(container, stream, wanted.start)
        try:
            for frame in container.decode(stream):
                if number >= wanted.end:
                    return
                if number >= wanted.start:
                    yield to_rgb(frame, size)
                number += 1
        except av.FFmpegError as error:
            raise MediaError(f"{path} is damaged at frame {number}: {ffmpeg_words(error)}") from error
    if span is not None and number < span.end:
        raise MediaError(f"{path} has {number} frames; frames {span.start} to {span.end} were asked for")


def decode_frames(content: bytes) -> Iterator[np.ndarray]:
    """Yield all frames of a small video file held in memory, (H, W, 3) uint8 RGB. Raises MediaError if damaged."""
    try:
        with av.open(io.BytesIO(content)) as container:
            for frame in container.decode(video=0):
                yield to_rgb(frame)
    except av.FFmpegError as error:
        raise MediaError(f"the picture is damaged: {ffmpeg_words(error)}") from error


def _seek_before(container, stream, frame: int) -> int:
    """Go to the last key frame at or before a frame and give that key frame's number; 0 where seeking is not exact."""
    if frame < 24 or not stream.average_rate or stream.start_time is None:
        return 0
    step = 1 / (Fraction(stream.average_rate) * stream.time_base)
    container.seek(int(stream.start_time + frame * step), stream=stream, backward=True)
    first = next(container.decode(stream), None)
    number = 0 if first is None or first.pts is None else (first.pts - stream.start_time) / step
    exact = number == int(number) and number <= frame
    container.seek(int(stream.start_time + frame * step) if exact else 0, stream=stream, backward=True)
    return int(number) if exact else 0


def to_rgb(frame: av.VideoFrame, size: tuple[int, int] | None = None) -> np.ndarray:
    """Decoded frame to (H, W, 3) uint8 RGB; untagged files are taken as BT.709, which is what we write."""
    tagged = int(frame.colorspace) != UNSPECIFIED
    width, height = size or (frame.width, frame.height)
    return frame.reformat(
        width, height, "rgb24", src_colorspace=None if tagged else Colorspace.ITU709, interpolation="BICUBIC"
    ).to_ndarray()


class FrameWriter:
    """Write an H.264 High, yuv420p, BT.709, moov-first MP4, frame by frame.

    Used as a context manager: a clean exit renames the file into place, an exception leaves nothing. `quality` is a
    key of `QUALITY`; `metadata` is kept in the container, free keys included. Raises MediaError for odd sizes and for
    frames of another shape, and when the disk or the encoder fails.
    """

    def __init__(
        self,
        path: Path | str,
        width: int,
        height: int,
        rate: Rate,
        quality: str = "take",
        metadata: Mapping[str, str] | None = None,
        threads: int = 0,
    ):
        if width % 2 or height % 2 or width < 2 or height < 2:
            raise MediaError(f"size {width}x{height}: H.264 needs even sides, at least 2")
        self.path, self.width, self.height, self.rate = Path(path), width, height, Fraction(rate)
        self.quality, self.metadata, self.threads = QUALITY[quality], dict(metadata or {}), threads
        self.pixels = "yuv444p" if quality in FULL_CHROMA else "yuv420p"
        self.frames = 0

    def __enter__(self) -> "FrameWriter":
        self._replacing = replacing(self.path)
        try:
            temporary = self._replacing.__enter__()
            self._container = av.open(
                f"file:{temporary}", "w", format="mp4", options={"movflags": "+faststart+use_metadata_tags"}
            )
        except (OSError, av.FFmpegError) as error:
            raise MediaError(f"cannot write {self.path}: {ffmpeg_words(error)}") from error
        self._container.metadata.update(self.metadata)
        gop = 240 if self.pixels == "yuv444p" else max(1, round(self.rate / 2))
        self._stream = h264_stream(self._container, self.width, self.height, self.rate, self.quality, gop, self.pixels)
        self._stream.codec_context.thread_count = self.threads
        return self

    def write(self, frame: np.ndarray) -> None:
        """Append one frame, (H, W, 3) uint8 RGB."""
        if frame.shape != (self.height, self.width, 3) or frame.dtype != np.uint8:
            raise MediaError(
                f"frame of shape {frame.shape} {frame.dtype}: ({self.height}, {self.width}, 3) uint8 is needed"
            )
        picture = from_rgb(frame, self.pixels)
        picture.pts, picture.time_base = self.frames, 1 / self.rate
        self._mux(picture)
        self.frames += 1

    def _mux(self, picture: av.VideoFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(picture))
        except (OSError, av.FFmpegError) as error:
            raise MediaError(f"cannot write {self.path}: {ffmpeg_words(error)}") from error

    def __exit__(self, kind, error, trace) -> bool | None:
        try:
            if kind is None and self.frames == 0:
                raise MediaError(f"no frame was written to {self.path}")
            if kind is None:
                self._mux(None)
                self._container.close()
        except (OSError, av.FFmpegError) as failure:
            kind, error = MediaError, MediaError(f"cannot write {self.path}: {ffmpeg_words(failure)}")
            self._give_up(kind, error)
            raise error from failure
        except MediaError as failure:
            self._give_up(MediaError, failure)
            raise
        if kind is not None:
            self._give_up(kind, error)
            return None
        self._replacing.__exit__(None, None, None)
        return None

    def _give_up(self, kind, error) -> None:
        """Close without finishing and let `replacing` remove the temporary file; it raises `error` again itself."""
        with contextlib.suppress(OSError, av.FFmpegError):  # the file is thrown away anyway
            self._container.close()
        with contextlib.suppress(kind):
            self._replacing.__exit__(kind, error, None)


def h264_stream(
    container, width: int, height: int, rate: Rate, settings: Mapping[str, str], gop: int, pixels: str = "yuv420p"
):
    """Add an H.264 High, BT.709-tagged, closed-GOP stream to an output container; `pixels` yuv420p or yuv444p."""
    profile = "high" if pixels == "yuv420p" else "high444"
    stream = container.add_stream("libx264", rate=Fraction(rate), options={**settings, "profile": profile})
    stream.width, stream.height, stream.pix_fmt = width, height, pixels
    stream.time_base = stream.codec_context.time_base = 1 / Fraction(rate)
    context = stream.codec_context
    context.gop_size = gop
    context.thread_type = "FRAME"  # PyAV asks for slices, which x264 runs less evenly over the cores and codes worse
    context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
    context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    return stream


def from_rgb(frame: np.ndarray, pixels: str = "yuv420p") -> av.VideoFrame:
    """(H, W, 3) uint8 RGB to a BT.709 limited-range frame, yuv420p or yuv444p."""
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24").reformat(
        format=pixels,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
    )
    picture.color_primaries, picture.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    return picture
