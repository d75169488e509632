"""Rushes to look at: a contact sheet (PNG) and one HTML page with playable takes."""

import base64
import html
import os
import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..errors import MediaError
from ..film import Score, Shot, Take
from ..media import read_frames, replacing, save_png
from ..timing import Rate, Span, clock

PAPER, CARD, INK, FAINT, GOOD, WARN = (
    (22, 22, 26),
    (34, 34, 40),
    (236, 236, 240),
    (150, 150, 160),
    (245, 190, 70),
    (230, 120, 90),
)
TILE = 132  # width of a picture on the sheet, pixels
GAP = 10
TAKES_A_LINE = 4  # on the sheet; a shot with more takes goes on below
STILL = 192  # width of the still pictures, pixels


@dataclass(frozen=True)
class JudgedTake:
    """A take with its score and its file. `picked` is "user", "judge" or "" (not used)."""

    take: Take
    score: Score | None
    path: Path
    picked: str = ""


@dataclass(frozen=True)
class JudgedShot:
    """A shot with its takes, in the order they were made."""

    shot: Shot
    takes: tuple[JudgedTake, ...]


Progress = Callable[[float, str], None]


def draw_sheet(
    shots: Sequence[JudgedShot], out: Path | str, title: str, rate: Rate, report: Progress | None = None
) -> np.ndarray:
    """Write the contact sheet as PNG and return it, (H, W, 3) uint8 RGB.

    One row per shot; each take shows its first, middle and last picture, number, total score and weakest parts; the
    pick has a frame of gold. Files that cannot be read are drawn as such. Raises MediaError if `out` cannot be written.
    """
    fonts = {size: ImageFont.load_default(size=size) for size in (11, 13, 20)}
    aspect = next((t.take.request.height / t.take.request.width for s in shots for t in s.takes), 9 / 16)
    tile = (TILE, max(24, round(TILE * aspect)))
    card = (3 * tile[0] + 16, tile[1] + 46)
    columns = min(TAKES_A_LINE, max((len(shot.takes) for shot in shots), default=1) or 1)
    heights = [26 + max(1, -(-len(shot.takes) // columns)) * (card[1] + GAP) for shot in shots]
    size = (GAP + max(columns * (card[0] + GAP), 760), 52 + sum(heights) + GAP)
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((GAP, 14), _cut(title, fonts[20], size[0] - 2 * GAP), INK, fonts[20])
    top, done, count = 52, 0, sum(len(shot.takes) for shot in shots)
    for shot, height in zip(shots, heights, strict=True):
        text = " · ".join((shot.shot.id, _place(shot.shot, rate), shot.shot.camera, shot.shot.prompt))
        draw.text((GAP, top + 4), _cut(text, fonts[13], size[0] - 2 * GAP), INK, fonts[13])
        if not shot.takes:
            draw.text((GAP, top + 30), "no take yet", FAINT, fonts[13])
        for number, judged in enumerate(shot.takes):
            x = GAP + number % columns * (card[0] + GAP)
            y = top + 26 + number // columns * (card[1] + GAP)
            _draw_take(sheet, draw, (x, y), card, tile, judged, fonts)
            done += 1
            if report:
                report(done / count, shot.shot.id)
        top += height
    picture = np.asarray(sheet)
    save_png(out, picture)
    return picture


def _draw_take(sheet, draw, at, card, tile, judged: JudgedTake, fonts) -> None:
    x, y = at
    draw.rectangle((x, y, x + card[0] - 1, y + card[1] - 1), CARD, GOOD if judged.picked else None, 3)
    pictures = stills(judged)
    for i in range(3):
        left = x + 5 + i * (tile[0] + 3)
        if pictures is None:
            draw.rectangle((left, y + 5, left + tile[0] - 1, y + 5 + tile[1] - 1), PAPER)
        else:
            sheet.paste(Image.open(BytesIO(pictures[i])).resize(tile), (left, y + 5))
    if pictures is None:
        draw.text((x + 12, y + 12), "file cannot be read", WARN, fonts[13])
    line = f"take {judged.take.number}"
    if judged.score:
        line += f"   {judged.score.total:.2f}"
    if judged.picked:
        line += "   picked" if judged.picked == "user" else "   the judge's pick"
    draw.text((x + 8, y + tile[1] + 8), line, GOOD if judged.picked else INK, fonts[13])
    note, colour = _note(judged.score)
    draw.text((x + 8, y + tile[1] + 26), _cut(note, fonts[11], card[0] - 16), colour, fonts[11])


def _note(score: Score | None) -> tuple[str, tuple[int, int, int]]:
    """Remarks of a take, or its weakest parts."""
    if score is None:
        return "not judged", FAINT
    if score.remarks:
        return "; ".join(score.remarks), WARN
    weakest = sorted(score.measures.items(), key=lambda item: item[1])[:3]
    return ", ".join(f"{name} {value:.2f}" for name, value in weakest), FAINT


def stills(judged: JudgedTake) -> tuple[bytes, ...] | None:
    """First, middle and last picture of a take as JPEG, STILL pixels wide; None if the file cannot be read."""
    request = judged.take.request
    size = (STILL, max(2, round(STILL * request.height / request.width / 2) * 2))
    try:
        return _stills(judged.path, request.frames, size)
    except (MediaError, OSError, StopIteration):
        return None


@lru_cache(maxsize=1024)  # 15 kB a take; the sheet and the page show the same pictures, and files never change
def _stills(path: Path, frames: int, size: tuple[int, int]) -> tuple[bytes, ...]:
    pictures = []
    for frame in (0, frames // 2, frames - 1):
        data = BytesIO()
        picture = next(iter(read_frames(path, Span(frame, frame + 1), size)))
        Image.fromarray(picture).save(data, "JPEG", quality=80)
        pictures.append(data.getvalue())
    return tuple(pictures)


def _cut(text: str, font, width: int) -> str:
    """Text of one line that is no wider than `width` pixels."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text[:400]).split())
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _place(shot: Shot, rate: Rate) -> str:
    return f"{clock(shot.span.start, rate)} - {clock(shot.span.end, rate)}"


# ------------------------------------------------------------------------------------------------ the page


def write_page(
    shots: Sequence[JudgedShot], out: Path | str, title: str, rate: Rate, report: Progress | None = None
) -> None:
    """Write one HTML page with every take playable; files are linked by paths relative to the page.

    The page needs nothing from the network. Prompts, notes and names are untrusted text and are escaped. Raises
    MediaError if it cannot be written.
    """
    out = Path(out)
    count = max(1, sum(len(shot.takes) for shot in shots))
    parts, done = [], 0
    for shot in shots:
        takes = []
        for judged in shot.takes:
            takes.append(_take_html(shot.shot, judged, out.parent))
            done += 1
            if report:
                report(done / count, shot.shot.id)
        parts.append(_shot_html(shot, takes, rate))
    template = resources.files(__package__).joinpath("page.html").read_text("utf-8")
    summary = f"{len(shots)} shots, {done} takes"
    filled = {"title": _safe(title), "summary": summary, "shots": "\n".join(parts)}
    # In one go: a title or a prompt may itself hold {{shots}}.
    page = re.sub(r"\{\{(\w+)\}\}", lambda name: filled[name[1]], template)
    try:
        with replacing(out) as temporary:
            temporary.write_text(page, "utf-8", errors="replace")
    except OSError as error:
        raise MediaError(f"cannot write {out}: {error.strerror or error}") from error


def _safe(value: object) -> str:
    """Any text as HTML text or attribute; control characters that HTML forbids become spaces."""
    return html.escape("".join(c if c.isprintable() or c in "\n\t" else " " for c in str(value)))


def _shot_html(judged: JudgedShot, takes: Iterable[str], rate: Rate) -> str:
    shot = judged.shot
    totals = [take.score.total for take in judged.takes if take.score]
    facts = [_place(shot, rate), shot.camera, *([shot.section.value] if shot.section else [])]
    lyric = f'<p class="lyric">{_safe(shot.lyric)}</p>' if shot.lyric else ""
    body = "\n".join(takes) or '<p class="none">no take yet</p>'
    return (
        f'<section class="shot" data-start="{shot.span.start}" data-best="{max(totals, default=0):.4f}">\n'
        f"<h2>{_safe(shot.id)} <small>{_safe(' · '.join(facts))}</small></h2>\n"
        f'<p class="prompt">{_safe(shot.prompt)}</p>{lyric}\n<div class="takes">\n{body}\n</div></section>'
    )


def _take_html(shot: Shot, judged: JudgedTake, folder: Path) -> str:
    take, score = judged.take, judged.score
    source = quote(Path(os.path.relpath(judged.path, folder)).as_posix())
    poster = _poster(judged)
    total = score.total if score else 0.0
    picked = {"user": "your pick", "judge": "the judge's pick"}.get(judged.picked, "")
    remarks = "".join(f"<li>{_safe(remark)}</li>" for remark in (score.remarks if score else ()))
    command = f"oner pick {shlex.quote(shot.id)} {take.number}"
    facts = {"seed": take.request.seed, "engine": take.engine, "frames": take.request.frames}
    facts |= {"size": f"{take.request.width}x{take.request.height}", "made in": f"{take.seconds:.1f} s", **take.notes}
    prompts = [span.text for span in take.request.prompts]
    if prompts != [shot.prompt]:
        facts["prompt"] = " / ".join(prompts)
    rows = "".join(f"<dt>{_safe(name)}</dt><dd>{_safe(value)}</dd>" for name, value in facts.items())
    bars = "".join(
        f'<li><span>{_safe(name)}</span><meter min="0" max="1" low="0.4" high="0.7" optimum="1" value="{value:.3f}">'
        f"</meter><b>{value:.2f}</b></li>"
        for name, value in (score.measures if score else {}).items()
    )
    return (
        f'<article class="take{" picked" if judged.picked else ""}" tabindex="0" data-number="{take.number}" '
        f'data-total="{total:.4f}" data-command="{_safe(command)}">\n'
        f'<video src="{_safe(source)}" preload="none" muted loop playsinline{poster} '
        f'aria-label="{_safe(f"shot {shot.id}, take {take.number}")}"></video>\n'
        f'<header><b>take {take.number}</b> <span class="total">{total:.2f}</span> <em>{picked}</em></header>\n'
        + (f'<ul class="remarks">{remarks}</ul>\n' if remarks else "")
        + f'<button type="button" title="copy: {_safe(command)}">{_safe(command)}</button>\n'
        f'<details><summary>scores and recipe</summary><ul class="bars">{bars}</ul><dl>{rows}</dl></details>\n'
        "</article>"
    )


def _poster(judged: JudgedTake) -> str:
    """The middle picture as a poster inside the page, so that nothing has to load before a take is played."""
    pictures = stills(judged)
    return f' poster="data:image/jpeg;base64,{base64.b64encode(pictures[1]).decode()}"' if pictures else ""
