"""Assembling without detours: decoded 4:2:0 pictures go straight to the encoder, the song goes beside them.

A picture that needs nothing done is never copied or converted. What is drawn into is its planes, as numpy arrays.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import PictureType
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from ..errors import MediaError
from ..timing import Rate, Span
from .pictures import QUALITY, UNSPECIFIED, h264_stream
from .probe import ffmpeg_words, is_cover, opened
from .sound import Sound

# Without these two flags swscale loses up to 2 of 255 levels on the way between matrices.
SCALING = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
AAC_BIT_RATE = 320_000
AAC_FRAME = 1024  # samples in one AAC packet; also the encoder's priming, which the edit list takes off again


class Picture:
    """One frame of 8-bit 4:2:0, BT.709, limited range: as it came from the decoder, or made from planes."""

    __slots__ = ("frame",)

    def __init__(self, frame: av.VideoFrame):
        self.frame = frame

    @property
    def planes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Views of Y' (H, W), Cb and Cr (H/2, W/2), uint8. Not to be written to: the decoder may still need them."""
        y, u, v = (_view(plane) for plane in self.frame.planes)
        return y, u, v

    @classmethod
    def from_planes(cls, planes: tuple[np.ndarray, ...]) -> "Picture":
        """Copy Y' (H, W), Cb and Cr (H/2, W/2), uint8, into a new picture."""
        height, width = planes[0].shape
        frame = av.VideoFrame(width, height, "yuv420p")
        for plane, values in zip(frame.planes, planes, strict=True):
            _view(plane)[:] = values
        return cls(frame)


def _view(plane) -> np.ndarray:
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]


def read_pictures(path: Path | str, span: Span, size: tuple[int, int], keys_only: bool = False) -> Iterator[Picture]:
    """Yield the frames of `span` in order, scaled to cover `size` (width, height) and cropped, never distorted.

    Frames before the span are decoded and dropped: exact for every file, and a take's handle is short. With
    `keys_only` only the span's key frames are decoded, perhaps none: a quick sample. Files without a colour tag are
    taken as BT.709. Raises MediaError if the file is damaged or ends before the span does.
    """
    path, number = Path(path), 0
    with opened(path) as container:
        stream = next((s for s in container.streams.video if not is_cover(s)), None)
        if stream is None:
            raise MediaError(f"no picture in {path}")
        if keys_only:
            stream.codec_context.skip_frame = "NONKEY"
        else:
            stream.thread_type = "AUTO"
        scaler = VideoReformatter()
        try:
            for frame in container.decode(stream) if span.end > 0 else ():
                if keys_only:
                    number = round((frame.pts - (stream.start_time or 0)) * stream.time_base * stream.average_rate)
                if span.start <= number < span.end:
                    yield Picture(_fitted(frame, size, scaler))
                number += 1
                if number >= span.end:
                    return
        except (av.FFmpegError, OSError) as error:
            raise MediaError(f"{path} is damaged at frame {number}: {ffmpeg_words(error)}") from error
    if number < span.end and not keys_only:
        raise MediaError(f"{path} has {number} frames; frames {span.start} to {span.end} were asked for")


def _fitted(frame: av.VideoFrame, size: tuple[int, int], scaler: VideoReformatter) -> av.VideoFrame:
    """The frame itself where it is already right, else converted to BT.709 4:2:0, scaled and cropped."""
    width, height = size
    matrix = int(frame.colorspace)
    full = int(frame.color_range) == int(ColorRange.JPEG) or frame.format.name.startswith("yuvj")
    right_colour = frame.format.name == "yuv420p" and not full and matrix in (int(Colorspace.ITU709), UNSPECIFIED)
    if right_colour and (frame.width, frame.height) == size:
        return frame
    cover = max(Fraction(width, frame.width), Fraction(height, frame.height))
    wide, high = (max(wanted, 2 * round(side * cover / 2)) for side, wanted in zip((frame.width, frame.height), size))
    scaled = scaler.reformat(
        frame,
        wide,
        high,
        "yuv420p",
        src_colorspace=Colorspace.ITU709 if matrix == UNSPECIFIED else None,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG if full or frame.format.is_rgb else ColorRange.MPEG,
        dst_color_range=ColorRange.MPEG,
        interpolation=SCALING,
    )
    if (wide, high) == size:
        return scaled
    left, top = (wide - width) // 4, (high - height) // 4  # in chroma pixels: an odd crop would shift the colours
    planes = Picture(scaled).planes
    cropped = (
        plane[top * k : top * k + height * k // 2, left * k : left * k + width * k // 2]
        for plane, k in zip(planes, (2, 1, 1), strict=True)
    )
    return Picture.from_planes(tuple(cropped)).frame


def write_film(
    path: Path | str,
    pictures: Iterable[Picture],
    sound: Sound,
    rate: Rate,
    quality: str,
    metadata: Mapping[str, str],
    written: Callable[[int], None],
) -> None:
    """Encode pictures and sound into an MP4 at exactly `path` (the caller renames it): moov first, title tags.

    H.264 High yuv420p, tagged BT.709, closed GOP of half a second; AAC at 320 kbit/s from the samples as they are,
    at their own rate (one that AAC cannot hold is the caller's to resample). `written` is called with the number of
    frames done. Raises MediaError in ffmpeg's own words.
    """
    path = Path(path)
    pictures = iter(pictures)
    first = next(pictures, None)
    if first is None:
        raise MediaError(f"no picture to write to {path}")
    try:
        # negative_cts_offsets: B-frames then need no edit list on the picture; the sound's priming keeps its own.
        options = {"movflags": "+faststart+negative_cts_offsets"}
        with av.open(f"file:{path}", "w", format="mp4", options=options) as container:
            container.metadata.update(metadata)
            video = h264_stream(
                container,
                first.frame.width,
                first.frame.height,
                rate,
                QUALITY[quality],
                gop=max(1, round(rate / 2)),
            )
            audio = container.add_stream("aac", rate=sound.sample_rate, layout=_layout(sound.channels))
            audio.bit_rate = AAC_BIT_RATE
            blocks = _aac_frames(sound)
            heard = 0
            for number, picture in enumerate(_chained(first, pictures)):
                frame = picture.frame
                frame.pts, frame.time_base, frame.pict_type = number, 1 / rate, PictureType.NONE
                container.mux(video.encode(frame))
                while heard * rate <= number * sound.sample_rate and (block := next(blocks, None)) is not None:
                    container.mux(audio.encode(block))
                    heard += block.samples
                written(number + 1)
            container.mux(video.encode(None))
            for block in blocks:
                container.mux(audio.encode(block))
            container.mux(audio.encode(None))
    except (av.FFmpegError, OSError) as error:
        raise MediaError(f"cannot write {path}: {ffmpeg_words(error)}") from error


def _chained(first: Picture, rest: Iterator[Picture]) -> Iterator[Picture]:
    yield first
    yield from rest


def _layout(channels: int) -> str:
    layouts = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 8: "7.1"}
    if channels not in layouts:
        raise MediaError(f"AAC cannot hold {channels} channels: give the song in stereo")
    return layouts[channels]


def _aac_frames(sound: Sound) -> Iterator[av.AudioFrame]:
    for start in range(0, sound.samples.shape[1], AAC_FRAME):
        block = np.ascontiguousarray(sound.samples[:, start : start + AAC_FRAME], np.float32)
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=_layout(sound.channels))
        frame.sample_rate, frame.pts, frame.time_base = sound.sample_rate, start, Fraction(1, sound.sample_rate)
        yield frame
