"""The ballroom."""

import numpy as np

from ..mesh import (
    Material,
    cylinder,
    lathe,
    merge,
    mesh,
    rgb,
    rotation,
    sphere,
    translation,
)
from ..scene import Place
from . import plants
from .buildings import (
    swinging,
)
from .daylight import outside, sky_pane
from .parts import (
    Site,
    boxes,
    copies,
    floor,
    room,
    shades,
    surface,
    tube,
)

GOLD = np.float32(rgb("#c9a24e"))


def drapery(width: float, drop: float, colour, folds: int = 9):
    """A hanging curtain: `width` by `drop`, its top edge on y = 0, front towards +z."""
    u, v = np.meshgrid(np.linspace(-0.5, 0.5, folds * 4 + 1), np.linspace(0, 1, 6))
    fold = 0.09 * np.cos(u * folds * 2 * np.pi) * (0.6 + 0.5 * v)
    grid = np.stack([u * width, -drop * v, fold], -1)
    tone = np.asarray(colour) * (0.78 + 0.26 * np.cos(u * folds * 2 * np.pi))[..., None]
    return surface(grid[::-1], np.clip(tone[::-1], 0, 1), Material.CLOTH)


def ballroom(site: Site) -> Place:
    """A palace hall: polished floor, columns and tall windows with curtains, gilt mirrors, chandeliers, a gallery."""
    rng = site.rng
    accent = site.accent("#9c2f3c")
    low, top, daylight = outside(site)
    half, high, front, back = 9.0, 9.5, 19.0, -31.0
    cream, stone = rgb("#e9dfc9"), np.float32(rgb("#efe8d8"))
    site.add(
        room(
            (-half, half),
            (0, high),
            (back, front),
            (rgb("#c79a62"), Material.TILES),
            (rgb("#efe6d2"), Material.PLASTER),
            (cream, Material.PLASTER),
        )
    )
    site.add(floor((-1.6, 1.6), (back + 1.5, front - 1), 0.008, accent * 0.8, Material.CLOTH))
    for x in (-1.6, 1.6):
        site.add(floor((x - 0.07, x + 0.07), (back + 1.5, front - 1), 0.012, GOLD, Material.CLOTH))
    column = lathe(
        [
            (0.62, 0),
            (0.62, 0.25),
            (0.48, 0.4),
            (0.42, 0.7),
            (0.40, 3.5),
            (0.36, 6.0),
            (0.5, 6.25),
            (0.62, 6.5),
            (0.62, 6.7),
        ],
        16,
        stone,
        Material.GLOSS,
    )
    rings = lathe([(0.5, 0.38), (0.55, 0.46), (0.5, 0.54)], 16, GOLD, Material.METAL)
    capital = lathe([(0.38, 5.9), (0.52, 6.2), (0.46, 6.3)], 16, GOLD, Material.METAL)
    bays = np.arange(15.0, -30, -5.0)
    for side in (-1, 1):
        spots = [(side * 6.3, 0, z) for z in bays]
        site.add(copies(merge([column, rings, capital]), spots))
        site.slab((side * half, side * 5.7), (6.7, 7.3), (back, front), stone * 0.97, Material.PLASTER)
        site.slab((side * 5.75, side * 5.62), (6.82, 6.98), (back, front), GOLD, Material.METAL)
        site.slab((side * 5.85, side * 5.75), (8.05, 8.17), (back, front), GOLD, Material.METAL)
        baluster = np.arange(front - 0.3, back, -0.55)
        site.add(
            copies(
                lathe([(0.06, 0), (0.11, 0.3), (0.05, 0.75)], 6, stone, Material.PLASTER),
                np.stack([0 * baluster + side * 5.8, 0 * baluster + 7.3, baluster], -1),
            )
        )
        for z in bays[:-1] - 2.5:
            _tall_window(site, side, half, z, low, top, accent)
        for z in bays:
            _sconce(site, side * 5.82, 2.9, z, -side)
        for z in bays[1:-1:2] + 0.0:
            _gilt_chair(site, side * 5.2, z + 1.4, side, accent)
    _coffers(site, half, high, front, back, stone)
    _far_wall(site, back, half, high, accent, low, top, stone)
    site.slab((-2.2, 2.2), (0, 4.6), (front - 0.12, front), rgb("#d8c9a8"), Material.WOOD)
    site.slab((-0.04, 0.04), (0, 4.4), (front - 0.16, front), GOLD, Material.METAL)
    for x in (-6.5, -4, 4, 6.5):
        site.slab((x - 0.8, x + 0.8), (1.0, 4.2), (front - 0.1, front), rgb("#8f9aa0"), Material.GLASS)
    for side in (-1, 1):
        for z in rng.choice(bays[1:-1], 3, replace=False):
            _flowers(site, side * 5.0, float(z) + 1.9, accent)
    for k, z in enumerate((8.0, -4.5, -17.0)):
        chandelier = _chandelier()
        site.move(chandelier, swinging((0, high - 0.2, z), 0.012, 4.6, k * 1.3))
        site.lamp((0, 5.0, z), (1.35, 0.98, 0.58), 17)
    for side in (-1, 1):
        for z in (0.0, -12.5):
            site.lamp((side * 7.6, 3.2, z), tuple(0.9 * c for c in daylight), 10)
    site.lamp((0, 3.6, -28), (1.0, 0.7, 0.4), 10)
    return site.place(
        indoor=True, sky="none", ambient=(0.27, 0.24, 0.20), fog=(0.30, 0.22, 0.14), fog_density=0.004,
        depth=26, back=16.5, ceiling=6.2, width=4.6,
    )  # fmt: skip


