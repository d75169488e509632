"""Among houses and on roads: city street, rooftop, road, tunnel."""

from itertools import pairwise

import numpy as np

from ..mesh import Material, cylinder, merge, mesh, rgb
from ..scene import Place
from . import plants
from .buildings import GLOW_WARM, STREET, block, lamp_post, wire
from .groves import grove
from .parts import Site, boxes, copies, floor

HOUSES = [
    rgb(c) for c in ("#9a5f4b", "#b9a68c", "#7f8894", "#c2b5a0", "#8b6a5a", "#a9907a", "#6f7a80", "#b98d6d", "#d0c5b0")
]
NEON = [rgb(c) for c in ("#ff4f9a", "#3fd8ff", "#ffb03a", "#8f6bff", "#4fffa8")]
CELL, STOREY = 2.1, 3.1  # metres: the window grid of Material.FACADE, which houses are cut to


def _shop(site: Site, side: int, z0: float, z1: float, x: float, look: dict) -> None:
    """Ground floor of one house: glass between pillars, a sign, an awning. `side` -1 is the left of the street."""
    face = lambda depth: side * (x - depth)
    glass = (GLOW_WARM, Material.GLOW) if look["lit"] and site.dark else (rgb("#39444c"), Material.GLASS)
    site.slab((face(0.02), face(-0.3)), (0.15, 3.8), (z0, z1), look["wall"] * 0.8, Material.CONCRETE)
    middle, door = (z0 + z1) / 2, look["door"]
    panes = [(z0 + 0.5, middle - 0.9), (middle + 0.9, z1 - 0.5)]
    for a, b in panes:
        dim = np.asarray(glass[0]) * (0.5 if glass[1] == Material.GLOW else 1.0)
        site.slab((face(0.03), face(0.08)), (0.75, 2.85), (a, b), dim, glass[1])
        for edge in (a, (a + b) / 2, b):
            site.slab((face(0.03), face(0.14)), (0.65, 2.95), (edge - 0.05, edge + 0.05), look["trim"])
        site.slab((face(0.0), face(0.2)), (0.2, 0.75), (a - 0.1, b + 0.1), look["trim"] * 0.8, Material.WOOD)
    site.slab((face(0.02), face(0.1)), (0.15, 2.55), (middle - 0.6, middle + 0.6), door, Material.WOOD)
    site.slab((face(0.08), face(0.12)), (1.2, 2.35), (middle - 0.4, middle + 0.4), rgb("#46525b"), Material.GLASS)
    site.slab((face(0), face(0.25)), (3.05, 3.7), (z0 + 0.25, z1 - 0.25), look["sign"], Material.GLOSS)
    site.slab(
        (face(0.24), face(0.28)),
        (3.25, 3.5),
        (middle - 1.9, middle + 1.9),
        rgb("#f6ead0"),
        Material.GLOW if site.dark else Material.MATTE,
    )
    site.slab((face(0), face(0.4)), (3.75, 4.1), (z0, z1), look["wall"] * 0.62, Material.CONCRETE)
    if look["awning"]:
        edges = np.linspace(z0 + 0.4, z1 - 0.4, 9)
        for k in range(8):
            tone = look["cloth"] if k % 2 else np.float32(rgb("#f1e8d6"))
            a, b = edges[k], edges[k + 1]
            points = [(face(0.1), 3.05, a), (face(0.1), 3.05, b), (face(1.5), 2.55, b), (face(1.5), 2.55, a),
                      (face(1.5), 2.3, b), (face(1.5), 2.3, a)]  # fmt: skip
            site.add(mesh(points, [[0, 1, 2], [0, 2, 3], [3, 2, 4], [3, 4, 5]], tone, Material.CLOTH))


