"""The country road."""

import numpy as np

from ..mesh import (
    Material,
    cylinder,
    lathe,
    merge,
    noise,
    rgb,
    rotation,
    translation,
)
from ..scene import Place
from . import plants
from .buildings import (
    STREET,
    cottage,
    gable,
    lamp_post,
    wire,
)
from .groves import grove, rocks
from .parts import (
    Site,
    blend,
    boxes,
    copies,
    scatter,
    smoothstep,
    surface,
)
from .terrain import ground_rings, lane_distance, ridge, ridged


def road(site: Site) -> Place:
    """A straight road through open land to the mountains: posts, poles and wires, a farm, a diner's sign."""
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
    for v in np.arange(18, -150, -26.0):
        site.add(lamp_post(7.4, side * 2.4).moved(-side * 6.2, float(ground(side * 6.2, v)), v))
        site.lamp((-side * 3.9, 7.2, v), STREET, 23, night_only=True)
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
    return site.place(ground, fog_density=0.0005, width=11, back=34, ceiling=60)


def _poles(site: Site, side: int, ground) -> None:
    """Telegraph poles and their wires along one side."""
    x, z = side * 9.2, np.arange(42, -320, -28.0)
    y = ground(0 * z + x, z)
    pole = merge(
        [
            cylinder(0.17, 8.6, rgb("#5d4a3a"), Material.BARK, 7, 0.11),
            boxes([(0, 7.9, 0), (0, 7.2, 0)], [(2.4, 0.16, 0.14), (1.8, 0.14, 0.12)], rgb("#5d4a3a"), Material.WOOD),
            boxes([(a, 8.05, 0) for a in (-1.1, -0.4, 0.4, 1.1)], (0.1, 0.18, 0.1), rgb("#8fa8a0"), Material.GLASS),
        ]
    )
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
