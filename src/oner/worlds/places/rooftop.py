"""The rooftop over the town."""

from itertools import pairwise

import numpy as np

from ..mesh import (
    Material,
    cylinder,
    lathe,
    merge,
    rgb,
    rotation,
    translation,
)
from ..scene import Place, flat_ground
from . import plants
from .buildings import (
    WARM,
    bulb_string,
    swinging,
    wire,
)
from .city import HOUSES, NEON
from .parts import (
    Site,
    boxes,
    copies,
    floor,
    shades,
    surface,
    tube,
)
from .terrain import ground_rings, ridge, ridged


def rooftop(site: Site) -> Place:
    """A flat roof over the town: parapet, water tank, vents, washing, strings of bulbs, a stair house, the skyline."""
    rng = site.rng
    accent = site.accent("#b5483a")
    x1, front, back, street = 13.0, 30.0, -25.0, -42.0
    brick = rgb("#8f5d4a")
    site.add(floor((-x1, x1), (back, front), 0, rgb("#8a857c"), Material.PAVING))
    for side in (-1, 1):
        site.slab((side * x1, side * (x1 - 0.35)), (-1, 1.0), (back, front), brick, Material.BRICK)
        site.slab((side * (x1 + 0.1), side * (x1 - 0.5)), (1.0, 1.12), (back, front), rgb("#b0a99c"), Material.CONCRETE)
    for z in (back, front):
        site.slab((-x1, x1), (-1, 1.0), (z - 0.2, z + 0.2), brick, Material.BRICK)
        site.slab((-x1 - 0.1, x1 + 0.1), (1.0, 1.12), (z - 0.3, z + 0.3), rgb("#b0a99c"), Material.CONCRETE)
    site.slab((-x1, x1), (street, -0.02), (back, front), HOUSES[1], Material.FACADE)
    side = int(rng.choice([-1, 1]))
    _stair_house(site, -side * 8.2, -10.5, accent, brick)
    _tank(site, side * 8.6, -16.5)
    iron = rgb("#b4b8ba")
    for x, z, w, h, d in (
        (side * 6.4, -6.0, 1.6, 1.2, 1.2),
        (side * 6.6, -8.2, 1.6, 1.2, 1.2),
        (-side * 6.4, 6.5, 2.2, 1.5, 1.6),
        (side * 10, 8, 2.6, 1.7, 1.8),
    ):
        site.box((x, h / 2 + 0.15, z), (w, h, d), iron, Material.METAL)
        for dx in (-w * 0.28, w * 0.28):
            site.add(cylinder(min(w, d) * 0.2, 0.08, rgb("#3a3d40"), Material.METAL, 12).moved(x + dx, h + 0.15, z))
        slats = np.arange(0.35, h, 0.13)
        site.add(
            boxes(
                np.stack([0 * slats + x, slats, 0 * slats + z + d / 2 + 0.01], -1),
                (w * 0.85, 0.05, 0.02),
                rgb("#7d8184"),
            )
        )
    for x, z in (
        (-side * 5.2, -2.0),
        (side * 5.4, 2.0),
        (-side * 10, 2),
        (side * 11, -4),
        (-side * 11, -20),
        (side * 4.6, -20),
    ):
        site.add(
            cylinder(0.16, 0.9, rgb("#9a9ea0"), Material.METAL, 9).moved(x, 0, z),
            cylinder(0.28, 0.25, rgb("#9a9ea0"), Material.METAL, 9, 0.05).moved(x, 0.95, z),
        )
    site.add(
        tube(
            [(side * 5.6, 0.3, -6), (side * 5.6, 0.3, 12), (side * 5.6, 0.3, 20)],
            0.16,
            rgb("#a8adaf"),
            Material.METAL,
            7,
        )
    )
    for x, z, y in ((-side * 9.4, -17.5, 6.0), (side * 11.8, -12, 4.5), (-side * 12, 9, 5)):
        site.box((x, y / 2, z), (0.06, y, 0.06), rgb("#3a3d40"), Material.METAL)
        for k in range(5):
            site.box((x, y - 0.2 - 0.28 * k, z), (1.6 - 0.2 * k, 0.03, 0.03), rgb("#55585b"), Material.METAL)
    _washing(site, -side, accent)
    corners = [(-4.3, 3.6, 4), (4.3, 3.6, 1.5), (-4.4, 3.6, -6), (4.4, 3.6, -9), (-4.3, 3.6, -16), (4.3, 3.6, -19)]
    for x, y, z in corners:
        site.box((x, y / 2, z), (0.08, y, 0.08), rgb("#4a3f36"), Material.WOOD)
    for a, b in pairwise(corners):
        site.add(bulb_string(a, b, 16, [rgb("#ffd08a")], 0.35, 0.08))
    for z in (-2.5, -12.5):
        site.lamp((0, 3.4, z), WARM, 11, night_only=True)
    for x, z in ((side * 4.2, -4.5), (-side * 4.3, 3.0), (side * 4.5, 5.5), (-side * 4.6, -13)):
        site.add(cylinder(0.26, 0.5, rgb("#a85f42"), Material.MATTE, 12, 0.34).moved(x, 0, z))
        site.add(copies(plants.bush(int(abs(z)) % 3, "#5d8a45", 48), [(x, 0.45, z)], 0.55))
    for x, z, turn in ((side * 4.6, -12.0, 0.5), (side * 5.6, -13.6, -0.6)):
        chair = [
            boxes([(0, 0.42, 0)], [(0.55, 0.06, 0.55)], accent, Material.CLOTH),
            boxes([(0, 0.75, -0.28)], [(0.55, 0.6, 0.05)], accent, Material.CLOTH),
        ]
        chair.append(
            boxes([(a, 0.2, b) for a in (-0.24, 0.24) for b in (-0.24, 0.24)], (0.04, 0.42, 0.04), rgb("#3a3d40"))
        )
        site.add(merge(chair).transformed(translation(x, 0, z) @ rotation("y", turn)))
    for x in (-9.2, -5.8):
        site.slab((side * x - 1.2, side * x + 1.2), (0, 0.5), (-22.5, -19.5), rgb("#55585b"), Material.METAL)
        site.slab(
            (side * x - 1.05, side * x + 1.05),
            (0.5, 0.56),
            (-22.3, -19.7),
            rgb("#ffdca0") if site.dark else rgb("#7d97a3"),
            Material.GLOW if site.dark else Material.GLASS,
        )
    _town(site, street)
    return site.place(flat_ground, fog_density=0.0007, depth=20, back=24, ceiling=30, width=7.5)


