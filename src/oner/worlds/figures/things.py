"""Things: house, tree, lighthouse, grand piano, robot."""

import math

import numpy as np

from ..description import SubjectDescription
from ..mesh import Material, Mesh, box, cylinder, limb, mesh, merge, quad, rgb, translation
from ..scene import Figure, Lamp
from . import gaits, performances, props
from .body import PARTS, Solver, euler
from .gaits import TAU
from .measure import fitted
from .people import Person, assemble, together
from .shapes import ball, loft, refine, surface, tube
from .traits import COLOUR_VALUES, Colour, colour_of, dial, draw, shade, traits_of

G, M, GL, GW, MT, W = Material.GLOSS, Material.METAL, Material.GLASS, Material.GLOW, Material.MATTE, Material.WOOD
LIT = (1.0, 0.80, 0.45)


def still(t: float) -> np.ndarray:
    return np.eye(4)[None]


# ------------------------------------------------------------------------------------------------------ house


def build_house(subject: SubjectDescription) -> Figure:
    """A two-storey house, 8 m wide, with a gable towards +z; most of its windows are lit."""
    colour = colour_of(subject, ("white", "yellow", "red", "blue", "green"))
    if subject.colour is None:
        colour = shade(colour, 1.5) if sum(colour) < 2.2 else colour
    roof_tone = rgb("#5b3a33") if sum(colour) > 1.1 else rgb("#7d3b2c")
    door = COLOUR_VALUES[draw(subject, "door", ("red", "blue", "turquoise", "green"))]
    trim = (0.95, 0.94, 0.91) if sum(colour) < 2.5 else (0.36, 0.42, 0.46)
    w, d, wall, ridge = 7.6, 6.6, 5.1, 8.0
    x, z = w / 2, d / 2
    parts = [box((w, wall, d), colour, Material.PLASTER, (0, wall / 2, 0)), box((w + 0.3, 0.4, d + 0.3), (0.45, 0.44, 0.43), Material.CONCRETE, (0, 0.2, 0))]  # fmt: skip
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
    parts += [box((0.75, 2.3, 0.75), rgb("#8a4a38"), Material.BRICK, chimney), box((0.92, 0.16, 0.92), rgb("#6b6660"), Material.CONCRETE, (1.7, ridge + 1.08, -1.2))]  # fmt: skip
    number = 0
    spots = [((px, py, z), 0.0) for px, py in ((-2.35, 3.75), (0.0, 3.75), (2.35, 3.75), (-2.35, 1.65), (2.35, 1.65))]
    spots += [((s * x, py, pz), s * math.pi / 2) for s in (-1, 1) for py in (1.65, 3.75) for pz in (-1.7, 1.5)]
    spots += [((px, py, -z), math.pi) for px in (-2.1, 2.1) for py in (1.65, 3.75)]
    for place, turn in spots:
        number += 1
        lit = (number * 5 + draw(subject, "lights", range(7))) % 3 != 0
        parts.append(_window(1.15, 1.35, lit, trim, door).transformed(_standing(place, turn)))
    parts.append(_round_window(trim).transformed(_standing((0, 6.1, z), 0)))
    parts += _entrance(z, door, trim, roof_tone)
    for px in (-2.35, 2.35):  # flower boxes and bushes
        parts.append(box((1.35, 0.22, 0.28), rgb("#6b4a30"), W, (px, 0.88, z + 0.16)))
        for k in range(7):
            parts.append(ball((px - 0.55 + 0.18 * k, 1.04, z + 0.18), (0.11, 0.10, 0.11), COLOUR_VALUES[("red", "pink", "yellow")[k % 3]], Material.PETAL, 6, 4))  # fmt: skip
    for px, r in ((-3.4, 0.62), (3.35, 0.70), (-3.9, 0.45)):
        parts.append(_clump(np.array([px, r * 0.6, z + 0.75]), r, (0.22, 0.40, 0.18), int(px * 10) + 90))
    lamps = [Lamp((0.0, 2.6, z + 1.4), (1.0, 0.75, 0.42), 8.0, True), Lamp((-2.4, 2.4, z + 1.6), (1.0, 0.72, 0.4), 7.0, True), Lamp((2.4, 2.4, z + 1.6), (1.0, 0.72, 0.4), 7.0, True)]  # fmt: skip
    return fitted(Figure([merge(parts)], still, ridge + 1.16, 4.5, eye=3.2, lamps=lamps))


