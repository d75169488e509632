"""The train carriage and the country that runs past its windows."""

import numpy as np

from ..mesh import (
    Material,
    cylinder,
    merge,
    noise,
    rgb,
    translation,
)
from ..scene import Place
from . import plants
from .buildings import (
    swinging,
)
from .daylight import DAYLIGHT, outside
from .parts import (
    Site,
    boxes,
    copies,
    floor,
    shades,
    surface,
    tube,
    wall,
)


def train_carriage(site: Site) -> Place:
    """Seats along the windows, straps that sway, strip lights, and the country running past outside."""
    rng = site.rng
    accent = site.accent("#2f7a5c")
    low, top, daylight = outside(site)
    half, high, front, back = 2.35, 2.75, 10.5, -27.0
    cream, steel = rgb("#dcd8cc"), rgb("#b9bdc0")
    site.add(floor((-half, half), (back, front), 0, rgb("#6d6a66"), Material.ASPHALT))
    site.add(floor((-0.9, 0.9), (back, front), 0.006, rgb("#86827c"), Material.ASPHALT))
    section = [(half, 0.0), (half, 0.86)]
    arch = [
        (half, 2.0),
        (half, 2.15),
        (half - 0.18, 2.45),
        (half - 0.6, 2.68),
        (0.6, high),
        (-0.6, high),
        (-half + 0.6, 2.68),
        (-half + 0.18, 2.45),
        (-half, 2.15),
        (-half, 2.0),
    ]
    z = np.linspace(front, back, 2)
    skin = lambda outline: surface(np.array([[(x, y, v) for x, y in outline] for v in z]), cream, Material.GLOSS)
    site.add(skin(section), skin(arch), skin([(-half, 0.86), (-half, 0.0)]))
    pitch, doors = 3.0, (7.5, -4.5, -16.5)
    for side in (-1, 1):
        for zc in np.arange(front - 1.5, back, -pitch):
            door = any(abs(zc - d) < 1.6 for d in doors)
            edge = side * half
            for dz in (-pitch / 2, pitch / 2):
                site.slab(
                    (edge, edge - side * 0.07), (0.0, 2.1), (zc + dz - 0.17, zc + dz + 0.17), cream, Material.GLOSS
                )
            if door:
                site.slab(
                    (edge + side * 0.02, edge - side * 0.04), (0.0, 0.9), (zc - 1.35, zc + 1.35), steel, Material.METAL
                )
                site.slab(
                    (edge, edge - side * 0.06), (0.0, 2.05), (zc - 0.06, zc + 0.06), rgb("#8a8e91"), Material.METAL
                )
                site.slab((edge, edge - side * 0.05), (0.88, 2.05), (zc - 1.35, zc - 0.85), steel, Material.METAL)
                site.slab((edge, edge - side * 0.05), (0.88, 2.05), (zc + 0.85, zc + 1.35), steel, Material.METAL)
            else:
                site.slab(
                    (edge, edge - side * 0.05), (1.62, 1.66), (zc - 1.4, zc + 1.4), rgb("#6d7275"), Material.METAL
                )
                _bench(site, side, half, zc, pitch, accent)
            for y in (0.88, 2.02):
                site.slab(
                    (edge, edge - side * 0.06),
                    (y - 0.04, y + 0.04),
                    (zc - 1.4, zc + 1.4),
                    rgb("#83888b"),
                    Material.METAL,
                )
            colour = rgb(("#f1c75b", "#6fa8c9", "#e58a72", "#93b97d", "#efe6d2")[int(rng.integers(5))])
            site.add(boxes([(side * (half - 0.2), 2.33, zc)], [(0.02, 0.34, 1.1)], colour))
    for zc in doors:
        for side in (-1, 1):
            for dz in (-1.55, 1.55):
                site.add(cylinder(0.022, high - 0.1, steel, Material.METAL, 7).moved(side * 1.62, 0, zc + dz))
    for side in (-1, 1):
        site.add(tube([(side * 1.6, 2.12, front), (side * 1.6, 2.12, back)], 0.02, steel, Material.METAL, 6))
        z = np.arange(front - 0.6, back, -0.75)
        z = z[[all(abs(v - d) > 1.7 for d in doors) for v in z]]
        strap = merge(
            [boxes([(0, -0.13, 0)], [(0.03, 0.26, 0.015)], rgb("#e6dfcf"), Material.CLOTH), _ring().moved(0, -0.33, 0)]
        )
        for part in range(3):
            hung = copies(strap, np.stack([0 * z[part::3], 0 * z[part::3], z[part::3]], -1))
            site.move(hung, swinging((side * 1.6, 2.12, 0), 0.07, 1.9 + 0.23 * part, part * 2.0 + side))
    for z0 in np.arange(front - 1, back, -3.0):
        for x in (-0.75, 0.75):
            site.slab(
                (x - 0.13, x + 0.13), (high - 0.09, high - 0.02), (z0 - 1.3, z0 + 1.3), rgb("#f3f2e4"), Material.GLOW
            )
    for zc, sign in ((back, 1), (front, -1)):
        a, b = (-half, half) if sign > 0 else (half, -half)
        site.add(wall((a, zc), (b, zc), 0, high, cream, Material.GLOSS))
        site.slab((-0.55, 0.55), (0, 2.15), (zc, zc + sign * 0.06), steel, Material.METAL)
        site.slab((-0.36, 0.36), (0.95, 1.95), (zc, zc + sign * 0.08), rgb("#39454d"), Material.GLASS)
        for x in (-1.5, 1.5):
            site.slab((x - 0.5, x + 0.5), (1.0, 1.95), (zc, zc + sign * 0.05), rgb("#39454d"), Material.GLASS)
        site.slab((-0.7, 0.7), (2.3, 2.5), (zc, zc + sign * 0.1), rgb("#101214"))
        site.slab((-0.6, 0.6), (2.36, 2.44), (zc + sign * 0.1, zc + sign * 0.11), rgb("#ff9a3a"), Material.GLOW)
    for zc in np.arange(8, -25, -6.5):
        site.lamp((0, 2.3, zc), (0.62, 0.60, 0.54), 7.5)
    for side in (-1, 1):
        site.lamp((side * 2.0, 1.6, -1.5), daylight, 8)
    _passing_country(site, low, top)
    return site.place(
        indoor=True, sky="none", ambient=(0.30, 0.295, 0.285), fog=tuple(0.7 * c for c in daylight), fog_density=0.0015,
        depth=24, back=9.5, ceiling=2.4, width=1.5,
    )  # fmt: skip


