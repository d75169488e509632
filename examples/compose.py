"""Compose and synthesise the example song, "Night Train": chillwave in C major, 100 BPM, 4/4, 32 bars.

    python examples/compose.py examples/night_train.ogg

Everything is made here from oscillators and noise, so the song is the project's own (CC0) and its tempo, beats and form
are known exactly: intro 4 bars, verse 4, chorus 8, verse 4, chorus 8, outro 4, then a tail that fades.
"""

import sys
from pathlib import Path

import numpy as np
from scipy import signal

from oner.media import write_sound

RATE = 48_000
BPM = 100
BEAT = 60 / BPM
BAR = 4 * BEAT
LEAD_IN = 0.25  # seconds before the first downbeat
FORM = [("intro", 4), ("verse", 4), ("chorus", 8), ("verse", 4), ("chorus", 8), ("outro", 4)]
TAIL = 2.5
LENGTH = LEAD_IN + sum(bars for _, bars in FORM) * BAR + TAIL

# Chords as (bass note, voicing); numbers are MIDI notes.
F, G, EM = (41, (57, 60, 64, 69)), (43, (55, 59, 62, 67)), (40, (55, 59, 64, 67))
AM, C = (45, (57, 60, 64, 67)), (36, (55, 60, 64, 67))
CHORDS = {"intro": [AM, F, C, G], "verse": [AM, F, C, G], "chorus": [F, G, EM, AM], "outro": [F, G, AM, AM]}

# Melodies as (beat in the phrase, length in beats, MIDI note).
HOOK = [
    (0, 1.5, 69), (1.5, 1, 72), (2.5, 1.5, 76), (4, 2, 74), (6, 1, 71), (7, 1, 74), (8, 1.5, 76), (9.5, 1, 79),
    (10.5, 1.5, 76), (12, 3, 72), (16, 1, 69), (17, 0.5, 72), (17.5, 1, 76), (18.5, 1.5, 81), (20, 1.5, 79),
    (21.5, 1, 74), (22.5, 1.5, 76), (24, 1, 71), (25, 1, 76), (26, 1.5, 79), (27.5, 0.5, 76),
    (28, 2, 76), (30, 1.5, 72),
]  # fmt: skip
VERSE = [(0.5, 0.5, 64), (1, 1, 67), (2.5, 1.5, 69), (5, 0.5, 69), (5.5, 0.5, 67), (6, 2, 64), (8.5, 0.5, 64),
         (9, 1, 67), (10.5, 1.5, 72), (13, 1, 71), (14, 2, 67)]  # fmt: skip
FAREWELL = [(0, 1.5, 69), (1.5, 1, 72), (2.5, 1.5, 76), (4, 2, 74), (6, 2, 71), (8, 4, 72)]


def compose() -> np.ndarray:
    """The whole song as (2, samples) float32."""
    song = Song()
    bar = 0
    for number, (part, bars) in enumerate(FORM):
        song.part(part, bar, bars, first=number <= 2)
        bar += bars
    return song.mixed()


