"""An astronaut's suit: thick padded limbs, a helmet with a golden visor, a backpack."""

import numpy as np

from ..mesh import Material, Mesh, box, limb, merge
from .body import Body
from .shapes import ball, loft, refine, ring, surface
from .traits import Traits, shade

C, G = Material.CLOTH, Material.GLOSS
GREY = (0.34, 0.36, 0.39)


def spacesuit(traits: Traits, body: Body) -> dict[str, list[Mesh]]:
    """Meshes for every part of a body (see `body.PARTS`), local to the joints."""
    h, tone = body.height, traits.colour
    accent = (0.85, 0.33, 0.10) if not (tone[0] > 0.7 and tone[1] < 0.5) else (0.93, 0.93, 0.90)
    made = {"chest": _chest(body, tone, accent), "head": [_helmet(body, tone)]}
    made["pelvis"] = [
        loft(
            np.array(
                [
                    (-0.07, 0.05, 0.05, -0.06),
                    (-0.045, 0.108, 0.082, -0.090),
                    (0.0, 0.122, 0.090, -0.098),
                    (0.05, 0.118, 0.090, -0.095),
                    (0.10, 0.110, 0.086, -0.088),
                ]
            )
            * h,
            16,
            tone,
            C,
            2.4,
        )
    ]
    for side, name in ((1, "left"), (-1, "right")):
        made[f"{name}_upper_arm"] = [_segment(body.upper_arm, 0.047 * h, 0.041 * h, tone, h),
            _band(-0.35 * body.upper_arm, 0.049 * h, accent, h)]  # fmt: skip
        made[f"{name}_forearm"] = [_segment(body.forearm, 0.041 * h, 0.036 * h, tone, h),
            _band(-body.forearm * 0.93, 0.038 * h, GREY, h)]  # fmt: skip
        made[f"{name}_hand"] = [_glove(side, h)]
        made[f"{name}_thigh"] = [_segment(body.thigh, 0.067 * h, 0.053 * h, tone, h)]
        made[f"{name}_shin"] = [_segment(body.shin * 0.97, 0.053 * h, 0.047 * h, tone, h), _band(-body.shin * 0.2,
            0.057 * h, shade(tone, 0.75), h), _band(-body.shin * 0.80, 0.051 * h, accent, h)]  # fmt: skip
        made[f"{name}_foot"] = [_boot(body)]
    return made


def _segment(length: float, top: float, bottom: float, tone, h: float) -> Mesh:
    """A padded tube with soft folds."""
    t = np.linspace(0, 1, 9)
    radius = top + (bottom - top) * t + 0.003 * h * np.abs(np.sin(t * np.pi * 4))
    rows = [(top * 0.75, 0.35 * top), (top * 0.45, 0.78 * top), *zip(-length * t, radius)]
    rows += [(-length - bottom * 0.5, bottom * 0.82), (-length - bottom * 0.85, bottom * 0.35)]
    return loft([(y, r, r, -r) for y, r in rows[::-1]], 12, tone, C)


def _band(y: float, radius: float, tone, h: float) -> Mesh:
    w = 0.012 * h
    rows = [(y - w, radius * 0.96), (y - w * 0.8, radius * 1.06), (y + w * 0.8, radius * 1.06), (y + w, radius * 0.96)]
    return loft([(y, r, r, -r) for y, r in rows], 12, tone, C)


def _glove(side: int, h: float) -> Mesh:
    palm = loft(np.array([(-0.070, 0.012, 0.020, -0.018), (-0.05, 0.018, 0.028, -0.026), (-0.02, 0.020, 0.029,
        -0.027), (0.01, 0.030, 0.032, -0.032)]) * h, 8, GREY, C)  # fmt: skip
    fingers = limb(
        (-side * 0.004 * h, -0.062 * h, 0), (-side * 0.016 * h, -0.10 * h, 0), 0.021 * h, 0.017 * h, GREY, C, 8
    )
    thumb = limb((0, -0.02 * h, 0.022 * h), (-side * 0.01 * h, -0.055 * h, 0.040 * h), 0.012 * h, 0.010 * h, GREY, C, 6)
    return merge([palm, fingers, thumb])


def _boot(body: Body) -> Mesh:
    h = body.height
    angle = np.arange(12) * 2 * np.pi / 12
    rows = []
    for z, half, top in refine([(-0.044, 0.012, 0.03), (-0.039, 0.034, 0.055), (-0.01, 0.040, 0.075),
        (0.03, 0.040, 0.064), (0.07, 0.042, 0.046), (0.098, 0.034, 0.036), (0.106, 0.012, 0.026)], 11):  # fmt: skip
        up = np.sin(angle)
        spring = 0.012 * np.clip((z - 0.068) / 0.036, 0, 1) ** 2
        high = np.where(up > 0, 0.02 + (top - 0.02) * np.abs(up), 0.02 * (1 + up))
        rows.append(
            np.stack([half * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** 0.6, high + spring, np.full(12, z)], -1)
        )
    grid = np.array([[np.mean(rows[0], 0)] * 12, *rows, [np.mean(rows[-1], 0)] * 12]) - (0, body.ankle / h, 0)
    tints = np.where(
        (grid[..., 1] < (0.016 - body.ankle / h))[..., None], np.array(GREY) * 0.7, np.array((0.80, 0.80, 0.79))
    )
    return surface((grid * h)[:, ::-1], tints[:, ::-1], C)


