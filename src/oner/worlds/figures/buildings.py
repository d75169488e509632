"""House and lighthouse."""

import math
from itertools import pairwise

import numpy as np

from ..description import SubjectDescription
from ..mesh import Material, Mesh, box, cylinder, limb, merge, mesh, quad, rgb
from ..scene import Figure, Lamp
from .body import euler
from .gaits import TAU
from .measure import fitted
from .shapes import (
    ball,
    placed_at,
    still,
    surface,
    tube,
)
from .traits import COLOUR_VALUES, Colour, colour_of, draw, shade
from .tree import clump

G, M, GL, GW, MT, W = Material.GLOSS, Material.METAL, Material.GLASS, Material.GLOW, Material.MATTE, Material.WOOD
LIT = (1.0, 0.80, 0.45)


def build_house(subject: SubjectDescription) -> Figure:
    """A two-storey house, 8 m wide, with a gable towards +z; most of its windows are lit."""
    colour = colour_of(subject)
    if subject.colour is None:
        colour = shade(colour, 1.5) if sum(colour) < 2.2 else colour
    roof_tone = rgb("#5b3a33") if sum(colour) > 1.1 else rgb("#7d3b2c")
    door = COLOUR_VALUES[draw(subject, "door", ("red", "blue", "turquoise", "green"))]
    trim = (0.95, 0.94, 0.91) if sum(colour) < 2.5 else (0.36, 0.42, 0.46)
    w, d, wall, ridge = 7.6, 6.6, 5.1, 8.0
    x, z = w / 2, d / 2
    parts = [box((w, wall, d), colour, Material.PLASTER, (0, wall / 2, 0)), box((w + 0.3, 0.4, d + 0.3),
        (0.45, 0.44, 0.43), Material.CONCRETE, (0, 0.2, 0))]  # fmt: skip
    for s in (-1, 1):  # gables at both ends
        a, b, c = (-x, wall, s * z), (x, wall, s * z), (0, ridge, s * z)
        parts.append(mesh([a, b, c] if s > 0 else [b, a, c], [[0, 1, 2]], colour, Material.PLASTER))
        parts.append(_slab(s, x, z, wall, ridge, roof_tone))
    for y in np.arange(0.7, wall, 0.42):  # weatherboards
        parts.append(box((w + 0.04, 0.03, d + 0.04), shade(colour, 0.86), Material.PLASTER, (0, y, 0)))
    for sx in (-1, 1):
        for sz in (-1, 1):
            parts.append(box((0.22, wall, 0.22), trim, MT, (sx * x, wall / 2, sz * z)))
    chimney = (1.7, ridge - 0.1, -1.2)
    parts += [box((0.75, 2.3, 0.75), rgb("#8a4a38"), Material.BRICK, chimney), box((0.92, 0.16, 0.92),
        rgb("#6b6660"), Material.CONCRETE, (1.7, ridge + 1.08, -1.2))]  # fmt: skip
    spots = [((px, py, z), 0.0) for px, py in ((-2.35, 3.75), (0.0, 3.75), (2.35, 3.75), (-2.35, 1.65), (2.35, 1.65))]
    spots += [((s * x, py, pz), s * math.pi / 2) for s in (-1, 1) for py in (1.65, 3.75) for pz in (-1.7, 1.5)]
    spots += [((px, py, -z), math.pi) for px in (-2.1, 2.1) for py in (1.65, 3.75)]
    for number, (place, turn) in enumerate(spots, 1):
        lit = (number * 5 + draw(subject, "lights", range(7))) % 3 != 0
        parts.append(_window(1.15, 1.35, lit, trim, door).transformed(placed_at(place, turn)))
    parts.append(_round_window(trim).transformed(placed_at((0, 6.1, z), 0)))
    parts += _entrance(z, door, trim, roof_tone)
    for px in (-2.35, 2.35):  # flower boxes and bushes
        parts.append(box((1.35, 0.22, 0.28), rgb("#6b4a30"), W, (px, 0.88, z + 0.16)))
        for k in range(7):
            parts.append(ball((px - 0.55 + 0.18 * k, 1.04, z + 0.18), (0.11, 0.10, 0.11),
                COLOUR_VALUES[("red", "pink", "yellow")[k % 3]], Material.PETAL, 6, 4))  # fmt: skip
    for px, r in ((-3.4, 0.62), (3.35, 0.70), (-3.9, 0.45)):
        parts.append(clump(np.array([px, r * 0.6, z + 0.75]), r, (0.22, 0.40, 0.18), int(px * 10) + 90))
    lamps = [Lamp((0.0, 2.6, z + 1.4), (1.0, 0.75, 0.42), 8.0, True), Lamp((-2.4, 2.4, z + 1.6), (1.0, 0.72, 0.4),
        7.0, True), Lamp((2.4, 2.4, z + 1.6), (1.0, 0.72, 0.4), 7.0, True)]  # fmt: skip
    return fitted(Figure([merge(parts)], still, ridge + 1.16, 4.5, eye=3.2, lamps=lamps))


