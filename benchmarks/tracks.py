"""Synthesised songs whose beats, bars and sections are known: the ground truth of the song room.

`make_track(seed)` composes drums, bass, chords and a lead in one of several grooves (rock, four on the floor, funk,
shuffle, hip-hop, ballad, train, bossa, drum and bass, waltzes, ...), with fills, crashes, humanised timing, a form of
sections, and, by turns, an intro without drums, half-time bridges, a silent lead-in and a tempo that drifts by 3 %.
`make_beatless(kind, seed)` makes sound without a beat. Everything follows from the seed.
"""

from dataclasses import dataclass, field

import numpy as np

RATE = 44100


@dataclass(frozen=True)
class Groove:
    """Steps are fractions of a beat from the bar's start; each hit is (beat, loudness)."""

    name: str
    meter: int
    slowest: float
    fastest: float
    kick: tuple[tuple[float, float], ...]
    snare: tuple[tuple[float, float], ...]
    hat: tuple[float, ...]  # positions within a beat
    bass: str
    swing: float = 0.5  # where the second eighth of a beat falls
    open_hat: bool = False  # on the off-beats


# fmt: off
GROOVES = (
    Groove("rock", 4, 80, 180, ((0, 1), (2, 0.9), (2.5, 0.7)), ((1, 1), (3, 1)), (0, 0.5), "eighths"),
    Groove("floor", 4, 110, 150, ((0, 1), (1, 1), (2, 1), (3, 1)), ((1, 0.7), (3, 0.7)), (0.5,), "offbeat", 0.5, True),
    Groove("funk", 4, 84, 124, ((0, 1), (0.75, 0.6), (2.5, 0.9), (3.25, 0.5)),
           ((1, 1), (3, 1), (1.75, 0.25), (2.25, 0.25)), (0, 0.25, 0.5, 0.75), "syncopated"),
    Groove("shuffle", 4, 70, 140, ((0, 1), (2, 0.9)), ((1, 1), (3, 1)), (0, 0.5), "walking", 0.667),
    Groove("hiphop", 4, 70, 104, ((0, 1), (1.5, 0.6), (2.5, 0.9)), ((1, 1), (3, 1)), (0, 0.5), "syncopated", 0.58),
    Groove("ballad", 4, 60, 88, ((0, 1), (2, 0.7), (3.5, 0.4)), ((1, 0.8), (3, 0.8)), (0, 0.5), "root"),
    Groove("sixteenths", 4, 60, 108, ((0, 1), (1.75, 0.6), (2.5, 0.9)), ((1, 1), (3, 1)), (0, 0.25, 0.5, 0.75), "root"),
    Groove("synthwave", 4, 76, 124, ((0, 1), (1, 1), (2, 1), (3, 1)), ((1, 1), (3, 1)), (0, 0.5), "eighths"),
    Groove("stomp", 4, 96, 160, ((0, 1), (2, 1)), ((0, 0.6), (1, 1), (2, 0.6), (3, 1)), (0, 0.5), "eighths"),
    Groove("reggae", 4, 64, 92, ((2, 1),), ((2, 0.8),), (0, 0.5), "syncopated", 0.56),
    Groove("dembow", 4, 84, 108, ((0, 1), (1, 0.9), (2, 1), (3, 0.9)),
           ((0.75, 0.8), (1.5, 0.8), (2.75, 0.8), (3.5, 0.8)), (0, 0.5), "root"),
    Groove("train", 4, 90, 160, ((0, 1), (2, 0.9)), tuple((i / 2, 1.0 if i % 4 == 2 else 0.35) for i in range(8)), (),
           "root_fifth"),
    Groove("bossa", 4, 100, 150, ((0, 1), (1.5, 0.6), (2, 0.9), (3.5, 0.6)), ((0, 0.5), (1.5, 0.5), (3, 0.5)),
           (0, 0.5), "root_fifth"),
    Groove("jungle", 4, 160, 180, ((0, 1), (2.5, 1)), ((1, 1), (3, 1), (1.75, 0.3)), (0, 0.5), "root"),
    Groove("acoustic", 4, 66, 140, (), (), (), "root"),
    Groove("waltz", 3, 80, 180, ((0, 1),), ((1, 0.6), (2, 0.6)), (0,), "root"),
    Groove("rock waltz", 3, 66, 160, ((0, 1), (1.5, 0.5)), ((2, 1),), (0, 0.5), "root"),
    Groove("jazz waltz", 3, 100, 180, ((0, 0.9),), ((1, 0.4), (2.5, 0.3)), (0, 0.5), "walking", 0.64),
    Groove("acoustic waltz", 3, 80, 160, (), (), (), "root"),
)
# fmt: on