class Song:
    """Five tracks of the same length, mixed at the end; the kick makes the others duck."""

    def __init__(self) -> None:
        self.noise = np.random.default_rng(1986)
        self.tracks = {name: np.zeros((2, round(LENGTH * RATE))) for name in ("drums", "bass", "pad", "arp", "lead")}
        self.kicks: list[float] = []

    def put(self, track: str, at: float, sound: np.ndarray, gain: float = 1.0, pan: float = 0.0) -> None:
        """Add a mono sound at `at` seconds; pan -1 left to 1 right, equal power."""
        start = round(at * RATE)
        room = self.tracks[track].shape[1] - start
        angle = (pan + 1) * np.pi / 4
        self.tracks[track][:, start : start + len(sound)] += (
            gain * np.stack([np.cos(angle) * sound[:room], np.sin(angle) * sound[:room]]) * np.sqrt(2)
        )

    def part(self, part: str, bar: int, bars: int, first: bool) -> None:
        for n in range(bars):
            at = LEAD_IN + (bar + n) * BAR
            bass, voicing = CHORDS[part][n % 4]
            last = n == bars - 1
            self.chord(part, at, voicing, n / max(1, bars - 1))
            self.arpeggio(part, at, voicing, n / max(1, bars - 1))
            if part != "intro":
                self.bass_line(part, at, bass)
            if part != "outro":
                self.drum_bar(part, at, last, n, first)
        melody = {"chorus": HOOK, "verse": VERSE if not first else [], "outro": FAREWELL}.get(part, [])
        for beat, length, note in melody:
            self.lead_note(LEAD_IN + bar * BAR + beat * BEAT, length * BEAT, note, soft=part != "chorus")
        if part == "chorus":
            self.put("drums", LEAD_IN + bar * BAR, crash(self.noise), 0.22, 0.2)

    def chord(self, part: str, at: float, voicing, progress: float) -> None:
        bright = {"intro": 500 + 1200 * progress, "verse": 1500, "chorus": 4800, "outro": 1600 - 1000 * progress}[part]
        for n, note in enumerate(voicing):
            for side in (-1, 1):
                tone = saws(note, BAR + 0.35, self.noise, side)
                shaped = lowpass(tone, bright) * envelope(len(tone), 0.12, 0.5, 0.9, 0.35)
                self.put("pad", at, shaped, 0.075 if part == "chorus" else 0.06, side * (0.35 + 0.15 * n))

    def arpeggio(self, part: str, at: float, voicing, progress: float) -> None:
        steps = {"intro": 8, "verse": 8, "chorus": 16, "outro": 8}[part]
        order = [0, 2, 1, 3, 2, 1, 3, 2]
        for n in range(steps):
            note = voicing[order[n % 8]] + 12
            bright = {"intro": 800 + 1800 * progress, "verse": 2400, "chorus": 4200, "outro": 2200 * (1.1 - progress)}[
                part
            ]
            length = BAR / steps
            self.put(
                "arp", at + n * length, pluck(note, bright), 0.085 if steps == 8 else 0.065, 0.5 if n % 2 else -0.5
            )

    def bass_line(self, part: str, at: float, note: int) -> None:
        chorus = [(0, 0.75), (0.75, 0.5), (1.5, 0.5), (2, 0.75), (2.75, 0.5), (3.5, 0.5)]
        pattern = {"verse": [(0, 1.5), (1.5, 0.5), (2.5, 1.25)], "chorus": chorus, "outro": [(0, 3.5)]}[part]
        for n, (beat, length) in enumerate(pattern):
            octave = 12 if part == "chorus" and n in (2, 5) else 0
            self.put("bass", at + beat * BEAT, bass_note(note + octave, length * BEAT), 0.235)

    def drum_bar(self, part: str, at: float, last: bool, bar: int, first: bool) -> None:
        kicks = {
            "intro": [0] if bar >= 2 else [],
            "verse": [0, 1.75, 2.5],
            "chorus": [0, 1, 1.75, 2, 3],
        }[part]
        snares = {"intro": [], "verse": [1, 3], "chorus": [1, 3]}[part]
        for beat in kicks:
            self.kicks.append(at + beat * BEAT)
            self.put("drums", at + beat * BEAT, kick(), 0.52)
        for beat in snares:
            self.put("drums", at + beat * BEAT, snare(self.noise), 0.42 if part == "chorus" else 0.34, 0.05)
            if part == "chorus":
                self.put("drums", at + beat * BEAT + 0.008, clap(self.noise), 0.24, -0.15)
        for n in range(16 if part == "chorus" else 8):
            if part == "intro" and bar < 1:
                break
            beat = n * (0.25 if part == "chorus" else 0.5)
            swing = 0.02 * BEAT if n % 2 else 0.0
            accent = (1.0, 0.45, 0.7, 0.45)[n % 4] * self.noise.uniform(0.85, 1.1)
            opened = n % 4 == 2 and part == "chorus"
            self.put("drums", at + beat * BEAT + swing, hat(self.noise, opened), 0.15 * accent, 0.25)
        if last and part in ("verse", "intro"):
            for n, beat in enumerate((2.5, 2.75, 3, 3.25, 3.5, 3.75)):
                self.put("drums", at + beat * BEAT, tom(160 - 14 * n), 0.2 + 0.03 * n, -0.5 + 0.2 * n)
            self.put("drums", at + 2 * BEAT, riser(self.noise, 2 * BEAT), 0.12)

    def lead_note(self, at: float, length: float, note: int, soft: bool) -> None:
        tone = lead(note, length + 0.25)
        self.put("lead", at, lowpass(tone, 1900 if soft else 3600), 0.12 if soft else 0.15, 0.0)

    def mixed(self) -> np.ndarray:
        """Duck under the kick, add echo and reverb, warm up, fade out, set the level."""
        count = self.tracks["drums"].shape[1]
        duck = np.ones(count)
        dip = 1 - 0.55 * np.exp(-np.arange(round(0.32 * RATE)) / (0.11 * RATE))
        for at in self.kicks:
            start = round(at * RATE)
            duck[start : start + len(dip)] = np.minimum(duck[start : start + len(dip)], dip[: count - start])
        tracks = self.tracks
        echoed = echo(tracks["lead"] + 0.8 * tracks["arp"], 0.75 * BEAT, 0.42)
        dry = (
            tracks["drums"]
            + tracks["bass"] * (0.35 + 0.65 * duck)
            + (tracks["pad"] + tracks["arp"]) * duck
            + tracks["lead"]
        )
        wet = reverb(0.9 * tracks["pad"] + tracks["lead"] + 0.7 * tracks["arp"] + 0.16 * tracks["drums"], self.noise)
        mix = dry + 0.45 * echoed * duck + 0.36 * wet * (0.5 + 0.5 * duck)
        hiss = lowpass(self.noise.standard_normal(mix.shape), 6000) * 0.0012
        mix = np.tanh(0.95 * (highpass(mix, 28) + hiss)) / 0.95
        fade = np.minimum(1, (LENGTH - np.arange(count) / RATE) / TAIL).clip(0) ** 1.5
        mix *= fade
        return (mix / np.abs(mix).max() * 0.89).astype(np.float32)