def _slab(s: int, x: float, z: float, wall: float, ridge: float, tone: Colour) -> Mesh:
    """One side of a pitched roof with eaves, in rows of tiles."""
    slope = np.array([s * x, wall - ridge])
    out = slope / np.linalg.norm(slope)
    up = np.array([-out[1], out[0]])
    up = up if up[1] > 0 else -up
    rows = 9
    parts = []
    reach = np.linalg.norm(slope) + 0.55
    for k in range(rows):
        near, far = reach * k / rows, reach * (k + 1) / rows + 0.06
        a, b = np.array([0, ridge]) + out * near, np.array([0, ridge]) + out * far
        lift, under = up * 0.09, up * (0.09 + 0.035)
        corners = [
            (*(a + lift), -z - 0.45),
            (*(b + under), -z - 0.45),
            (*(b + under), z + 0.45),
            (*(a + lift), z + 0.45),
        ]
        tint = shade(tone, 0.88 + 0.12 * (k % 2))
        face = quad(*corners, tint, Material.CONCRETE)
        parts.append(face if face.normals[0, 1] > 0 else quad(*corners[::-1], tint, Material.CONCRETE))
    a, b = np.array([0, ridge]), np.array([0, ridge]) + out * reach
    for sz in (-1, 1):
        c = [(*(a + up * 0.12), sz * (z + 0.45)), (*(b + up * 0.12), sz * (z + 0.45)), (*(b - up * 0.12),
            sz * (z + 0.45)), (*(a - up * 0.12), sz * (z + 0.45))]  # fmt: skip
        face = quad(*c, (0.93, 0.92, 0.88), MT)
        parts.append(face if face.normals[0, 2] * sz > 0 else quad(*c[::-1], (0.93, 0.92, 0.88), MT))
    c = [
        (*(a - up * 0.1), -z - 0.45),
        (*(b - up * 0.1), -z - 0.45),
        (*(b - up * 0.1), z + 0.45),
        (*(a - up * 0.1), z + 0.45),
    ]
    face = quad(*c, shade(tone, 0.5), MT)
    parts.append(face if face.normals[0, 1] < 0 else quad(*c[::-1], shade(tone, 0.5), MT))
    c = [
        (*(b + up * 0.13), -z - 0.45),
        (*(b - up * 0.1), -z - 0.45),
        (*(b - up * 0.1), z + 0.45),
        (*(b + up * 0.13), z + 0.45),
    ]
    face = quad(*c, (0.93, 0.92, 0.88), MT)
    parts.append(face if face.normals[0, 0] * s > 0 else quad(*c[::-1], (0.93, 0.92, 0.88), MT))
    return merge(parts)


def _window(width: float, height: float, lit: bool, trim: Colour, shutter: Colour) -> Mesh:
    """A window facing +z, its middle at the origin."""
    pane = box((width, height, 0.06), LIT if lit else (0.07, 0.09, 0.12), GW if lit else GL, (0, 0, 0.01))
    frame = [box((width + 0.2, 0.10, 0.16), trim, MT, (0, s * height / 2, 0.03)) for s in (-1, 1)]
    frame += [box((0.10, height, 0.14), trim, MT, (s * width / 2, 0, 0.03)) for s in (-1, 1)]
    frame += [
        box((0.05, height, 0.10), trim, MT, (0, 0, 0.02)),
        box((width, 0.05, 0.10), trim, MT, (0, height * 0.12, 0.02)),
    ]
    frame += [
        box((0.36, height + 0.06, 0.06), shade(shutter, 0.8), W, (s * (width / 2 + 0.26), 0, 0.05)) for s in (-1, 1)
    ]
    return merge([pane, *frame])


