"""The sea floor."""

import numpy as np

from ..mesh import (
    Material,
    Mesh,
    lathe,
    merge,
    mesh,
    noise,
    rgb,
    rotation,
    translation,
)
from ..scene import Place
from . import plants
from .groves import grove, lawn, rocks
from .parts import (
    Site,
    blend,
    copies,
    scatter,
    shades,
    smoothstep,
    surface,
    tube,
)
from .terrain import ground_rings, ridged


def underwater(site: Site) -> Place:
    """The sea floor: sunken columns along the lane, corals, kelp, rocks, schools of fish that circle."""
    s, rng = site.noise_seed, site.rng
    accent = site.accent("#f0725c")

    def ground(x, z):
        d = np.abs(np.asarray(x, float))
        return noise(x / 14, z / 14, s, 3) * 0.9 * smoothstep(3.2, 10, d) + 9 * smoothstep(12, 50, d) * (
            0.4 + ridged(x / 40, z / 40, s + 1, 3)
        )

    tint = lambda x, y, z, up: blend(
        rgb("#d8c79a"), rgb("#8f8a72"), smoothstep(1.0, 4.0, y) * 0.8 + 0.2 * noise(x / 3, z / 3, s + 2, 2)
    )
    site.add(ground_rings(ground, tint, Material.SAND, 240, 56, 120, focus=0.3))
    rocks(site, scatter(rng, 48, (-22, 22), (-80, 24), 4.4, 5), ground, (0.4, 1.9), "#6f7668")
    palette = [
        accent,
        np.clip(accent * 0.6 + np.float32([0.35, 0.2, 0.35]), 0, 1),
        np.float32(rgb("#e8b64c")),
        np.float32(rgb("#b35fa8")),
        np.float32(rgb("#4fa79b")),
    ]
    for kind in range(3):
        points = np.concatenate(
            [scatter(rng, 50, (-12, 12), (-44, 12), 3.6), scatter(rng, 16, (-20, 20), (-80, 20), 5)]
        )
        tints = np.float32(palette)[rng.integers(0, 5, len(points))] * shades(rng, len(points), 0.15)
        grove(
            site,
            [_coral(kind, v) for v in range(2)],
            points,
            ground,
            ((0.5, 1.5), (0.4, 1.2), (0.5, 1.3))[kind],
            0.0,
            0.12,
            tints,
        )
    kelp = np.concatenate([scatter(rng, 50, (-13, 13), (-60, 14), 5.0), scatter(rng, 34, (-30, 30), (-100, 20), 9)])
    grove(site, [_kelp(k) for k in range(3)], kelp, ground, (4.0, 9.5), 0.2)
    grass = scatter(rng, 340, (-12, 12), (-40, 12), 3.2)
    grove(site, [plants.grass_tuft(k, "#5d9a55", 7, 0.25) for k in range(3)], grass, ground, (0.35, 0.9))
    lawn(site, [plants.grass_tuft(3, "#5d9a55", 7, 0.25)], scatter(rng, 90, (-4, 4), (-24, 10), 1.2), ground)
    marble = rgb("#c9c6b2")
    drum = lathe([(0.55, 0), (0.52, 0.1), (0.44, 0.14), (0.40, 1.0)], 12, marble, Material.ROCK)
    for z in np.arange(-6, -96, -11.0):
        for side in (-1, 1):
            x, tall = side * 5.1, float(rng.uniform(1.6, 6.2))
            y = float(ground(x, z)) - 0.2
            site.add(copies(drum, [(x, y, z)], [(1.0, tall, 1.0)]))
            if tall > 4:
                site.box((x, y + tall + 0.15, z), (1.25, 0.35, 1.25), marble, Material.ROCK)
    site.add(tube([(6.4, 0.5, -12.5), (9.6, 0.9, -10.6)], 0.42, marble, Material.ROCK, 12))
    for y, tone in ((6.6, 1.0),):
        site.slab((-5.9, 5.9), (y, y + 0.7), (-28.7, -27.3), np.asarray(marble) * tone, Material.ROCK)
        for side in (-1, 1):
            site.add(copies(drum, [(side * 5.1, float(ground(side * 5.1, -28.0)) - 0.2, -28)], [(1.1, 6.9, 1.1)]))
    _fish(site, palette)
    site.lamp((0, 5, -14), (0.25, 0.5, 0.5), 18)
    return site.place(ground, sky="underwater", fog_density=0.012, width=9, back=30, ceiling=22)


