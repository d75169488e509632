"""Lyric lines with their times, from .lrc and .srt files."""

import re
from pathlib import Path

from ..errors import InputError
from ..film import LyricLine
from ..timing import Span, sample_from_seconds

LONGEST_LINE = 8.0  # seconds: a line of an .lrc has no end of its own; after a last word, silence is likelier than song

_STAMP = re.compile(r"\[(\d+):(\d{1,2}(?:[.:]\d{1,3})?)\]")
_WORD_STAMP = re.compile(r"<\d+:\d{1,2}(?:[.:]\d{1,3})?>")
_OFFSET = re.compile(r"\[offset:\s*([+-]?\d+)\s*\]", re.IGNORECASE)
_ARROW = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}[,.]\d{1,3})\s*-->\s*(?:(\d+):)?(\d{1,2}):(\d{1,2}[,.]\d{1,3})")
_TAG = re.compile(r"<[^>]+>|\{\\[^}]*\}")


def read_text(path: Path, what: str) -> str:
    """Text of a small file in UTF-8 (with or without mark) or Latin-1. Raises InputError if it cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read the {what} file {path}: {error.strerror}") from error
    if b"\0" in data[:4096]:
        raise InputError(f"{path} is not a text file: a {what} file is plain text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read_lyrics(path: Path, sample_rate: int, samples: int) -> tuple[LyricLine, ...]:
    """Lines of an .lrc or .srt file in order; what lies beyond the song is cut off.

    Raises InputError for another kind of file or one without a single timed line.
    """
    path = Path(path)
    readers = {".lrc": _lrc, ".srt": _srt}
    if path.suffix.lower() not in readers:
        raise InputError(f"lyrics in {path.name}: only .lrc and .srt files have times; convert it to one of them")
    length = samples / sample_rate
    timed = readers[path.suffix.lower()](read_text(path, "lyrics"), length)
    if not timed:
        raise InputError(
            f"{path} holds no timed line (expected e.g. [01:23.45] words, or 00:01:23,450 --> 00:01:26,000)"
        )
    lines = []
    for start, end, text in timed:
        a, b = (min(samples, max(0, sample_from_seconds(t, sample_rate))) for t in (start, end))
        if text and b > a:
            lines.append(LyricLine(Span(a, b), text))
    return tuple(lines)


def _lrc(text: str, length: float) -> list[tuple[float, float, str]]:
    found = _OFFSET.search(text)
    offset = int(found[1]) / 1000 if found else 0.0  # positive shows the words earlier
    marks: list[tuple[float, str]] = []
    for line in text.splitlines():
        stamps = list(_STAMP.finditer(line))
        if stamps:
            words = _WORD_STAMP.sub("", line[stamps[-1].end() :])
            for stamp in stamps:
                time = int(stamp[1]) * 60 + float(stamp[2].replace(":", ".")) - offset
                marks.append((time, " ".join(words.split())))
    marks.sort(key=lambda mark: mark[0])
    ends = [*(time for time, _ in marks[1:]), length]
    return [(time, min(end, time + LONGEST_LINE), words) for (time, words), end in zip(marks, ends)]


def _srt(text: str, length: float) -> list[tuple[float, float, str]]:
    lines: list[tuple[float, float, str]] = []
    for block in re.split(r"\r?\n\s*\r?\n", text):
        rows = [row.strip() for row in block.strip().splitlines()]
        for i, row in enumerate(rows):
            found = _ARROW.search(row)
            if found:
                h1, m1, s1, h2, m2, s2 = found.groups()
                start = int(h1 or 0) * 3600 + int(m1) * 60 + float(s1.replace(",", "."))
                end = int(h2 or 0) * 3600 + int(m2) * 60 + float(s2.replace(",", "."))
                lines.append((start, end, " ".join(_TAG.sub("", " ".join(rows[i + 1 :])).split())))
                break
    return sorted(lines)