def _round_window(trim: Colour) -> Mesh:
    turn = np.eye(4)
    turn[:3, :3] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
    return merge(
        [cylinder(0.48, 0.08, trim, MT, 20).transformed(turn), cylinder(0.38, 0.10, LIT, GW, 20).transformed(turn)]
    )


def _entrance(z: float, door: Colour, trim: Colour, roof: Colour) -> list[Mesh]:
    parts = [
        box((1.1, 2.15, 0.10), door, G, (0, 1.45, z + 0.05)),
        box((1.36, 2.32, 0.08), trim, MT, (0, 1.52, z + 0.03)),
        box((0.55, 0.45, 0.03), LIT, GW, (0, 2.12, z + 0.105)),
        ball((0.40, 1.42, z + 0.14), (0.05, 0.05, 0.05), (0.85, 0.70, 0.30), M, 8, 5),
        box((2.2, 0.2, 1.3), (0.55, 0.54, 0.52), Material.CONCRETE, (0, 0.28, z + 0.7)),
        box((2.6, 0.18, 1.7), (0.5, 0.49, 0.47), Material.CONCRETE, (0, 0.09, z + 0.85)),
    ]
    for s in (-1, 1):
        parts.append(cylinder(0.075, 2.45, trim, MT, 8).moved(s * 0.98, 0.38, z + 1.2))
    corners = ((-1.3, 2.82, z + 1.45), (1.3, 2.82, z + 1.45), (1.3, 3.16, z), (-1.3, 3.16, z))
    parts += [quad(*corners, roof, Material.CONCRETE), quad(*[(a, b - 0.05, c) for a, b, c in corners[::-1]],
        shade(roof, 0.6), MT), box((2.62, 0.14, 0.08), trim, MT, (0, 2.80, z + 1.45))]  # fmt: skip
    parts.append(ball((0, 2.62, z + 0.7), (0.12, 0.14, 0.12), LIT, GW, 8, 6))
    return parts