def _ring():
    angle = np.linspace(0, 2 * np.pi, 9)
    return tube(
        np.stack([0 * angle, 0.075 * np.cos(angle), 0.075 * np.sin(angle)], -1),
        0.014,
        rgb("#e9e4d6"),
        Material.GLOSS,
        4,
    )


def _bench(site: Site, side: int, half: float, z: float, pitch: float, accent) -> None:
    x = lambda depth: side * (half - depth)
    site.slab((x(0.06), x(0.5)), (0.12, 0.34), (z - 1.32, z + 1.32), rgb("#7d8184"), Material.METAL)
    for dz in np.linspace(-1.1, 1.1, 5):
        site.slab((x(0.1), x(0.62)), (0.34, 0.47), (z + dz - 0.255, z + dz + 0.255), accent, Material.CLOTH)
        site.slab((x(0.06), x(0.18)), (0.47, 0.9), (z + dz - 0.255, z + dz + 0.255), accent * 0.85, Material.CLOTH)
    for dz in (-1.36, 1.36):
        site.slab((x(0.05), x(0.6)), (0.35, 0.95), (z + dz - 0.02, z + dz + 0.02), rgb("#b9bdc0"), Material.METAL)


def _passing_country(site: Site, low, top) -> None:
    """Fields, trees, masts, houses and hills that run past and repeat without a seam, before a sky of the hour."""
    rng, speed, loop = site.rng, 19.0, 152.0
    light = np.float32(DAYLIGHT[site.description.time])
    day = np.clip(0.35 + 0.65 * light.mean(), 0.2, 1.0)
    angle = np.linspace(0, 2 * np.pi, 49)
    rows = [(0.0, low), (0.28, top * 0.5 + low * 0.5), (1.2, top)]
    grid = np.stack(
        [np.stack([300 * np.sin(angle), np.full_like(angle, -12 + 300 * y), -300 * np.cos(angle)], -1) for y, _ in rows]
    )
    site.add(surface(grid, np.stack([np.tile(tone, (49, 1)) for _, tone in rows]), Material.GLOW))
    haze = low * 0.8
    for k, (x, height, share) in enumerate(((150, 26, 0.75), (95, 13, 0.5))):
        for side in (-1, 1):
            z = np.linspace(-260, 260, 90)
            y = height * (0.55 + 0.6 * noise(z / 60 + 9 * k, 0 * z + side, site.noise_seed + k, 3))
            tone = np.float32(rgb("#5d7a52")) * day * (1 - share) + haze * share
            edge = np.stack(
                [np.stack([0 * z + side * x, 0 * z - 6, -side * z], -1), np.stack([0 * z + side * x, y, -side * z], -1)]
            )
            site.add(surface(edge, tone, Material.GRASS))
    site.add(floor((-300, 300), (-300, 300), -1.4, np.float32(rgb("#6f8a4c")) * day * 0.8 + haze * 0.2, Material.GRASS))
    pieces = []
    for side in (-1, 1):
        x = side * rng.uniform(9, 55, 34)
        z, size = rng.uniform(0, loop, 34), rng.uniform(4, 8, 34)
        for k in range(3):
            own = slice(k, None, 3)
            pieces.append(
                copies(
                    plants.far_tree(k),
                    np.stack([x, 0 * x - 1.4, z], -1)[own],
                    size[own],
                    0.0,
                    shades(rng, 34)[own] * day,
                )
            )
        bushes = rng.uniform(0, loop, 14)
        pieces.append(
            copies(
                plants.far_tree(3),
                np.stack([side * rng.uniform(6, 8, 14), 0 * bushes - 1.6, bushes], -1),
                [(2.2, 1.6, 2.2)],
                0.0,
                np.full((14, 3), day),
            )
        )
        for z0 in np.arange(0, loop, 38.0):
            pieces.append(
                boxes(
                    [(side * 4.9, 2.0, z0), (side * 3.6, 5.0, z0)], [(0.22, 7, 0.22), (2.6, 0.15, 0.15)], rgb("#4a4d50")
                )
            )
        for z0 in rng.uniform(0, loop, 4):
            tone = np.float32(rgb("#d6c3a3")) * day
            xh = side * rng.uniform(22, 40)
            pieces.append(boxes([(xh, 1.2, z0)], [(8, 5.2, 9)], tone, Material.FACADE))
            lit = (rgb("#ffc46b"), Material.GLOW) if site.dark else (rgb("#39444c"), Material.GLASS)
            panes = [(xh - side * 4.02, y, z0 + v) for y in (0.4, 2.4) for v in (-2.6, 0.0, 2.6)]
            pieces.append(boxes(panes, (0.06, 1.1, 1.0), *lit))
            pieces.append(boxes([(xh, 4.4, z0)], [(9, 1.3, 10)], np.float32(rgb("#8a4a3a")) * day))
        pieces.append(boxes([(side * 4.9, 5.6, loop / 2)], [(0.03, 0.03, loop)], rgb("#2b2d30")))
    one = merge(pieces)
    line = merge([one.moved(0, 0, -2 * loop), one.moved(0, 0, -loop), one])
    # Forwards is -z, so the country runs towards +z; after one loop it is where it began.
    site.move(line, lambda seconds: translation(0, 0, (speed * seconds) % loop - 20))