def _house_row(site: Site, side: int, start: int, stop: int, x: float, gap: tuple[int, int]) -> None:
    """Houses wall to wall from cell `start` down to cell `stop` along z, leaving `gap` to a side street."""
    rng, cell = site.rng, start
    accent = site.accent("#a8433a")
    while cell > stop:
        wide = int(rng.integers(4, 8))
        storeys = int(rng.integers(3, 9))
        tone = np.float32(HOUSES[rng.integers(len(HOUSES))]) * rng.uniform(0.85, 1.1)
        pick, sign, steps = rng.random(6), rng.integers(0, len(NEON)), rng.integers(0, 4)
        if gap[0] >= cell > gap[1]:
            cell = gap[1]
            continue
        if cell > gap[0] > cell - wide:
            wide = cell - gap[0]
        z1, z0 = cell * CELL, (cell - wide) * CELL
        cell -= wide
        if wide < 2:
            continue
        height = storeys * STOREY + 3.2
        outer = x + 6 * CELL
        site.add(block(sorted((side * x, side * outer)), (z0, z1), height, tone, base=0.1))
        look = {
            "wall": tone,
            "lit": pick[0] < 0.7,
            "trim": np.float32(rgb("#33373b")) if pick[1] < 0.5 else accent * 0.7,
            "door": accent,
            "sign": accent * 0.85 if pick[2] < 0.5 else np.float32(rgb("#2d3b42")),
            "awning": pick[3] < 0.6,
            "cloth": accent if pick[2] < 0.7 else np.float32(rgb("#3b6a58")),
        }
        if z0 > -120:
            _shop(site, side, z0, z1, x, look)
            _house_front(site, side, (z0, z1), x, height, tone, pick[4], NEON[sign])
        if steps == 0:
            site.slab(
                (side * (x + 3), side * (x + 7)), (height, height + 3), (z0 + 2, z1 - 3), tone * 0.8, Material.CONCRETE
            )
        elif steps == 1:
            tank = merge(
                [
                    cylinder(1.5, 2.6, rgb("#6b4c38"), Material.WOOD, 10),
                    cylinder(1.6, 0.9, rgb("#4a4038"), Material.WOOD, 10, 0.05).moved(0, 2.6, 0),
                ]
            )
            site.add(tank.moved(side * (x + 4), height + 1.8, (z0 + z1) / 2))
            for dx, dz in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
                site.box((side * (x + 4) + dx, height + 0.9, (z0 + z1) / 2 + dz), (0.15, 1.8, 0.15), rgb("#4a4038"))


def _house_front(site: Site, side: int, z, x: float, height: float, tone, luck: float, neon) -> None:
    """Cornices, balconies or a fire escape, a neon blade."""
    (z0, z1), face = z, lambda depth: side * (x - depth)
    site.slab((face(0), face(0.55)), (height - 0.9, height - 0.5), (z0, z1), tone * 0.75, Material.CONCRETE)
    for edge in (z0 + 0.22, z1 - 0.22):
        site.slab(
            (face(0), face(0.16)), (4.1, height - 0.6), (edge - 0.22, edge + 0.22), tone * 0.82, Material.CONCRETE
        )
    if luck < 0.35:
        mid = round((z0 + z1) / 2 / CELL) * CELL
        for y in np.arange(6.25, height - 2, STOREY):
            site.slab((face(0), face(1.1)), (y - 0.08, y), (mid - 2.1, mid + 2.1), rgb("#2c2f33"), Material.METAL)
            site.slab(
                (face(1.06), face(1.1)), (y + 0.9, y + 0.97), (mid - 2.1, mid + 2.1), rgb("#2c2f33"), Material.METAL
            )
            rail = np.arange(mid - 2.05, mid + 2.1, 0.41)
            site.add(
                boxes(
                    np.stack([0 * rail + face(1.08), 0 * rail + y + 0.45, rail], -1), (0.03, 0.9, 0.03), rgb("#2c2f33")
                )
            )
    elif luck > 0.62:
        zc, top = z0 + 0.9 if luck > 0.8 else z1 - 0.9, min(height - 1, 10.5)
        site.slab((face(0), face(1.25)), (5.0, top), (zc - 0.12, zc + 0.12), rgb("#23262c"))
        glow = np.asarray(neon)
        for y in np.arange(5.5, top - 0.4, 1.05):
            site.slab((face(0.3), face(0.98)), (y, y + 0.62), (zc - 0.16, zc + 0.16), glow, Material.GLOW)
        site.lamp((face(1.6), 6.5, zc), 3 * glow**2.2, 13, night_only=True)