def _chest(body: Body, tone, accent) -> list[Mesh]:
    h = body.height
    rows = [(-0.05, 0.108, 0.084, -0.084), (0.0, 0.116, 0.090, -0.090), (0.06, 0.128, 0.098, -0.094),
        (0.12, 0.138, 0.102, -0.096), (0.17, 0.136, 0.094, -0.092), (0.205, 0.112, 0.074, -0.080), (0.226, 0.078,
        0.058, -0.066), (0.24, 0.070, 0.055, -0.062)]  # fmt: skip
    neck = ring(0.073 * h, 0.012 * h, (0.62, 0.63, 0.66), Material.METAL, 20, 6)
    turn = np.eye(4)
    turn[:3, :3] = [[0, 1, 0], [-1, 0, 0], [0, 0, 1]]
    turn[:3, 3] = 0, 0.236 * h, -0.004 * h
    pack = [
        box((0.215 * h, 0.30 * h, 0.085 * h), (0.86, 0.86, 0.85), G, (0, 0.105 * h, -0.135 * h)),
        box((0.17 * h, 0.07 * h, 0.095 * h), (0.78, 0.78, 0.78), G, (0, 0.285 * h, -0.125 * h)),
        box((0.14 * h, 0.02 * h, 0.088 * h), accent, G, (0, 0.17 * h, -0.137 * h)),
    ]
    panel = [
        box((0.088 * h, 0.058 * h, 0.028 * h), (0.70, 0.71, 0.72), G, (0, 0.085 * h, 0.104 * h)),
        box((0.018 * h, 0.014 * h, 0.01 * h), (0.2, 0.9, 0.4), Material.GLOW, (-0.022 * h, 0.095 * h, 0.119 * h)),
        box((0.018 * h, 0.014 * h, 0.01 * h), (1.0, 0.3, 0.15), Material.GLOW, (0.022 * h, 0.095 * h, 0.119 * h)),
        box((0.05 * h, 0.012 * h, 0.01 * h), (0.15, 0.17, 0.2), G, (0, 0.072 * h, 0.119 * h)),
        box((0.032 * h, 0.022 * h, 0.006 * h), accent, C, (0.072 * h, 0.155 * h, 0.086 * h)),
    ]
    hoses = [limb((s * 0.04 * h, 0.075 * h, 0.11 * h), (s * 0.118 * h, 0.045 * h, 0.03 * h), 0.011 * h, 0.011 * h,
        GREY, C, 6) for s in (-1, 1)]  # fmt: skip
    return [loft(np.array(rows) * h, 18, tone, C, 2.4), neck.transformed(turn), *pack, *panel, *hoses]


def _helmet(body: Body, tone) -> Mesh:
    s = body.head
    shell = ball((0, 0.42 * s, 0.0), (0.60 * s, 0.63 * s, 0.62 * s), (0.94, 0.94, 0.93), G, 20, 14)
    visor = ball((0, 0.43 * s, 0.20 * s), (0.50 * s, 0.45 * s, 0.53 * s), (0.80, 0.55, 0.16), Material.METAL, 20, 12)
    rim_angle = np.arange(24) * 2 * np.pi / 24
    path = (
        np.stack([0.50 * np.cos(rim_angle), 0.43 + 0.46 * np.sin(rim_angle), 0.30 - 0.05 * np.cos(rim_angle) ** 2], 1)
        * s
    )
    rim_rows = np.array([[p + 0.035 * s * (np.array([np.cos(a), np.sin(a), 0]) * np.cos(b) + np.array([0, 0, 1])
        * np.sin(b)) for b in np.arange(6) * np.pi / 3] for p, a in zip(path, rim_angle)])  # fmt: skip
    rim = surface(np.concatenate([rim_rows, rim_rows[:1]]), shade(tone, 0.55), G)
    if float(np.sum((rim.positions - np.repeat(np.concatenate([path, path[:1]]), 7, 0)) * rim.normals)) < 0:
        rim.normals, rim.faces = -rim.normals, rim.faces[:, ::-1]
    ears = [
        limb((x * 0.56 * s, 0.42 * s, -0.02 * s), (x * 0.64 * s, 0.42 * s, -0.02 * s), 0.13 * s, 0.10 * s, GREY, G, 10)
        for x in (-1, 1)
    ]
    lamp = [
        box((0.10 * s, 0.07 * s, 0.08 * s), (1.0, 0.97, 0.85), Material.GLOW, (x * 0.36 * s, 0.87 * s, 0.30 * s))
        for x in (-1, 1)
    ]
    return merge([shell, visor, rim, *ears, *lamp])
