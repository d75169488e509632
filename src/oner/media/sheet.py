"""Contact sheets and PNG files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from ..errors import MediaError
from .files import replacing

PAPER, INK, FAINT, GAP = (22, 22, 26), (236, 236, 240), (150, 150, 160), 8


def contact_sheet(
    tiles: Sequence[tuple[np.ndarray, str]], columns: int, tile_width: int, title: str = ""
) -> np.ndarray:
    """Lay out pictures ((H, W, 3) uint8 RGB, all of one aspect) with captions; gives (H, W, 3) uint8 RGB."""
    if not tiles:
        raise MediaError("a contact sheet needs at least one picture")
    height, width = tiles[0][0].shape[:2]
    tile_height = max(1, round(tile_width * height / width))
    font, big = ImageFont.load_default(size=max(11, tile_width // 22)), ImageFont.load_default(size=22)
    line = font.size + 8 if any(text for _, text in tiles) else 0
    top = 40 if title else GAP
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (GAP + columns * (tile_width + GAP), top + rows * (tile_height + line + GAP)), PAPER)
    draw = ImageDraw.Draw(sheet)
    if title:
        draw.text((GAP, 8), title, INK, big)
    for number, (picture, text) in enumerate(tiles):
        x = GAP + number % columns * (tile_width + GAP)
        y = top + number // columns * (tile_height + line + GAP)
        sheet.paste(Image.fromarray(picture).resize((tile_width, tile_height), Image.Resampling.LANCZOS), (x, y))
        if text:
            draw.text((x, y + tile_height + 3), _fitted(text, font, tile_width), FAINT, font)
    return np.asarray(sheet)


def _fitted(text: str, font, width: int) -> str:
    """Shorten text to a width in pixels."""
    text = " ".join(text.split())
    while text and font.getlength(text) > width:
        text = text[:-2].rstrip() + "…"
    return text


def save_png(path: Path | str, image: np.ndarray) -> None:
    """Write (H, W, 3) uint8 RGB as PNG; whole or not at all."""
    try:
        with replacing(path) as temporary:
            Image.fromarray(image).save(temporary, "PNG", optimize=True)
    except OSError as error:
        raise MediaError(f"cannot write {path}: {error.strerror or error}") from error


def read_png(path: Path | str) -> np.ndarray:
    """Read a PNG, JPEG or WebP picture as (H, W, 3) uint8 RGB, upright as its EXIF data say."""
    try:
        with Image.open(path) as image:
            return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except (OSError, ValueError, SyntaxError, EOFError) as error:  # Pillow's plug-ins raise all of them on damage
        raise MediaError(f"{path} is not a picture that can be read: {error}") from error