# ------------------------------------------------------------------------------------------- instruments


def hertz(note: float) -> float:
    return 440 * 2 ** ((note - 69) / 12)


def clock(seconds: float) -> np.ndarray:
    return np.arange(round(seconds * RATE)) / RATE


def sawtooth(frequency, seconds: float, phase: float = 0.0) -> np.ndarray:
    """Band-limited enough: a saw with its step rounded off (polynomial correction over two samples)."""
    t = clock(seconds)
    step = np.broadcast_to(frequency / RATE, t.shape)
    turns = (phase + np.cumsum(step)) % 1
    wave = 2 * turns - 1
    low, high = turns < step, turns > 1 - step
    x = turns[low] / step[low]
    wave[low] -= x + x - x * x - 1
    x = (turns[high] - 1) / step[high]
    wave[high] -= x * x + x + x + 1
    return wave


def saws(note: int, seconds: float, noise, side: int) -> np.ndarray:
    """Three detuned saws that drift like tape."""
    t = clock(seconds)
    wow = 1 + 0.0012 * np.sin(2 * np.pi * 0.45 * t + noise.uniform(0, 6.28))
    return (
        sum(sawtooth(hertz(note + detune * side) * wow, seconds, noise.uniform()) for detune in (-0.09, 0.02, 0.11)) / 3
    )


def envelope(count: int, attack: float, decay: float, sustain: float, release: float) -> np.ndarray:
    n = np.arange(count) / RATE
    end = count / RATE
    rise = np.minimum(1, n / attack)
    fall = sustain + (1 - sustain) * np.exp(-np.maximum(0, n - attack) / decay)
    return rise * fall * np.clip((end - n) / release, 0, 1)


def lowpass(sound: np.ndarray, hertz_: float) -> np.ndarray:
    return signal.sosfilt(signal.butter(3, min(hertz_, RATE * 0.45), output="sos", fs=RATE), sound)


def highpass(sound: np.ndarray, hertz_: float) -> np.ndarray:
    return signal.sosfilt(signal.butter(2, hertz_, "high", output="sos", fs=RATE), sound)


def pluck(note: int, bright: float) -> np.ndarray:
    t = clock(0.5)
    tone = 0.6 * sawtooth(hertz(note), 0.5) + 0.4 * np.sign(np.sin(2 * np.pi * hertz(note) * t))
    return lowpass(tone, bright) * np.exp(-t / 0.13) * np.minimum(1, t / 0.003)


def lead(note: int, seconds: float) -> np.ndarray:
    """A hollow square with late vibrato and a short glide from below."""
    t = clock(seconds)
    vibrato = 0.16 * np.clip((t - 0.25) / 0.4, 0, 1) * np.sin(2 * np.pi * 5.1 * t)
    pitch = hertz(note + vibrato - 0.7 * np.exp(-t / 0.025))
    turns = np.cumsum(pitch / RATE)
    square = sum(np.sin(2 * np.pi * k * turns) / k for k in (1, 3, 5, 7))
    return (square + 0.35 * np.sin(2 * np.pi * turns * 2)) * envelope(len(t), 0.018, 0.4, 0.7, 0.2)


