"""Above the town and out of it: rooftop, road."""

import numpy as np

from ..mesh import Material, cylinder, lathe, merge, noise, rgb, rotation, translation
from ..scene import Place, flat_ground
from . import plants
from .buildings import WARM, bulb_string, cottage, gable, lamp_post, swinging, wire
from .city import HOUSES, NEON
from .groves import grove, rocks
from .parts import Site, blend, boxes, copies, floor, scatter, shades, smoothstep, surface, tube
from .terrain import ground_rings, lane_distance, ridge, ridged


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
    for a, b in zip(corners, corners[1:], strict=False):
        site.add(bulb_string(a, b, 16, [rgb("#ffd08a")], 0.35, 0.08))
    for k, z in enumerate((-2.5, -12.5)):
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
    return site.place(flat_ground, fog_density=0.0016, depth=20, back=24, ceiling=30, width=7.5)


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


def road(site: Site) -> Place:
    """A straight road through open land to the mountains: centre line, posts, poles and wires, a farm, a diner's sign."""
    s, rng = site.noise_seed, site.rng
    accent = site.accent("#b8402f")

    def ground(x, z):
        d = np.abs(np.asarray(x, float)) + 0 * np.asarray(z)
        verge = -0.55 * smoothstep(5.2, 7.5, d) + 0.6 * smoothstep(8, 12, d)
        rolling = noise(x / 70, z / 70, s, 3) * 7 * smoothstep(14, 90, d)
        hills = 120 * smoothstep(190, 520, lane_distance(x, z)) * ridged(x / 260, z / 260, s + 1, 5)
        return verge * (d > 5) + rolling + hills * smoothstep(10, 150, d)

    def tint(x, y, z, up):
        grass = blend(rgb("#b5a566"), rgb("#8f9450"), 0.5 + 0.5 * noise(x / 12, z / 12, s + 2, 3))
        crop = noise(x / 60, z / 44, s + 3, 1)
        field = blend(grass, rgb("#c9b063"), smoothstep(0.15, 0.25, crop) * smoothstep(20, 40, np.abs(x)))
        field = blend(field, rgb("#7a8a4a"), smoothstep(-0.15, -0.25, crop) * smoothstep(20, 40, np.abs(x)))
        return blend(field, rgb("#86796e"), np.maximum(smoothstep(0.85, 0.7, up), smoothstep(55, 85, y)))

    material = lambda x, y, z, up: np.where(
        np.maximum(smoothstep(0.85, 0.7, up), smoothstep(55, 85, y)) > 0.5, Material.ROCK, Material.GRASS
    )
    site.add(ground_rings(lambda x, z: ground(x, z) - 0.05, tint, material, 1100, 60, 160, focus=0.5))
    z = np.concatenate([np.arange(60, -260, -8.0), np.arange(-260, -800, -40.0)])
    rise = np.maximum(ground(0 * z + 0.0, z), 0)
    skin = lambda xs, y: np.stack(
        [
            np.broadcast_to(np.array(xs)[None], (len(z), len(xs))),
            np.broadcast_to((rise + y)[:, None], (len(z), len(xs))),
            np.broadcast_to(z[:, None], (len(z), len(xs))),
        ],
        -1,
    )
    site.add(
        surface(skin([-5.6, -4.0], -0.015), rgb("#8a7d62"), Material.EARTH),
        surface(skin([4.0, 5.6], -0.015), rgb("#8a7d62"), Material.EARTH),
    )
    site.add(surface(skin([-4.1, 4.1], 0.0), rgb("#4d4d50"), Material.ASPHALT))
    dash = np.arange(56, -420, -7.0)
    height = np.maximum(ground(0 * dash, dash), 0)
    site.add(
        boxes(np.stack([0 * dash, height + 0.012, dash], -1), (0.16, 0.016, 3.2), rgb("#e0b93f"), Material.ASPHALT)
    )
    for x in (-3.75, 3.75):
        site.add(surface(skin([x - 0.07, x + 0.07], 0.015), rgb("#dedace"), Material.ASPHALT))
    side = int(rng.choice([-1, 1]))
    for row in (-1, 1):
        v = np.arange(40, -260, -12.0)
        base = ground(0 * v + row * 4.7, v)
        site.add(boxes(np.stack([0 * v + row * 4.7, base + 0.45, v], -1), (0.12, 0.95, 0.1), rgb("#ece8dc")))
        site.add(
            boxes(
                np.stack([0 * v + row * 4.7, base + 0.78, v + 0.06], -1),
                (0.1, 0.16, 0.03),
                rgb("#ff9a3a") if row < 0 else rgb("#ffe9b8"),
                Material.GLOW if site.dark else Material.GLOSS,
            )
        )
    _poles(site, side, ground)
    for k, v in enumerate(np.arange(18, -150, -26.0)):
        site.add(lamp_post(7.4, side * 2.4).moved(-side * 6.2, float(ground(side * 6.2, v)), v))
        site.lamp((-side * 3.9, 7.2, v), WARM, 21, night_only=True)
    _signs(site, side, ground, accent)
    x, v = side * 46.0, -92.0
    farm = cottage(rgb("#ece4d2"), rgb("#6b5a50"), accent, site.dark, site.snowy, Material.WOOD)
    barn = gable(15, 9, 4.6, 4, (accent, Material.WOOD), (rgb("#6e6a66"), Material.METAL)).moved(-16, 0, -3)
    silo = merge(
        [
            cylinder(2.2, 10, rgb("#c4c7c8"), Material.METAL, 16),
            lathe([(2.2, 10), (1.6, 11.2), (0.02, 11.8)], 16, rgb("#a9adb0"), Material.METAL),
        ]
    ).moved(-27, 0, -4)
    site.add(
        merge([farm, barn, silo]).transformed(translation(x, float(ground(x, v)) - 0.2, v) @ rotation("y", -side * 0.6))
    )
    trees = np.concatenate(
        [scatter(rng, 46, (-120, 120), (-260, 60), 13), [(side * 11, -16), (-side * 13, -30), (side * 12.5, 10)]]
    )
    grove(site, [plants.broadleaf(k, "#71823d", 90) for k in range(3)], trees[-12:], ground, (5, 9))
    grove(site, [plants.far_tree(k, "#6d7f40") for k in range(3)], trees[:-12], ground, (6, 11))
    woods = scatter(rng, 700, (-330, 330), (-480, 220), 70)
    woods = woods[noise(*(woods.T / 70), s + 6, 2) > 0.15]
    grove(site, [plants.far_tree(k, "#5f7440") for k in range(2)], woods[:190], ground, (7, 13))
    tufts = np.concatenate([scatter(rng, 520, (-13, 13), (-50, 18), 5.6), scatter(rng, 240, (-24, 24), (-110, 20), 8)])
    grove(site, [plants.grass_tuft(k, "#a89e58", 7, 0.4) for k in range(4)], tufts, ground, (0.3, 0.9))
    rocks(site, scatter(rng, 26, (-22, 22), (-100, 20), 6.5), ground, (0.2, 0.6), "#8a8074")
    site.add(ridge(lambda a: 30 + 70 * ridged(a * 1.4 + 0.6, 0 * a, s + 7, 5), 1150, rgb("#6d7480"), spokes=220))
    return site.place(ground, fog_density=0.0014, width=11, back=34, ceiling=60)