def _slab(s: int, x: float, z: float, wall: float, ridge: float, tone: Colour) -> Mesh:
    """One side of a pitched roof with eaves, in rows of tiles."""
    slope = np.array([s * x, wall - ridge])
    out = slope / np.linalg.norm(slope)
    up = np.array([-out[1], out[0]]) if out[0] < 0 else np.array([-out[1], out[0]])
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
        c = [(*(a + up * 0.12), sz * (z + 0.45)), (*(b + up * 0.12), sz * (z + 0.45)), (*(b - up * 0.12), sz * (z + 0.45)), (*(a - up * 0.12), sz * (z + 0.45))]  # fmt: skip
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
    parts += [quad(*corners, roof, Material.CONCRETE), quad(*[(a, b - 0.05, c) for a, b, c in corners[::-1]], shade(roof, 0.6), MT), box((2.62, 0.14, 0.08), trim, MT, (0, 2.80, z + 1.45))]  # fmt: skip
    parts.append(ball((0, 2.62, z + 0.7), (0.12, 0.14, 0.12), LIT, GW, 8, 6))
    return parts


def _standing(place, turn: float) -> np.ndarray:
    m = np.eye(4)
    m[:3, :3] = euler(0, turn)
    m[:3, 3] = place
    return m


# ------------------------------------------------------------------------------------------------------- tree


def _clump(centre: np.ndarray, radius: float, tone: Colour, seed: int, sides: int = 11, rings: int = 8) -> Mesh:
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
        parts.append(tube([(0.22 * math.cos(a), 0.28, 0.22 * math.sin(a)), (0.5 * math.cos(a), 0.06, 0.5 * math.sin(a)), (0.85 * math.cos(a), -0.06, 0.85 * math.sin(a))], [0.17, 0.11, 0.04], 6, bark, Material.BARK))  # fmt: skip
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
        parts.append(_clump(np.array([cx, cy, cz]), r * 0.92, shade(tone, rng.uniform(0.82, 1.05)), seed + k))
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


# ------------------------------------------------------------------------------------------------- lighthouse


def build_lighthouse(subject: SubjectDescription) -> Figure:
    """A striped tower, 18 m tall, on a rock; its lens turns once in eight seconds."""
    colour = COLOUR_VALUES[subject.colour] if subject.colour else COLOUR_VALUES["red"]
    white = (0.95, 0.94, 0.91) if sum(colour) < 2.4 else (0.75, 0.20, 0.18)
    parts = [_clump(np.array([0, 0.05, 0.0]), 1.0, (0.42, 0.40, 0.38), 5, 16, 8)]
    parts[0].positions *= np.float32([4.0, 0.9, 3.8])
    parts[0].positions[:, 1] = np.maximum(parts[0].positions[:, 1] - 0.1, 0.0)
    parts[0].material[:] = float(Material.ROCK)
    radius = lambda y: 2.15 - 0.062 * y - 0.35 * min(y / 3, 1) + 0.18
    edges = np.linspace(0.3, 13.4, 8)
    sides = 24
    angle = np.arange(sides) * TAU / sides
    for k, (a, b) in enumerate(zip(edges, edges[1:])):
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
    parts.append(surface(np.array([[(r * math.cos(t), y, r * math.sin(t)) for t in angle] for r, y in [(0.0, 16.12), *dome]]), colour, G))  # fmt: skip
    for k, y in enumerate((3.3, 6.6, 9.9)):
        turn = (0.0, 2.4, -1.2)[k]
        pane = merge([box((0.55, 0.95, 0.10), LIT if k != 1 else (0.07, 0.09, 0.12), GW if k != 1 else GL), box((0.78, 1.18, 0.06), white if k % 2 else shade(colour, 0.7), MT)])  # fmt: skip
        parts.append(pane.transformed(_standing((radius(y) * math.sin(turn), y, radius(y) * math.cos(turn)), turn)))
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


# ------------------------------------------------------------------------------------------------------ piano

KEYS = 0.735  # height of the keys


def _piano_outline(scale: float = 1.0) -> np.ndarray:
    """The case from above as (x, z), counter-clockwise seen from above; the keyboard at z = 0, bass side at +x."""
    curve = [(-0.74, 0.0), (-0.75, 0.35), (-0.74, 0.62), (-0.66, 0.88), (-0.46, 1.12), (-0.20, 1.36), (0.02, 1.62), (0.22, 1.80), (0.46, 1.87), (0.66, 1.80), (0.75, 1.62)]  # fmt: skip
    side = refine(curve, 30)
    return np.concatenate([side, [(0.75, 0.9), (0.75, 0.0)]]) * scale


