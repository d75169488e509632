"""Analysed songs written down by hand: what `oner listen` would say of a song whose beats are known exactly."""

import pytest

from oner.film import Beat, LyricLine, MediaRef, Section, SectionLabel, SongAnalysis
from oner.timing import Span

FORM = (
    ("intro", 4, 0.3),
    ("verse", 8, 0.55),
    ("chorus", 8, 1.0),
    ("verse", 8, 0.6),
    ("chorus", 8, 1.0),
    ("outro", 4, 0.3),
)


def written_song(
    bpm=120.0, meter=4, form=FORM, lead=0.0, tail=0.5, sample_rate=48000, lyrics=(), grid=True
) -> SongAnalysis:
    """`form` is (label, bars, energy); `lead` and `tail` are seconds of sound around the bars."""
    bar = meter * 60 / bpm
    bars = sum(count for _, count, _ in form)
    total = round((lead + bars * bar + tail) * sample_rate)
    beats = tuple(
        Beat(round((lead + (number + position / meter) * bar) * sample_rate), number, position)
        for number in range(bars)
        for position in range(meter)
    )
    edges, at = [0], 0
    for _, count, _ in form[:-1]:
        at += count
        edges.append(round((lead + at * bar) * sample_rate))
    edges.append(total)
    sections = tuple(
        Section(SectionLabel(label), Span(start, end), energy)
        for (label, _, energy), start, end in zip(form, edges, edges[1:])
        if end > start
    )
    hop = sample_rate // 4
    energy = tuple(
        next((section.energy for section in sections if sample in section.span), 0.0) for sample in range(0, total, hop)
    )
    return SongAnalysis(
        song=MediaRef("0" * 64, 1, ".ogg"),
        sample_rate=sample_rate,
        samples=total,
        channels=2,
        bpm=bpm if grid else None,
        meter=meter,
        confidence=0.9 if grid else 0.05,
        beats=beats if grid else (),
        sections=sections,
        energy=energy,
        energy_hop=hop,
        lufs=-14.0,
        true_peak=-1.0,
        lyrics=tuple(LyricLine(Span(round(a * sample_rate), round(b * sample_rate)), text) for a, b, text in lyrics),
    )


@pytest.fixture(scope="session")
def make_song():
    return written_song


@pytest.fixture(scope="session")
def song():
    """40 bars of 4/4 at 120 BPM: bar n begins at second 2 (n - 1); 80.5 s."""
    return written_song()
