"""Places in a song as people write them: `9.1` (bar 9, beat 1), `0:18.46` (minutes and seconds), `start`, `end`."""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from ..film import SongAnalysis
from ..timing import Span, rounded, sample_from_seconds

_BAR = re.compile(r"(-?\d+)(?:\.(\d+))?$")
_TIME = re.compile(r"(\d+):([0-5]?\d(?:\.\d+)?)$")
_RANGE = re.compile(r"\s+(?:-|–|to)\s+|\s*–\s*|(?<=[\dt])\s*-\s*(?=[\de])")


@dataclass(frozen=True)
class Positions:
    """Reads and writes places in one song. `film` is the part of the song that is heard, in samples."""

    analysis: SongAnalysis
    film: Span

    @cached_property
    def _beats(self) -> dict[tuple[int, int], int]:
        """(bar, beat), both counted from 1, to the sample. A pick-up stands in bar 0."""
        return {(beat.bar + 1, beat.position + 1): beat.sample for beat in self.analysis.beats}

    @cached_property
    def _names(self) -> dict[int, str]:
        return {sample: f"{bar}.{beat}" for (bar, beat), sample in self._beats.items()}

    def sample(self, text: str) -> int:
        """Sample of the song that `text` names. Raises ValueError with a sentence for the user."""
        text = text.strip()
        if text == "start":
            return self.film.start
        if text == "end":
            return self.film.end
        if found := _TIME.match(text):
            sample = sample_from_seconds(int(found[1]) * 60 + Fraction(found[2]), self.analysis.sample_rate)
            if sample > self.analysis.samples:
                length = time_text(self.analysis.samples, self.analysis.sample_rate)
                if sample - self.analysis.samples <= self.analysis.sample_rate // 100:
                    return self.analysis.samples  # the end, as written with two decimals
                raise ValueError(f'"{text}" is past the end of the song, which lasts {length}')
            return sample
        if found := _BAR.match(text):
            return self._beat(text, int(found[1]), int(found[2] or 1))
        raise ValueError(f'"{text}" is not a place in the song; {self._examples()}')

    def _beat(self, text: str, bar: int, beat: int) -> int:
        if not self._beats:
            raise ValueError(f'"{text}" counts bars, but no beat was found in this song; write times such as "0:12.50"')
        if (bar, beat) in self._beats:
            return self._beats[bar, beat]
        bars = [number for number, _ in self._beats]
        inside = [number for of_bar, number in self._beats if of_bar == bar]
        if inside:
            raise ValueError(f'"{text}": bar {bar} has beats {min(inside)} to {max(inside)}')
        raise ValueError(f'"{text}" is not in the song, which has bars {min(bars)} to {max(bars)}')

    def _examples(self) -> str:
        bars = '"9.1" for the first beat of bar 9, ' if self._beats else ""
        return f'write {bars}"0:12.50" for a time, "start" or "end"'

    def text(self, sample: int) -> str:
        """The shortest name of a place: `start`, a beat if it lies exactly on one, or a time."""
        if sample == self.film.start:
            return "start"
        return self._names.get(sample) or time_text(sample, self.analysis.sample_rate)

    def bar(self, sample: int) -> int | None:
        """Number of the bar that sounds at a sample, counted from 1; None outside the grid."""
        before = [beat for beat in self.analysis.beats if beat.sample <= sample]
        return before[-1].bar + 1 if before else None


def film_span(analysis: SongAnalysis, excerpt: str | None) -> Span:
    """Samples that the film hears: the whole song, or an excerpt such as `9.1 - 25.1`. Raises ValueError."""
    whole = Span(0, analysis.samples)
    if excerpt is None:
        return whole
    parts = _RANGE.split(excerpt.strip())
    if len(parts) != 2:
        raise ValueError(f'"{excerpt}" is not an excerpt; write "9.1 - 25.1" or "0:12.00 - 0:40.00"')
    positions = Positions(analysis, whole)
    start, end = (positions.sample(part) for part in parts)
    if end <= start:
        raise ValueError(f'"{excerpt}" ends before it begins')
    return Span(start, end)


def time_text(sample: int, sample_rate: int) -> str:
    """`m:ss.cc` of a place in the song."""
    hundredths = rounded(Fraction(sample * 100, sample_rate))
    return f"{hundredths // 6000}:{hundredths // 100 % 60:02d}.{hundredths % 100:02d}"