def _slab_of(outline: np.ndarray, low: float, high: float, colour, material) -> Mesh:
    """An upright plate over an outline (x, z) that is star-shaped about (0.1, 0.75)."""
    n = len(outline)
    centre = np.array([0.1, 0.75])
    parts = []
    wall = np.array([[(x, y, z) for x, z in outline] for y in (low, high)])
    made = surface(wall, colour, material)
    reach = made.positions - np.float32([centre[0], (low + high) / 2, centre[1]])
    if float(np.sum(reach[:, [0, 2]] * made.normals[:, [0, 2]])) < 0:
        made.normals, made.faces = -made.normals, made.faces[:, ::-1]
    parts.append(made)
    for y, up in ((high, 1.0), (low, -1.0)):
        points = [(x, y, z) for x, z in outline] + [(centre[0], y, centre[1])]
        face = mesh(points, [[n, (k + 1) % n, k] for k in range(n)], colour, material)
        if float(face.normals[:, 1].sum()) * up < 0:
            face.normals, face.faces = -face.normals, face.faces[:, ::-1]
        parts.append(face)
    return merge(parts)


def build_piano(subject: SubjectDescription) -> Figure:
    """A grand piano with its lid open; somebody plays it when the action is to play. The player looks to +z."""
    colour = COLOUR_VALUES[subject.colour] if subject.colour else (0.045, 0.045, 0.05)
    brass, ivory = (0.83, 0.64, 0.26), (0.95, 0.94, 0.90)
    outline = _piano_outline()
    front = 0.26  # where the case begins behind the keys
    case = outline.copy()
    case[:, 1] = np.maximum(case[:, 1], front)
    parts = [_slab_of(case, 0.66, 0.97, colour, G)]
    inner = (case - (0.1, 0.95)) * 0.93 + (0.1, 0.97)
    inner[:, 1] = np.maximum(inner[:, 1], front + 0.10)
    parts.append(_slab_of(inner, 0.96, 0.975, (0.80, 0.58, 0.25), M))
    for k in range(14):  # strings
        x = -0.55 + 0.085 * k
        parts.append(
            box(
                (0.008, 0.008, 0.45 + 0.075 * k),
                (0.90, 0.86, 0.75),
                M,
                (x, 0.982, front + 0.18 + (0.45 + 0.075 * k) / 2),
            )
        )
    parts += [
        box((1.50, 0.10, 0.34), colour, G, (0, 0.655, 0.15)),
        box((1.50, 0.14, 0.05), colour, G, (0, 0.80, front - 0.005)),
    ]
    parts += [box((0.12, 0.20, 0.30), colour, G, (s * 0.69, 0.755, 0.13)) for s in (-1, 1)]
    parts.append(box((1.24, 0.03, 0.165), ivory, G, (0, KEYS - 0.015, 0.115)))
    for k in range(36):
        x = -0.605 + 1.21 * k / 35
        parts.append(box((0.0035, 0.004, 0.165), (0.3, 0.3, 0.3), MT, (x, KEYS, 0.115)))
        if k % 7 not in (2, 6) and k < 35:
            parts.append(box((0.017, 0.024, 0.10), (0.04, 0.04, 0.045), G, (x + 0.0, KEYS + 0.011, 0.145)))
    parts += [box((0.72, 0.24, 0.02), colour, G, (0, 1.10, front + 0.10)), quad((-0.22, 1.0, front + 0.085), (-0.22, 1.20, front + 0.088), (0.22, 1.20, front + 0.088), (0.22, 1.0, front + 0.085), (0.95, 0.94, 0.90))]  # fmt: skip
    for x, z in ((-0.58, 0.42), (0.60, 0.42), (0.42, 1.60)):
        leg = loft([(0.05, 0.04, 0.04, -0.04), (0.12, 0.032, 0.032, -0.032), (0.35, 0.055, 0.055, -0.055), (0.55, 0.075, 0.075, -0.075), (0.67, 0.08, 0.08, -0.08)], 8, colour, G, 3.0)  # fmt: skip
        parts += [leg.moved(x, 0, z), ball((x, 0.032, z), (0.032, 0.032, 0.032), brass, M, 8, 6)]
    for x in (-0.07, 0.0, 0.07):
        parts.append(box((0.035, 0.02, 0.14), brass, M, (x, 0.06, 0.30)))
    parts += [box((0.30, 0.10, 0.10), colour, G, (0, 0.10, 0.40)), limb((-0.09, 0.12, 0.40), (-0.09, 0.62, 0.42), 0.018, 0.018, colour, G, 6), limb((0.09, 0.12, 0.40), (0.09, 0.62, 0.42), 0.018, 0.018, colour, G, 6)]  # fmt: skip
    lid_outline = case.copy()
    lid_outline[:, 1] = np.maximum(lid_outline[:, 1], front + 0.38)
    hinge = np.array([0.76, 0.985, 0.0])
    lid = _slab_of(lid_outline, 0.0, 0.025, colour, G)
    lid.positions -= np.float32([0.76, 0, 0])
    open_lid = np.eye(4)
    open_lid[:3, :3] = euler(0, 0, -0.66)
    open_lid[:3, 3] = hinge
    parts.append(lid.transformed(open_lid))
    parts.append(limb((-0.60, 0.97, 0.75), (-0.20, 1.56, 0.80), 0.014, 0.012, colour, G, 6))
    shift = (0.0, 0.0, -0.55)
    piano = merge(parts).moved(*shift)
    if subject.action not in ("play", "sit"):
        bench = props.bench(0.48, 0.72, colour).moved(0, 0, -0.28 - 0.55)
        return fitted(Figure([merge([piano, bench])], still, 1.94, 1.6, eye=1.0))
    traits = traits_of(SubjectDescription(draw(subject, "player", ("woman", "man")), garment="suit" if draw(subject, "dressed", (0, 1)) else None, person=subject.person))  # fmt: skip
    seat = 0.455 * traits.height / 1.75
    person: Person = assemble(traits)
    ahead = 0.50
    motion = performances.play_piano(person.body, traits.sex, (KEYS, ahead + 0.10), seat)
    bench = props.bench(seat, 0.72, colour).moved(0, 0, -ahead - 0.55)
    at = translation(0, 0, -ahead - 0.55)
    parts, pose = together(
        (([merge([piano, bench])], still), None), ((person.meshes, lambda t: person.solve(motion(t))), at)
    )
    eye = seat + 0.05 * traits.height + person.eye - person.body.hip
    return fitted(Figure(list(parts), pose, 1.94, 1.6, eye=min(eye, 1.3)))


