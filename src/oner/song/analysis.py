"""A song, heard: the door of this room."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import ndimage

from ..film import Beat, MediaRef, Section, SectionLabel, SongAnalysis
from ..media import decode_sound, media_ref
from ..timing import Span, sample_from_seconds, seconds_from_sample
from .features import Features, measure, mono_at_analysis_rate
from .grid import Grid, find_grid
from .loudness import integrated_loudness, true_peak
from .lyrics import read_lyrics
from .overrides import Overrides, read_sections
from .sections import find_sections, section_energy

Report = Callable[[float, str], None]
SHORTEST_SONG = 4.0  # seconds: less holds no bar to count


def analyse(path: Path | str, overrides: Overrides = Overrides(), report: Report | None = None) -> SongAnalysis:  # noqa: B008
    """Hear a song: tempo, beats, bars, sections, energy, loudness, and lyrics where a file of them is given.

    Raises MediaError if the file holds no sound, InputError for an override that cannot be meant. A file that breaks
    off is analysed as far as it goes, with a note. `report(fraction, word)` may raise to stop.
    """
    say = report or (lambda fraction, word: None)
    say(0.0, "reading")
    song = media_ref(path)
    sound = decode_sound(path)
    notes = (
        [f"the file is damaged or cut short ({sound.damage}): only what could be read is analysed"]
        if sound.damage
        else []
    )
    return hear(sound.samples, sound.sample_rate, song, overrides, say, notes)


def hear(
    samples: np.ndarray, sample_rate: int, song: MediaRef, overrides: Overrides, say: Report, notes: list[str]
) -> SongAnalysis:
    """Analyse decoded sound, (channels, n) float32."""
    channels, count = samples.shape
    seconds = count / sample_rate
    overrides.check(seconds)
    lyrics = read_lyrics(overrides.lyrics, sample_rate, count) if overrides.lyrics is not None else ()
    given = read_sections(overrides.sections, seconds) if overrides.sections is not None else None
    if not np.isfinite(np.dot(samples.reshape(-1), samples.reshape(-1))):
        samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        notes.append("the sound holds values that are not numbers; they are taken as silence")
    mono, rate = mono_at_analysis_rate(samples, sample_rate)
    features = measure(mono, rate, lambda fraction: say(0.1 + 0.5 * fraction, "measuring"))
    say(0.6, "finding the beat")
    lufs, silent = None, not samples.any()
    if silent:
        notes.append("the song is silent")
    elif seconds < SHORTEST_SONG and overrides.bpm is None and overrides.taps is None:
        notes.append(f"only {seconds:.2f} s long: too short to tell a beat or sections")
    may_beat = overrides.taps is not None or overrides.bpm is not None or (not silent and seconds >= SHORTEST_SONG)
    grid = (
        find_grid(features, mono, rate, overrides)
        if may_beat
        else Grid(None, overrides.meter or 4, np.zeros(0), 0, 0.0)
    )
    say(0.75, "finding sections")
    if given is not None:
        found = given
        notes.append("sections given by hand")
    elif silent or seconds < SHORTEST_SONG:
        found = [(SectionLabel.INSTRUMENTAL, 0.0, seconds)]
    else:
        found = find_sections(features, grid.downbeats)
    say(0.8, "measuring loudness")
    lufs = integrated_loudness(samples, sample_rate)
    peak = true_peak(samples, sample_rate)
    energy, hop = energy_curve(features, sample_rate, count)
    say(1.0, "heard")
    return SongAnalysis(
        song=song,
        sample_rate=sample_rate,
        samples=count,
        channels=channels,
        bpm=grid.bpm,
        meter=grid.meter,
        confidence=grid.confidence,
        beats=_beats(grid, sample_rate, count),
        sections=_sections(found, features, sample_rate, count),
        energy=energy,
        energy_hop=hop,
        lufs=None if lufs is None else round(lufs, 2),
        true_peak=None if peak is None else round(peak, 2),
        lyrics=lyrics,
        notes=(*notes, *grid.notes),
    )


def _beats(grid: Grid, sample_rate: int, samples: int) -> tuple[Beat, ...]:
    places = [sample_from_seconds(float(time), sample_rate) for time in grid.beats]
    return tuple(
        Beat(place, (i - grid.first) // grid.meter, (i - grid.first) % grid.meter)
        for i, place in enumerate(places)
        if 0 <= place < samples
    )


def _sections(
    found: list[tuple[SectionLabel, float, float]], features: Features, sample_rate: int, samples: int
) -> tuple[Section, ...]:
    edges = [sample_from_seconds(start, sample_rate) for _, start, _ in found] + [samples]
    edges[0] = 0
    energy = section_energy(features, np.array([(start, end) for _, start, end in found]))
    return tuple(
        Section(name, Span(a, b), round(float(value), 3))
        for (name, _, _), a, b, value in zip(found, edges, edges[1:], energy)
        if b > a
    )


def energy_curve(features: Features, sample_rate: int, samples: int) -> tuple[tuple[float, ...], int]:
    """RMS 0..1 relative to the song's loud moments (99th percentile), and its hop in samples, a tenth of a second."""
    hop = max(1, round(sample_rate / 10))
    level = ndimage.gaussian_filter1d(features.level, 1.0, mode="nearest")
    at = np.arange(0, samples, hop) / sample_rate
    curve = np.interp(at, np.arange(len(level)) / features.slow_fps, level)
    loud = float(np.percentile(curve, 99)) if len(curve) else 0.0
    curve = np.clip(curve / loud, 0, 1) if loud > 1e-6 else np.zeros(len(curve))
    return tuple(round(float(value), 3) for value in curve), hop


