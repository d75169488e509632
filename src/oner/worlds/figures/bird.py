"""A bird: flapping, gliding, or perched."""

import math

import numpy as np

from ..description import SubjectDescription
from ..mesh import Material, Mesh, limb, merge
from ..scene import Figure
from .body import euler
from .gaits import TAU, smooth
from .measure import fitted
from .shapes import (
    ball,
    forward,
    lengthwise,
    loft,
    refine,
    shell,
    tube,
)
from .traits import colour_of, shade

F, H, S, G = Material.FUR, Material.HAIR, Material.SKIN, Material.GLOSS


def build_bird(subject: SubjectDescription) -> Figure:
    """A gull-sized bird, 1.4 m across the wings: flapping and gliding in the air, or perched."""
    tone = colour_of(subject)
    tip = shade(tone, 0.3) if sum(tone) > 0.8 else shade(tone, 1.4)
    beak = (0.93, 0.62, 0.15)
    rows = [(-0.30, -0.01, 0.015, 0.025), (-0.20, -0.03, 0.04, 0.05), (-0.06, -0.075, 0.06, 0.085), (0.08, -0.085,
        0.07, 0.092), (0.20, -0.05, 0.075, 0.070), (0.27, 0.0, 0.085, 0.048), (0.31, 0.02, 0.088, 0.03)]  # fmt: skip
    body = [lengthwise(rows, 12, tone, F, 2.0, 14), ball((0, 0.065, 0.315), (0.052, 0.052, 0.060), tone, F, 10, 8)]
    body.append(
        loft(
            [(0, 0.020, 0.022, -0.016), (0.05, 0.012, 0.012, -0.014), (0.085, 0.002, -0.006, -0.012)], 6, beak, G
        ).transformed(forward(0, 0.058, 0.365))
    )
    for s in (-1, 1):
        body.append(ball((s * 0.043, 0.078, 0.340), (0.009, 0.010, 0.010), (0.03, 0.03, 0.03), G, 6, 4))
    flying = subject.action not in ("stand", "sit", "walk", "turn")
    for s in (-1, 1):
        low = (s * 0.035, -0.19, 0.0) if not flying else (s * 0.03, -0.075, -0.17)
        body.append(limb((s * 0.035, -0.06, 0.0), low, 0.016, 0.008, beak, Material.MATTE, 5))
        if not flying:
            body += [
                limb(low, (s * 0.035 + x, -0.197, 0.06), 0.008, 0.005, beak, Material.MATTE, 4)
                for x in (-0.025, 0, 0.025)
            ]
    fan = np.array([[(w * x, 0.012 - 0.02 * x * x, z) for x in np.linspace(1, -1, 7)] for z, w in ((-0.50, 0.115),
        (-0.36, 0.08), (-0.24, 0.04))])  # fmt: skip
    tail = shell(fan, 0.012, np.array([tip, tone, tone]), tone, F)
    parts = [merge([*body, tail])]
    if not flying:
        for s in (-1, 1):
            folded = [
                (s * 0.085, 0.05, 0.16),
                (s * 0.105, 0.02, 0.02),
                (s * 0.085, 0.0, -0.20),
                (s * 0.03, 0.01, -0.42),
            ]
            parts.append(
                tube(refine(folded, 8), [0.03, 0.055, 0.065, 0.062, 0.055, 0.042, 0.028, 0.01], 7, shade(tone, 0.82), F)
            )

        def perched(t: float) -> np.ndarray:
            out = np.repeat(np.eye(4)[None], 3, 0)
            out[:, :3, :3] = euler(-0.30 + 0.05 * math.sin(TAU * t / 1.7), 0.25 * math.sin(TAU * t / 5.0))
            out[:, 1, 3] = 0.192
            return out

        return fitted(Figure(parts, perched, 0.42, 0.4, eye=0.36))
    parts += _wing(1.0, tone, tip) + _wing(-1.0, tone, tip)
    lift = 0.35

    def pose(t: float) -> np.ndarray:
        cycle = t / 5.2 % 1.0
        beat = smooth(cycle / 0.08) * smooth((0.66 - cycle) / 0.10)  # flaps, then glides
        wave = TAU * t / 0.46
        flap = beat * 0.62 * math.sin(wave) + 0.10 + 0.06 * math.sin(TAU * t / 2.6)
        outer = beat * (0.50 * math.sin(wave - 1.05) - 0.10) - 0.12 * (1 - beat)
        twist = beat * 0.22 * math.cos(wave)
        out = np.zeros((5, 4, 4))
        out[:, 3, 3] = 1
        bank = 0.12 * math.sin(TAU * t / 6.1)
        trunk = euler(-0.06 - 0.03 * beat, 0.0, bank)
        centre = np.array(
            [0.10 * math.sin(TAU * t / 6.1), lift + 0.05 * math.sin(TAU * t / 5.2) - 0.028 * beat * math.sin(wave), 0.0]
        )
        out[0, :3, :3], out[0, :3, 3] = trunk, centre
        for k, s in ((1, 1.0), (3, -1.0)):
            inner = trunk @ euler(0, 0, s * flap) @ euler(-twist)
            joint = centre + trunk @ (s * 0.06, 0.045, 0.06)
            out[k, :3, :3], out[k, :3, 3] = inner, joint
            out[k + 1, :3, :3] = inner @ euler(0, 0, s * outer) @ euler(-twist * 0.8)
            out[k + 1, :3, 3] = joint + inner @ (s * 0.30, 0.0, 0.035)
        return out

    return fitted(Figure(parts, pose, 0.75, 0.8, speed=7.0, medium="air", eye=0.40))


def _wing(side: float, tone, tip) -> list[Mesh]:
    """Inner and outer wing; fingers at the tip."""
    inner, outer = [], []
    for u in np.linspace(0, 1, 6):
        x = side * 0.31 * u
        front, back = 0.09 + 0.035 * u, -0.17 + 0.05 * u
        inner.append(
            [
                (x, 0.018 * math.sin(math.pi * v) * (1 - 0.3 * u), front + (back - front) * v)
                for v in np.linspace(0, 1, 6)
            ]
        )
    for u in np.linspace(0, 1, 8):
        x = side * 0.42 * u
        front, back = 0.09 - 0.16 * u**1.6, -0.155 - 0.035 * u + 0.05 * u * u
        back = max(back, front - 0.24 * (1 - u**3)) if u > 0.8 else back
        outer.append(
            [(x, 0.014 * math.sin(math.pi * v) * (1 - u), front + (back - front) * v) for v in np.linspace(0, 1, 6)]
        )
    tint_inner = np.array([[tone] * 4 + [shade(tone, 0.85)] * 2] * 6)
    tint_outer = np.array(
        [[tuple(np.array(tone) * (1 - w) + np.array(tip) * w)] * 6 for w in np.clip(np.linspace(-0.6, 1.4, 8), 0, 1)]
    )
    made = []
    for grid, tint in ((np.array(inner), tint_inner), (np.array(outer), tint_outer)):
        sheet = shell(grid, 0.008, tint, shade(tone, 0.9), F)
        if sheet.normals[0, 1] < 0:  # the upper side first
            sheet = shell(grid[:, ::-1], 0.008, tint[:, ::-1], shade(tone, 0.9), F)
        made.append(sheet)
    return made