# ------------------------------------------------------------------------------------------------------ robot


def build_robot(subject: SubjectDescription) -> Figure:
    """A walking machine, 1.9 m tall, with the joints of a person and eyes that glow."""
    colour = colour_of(subject, ("grey", "white", "turquoise", "orange"))
    glow = (0.25, 0.95, 1.0) if not (colour[2] > 0.6 and colour[0] < 0.4) else (1.0, 0.75, 0.25)
    traits = traits_of(
        SubjectDescription("man", build="broad", garment="shirt", hairstyle="bald", person=subject.person)
    )
    person_height = 1.84 + 0.08 * dial(subject, "height")
    from dataclasses import replace

    from .body import body_of

    body = body_of(replace(traits, height=person_height))
    meshes, solve = _robot_meshes(body, colour, glow), Solver(body)
    action = subject.action or "stand"
    speed = 0.0
    if action in ("walk", "run"):
        gait = gaits.gait_of(body, action == "run", "man")
        motion, speed = gaits.travel(body, gait, "man", 0.8), gait.speed
    else:
        table = {"wave": performances.wave, "turn": performances.turn, "dance": performances.dance, "float": performances.float_about, "fly": performances.fly}  # fmt: skip
        motion = table.get(action, gaits.standing)(body, "man")
    medium = "air" if action in ("float", "fly") else "ground"
    top = body.hip + body.waist + body.neck
    figure = Figure(
        meshes,
        lambda t: solve(motion(t)),
        top + 0.88 * body.head,
        0.6,
        speed=speed,
        medium=medium,
        eye=top + 0.36 * body.head,
    )
    figure.lamps = [Lamp((0.0, figure.eye, 0.6), glow, 2.5, True)]
    return fitted(figure)


