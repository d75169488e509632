"""What is seen through windows and what light comes in by them, at every time of day."""

import numpy as np

from ..mesh import (
    Material,
    mesh,
    rgb,
)
from .parts import (
    Site,
)

# What is seen through a window: the sky at the horizon and above it, as Material.GLOW shows it (2.6 times brighter).
OUTSIDE = {
    "dawn": ("#b5786c", "#5d6690"), "morning": ("#8fa9b8", "#5f8fc0"), "noon": ("#93b2c4", "#5b92cc"),
    "golden hour": ("#cf9250", "#8a7b80"), "dusk": ("#8a4a58", "#333a66"), "night": ("#1b2338", "#0c1122"),
}  # fmt: skip
# The light that comes in through it, linear.
DAYLIGHT = {
    "dawn": (0.75, 0.5, 0.42), "morning": (0.9, 0.9, 0.85), "noon": (0.95, 1.0, 1.0), "golden hour": (1.25, 0.78, 0.38),
    "dusk": (0.42, 0.3, 0.48), "night": (0.10, 0.14, 0.26),
}  # fmt: skip


def outside(site: Site) -> tuple[np.ndarray, np.ndarray, tuple[float, float, float]]:
    """(colour at the horizon, colour above, light coming in) for windows at this time of day."""
    low, high = OUTSIDE[site.description.time]
    return np.float32(rgb(low)), np.float32(rgb(high)), DAYLIGHT[site.description.time]


def sky_pane(corners, low, high) -> "mesh":
    """A glowing pane a-b-c-d (first two below) shaded from the horizon's colour up to the sky's."""
    return mesh(corners, [[0, 1, 2], [0, 2, 3]], np.float32([low, low, high, high]), Material.GLOW, _front(corners))


def _front(corners) -> np.ndarray:
    a, b, c = (np.asarray(corners[k], float) for k in range(3))
    normal = np.cross(b - a, c - a)
    return np.tile(normal / np.linalg.norm(normal), (len(corners), 1))