PROGRESSIONS = (
    (0, 5, 3, 4), (0, 4, 5, 3), (5, 3, 0, 4), (0, 3, 4, 3), (1, 4, 0, 5), (0, 2, 3, 4), (5, 4, 3, 4), (0, 3, 0, 4),
    (3, 0, 4, 5),
)  # fmt: skip


@dataclass
class Track:
    """A synthesised song: `samples` (channels, n) float32; times in seconds; sections as (label, start, end)."""

    name: str
    samples: np.ndarray
    rate: int
    bpm: float
    meter: int
    beats: np.ndarray
    downbeats: np.ndarray
    sections: list[tuple[str, float, float]] = field(default_factory=list)
    traits: tuple[str, ...] = ()


# ------------------------------------------------------------------------------------------- instruments


def _decay(seconds: float, tau: float) -> np.ndarray:
    return np.exp(-np.arange(int(seconds * RATE)) / (tau * RATE))


def _band(noise: np.ndarray, low: float, high: float) -> np.ndarray:
    spectrum = np.fft.rfft(noise)
    frequency = np.fft.rfftfreq(len(noise), 1 / RATE)
    spectrum *= 1 / (1 + (low / np.maximum(frequency, 1)) ** 4) / (1 + (frequency / high) ** 4)
    return np.fft.irfft(spectrum, len(noise))


def _kit(rng: np.random.Generator) -> dict[str, np.ndarray]:
    def noise(seconds: float) -> np.ndarray:
        return rng.standard_normal(int(seconds * RATE))

    time = np.arange(int(0.35 * RATE)) / RATE
    bottom, sweep = rng.uniform(42, 60), rng.uniform(60, 180)
    kick = np.sin(2 * np.pi * (bottom * time + sweep * 0.03 * (1 - np.exp(-time / 0.03)))) * np.exp(
        -time / rng.uniform(0.07, 0.14)
    )
    kick[: int(0.01 * RATE)] += 0.25 * noise(0.01) * _decay(0.01, 0.003)
    tone = rng.uniform(160, 240)
    snare = 0.5 * np.sin(2 * np.pi * tone * time[: int(0.25 * RATE)]) * _decay(0.25, 0.05)
    snare += _band(noise(0.25), 900, 9000) * _decay(0.25, rng.uniform(0.05, 0.1))
    rim = np.sin(2 * np.pi * 1700 * time[: int(0.06 * RATE)]) * _decay(0.06, 0.012) + 0.3 * noise(0.06) * _decay(
        0.06, 0.005
    )
    hat = _band(noise(0.09), 6500, 16000) * _decay(0.09, rng.uniform(0.015, 0.035))
    open_hat = _band(noise(0.35), 6000, 16000) * _decay(0.35, 0.12)
    ride = _band(noise(0.5), 4000, 12000) * _decay(0.5, 0.15) * 0.6
    crash = _band(noise(1.8), 3000, 14000) * _decay(1.8, 0.5)
    tom = np.sin(2 * np.pi * (90 * time + 1.5 * (1 - np.exp(-time / 0.05)))) * np.exp(-time / 0.12)
    kit = {
        "kick": kick,
        "snare": snare,
        "rim": rim,
        "hat": hat,
        "open": open_hat,
        "ride": ride,
        "crash": crash,
        "tom": tom,
    }
    level = {"kick": 0.9, "snare": 0.55, "rim": 0.4, "hat": 0.22, "open": 0.2, "ride": 0.18, "crash": 0.3, "tom": 0.6}
    return {name: sound / np.abs(sound).max() * level[name] for name, sound in kit.items()}


