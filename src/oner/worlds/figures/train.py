"""A streamlined train on its own track."""

import math

import numpy as np

from ..description import SubjectDescription
from ..mesh import Material, Mesh, box, cylinder, merge
from ..scene import Figure, Lamp
from .body import euler
from .gaits import TAU
from .shapes import (
    ball,
    outward,
    refine,
    sideways,
    surface,
)
from .traits import Colour, colour_of, shade

G, M, GL, GW, MT = Material.GLOSS, Material.METAL, Material.GLASS, Material.GLOW, Material.MATTE
WARM, TAIL, DARK = (1.0, 0.93, 0.75), (1.0, 0.10, 0.06), (0.05, 0.05, 0.06)


def build_train(subject: SubjectDescription) -> Figure:
    """A streamlined engine with two carriages on its own track; the windows are lit."""
    colour = colour_of(subject)
    speed = 0.0 if subject.action in ("stand", "turn", "sit") else 13.0
    cream = (0.93, 0.90, 0.80) if sum(colour) < 2.4 else (0.35, 0.38, 0.42)
    front = [(-6.2, 1.38, 3.55), (-6.0, 1.44, 3.62), (3.6, 1.44, 3.62), (4.6, 1.42, 3.45), (5.4, 1.36, 2.95),
        (6.0, 1.24, 2.35), (6.5, 1.00, 1.95), (6.75, 0.62, 1.60)]  # fmt: skip
    engine = [_hull(front, colour, cream, 0.95)]
    wind = []
    for z, half, top in ((4.30, 1.38, 3.36), (4.95, 1.34, 3.14), (5.52, 1.27, 2.80)):
        a = np.linspace(0.12, math.pi - 0.12, 9)
        wind.append(
            [
                (half * math.cos(k) * 0.90, 2.12 + (top - 2.12) * math.sin(k) ** 0.6 + 0.03, z + 0.12 * math.sin(k))
                for k in a
            ]
        )
    engine.append(outward(surface(np.array(wind), (0.05, 0.07, 0.09), GL, closed=False)))
    for s in (-1, 1):
        engine.append(box((0.04, 0.62, 1.0), (0.05, 0.07, 0.09), GL, (s * 1.445, 2.62, 3.4)))
        for z in np.arange(-5.0, 2.2, 1.15):
            engine.append(box((0.03, 0.50, 0.75), shade(colour, 0.55), M, (s * 1.445, 2.62, z)))
        engine.append(ball((s * 0.72, 1.55, 6.42), (0.17, 0.15, 0.16), WARM, GW, 10, 7))
        engine.append(ball((s * 0.72, 1.20, 6.38), (0.09, 0.07, 0.10), TAIL, GW, 8, 5))
    engine += [ball((0, 3.52, 4.1), (0.20, 0.14, 0.22), WARM, GW, 8, 6), box((2.5, 0.55, 0.5), DARK, MT,
        (0, 0.62, 6.15)), box((0.3, 0.25, 0.5), DARK, M, (0, 0.9, 6.75))]  # fmt: skip
    roof = [box((1.2, 0.16, 2.0), (0.35, 0.36, 0.38), M, (0, 3.66, z)) for z in (-4.0, -0.8)]
    coach = [(-6.25, 1.36, 3.50), (-6.15, 1.42, 3.60), (6.15, 1.42, 3.60), (6.25, 1.36, 3.50)]
    parts = [merge([*engine, *roof, *_bogies(12.4)])]
    for k in range(2):
        made = [_hull(coach, colour, cream, 1.05)]
        for s in (-1, 1):
            for j, z in enumerate(np.linspace(-4.6, 4.6, 9)):
                lit = (j * 7 + k * 3 + (s > 0) * 2) % 5 != 0
                made.append(
                    box(
                        (0.03, 0.80, 0.74),
                        (1.0, 0.84, 0.52) if lit else (0.05, 0.07, 0.09),
                        GW if lit else GL,
                        (s * 1.432, 2.60, z),
                    )
                )
                made.append(box((0.02, 0.90, 0.84), shade(cream, 0.45), M, (s * 1.428, 2.60, z)))
            for z in (-5.55, 5.55):
                made.append(box((0.03, 1.95, 0.75), shade(colour, 0.72), G, (s * 1.43, 2.12, z)))
                made.append(box((0.04, 0.55, 0.45), (0.05, 0.07, 0.09), GL, (s * 1.435, 2.70, z)))
        made.append(box((1.9, 2.3, 0.5), (0.10, 0.10, 0.11), MT, (0, 2.2, 6.45)))
        made.append(box((0.9, 0.12, 11.0), (0.30, 0.31, 0.33), M, (0, 3.60, 0)))
        parts.append(merge([*made, *_bogies(12.4)]))
    track = [box((3.3, 0.16, 96.0), (0.36, 0.34, 0.32), Material.CONCRETE, (0, 0.02, 0))]
    track += [box((0.09, 0.14, 96.0), (0.50, 0.42, 0.38), M, (s * 0.75, 0.15, 0)) for s in (-1, 1)]
    parts.append(merge(track))
    places = (13.0, 0.0, -13.0)

    def pose(t: float) -> np.ndarray:
        out = np.repeat(np.eye(4)[None], 4, 0)
        for k, z in enumerate(places):
            rock = 0.006 * math.sin(TAU * t / 1.3 + k * 1.9) if speed else 0.0
            out[k, :3, :3] = euler(0, 0, rock)
            out[k, :3, 3] = 0.015 * math.sin(TAU * t / 0.9 + k) * (speed > 0), 0.20, z
        return out

    lamps = [
        Lamp((0.0, 1.9, 22.0), (1.0, 0.92, 0.72), 26.0, True),
        Lamp((2.6, 2.4, 0.0), (1.0, 0.78, 0.45), 9.0, True),
        Lamp((-2.6, 2.4, 0.0), (1.0, 0.78, 0.45), 9.0, True),
    ]
    return Figure(parts, pose, 3.95, 19.9, speed=speed, eye=2.3, lamps=lamps)


