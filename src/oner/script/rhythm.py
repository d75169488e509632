"""Where to cut: shots begin on downbeats, at every section border, long in quiet parts and short in loud ones.

Each part of the song is divided on its own by dynamic programming over the places where a cut may stand. Downbeats
come first; beats inside a bar and then plain times are allowed only where downbeats cannot keep the shortest and
longest length (a bar longer than the longest shot, a long lead-in, a song without a grid).
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..film import Section, SectionLabel, SongAnalysis
from ..timing import Span
from .positions import Positions

# How much faster (+) or slower (-) than its energy alone a section is cut.
_LABEL_PACE = {
    SectionLabel.INTRO: -0.1,
    SectionLabel.VERSE: 0.0,
    SectionLabel.CHORUS: 0.1,
    SectionLabel.BRIDGE: -0.1,
    SectionLabel.INSTRUMENTAL: 0.0,
    SectionLabel.OUTRO: -0.25,
}
_TIME_STEP = 0.5  # seconds between possible cuts where there is no grid
_BEAT_COST, _TIME_COST, _OUTSIDE_COST = 40.0, 100.0, 10_000.0
_SAME_COST = 0.9  # two shots of one length in a row: even cutting tires


@dataclass(frozen=True)
class Pace:
    """Shortest and longest shot in seconds. `steady` makes every shot long, for one-take films."""

    min_seconds: float = 2.0
    max_seconds: float = 8.0
    steady: bool = False


@dataclass(frozen=True)
class Part:
    """A section as the film hears it: whole, on cuts. `name` is "verse 2"; `drive` is energy 0..1 within this film."""

    label: SectionLabel
    name: str
    span: Span
    energy: float
    drive: float


@dataclass(frozen=True)
class _Candidate:
    sample: int
    cost: float


def parts_of(analysis: SongAnalysis, positions: Positions, min_seconds: float) -> list[Part]:
    """Sections inside the film, covering it without gap, on downbeats where they are near; too short ones are joined
    to their neighbour."""
    film, shortest = positions.film, min_seconds * analysis.sample_rate
    sections = [section for section in analysis.sections if section.span.overlap(film)]
    if not sections:
        energy = sum(analysis.energy) / len(analysis.energy) if analysis.energy else 0.5
        sections = [Section(SectionLabel.VERSE, film, energy)]
    starts = [film.start, *(_snapped(section.span.start, analysis) for section in sections[1:])]
    starts = [min(max(positions.sample(positions.text(start)), film.start), film.end) for start in starts]
    kept = list(zip(starts, sections))
    while len(kept) > 1:
        edges = [*(start for start, _ in kept), film.end]
        lengths = [end - start for start, end in pairwise(edges)]
        least = min(range(len(kept)), key=lengths.__getitem__)
        if lengths[least] >= shortest:
            break
        if least == 0:  # the first one lends its beginning to the second
            kept[1] = (kept[0][0], kept[1][1])
        del kept[least]
    ends = [*(start for start, _ in kept[1:]), film.end]
    totals = {label: sum(section.label is label for _, section in kept) for label in SectionLabel}
    counts: dict[SectionLabel, int] = {}
    parts = []
    for (start, section), end in zip(kept, ends):
        counts[section.label] = counts.get(section.label, 0) + 1
        number = f" {counts[section.label]}" if totals[section.label] > 1 else ""
        drive = min(1.0, max(0.0, 0.35 * section.energy + 0.65 * _rank(section.energy, kept, ends)))
        parts.append(Part(section.label, section.label.value + number, Span(start, end), section.energy, drive))
    return parts


def _rank(energy: float, kept: list[tuple[int, Section]], ends: list[int]) -> float:
    """Share of the film, 0..1, that is quieter: loud productions differ little in energy but have quiet parts too."""
    lengths = [(section.energy, until - since) for (since, section), until in zip(kept, ends)]
    quieter = sum(length for other, length in lengths if other < energy - 0.01)
    alike = sum(length for other, length in lengths if abs(other - energy) <= 0.01)
    return (quieter + alike / 2) / max(1, sum(length for _, length in lengths))


def _snapped(sample: int, analysis: SongAnalysis) -> int:
    """The nearest downbeat, if it is within half a bar."""
    downbeats = [beat.sample for beat in analysis.downbeats]
    if not downbeats:
        return sample
    nearest = min(downbeats, key=lambda downbeat: abs(downbeat - sample))
    bar = analysis.meter * 60 * analysis.sample_rate / analysis.bpm if analysis.bpm else analysis.sample_rate * 2
    return nearest if abs(nearest - sample) <= bar / 2 else sample


def cuts_in(
    part: Part, analysis: SongAnalysis, positions: Positions, pace: Pace, seed: int, count: int | None = None
) -> list[int] | None:
    """Samples where the shots of a part begin, and its end. With `count`, exactly that many shots, or None."""
    tiers = [0, 1, 2] if analysis.beats else [2]
    found: tuple[float, list[int]] | None = None
    for tier in tiers:
        found = _divide(part, _candidates(part, analysis, positions, tier, seed), analysis, pace, count)
        if found and found[0] < _OUTSIDE_COST:
            break
    if found is None or (count is not None and found[0] >= _OUTSIDE_COST):
        return None
    return found[1]


def _candidates(part: Part, analysis: SongAnalysis, positions: Positions, tier: int, seed: int) -> list[_Candidate]:
    """Places where a cut may stand, both ends included, each with what a cut there costs."""
    inside = [beat for beat in analysis.beats if part.span.start < beat.sample < part.span.end]
    found: dict[int, float] = {}
    if tier == 2:
        found |= _times(part, analysis, positions, seed, bool(analysis.beats))
    if tier >= 1:
        half = analysis.meter // 2 if analysis.meter % 2 == 0 else -1
        found |= {beat.sample: _BEAT_COST * (0.5 if beat.position == half else 1) for beat in inside if beat.position}
    downbeats = [beat for beat in inside if beat.position == 0]
    first = next((beat.bar for beat in analysis.downbeats if beat.sample >= part.span.start), 0)
    found |= {beat.sample: _phrase_cost(beat.bar - first) for beat in downbeats}
    found |= {part.span.start: 0.0, part.span.end: 0.0}
    return [_Candidate(sample, cost) for sample, cost in sorted(found.items())]


def _phrase_cost(bars: int) -> float:
    """Cuts after 4, 8, ... bars of a section are heard as phrases; odd bars are the weakest."""
    return 0.0 if bars % 4 == 0 else 0.06 if bars % 2 == 0 else 0.2


def _times(part: Part, analysis: SongAnalysis, positions: Positions, seed: int, grid: bool) -> dict[int, float]:
    """Times about half a second apart; where the energy changes or a line is sung they are cheaper."""
    rate = analysis.sample_rate
    step = _TIME_STEP * rate
    sung = [line.span.start for line in analysis.lyrics]
    found = {}
    for number in range(1, int(len(part.span) / step) + 1):
        wobble = random.Random(f"{seed}/{part.span.start}/{number}").uniform(-0.4, 0.4)
        wanted = int(part.span.start + (number + wobble) * step)
        line = next((start for start in sung if abs(start - wanted) < step / 2), None)
        sample = min(line if line is not None else wanted, part.span.end)
        sample = positions.sample(positions.text(sample))
        if not part.span.start < sample < part.span.end:
            continue
        change = abs(_energy(analysis, sample, sample + rate) - _energy(analysis, sample - rate, sample))
        found[sample] = (_TIME_COST if grid else 0.4) - min(0.3, change) - (0.8 if line is not None else 0)
    return found


def _energy(analysis: SongAnalysis, start: int, end: int) -> float:
    hop = max(1, analysis.energy_hop)
    values = analysis.energy[max(0, start // hop) : max(0, -(-end // hop))]
    return sum(values) / len(values) if values else 0.0


def _target(part: Part, start: int, pace: Pace) -> float:
    """Wanted length in seconds of a shot that begins at `start`."""
    if pace.steady:
        return pace.max_seconds * 0.85
    speed = min(0.85, max(0.0, 0.28 + 0.6 * part.drive + _LABEL_PACE[part.label]))
    seconds = pace.max_seconds - (pace.max_seconds - pace.min_seconds) * speed
    progress = (start - part.span.start) / max(1, len(part.span))
    if progress == 0:
        seconds *= 1.15  # time to arrive
    elif progress > 0.7:
        seconds *= 1.3 if part.label is SectionLabel.OUTRO else 0.8  # a farewell lingers, all else builds up
    longest = 1.0 if part.label in (SectionLabel.INTRO, SectionLabel.OUTRO) else 0.8
    return min(pace.max_seconds * longest, max(pace.min_seconds, seconds))


def _divide(
    part: Part, candidates: Sequence[_Candidate], analysis: SongAnalysis, pace: Pace, count: int | None
) -> tuple[float, list[int]] | None:
    """Cheapest way through the candidates: (cost, samples); None if there is none with `count` shots.

    A state is (shots so far, start of the last shot, its end). Where shots are counted their starts are forgotten, else
    their number: both at once would make too many states.
    """
    seconds = len(part.span) / analysis.sample_rate
    if count is not None and not count * pace.min_seconds <= seconds <= count * pace.max_seconds:
        return None
    rate, last = analysis.sample_rate, len(candidates) - 1
    targets = [_target(part, point.sample, pace) for point in candidates]
    best: dict[tuple[int, int, int], tuple[float, tuple[int, int, int] | None]] = {(0, -1, 0): (0.0, None)}
    ending: list[list[tuple[int, int, int]]] = [[] for _ in candidates]
    ending[0].append((0, -1, 0))
    for end in range(1, last + 1):
        for start in range(end - 1, -1, -1):
            seconds = (candidates[end].sample - candidates[start].sample) / rate
            if seconds > pace.max_seconds and start < end - 1 and (count is not None or seconds > 2 * pace.max_seconds):
                break
            outside = max(0.0, pace.min_seconds - seconds, seconds - pace.max_seconds)
            step = 8 * math.log(seconds / targets[start]) ** 2 + candidates[end].cost
            step += _OUTSIDE_COST * (1 + outside) if outside > 1e-4 else 0.0
            for state in ending[start]:
                if count is not None and state[0] >= count:
                    continue
                cost = best[state][0] + step
                if state[1] >= 0:
                    before = (candidates[start].sample - candidates[state[1]].sample) / rate
                    cost += _SAME_COST if abs(seconds - before) < 0.2 * seconds else 0.0
                longer = (0, start, end) if count is None else (state[0] + 1, -1, end)
                if longer not in best:
                    ending[end].append(longer)
                    best[longer] = (cost, state)
                elif cost < best[longer][0]:
                    best[longer] = (cost, state)
    finals = [state for state in ending[last] if count is None or state[0] == count]
    if not finals:
        return None
    walk: tuple[int, int, int] | None = min(finals, key=lambda state: best[state][0])
    cost, path = best[walk][0], []
    while walk is not None:
        path.append(candidates[walk[2]].sample)
        walk = best[walk][1]
    return cost, path[::-1]