def _poles(site: Site, side: int, ground) -> None:
    """Telegraph poles and their wires along one side."""
    x, z = side * 9.2, np.arange(42, -320, -28.0)
    y = ground(0 * z + x, z)
    pole = merge([cylinder(0.17, 8.6, rgb("#5d4a3a"), Material.BARK, 7, 0.11), boxes([(0, 7.9, 0), (0, 7.2, 0)], [(2.4, 0.16, 0.14), (1.8, 0.14, 0.12)], rgb("#5d4a3a"), Material.WOOD),
                  boxes([(a, 8.05, 0) for a in (-1.1, -0.4, 0.4, 1.1)], (0.1, 0.18, 0.1), rgb("#8fa8a0"), Material.GLASS)])  # fmt: skip
    site.add(copies(pole, np.stack([0 * z + x, y - 0.1, z], -1)))
    for k in range(len(z) - 1):
        for dx in (-1.1, -0.4, 0.4, 1.1):
            site.add(wire((x + dx, y[k] + 8.1, z[k]), (x + dx, y[k + 1] + 8.1, z[k + 1]), 0.75, 0.022))


def _signs(site: Site, side: int, ground, accent) -> None:
    metal = rgb("#8d9194")
    for x, z, shape in ((side * 5.9, -14.0, "diamond"), (-side * 5.9, -44, "board"), (side * 5.9, -78, "board")):
        y = float(ground(x, z))
        site.box((x, y + 1.3, z), (0.09, 2.8, 0.09), metal, Material.METAL)
        if shape == "diamond":
            plate = boxes([(0, 0, 0)], [(0.85, 0.85, 0.04)], rgb("#e8b93a"), Material.GLOSS).transformed(
                rotation("z", np.pi / 4)
            )
            arrow = boxes([(0, 0, 0.03)], [(0.1, 0.55, 0.03)], rgb("#222222"))
            site.add(merge([plate, arrow]).moved(x, y + 2.6, z))
        else:
            site.box((x, y + 2.5, z), (1.9, 1.0, 0.06), rgb("#2f6b4a"), Material.GLOSS)
            site.box((x, y + 2.68, z + 0.04), (1.4, 0.16, 0.02), rgb("#eef2ea"))
            site.box((x - 0.2, y + 2.36, z + 0.04), (1.0, 0.16, 0.02), rgb("#eef2ea"))
    x, z = -side * 17.0, -56.0
    y = float(ground(x, z))
    site.slab((x - 5.5, x + 5.5), (y - 0.5, y + 3.4), (z - 4, z + 4), rgb("#e6dfcf"), Material.PLASTER)
    site.slab((x - 6, x + 6), (y + 3.4, y + 3.8), (z - 4.6, z + 4.6), accent, Material.GLOSS)
    glass = (rgb("#ffd79a"), Material.GLOW) if site.dark else (rgb("#44525b"), Material.GLASS)
    site.slab((x - 4.8, x + 4.8), (y + 0.9, y + 2.7), (z + 4.0, z + 4.06), *glass)
    face = np.sign(-x)
    site.slab((x + face * 5.5, x + face * 5.56), (y + 0.9, y + 2.7), (z - 3, z + 3), *glass)
    site.box((x + face * 7.5, y + 4, z + 5), (0.3, 8.4, 0.3), metal, Material.METAL)
    site.box((x + face * 7.5, y + 8, z + 5), (4.4, 2.0, 0.4), accent, Material.GLOSS)
    for row, wide in ((8.45, 3.4), (7.6, 2.4)):
        site.box((x + face * 7.5, y + row, z + 5.25), (wide, 0.4, 0.1), rgb("#ffd27a"), Material.GLOW)
    site.lamp((x + face * 7.5, y + 5, z + 7), (1.0, 0.6, 0.3), 18, night_only=True)
