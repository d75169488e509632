"""The finished film on one page: the middle of every shot."""

from pathlib import Path

from ..film import Timeline
from ..media import contact_sheet, read_frames, save_png
from ..timing import Span, clock

COLUMNS = 6
TILE_WIDTH = 320


def film_sheet(film: Path, timeline: Timeline, out_png: Path, columns: int = COLUMNS) -> None:
    """Write a PNG with one frame of the film for each shot, its middle, named by shot, time and take.

    Raises MediaError if the film cannot be read or is shorter than the timeline.
    """
    tiles = []
    for clip in timeline.clips:
        middle = (clip.place.start + clip.place.end) // 2
        picture = next(iter(read_frames(film, Span(middle, middle + 1))))
        tiles.append((picture, f"{clip.shot}  {clock(middle, timeline.rate)}"))
    title = f"{timeline.title}  ({len(timeline.clips)} shots, {clock(timeline.frames, timeline.rate)})"
    save_png(out_png, contact_sheet(tiles, min(columns, len(tiles)), TILE_WIDTH, title))