def _note(voice: str, pitch: float, seconds: float) -> np.ndarray:
    """One note; pitch is a MIDI number."""
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    n = max(int(seconds * RATE), 64)
    time = np.arange(n) / RATE
    attack, tau, partials, slope = {
        "piano": (0.003, 0.5, 8, 1.3), "epiano": (0.005, 0.8, 4, 2.0), "guitar": (0.002, 0.35, 12, 1.0),
        "pad": (0.06, 9.0, 6, 1.4), "organ": (0.012, 9.0, 5, 0.8), "bass": (0.004, 0.4, 5, 1.4),
        "lead": (0.015, 2.0, 7, 1.1),
    }[voice]  # fmt: skip
    sound = np.zeros(n)
    for k in range(1, partials + 1):
        if k * frequency < 9000:
            decay = np.exp(-time * k**0.5 / tau) if tau < 5 else 1.0
            sound += np.sin(2 * np.pi * k * frequency * time + k) * decay / k**slope
    release = min(0.03, seconds / 3)
    envelope = np.minimum(1, time / attack) * np.clip((n / RATE - time) / release, 0, 1)
    return sound * envelope


# ------------------------------------------------------------------------------------------- composition


class _Song:
    """Adds sounds at musical positions; positions are in beats from the first downbeat."""

    def __init__(self, rng: np.random.Generator, beat_times: np.ndarray, swing: float, seconds: float):
        self.rng, self.times, self.swing = rng, beat_times, swing
        self.mix = np.zeros((2, int(seconds * RATE)))
        self.jitter = rng.choice([0.0, 0.002, 0.004, 0.007])
        self.notes: dict[tuple, np.ndarray] = {}

    def at(self, beat: float) -> float:
        whole = int(np.floor(beat))
        inside = beat - whole
        inside = inside * 2 * self.swing if inside < 0.5 else self.swing + (inside - 0.5) * 2 * (1 - self.swing)
        whole = min(whole, len(self.times) - 2)
        return self.times[whole] + inside * (self.times[whole + 1] - self.times[whole])

    def add(self, sound: np.ndarray, beat: float, gain: float, pan: float = 0.0) -> None:
        start = int((self.at(beat) + self.rng.normal(0, self.jitter)) * RATE)
        if start < 0 or start >= self.mix.shape[1]:
            return
        sound = sound[: self.mix.shape[1] - start] * gain * self.rng.uniform(0.85, 1.0)
        self.mix[0, start : start + len(sound)] += sound * (1 - max(pan, 0))
        self.mix[1, start : start + len(sound)] += sound * (1 + min(pan, 0))

    def note(self, voice: str, pitch: float, beat: float, beats: float, gain: float, pan: float = 0.0) -> None:
        seconds = self.at(beat + beats) - self.at(beat)
        key = (voice, pitch, round(seconds, 2))
        if key not in self.notes:
            self.notes[key] = _note(*key)
        self.add(self.notes[key], beat, gain, pan)