def _stair_house(site: Site, x: float, z: float, accent, brick) -> None:
    site.slab((x - 2.2, x + 2.2), (0, 3.0), (z - 2, z + 2), brick, Material.BRICK)
    site.slab((x - 2.5, x + 2.5), (3.0, 3.22), (z - 2.3, z + 2.3), rgb("#a8a296"), Material.CONCRETE)
    face = 1 if x < 0 else -1
    site.slab((x + face * 2.2, x + face * 2.28), (0, 2.2), (z - 0.6, z + 0.6), rgb("#4a4540"))
    site.slab((x + face * 2.24, x + face * 2.32), (0, 2.1), (z - 0.5, z + 0.5), accent, Material.METAL)
    site.slab((x - 0.55, x + 0.55), (0, 2.1), (z + 2, z + 2.08), accent, Material.METAL)
    site.slab((x + face * 2.2, x + face * 2.5), (2.45, 2.55), (z - 0.15, z + 0.15), rgb("#ffd690"), Material.GLOW)
    site.slab((x - 0.15, x + 0.15), (2.4, 2.55), (z + 2, z + 2.25), rgb("#ffd690"), Material.GLOW)
    site.lamp((x + face * 2.9, 2.3, z + 1.5), WARM, 9, night_only=True)
    dish = lathe([(0.02, 0), (0.35, 0.06), (0.62, 0.25)], 14, rgb("#d6d8d8"), Material.METAL)
    site.add(
        dish.transformed(translation(x, 3.8, z) @ rotation("x", 0.9)),
        cylinder(0.04, 0.8, rgb("#55585b"), Material.METAL, 6).moved(x, 3.2, z),
    )


def _tank(site: Site, x: float, z: float) -> None:
    for a in (-1.3, 1.3):
        for b in (-1.3, 1.3):
            site.box((x + a, 1.7, z + b), (0.2, 3.4, 0.2), rgb("#4f4036"), Material.WOOD)
    site.box((x, 3.4, z), (3.4, 0.2, 3.4), rgb("#4f4036"), Material.WOOD)
    site.add(
        cylinder(1.75, 3.2, rgb("#7d583f"), Material.WOOD, 18).moved(x, 3.5, z),
        cylinder(1.95, 1.5, rgb("#54463c"), Material.WOOD, 18, 0.05).moved(x, 6.7, z),
    )
    ring = np.linspace(0, 2 * np.pi, 19)
    for y in (3.9, 4.8, 5.7, 6.4):
        site.add(
            tube(
                np.stack([x + 1.77 * np.cos(ring), 0 * ring + y, z + 1.77 * np.sin(ring)], -1),
                0.035,
                rgb("#3a3330"),
                Material.METAL,
                3,
            )
        )