def _robot_meshes(body, colour: Colour, glow: Colour) -> list[Mesh]:
    h, s = body.height, body.head
    steel, dark = (0.55, 0.57, 0.60), (0.16, 0.17, 0.19)
    made: dict[str, list[Mesh]] = {}
    plate = [(-0.02, 0.070, 0.058, -0.055), (0.03, 0.085, 0.075, -0.068), (0.12, 0.128, 0.092, -0.085), (0.19, 0.132, 0.085, -0.082), (0.222, 0.105, 0.060, -0.062), (0.232, 0.06, 0.04, -0.04)]  # fmt: skip
    made["chest"] = [
        loft(np.array(plate) * h, 18, colour, G, 3.2),
        cylinder(0.028 * h, 0.07 * h, dark, M, 10).moved(0, 0.225 * h, -0.006 * h),
    ]
    made["chest"] += [ball((0, 0.135 * h, 0.090 * h), (0.030 * h, 0.030 * h, 0.012 * h), glow, GW, 14, 8), _ring_z(0.038 * h, 0.007 * h, steel).moved(0, 0.135 * h, 0.092 * h)]  # fmt: skip
    made["chest"] += [box((0.14 * h, 0.15 * h, 0.05 * h), dark, M, (0, 0.12 * h, -0.10 * h))]
    made["chest"] += [
        box((0.05 * h, 0.006 * h, 0.01 * h), dark, MT, (x * 0.055 * h, (0.07 - 0.013 * k) * h, 0.082 * h))
        for x in (-1, 1)
        for k in range(3)
    ]
    made["chest"] += [
        limb((x * 0.05 * h, -0.03 * h, 0), (x * 0.05 * h, 0.05 * h, 0.0), 0.016 * h, 0.016 * h, steel, M, 8)
        for x in (-1, 1)
    ]
    made["pelvis"] = [loft(np.array([(-0.05, 0.03, 0.04, -0.04), (-0.03, 0.055, 0.06, -0.06), (0.03, 0.085, 0.07, -0.07), (0.06, 0.080, 0.065, -0.065)]) * h, 16, colour, G, 3.2), limb((0, 0.04 * h, 0), (0, 0.10 * h, 0), 0.045 * h, 0.04 * h, dark, M, 12)]  # fmt: skip
    skull = [
        (0.02, 0.20, 0.24, -0.22),
        (0.10, 0.30, 0.36, -0.32),
        (0.35, 0.37, 0.42, -0.40),
        (0.62, 0.38, 0.41, -0.42),
        (0.80, 0.32, 0.33, -0.36),
        (0.88, 0.18, 0.18, -0.2),
    ]
    made["head"] = [loft(np.array(skull) * s, 18, colour, G, 2.8)]
    made["head"] += [
        loft(
            np.array(
                [(0.36, 0.335, 0.445, 0.1), (0.40, 0.35, 0.465, 0.1), (0.58, 0.35, 0.465, 0.1), (0.62, 0.33, 0.44, 0.1)]
            )
            * s,
            16,
            (0.04, 0.05, 0.06),
            GL,
            3.0,
        )
    ]
    for x in (-1, 1):
        made["head"] += [ball((x * 0.155 * s, 0.49 * s, 0.44 * s), (0.075 * s, 0.065 * s, 0.04 * s), glow, GW, 10, 7), cylinder(0.12 * s, 0.06 * s, steel, M, 12).transformed(_out_x(x * 0.36 * s, 0.45 * s, 0))]  # fmt: skip
    made["head"] += [
        box((0.22 * s, 0.022 * s, 0.03 * s), dark, MT, (0, (0.20 - 0.05 * k) * s, 0.385 * s)) for k in range(3)
    ]
    made["head"] += [limb((0.30 * s, 0.7 * s, 0), (0.34 * s, 1.05 * s, -0.04 * s), 0.014 * s, 0.010 * s, steel, M, 5), ball((0.34 * s, 1.07 * s, -0.04 * s), (0.035 * s,) * 3, (1.0, 0.25, 0.2), GW, 8, 6)]  # fmt: skip
    for side, name in ((1, "left"), (-1, "right")):
        made[f"{name}_upper_arm"] = [ball((0, 0, 0), (0.047 * h, 0.045 * h, 0.047 * h), colour, G, 12, 8), limb((0, 0, 0), (0, -body.upper_arm, 0), 0.020 * h, 0.018 * h, steel, M, 8), _cuff(-0.25, -0.82, 0.031, 0.028, body.upper_arm, h, colour)]  # fmt: skip
        made[f"{name}_forearm"] = [_knuckle(0.028 * h, 0.05 * h, dark), _cuff(-0.12, -0.95, 0.032, 0.024, body.forearm, h, colour), limb((0, 0, 0), (0, -body.forearm, 0), 0.016 * h, 0.015 * h, steel, M, 6)]  # fmt: skip
        hand = [ball((0, -0.030 * h, 0), (0.016 * h, 0.032 * h, 0.026 * h), dark, M, 8, 6)]
        for z in (-0.016, 0.0, 0.016):
            hand.append(
                tube(
                    np.array([(0, -0.05, z), (-side * 0.006, -0.075, z * 1.1), (-side * 0.018, -0.098, z)]) * h,
                    0.0075 * h,
                    5,
                    steel,
                    M,
                )
            )
        hand.append(
            tube(
                np.array([(0, -0.02, 0.022), (-side * 0.008, -0.042, 0.038), (-side * 0.014, -0.062, 0.036)]) * h,
                0.008 * h,
                5,
                steel,
                M,
            )
        )
        made[f"{name}_hand"] = hand
        made[f"{name}_thigh"] = [_knuckle(0.040 * h, 0.075 * h, dark), _cuff(-0.10, -0.90, 0.054, 0.042, body.thigh, h, colour), limb((0, 0, 0), (0, -body.thigh, 0), 0.024 * h, 0.022 * h, steel, M, 8)]  # fmt: skip
        made[f"{name}_shin"] = [_knuckle(0.036 * h, 0.075 * h, steel), _cuff(-0.12, -0.88, 0.040, 0.046, body.shin, h, colour), limb((0, 0, 0), (0, -body.shin, 0), 0.020 * h, 0.018 * h, steel, M, 8)]  # fmt: skip
        made[f"{name}_foot"] = [_knuckle(0.022 * h, 0.05 * h, dark), _robot_foot(body, colour, dark)]
    return [merge(made[name]) for name in PARTS]


