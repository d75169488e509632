"""Which camera move explains the motion that was seen.

The motion of a take is summed up in seven components: shift in x and y, zoom, upright stretch (the ground opens while
the horizon closes: a crane), shear (near and far slide apart: an orbit), roll and unrest. Each camera move has
directions in that space; a move agrees as far as the take's motion points its way and is strong enough to be seen.
Directions and speeds were set on takes of `oner.worlds` and on made clips with known motion.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..film import CAMERA_MOVES
from .flow import Motion

# Root mean square of a unit slope over a 16:9 picture: x over -1..1 and y over -0.56..0.56.
OVER_X, OVER_Y = 0.577, 0.325
OVER_BOTH = 0.662
SEEN = 0.02  # half widths a second: motion that viewers begin to notice
CALM = 0.03  # unrest of the whole picture from which a camera looks hand-held
FLIGHT = 0.25  # mean motion from which going forward is flying


@dataclass(frozen=True)
class CameraTrace:
    """Mean motion of the whole picture over a take, in half widths a second; see `flow.Motion` for the signs.

    A positive `x` is a picture that slides to the right (the camera pans left), a positive `y` one that slides down
    (the camera tilts up), a positive `zoom` one that grows. `shear` is du/dy, `stretch` (dv/dy - du/dx) / 2, `roll`
    dv/dx, `unrest` what a smooth curve leaves of the shift, `centre` the motion in the middle.
    """

    x: float = 0.0
    y: float = 0.0
    zoom: float = 0.0
    stretch: float = 0.0
    shear: float = 0.0
    roll: float = 0.0
    unrest: float = 0.0
    amount: float = 0.0
    unexplained: float = 0.0
    centre: tuple[float, float] = (0.0, 0.0)


def trace(motions: Sequence[Motion]) -> CameraTrace:
    """Sum up the motions of a take."""
    if not motions:
        return CameraTrace()
    shift = np.array([motion.shift for motion in motions])
    (du_dx, du_dy), (dv_dx, dv_dy) = _usual(np.array([motion.slope for motion in motions]))
    x, y = _usual(shift)
    return CameraTrace(
        x=float(x), y=float(y), zoom=float(du_dx + dv_dy) / 2, stretch=float(dv_dy - du_dx) / 2, shear=float(du_dy),
        roll=float(dv_dx), unrest=_unrest(shift), amount=float(_usual(np.array([m.amount for m in motions]))),
        unexplained=float(_usual(np.array([m.unexplained for m in motions]))),
        centre=tuple(float(value) for value in _usual(np.array([m.centre for m in motions]))),
    )  # fmt: skip


def _usual(values: np.ndarray) -> np.ndarray:
    """Mean over time without the lowest and highest eighth: one bad pair does not decide."""
    cut = len(values) // 8
    return np.sort(values, axis=0)[cut : len(values) - cut].mean(0)


def _unrest(shift: np.ndarray) -> float:
    """Root mean square of what a cubic in time leaves of the shift: easing is smooth, a hand is not."""
    count = len(shift)
    if count < 8:
        return 0.0
    time = np.linspace(-1, 1, count)
    curve = np.polynomial.polynomial.polyvander(time, 3)
    rest = shift - curve @ np.linalg.lstsq(curve, shift, rcond=None)[0]
    size = np.sort((rest**2).sum(1))
    return float(np.sqrt(size[: max(4, len(size) * 7 // 8)].mean()))


# Components: x, y, zoom, stretch, shear, roll, unrest.
_DIRECTIONS: dict[str, list[tuple[float, ...]]] = {
    "push in": [(0, 0, 1, 0, 0, 0, 0)],
    "pull back": [(0, 0, -1, 0, 0, 0, 0)],
    "pan left": [(1, 0, 0, 0, 0, 0, 0)],
    "pan right": [(-1, 0, 0, 0, 0, 0, 0)],
    "tilt up": [(0, 1, 0, 0, 0, 0, 0)],
    "tilt down": [(0, -1, 0, 0, 0, 0, 0)],
    # The aim stays put; what is nearer and what is farther slide apart.
    "orbit": [
        (0.2, 0, 0, 0, -1, 0, 0), (-0.2, 0, 0, 0, 1, 0, 0), (0.7, 0, 0, 0, -0.7, 0, 0), (-0.7, 0, 0, 0, 0.7, 0, 0),
    ],
    # The ground near by sinks, the horizon rises or stays.
    "crane up": [(0, -0.4, 0.55, 0.7, 0, 0, 0), (0, -0.7, 0.3, 0.6, 0, 0, 0), (0, 0.6, 0.4, 0.6, 0, 0, 0)],
    # The horizon stands still and the ground rushes past, or (with a subject that stays) as in a slight orbit.
    "tracking": [
        (0.78, 0, 0, 0, 0.62, 0, 0), (-0.78, 0, 0, 0, -0.62, 0, 0), (0.6, 0, 0, 0, -0.8, 0, 0),
        (-0.6, 0, 0, 0, 0.8, 0, 0), (0.9, 0, -0.1, 0, 0.4, 0, 0), (-0.9, 0, -0.1, 0, -0.4, 0, 0),
    ],
    "fly-through": [(0, 0, 1, 0, 0, 0, 0), (0, 0.3, 0.9, 0.2, 0, 0, 0)],
}  # fmt: skip


def components(seen: CameraTrace) -> np.ndarray:
    """The seven components as root mean squares over the picture."""
    return np.array([
        seen.x, seen.y, OVER_BOTH * seen.zoom, OVER_BOTH * seen.stretch, OVER_Y * seen.shear, OVER_X * seen.roll,
        seen.unrest,
    ])  # fmt: skip


def _held(seen: CameraTrace) -> float:
    """0..1: how much stiller the middle is than the whole picture's shift, where there is a shift to speak of."""
    shift = float(np.hypot(seen.x, seen.y))
    if shift < 2 * SEEN:
        return 0.0
    return float(np.clip(1.1 - np.hypot(*seen.centre) / shift, 0.0, 1.0)) if shift else 0.0


