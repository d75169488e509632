"""What falls, drifts and glows in the air: rain, snow, petals, fireflies, dust, bubbles.

A particle is four seeded random numbers; the vertex shader makes its position from them and from the time, and wraps it
into a box round the camera. So any frame can be drawn on its own, and a shot that continues another continues its rain.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Particles:
    """One kind of particle. `kind` picks the shader's shape: STREAK, PETALS, FIREFLY or SOFT. Metres and seconds."""

    kind: str
    count: int
    box: tuple[float, float, float]  # half extents round a point ahead of the camera
    velocity: tuple[float, float, float]
    wander: float
    size: float
    spread: float
    brightness: float
    colour: tuple[float, float, float]
    second: tuple[float, float, float]
    opacity: float
    ahead: float = 0.0
    shutter: float = 0.02

    def uniforms(self) -> dict[str, tuple[float, ...]]:
        """What the particle shader is told."""
        return {
            "box": (*self.box, self.shutter),
            "fall": (*self.velocity, self.wander),
            "shape": (self.size, self.spread, self.ahead, self.brightness),
            "tint": (*self.colour, self.opacity),
            "second_tint": (*self.second, 0.0),
        }


def luck(count: int) -> np.ndarray:
    """(count, 4) float32 random numbers 0..1, the same on every run."""
    return np.random.default_rng(20).random((count, 4), dtype=np.float32)


def particles_for(
    weather: str, sky: str, indoor: bool, light: float, lit: tuple[float, float, float]
) -> list[Particles]:
    """Particles of a weather. `light` is the brightness of the air (about 1 at noon), `lit` its colour.

    Rain, snow and petals stay outside; indoors a little dust hangs in the air, under water bubbles and motes.
    """
    soft = tuple(0.35 + 0.65 * c for c in lit)
    if sky == "underwater":
        motes, bubbles = ((0.5, 0.9, 0.9), (0.3, 0.7, 0.8)), ((0.7, 1.0, 1.0), (0.8, 1.0, 1.0))
        return [
            Particles("SOFT", 260, (9, 6, 9), (0.03, 0.05, 0.0), 0.25, 0.018, 1.2, 1.0, *motes, 0.5, 7),
            Particles("SOFT", 60, (7, 6, 7), (0.0, 0.8, 0.0), 0.2, 0.03, 1.4, 1.3, *bubbles, 0.35, 6),
        ]
    if weather == "fireflies":
        glow = ((1.0, 0.62, 0.06), (0.62, 0.9, 0.10))
        return [Particles("FIREFLY", 460, (11, 2.6, 11), (0.05, 0.0, 0.03), 0.9, 0.15, 0.9, 2.4, *glow, 1.0, 8)]
    if weather == "petals":
        pink, bright = ((1.0, 0.52, 0.66), (1.0, 0.75, 0.82)), 0.25 + 0.9 * light
        count = 160 if indoor else 520
        return [Particles("PETALS", count, (8, 4.5, 8), (0.55, -0.55, 0.15), 0.5, 0.07, 0.8, bright, *pink, 0.95, 6)]
    if indoor or sky in ("space", "none"):
        dust = Particles("SOFT", 90, (4, 2, 4), (0.02, -0.01, 0.0), 0.3, 0.007, 1.0, 0.9, soft, soft, 0.4, 3.5)
        return [] if sky == "space" else [dust]
    bright = 0.25 + 1.0 * light
    if weather in ("rain", "storm"):
        fall = (4.5 if weather == "storm" else 1.0, -13.0, 0.4)
        count = 1500 if weather == "storm" else 1000
        return [
            Particles("STREAK", count, (9, 6, 9), fall, 0.0, 0.008, 0.5, bright, soft, soft, 0.5, 8.5, 0.035),
            Particles("STREAK", count // 2, (22, 10, 22), fall, 0.0, 0.015, 0.5, bright, soft, soft, 0.3, 24, 0.045),
        ]
    if weather == "snow":
        white, bright = ((0.95, 0.97, 1.0), (0.95, 0.97, 1.0)), 0.6 + 1.8 * light
        return [
            Particles("SOFT", 900, (7, 5, 7), (0.35, -1.0, 0.1), 0.45, 0.042, 0.9, bright, *white, 0.85, 6.5),
            Particles("SOFT", 1100, (20, 9, 20), (0.35, -1.1, 0.1), 0.6, 0.07, 0.7, bright, *white, 0.7, 20),
        ]
    return []
