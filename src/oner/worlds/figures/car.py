"""Cars: a coupe, or an open one for a driver who is seen."""

import math

import numpy as np

from ..description import SubjectDescription
from ..mesh import Material, Mesh, box, limb, merge, mesh, quad
from ..scene import Figure, Lamp
from .body import euler
from .gaits import TAU
from .measure import fitted
from .shapes import (
    ball,
    outward,
    refine,
    ring,
    shell,
    surface,
    tube,
)
from .traits import Colour, colour_of, shade

G, M, GL, GW, MT = Material.GLOSS, Material.METAL, Material.GLASS, Material.GLOW, Material.MATTE
WARM, TAIL, DARK = (1.0, 0.93, 0.75), (1.0, 0.10, 0.06), (0.05, 0.05, 0.06)


def rolling(parts: list[Mesh], wheels: list[tuple[float, float, float]], speed: float, sway=None):
    """A pose function: `parts[0]` is the coach, then one part for each wheel or axle (y, z, radius)."""

    def pose(t: float) -> np.ndarray:
        out = np.repeat(np.eye(4)[None], len(parts), 0)
        if sway is not None:
            out[0] = sway(t)
        for k, (y, z, radius) in enumerate(wheels, 1):
            out[k, :3, :3] = euler(speed * t / radius % TAU)
            out[k, 1, 3], out[k, 2, 3] = y, z
        return out

    return pose


COACH = np.array([(-2.18, 0.46, 0.60, 0.66, 0.72), (-2.13, 0.34, 0.79, 0.84, 0.93), (-1.95, 0.27, 0.86, 0.88, 0.97),
    (-1.40, 0.20, 0.90, 0.89, 0.97), (-0.70, 0.19, 0.91, 0.87, 0.93), (0.10, 0.19, 0.91, 0.85, 0.90),
    (0.75, 0.19, 0.90, 0.84, 0.92), (1.30, 0.20, 0.89, 0.82, 0.90), (1.75, 0.23, 0.86, 0.76, 0.83),
    (2.02, 0.28, 0.80, 0.68, 0.74), (2.15, 0.36, 0.68, 0.60, 0.64), (2.19, 0.44, 0.50, 0.54, 0.56)])  # fmt: skip
# z, half width at the top, top y
ROOF = np.array([(-1.78, 0.62, 0.965), (-1.50, 0.64, 1.06), (-1.10, 0.63, 1.24), (-0.72, 0.61, 1.345),
    (-0.30, 0.60, 1.385), (0.10, 0.60, 1.37), (0.42, 0.61, 1.30), (0.80, 0.64, 1.10), (1.12, 0.66, 0.93)])  # fmt: skip
WHEELS = ((0.335, -1.32, 0.335), (0.335, 1.36, 0.335))


def coachwork(colour: Colour, open_top: bool) -> list[Mesh]:
    """The body of a car without its wheels."""
    rows = []
    for z, sill, half, belt, deck in refine(COACH, 40):
        up = belt - sill
        ys = [sill, sill, sill + up * 0.15, sill + up * 0.36, sill + up * 0.82, belt, (belt + deck * 2) / 3, deck]
        xs = [0.0, half * 0.86, half * 0.97, half, half * 0.985, half * 0.925, half * 0.70, 0.0]
        rows.append([(x, y, z) for x, y in zip(xs, ys)] + [(-x, y, z) for x, y in list(zip(xs, ys))[-2:0:-1]])
    grid = np.array(rows)
    ends = [
        grid[:1].mean(1, keepdims=True).repeat(grid.shape[1], 1),
        grid,
        grid[-1:].mean(1, keepdims=True).repeat(grid.shape[1], 1),
    ]
    parts = [outward(surface(np.concatenate(ends), colour, G))]
    for _, z, radius in WHEELS:  # arches
        for s in (-1, 1):
            parts.append(_arch(s * 0.921, radius, z))
            a = np.linspace(-0.25, math.pi + 0.25, 15)
            lip = np.stack(
                [np.full(15, s * 0.925), radius * 1.02 + np.sin(a) * radius * 1.19, z + np.cos(a) * radius * 1.19], 1
            )
            parts.append(tube(lip, 0.022, 5, shade(colour, 0.85), G))
    for s in (-1, 1):
        line = np.array(
            [(s * 0.918, 0.735, -1.9), (s * 0.925, 0.735, -0.6), (s * 0.925, 0.715, 0.8), (s * 0.89, 0.66, 1.85)]
        )
        parts.append(tube(refine(line, 9), 0.008, 4, shade(colour, 0.6), G))
        parts.append(tube([(s * 0.885, 0.205, -0.95), (s * 0.90, 0.20, 0.95)], 0.035, 5, DARK, MT))
        for z in (-0.62, 0.34):
            parts.append(box((0.02, 0.022, 0.16), (0.8, 0.8, 0.82), M, (s * 0.915, 0.765, z)))
        for z in (-0.92, 0.02, 0.92):
            parts.append(
                tube(
                    [(s * 0.916, 0.30, z), (s * 0.924, 0.50, z), (s * 0.86, 0.84, z - 0.01)],
                    0.006,
                    4,
                    shade(colour, 0.35),
                    MT,
                )
            )
        mirror = ball((s * 1.0, 0.95, 0.72), (0.09, 0.06, 0.05), colour, G, 8, 6)
        parts += [mirror, limb((s * 0.86, 0.88, 0.74), (s * 0.96, 0.93, 0.73), 0.02, 0.02, colour, G, 5)]
        parts.append(ball((s * 0.62, 0.585, 2.06), (0.17, 0.065, 0.10), WARM, GW, 10, 6))
        parts.append(ball((s * 0.63, 0.585, 2.045), (0.195, 0.085, 0.10), (0.75, 0.76, 0.78), M, 10, 6))
        parts.append(box((0.40, 0.085, 0.05), TAIL, GW, (s * 0.56, 0.775, -2.125)))
        parts.append(limb((s * 0.45, 0.30, -2.14), (s * 0.45, 0.30, -2.22), 0.035, 0.035, (0.6, 0.6, 0.62), M, 8))
    for y in (0.41, 0.45, 0.49, 0.53):
        parts.append(box((0.62, 0.013, 0.04), (0.7, 0.71, 0.73), M, (0, y, 2.19)))
    parts += [
        box((0.70, 0.19, 0.05), DARK, MT, (0, 0.47, 2.15)),
        box((1.45, 0.05, 0.06), (0.76, 0.77, 0.79), M, (0, 0.335, 2.10)),
        box((1.50, 0.06, 0.06), (0.76, 0.77, 0.79), M, (0, 0.42, -2.17)),
        box((0.50, 0.11, 0.02), (0.92, 0.91, 0.84), MT, (0, 0.60, -2.185)),
        box((0.46, 0.10, 0.02), (0.92, 0.91, 0.84), MT, (0, 0.33, 2.20)),
    ]
    return parts + (_cockpit(colour) if open_top else _greenhouse(colour))


