"""A broad old tree."""

import math

import numpy as np

from ..description import SubjectDescription
from ..mesh import Material, Mesh, merge, mesh
from ..scene import Figure
from .gaits import TAU
from .measure import fitted
from .shapes import (
    ball,
    refine,
    still,
    tube,
)
from .traits import COLOUR_VALUES, Colour, draw, shade

G, M, GL, GW, MT, W = Material.GLOSS, Material.METAL, Material.GLASS, Material.GLOW, Material.MATTE, Material.WOOD


def clump(centre: np.ndarray, radius: float, tone: Colour, seed: int, sides: int = 11, rings: int = 8) -> Mesh:
    """A lumpy ball of foliage, lighter on top."""
    made = ball((0, 0, 0), (1, 0.82, 1), tone, Material.LEAF, sides, rings)
    p = made.positions
    rng = np.random.default_rng(abs(seed))
    a, b, c = rng.uniform(0, TAU, 3)
    lump = 1 + 0.13 * np.sin(p[:, 0] * 5 + a) * np.sin(p[:, 1] * 6 + b) + 0.12 * np.sin(p[:, 2] * 5.5 + c)
    light = 0.72 + 0.36 * np.clip(p[:, 1:2] * 0.5 + 0.5, 0, 1) + 0.08 * np.sin(p[:, :1] * 9 + a)
    made.colours = np.clip(np.float32(tone) * light, 0, 1).astype(np.float32)
    made.positions = (p * lump[:, None] * radius + centre).astype(np.float32)
    return made


def build_tree(subject: SubjectDescription) -> Figure:
    """A broad old tree, 8 m tall: a forked trunk and a crown of clumps fringed with leaves."""
    tone = COLOUR_VALUES[subject.colour] if subject.colour else (0.26, 0.44, 0.17)
    seed = draw(subject, "shape", range(1 << 16))
    rng = np.random.default_rng(seed)
    bark = (0.30, 0.22, 0.16)
    trunk = refine([(0, -0.1, 0), (0.05, 0.7, 0.02), (-0.06, 1.7, 0.05), (0.06, 2.8, 0.0), (0.02, 4.4, 0.05)], 12)
    parts = [
        tube(
            trunk,
            np.interp(np.linspace(0, 1, 12), [0, 0.08, 0.25, 0.6, 1], [0.62, 0.42, 0.32, 0.27, 0.13]),
            10,
            bark,
            Material.BARK,
        )
    ]
    for k in range(5):
        a = k * TAU / 5 + 0.4
        parts.append(tube([(0.22 * math.cos(a), 0.28, 0.22 * math.sin(a)), (0.5 * math.cos(a), 0.06,
            0.5 * math.sin(a)), (0.85 * math.cos(a), -0.06, 0.85 * math.sin(a))], [0.17, 0.11, 0.04], 6, bark,
            Material.BARK))  # fmt: skip
    centres = [(0.0, 6.6, 0.0, 1.45), (0.0, 5.3, 0.0, 1.6)]
    for k in range(7):
        a = k * TAU / 7 + rng.uniform(-0.2, 0.2)
        r, y = rng.uniform(1.7, 2.3), rng.uniform(3.9, 5.2)
        centres.append((r * math.cos(a), y, r * math.sin(a), rng.uniform(1.0, 1.35)))
        start = trunk[6 + k % 4]
        end = np.array([r * math.cos(a), y - 0.3, r * math.sin(a)])
        middle = (start + end) / 2 + [0, -0.25, 0]
        parts.append(tube(refine([start, middle, end], 6), np.linspace(0.17, 0.05, 6), 6, bark, Material.BARK))
    for k in range(5):
        a = k * TAU / 5 + rng.uniform(-0.3, 0.3)
        centres.append((1.25 * math.cos(a), rng.uniform(5.7, 6.5), 1.25 * math.sin(a), rng.uniform(0.95, 1.2)))
    for k, (cx, cy, cz, r) in enumerate(centres):
        parts.append(clump(np.array([cx, cy, cz]), r * 0.92, shade(tone, rng.uniform(0.82, 1.05)), seed + k))
    parts.append(_leaves(np.array(centres), tone, rng, 2600))
    return fitted(Figure([merge(parts)], still, 8.1, 3.4, eye=4.6))


def _leaves(centres: np.ndarray, tone: Colour, rng: np.random.Generator, count: int) -> Mesh:
    """Small pointed leaves standing off the clumps: what makes the outline a tree's."""
    which = rng.choice(len(centres), count, p=centres[:, 3] ** 2 / np.sum(centres[:, 3] ** 2))
    out = rng.normal(size=(count, 3))
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    base = centres[which, :3] + out * centres[which, 3:] * rng.uniform(0.86, 1.10, (count, 1)) * (1, 0.84, 1)
    side = np.cross(out, rng.normal(size=(count, 3)))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    tip = out * 0.6 + rng.normal(size=(count, 3)) * 0.5 + [0, -0.25, 0]
    size = rng.uniform(0.10, 0.19, (count, 1))
    a, b, c = base - side * size * 0.6, base + side * size * 0.6, base + tip * size * 1.5
    positions = np.stack([a, b, c], 1).reshape(-1, 3)
    normals = np.repeat(out * 0.8 + [0, 0.35, 0], 3, 0)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    light = (0.72 + 0.42 * np.clip(out[:, 1:2] * 0.5 + 0.5, 0, 1)) * rng.uniform(0.82, 1.18, (count, 1))
    colours = np.repeat(np.clip(np.array(tone) * light, 0, 1), 3, 0)
    index = np.arange(count * 3).reshape(-1, 3)
    flip = np.sum(np.cross(b - a, c - a) * out, axis=1) < 0
    index[flip] = index[flip][:, ::-1]
    return mesh(positions, index, colours, Material.LEAF, normals)