def _washing(site: Site, side: int, accent) -> None:
    """A line of washing that lifts in the wind."""
    x, z0, z1 = side * 6.2, 2.0, -5.5
    for z in (z0, z1):
        site.box((x, 1.1, z), (0.08, 2.2, 0.08), rgb("#6b5a4a"), Material.WOOD)
    site.add(wire((x, 2.15, z0), (x, 2.15, z1), 0.12, 0.012))
    tones = (
        accent,
        np.float32(rgb("#f0ece0")),
        np.float32(rgb("#7fa3b8")),
        np.float32(rgb("#e8c770")),
        np.float32(rgb("#f0ece0")),
    )
    for k in range(5):
        u, v = np.meshgrid(np.linspace(-0.55, 0.55, 9), np.linspace(0, 1, 5))
        grid = np.stack([0.05 * np.sin(u * 9 + k) * v, -(0.8 + 0.25 * (k % 2)) * v, u], -1)
        site.move(
            surface(grid, tones[k], Material.CLOTH), swinging((x, 2.06, z0 - 0.9 - 1.42 * k), 0.24, 2.6, 0.8 * k, "z")
        )


def _town(site: Site, street: float) -> None:
    """Houses below and around, towers beyond, all cut to the window grid; neon on a few roofs."""
    rng = site.rng
    site.add(ground_rings(lambda x, z: street + 0 * x, rgb("#3f4145"), Material.ASPHALT, 1200, 20, 40))
    x, z = np.meshgrid(np.arange(-9, 10) * 31.0, np.arange(4, -13, -1) * 31.0)
    x, z = x.ravel() + rng.uniform(-3, 3, x.size), z.ravel() - 8 + rng.uniform(-3, 3, z.size)
    keep = (np.abs(x) > 30) | (z < -48) | (z > 56)
    x, z = x[keep], z[keep]
    away = np.hypot(x, z)
    top = np.where(away < 110, rng.uniform(-22, -3, len(x)), rng.uniform(-20, 16, len(x)))
    tower = (rng.random(len(x)) < 0.2) & (away > 95)
    top = np.where(tower, rng.uniform(15, 62, len(x)), top)
    wide = rng.uniform(18, 25, (len(x), 2)) * np.where(tower, 0.8, 1.0)[:, None]
    tone = np.float32([HOUSES[k] for k in rng.integers(0, len(HOUSES), len(x))]) * shades(rng, len(x), 0.12)
    tall = top - street
    site.add(
        boxes(
            np.stack([x, street + tall / 2, z], -1), np.stack([wide[:, 0], tall, wide[:, 1]], -1), tone, Material.FACADE
        )
    )
    site.add(
        boxes(
            np.stack([x, top + 0.4, z], -1),
            np.stack([wide[:, 0] + 0.6, 0 * x + 0.8, wide[:, 1] + 0.6], -1),
            tone * 0.75,
            Material.CONCRETE,
        )
    )
    huts = rng.uniform(-0.3, 0.3, (len(x), 2)) * wide
    site.add(
        boxes(np.stack([x + huts[:, 0], top + 1.8, z + huts[:, 1]], -1), (4.5, 3.0, 3.6), tone * 0.8, Material.CONCRETE)
    )
    pipes = rng.uniform(-0.35, 0.35, (len(x), 2)) * wide
    site.add(
        boxes(
            np.stack([x + pipes[:, 0], top + 1.4, z + pipes[:, 1]], -1), (0.8, 2.2, 0.8), rgb("#8a5a48"), Material.BRICK
        )
    )
    site.add(boxes(np.stack([x, top + 6, z], -1)[tower], (0.5, 12, 0.5), rgb("#55585b")))
    site.add(boxes(np.stack([x, top + 12, z], -1)[tower], 0.9, rgb("#ff4a3a"), Material.GLOW))
    for k, (sx, sz, y) in enumerate(((-44, -62, -1), (40, -78, 3), (-70, -118, 4), (18, -128, 2))):
        tone = np.asarray(NEON[k])
        site.box((sx, y + 2.5, sz), (11, 5, 0.5), rgb("#1b1c20"))
        for row in range(3):
            wide_bar = (9.2, 6.4, 8.0)[row]
            site.box(
                (sx - (9.2 - wide_bar) / 2, y + 3.9 - 1.4 * row, sz + 0.3), (wide_bar, 0.7, 0.15), tone, Material.GLOW
            )
        site.box((sx, y - 2, sz), (9, 4, 0.4), rgb("#3a3b3f"), Material.METAL)
    angle = (np.arange(54) + rng.uniform(-0.3, 0.3, 54)) * 2 * np.pi / 54
    far, high, broad = rng.uniform(420, 640, 54), rng.uniform(20, 105, 54), rng.uniform(20, 36, 54)
    at = np.stack([far * np.sin(angle), street / 2 + high / 2, -far * np.cos(angle)], -1)
    tone = np.float32([HOUSES[k] for k in rng.integers(0, len(HOUSES), 54)]) * [[0.75, 0.8, 0.9]]
    site.add(boxes(at, np.stack([broad, high - street, broad], -1), tone, Material.FACADE))
    site.add(ridge(lambda a: 20 + 46 * ridged(a * 1.2, 0 * a, site.noise_seed, 4), 980, rgb("#6a7684"), foot=street))
