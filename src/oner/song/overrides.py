"""What the user knows better than the analysis, and the small files it comes in."""

import difflib
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..film import SectionLabel
from .lyrics import read_text

SLOWEST_GIVEN, FASTEST_GIVEN = 20.0, 400.0
LABELS = {
    **{str(label): label for label in SectionLabel},
    "refrain": SectionLabel.CHORUS, "hook": SectionLabel.CHORUS, "drop": SectionLabel.CHORUS,
    "couplet": SectionLabel.VERSE,
    "prechorus": SectionLabel.VERSE, "pre-chorus": SectionLabel.VERSE, "break": SectionLabel.BRIDGE,
    "breakdown": SectionLabel.BRIDGE, "middle8": SectionLabel.BRIDGE, "pont": SectionLabel.BRIDGE,
    "solo": SectionLabel.INSTRUMENTAL, "interlude": SectionLabel.INSTRUMENTAL, "inst": SectionLabel.INSTRUMENTAL,
    "end": SectionLabel.OUTRO, "ending": SectionLabel.OUTRO, "coda": SectionLabel.OUTRO, "start": SectionLabel.INTRO,
}  # fmt: skip


@dataclass(frozen=True)
class Overrides:
    """What is given by hand; it always wins over what is heard. `first_downbeat` in seconds, `meter` beats a bar.

    `sections`, `taps` and `lyrics` are files: see `read_sections`, `read_taps` and `lyrics.read_lyrics`.
    """

    bpm: float | None = None
    first_downbeat: float | None = None
    meter: int | None = None
    sections: Path | None = None
    taps: Path | None = None
    lyrics: Path | None = None

    def check(self, seconds: float) -> None:
        """Raise InputError for a value that cannot be meant, given the song's length."""
        if self.bpm is not None and not SLOWEST_GIVEN <= self.bpm <= FASTEST_GIVEN:
            raise InputError(
                f"bpm {self.bpm:g}: give a tempo between {SLOWEST_GIVEN:g} and {FASTEST_GIVEN:g} beats a minute"
            )
        if self.meter is not None and not 2 <= self.meter <= 12:
            raise InputError(
                f"meter {self.meter}: give the number of beats in a bar, 2 to 12 (4 for 4/4, 3 for a waltz)"
            )
        if self.first_downbeat is not None and not 0 <= self.first_downbeat < seconds:
            raise InputError(f"first downbeat at {self.first_downbeat:g} s: the song lasts from 0 to {seconds:.2f} s")
        if self.bpm is not None and self.taps is not None:
            raise InputError(
                "both a tempo and tapped beats are given: the taps hold their own tempo, so leave one of them out"
            )


def seconds_from_text(text: str) -> float:
    """`75.5`, `1:15.5` or `0:01:15.5` in seconds. Raises ValueError."""
    parts = text.strip().replace(",", ".").split(":")
    if len(parts) > 3 or not all(re.fullmatch(r"\d+(\.\d*)?|\.\d+", part) for part in parts):
        raise ValueError(text)
    total = 0.0
    for part in parts:
        total = total * 60 + float(part)
    return total


def _label(word: str, where: str) -> SectionLabel:
    plain = re.sub(r"[\s_-]*\d+$", "", word.strip().lower()) if word.lower() not in LABELS else word.lower()
    if plain in LABELS:
        return LABELS[plain]
    near = difflib.get_close_matches(plain, LABELS, 1)
    hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(SectionLabel)}"
    raise InputError(f"{where}: no section is called {word!r}; {hint}")