def agreements(seen: CameraTrace, camera: str) -> dict[str, float]:
    """How well each camera move explains the motion, 0..1. Raises InputError if `camera` is not a move."""
    if camera not in CAMERA_MOVES:
        raise InputError(f"camera {camera!r}: no such move; there are {', '.join(CAMERA_MOVES)}")
    parts = components(seen)
    strength = float(np.linalg.norm(parts))
    seen_at_all = 1 - np.exp(-((strength / SEEN) ** 2))
    found = {}
    for move, directions in _DIRECTIONS.items():
        cosine = max(float(parts @ np.array(d)) / np.linalg.norm(d) for d in directions) / max(strength, 1e-9)
        found[move] = float(seen_at_all) * max(0.0, cosine) ** 1.5
    # A subject that stays in the middle while everything behind it slides by: no pan, but a camera that goes round it,
    # along with it or above it.
    held = _held(seen)
    sideways, upright = abs(parts[0]) / max(strength, 1e-9), abs(parts[1]) / max(strength, 1e-9)
    for move in ("orbit", "tracking"):
        found[move] = max(found[move], float(seen_at_all) * held * sideways)
    found["crane up"] = max(found["crane up"], float(seen_at_all) * held * upright * (parts[1] < 0))
    for move in ("pan left", "pan right", "tilt up", "tilt down"):
        found[move] *= 1 - 0.5 * held
    found["fly-through"] *= min(1.0, seen.amount / FLIGHT)
    found["push in"] *= 1 - 0.5 * float(np.clip((seen.amount - 0.6 * FLIGHT) / (0.6 * FLIGHT), 0, 1))
    found["static"] = float(np.exp(-((strength / (2 * SEEN)) ** 2)))
    unrest = parts[6] / max(strength, 1e-9)
    found["handheld"] = float((1 - np.exp(-((parts[6] / CALM) ** 2))) * unrest)
    return {move: round(float(found[move]), 4) for move in CAMERA_MOVES}