def _hull(stations, colour: Colour, cream: Colour, floor: float) -> Mesh:
    """A carriage's skin: dark below, a cream band at the windows, a grey roof."""
    rows, tints = [], []
    for z, half, top in refine(stations, len(stations) * 2 - 1) if len(stations) > 4 else stations:
        ys = [floor, floor + 0.02, floor + 0.35, 2.05, 2.06, 3.12, 3.13, top - 0.12, top]
        ys = [min(y, top - 0.12 * (1 - k / 8)) for k, y in enumerate(ys)]
        xs = [0.0, half * 0.90, half, half, half, half * 0.985, half * 0.98, half * 0.75, 0.0]
        rows.append([(x, y, z) for x, y in zip(xs, ys)] + [(-x, y, z) for x, y in list(zip(xs, ys))[-2:0:-1]])
        nose = z > 6.2 and len(stations) > 4
        bands = (
            [shade(colour, 0.5)] * 2
            + [colour] * 2
            + [colour if nose else cream] * 2
            + [colour if nose else (0.42, 0.43, 0.45)] * 3
        )
        tints.append(bands + bands[-2:0:-1])
    grid, tint = np.array(rows, float), np.array(tints, float)
    ends = [
        grid[:1].mean(1, keepdims=True).repeat(grid.shape[1], 1),
        grid,
        grid[-1:].mean(1, keepdims=True).repeat(grid.shape[1], 1),
    ]
    return outward(surface(np.concatenate(ends), np.concatenate([tint[:1], tint, tint[-1:]]), G))


def _bogies(length: float) -> list[Mesh]:
    parts = [box((2.4, 0.35, length * 0.94), (0.14, 0.14, 0.15), MT, (0, 0.80, 0))]
    for z in (-length * 0.34, length * 0.34):
        parts.append(box((2.2, 0.28, 2.6), (0.10, 0.10, 0.11), MT, (0, 0.52, z)))
        for dz in (-0.85, 0.85):
            for s in (-1, 1):
                parts.append(
                    cylinder(0.42, 0.14, (0.22, 0.22, 0.24), M, 16).transformed(sideways(s * 0.72, 0.43, z + dz))
                )
    return parts