def _tall_window(site: Site, side: int, half: float, z: float, low, top, accent) -> None:
    x = side * (half - 0.05)
    for k in range(3):
        a, b = z - 1.0 + 0.68 * k, z - 1.0 + 0.68 * k + 0.64
        first, second = (a, b) if side > 0 else (b, a)
        site.add(sky_pane([(x, 0.9, first), (x, 0.9, second), (x, 5.2, second), (x, 5.2, first)], low, top))
    angle = np.linspace(0, np.pi, 11)
    rim = np.stack([0 * angle + x, 5.2 + 1.02 * np.sin(angle), z - side * 1.02 * np.cos(angle)], -1)
    fan = np.concatenate([[[x, 5.2, z]], rim])
    site.add(
        mesh(
            fan,
            [[0, k, k + 1] for k in range(1, 11)],
            top,
            Material.GLOW,
            np.tile([-float(side), 0, 0], (12, 1)),
        )
    )
    site.add(tube(rim, 0.08, GOLD, Material.METAL, 4))
    for v in (z - 1.06, z - 0.34, z + 0.34, z + 1.06):
        site.slab((x, x - side * 0.1), (0.9, 5.2), (v - 0.05, v + 0.05), rgb("#efe8d8"), Material.WOOD)
    for y in (0.85, 2.3, 3.75, 5.2):
        site.slab((x, x - side * 0.1), (y - 0.05, y + 0.05), (z - 1.06, z + 1.06), rgb("#efe8d8"), Material.WOOD)
    cloth = drapery(0.95, 6.1, accent, 4)
    for v in (z - 1.45, z + 1.45):
        site.add(cloth.transformed(translation(x - side * 0.25, 6.35, v) @ rotation("y", -side * np.pi / 2)))
    site.slab((x, x - side * 0.4), (6.3, 6.62), (z - 2.0, z + 2.0), GOLD, Material.METAL)


def _sconce(site: Site, x: float, y: float, z: float, face: int) -> None:
    site.box((x, y, z), (0.12, 0.4, 0.12), GOLD, Material.METAL)
    for dz in (-0.16, 0.16):
        site.box((x + face * 0.12, y + 0.22, z + dz), (0.05, 0.2, 0.05), rgb("#f6efdc"))
        site.box((x + face * 0.12, y + 0.37, z + dz), (0.05, 0.1, 0.05), rgb("#ffd084"), Material.GLOW)


def _gilt_chair(site: Site, x: float, z: float, side: int, accent) -> None:
    site.box((x, 0.46, z), (0.46, 0.08, 0.46), accent, Material.CLOTH)
    site.box((x + side * 0.22, 0.85, z), (0.05, 0.6, 0.42), accent * 0.9, Material.CLOTH)
    site.box((x + side * 0.23, 1.18, z), (0.07, 0.08, 0.48), GOLD, Material.METAL)
    for a in (-0.2, 0.2):
        for b in (-0.2, 0.2):
            site.box((x + a, 0.22, z + b), (0.05, 0.44, 0.05), GOLD, Material.METAL)


def _flowers(site: Site, x: float, z: float, accent) -> None:
    """A tall vase with roses in the place's colour."""
    vase = lathe([(0.2, 0), (0.08, 0.12), (0.1, 0.6), (0.24, 1.0), (0.16, 1.15)], 12, rgb("#e9e4da"), Material.GLOSS)
    site.add(vase.moved(x, 0, z))
    angle = site.rng.uniform(0, 6.3, 16)
    out = site.rng.uniform(0.05, 0.42, 16)
    at = np.stack([x + out * np.cos(angle), 1.5 - 0.6 * out + 0 * angle, z + out * np.sin(angle)], -1)
    rose = sphere(0.11, (1, 1, 1), Material.PETAL, 7, 5)
    site.add(copies(rose, at, 1.0, 0.0, np.clip(accent * shades(site.rng, 16, 0.25), 0, 1)))
    site.add(copies(plants.fern(1), [(x, 1.1, z)], 0.8))