def city_street(site: Site) -> Place:
    """A street of shops and houses to its vanishing point, a side street, lamps, crossings, wires, towers beyond."""
    rng = site.rng
    half, kerb = 4.2, 0.14

    def ground(x, z):
        return np.where(np.abs(x) > half, kerb, 0.0) + 0 * np.asarray(z)

    z = (64, -330)
    site.add(floor((-half, half), z, 0, rgb("#4a4b4f"), Material.ASPHALT))
    for side in (-1, 1):
        site.slab((side * half, side * (half + 0.25)), (-0.2, kerb + 0.01), z, rgb("#9b968c"), Material.CONCRETE)
        site.add(floor(sorted((side * 4.4, side * 8.5)), z, kerb, rgb("#a39b8f"), Material.PAVING))
    site.add(floor((-400, 400), (400, -600), -0.08, rgb("#55565a"), Material.ASPHALT))
    dash = np.arange(50, -300, -6.0)
    dash = dash[(np.abs(dash + 10.5) > 4) & (np.abs(dash - 22) > 4)]
    site.add(*(floor((-0.07, 0.07), (v + 1.4, v - 1.4), 0.015, rgb("#d8d2b8"), Material.ASPHALT) for v in dash))
    for zc in (-10.5, 22.0):
        for x in np.arange(-3.7, 3.9, 0.92):
            site.add(floor((x - 0.24, x + 0.24), (zc + 1.6, zc - 1.6), 0.015, rgb("#dcd9cf"), Material.ASPHALT))
    x = 4 * CELL
    for side, gap in ((-1, (-14, -18)), (1, (-15, -19))):
        _house_row(site, side, 30, -125, x, gap)
    for k in range(46):  # second and third rows, seen above the roofs and down the side street
        side = -1 if k % 2 else 1
        zc = 60 - (k // 2) * 15 + rng.uniform(-3, 3)
        back, wide, tall = rng.uniform(11, 16) * CELL, rng.integers(5, 8) * CELL, int(rng.integers(6, 17)) * STOREY
        tone = np.float32(HOUSES[rng.integers(len(HOUSES))]) * rng.uniform(0.7, 1.0)
        if not (-45 < zc - wide / 2 < -25 or -45 < zc + wide / 2 < -25):
            site.box((side * (back + 6), tall / 2, zc), (11 + back * 0.3, tall, wide), tone, Material.FACADE)
    _skyline(site, 26, 250, 420, 60, 150)
    site.slab((-34, -9), (0, 62), (-345, -320), rgb("#7d8794"), Material.FACADE)
    site.slab((-7, 12), (0, 96), (-380, -360), rgb("#8f8578"), Material.FACADE)
    site.slab((-3, 8), (96, 118), (-376, -364), rgb("#8f8578"), Material.FACADE)
    site.slab((14, 40), (0, 74), (-350, -322), rgb("#6a7580"), Material.FACADE)
    site.slab((-30, 30), (0, 40), (78, 100), rgb("#8b7f76"), Material.FACADE)
    _street_things(site, half, kerb)
    return site.place(ground, fog_density=0.0016, width=7.2, back=32, ceiling=30)


def _skyline(site: Site, count: int, near: float, far: float, low: float, high: float) -> None:
    """Towers all around in the haze."""
    rng = site.rng
    angle = (np.arange(count) + rng.uniform(-0.3, 0.3, count)) * 2 * np.pi / count
    away, tall, wide = rng.uniform(near, far, count), rng.uniform(low, high, count), rng.uniform(18, 34, (count, 2))
    x, zc = away * np.sin(angle), -away * np.cos(angle) - 40
    tone = np.float32([HOUSES[k] for k in rng.integers(0, len(HOUSES), count)]) * [[0.75, 0.8, 0.9]]
    site.add(
        boxes(np.stack([x, tall / 2, zc], -1), np.stack([wide[:, 0], tall, wide[:, 1]], -1), tone, Material.FACADE)
    )
    site.add(
        boxes(
            np.stack([x, tall + 4, zc], -1),
            np.stack([wide[:, 0] * 0.5, 0 * tall + 8, wide[:, 1] * 0.5], -1),
            tone * 0.9,
            Material.FACADE,
        )
    )


def _street_things(site: Site, half: float, kerb: float) -> None:
    """Lamps, trees, wires, benches, bins and signals along both kerbs."""
    rng = site.rng
    left, right = lamp_post(6.2, 1.5), lamp_post(6.2, -1.5)
    for k, z in enumerate(np.arange(30, -170, -17.0)):
        side = -1 if k % 2 else 1
        site.add((left if side < 0 else right).moved(side * 5.0, kerb, z))
        site.lamp((side * 3.6, 6.1, z), STREET, 20, night_only=True)
    spots = np.array([(s * 5.3, v) for s in (-1, 1) for v in np.arange(14, -150, -15.5) if abs(v + 36) > 6])
    spots[:, 1] += rng.uniform(-2, 2, len(spots))
    tall = [copies(plants.broadleaf(k, "#5f8a42", 90), [(0, 0, 0)], [(0.62, 1, 0.62)]) for k in range(3)]
    grove(site, tall, spots, lambda x, z: kerb + 0 * x, (5.0, 6.4))
    for x, z in spots:
        site.box((x, kerb + 0.02, z), (1.1, 0.05, 1.1), rgb("#4b4036"), Material.EARTH)
    for z in np.arange(8, -140, -24.0):
        site.add(
            wire((-8.3, 9 + rng.uniform(-1, 1), z), (8.3, 9 + rng.uniform(-1, 1), z + rng.uniform(-4, 4)), 0.9, 0.025)
        )
    for side in (-1, 1):
        z = np.arange(44, -150, -32.0)
        for a, b in pairwise(z):
            site.add(wire((side * 7.6, 7.4, a), (side * 7.6, 7.4, b), 0.7, 0.03))
    iron = rgb("#2e3338")
    for side, z in ((-1, -8.2), (1, -13.0), (-1, 24.5), (1, 19.5)):
        site.box((side * 4.75, 1.7, z), (0.12, 3.3, 0.12), iron, Material.METAL)
        site.box((side * 4.75, 3.1, z), (0.32, 0.95, 0.3), rgb("#1d2022"), Material.METAL)
        for y, tone in ((3.4, "#ff3b30"), (3.1, "#5a4a1c"), (2.8, "#1f4a2a")):
            site.box(
                (side * 4.75, y, z + 0.15), (0.2, 0.2, 0.06), rgb(tone), Material.GLOW if y > 3.3 else Material.GLASS
            )
    for side, z in ((-1, -3.0), (1, -22.0), (-1, -48.0), (1, 6.0)):
        site.box((side * 6.4, kerb + 0.45, z), (0.5, 0.07, 1.8), rgb("#7a5a3c"), Material.WOOD)
        site.box((side * 6.65, kerb + 0.78, z), (0.07, 0.45, 1.8), rgb("#7a5a3c"), Material.WOOD)
        for dz in (-0.7, 0.7):
            site.box((side * 6.45, kerb + 0.22, z + dz), (0.45, 0.44, 0.07), iron, Material.METAL)
    for side, z in ((1, -5.5), (-1, -20.5), (1, 14.0), (-1, 10.0)):
        site.add(cylinder(0.26, 0.85, rgb("#3f5a48"), Material.METAL, 10, 0.3).moved(side * 4.8, kerb, z))
    hydrant = merge(
        [
            cylinder(0.14, 0.6, site.accent("#b5382e"), Material.GLOSS, 9, 0.12),
            boxes([(0, 0.45, 0)], [(0.44, 0.12, 0.12)], site.accent("#b5382e"), Material.GLOSS),
        ]
    )
    site.add(hydrant.moved(-4.75, kerb, 2.5), hydrant.moved(4.75, kerb, -30))
