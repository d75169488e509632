"""A bicycle and what a rider needs to know of it."""

import numpy as np

from ..description import SubjectDescription
from ..mesh import Material, Mesh, limb, merge
from ..scene import Figure
from .body import euler
from .gaits import TAU
from .measure import fitted
from .props import wheel
from .shapes import ball, outward, refine, ring, surface, tube
from .traits import RIDDEN, Colour, colour_of, shade

G, M, GL, GW, MT = Material.GLOSS, Material.METAL, Material.GLASS, Material.GLOW, Material.MATTE
WARM, TAIL, DARK = (1.0, 0.93, 0.75), (1.0, 0.10, 0.06), (0.05, 0.05, 0.06)


CRANK = (0.29, 0.0)  # y, z of the bottom bracket
CRANK_LENGTH = 0.165
SADDLE = (0.97, -0.20)
GRIP = (0.245, 1.03, 0.40)
AXLES = ((0.345, -0.46, 0.345), (0.345, 0.58, 0.345))
CYCLE_SPEED = 4.6
CADENCE = 1.15  # turns of the crank a second


def bicycle_parts(colour: Colour) -> list[Mesh]:
    """Frame; rear wheel; front wheel; cranks."""
    r = 0.0175
    rear, front = np.array((0.0, *AXLES[0][:2])), np.array((0.0, *AXLES[1][:2]))
    bracket, seat, head, low_head = np.array([0, *CRANK]), np.array([0, 0.80, -0.155]), np.array([0, 0.86,
        0.40]), np.array([0, 0.72, 0.45])  # fmt: skip
    tubes = [(bracket, seat), (seat, head), (bracket, low_head), (head, low_head)]
    parts = [limb(a, b, r, r, colour, G, 8) for a, b in tubes]
    for s in (-1, 1):
        off = np.array([s * 0.055, 0, 0])
        parts += [limb(bracket + off * 0.5, rear + off, 0.010, 0.009, colour, G, 6), limb(seat + off * 0.3,
            rear + off, 0.010, 0.008, colour, G, 6)]  # fmt: skip
        parts.append(
            tube([low_head + off * 0.7, (s * 0.055, 0.55, 0.50), front + off], [0.014, 0.013, 0.009], 6, colour, G)
        )
        parts.append(limb((s * GRIP[0], GRIP[1], GRIP[2] - 0.05), (s * GRIP[0], GRIP[1], GRIP[2] - 0.15), 0.017,
            0.017, (0.35, 0.2, 0.1), MT, 6))  # fmt: skip
    bar = [(GRIP[0], GRIP[1], GRIP[2] - 0.08), (0.25, GRIP[1], 0.36), (0.14, 1.0, 0.43), (0, 0.985, 0.42),
        (-0.14, 1.0, 0.43), (-0.25, GRIP[1], 0.36), (-GRIP[0], GRIP[1], GRIP[2] - 0.08)]  # fmt: skip
    parts += [tube(bar, 0.012, 6, (0.75, 0.76, 0.78), M), limb((0, 0.86, 0.40), (0, 0.985, 0.405), 0.014, 0.014,
        (0.7, 0.7, 0.72), M, 6), limb(seat, (0, 0.94, -0.20), 0.013, 0.013, (0.7, 0.7, 0.72), M, 6)]  # fmt: skip
    saddle = refine([(0, 0.955, -0.34), (0, 0.965, -0.27), (0, 0.955, -0.16), (0, 0.95, -0.06)], 8)
    seat_mesh = tube(
        saddle,
        np.interp(np.linspace(0, 1, 8), [0, 0.25, 0.6, 1], [0.05, 0.085, 0.045, 0.022]),
        8,
        (0.22, 0.13, 0.08),
        MT,
        0.42,
    )
    parts.append(seat_mesh)
    parts.append(ball((0, 0.80, 0.49), (0.045, 0.045, 0.05), WARM, GW, 8, 6))
    for (y, z, radius), span in ((AXLES[0], (0.1, 2.4)), (AXLES[1], (0.9, 2.5))):  # mudguards
        a = np.linspace(*span, 9)
        parts.append(tube(np.stack([0 * a, y + np.sin(a) * (radius + 0.025),
            z + np.cos(a + (0.35 if z < 0 else -0.1)) * (radius + 0.025)], 1), 0.022, 5, shade(colour, 0.8), G,
            0.4))  # fmt: skip
    chain = [
        (0.035, 0.29 + 0.09, 0.0),
        (0.035, 0.345 + 0.035, -0.46),
        (0.035, 0.345, -0.50),
        (0.035, 0.345 - 0.035, -0.46),
        (0.035, 0.20, 0.0),
    ]
    parts.append(tube(chain, 0.006, 4, (0.2, 0.2, 0.2), M))
    basket = [[(0.15 * (1 if x > 0 else -1) * (0.85 + 0.15 * v) * min(abs(x), 1), 0.80 + 0.18 * v,
        0.60 + zz * (0.85 + 0.15 * v)) for x, zz in ((1, -0.10), (1, 0.10), (-1, 0.10), (-1, -0.10))] for v in (0,
        0, 1)]  # fmt: skip
    basket[0] = [tuple(np.mean(np.array(basket[1]), 0))] * 4
    grid = np.array(basket)
    inside = outward(surface(grid * (0.97, 1, 1), (0.30, 0.19, 0.10), Material.WOOD))
    inside.normals, inside.faces = -inside.normals, inside.faces[:, ::-1]
    parts += [outward(surface(grid, (0.50, 0.34, 0.20), Material.WOOD)), inside]
    crank = [ring(0.085, 0.010, (0.6, 0.6, 0.62), M, 20, 5).moved(0.035)]
    for s in (-1, 1):
        end = np.array([s * 0.085, s * CRANK_LENGTH, 0.0])
        crank += [
            limb((s * 0.06, 0, 0), end, 0.012, 0.010, (0.65, 0.65, 0.67), M, 6),
            limb(end, np.add(end, (s * 0.09, 0, 0)), 0.016, 0.016, DARK, MT, 6),
        ]
    return [merge(parts), wheel(AXLES[0][2], 0.020, colour), wheel(AXLES[1][2], 0.020, colour), merge(crank)]


def crank_angle(t: float) -> float:
    """Turn of the cranks about x: the left pedal is up at 0 and comes forward."""
    return TAU * CADENCE * t


def bicycle_pose(speed: float):
    def pose(t: float) -> np.ndarray:
        out = np.repeat(np.eye(4)[None], 4, 0)
        for k, (y, z, radius) in enumerate(AXLES, 1):
            out[k, :3, :3] = euler(speed * t / radius % TAU)
            out[k, 1, 3], out[k, 2, 3] = y, z
        out[3, :3, :3] = euler(crank_angle(t) % TAU if speed else 0.9)
        out[3, 1, 3], out[3, 2, 3] = CRANK
        return out

    return pose


def build_bicycle(subject: SubjectDescription) -> Figure:
    """A city bicycle with a basket, standing by itself; with a rider when the action is to ride."""
    if subject.action in RIDDEN:
        from .riders import cyclist

        return cyclist(subject)
    parts = bicycle_parts(colour_of(subject))
    stand = limb((0.04, 0.30, -0.10), (0.16, 0.012, -0.16), 0.010, 0.010, (0.5, 0.5, 0.52), M, 5)
    parts[0] = merge([parts[0], stand])
    return fitted(Figure(parts, bicycle_pose(0.0), 1.06, 0.95, eye=0.6))