def _arch(x: float, radius: float, z: float) -> Mesh:
    """The dark of a wheel housing: a disc laid on the coach's side, cut off at the sill."""
    a = np.linspace(-0.62, math.pi + 0.62, 21)
    points = np.stack([np.full(21, x), radius * 1.02 + np.sin(a) * radius * 1.18, z + np.cos(a) * radius * 1.18], 1)
    made = mesh(np.concatenate([points, [(x, radius, z)]]), [[21, k, k + 1] for k in range(20)], DARK, MT)
    if float(made.normals[:, 0].sum()) * x < 0:
        made.normals, made.faces = -made.normals, made.faces[:, ::-1]
    return made


def _greenhouse(colour: Colour) -> list[Mesh]:
    """Windows under a painted roof: a glass loft with pillars and a roof skin laid over it."""
    rows, skin = [], []
    for z, half, top in refine(ROOF, 22):
        base = float(np.interp(z, COACH[:, 0], COACH[:, 3])) + 0.01
        low = float(np.interp(z, COACH[:, 0], COACH[:, 2])) * 0.93
        up = max(top - base, 0.02)
        half = low + (half - low) * min(up / 0.5, 1.0)
        xs, ys = [low, low + (half - low) * 0.5, half, half * 0.86, half * 0.5, 0.0], [base, base + up * 0.46,
            base + up * 0.86, base + up * 0.96, base + up * 0.99, base + up]  # fmt: skip
        rows.append([(x, y, z) for x, y in zip(xs, ys)] + [(-x, y, z) for x, y in list(zip(xs, ys))[-2::-1]])
        if -1.22 < z < 0.46:
            lift = np.array([0, 0.012, 0])
            skin.append([np.array(p) * (1.012, 1, 1) + lift for p in rows[-1][2:-2]])
    parts = [outward(surface(np.array(rows), (0.06, 0.08, 0.10), GL, closed=False))]
    parts.append(outward(surface(np.array(skin), colour, G, closed=False)))
    grid = np.array(rows)
    for s, column in ((1, 2), (-1, -3)):
        rail = grid[:, column]
        parts.append(tube(np.add(rail[1:-1:2], (s * 0.008, 0.004, 0)), 0.026, 5, colour, G))
        for z0, z1 in ((0.84, 0.42), (-0.28, -0.30), (-1.55, -1.12)):  # pillars
            bottom = grid[int(np.argmin(np.abs(grid[:, 0, 2] - z0))), 0 if s > 0 else -1]
            top = rail[int(np.argmin(np.abs(grid[:, 0, 2] - z1)))]
            parts.append(
                tube([bottom, (bottom + top) / 2 + [s * 0.012, 0, 0], top], 0.03 if z0 > -1 else 0.05, 5, colour, G)
            )
    return parts