def _scale_pitch(root: int, degree: int, minor: bool) -> int:
    steps = (0, 2, 3, 5, 7, 8, 10) if minor else (0, 2, 4, 5, 7, 9, 11)
    return root + 12 * (degree // 7) + steps[degree % 7]


@dataclass
class _Part:
    label: str
    start: int  # bar
    bars: int
    progression: tuple[int, ...]
    drums: str  # none, hats, full, half, loud
    loud: float
    comp: str
    lead: bool


def _drums_bar(song: _Song, kit: dict[str, np.ndarray], groove: Groove, part: _Part, bar: int, last: bool) -> None:
    beat, rng = bar * groove.meter, song.rng
    if part.drums == "none" or not groove.kick:
        return
    fill = last and rng.random() < 0.7
    until = groove.meter - (1 if fill else 0)
    if part.drums != "hats":
        kick, snare = groove.kick, groove.snare
        if part.drums == "half" and groove.meter == 4:
            kick, snare = ((0, 1.0), (1.5, 0.5)), ((2, 1.0),)
        for position, level in kick:
            if position < until and rng.random() < 0.96:
                song.add(kit["kick"], beat + position, level)
        drum = kit["rim" if groove.name in ("bossa", "ballad") and part.label == "verse" else "snare"]
        for position, level in snare:
            if position < until and rng.random() < 0.97:
                song.add(drum, beat + position, level, 0.1)
    cymbal = kit["ride" if part.drums == "loud" and groove.name != "floor" else "open" if groove.open_hat else "hat"]
    for i in range(until):
        for position in groove.hat:
            song.add(cymbal, beat + i + position, 0.9 if position == 0 or groove.open_hat else 0.6, -0.3)
    if fill:
        for k in range(4):
            song.add(kit["tom" if k % 2 else "snare"], beat + until + k / 4, 0.5 + 0.12 * k)
    if part.drums in ("full", "loud") and bar == part.start:
        song.add(kit["crash"], beat, 0.9, 0.3)


def _bass_bar(song: _Song, style: str, pitch: int, meter: int, beat: int, gain: float) -> None:
    if style == "eighths":
        for k in range(2 * meter):
            song.note("bass", pitch, beat + k / 2, 0.45, gain * (1 if k % 2 == 0 else 0.8))
    elif style == "offbeat":
        for k in range(meter):
            song.note("bass", pitch, beat + k + 0.5, 0.4, gain)
    elif style == "walking":
        for k, step in enumerate((0, 4, 7, 9)[:meter]):
            song.note("bass", pitch + step, beat + k, 0.9, gain)
    elif style == "root_fifth":
        song.note("bass", pitch, beat, meter / 2 - 0.1, gain)
        song.note("bass", pitch + 7, beat + meter / 2, meter / 2 - 0.1, gain)
    elif style == "syncopated":
        for position, length in ((0, 0.7), (0.75, 0.5), (2.5, 0.9), (3.5, 0.4)):
            if position < meter:
                song.note("bass", pitch, beat + position, length, gain)
    else:
        song.note("bass", pitch, beat, meter - 0.1, gain)


def _chord(
    song: _Song, comp: str, voice: str, pitches: list[int], meter: int, beat: float, beats: float, gain: float
) -> None:
    hits = {
        "held": [(0.0, beats)], "quarters": [(float(k), 0.9) for k in range(int(beats))],
        "offbeats": [(k + 0.5, 0.35) for k in range(int(beats))],
        "charleston": [(0.0, 1.2), (1.5, min(1.0, beats - 1.5))] if beats >= 2 else [(0.0, beats)],
        "oompah": [(float(k), 0.6) for k in range(1, int(beats))] if meter == 3 else [(0.0, beats)],
        "eighths": [(k / 2, 0.45) for k in range(int(2 * beats))],
    }.get(comp)  # fmt: skip
    if hits is None:  # arpeggio
        for k in range(int(2 * beats)):
            song.note(voice, pitches[(k * 2) % len(pitches)] + 12 * (k % 4 == 3), beat + k / 2, 0.9, gain * 1.4, 0.2)
        return
    for position, length in hits:
        for i, pitch in enumerate(pitches):
            song.note(voice, pitch, beat + position + (0.004 * i if voice == "guitar" else 0), length, gain, 0.2)


def _form(rng: np.random.Generator, groove: Groove, bpm: float, seconds: float, quiet_intro: bool) -> list[_Part]:
    bar = groove.meter * 60 / bpm
    unit = 8 if seconds / bar >= 44 else 4
    verse, chorus, bridge = (PROGRESSIONS[i] for i in rng.choice(len(PROGRESSIONS), 3, replace=False))
    comps = ["held", "quarters", "charleston", "arpeggio", "eighths", "offbeats"]
    if not groove.kick:  # without drums the chords carry the beat
        comps = ["quarters", "arpeggio", "eighths"]
    elif groove.meter == 3:
        comps = ["held", "quarters", "oompah", "arpeggio"]
    a, b, c = rng.choice(comps, 3, replace=False)
    kinds = {
        "intro": (verse, "none" if quiet_intro else "hats", 0.7, a if quiet_intro else b, False),
        "verse": (verse, "full", 0.8, a, True), "chorus": (chorus, "loud", 1.0, b, True),
        "bridge": (bridge, rng.choice(["half", "none", "full"]), 0.75, c, False),
        "outro": (verse, "hats", 0.6, a, False),
    }  # fmt: skip
    order = ["intro", "verse", "chorus", "verse", "chorus", "bridge", "chorus", "chorus", "verse", "chorus"]
    parts, at, bars = [], 0, int(seconds / bar)
    for i, label in enumerate(order):
        length = 4 if label == "intro" and rng.random() < 0.7 else unit
        if i > 1 and at + length + 4 > bars:
            break
        parts.append(_Part(label, at, length, *kinds[label]))
        at += length
    parts.append(_Part("outro", at, 4, *kinds["outro"]))
    return parts


def beat_grid(bpm: float, count: int, start: float, drift: str, rng: np.random.Generator) -> np.ndarray:
    """`count` beat times in seconds. Drift is 3 % in all: "none", "up", "down" or "wave"."""
    place = np.arange(count) / max(count - 1, 1)
    change = {"none": 0 * place, "up": 0.03 * place, "down": -0.03 * place,
              "wave": 0.015 * np.sin(2 * np.pi * (place * rng.uniform(1.0, 2.0) + rng.random()))}[drift]  # fmt: skip
    periods = 60 / (bpm * (1 + change))
    return start + np.concatenate([[0], np.cumsum(periods)[:-1]])


def make_track(
    seed: int,
    seconds: float = 60.0,
    bpm: float | None = None,
    groove: str | None = None,
    drift: str | None = None,
    quiet_intro: bool | None = None,
    lead_in: float | None = None,
) -> Track:
    """Compose and play one song; what is not given is drawn from the seed."""
    rng = np.random.default_rng([20260, seed])
    bpm = float(rng.uniform(60, 180)) if bpm is None else bpm
    fitting = [g for g in GROOVES if (g.name == groove if groove else g.slowest <= bpm <= g.fastest)]
    beat_type = fitting[rng.integers(len(fitting))]
    drift = str(rng.choice(["none", "none", "up", "down", "wave"])) if drift is None else drift
    quiet_intro = bool(rng.random() < 0.5) if quiet_intro is None else quiet_intro
    lead_in = float(rng.choice([0.0, 0.05, rng.uniform(0.3, 4.0)])) if lead_in is None else lead_in
    parts = _form(rng, beat_type, bpm, seconds, quiet_intro)
    meter, bars = beat_type.meter, parts[-1].start + parts[-1].bars
    times = beat_grid(bpm, bars * meter + 2, lead_in, drift, rng)
    song = _Song(rng, times, beat_type.swing, times[bars * meter] + 1.5)
    kit, minor, root = _kit(rng), bool(rng.random() < 0.5), int(rng.integers(48, 60))
    voices = ["piano", "epiano", "guitar", "pad", "organ"] if beat_type.kick else ["piano", "guitar"]
    voice, lead = rng.choice(voices), rng.choice(["lead", "piano"])
    drum_level, chord_level = rng.uniform(0.6, 1.0), rng.uniform(0.05, 0.11)
    chord_level *= 1.0 if beat_type.kick else 2.0
    harmonic = rng.choice(["bar", "bar", "bar", "half", "two", "push"])
    for part in parts:
        for bar in range(part.start, part.start + part.bars):
            _play_bar(
                song,
                kit,
                beat_type,
                part,
                bar,
                (root, minor, str(voice), str(lead), drum_level, chord_level, str(harmonic)),
            )
    mix = np.tanh(1.1 * song.mix) + rng.normal(0, 10 ** rng.uniform(-4.5, -3), song.mix.shape)
    mix *= 0.8 / np.abs(mix).max()
    mix[:, : int(max(0, lead_in - 0.03) * RATE)] = 0
    edges = [times[p.start * meter] for p in parts] + [times[bars * meter]]
    traits = (
        beat_type.name,
        f"{meter}/4",
        f"drift {drift}",
        f"lead-in {lead_in:.1f}",
        "quiet intro" if quiet_intro else "",
        str(harmonic),
    )
    count = bars * meter
    sections = list(zip([p.label for p in parts], edges, edges[1:]))
    name, sound = f"{seed} {beat_type.name} {bpm:.1f}", mix.astype(np.float32)
    return Track(name, sound, RATE, bpm, meter, times[:count], times[:count:meter], sections, traits)


def _play_bar(song: _Song, kit: dict, groove: Groove, part: _Part, bar: int, sound: tuple) -> None:
    root, minor, voice, lead, drum_level, chord_level, harmonic = sound
    meter, beat, rng = groove.meter, bar * groove.meter, song.rng
    scaled = {name: hit * drum_level * (1.0 if part.drums == "loud" else 0.85) for name, hit in kit.items()}
    _drums_bar(song, scaled, groove, part, bar, bar == part.start + part.bars - 1)
    inside = bar - part.start
    step = inside // 2 if harmonic == "two" else inside
    degrees = [part.progression[step % 4]]
    if harmonic == "half" and meter == 4 and inside % 2 == 1:
        degrees.append(part.progression[(step + 1) % 4])
    span = meter / len(degrees)
    for k, degree in enumerate(degrees):
        pitches = [_scale_pitch(root + 12, degree + step, minor) for step in (0, 2, 4)]
        early = 0.5 if harmonic == "push" and inside % 4 == 3 else 0.0
        _chord(song, part.comp, voice, pitches, meter, beat + k * span - early, span, chord_level * part.loud)
        if part.drums != "none" and k == 0:
            _bass_bar(
                song,
                groove.bass,
                _scale_pitch(root - 12 * (root > 52), degree, minor) - 12,
                meter,
                beat,
                0.22 * part.loud,
            )
    if part.lead:
        position = 0.0
        while position < meter:
            length = float(rng.choice([0.5, 0.5, 1.0, 1.5]))
            if rng.random() < 0.75:
                pitch = _scale_pitch(root + 24, degrees[0] + int(rng.choice([0, 1, 2, 4])), minor)
                song.note(lead, pitch, beat + position, min(length, meter - position), 0.09 * part.loud, -0.2)
            position += length


# ----------------------------------------------------------------------------------- sound without a beat

BEATLESS = ("rubato", "ambient", "speech", "noise", "rain", "tone")


def make_beatless(kind: str, seed: int, seconds: float = 45.0) -> Track:
    """Sound without a regular pulse: rubato piano, ambient pads, speech-like syllables, noise, rain, one long tone."""
    rng = np.random.default_rng([20261, seed])
    mix, at = np.zeros(int(seconds * RATE)), 0.2

    def put(sound: np.ndarray, time: float) -> None:
        start = int(time * RATE)
        sound = sound[: max(0, len(mix) - start)]
        mix[start : start + len(sound)] += sound

    if kind == "rubato":
        pace = 0.5
        while at < seconds:
            for pitch in rng.choice([48, 52, 55, 60, 64, 67, 71, 72], rng.integers(1, 4)):
                put(_note("piano", int(pitch), 2.0) * rng.uniform(0.05, 0.2), at + rng.uniform(0, 0.03))
            pace = float(np.clip(pace * np.exp(rng.normal(0, 0.2)), 0.25, 1.1))
            at += pace * float(rng.choice([0.5, 1, 1, 1.5, 2.2])) * np.exp(rng.normal(0, 0.15))
    elif kind == "ambient":
        while at < seconds:
            length = rng.uniform(5, 12)
            swell = np.hanning(int(length * RATE))
            put(
                _note("pad", int(rng.choice([45, 52, 57, 60, 64])), length)[: len(swell)]
                * swell[: int(length * RATE)]
                * 0.15,
                at,
            )
            at += rng.uniform(1.5, 5)
    elif kind == "speech":
        while at < seconds:
            length = rng.gamma(5, 0.035)
            voiced = _note("lead", rng.uniform(42, 50), length) + 0.3 * _band(
                rng.standard_normal(max(int(length * RATE), 64)), 500, 3000
            )
            put(voiced * np.hanning(len(voiced)) * rng.uniform(0.1, 0.3), at)
            at += length * rng.uniform(0.8, 1.2) + (rng.uniform(0.3, 0.9) if rng.random() < 0.15 else 0.02)
    elif kind == "noise":
        mix += rng.standard_normal(len(mix)) * 0.1
    elif kind == "rain":
        for time in rng.uniform(0, seconds, int(12 * seconds)):
            put(
                _band(rng.standard_normal(1000), 1500, 9000)
                * _decay(1000 / RATE, 0.004)[:1000]
                * rng.uniform(0.02, 0.3),
                time,
            )
    elif kind == "tone":
        mix += 0.3 * np.sin(2 * np.pi * 220 * np.arange(len(mix)) / RATE)
    mix *= 0.7 / np.abs(mix).max()
    return Track(f"{seed} {kind}", mix[None].astype(np.float32), RATE, 0.0, 4, np.zeros(0), np.zeros(0), traits=(kind,))
