"""What wind and water carry: a sailing boat and a hot-air balloon."""

import math

import numpy as np

from ..description import SubjectDescription
from ..mesh import Material, Mesh, box, cylinder, limb, merge, mesh
from ..scene import Figure, Lamp
from .body import euler
from .gaits import TAU
from .measure import fitted
from .shapes import (
    ball,
    loft_grid,
    refine,
    shell,
    surface,
    tube,
)
from .traits import colour_of, draw, shade

G, M, GL, GW, MT = Material.GLOSS, Material.METAL, Material.GLASS, Material.GLOW, Material.MATTE
WARM, TAIL, DARK = (1.0, 0.93, 0.75), (1.0, 0.10, 0.06), (0.05, 0.05, 0.06)


def build_boat(subject: SubjectDescription) -> Figure:
    """A small sailing boat, 6 m long; y = 0 is the water line."""
    colour = colour_of(subject)
    sail_tone = (0.95, 0.93, 0.87) if sum(colour) < 2.3 else (0.82, 0.22, 0.18)
    # z, keel y, gunwale y, half width
    stations = [(-2.9, 0.05, 0.66, 0.70), (-2.75, -0.10, 0.72, 0.86), (-1.8, -0.30, 0.66, 1.02), (-0.4, -0.38, 0.63,
        1.10), (1.0, -0.32, 0.68, 0.98), (2.1, -0.16, 0.80, 0.62), (2.8, 0.10, 0.93, 0.24), (3.05, 0.42, 1.00,
        0.04)]  # fmt: skip
    rows, tints = [], []
    for z, keel, top, half in refine(stations, 20):
        v = np.linspace(0, 1, 7)
        xs, ys = half * np.sin(v * math.pi / 2) ** 0.75, keel + (top - keel) * (1 - np.cos(v * math.pi / 2)) ** 0.95
        side = [(x, y, z) for x, y in zip(xs, ys)]
        rows.append([(-x, y, z) for x, y, z in side[:0:-1]] + side)
        band = [
            (0.35, 0.09, 0.08) if y < 0.06 else ((0.94, 0.94, 0.92) if y > top - 0.07 else colour) for _, y, _ in side
        ]
        tints.append(band[:0:-1] + band)
    grid, tint = np.array(rows), np.array(tints)
    hull = surface(grid, tint, G, closed=False)
    middle = float(np.sum(hull.normals[:, 1] * (hull.positions[:, 1] < 0)))
    if middle > 0:
        hull.normals, hull.faces = -hull.normals, hull.faces[:, ::-1]
    inner = surface(grid * (0.93, 1, 0.985) + (0, 0.05, 0), (0.55, 0.38, 0.22), Material.WOOD, closed=False)
    if float(np.sum(inner.normals[:, 1] * (inner.positions[:, 1] < 0.2))) < 0:
        inner.normals, inner.faces = -inner.normals, inner.faces[:, ::-1]
    transom = np.concatenate([grid[0], grid[0][:1]])
    cap = _fan(transom, (0, 0.35, -2.9), colour, G)
    lining = _fan(transom, (0, 0.35, -2.89), (0.55, 0.38, 0.22), Material.WOOD)
    cap = merge([cap, Mesh(lining.positions, -lining.normals, lining.colours, lining.material, lining.faces[:, ::-1])])
    rim = [tube(grid[:, k], 0.045, 6, (0.50, 0.32, 0.17), Material.WOOD) for k in (0, -1)]
    deck = surface(np.array([[(-x, y + 0.02, z), (0, y + 0.10, z), (x, y + 0.02, z)] for z, y,
        x in ((1.0, 0.66, 0.92), (1.6, 0.70, 0.76), (2.2, 0.80, 0.54), (2.95, 0.95, 0.10))]), (0.62, 0.44, 0.26),
        Material.WOOD, closed=False)  # fmt: skip
    if deck.normals[:, 1].sum() < 0:
        deck.normals, deck.faces = -deck.normals, deck.faces[:, ::-1]
    wood = (0.45, 0.28, 0.14)
    seats = [box((1.7, 0.05, 0.32), wood, Material.WOOD, (0, 0.42, z)) for z in (-0.6, -1.7)]
    floor = box((1.2, 0.03, 4.2), (0.42, 0.28, 0.16), Material.WOOD, (0, 0.08, -0.7))
    mast = [
        limb((0, 0.1, 0.75), (0, 6.6, 0.70), 0.065, 0.035, wood, Material.WOOD, 8),
        ball((0, 6.66, 0.70), (0.06, 0.06, 0.06), (0.85, 0.7, 0.3), M, 6, 4),
    ]
    stays = [limb((0, 6.4, 0.70), end, 0.010, 0.010, (0.5, 0.5, 0.5), MT, 3) for end in ((0, 1.0, 3.0),
        (0.95, 0.7, 0.2), (-0.95, 0.7, 0.2), (0, 0.72, -2.85))]  # fmt: skip
    tiller = limb((0, 0.72, -2.85), (0.1, 0.80, -2.0), 0.03, 0.022, wood, Material.WOOD, 6)
    rudder = box((0.05, 0.95, 0.30), wood, Material.WOOD, (0, 0.18, -3.02))
    still = merge([hull, inner, cap, *rim, deck, *seats, floor, *mast, *stays, tiller, rudder])
    belly = lambda u, v: (
        0.42
        * math.sin(math.pi * min(u * 1.15, 1))
        * (1 - v) ** 0.6
        * (0.35 + 0.65 * math.sin(math.pi * min(v + 0.25, 1)))
    )
    main = np.array([[(belly(u, v), 0.32 + 5.0 * v - 0.20 * u, -(2.75 * (1 - v) ** 0.92) * u - 0.06)
        for u in np.linspace(0, 1, 8)] for v in np.linspace(0, 0.985, 11)])  # fmt: skip
    stripe = (
        np.array([sail_tone if k not in (7, 8) else colour for k in range(11)])
        if sum(colour) < 2.3
        else np.array([sail_tone] * 11)
    )
    boom = limb((0, 0.22, -0.05), (0, 0.10, -2.85), 0.045, 0.035, wood, Material.WOOD, 6)
    sail = merge([_sail(main, stripe), boom])
    jib = np.array([[(0.75 * belly(u, v), 0.95 + 4.9 * v * 0.98, 2.92 - 2.20 * v - (1.75 * (1 - v)) * u)
        for u in np.linspace(0, 1, 6)] for v in np.linspace(0, 0.98, 9)])  # fmt: skip
    still = merge([still, _sail(jib, shade(sail_tone, 1.3))])
    speed = {"stand": 0.0, "float": 0.5, None: 0.9}.get(subject.action, 2.2)

    def pose(t: float) -> np.ndarray:
        heel = 0.05 * math.sin(TAU * t / 4.1) + 0.035
        rock = np.eye(4)
        rock[:3, :3] = euler(0.030 * math.sin(TAU * t / 3.3 + 0.6), 0.02 * math.sin(TAU * t / 7), -heel)
        rock[1, 3] = 0.055 * math.sin(TAU * t / 3.3)
        swing = np.eye(4)
        swing[:3, :3] = euler(0, -0.22 - 0.06 * math.sin(TAU * t / 5.3))
        swing[:3, 3] = 0, 1.05, 0.72
        return np.stack([rock, rock @ swing])

    return fitted(Figure([still, sail], pose, 6.6, 3.2, speed=speed, medium="water", eye=2.6))


