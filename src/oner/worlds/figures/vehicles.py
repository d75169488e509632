"""Vehicles: car, bicycle, train, boat, balloon."""

import math

import numpy as np

from ..description import SubjectDescription
from ..mesh import Material, Mesh, box, cylinder, limb, merge, mesh, quad
from ..scene import Figure, Lamp
from .body import euler
from .gaits import TAU
from .measure import fitted
from .props import wheel
from .shapes import ball, loft_grid, refine, ring, shell, surface, tube
from .traits import Colour, colour_of, draw, shade

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


# -------------------------------------------------------------------------------------------------------- car

# Stations of the lower body from tail to nose: z, sill y, widest half width, belt y (where the windows begin), deck y.
COACH = np.array([(-2.18, 0.46, 0.60, 0.66, 0.72), (-2.13, 0.34, 0.79, 0.84, 0.93), (-1.95, 0.27, 0.86, 0.88, 0.97), (-1.40, 0.20, 0.90, 0.89, 0.97), (-0.70, 0.19, 0.91, 0.87, 0.93), (0.10, 0.19, 0.91, 0.85, 0.90), (0.75, 0.19, 0.90, 0.84, 0.92), (1.30, 0.20, 0.89, 0.82, 0.90), (1.75, 0.23, 0.86, 0.76, 0.83), (2.02, 0.28, 0.80, 0.68, 0.74), (2.15, 0.36, 0.68, 0.60, 0.64), (2.19, 0.44, 0.50, 0.54, 0.56)])  # fmt: skip
ROOF = np.array([(-1.78, 0.62, 0.965), (-1.50, 0.64, 1.06), (-1.10, 0.63, 1.24), (-0.72, 0.61, 1.345), (-0.30, 0.60, 1.385), (0.10, 0.60, 1.37), (0.42, 0.61, 1.30), (0.80, 0.64, 1.10), (1.12, 0.66, 0.93)])  # z, half width at the top, top y  # fmt: skip
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
    parts = [_outward(surface(np.concatenate(ends), colour, G))]
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
        xs, ys = [low, low + (half - low) * 0.5, half, half * 0.86, half * 0.5, 0.0], [base, base + up * 0.46, base + up * 0.86, base + up * 0.96, base + up * 0.99, base + up]  # fmt: skip
        rows.append([(x, y, z) for x, y in zip(xs, ys)] + [(-x, y, z) for x, y in list(zip(xs, ys))[-2::-1]])
        if -1.22 < z < 0.46:
            lift = np.array([0, 0.012, 0])
            skin.append([np.array(p) * (1.012, 1, 1) + lift for p in rows[-1][2:-2]])
    parts = [_outward(surface(np.array(rows), (0.06, 0.08, 0.10), GL, closed=False))]
    parts.append(_outward(surface(np.array(skin), colour, G, closed=False)))
    grid = np.array(rows)
    for s, column in ((1, 2), (-1, -3)):
        rail = grid[:, column]
        parts.append(tube(rail[1:-1:2] + [s * 0.008, 0.004, 0], 0.026, 5, colour, G))
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
    screen = shell(np.array([[(x, 0.90 + 0.40 * v, 0.88 - 0.30 * v - 0.10 * (x / 0.7) ** 2) for x in np.linspace(0.70 - 0.06 * v, -0.70 + 0.06 * v, 7)] for v in np.linspace(0, 1, 4)]), 0.012, (0.25, 0.30, 0.33), (0.25, 0.30, 0.33), GL)  # fmt: skip
    frame = [(x, 0.90 + 0.40 * v, 0.88 - 0.30 * v - 0.10 * (x / 0.7) ** 2) for x, v in ((0.70, 0), (0.66, 0.6), (0.62, 1.0), (0.3, 1.02), (-0.3, 1.02), (-0.62, 1.0), (-0.66, 0.6), (-0.70, 0))]  # fmt: skip
    tub = box((1.30, 0.04, 1.75), (0.10, 0.09, 0.09), MT, (0, 0.925, -0.15))
    parts = [tube(frame, 0.018, 5, (0.78, 0.79, 0.8), M), tub, screen]
    for x in (-0.36, 0.36):
        parts += [limb((x - 0.14, 1.0, -0.45), (x + 0.14, 1.0, -0.45), 0.16, 0.16, leather, MT, 8), limb((x, 0.95, -0.40), (x, 0.95, 0.0), 0.13, 0.12, leather, MT, 8)]  # fmt: skip
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
        tyre = [(radius * 0.62, -0.5), (radius * 0.93, -0.5), (radius, -0.30), (radius, 0.30), (radius * 0.93, 0.5), (radius * 0.62, 0.5), (radius * 0.60, 0.34), (0.001, 0.30)]  # fmt: skip
        a = np.arange(24) * TAU / 24
        grid = np.array([[(x + s * w * width, r * math.sin(k), r * math.cos(k)) for k in a] for r, w in tyre])
        tints = np.array([(0.06, 0.06, 0.065)] * 6 + [(0.35, 0.36, 0.38), (0.35, 0.36, 0.38)])
        parts.append(_outward(surface(grid, tints, MT)))
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
    colour = colour_of(subject, ("red", "blue", "turquoise", "white", "green", "yellow") if subject.kind == "car" else ("red", "turquoise", "blue"))  # fmt: skip
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


