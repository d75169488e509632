"""Standing many plants or rocks of several kinds on a ground, clear of the lane."""

import numpy as np

from ..mesh import Material
from . import plants
from .parts import Site, copies, on_ground, shades

_LANE_HALF = 3.05  # metres, with a finger's breadth to spare
_HEADROOM = 3.1


def grove(site: Site, pieces, points, ground, height, tint_spread=0.18, sink=0.1, tint=None) -> None:
    """Stand copies of the pieces (each one unit high) on points (N, 2), `height` (low, high) metres tall. Whatever
    would reach into the lane below head height is left out; `tint` (N, 3) or random shades."""
    rng = site.rng
    count = len(points)
    sizes, yaw = rng.uniform(*height, count), rng.uniform(0, 2 * np.pi, count)
    tints = shades(rng, count, tint_spread, 0.1) if tint is None else tint
    which = rng.integers(0, len(pieces), count)
    at = on_ground(points, ground, sink)
    for k, piece in enumerate(pieces):
        chosen = np.flatnonzero(which == k)
        low = piece.positions[None, :, 1] * sizes[chosen, None] < _HEADROOM - at[chosen, 1:2]
        reach = np.hypot(piece.positions[:, 0], piece.positions[:, 2])[None] * sizes[chosen, None]
        free = np.abs(at[chosen, 0]) > _LANE_HALF + np.max(reach * low, axis=1, initial=0)
        chosen = chosen[free | (at[chosen, 2] > 44) | (at[chosen, 2] < -156)]
        site.add(copies(piece, at[chosen], sizes[chosen], yaw[chosen], tints[chosen]))


def near_and_far(points: np.ndarray, beyond: float = 55.0) -> tuple[np.ndarray, np.ndarray]:
    """Points that deserve a tree with all its leaves, and points where the cheap one does."""
    close = np.hypot(points[:, 0], points[:, 1]) < beyond
    return points[close], points[~close]


def lawn(site: Site, pieces, points, ground, height=(0.08, 0.17), tint_spread=0.2) -> None:
    """Ankle-high tufts that may stand in the lane too."""
    rng = site.rng
    sizes, yaw = rng.uniform(*height, len(points)), rng.uniform(0, 2 * np.pi, len(points))
    which, tints = rng.integers(0, len(pieces), len(points)), shades(rng, len(points), tint_spread, 0.1)
    at = on_ground(points, ground)
    for k, piece in enumerate(pieces):
        chosen = which == k
        site.add(copies(piece, at[chosen], sizes[chosen], yaw[chosen], tints[chosen]))


def rocks(site: Site, points, ground, size, colour="#7d766d", snow=False) -> None:
    """Boulders of `size` (low, high) metres, half sunk in; with `snow`, each wears a cap."""
    rng = site.rng
    scale = rng.uniform(*size, (len(points), 1)) * rng.uniform(0.7, 1.3, (len(points), 3)) * [1, 0.72, 1]
    which, yaw, tint = rng.integers(0, 4, len(points)), rng.uniform(0, 6.3, len(points)), shades(rng, len(points), 0.14)
    at = on_ground(points, ground)
    at[:, 1] += scale[:, 1] * 0.25
    free = np.abs(at[:, 0]) > _LANE_HALF + 1.35 * scale.max(1)
    for k in range(4):
        chosen = free & (which == k)
        site.add(copies(plants.rock(k, colour), at[chosen], scale[chosen], yaw[chosen], tint[chosen]))
        if snow:
            cap = plants.rock(k, "#eef3f7", 1, Material.SNOW)
            lifted = at[chosen] + scale[chosen] * [0, 0.28, 0]
            site.add(copies(cap, lifted, scale[chosen] * [0.92, 0.8, 0.92], yaw[chosen]))