def bass_note(note: int, seconds: float) -> np.ndarray:
    t = clock(seconds)
    tone = 0.5 * lowpass(sawtooth(hertz(note), seconds), 620) + 0.8 * np.sin(2 * np.pi * hertz(note) * t)
    return np.tanh(1.4 * tone) * envelope(len(t), 0.006, 0.25, 0.75, 0.05)


def kick() -> np.ndarray:
    t = clock(0.34)
    body = np.sin(2 * np.pi * (48 * t + 6.2 * (1 - np.exp(-t / 0.032))))
    return np.tanh(1.8 * body * np.exp(-t / 0.12)) + 0.25 * np.exp(-t / 0.003) * np.sin(2 * np.pi * 1900 * t)


def snare(noise) -> np.ndarray:
    """A body, a rattle, and the cut-off reverb of the eighties."""
    t = clock(0.26)
    body = np.sin(2 * np.pi * (185 * t + 1.1 * (1 - np.exp(-t / 0.02)))) * np.exp(-t / 0.06)
    rattle = signal.sosfilt(
        signal.butter(2, (1200, 9000), "band", output="sos", fs=RATE), noise.standard_normal(len(t))
    )
    gate = np.clip((0.21 - t) / 0.015, 0, 1)
    return 0.8 * body + 0.55 * rattle * (np.exp(-t / 0.05) + 0.32 * gate)


def clap(noise) -> np.ndarray:
    t = clock(0.2)
    hits = sum(
        np.where(t >= d, np.exp(-(t - d).clip(0) / s), 0) for d, s in ((0, 0.006), (0.011, 0.006), (0.022, 0.06))
    )
    return hits * signal.sosfilt(
        signal.butter(2, (900, 4200), "band", output="sos", fs=RATE), noise.standard_normal(len(t))
    )


def hat(noise, opened: bool) -> np.ndarray:
    t = clock(0.25 if opened else 0.07)
    return highpass(noise.standard_normal(len(t)), 7500) * np.exp(-t / (0.075 if opened else 0.016))


def tom(pitch: float) -> np.ndarray:
    t = clock(0.3)
    return np.sin(2 * np.pi * (pitch * 0.7 * t + 2.2 * (1 - np.exp(-t / 0.05)))) * np.exp(-t / 0.11)


def crash(noise) -> np.ndarray:
    t = clock(2.2)
    return highpass(noise.standard_normal(len(t)), 4200) * np.exp(-t / 0.65) * np.minimum(1, t / 0.002)


def riser(noise, seconds: float) -> np.ndarray:
    t = clock(seconds)
    return highpass(noise.standard_normal(len(t)), 2500) * (t / seconds) ** 2.5


# ------------------------------------------------------------------------------------------------- rooms


def echo(sound: np.ndarray, seconds: float, feedback: float) -> np.ndarray:
    """Ping-pong delay: each repeat is darker, quieter and on the other side."""
    out, step, repeat = np.zeros_like(sound), round(seconds * RATE), sound
    for _ in range(5):
        repeat = lowpass(np.roll(repeat, step, axis=1)[::-1], 3200) * feedback
        repeat[:, :step] = 0
        out += repeat
    return out / feedback


def reverb(sound: np.ndarray, noise) -> np.ndarray:
    """Convolution with two seconds of decaying, darkening noise, different on both sides."""
    t = clock(2.4)
    tail = noise.standard_normal((2, len(t)))
    dark = lowpass(tail, 1800) * 2.0
    mix = np.exp(-t / 0.25)
    impulse = (tail * mix + dark * (1 - mix)) * np.exp(-t / 0.55) * np.minimum(1, t / 0.02)
    impulse /= np.sqrt((impulse**2).sum(axis=1, keepdims=True))
    return signal.fftconvolve(highpass(sound, 180), impulse, axes=1)[:, : sound.shape[1]]


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("night_train.ogg")
    write_sound(target, compose(), RATE)
    print(f"{target}: {LENGTH:.2f} s, {BPM} BPM, first downbeat at {LEAD_IN} s")