def _outward(made: Mesh) -> Mesh:
    """Turn a mesh right side out, judged from its middle."""
    middle = (made.positions.min(0) + made.positions.max(0)) / 2
    corners = made.positions[made.faces]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    if float(np.sum(facing * (corners.mean(1) - middle))) < 0:
        made.faces = made.faces[:, ::-1]
    agree = np.sum(np.cross(*(made.positions[made.faces[:, k]] - made.positions[made.faces[:, 0]] for k in (1, 2))) * made.normals[made.faces[:, 0]])  # fmt: skip
    if float(agree) < 0:
        made.normals = -made.normals
    return made


def _sideways(x: float, y: float, z: float) -> np.ndarray:
    """Lays what stands along y along x, away from the middle."""
    s = 1.0 if x > 0 else -1.0
    m = np.eye(4)
    m[:3, :3] = [[0, s, 0], [-s, 0, 0], [0, 0, 1]]
    m[:3, 3] = x, y, z
    return m


# ---------------------------------------------------------------------------------------------------- bicycle

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
    bracket, seat, head, low_head = np.array([0, *CRANK]), np.array([0, 0.80, -0.155]), np.array([0, 0.86, 0.40]), np.array([0, 0.72, 0.45])  # fmt: skip
    tubes = [(bracket, seat), (seat, head), (bracket, low_head), (head, low_head)]
    parts = [limb(a, b, r, r, colour, G, 8) for a, b in tubes]
    for s in (-1, 1):
        off = np.array([s * 0.055, 0, 0])
        parts += [limb(bracket + off * 0.5, rear + off, 0.010, 0.009, colour, G, 6), limb(seat + off * 0.3, rear + off, 0.010, 0.008, colour, G, 6)]  # fmt: skip
        parts.append(
            tube([low_head + off * 0.7, (s * 0.055, 0.55, 0.50), front + off], [0.014, 0.013, 0.009], 6, colour, G)
        )
        parts.append(limb((s * GRIP[0], GRIP[1], GRIP[2] - 0.05), (s * GRIP[0], GRIP[1], GRIP[2] - 0.15), 0.017, 0.017, (0.35, 0.2, 0.1), MT, 6))  # fmt: skip
    bar = [(GRIP[0], GRIP[1], GRIP[2] - 0.08), (0.25, GRIP[1], 0.36), (0.14, 1.0, 0.43), (0, 0.985, 0.42), (-0.14, 1.0, 0.43), (-0.25, GRIP[1], 0.36), (-GRIP[0], GRIP[1], GRIP[2] - 0.08)]  # fmt: skip
    parts += [tube(bar, 0.012, 6, (0.75, 0.76, 0.78), M), limb((0, 0.86, 0.40), (0, 0.985, 0.405), 0.014, 0.014, (0.7, 0.7, 0.72), M, 6), limb(seat, (0, 0.94, -0.20), 0.013, 0.013, (0.7, 0.7, 0.72), M, 6)]  # fmt: skip
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
        parts.append(tube(np.stack([0 * a, y + np.sin(a) * (radius + 0.025), z + np.cos(a + (0.35 if z < 0 else -0.1)) * (radius + 0.025)], 1), 0.022, 5, shade(colour, 0.8), G, 0.4))  # fmt: skip
    chain = [
        (0.035, 0.29 + 0.09, 0.0),
        (0.035, 0.345 + 0.035, -0.46),
        (0.035, 0.345, -0.50),
        (0.035, 0.345 - 0.035, -0.46),
        (0.035, 0.20, 0.0),
    ]
    parts.append(tube(chain, 0.006, 4, (0.2, 0.2, 0.2), M))
    basket = [[(0.15 * (1 if x > 0 else -1) * (0.85 + 0.15 * v) * min(abs(x), 1), 0.80 + 0.18 * v, 0.60 + zz * (0.85 + 0.15 * v)) for x, zz in ((1, -0.10), (1, 0.10), (-1, 0.10), (-1, -0.10))] for v in (0, 0, 1)]  # fmt: skip
    basket[0] = [tuple(np.mean(np.array(basket[1]), 0))] * 4
    grid = np.array(basket)
    inside = _outward(surface(grid * (0.97, 1, 1), (0.30, 0.19, 0.10), Material.WOOD))
    inside.normals, inside.faces = -inside.normals, inside.faces[:, ::-1]
    parts += [_outward(surface(grid, (0.50, 0.34, 0.20), Material.WOOD)), inside]
    crank = [ring(0.085, 0.010, (0.6, 0.6, 0.62), M, 20, 5).moved(0.035)]
    for s in (-1, 1):
        end = np.array([s * 0.085, s * CRANK_LENGTH, 0.0])
        crank += [
            limb((s * 0.06, 0, 0), end, 0.012, 0.010, (0.65, 0.65, 0.67), M, 6),
            limb(end, end + [s * 0.09, 0, 0], 0.016, 0.016, DARK, MT, 6),
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
    if subject.action in ("ride", "drive", "run", "walk"):
        from .riders import cyclist

        return cyclist(subject)
    parts = bicycle_parts(colour_of(subject, ("red", "turquoise", "green", "yellow", "blue")))
    stand = limb((0.04, 0.30, -0.10), (0.16, 0.012, -0.16), 0.010, 0.010, (0.5, 0.5, 0.52), M, 5)
    parts[0] = merge([parts[0], stand])
    return fitted(Figure(parts, bicycle_pose(0.0), 1.06, 0.95, eye=0.6))


# ------------------------------------------------------------------------------------------------------ train


def build_train(subject: SubjectDescription) -> Figure:
    """A streamlined engine with two carriages on its own track; the windows are lit."""
    colour = colour_of(subject, ("red", "blue", "green", "turquoise"))
    speed = 0.0 if subject.action in ("stand", "turn", "sit") else 13.0
    cream = (0.93, 0.90, 0.80) if sum(colour) < 2.4 else (0.35, 0.38, 0.42)
    front = [(-6.2, 1.38, 3.55), (-6.0, 1.44, 3.62), (3.6, 1.44, 3.62), (4.6, 1.42, 3.45), (5.4, 1.36, 2.95), (6.0, 1.24, 2.35), (6.5, 1.00, 1.95), (6.75, 0.62, 1.60)]  # fmt: skip
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
    engine.append(_outward(surface(np.array(wind), (0.05, 0.07, 0.09), GL, closed=False)))
    for s in (-1, 1):
        engine.append(box((0.04, 0.62, 1.0), (0.05, 0.07, 0.09), GL, (s * 1.445, 2.62, 3.4)))
        for z in np.arange(-5.0, 2.2, 1.15):
            engine.append(box((0.03, 0.50, 0.75), shade(colour, 0.55), M, (s * 1.445, 2.62, z)))
        engine.append(ball((s * 0.72, 1.55, 6.42), (0.17, 0.15, 0.16), WARM, GW, 10, 7))
        engine.append(ball((s * 0.72, 1.20, 6.38), (0.09, 0.07, 0.10), TAIL, GW, 8, 5))
    engine += [ball((0, 3.52, 4.1), (0.20, 0.14, 0.22), WARM, GW, 8, 6), box((2.5, 0.55, 0.5), DARK, MT, (0, 0.62, 6.15)), box((0.3, 0.25, 0.5), DARK, M, (0, 0.9, 6.75))]  # fmt: skip
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
    return _outward(surface(np.concatenate(ends), np.concatenate([tint[:1], tint, tint[-1:]]), G))


def _bogies(length: float) -> list[Mesh]:
    parts = [box((2.4, 0.35, length * 0.94), (0.14, 0.14, 0.15), MT, (0, 0.80, 0))]
    for z in (-length * 0.34, length * 0.34):
        parts.append(box((2.2, 0.28, 2.6), (0.10, 0.10, 0.11), MT, (0, 0.52, z)))
        for dz in (-0.85, 0.85):
            for s in (-1, 1):
                parts.append(
                    cylinder(0.42, 0.14, (0.22, 0.22, 0.24), M, 16).transformed(_sideways(s * 0.72, 0.43, z + dz))
                )
    return parts


# ------------------------------------------------------------------------------------------------------- boat


def build_boat(subject: SubjectDescription) -> Figure:
    """A small sailing boat, 6 m long; y = 0 is the water line."""
    colour = colour_of(subject, ("white", "red", "blue", "turquoise", "yellow"))
    sail_tone = (0.95, 0.93, 0.87) if sum(colour) < 2.3 else (0.82, 0.22, 0.18)
    stations = [(-2.9, 0.05, 0.66, 0.70), (-2.75, -0.10, 0.72, 0.86), (-1.8, -0.30, 0.66, 1.02), (-0.4, -0.38, 0.63, 1.10), (1.0, -0.32, 0.68, 0.98), (2.1, -0.16, 0.80, 0.62), (2.8, 0.10, 0.93, 0.24), (3.05, 0.42, 1.00, 0.04)]  # z, keel y, gunwale y, half width  # fmt: skip
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
    deck = surface(np.array([[(-x, y + 0.02, z), (0, y + 0.10, z), (x, y + 0.02, z)] for z, y, x in ((1.0, 0.66, 0.92), (1.6, 0.70, 0.76), (2.2, 0.80, 0.54), (2.95, 0.95, 0.10))]), (0.62, 0.44, 0.26), Material.WOOD, closed=False)  # fmt: skip
    if deck.normals[:, 1].sum() < 0:
        deck.normals, deck.faces = -deck.normals, deck.faces[:, ::-1]
    wood = (0.45, 0.28, 0.14)
    seats = [box((1.7, 0.05, 0.32), wood, Material.WOOD, (0, 0.42, z)) for z in (-0.6, -1.7)]
    floor = box((1.2, 0.03, 4.2), (0.42, 0.28, 0.16), Material.WOOD, (0, 0.08, -0.7))
    mast = [
        limb((0, 0.1, 0.75), (0, 6.6, 0.70), 0.065, 0.035, wood, Material.WOOD, 8),
        ball((0, 6.66, 0.70), (0.06, 0.06, 0.06), (0.85, 0.7, 0.3), M, 6, 4),
    ]
    stays = [limb((0, 6.4, 0.70), end, 0.010, 0.010, (0.5, 0.5, 0.5), MT, 3) for end in ((0, 1.0, 3.0), (0.95, 0.7, 0.2), (-0.95, 0.7, 0.2), (0, 0.72, -2.85))]  # fmt: skip
    tiller = limb((0, 0.72, -2.85), (0.1, 0.80, -2.0), 0.03, 0.022, wood, Material.WOOD, 6)
    rudder = box((0.05, 0.95, 0.30), wood, Material.WOOD, (0, 0.18, -3.02))
    still = merge([hull, inner, cap, *rim, deck, *seats, floor, *mast, *stays, tiller, rudder])
    belly = lambda u, v: (
        0.42
        * math.sin(math.pi * min(u * 1.15, 1))
        * (1 - v) ** 0.6
        * (0.35 + 0.65 * math.sin(math.pi * min(v + 0.25, 1)))
    )
    main = np.array([[(belly(u, v), 0.32 + 5.0 * v - 0.20 * u, -(2.75 * (1 - v) ** 0.92) * u - 0.06) for u in np.linspace(0, 1, 8)] for v in np.linspace(0, 0.985, 11)])  # fmt: skip
    stripe = (
        np.array([sail_tone if k not in (7, 8) else colour for k in range(11)])
        if sum(colour) < 2.3
        else np.array([sail_tone] * 11)
    )
    boom = limb((0, 0.22, -0.05), (0, 0.10, -2.85), 0.045, 0.035, wood, Material.WOOD, 6)
    sail = merge([_sail(main, stripe), boom])
    jib = np.array([[(0.75 * belly(u, v), 0.95 + 4.9 * v * 0.98, 2.92 - 2.20 * v - (1.75 * (1 - v)) * u) for u in np.linspace(0, 1, 6)] for v in np.linspace(0, 0.98, 9)])  # fmt: skip
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
    return shell(grid, 0.012, tones, tones if tones.ndim == 1 else tones, Material.CLOTH)


def _fan(loop, centre, colour, material) -> Mesh:
    """A flat lid over a closed loop of points, seen from behind (-z)."""
    n = len(loop)
    faces = [[n, k, (k + 1) % n] for k in range(n)]
    made = mesh(np.concatenate([loop, [centre]]), faces, colour, material)
    if float(made.normals[:, 2].sum()) > 0:
        made.normals, made.faces = -made.normals, made.faces[:, ::-1]
    return made


# ---------------------------------------------------------------------------------------------------- balloon


def build_balloon(subject: SubjectDescription) -> Figure:
    """A striped hot-air balloon, 15 m tall, drifting."""
    colour = colour_of(subject, ("red", "orange", "yellow", "turquoise", "blue"))
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
        parts += [limb((x, 0.8, z), (x, 1.32, z), 0.16, 0.15, tone, Material.CLOTH, 8), ball((x, 1.63, z), (0.09, 0.12, 0.10), (0.85, 0.65, 0.52), Material.SKIN, 8, 6), ball((x, 1.68, z - 0.02), (0.10, 0.10, 0.11), (0.2, 0.13, 0.08), Material.HAIR, 8, 5)]  # fmt: skip
    return merge(parts)
