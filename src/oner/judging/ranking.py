"""From measurements to ranks: the score of a take, the seam between two, the difference between two, and the choice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from ..errors import InputError
from ..film import Score, Shot, TransitionKind
from .measure import Measured, Signature

# What each part is worth in a take's total; parts that are not known (seam, difference) share nothing.
WEIGHTS = {
    "camera": 0.20,  # the move that was asked for is the move that is seen
    "cuts": 0.14,  # no cut inside the take
    "black": 0.12,  # no black pictures
    "freeze": 0.10,  # the picture does not stand still while the take moves elsewhere
    "flicker": 0.10,  # brightness does not pump from picture to picture
    "motion": 0.08,  # something moves, and not too much for the eye
    "smoothness": 0.08,  # the camera does not jerk
    "sharpness": 0.06,
    "sharpness kept": 0.05,  # as sharp at the end as at the start
    "exposure": 0.04,  # brightness does not drift
    "colour": 0.03,  # nor does colour
    "seam": 0.10,  # fits the neighbours' chosen takes
    "difference": 0.05,  # is not the double of another take of the shot
}
SEAM_WEIGHT = 0.35  # of a seam against a take's total, when picks are chosen
_JERKY = ("handheld",)  # moves that are meant to be unsteady
_LOOKING_AWAY = ("pan left", "pan right", "tilt up", "tilt down", "crane up", "fly-through")  # brightness may change


@dataclass(frozen=True)
class Candidate:
    """A take that could be used for its shot: its id, its total score and its measurements."""

    take: str
    total: float
    measured: Measured


def _falling(value: float, half: float) -> float:
    """1 at zero, 0.5 at `half`, towards 0 beyond."""
    return 1.0 / (1.0 + (max(value, 0.0) / half) ** 2)


def score(measured: Measured, take: str, seam: float | None = None, difference: float | None = None) -> Score:
    """Rank a take: every part 0..1 with 1 the best, and their sum weighted by WEIGHTS.

    `seam` is how well it fits its neighbours' chosen takes, `difference` how far it is from the shot's other takes;
    both are left out where they are not known.
    """
    m = measured
    parts = {
        "camera": m.agreements[m.camera],
        "cuts": 0.0 if m.cuts else 1.0,
        "black": max(0.0, 1.0 - 4 * m.black / m.frames),
        "freeze": max(0.0, 1.0 - 3 * m.frozen / m.frames),
        "flicker": _falling(m.flicker, 2.5),
        "motion": _motion(m),
        "smoothness": 1.0 if m.camera in _JERKY else _falling(m.unsteadiness, 0.12),
        "sharpness": float(1 - np.exp(-m.sharpness / 0.12)),
        "sharpness kept": min(1.0, m.sharpness_kept / 0.9),
        "exposure": _falling(m.exposure_drift, 110.0 if m.camera in _LOOKING_AWAY else 60.0),
        "colour": _falling(m.colour_drift, 30.0 if m.camera in _LOOKING_AWAY else 18.0),
    }
    if seam is not None:
        parts["seam"] = seam
    if difference is not None:
        parts["difference"] = min(1.0, difference / 0.15)
    whole = sum(WEIGHTS[name] for name in parts)
    total = sum(WEIGHTS[name] * value for name, value in parts.items()) / whole
    return Score(take, round(total, 4), {name: round(value, 4) for name, value in parts.items()}, remarks(m))


def _motion(m: Measured) -> float:
    """Enough motion to be alive, not too much to follow; a still scene under a still camera is calm."""
    alive = 0.45 + 0.55 * (1 - np.exp(-m.motion / 0.01)) if m.camera == "static" else 1 - np.exp(-m.motion / 0.015)
    return float(alive * _falling(m.motion, 2.5))


def remarks(m: Measured) -> tuple[str, ...]:
    """What a person should know about the take, in words."""
    found = [f"cut inside the take at frame {cut}" for cut in m.cuts[:3]]
    if len(m.cuts) > 3:
        found.append(f"{len(m.cuts) - 3} more cuts")
    if m.black:
        found.append(f"black for {m.black} {'frame' if m.black == 1 else 'frames'}")
    if m.frozen:
        found.append(f"frozen for {m.longest_freeze} frames")
    if m.still:
        found.append("nothing moves")
    if m.flicker > 2.5:
        found.append(f"brightness flickers by {m.flicker:.1f} levels")
    if m.sharpness_kept < 0.7:
        found.append("grows soft towards the end")
    best, agreement = max(m.agreements.items(), key=lambda item: item[1])
    asked = m.agreements[m.camera]
    if best != m.camera and asked < 0.5 * agreement:
        found.append(f"camera looks like {best}, not {m.camera}")
    elif asked < 0.25:
        found.append(f"{m.camera} can hardly be seen")
    return tuple(found)


# ------------------------------------------------------------------------------------------- pairs of takes


def seam(before: Measured, after: Measured, continues: bool = False) -> float:
    """How well `after` follows `before`, 0..1.

    Where a shot continues another (`continues`), the last and the first picture should be the same and the motion
    should go on. At a cut the brightness and colour should not jump, and two pictures that are nearly the same make a
    jump cut.
    """
    a, b = before.last, after.first
    colour = float(np.linalg.norm(np.subtract(a.colour, b.colour)))
    apart = picture_distance(a, b)
    if continues:
        motion = float(np.linalg.norm(np.subtract(before.end_motion, after.start_motion)))
        return round(0.6 * _falling(apart, 0.2) + 0.2 * _falling(colour, 8.0) + 0.2 * _falling(motion, 0.25), 4)
    jump_cut = 1.0 - 0.8 * _falling(apart, 0.1)
    against = _opposed(before.end_motion, after.start_motion)
    return round(jump_cut * (0.75 * _falling(colour, 55.0) + 0.25 * (1 - against)), 4)


def _opposed(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """1 where two motions go straight against each other, 0 where they go together or one of them rests."""
    strength = float(np.linalg.norm(one) * np.linalg.norm(other))
    presence = 1 - np.exp(-strength / 0.01)
    return float(max(0.0, -np.dot(one, other) / max(strength, 1e-9)) * presence)


def difference(one: Measured, other: Measured) -> float:
    """How different two takes look, 0 (the same pictures) to 1: their first, middle and last pictures compared."""
    pairs = ((one.first, other.first), (one.middle, other.middle), (one.last, other.last))
    return round(float(np.mean([picture_distance(a, b) for a, b in pairs])), 4)


def picture_distance(a: Signature, b: Signature) -> float:
    """Distance of two pictures, 0..1: half what they show (perceptual hash), half their tones at each place."""
    shapes = min(1.0, (a.hash ^ b.hash).bit_count() / 32)
    one, other = (cv2.GaussianBlur(s.picture, (0, 0), 0.8).astype(np.float32) for s in (a, b))
    tones = min(1.0, float(np.abs(one - other).mean()) / 64)
    return 0.5 * shapes + 0.5 * tones


# --------------------------------------------------------------------------------------------------- picks


def choose(
    shots: Sequence[Shot], candidates: Mapping[str, Sequence[Candidate]], fixed: Mapping[str, str]
) -> dict[str, str]:
    """The take of every shot that makes the best film: totals of the takes plus the seams between neighbours.

    `shots` in the film's order; `candidates` by shot id; `fixed` holds the user's picks (shot id to take id), which
    stay whatever they score. Shots without a candidate are left out. Among equals the first candidate wins. Raises
    InputError if a fixed pick is none of its shot's candidates.
    """
    rows: list[tuple[Shot, list[Candidate]]] = []
    for shot in shots:
        row = list(candidates.get(shot.id, ()))
        if shot.id in fixed:
            kept = [candidate for candidate in row if candidate.take == fixed[shot.id]]
            if not kept:
                names = ", ".join(candidate.take for candidate in row) or "none"
                raise InputError(f"shot {shot.id}: take {fixed[shot.id]} is not there; its takes are: {names}")
            row = kept
        if row:
            rows.append((shot, row))
    if not rows:
        return {}
    # Viterbi: best[i] is the worth of the best film that ends with candidate i of the row before.
    best = np.array([candidate.total for candidate in rows[0][1]])
    came_from: list[np.ndarray] = []
    for (previous, before), (shot, row) in pairwise(rows):
        joins = np.array([[_join(previous, a, shot, b) for b in row] for a in before])
        paths = best[:, None] + SEAM_WEIGHT * joins
        came_from.append(paths.argmax(0))
        best = paths.max(0) + np.array([candidate.total for candidate in row])
    at = int(best.argmax())
    picks = {}
    for number in range(len(rows) - 1, -1, -1):
        shot, row = rows[number]
        picks[shot.id] = row[at].take
        if number:
            at = int(came_from[number - 1][at])
    return {shot.id: picks[shot.id] for shot, _ in rows}


def _join(previous: Shot, before: Candidate, shot: Shot, after: Candidate) -> float:
    """Seam between two candidates; a transition other than a cut hides three quarters of what is wrong with it."""
    value = seam(before.measured, after.measured, shot.continues == previous.id)
    return value if shot.transition.kind is TransitionKind.CUT else 1 - (1 - value) * 0.25
