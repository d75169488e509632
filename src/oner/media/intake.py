"""Files from strangers: looked at, decoded within limits, and written again as files of our own.

Whatever comes out was encoded here: no other part of the program ever decodes what a stranger sent. Run this in a
process of its own with limits on memory and time; decoders have bugs.
"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..errors import MediaError
from ..timing import Rate, rate_text
from .pictures import FrameWriter, read_frames
from .probe import VideoInfo, opened, probe
from .sheet import save_png

PICTURE_FORMATS = ("JPEG", "PNG", "WEBP")
VIDEO_FORMATS = {"mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm"}
MAX_RATE = Fraction(120)
KEPT_METADATA = 100_000  # characters of a recipe that are carried over


@dataclass(frozen=True)
class IntakeLimits:
    """What is accepted: pixels of a picture or frame, frames of a video."""

    pixels: int
    frames: int


@dataclass(frozen=True)
class TakenIn:
    """What was in a file: pixels, and for a video its frames, rate and metadata (a recipe of ours, if it has one)."""

    width: int
    height: int
    frames: int
    rate: Rate
    metadata: dict[str, str]


def take_in_picture(path: Path, out: Path, limits: IntakeLimits) -> TakenIn:
    """Write a JPEG, PNG or WebP picture again as an upright RGB PNG. Raises MediaError if it is none or too large."""
    try:
        with Image.open(path, formats=PICTURE_FORMATS) as image:
            if image.width * image.height > limits.pixels:
                raise MediaError(f"the picture has {image.width}x{image.height} pixels; at most {limits.pixels} in all")
            picture = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise MediaError(f"not a picture that can be read: give a {', '.join(PICTURE_FORMATS)} file") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:  # Pillow's plug-ins raise all of them on damage
        raise MediaError(f"the picture is damaged: {error}") from error
    save_png(out, picture)
    return TakenIn(picture.shape[1], picture.shape[0], 1, Fraction(1), {})


def take_in_video(path: Path, out: Path, limits: IntakeLimits) -> TakenIn:
    """Write a video again as H.264 MP4 with even sides and a constant rate, without sound. Raises MediaError."""
    with opened(path) as container:
        if not VIDEO_FORMATS & set(container.format.name.split(",")):
            raise MediaError(f"a {container.format.name} file: give MP4, MOV or WebM")
    info = probe(path)
    video = _checked(info.video, limits)
    width, height = video.width // 2 * 2, video.height // 2 * 2
    metadata = {name: text for name, text in info.metadata.items() if len(text) < KEPT_METADATA}
    frames = 0
    with FrameWriter(out, width, height, video.rate, quality="take", metadata=metadata, threads=1) as writer:
        for frame in read_frames(path):
            frames += 1
            if frames > limits.frames:
                raise MediaError(f"the video has more than {limits.frames} frames")
            if frame.shape[:2] != (video.height, video.width):
                raise MediaError("the size of the picture changes within the video")
            writer.write(frame[:height, :width])
    return TakenIn(width, height, frames, video.rate, metadata)


def _checked(video: VideoInfo | None, limits: IntakeLimits) -> VideoInfo:
    if video is None or min(video.width, video.height) < 2:
        raise MediaError("there is no picture in this file: give a video")
    if video.width * video.height > limits.pixels:
        raise MediaError(f"the video has {video.width}x{video.height} pixels; at most {limits.pixels} in all")
    if video.frames > limits.frames:
        raise MediaError(f"the video has {video.frames} frames; at most {limits.frames}")
    if not 1 <= video.rate <= MAX_RATE or video.rate.denominator > 100_000:
        raise MediaError(f"the video has {rate_text(video.rate)} frames a second; 1 to {MAX_RATE} are accepted")
    return video
