"""Land: ground all around the lane, far ranges of hills, paths, and the noise that shapes them."""

from collections.abc import Callable

import numpy as np

from ..mesh import Material, Mesh, mesh, noise
from .parts import blend, grid_faces, surface

LANE = (45.0, -165.0)  # the z range of the outdoor lane, with some to spare


def lane_distance(x, z, lane=LANE) -> np.ndarray:
    """Metres from the lane's axis; beyond its ends, from its end points."""
    beyond = np.maximum(np.maximum(np.asarray(z, float) - lane[0], lane[1] - np.asarray(z, float)), 0)
    return np.hypot(x, beyond)


def ridged(x, z, seed: int, octaves: int = 5) -> np.ndarray:
    """Ridged noise 0..1, sharp along its crests: what wind, ice and water leave of mountains."""
    total, weight, gain = 0.0, 1.0, 1.0
    x, z = np.asarray(x, float), np.asarray(z, float)
    for octave in range(octaves):
        crest = (1 - np.abs(noise(x * 2**octave, z * 2**octave, seed + octave, 1))) ** 2
        total = total + crest * weight * gain
        gain = np.clip(crest * 1.6, 0, 1)
        weight *= 0.5
    return total / 1.6


def path(
    colour,
    edge,
    width: float,
    z=(48.0, -190.0),
    material: Material = Material.EARTH,
    seed: int = 0,
    sway: float = 0.0,
    y=0.03,
) -> Mesh:
    """A track along the lane whose borders fade into the `edge` colour and wander a little."""
    along = np.concatenate([np.linspace(z[0], -30, 60), np.linspace(-32, z[1], 50)])
    across = np.array([-1.25, -0.8, -0.35, 0.35, 0.8, 1.25]) * width / 2
    middle = sway * noise(along / 30, 0 * along, seed, 1)
    fray = noise(along[:, None] / 1.7, across[None] * 9, seed + 1, 2) * width * 0.11 * (np.abs(across) > width * 0.3)
    grid = np.stack(np.broadcast_arrays(across + fray + middle[:, None], y + 0 * fray, along[:, None]), -1)
    share = np.broadcast_to(np.array([0.0, 0.75, 1, 1, 0.75, 0.0]), grid.shape[:2])
    tone = 1 + 0.1 * noise(along[:, None] / 2, across[None], seed + 2, 2)
    return surface(grid, np.clip(blend(edge, colour, share) * tone[..., None], 0, 1), material)


def ground_rings(
    height: Callable,
    colour,
    material,
    reach: float = 900.0,
    rings: int = 44,
    spokes: int = 120,
    first: float = 2.5,
    focus: float = 0.0,
) -> Mesh:
    """Land all around, fine near the origin and coarse far off, so that no direction ever shows a void.

    `height(x, z)`; `colour` one colour or a function of (x, y, z, up) -> (V, 3), `up` being the normal's y; `material`
    one material or such a function -> (V,). `focus` 0..0.8 gives the view towards -z more of the spokes.
    """
    radius = np.concatenate([[0.0], np.geomspace(first, reach, rings)])
    angle = np.linspace(-np.pi, np.pi, spokes + 1)
    angle = angle - focus * np.sin(angle)
    x, z = np.outer(radius, np.sin(angle)), np.outer(radius, -np.cos(angle))
    y = np.broadcast_to(height(x, z), x.shape).astype(float)
    step = np.maximum(0.4, 0.02 * radius)[:, None]
    slope_x = (height(x + step, z) - height(x - step, z)) / (2 * step)
    slope_z = (height(x, z + step) - height(x, z - step)) / (2 * step)
    normals = np.stack(np.broadcast_arrays(-slope_x, np.ones_like(y), -slope_z), -1)
    normals = (normals / np.linalg.norm(normals, axis=-1, keepdims=True)).reshape(-1, 3)
    args = (x.ravel(), y.ravel(), z.ravel(), normals[:, 1])
    land = mesh(
        np.stack([x, y, z], -1).reshape(-1, 3),
        grid_faces(rings + 1, spokes + 1),
        colour(*args) if callable(colour) else colour,
        Material.MATTE,
        normals,
    )
    land.material[:] = material(*args) if callable(material) else float(material)
    return land


def ridge(
    height: Callable, radius: float, colour, material: Material = Material.ROCK, spokes: int = 160, foot=-10.0
) -> Mesh:
    """A far range of hills: a band at `radius` around the lane, `height(angle)` high, leaning back as hills do."""
    angle = np.linspace(-np.pi, np.pi, spokes + 1)
    top = np.maximum(height(angle), foot + 1.0)
    rows = []
    for share, lean in ((0.0, 0.0), (0.55, 0.06), (1.0, 0.16)):
        r = radius * (1 + lean)
        rows.append(np.stack([r * np.sin(angle), foot + (top - foot) * share, -r * np.cos(angle)], -1))
    return surface(np.stack(rows), colour, material)