def _cuff(top: float, bottom: float, upper: float, lower: float, length: float, h: float, colour: Colour) -> Mesh:
    """A hard shell round a limb, between two shares of its length."""
    ys = np.linspace(bottom, top, 5) * length
    bulge = np.array([0.92, 1.0, 1.03, 1.0, 0.85])
    radius = np.linspace(lower, upper, 5) * h * bulge
    return loft(np.stack([ys, radius, radius * 1.08, -radius * 1.02], 1), 12, colour, G, 2.8)


def _knuckle(radius: float, width: float, tone: Colour) -> Mesh:
    return cylinder(radius, width, tone, M, 12).transformed(_out_x(-width / 2, 0, 0, 1.0))


def _out_x(x: float, y: float, z: float, way: float | None = None) -> np.ndarray:
    s = way or (1.0 if x > 0 else -1.0)
    m = np.eye(4)
    m[:3, :3] = [[0, s, 0], [-s, 0, 0], [0, 0, 1]]
    m[:3, 3] = x, y, z
    return m


def _ring_z(radius: float, pipe: float, tone: Colour) -> Mesh:
    from .shapes import ring

    m = np.eye(4)
    m[:3, :3] = euler(0, math.pi / 2)
    return ring(radius, pipe, tone, M, 20, 5).transformed(m)


def _robot_foot(body, colour: Colour, dark: Colour) -> Mesh:
    h, a = body.height, body.ankle
    rows = [
        (-0.044, 0.02, 0.05),
        (-0.035, 0.036, 0.06),
        (0.03, 0.040, 0.055),
        (0.085, 0.042, 0.035),
        (0.104, 0.03, 0.022),
    ]
    grid = []
    for z, half, top in rows:
        spring = 0.010 if z > 0.1 else 0.0
        grid.append([(half * 0.95, spring, z), (half, 0.012 + spring, z), (half * 0.9, top * 0.85, z), (half * 0.5, top, z), (-half * 0.5, top, z), (-half * 0.9, top * 0.85, z), (-half, 0.012 + spring, z), (-half * 0.95, spring, z)])  # fmt: skip
    grid = np.array(grid)
    grid = np.concatenate(
        [grid[:1].mean(1, keepdims=True).repeat(8, 1), grid, grid[-1:].mean(1, keepdims=True).repeat(8, 1)]
    )
    made = surface(grid * h - (0, a, 0), colour, G)
    if float(np.sum((made.positions - made.positions.mean(0)) * made.normals)) < 0:
        made.normals, made.faces = -made.normals, made.faces[:, ::-1]
    return made
