"""Still pictures of a clip: a thumbnail, and a sheet of small pictures for scrubbing."""

from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import MediaError
from ..timing import Span
from .files import replacing
from .pictures import read_frames
from .probe import probe

THUMBNAIL_SIDE = 640  # pixels of the longer side, at most
TILE_SIDE, COLUMNS, TILES = 160, 10, 100  # of the sheet: pixels of a tile's longer side; tiles at most


def save_thumbnail(clip: Path, out: Path) -> None:
    """Write the frame at a third of a clip as WebP: first frames are often still empty. Raises MediaError."""
    frames = _frames(clip)
    picture = next(read_frames(clip, Span(frames // 3, frames // 3 + 1)))
    _save(_shrunk(picture, THUMBNAIL_SIDE), out, "WEBP", quality=82, method=4)


def save_spritesheet(clip: Path, out: Path) -> None:
    """Write up to a hundred evenly spaced frames as one JPEG, ten in a row, in reading order. Raises MediaError."""
    frames = _frames(clip)
    count = min(TILES, frames)
    wanted = {number * frames // count for number in range(count)}
    tiles = [_shrunk(frame, TILE_SIDE) for number, frame in enumerate(read_frames(clip)) if number in wanted]
    width, height = tiles[0].size
    columns = min(COLUMNS, len(tiles))
    sheet = Image.new("RGB", (columns * width, -(-len(tiles) // columns) * height))
    for number, tile in enumerate(tiles):
        sheet.paste(tile, (number % columns * width, number // columns * height))
    _save(sheet, out, "JPEG", quality=85)


def _frames(clip: Path) -> int:
    video = probe(clip).video
    if video is None or video.frames < 1:
        raise MediaError(f"no picture in {clip}")
    return video.frames


def _shrunk(picture: np.ndarray, side: int) -> Image.Image:
    image = Image.fromarray(picture)
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return image


def _save(image: Image.Image, out: Path, format: str, **options) -> None:
    try:
        with replacing(out) as temporary:
            image.save(temporary, format, **options)
    except OSError as error:
        raise MediaError(f"cannot write {out}: {error.strerror or error}") from error