def _coral(kind: int, variant: int) -> Mesh:
    """White corals one unit high, to be tinted: branching, brain, fan."""
    rng = np.random.default_rng([kind, variant, 71])
    white = (1.0, 1.0, 1.0)
    if kind == 0:
        parts = []
        for k in range(7):
            a, r = k * 2.4, rng.uniform(0.1, 0.4)
            top = np.array([np.cos(a) * r, rng.uniform(0.6, 1.0), np.sin(a) * r])
            mid = top * [0.5, 0.45, 0.5]
            parts.append(tube([(0, 0, 0), mid, top], [0.07, 0.055, 0.03], white, Material.CORAL, 4))
            for _ in range(1):
                parts.append(
                    tube([mid, mid + rng.normal(size=3) * 0.12 + [0, 0.3, 0]], [0.045, 0.02], white, Material.CORAL, 4)
                )
        return merge(parts)
    if kind == 1:
        dome = lathe([(0.62, 0), (0.68, 0.2), (0.55, 0.5), (0.3, 0.72), (0.001, 0.8)], 12, white, Material.CORAL)
        dome.colours[:] = 0.75 + 0.25 * np.sin(dome.positions * 22).prod(1)[:, None]
        return dome
    u, v = np.meshgrid(np.linspace(-1.15, 1.15, 11), np.linspace(0.05, 1, 6))
    grid = np.stack([np.sin(u) * v * 0.62, np.cos(u) * v * 0.98, 0.08 * np.sin(u * 5 + variant)], -1)
    return surface(
        grid, np.repeat((0.75 + 0.25 * (np.arange(11) % 2))[None, :, None] * np.ones((6, 1, 3)), 1, 0), Material.CORAL
    )


def _kelp(variant: int) -> Mesh:
    """A ribbon of kelp one unit high with blades left and right; LEAF, so that it sways."""
    rng = np.random.default_rng([variant, 73])
    y = np.linspace(0, 1, 12)
    x, z = 0.05 * np.sin(y * 7 + variant), 0.04 * np.cos(y * 5 + variant)
    parts = [tube(np.stack([x, y, z], -1), 0.007, rgb("#5d7a3a"), Material.LEAF, 3)]
    for k in range(1, 12):
        for side in (-1, 1):
            a = rng.uniform(0, 6.3)
            out = np.array([np.cos(a), 0.5, np.sin(a)]) * rng.uniform(0.09, 0.15)
            base = np.array([x[k], y[k] - 0.03, z[k]])
            points = [base, base + out * 0.5 + [0, -0.025, 0], base + out, base + out * 0.5 + [0, 0.03, 0]]
            parts.append(
                mesh(
                    points,
                    [[0, 1, 2], [0, 2, 3]],
                    np.array(rgb("#7d9a3e")) * rng.uniform(0.8, 1.2) * (1.0 if side > 0 else 0.9),
                    Material.LEAF,
                )
            )
    return merge(parts)


def _fish(site: Site, palette) -> None:
    """Schools that circle: each fish is a slim diamond with a tail, its nose along the way."""
    rng = site.rng
    body = mesh(
        [
            (0, 0, 0.5),
            (0.09, 0, 0.1),
            (-0.09, 0, 0.1),
            (0, 0.17, 0.08),
            (0, -0.15, 0.08),
            (0, 0, -0.32),
            (0, 0.18, -0.55),
            (0, -0.18, -0.55),
        ],
        [[0, 1, 3], [0, 4, 1], [0, 3, 2], [0, 2, 4], [1, 5, 3], [1, 4, 5], [2, 3, 5], [2, 5, 4], [5, 6, 7]],
        (1, 1, 1),
        Material.GLOSS,
    )
    for k in range(7):
        count, radius = int(rng.integers(22, 48)), float(rng.uniform(4.5, 11))
        spread = rng.normal(size=(count, 3)) * [0.22, 0.8, 0.9]
        angle = spread[:, 0]
        at = np.stack(
            [(radius + spread[:, 1]) * np.cos(angle), spread[:, 2] * 0.8, (radius + spread[:, 1]) * np.sin(angle)], -1
        )
        school = copies(
            body,
            at,
            rng.uniform(0.45, 0.8, count) * (1.6 if k == 0 else 1.0),
            -angle,
            np.clip(palette[k % 5] * shades(rng, count, 0.2), 0, 1),
        )
        x, y, z = (-1) ** k * rng.uniform(5, 13), rng.uniform(3.6, 9), -rng.uniform(8, 42)
        period, phase = rng.uniform(16, 30), rng.uniform(0, 6.3)

        def motion(t, x=x, y=y, z=z, period=period, phase=phase):
            return translation(x, y + 0.5 * np.sin(t * 0.5 + phase), z) @ rotation("y", -2 * np.pi * t / period - phase)

        site.move(school, motion)