def as_json(analysis: SongAnalysis) -> dict:
    """What `oner listen --json` prints: times in seconds, sections as label, start and end."""

    def seconds(sample: int) -> float:
        return round(seconds_from_sample(sample, analysis.sample_rate), 4)

    return {
        "bpm": analysis.bpm, "meter": analysis.meter, "confidence": analysis.confidence,
        "seconds": seconds(analysis.samples),
        "beats": [seconds(beat.sample) for beat in analysis.beats],
        "downbeats": [seconds(beat.sample) for beat in analysis.downbeats],
        "sections": [
            {"label": str(section.label), "start": seconds(section.span.start), "end": seconds(section.span.end)}
            for section in analysis.sections
        ],
        "lufs": analysis.lufs, "true_peak": analysis.true_peak,
        "lyrics": [[seconds(line.span.start), seconds(line.span.end), line.text] for line in analysis.lyrics],
        "notes": list(analysis.notes),
    }  # fmt: skip


def as_rows(analysis: SongAnalysis) -> tuple[list[tuple[str, str]], list[tuple[str, str, str, str, str]]]:
    """For a table: facts as (name, value), and sections as (label, start, length, bars, energy)."""

    def clock(sample: int) -> str:
        tenths = round(10 * seconds_from_sample(sample, analysis.sample_rate))
        return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"

    facts = [
        ("length", clock(analysis.samples)),
        ("tempo", "no regular beat" if analysis.bpm is None else f"{analysis.bpm:.2f} BPM"),
        ("meter", f"{analysis.meter}/4" if analysis.beats else "none"),
        ("confidence", f"{analysis.confidence:.0%}"),
        ("beats", f"{len(analysis.beats)}, {len(analysis.downbeats)} bars"),
        ("loudness", "silent" if analysis.lufs is None else f"{analysis.lufs:.1f} LUFS"),
        ("true peak", "none" if analysis.true_peak is None else f"{analysis.true_peak:.1f} dBTP"),
        ("sound", f"{analysis.sample_rate} Hz, {analysis.channels} channel{'s' if analysis.channels > 1 else ''}"),
    ]
    if analysis.lyrics:
        facts.append(("lyrics", f"{len(analysis.lyrics)} lines"))
    facts += [("note", note) for note in analysis.notes]
    rows = []
    for section in analysis.sections:
        bars = sum(beat.sample in section.span for beat in analysis.downbeats)
        length = seconds_from_sample(len(section.span), analysis.sample_rate)
        rows.append(
            (
                str(section.label),
                clock(section.span.start),
                f"{length:.1f} s",
                str(bars) if bars else "",
                f"{section.energy:.0%}",
            )
        )
    return facts, rows