def read_sections(path: Path, seconds: float) -> list[tuple[SectionLabel, float, float]]:
    """Sections given by hand: (label, start, end) in seconds, covering the whole song.

    One `label start [end]` a line, times as seconds or m:ss; empty lines and # comments are skipped; a section without
    an end lasts until the next. JSON as `oner listen --json` prints it is read too. Stretches that no line covers
    become intro, instrumental or outro by their place. Raises InputError with the line at fault.
    """
    path = Path(path)
    text = read_text(path, "sections")
    rows = _json_rows(path, text) if text.lstrip().startswith(("{", "[")) else _line_rows(path, text)
    if not rows:
        raise InputError(f"{path} holds no section: write one `label start [end]` a line, e.g. `chorus 0:45 1:10`")
    covered: list[tuple[SectionLabel, float, float]] = []
    at = 0.0
    for i, (where, label, start, end) in enumerate(rows):
        following = rows[i + 1][2] if i + 1 < len(rows) else seconds
        end = following if end is None else min(end, seconds)
        if start >= seconds:
            raise InputError(f"{where}: {label} starts at {start:g} s, but the song ends at {seconds:.2f} s")
        if start < at - 1e-3:
            raise InputError(f"{where}: {label} starts at {start:g} s, before the section above it ends ({at:g} s)")
        if end <= start:
            raise InputError(f"{where}: {label} ends at {end:g} s, not after its start at {start:g} s")
        if start > at + 1e-3:
            covered.append((SectionLabel.INSTRUMENTAL if covered else SectionLabel.INTRO, at, start))
        covered.append((label, max(start, at), end))
        at = end
    if at < seconds - 1e-3:
        covered.append((SectionLabel.OUTRO, at, seconds))
    return covered


def _line_rows(path: Path, text: str) -> list[tuple[str, SectionLabel, float, float | None]]:
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        where = f"{path.name}, line {number}"
        times: list[float] = []
        while words and len(times) < 2 and len(words) > 1:
            try:
                times.insert(0, seconds_from_text(words[-1]))
            except ValueError:
                break
            words.pop()
        if not times:
            raise InputError(
                f"{where}: {line.strip()!r} has no time; write `label start [end]`, e.g. `chorus 0:45 1:10`"
            )
        rows.append((where, _label(" ".join(words), where), times[0], times[1] if len(times) == 2 else None))
    return rows


def _json_rows(path: Path, text: str) -> list[tuple[str, SectionLabel, float, float | None]]:
    try:
        data = json.loads(text)
        items = data["sections"] if isinstance(data, dict) else data
        rows = []
        for i, item in enumerate(items, 1):
            label, start, *end = (
                [item[k] for k in ("label", "start", "end") if k in item] if isinstance(item, dict) else item
            )
            where = f"{path.name}, section {i}"
            rows.append((where, _label(str(label), where), float(start), float(end[0]) if end else None))
        return rows
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path} is not a list of sections ({error}): expected "
            f'{{"sections": [{{"label": "intro", "start": 0, "end": 8.5}}, ...]}}'
        ) from error


def read_taps(path: Path, seconds: float) -> tuple[np.ndarray, np.ndarray | None]:
    """Tapped beats in seconds, ascending, and which of them are downbeats (bool), or None where no label says so.

    One time a line, or an Audacity label file (start, end, label by tabs) in which a label that starts with 1, d or b
    marks a downbeat. Raises InputError with the line at fault.
    """
    path = Path(path)
    taps: list[tuple[float, bool]] = []
    for number, line in enumerate(read_text(path, "taps").splitlines(), 1):
        words = line.split("#")[0].split()
        if not words or words[0] == "\\":  # Audacity writes a line of frequencies below a label
            continue
        try:
            time = seconds_from_text(words[0])
        except ValueError:
            raise InputError(f"{path.name}, line {number}: {words[0]!r} is not a time in seconds or m:ss") from None
        if time >= seconds:
            raise InputError(f"{path.name}, line {number}: a tap at {time:g} s, but the song ends at {seconds:.2f} s")
        label = " ".join(words[2:]).lower()
        taps.append((time, bool(re.match(r"(1\b|1\.|d|b)", label))))
    taps.sort()
    times = np.array([time for time, _ in taps])
    if len(times) < 2 or np.diff(times).min() < 0.05:
        raise InputError(f"{path} holds {len(times)} beats: at least two are needed, 0.05 s or more apart")
    downs = np.array([down for _, down in taps])
    return times, downs if downs.any() else None
