"""A humpback whale."""

import math

import numpy as np

from ..description import SubjectDescription
from ..mesh import Material, Mesh, merge
from ..scene import Figure
from .body import euler
from .gaits import TAU
from .measure import fitted
from .shapes import (
    ball,
    lengthwise,
    loft,
    refine,
    surface,
    tube,
)
from .traits import colour_of, draw, shade

F, H, S, G = Material.FUR, Material.HAIR, Material.SKIN, Material.GLOSS


WHALE_CUTS = (-1.6, -3.6, -5.4)  # z of the joints of the tail


def build_whale(subject: SubjectDescription) -> Figure:
    """A humpback 12 m long at the surface (y = 0 is the water line): its back rises and dips, the tail beats."""
    tone = (
        colour_of(subject, ("blue",))
        if subject.colour
        else draw(subject, "hide", ((0.20, 0.27, 0.36), (0.24, 0.29, 0.33)))
    )
    pale = shade(tone, 2.6)
    full = np.array([(-6.0, -0.06, 0.14, 0.10), (-5.4, -0.16, 0.26, 0.20), (-4.4, -0.34, 0.42, 0.36),
        (-3.2, -0.66, 0.62, 0.62), (-1.8, -1.06, 0.84, 0.98), (0.0, -1.34, 0.98, 1.26), (1.6, -1.42, 0.98, 1.32),
        (3.0, -1.28, 0.88, 1.20), (4.2, -0.98, 0.66, 0.96), (5.2, -0.66, 0.40, 0.66), (5.8, -0.42, 0.16, 0.36),
        (6.0, -0.28, -0.02, 0.12)])  # fmt: skip
    smooth_rows = refine(full, 45)

    def segment(low: float, high: float, joint: float) -> Mesh:
        rows = smooth_rows[(smooth_rows[:, 0] > low - 0.5) & (smooth_rows[:, 0] < high + 0.5)].copy()
        made = lengthwise(rows, 18, tone, Material.SKIN, 2.1)
        belly = np.clip((-made.positions[:, 1] - 0.28) / 0.30, 0, 1)[:, None]
        if high > 0:  # the throat's grooves
            stripes = 0.75 + 0.25 * np.sign(np.sin(made.positions[:, :1] * 16))
            belly = belly * np.where(made.positions[:, 2:] > 0.5, stripes, 1)
        made.colours = (np.float32(tone) * (1 - belly) + np.float32(pale) * belly).astype(np.float32)
        made.positions[:, 2] -= joint
        return made

    front = [segment(WHALE_CUTS[0], 6.2, 0.0)]
    for s in (-1, 1):
        front.append(ball((s * 0.94, -0.30, 4.05), (0.06, 0.09, 0.10), (0.03, 0.03, 0.04), G, 8, 6))
        front.append(tube([(s * 0.98, -0.48, 3.7), (s * 0.88, -0.40, 4.6), (s * 0.60, -0.28, 5.4), (s * 0.16, -0.20,
            5.98)], 0.035, 5, shade(tone, 0.5), Material.SKIN))  # fmt: skip
    front += [ball((x, 0.62 - 0.12 * abs(x) * 2 + 0.16 * (4.6 - z) * 0.8, z), (0.07, 0.06, 0.07), shade(tone, 0.8),
        Material.SKIN, 6, 4) for x, z in ((-0.25, 4.9), (0.25, 4.9), (0, 5.2), (-0.3, 4.4), (0.3, 4.4),
        (0, 4.6))]  # fmt: skip
    fin = loft([(0, 0.07, 0.42, -0.40), (0.18, 0.06, 0.15, -0.42), (0.34, 0.02, -0.22, -0.44)], 8, tone, Material.SKIN)
    front.append(fin.moved(0, 0.82, -1.55))
    middle = [segment(WHALE_CUTS[1], WHALE_CUTS[0], WHALE_CUTS[0])]
    rear = [segment(WHALE_CUTS[2], WHALE_CUTS[1], WHALE_CUTS[1])]
    fluke = []
    for s in (-1, 1):
        grid = []
        for u in np.linspace(0, 1, 8):
            lead, trail = (
                0.55 - 1.05 * u**1.25,
                -0.62 - 0.28 * u + 0.55 * (1 - abs(2 * u - 0.9)) * 0.0 + 0.25 * (1 - u) ** 2,
            )
            trail = min(trail + 0.18 * math.sin(math.pi * u), lead - 0.02)
            grid.append(
                [
                    (s * 1.9 * u, 0.07 * (1 - u) * math.cos(a), (lead + trail) / 2 + (lead - trail) / 2 * math.sin(a))
                    for a in np.arange(8) * np.pi / 4
                ]
            )
        made = surface(np.array(grid), tone, Material.SKIN)
        if float(np.sum((made.positions - made.positions.mean(0)) * made.normals)) < 0:
            made.normals, made.faces = -made.normals, made.faces[:, ::-1]
        fluke.append(made)
    fluke.append(segment(-6.0, WHALE_CUTS[2], WHALE_CUTS[2]))
    parts = [merge(front), merge(middle), merge(rear), merge(fluke)]
    for s in (-1.0, 1.0):
        grid = []
        for u in np.linspace(0, 1, 10):
            wide = 0.40 * (1 - u**2.2) + 0.03
            grid.append([(s * (1.0 + 2.9 * u) - s * 1.0, 0.09 * (1 - 0.7 * u) * math.cos(a), -1.1 * u**1.5 + wide
                * math.sin(a) + 0.03 * math.sin(u * 40)) for a in np.arange(8) * np.pi / 4])  # fmt: skip
        closed = np.concatenate([np.array(grid), np.array(grid)[-1:].mean(1, keepdims=True).repeat(8, 1)])
        made = surface(closed, np.array([tone] * 6 + [shade(tone, 1.5)] * 5), Material.SKIN)
        if float(np.sum((made.positions - made.positions.mean(0)) * made.normals)) < 0:
            made.normals, made.faces = -made.normals, made.faces[:, ::-1]
        parts.append(made)

    def pose(t: float) -> np.ndarray:
        wave = TAU * t / 4.6
        out = np.zeros((6, 4, 4))
        out[:, 3, 3] = 1
        turn = euler(0.10 * math.sin(wave), 0.03 * math.sin(TAU * t / 11), 0.05 * math.sin(TAU * t / 7.5))
        at = np.array([0.0, -0.50 + 0.30 * math.cos(wave), 0.0])
        out[0, :3, :3], out[0, :3, 3] = turn, at
        before = 0.0
        for k, (cut, size, late) in enumerate(zip(WHALE_CUTS, (0.15, 0.20, 0.34), (0.5, 1.1, 1.9)), 1):
            at = at + turn @ (0.0, 0.0, cut - before)
            turn = turn @ euler(size * math.sin(wave - late))
            out[k, :3, :3], out[k, :3, 3] = turn, at
            before = cut
        for k, s in ((4, -1.0), (5, 1.0)):
            sweep = 0.25 * math.sin(TAU * t / 6.3 + (0.4 if s > 0 else 0.0))
            out[k, :3, :3] = out[0, :3, :3] @ euler(0.10 * math.sin(wave + 1), 0.0, s * (-0.42 + sweep))
            out[k, :3, 3] = out[0, :3, 3] + out[0, :3, :3] @ (s * 1.02, -0.62, 2.5)
        return out

    speed = 0.0 if subject.action in ("stand", "float") else 2.2
    return fitted(Figure(parts, pose, 2.4, 6.0, speed=speed, medium="water", eye=0.2))
