"""The beat grid of a song: what was heard, or what the user says, or nothing."""

from dataclasses import dataclass

import numpy as np

from .attack import attack_offset
from .features import Features
from .metre import MEASURES, METERS, WEIGHTS, Reading, likelihoods, readings, sounding
from .overrides import Overrides, read_taps
from .pulse import Pulse, find_pulse

SURE_ENOUGH = 0.25  # below this confidence no grid is given
FEW_SECONDS = 12.0  # in less sound than this the level of the beat is often misjudged


@dataclass(frozen=True)
class Grid:
    """`beats` in seconds; bars start at `beats[first::meter]`. Without a beat: bpm None, no beats."""

    bpm: float | None
    meter: int
    beats: np.ndarray
    first: int
    confidence: float
    notes: tuple[str, ...] = ()

    @property
    def downbeats(self) -> np.ndarray:
        return self.beats[self.first :: self.meter]


def find_grid(features: Features, mono: np.ndarray, rate: float, overrides: Overrides) -> Grid:
    """Hear the beat, with everything that is given by hand taken as true."""
    if overrides.taps is not None:
        return _tapped(features, overrides)
    meters = METERS if overrides.meter is None else (overrides.meter,)
    pulse = find_pulse(features, overrides.bpm)
    found = readings(features, pulse, **({"levels": (1.0,)} if overrides.bpm else {}), meters=meters) if pulse else []
    confidence = 0.0
    if found:
        chance = likelihoods(found)
        best = found[int(chance.argmax())]
        same = np.array([r.level == best.level and r.phase == best.phase for r in found])
        confidence = heard_clearly(pulse, best) * (0.5 + 0.5 * float(chance[same].sum()))
        confidence *= min(1.0, features.seconds / FEW_SECONDS)
    if overrides.bpm is not None and confidence < SURE_ENOUGH:
        return _ruled(features, overrides, confidence)
    if confidence < SURE_ENOUGH:
        notes = ("no regular beat found: sections follow sound alone; give a tempo or tapped beats if there is one",)
        if overrides.first_downbeat is not None:
            notes += ("the first downbeat given is not used: there is no beat to count from (give the tempo as well)",)
        return Grid(None, overrides.meter or 4, np.zeros(0), 0, round(confidence, 3), notes)
    beats = best.beats + attack_offset(mono, rate, best.beats)
    beats = beats[(beats >= 0) & (beats < features.seconds)]
    first = (
        best.first - (len(best.beats) - len(beats) if best.beats[0] < 0.05 and beats[0] > best.beats[1] - 0.06 else 0)
    ) % best.meter
    bpm, notes = round(60 / best.period, 2), []
    if overrides.first_downbeat is not None:
        beats, first = _placed(beats, overrides.first_downbeat, best.meter, features.seconds)
        notes.append("first downbeat given by hand")
    if overrides.bpm is not None:
        bpm, confidence = overrides.bpm, max(confidence, 0.5)
        notes.append("tempo given by hand")
    if overrides.meter is not None:
        notes.append("meter given by hand")
    if not pulse.steady:
        slow, fast = np.percentile(60 / np.maximum(np.diff(beats), 1e-3), (5, 95))
        notes.append(f"the tempo moves between {slow:.1f} and {fast:.1f} BPM")
    return Grid(bpm, best.meter, beats, first, round(confidence, 3), tuple(notes))


def heard_clearly(pulse: Pulse, best: Reading) -> float:
    """0..1: how sure it is that there is a beat at all, whatever its level.

    Over 68 synthesised songs, three real ones and 30 s of each, `evidence` is 0.6 and more; over rubato piano (the
    hardest), speech, rain, noise and pads it is 0.57 and less. One steady tempo is rare by chance; a tempo that may
    wander finds something in any sound, so there a reading that scores well counts too.
    """
    if pulse.strength < 0.15:
        return 0.0
    measures = dict(zip(MEASURES, best.measures))
    evidence = pulse.strength + 0.35 * min(measures["beats hit"], 0.7)
    evidence += 0.12 * float(np.clip(measures["returns after bar"], 0, 0.5))
    evidence += 0.16 if pulse.steady else 0.01 * (min(float(best.measures @ np.array(WEIGHTS)), 22) - 12)
    return float(np.clip((evidence - 0.55) / 0.1, 0, 1))