def _sail(grid: np.ndarray, tones) -> Mesh:
    tones = np.asarray(tones, float)
    return shell(grid, 0.012, tones, tones, Material.CLOTH)


def _fan(loop, centre, colour, material) -> Mesh:
    """A flat lid over a closed loop of points, seen from behind (-z)."""
    n = len(loop)
    faces = [[n, k, (k + 1) % n] for k in range(n)]
    made = mesh(np.concatenate([loop, [centre]]), faces, colour, material)
    if float(made.normals[:, 2].sum()) > 0:
        made.normals, made.faces = -made.normals, made.faces[:, ::-1]
    return made


def build_balloon(subject: SubjectDescription) -> Figure:
    """A striped hot-air balloon, 15 m tall, drifting."""
    colour = colour_of(subject)
    second = (0.96, 0.93, 0.85) if sum(colour) < 2.3 else (0.85, 0.25, 0.20)
    profile = [
        (0.62, 3.4),
        (0.95, 3.9),
        (2.0, 5.4),
        (3.3, 7.2),
        (4.3, 9.2),
        (4.65, 11.0),
        (4.35, 12.7),
        (3.3, 14.1),
        (1.7, 14.9),
        (0.5, 15.12),
        (0.02, 15.15),
    ]
    gores = 12
    angle = (
        np.concatenate([np.linspace(k, k + 1, 5) for k in range(gores)]) * TAU / gores
    )  # crisp edges: doubled columns
    columns = len(angle)
    rows = refine(profile, 22)
    for edge in (8.8, 10.0, 14.6):
        at = int(np.searchsorted(rows[:, 1], edge))
        width = np.interp(edge, rows[:, 1], rows[:, 0])
        rows = np.insert(rows, at, [(width, edge), (width, edge + 1e-3)], axis=0)
    bulge = 1 + 0.018 * np.abs(np.sin(angle * gores / 2))
    grid = np.stack(
        [rows[:, :1] * np.cos(angle) * bulge, np.repeat(rows[:, 1:], columns, 1), rows[:, :1] * np.sin(angle) * bulge],
        -1,
    )
    stripe = np.arange(columns) // 5 % 2 == 0
    tints = np.where(stripe[None, :, None], np.array(colour), np.array(second)) * np.ones((len(rows), columns, 1))
    band = (rows[:, 1] > 8.8001) & (rows[:, 1] < 10.0001)
    tints[band] = np.where(stripe[None, :, None], np.array(second), np.array(colour))
    tints[rows[:, 1] > 14.6001] = np.array(colour) * 0.8
    envelope = surface(grid, tints, Material.CLOTH)
    inside = surface(grid[:6][::-1] * (0.97, 1, 0.97), shade(colour, 0.55), Material.CLOTH)
    wicker, dark = (0.58, 0.40, 0.22), (0.33, 0.20, 0.10)
    basket = loft_grid(
        [(0.0, 0.62, 0.62, -0.62), (0.06, 0.68, 0.68, -0.68), (0.55, 0.70, 0.70, -0.70), (1.08, 0.74, 0.74, -0.74)],
        24,
        5.0,
    )
    shape = surface(basket[:-1], np.array([wicker, dark, wicker, shade(wicker, 0.85), wicker]), Material.WOOD)
    lining = surface(basket[1:-1][::-1] * (0.94, 1, 0.94), dark, Material.WOOD)
    rim = np.concatenate([basket[-2], basket[-2][:1]])
    hang = [
        limb((x * 0.68, 1.08, z * 0.68), (x * 0.60, 3.45, z * 0.60), 0.015, 0.015, (0.25, 0.2, 0.16), MT, 4)
        for x in (-1, 1)
        for z in (-1, 1)
    ]
    burner = [
        cylinder(0.16, 0.22, (0.6, 0.61, 0.63), M, 10).moved(0, 2.15, 0),
        box((0.9, 0.04, 0.04), (0.3, 0.3, 0.3), M, (0, 2.12, 0)),
    ]
    flame = ball((0, 2.65, 0), (0.13, 0.36, 0.13), (1.0, 0.62, 0.15), GW, 8, 6)
    bags = [
        ball((x * 0.76, 0.62, z * 0.3), (0.10, 0.17, 0.12), (0.62, 0.50, 0.34), Material.CLOTH, 7, 5)
        for x in (-1, 1)
        for z in (-1, 1)
    ]
    posts = [
        limb((x * 0.66, 1.08, z * 0.66), (x * 0.42, 2.14, z * 0.42), 0.025, 0.025, (0.3, 0.3, 0.3), M, 5)
        for x in (-1, 1)
        for z in (-1, 1)
    ]
    still = merge(
        [
            envelope,
            inside,
            shape,
            lining,
            tube(rim, 0.05, 6, (0.40, 0.22, 0.12), MT),
            *hang,
            *burner,
            *bags,
            *posts,
            _passengers(subject),
        ]
    )

    def pose(t: float) -> np.ndarray:
        m = np.eye(4)
        m[:3, :3] = euler(
            0.014 * math.sin(TAU * t / 7.3), 0.16 * math.sin(TAU * t / 23.0), 0.018 * math.sin(TAU * t / 5.9)
        )
        m[1, 3] = 0.25 + 0.25 * math.sin(TAU * t / 8.0)
        fire = m.copy()
        burst = 0.25 + 0.75 * max(0.0, math.sin(TAU * t / 6.0)) ** 0.5 * (1 + 0.12 * math.sin(t * 37))
        fire[:3, :3] = m[:3, :3] * burst
        fire[:3, 3] = m[:3, :3] @ (0.0, 2.35, 0.0) + m[:3, 3]
        return np.stack([m, fire])

    speed = 0.0 if subject.action == "stand" else 1.0
    lamps = [Lamp((0.0, 3.0, 0.0), (1.0, 0.6, 0.25), 14.0, True)]
    return fitted(
        Figure([still, flame.moved(0, -2.35, 0)], pose, 15.2, 4.7, speed=speed, medium="air", eye=9.0, lamps=lamps)
    )


def _passengers(subject: SubjectDescription) -> Mesh:
    """Two people looking over the basket's rim, simply made."""
    parts = []
    for x, z, tone in (
        (0.28, 0.25, draw(subject, "first", ((0.75, 0.2, 0.2), (0.2, 0.4, 0.7)))),
        (-0.25, -0.1, (0.25, 0.3, 0.36)),
    ):
        parts += [limb((x, 0.8, z), (x, 1.32, z), 0.16, 0.15, tone, Material.CLOTH, 8), ball((x, 1.63, z),
            (0.09, 0.12, 0.10), (0.85, 0.65, 0.52), Material.SKIN, 8, 6), ball((x, 1.68, z - 0.02),
            (0.10, 0.10, 0.11), (0.2, 0.13, 0.08), Material.HAIR, 8, 5)]  # fmt: skip
    return merge(parts)