def build_lighthouse(subject: SubjectDescription) -> Figure:
    """A striped tower, 18 m tall, on a rock; its lens turns once in eight seconds."""
    colour = COLOUR_VALUES[subject.colour] if subject.colour else COLOUR_VALUES["red"]
    white = (0.95, 0.94, 0.91) if sum(colour) < 2.4 else (0.75, 0.20, 0.18)
    parts = [clump(np.array([0, 0.05, 0.0]), 1.0, (0.42, 0.40, 0.38), 5, 16, 8)]
    parts[0].positions *= np.float32([4.0, 0.9, 3.8])
    parts[0].positions[:, 1] = np.maximum(parts[0].positions[:, 1] - 0.1, 0.0)
    parts[0].material[:] = float(Material.ROCK)
    radius = lambda y: 2.15 - 0.062 * y - 0.35 * min(y / 3, 1) + 0.18
    edges = np.linspace(0.3, 13.4, 8)
    sides = 24
    angle = np.arange(sides) * TAU / sides
    for k, (a, b) in enumerate(pairwise(edges)):
        rows = [[(radius(y) * math.cos(t), y, radius(y) * math.sin(t)) for t in angle] for y in (a, (a + b) / 2, b)]
        parts.append(surface(np.array(rows), white if k % 2 == 0 else colour, Material.PLASTER))
    top = radius(13.4)
    gallery = [(top, 13.0), (top + 0.55, 13.35), (top + 0.62, 13.45), (top + 0.62, 13.6), (1.2, 13.62)]
    parts.append(
        surface(
            np.array([[(r * math.cos(t), y, r * math.sin(t)) for t in angle] for r, y in gallery]),
            (0.30, 0.31, 0.33),
            M,
        )
    )
    for y in (14.05, 14.45):
        loop = np.array([((top + 0.55) * math.cos(t), y, (top + 0.55) * math.sin(t)) for t in np.linspace(0, TAU, 25)])
        parts.append(tube(loop, 0.03, 4, (0.2, 0.2, 0.22), M))
    for t in np.linspace(0, TAU, 13)[:-1]:
        p = ((top + 0.55) * math.cos(t), (top + 0.55) * math.sin(t))
        parts.append(limb((p[0], 13.6, p[1]), (p[0], 14.45, p[1]), 0.03, 0.03, (0.2, 0.2, 0.22), M, 4))
    parts.append(cylinder(1.15, 0.75, colour, G, 20).moved(0, 13.6, 0))
    for t in np.linspace(0, TAU, 9)[:-1]:
        p = (1.1 * math.cos(t), 1.1 * math.sin(t))
        parts.append(limb((p[0], 14.3, p[1]), (p[0], 16.2, p[1]), 0.045, 0.045, (0.85, 0.84, 0.82), M, 5))
    dome = [
        (1.45, 16.12),
        (1.42, 16.28),
        (1.15, 16.75),
        (0.6, 17.15),
        (0.15, 17.32),
        (0.12, 17.6),
        (0.16, 17.72),
        (0.0, 17.86),
    ]
    parts.append(surface(np.array([[(r * math.cos(t), y, r * math.sin(t)) for t in angle] for r, y in [(0.0, 16.12),
        *dome]]), colour, G))  # fmt: skip
    for k, y in enumerate((3.3, 6.6, 9.9)):
        turn = (0.0, 2.4, -1.2)[k]
        pane = merge([box((0.55, 0.95, 0.10), LIT if k != 1 else (0.07, 0.09, 0.12), GW if k != 1 else GL),
            box((0.78, 1.18, 0.06), white if k % 2 else shade(colour, 0.7), MT)])  # fmt: skip
        parts.append(pane.transformed(placed_at((radius(y) * math.sin(turn), y, radius(y) * math.cos(turn)), turn)))
    parts += [
        box((1.1, 2.1, 0.4), shade(colour, 0.6), W, (0, 1.55, radius(1.2) - 0.02)),
        box((1.5, 2.5, 0.3), white, MT, (0, 1.6, radius(1.2) - 0.08)),
    ]
    parts += [
        box(
            (2.0, 0.3 * (3 - k), 0.5),
            (0.5, 0.49, 0.47),
            Material.CONCRETE,
            (0, 0.15 * (3 - k), radius(0) + 0.2 + 0.45 * k),
        )
        for k in range(3)
    ]
    core = [cylinder(0.34, 1.3, (1.0, 0.93, 0.70), GW, 12).moved(0, 14.6, 0)]
    for s in (-1, 1):  # two bright lenses, and shutters between
        core.append(ball((0, 15.25, s * 0.42), (0.52, 0.62, 0.16), (1.0, 0.97, 0.85), GW, 14, 10))
        core.append(box((0.06, 1.2, 0.7), (0.10, 0.10, 0.11), M, (s * 0.50, 15.2, 0)))
        core.append(_beam(s))
    lens = merge(core)

    def pose(t: float) -> np.ndarray:
        out = np.repeat(np.eye(4)[None], 2, 0)
        out[1, :3, :3] = euler(0, TAU * t / 8.0)
        return out

    lamps = [Lamp((0.0, 15.3, 2.4), (1.0, 0.92, 0.65), 40.0, True), Lamp((0.0, 2.8, 3.4), (1.0, 0.75, 0.42), 8.0, True)]
    return Figure([merge(parts), lens], pose, 17.9, 4.6, eye=12.0, lamps=lamps)


def _beam(s: int) -> Mesh:
    """A needle of light: narrow enough to read as a gleam by day and a ray by night."""
    turn = np.eye(4)
    turn[:3, :3] = [[1, 0, 0], [0, 0, -s], [0, s, 0]]
    turn[:3, 3] = 0, 15.25, s * 0.55
    return cylinder(0.06, 3.4, (1.0, 0.96, 0.80), GW, 8, top=0.001).transformed(turn)