def _placed(beats: np.ndarray, downbeat: float, meter: int, seconds: float) -> tuple[np.ndarray, int]:
    """The grid moved so that a beat falls on `downbeat`, cut to start at most one bar's pick-up before it."""
    period = float(np.median(np.diff(beats)))
    while beats[0] > downbeat + period / 2:
        beats = np.concatenate([[beats[0] - period], beats])
    while beats[-1] < downbeat - period / 2:
        beats = np.concatenate([beats, [beats[-1] + period]])
    nearest = int(np.abs(beats - downbeat).argmin())
    moved = beats + (downbeat - beats[nearest])
    moved[nearest] = downbeat
    start = max(0, nearest - meter + 1)
    moved, first = moved[start:], nearest - start
    early = int((moved < 0).sum())
    return moved[early:][moved[early:] < seconds], first - early


def _ruled(features: Features, overrides: Overrides, confidence: float) -> Grid:
    """A grid at exactly the given tempo, for sound in which it cannot be heard."""
    period, meter = 60 / overrides.bpm, overrides.meter or 4
    anchor = overrides.first_downbeat
    notes = ["tempo given by hand; it could not be heard in the sound, so the grid is ruled at exactly this tempo"]
    start, end = sounding(features)
    if anchor is None:
        anchor = start
        notes.append("bars start with the first sound: give the first downbeat if that is wrong")
    pickup = min(meter - 1, int((anchor - start) / period + 1e-6)) if anchor > start else 0
    beats = anchor + period * np.arange(-pickup, max(1, int(np.ceil((max(end, anchor + period) - anchor) / period))))
    beats = beats[(beats >= 0) & (beats < features.seconds)]
    return Grid(overrides.bpm, meter, beats, pickup, max(confidence, 0.5), tuple(notes))


def _tapped(features: Features, overrides: Overrides) -> Grid:
    taps, marked = read_taps(overrides.taps, features.seconds)
    notes = ["beats tapped by hand"]
    period = float(np.median(np.diff(taps)))
    meter, first = overrides.meter, None
    if overrides.first_downbeat is not None:
        first = int(np.abs(taps - overrides.first_downbeat).argmin())
    elif marked is not None:
        first = int(marked.argmax())
    if meter is None and marked is not None and marked.sum() > 1:
        meter = int(np.median(np.diff(np.flatnonzero(marked))))
    if meter is None or first is None:
        lead, tail = (int(np.ceil(span / period)) + 4 for span in (taps[0], features.seconds - taps[-1]))
        steps = np.concatenate(
            [taps[0] - period * np.arange(lead, 0, -1), taps, taps[-1] + period * np.arange(1, tail + 1)]
        )
        frames = np.arange(features.flux.shape[1]) / features.fps
        pulse = Pulse(np.interp(frames, steps, np.arange(-lead, len(taps) + tail)), features.fps, True, 1.0, np.ones(1))
        found = readings(features, pulse, (1.0,), (meter,) if meter else METERS, as_tapped=True)
        if first is not None:
            found = [r for r in found if (first - _first_bar(taps, r)) % r.meter == 0]
        if found:
            best = found[int(likelihoods(found).argmax())]
            meter, first = best.meter, _first_bar(taps, best) if first is None else first
    meter, first = meter or 4, first or 0
    if overrides.first_downbeat is None:
        first %= meter
    start = max(0, first - meter + 1)
    return Grid(round(60 / period, 2), meter, taps[start:], first - start, 1.0, tuple(notes))


def _first_bar(taps: np.ndarray, reading: Reading) -> int:
    """Index of the first tap that starts a bar; the reading may begin before the taps do."""
    bars = reading.beats[reading.first :: reading.meter]
    inside = bars[bars > taps[0] - reading.period / 2]
    return int(np.abs(taps - inside[0]).argmin()) if len(inside) else 0
