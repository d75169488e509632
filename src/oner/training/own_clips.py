"""A user's own clips and pictures as training shards: each file with its captions in a .txt of the same name."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import InputError
from ..media import FrameWriter, probe, read_frames, read_png
from ..media.given import covering
from .sampling import RATE, SHARD, SIZES
from .shards import write_shard

CLIPS = {".mp4", ".mov", ".mkv", ".webm", ".avi"}
PICTURES = {".png", ".jpg", ".jpeg", ".webp"}
PIECE = 65  # frames of a sample: longer clips are cut
SHORTEST = 9  # frames of a last piece that is worth keeping


def own_files(folder: Path) -> list[Path]:
    """The clips and pictures of a folder, by name."""
    if not Path(folder).is_dir():
        return []
    return sorted(path for path in Path(folder).iterdir() if path.suffix.lower() in CLIPS | PICTURES)


def import_own(folder: Path, report: Callable[[str], None], out: Path | None = None) -> Path:
    """Make shards of a folder, beside the files unless `out` is given; gives the shards' folder.

    The same files and captions are not read twice; changed ones make another folder. Raises InputError for files
    without captions.
    """
    files = own_files(folder)
    if not files:
        raise InputError(f"{folder}: no clips or pictures there ({', '.join(sorted(CLIPS | PICTURES))})")
    captions = {path: _captions(path) for path in files}
    said = json.dumps([[path.name, path.stat().st_size, path.stat().st_mtime_ns, captions[path]] for path in files])
    target = Path(out) if out else Path(folder) / f"shards-{hashlib.sha256(said.encode()).hexdigest()[:6]}"
    if (target / "own.json").exists() and (target / "own.json").read_text() == said:
        return target
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("own-*.tar"):
        old.unlink()
    pending, number = [], 0
    for path in files:
        pending += _samples(path, captions[path])
        report(f"{path.name}: read")
        while len(pending) >= SHARD or (pending and path == files[-1]):
            write_shard(target / f"own-{number:05d}.tar", pending[:SHARD])
            pending, number = pending[SHARD:], number + 1
    (target / "own.json").write_text(said)
    return target


def _captions(path: Path) -> list[str]:
    """The lines of the .txt beside a file; the first says everything."""
    beside = path.with_suffix(".txt")
    if not beside.is_file():
        raise InputError(f"{path}: no captions; write what it shows into {beside.name}, one caption a line")
    lines = [line.strip() for line in beside.read_text(errors="replace").splitlines() if line.strip()]
    if not lines:
        raise InputError(f"{beside} is empty: write what {path.name} shows, one caption a line")
    return lines


def _samples(path: Path, captions: list[str]) -> Iterator[tuple[str, dict[str, bytes]]]:
    """A file's samples as (key, members)."""
    frames = [read_png(path)] if path.suffix.lower() in PICTURES else list(_at_rate(path))
    height, width = frames[0].shape[:2]
    aspect = min(SIZES, key=lambda name: abs(np.log(width / height * SIZES[name][1] / SIZES[name][0])))
    frames = [covering(frame, *SIZES[aspect]) for frame in frames]
    for start in range(0, len(frames), PIECE):
        piece = frames[start : start + PIECE]
        piece = piece[: 1 + (len(piece) - 1) // 4 * 4]
        if start and len(piece) < SHORTEST:
            continue
        key = f"{hashlib.sha256(path.name.encode()).hexdigest()[:8]}-{start:05d}"
        texts = [{"language": "en", "length": "long", "text": text} for text in captions]
        about = {
            "version": 0, "seed": 0, "size": list(SIZES[aspect]), "frames": len(piece), "rate": RATE, "aspect": aspect,
            "clip": len(piece) > 1, "start": start, "times": None, "camera_speed": "normal", "descriptions": [],
            "captions": [{"span": [0, len(piece)], "texts": texts}], "transition": None, "transition_frames": 0,
        }  # fmt: skip
        yield key, {**_pictures(piece, SIZES[aspect]), "json": json.dumps(about, ensure_ascii=False).encode()}


def _at_rate(path: Path) -> Iterator[np.ndarray]:
    """A clip's frames at the native rate: at each moment the one that is shown."""
    video = probe(path).video
    if video is None or not video.rate:
        raise InputError(f"{path}: no picture in it that could be read")
    step, wanted = video.rate / RATE, Fraction(0)
    for number, frame in enumerate(read_frames(path)):
        while int(wanted) == number:
            yield frame
            wanted += step


def _pictures(frames: list[np.ndarray], size: tuple[int, int]) -> dict[str, bytes]:
    if len(frames) == 1:
        file = BytesIO()
        Image.fromarray(frames[0]).save(file, "JPEG", quality=95, subsampling=0)
        return {"0.jpg": file.getvalue()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with FrameWriter(path, *size, Fraction(RATE), quality="data", threads=1) as writer:
            for frame in frames:
                writer.write(frame)
        return {"mp4": path.read_bytes()}
