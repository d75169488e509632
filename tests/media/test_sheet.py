import numpy as np
import pytest
from PIL import Image

from oner.errors import MediaError
from oner.media import contact_sheet, media_ref, read_png, save_png


def test_tiles_stand_in_rows(tmp_path):
    """Five tiles in two columns give three rows; each tile's colour is where it belongs, also after PNG."""
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255)]
    tiles = [(np.full((90, 160, 3), colour, np.uint8), f"tile {n} " * 20) for n, colour in enumerate(colours)]
    save_png(tmp_path / "s.png", contact_sheet(tiles, 2, 160, title="Été"))
    sheet = read_png(tmp_path / "s.png")
    cell = (sheet.shape[0] - 40) // 3
    for n, colour in enumerate(colours):
        assert tuple(sheet[40 + n // 2 * cell + 45, 8 + n % 2 * 168 + 80]) == colour


def test_no_tile_is_an_error():
    """An empty sheet is refused rather than drawn."""
    with pytest.raises(MediaError, match="at least one picture"):
        contact_sheet([], 2, 100)


def test_pictures_are_read_upright(tmp_path):
    """Cameras note how they were held; the top of the scene is the top of what is read."""
    picture = Image.new("RGB", (20, 10), (0, 0, 0))
    picture.paste((255, 255, 255), (0, 0, 10, 10))  # white on the left
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned to the right, so that the left side is the top
    picture.save(tmp_path / "held.png", exif=exif)
    read = read_png(tmp_path / "held.png")
    assert read.shape == (20, 10, 3)
    assert read[:8].min() > 250
    assert read[12:].max() < 5


def test_media_ref_names_content(tmp_path):
    """Equal content has an equal digest, whatever the file is called."""
    for name in ("a.MP4", "b.mp4"):
        (tmp_path / name).write_bytes(b"x" * 1000)
    assert media_ref(tmp_path / "a.MP4") == media_ref(tmp_path / "b.mp4")
    with pytest.raises(MediaError, match="cannot read"):
        media_ref(tmp_path / "c.mp4")
