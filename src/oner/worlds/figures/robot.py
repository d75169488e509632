"""A walking machine with the joints of a person."""

import math
from dataclasses import replace

import numpy as np

from ..description import SubjectDescription
from ..mesh import Material, Mesh, box, cylinder, limb, merge
from ..scene import Figure, Lamp
from . import dances, gaits, performances
from .body import PARTS, Solver, body_of, euler
from .measure import fitted, height_of
from .shapes import (
    ball,
    loft,
    ring,
    surface,
    tube,
)
from .traits import Colour, colour_of, dial, traits_of

G, M, GL, GW, MT, W = Material.GLOSS, Material.METAL, Material.GLASS, Material.GLOW, Material.MATTE, Material.WOOD


def build_robot(subject: SubjectDescription) -> Figure:
    """A walking machine, 1.9 m tall, with the joints of a person and eyes that glow."""
    colour = colour_of(subject)
    glow = (0.25, 0.95, 1.0) if not (colour[2] > 0.6 and colour[0] < 0.4) else (1.0, 0.75, 0.25)
    traits = traits_of(
        SubjectDescription("man", build="broad", garment="shirt", hairstyle="bald", person=subject.person)
    )
    person_height = 1.84 + 0.08 * dial(subject, "height")
    body = body_of(replace(traits, height=person_height))
    meshes, solve = _robot_meshes(body, colour, glow), Solver(body)
    action = subject.action or "stand"
    speed = 0.0
    if action in ("walk", "run"):
        gait = gaits.gait_of(body, action == "run", "man")
        motion, speed = gaits.travel(body, gait, "man", 0.8), gait.speed
    else:
        table = {"wave": performances.wave, "turn": performances.turn, "dance": dances.dance,
            "float": performances.float_about, "fly": performances.fly}  # fmt: skip
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
    if medium == "air":
        head = figure.pose(0.0)[2]
        figure.eye = float(head[1, 3] + head[1, 1] * 0.36 * body.head)
        figure.height = height_of(figure)
    figure.lamps = [Lamp((0.0, figure.eye, 0.6), glow, 2.5, True)]
    return fitted(figure)


def _robot_meshes(body, colour: Colour, glow: Colour) -> list[Mesh]:
    h, s = body.height, body.head
    steel, dark = (0.55, 0.57, 0.60), (0.16, 0.17, 0.19)
    made: dict[str, list[Mesh]] = {}
    plate = [(-0.02, 0.070, 0.058, -0.055), (0.03, 0.085, 0.075, -0.068), (0.12, 0.128, 0.092, -0.085),
        (0.19, 0.132, 0.085, -0.082), (0.222, 0.105, 0.060, -0.062), (0.232, 0.06, 0.04, -0.04)]  # fmt: skip
    made["chest"] = [
        loft(np.array(plate) * h, 18, colour, G, 3.2),
        cylinder(0.028 * h, 0.07 * h, dark, M, 10).moved(0, 0.225 * h, -0.006 * h),
    ]
    made["chest"] += [ball((0, 0.135 * h, 0.090 * h), (0.030 * h, 0.030 * h, 0.012 * h), glow, GW, 14, 8),
        _ring_z(0.038 * h, 0.007 * h, steel).moved(0, 0.135 * h, 0.092 * h)]  # fmt: skip
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
    made["pelvis"] = [loft(np.array([(-0.05, 0.03, 0.04, -0.04), (-0.03, 0.055, 0.06, -0.06), (0.03, 0.085, 0.07,
        -0.07), (0.06, 0.080, 0.065, -0.065)]) * h, 16, colour, G, 3.2), limb((0, 0.04 * h, 0), (0, 0.10 * h, 0),
        0.045 * h, 0.04 * h, dark, M, 12)]  # fmt: skip
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
        made["head"] += [ball((x * 0.155 * s, 0.49 * s, 0.44 * s), (0.075 * s, 0.065 * s, 0.04 * s), glow, GW, 10,
            7), cylinder(0.12 * s, 0.06 * s, steel, M, 12).transformed(_out_x(x * 0.36 * s, 0.45 * s, 0))]  # fmt: skip
    made["head"] += [
        box((0.22 * s, 0.022 * s, 0.03 * s), dark, MT, (0, (0.20 - 0.05 * k) * s, 0.385 * s)) for k in range(3)
    ]
    made["head"] += [limb((0.30 * s, 0.7 * s, 0), (0.34 * s, 1.05 * s, -0.04 * s), 0.014 * s, 0.010 * s, steel, M,
        5), ball((0.34 * s, 1.07 * s, -0.04 * s), (0.035 * s,) * 3, (1.0, 0.25, 0.2), GW, 8, 6)]  # fmt: skip
    for side, name in ((1, "left"), (-1, "right")):
        made[f"{name}_upper_arm"] = [ball((0, 0, 0), (0.047 * h, 0.045 * h, 0.047 * h), colour, G, 12, 8),
            limb((0, 0, 0), (0, -body.upper_arm, 0), 0.020 * h, 0.018 * h, steel, M, 8), _cuff(-0.25, -0.82, 0.031,
            0.028, body.upper_arm, h, colour)]  # fmt: skip
        made[f"{name}_forearm"] = [_knuckle(0.028 * h, 0.05 * h, dark), _cuff(-0.12, -0.95, 0.032, 0.024,
            body.forearm, h, colour),
            limb((0, 0, 0), (0, -body.forearm, 0), 0.016 * h, 0.015 * h, steel, M, 6)]  # fmt: skip
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
        made[f"{name}_thigh"] = [_knuckle(0.040 * h, 0.075 * h, dark), _cuff(-0.10, -0.90, 0.054, 0.042, body.thigh,
            h, colour), limb((0, 0, 0), (0, -body.thigh, 0), 0.024 * h, 0.022 * h, steel, M, 8)]  # fmt: skip
        made[f"{name}_shin"] = [_knuckle(0.036 * h, 0.075 * h, steel), _cuff(-0.12, -0.88, 0.040, 0.046, body.shin,
            h, colour), limb((0, 0, 0), (0, -body.shin, 0), 0.020 * h, 0.018 * h, steel, M, 8)]  # fmt: skip
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
        grid.append([(half * 0.95, spring, z), (half, 0.012 + spring, z), (half * 0.9, top * 0.85, z),
            (half * 0.5, top, z), (-half * 0.5, top, z), (-half * 0.9, top * 0.85, z), (-half, 0.012 + spring, z),
            (-half * 0.95, spring, z)])  # fmt: skip
    grid = np.array(grid)
    grid = np.concatenate(
        [grid[:1].mean(1, keepdims=True).repeat(8, 1), grid, grid[-1:].mean(1, keepdims=True).repeat(8, 1)]
    )
    made = surface(grid * h - (0, a, 0), colour, G)
    if float(np.sum((made.positions - made.positions.mean(0)) * made.normals)) < 0:
        made.normals, made.faces = -made.normals, made.faces[:, ::-1]
    return made