def _cockpit(colour: Colour) -> list[Mesh]:
    """An open top: windscreen, seats, a dark tub and a wheel."""
    leather = (0.55, 0.34, 0.20) if colour[0] < 0.5 or colour[1] > 0.4 else (0.85, 0.80, 0.70)
    screen = shell(np.array([[(x, 0.90 + 0.40 * v, 0.88 - 0.30 * v - 0.10 * (x / 0.7) ** 2)
        for x in np.linspace(0.70 - 0.06 * v, -0.70 + 0.06 * v, 7)] for v in np.linspace(0, 1, 4)]), 0.012,
        (0.25, 0.30, 0.33), (0.25, 0.30, 0.33), GL)  # fmt: skip
    frame = [(x, 0.90 + 0.40 * v, 0.88 - 0.30 * v - 0.10 * (x / 0.7) ** 2) for x, v in ((0.70, 0), (0.66, 0.6),
        (0.62, 1.0), (0.3, 1.02), (-0.3, 1.02), (-0.62, 1.0), (-0.66, 0.6), (-0.70, 0))]  # fmt: skip
    tub = box((1.30, 0.04, 1.75), (0.10, 0.09, 0.09), MT, (0, 0.925, -0.15))
    parts = [tube(frame, 0.018, 5, (0.78, 0.79, 0.8), M), tub, screen]
    for x in (-0.36, 0.36):
        parts += [limb((x - 0.14, 1.0, -0.45), (x + 0.14, 1.0, -0.45), 0.16, 0.16, leather, MT, 8),
            limb((x, 0.95, -0.40), (x, 0.95, 0.0), 0.13, 0.12, leather, MT, 8)]  # fmt: skip
    turn = np.eye(4)
    turn[:3, :3] = euler(0, math.pi / 2) @ euler(0, 0, 0.35)
    turn[:3, 3] = 0.36, 1.04, 0.40
    parts.append(ring(0.17, 0.015, DARK, G, 24, 6).transformed(turn))
    parts.append(limb((0.36, 0.92, 0.62), (0.36, 1.04, 0.40), 0.022, 0.02, DARK, MT, 6))
    return parts


def _road_wheel(radius: float, width: float) -> Mesh:
    """One axle's pair of wheels about the x axis."""
    parts = []
    for s in (-1, 1):
        x = s * 0.84
        tyre = [(radius * 0.62, -0.5), (radius * 0.93, -0.5), (radius, -0.30), (radius, 0.30), (radius * 0.93, 0.5),
            (radius * 0.62, 0.5), (radius * 0.60, 0.34), (0.001, 0.30)]  # fmt: skip
        a = np.arange(24) * TAU / 24
        grid = np.array([[(x + s * w * width, r * math.sin(k), r * math.cos(k)) for k in a] for r, w in tyre])
        tints = np.array([(0.06, 0.06, 0.065)] * 6 + [(0.35, 0.36, 0.38), (0.35, 0.36, 0.38)])
        parts.append(outward(surface(grid, tints, MT)))
        for k in range(5):
            b = TAU * k / 5
            out = np.array([0, math.sin(b), math.cos(b)])
            across = np.array([0, math.cos(b), -math.sin(b)])
            at = x + s * width * 0.42
            tip, hub = out * radius * 0.60, out * 0.02
            p = [
                np.array([at, 0, 0]) + v
                for v in (hub + across * 0.035, tip + across * 0.05, tip - across * 0.05, hub - across * 0.035)
            ]
            face = quad(*p, (0.80, 0.81, 0.83), M)
            if face.normals[0, 0] * s < 0:
                face = quad(*p[::-1], (0.80, 0.81, 0.83), M)
            parts.append(face)
        parts.append(ball((x + s * width * 0.40, 0, 0), (0.03, 0.055, 0.055), (0.8, 0.81, 0.83), M, 8, 6))
    return merge(parts)


def build_car(subject: SubjectDescription, driver=None) -> Figure:
    """A coupe with windows, lights and turning wheels; an open one when somebody is seen to drive."""
    colour = colour_of(subject, () if subject.kind == "car" else ("red", "turquoise", "blue"))
    parts = [merge(coachwork(colour, driver is not None))] + [_road_wheel(r, 0.21) for _, _, r in WHEELS]
    speed = 0.0 if subject.action in ("stand", "sit", "turn") else 11.0

    def sway(t: float) -> np.ndarray:
        m = np.eye(4)
        if speed:
            m[:3, :3] = euler(0.004 * math.sin(TAU * t / 1.1), 0, 0.005 * math.sin(TAU * t / 1.7))
            m[1, 3] = 0.006 * math.sin(TAU * t / 0.9)
        return m

    pose = rolling(parts, list(WHEELS), speed, sway)
    if driver is not None:
        meshes, driving = driver
        count = len(parts)
        parts = parts + list(meshes)
        coach_pose = pose
        pose = lambda t: np.concatenate([coach_pose(t)[:count], sway(t) @ driving(t)])
    lamps = [
        Lamp((0.62, 0.58, 3.2), (1.0, 0.92, 0.72), 16.0, True),
        Lamp((-0.62, 0.58, 3.2), (1.0, 0.92, 0.72), 16.0, True),
        Lamp((0.0, 0.75, -2.6), (1.0, 0.08, 0.05), 6.0, True),
    ]
    return fitted(Figure(parts, pose, 1.39 if driver is None else 1.62, 2.3, speed=speed, eye=0.85, lamps=lamps))