def _coffers(site: Site, half: float, high: float, front: float, back: float, stone) -> None:
    for z in np.arange(front, back - 0.1, -5.0):
        site.slab((-half, half), (high - 0.45, high), (z - 0.3, z + 0.3), stone, Material.PLASTER)
        site.slab((-half, half), (high - 0.5, high - 0.45), (z - 0.06, z + 0.06), GOLD, Material.METAL)
    for x in np.arange(-6, 6.1, 3.0):
        site.slab((x - 0.2, x + 0.2), (high - 0.4, high), (back, front), stone * 0.98, Material.PLASTER)
    for side in (-1, 1):
        site.slab(
            (side * half, side * (half - 0.5)), (high - 0.6, high - 0.2), (back, front), GOLD * 0.95, Material.METAL
        )
        site.slab((side * half, side * (half - 0.06)), (0, 0.8), (back, front), stone * 0.86, Material.WOOD)
    rose = lathe([(1.6, 0.0), (1.3, -0.1), (0.5, -0.14), (0.25, -0.3)], 20, GOLD, Material.METAL)
    for z in (8.0, -4.5, -17.0):
        site.add(rose.moved(0, high - 0.02, z))


def _far_wall(site: Site, z: float, half: float, high: float, accent, low, top, stone) -> None:
    """The end of the hall: a great arched mirror between drapes, a dais with steps, candelabra."""
    angle = np.linspace(0, np.pi, 17)
    rim = np.stack([2.3 * np.cos(angle), 4.6 + 2.3 * np.sin(angle), 0 * angle + z + 0.12], -1)
    frame = np.concatenate([[[2.3, 0.9, z + 0.12]], rim, [[-2.3, 0.9, z + 0.12]]])
    site.add(tube(frame, 0.2, GOLD, Material.METAL, 6))
    fan = np.concatenate([[[0, 3, z + 0.08]], frame - [0, 0, 0.04]])
    glass = mesh(
        fan,
        [[0, k, k + 1] for k in range(1, len(fan) - 1)] + [[0, len(fan) - 1, 1]],
        np.float32(low) * 0.55 + 0.25,
        Material.GLASS,
        np.tile([0.0, 0, 1], (len(fan), 1)),
    )
    site.add(glass)
    site.slab((-4.5, 4.5), (0, 0.18), (z, z + 2.6), stone * 0.9, Material.PLASTER)
    for side in (-1, 1):
        site.add(drapery(1.9, 7.4, accent, 6).transformed(translation(side * 3.7, 7.6, z + 0.35)))
        site.add(drapery(1.7, 7.4, accent * 0.85, 6).transformed(translation(side * 6.6, 7.6, z + 0.3)))
        stand = merge([cylinder(0.25, 0.08, GOLD, Material.METAL, 12), cylinder(0.05, 1.7, GOLD, Material.METAL, 8)])
        arms = [(0.28 * np.cos(a), 1.75, 0.28 * np.sin(a)) for a in np.arange(5) * 1.257]
        candles = boxes([(x, y + 0.15, w) for x, y, w in arms], (0.05, 0.28, 0.05), rgb("#f6efdc"))
        flames = boxes([(x, y + 0.36, w) for x, y, w in arms], (0.06, 0.13, 0.06), rgb("#ffd084"), Material.GLOW)
        branches = merge(
            [
                tube([(0, 1.5, 0), (x * 0.8, 1.55, w * 0.8), (x, y, w)], 0.025, GOLD, Material.METAL, 4)
                for x, y, w in arms
            ]
        )
        site.add(merge([stand, candles, flames, branches]).moved(side * 3.3, 0.18, z + 1.6))
    site.slab((-5, 5), (7.6, 7.9), (z, z + 0.7), GOLD, Material.METAL)


def _chandelier():
    """Three tiers of candles and crystal drops below the origin."""
    parts = [
        tube([(0, 0, 0), (0, -2.2, 0)], 0.03, GOLD, Material.METAL, 5),
        lathe([(0.02, -4.5), (0.22, -4.2), (0.1, -3.6), (0.16, -2.9), (0.05, -2.2)], 12, GOLD, Material.METAL),
    ]
    for radius, y, count in ((1.5, -3.9, 16), (1.05, -3.3, 12), (0.6, -2.7, 8)):
        a = np.linspace(0, 2 * np.pi, count, endpoint=False)
        ring = np.linspace(0, 2 * np.pi, 25)
        parts.append(
            tube(
                np.stack([radius * np.cos(ring), 0 * ring + y, radius * np.sin(ring)], -1),
                0.035,
                GOLD,
                Material.METAL,
                4,
            )
        )
        at = np.stack([radius * np.cos(a), 0 * a + y, radius * np.sin(a)], -1)
        parts.append(boxes(at + np.array([0, 0.14, 0]), (0.06, 0.24, 0.06), rgb("#f6efdc")))
        parts.append(boxes(at + np.array([0, 0.33, 0]), (0.08, 0.15, 0.08), rgb("#ffd890"), Material.GLOW))
        drop = lathe([(0.001, -0.34), (0.05, -0.24), (0.02, -0.05)], 5, rgb("#eef4f6"), Material.GLASS)
        parts.append(copies(drop, at))
        for k in range(0, count, 2):
            parts.append(
                tube([(0, y - 0.15, 0), at[k] * [0.5, 0, 0.5] + [0, y - 0.3, 0], at[k]], 0.025, GOLD, Material.METAL, 4)
            )
    return merge(parts)
