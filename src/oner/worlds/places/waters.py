"""On the water and beside it: ocean, beach, lake."""

import numpy as np

from ..mesh import (
    Material,
    Mesh,
    cylinder,
    heightfield,
    lathe,
    merge,
    mesh,
    noise,
    rgb,
    rotation,
    sphere,
    translation,
)
from ..scene import Place, flat_ground
from . import plants
from .buildings import (
    WARM,
    cottage,
    gable,
)
from .groves import grove, lawn, near_and_far, rocks
from .parts import (
    Site,
    blend,
    boxes,
    scatter,
    smoothstep,
    surface,
    tube,
)
from .terrain import ground_rings, ridge, ridged


def _gulls(site: Site, centre, count: int = 7) -> None:
    """Birds circling high up, wings in a shallow V."""
    wing = mesh(
        [(0, 0, 0.1), (-0.7, 0.22, 0), (0, 0, -0.14), (0.7, 0.22, 0), (-1.15, 0.1, -0.12), (1.15, 0.1, -0.12)],
        [[0, 1, 2], [0, 2, 3], [1, 4, 2], [3, 2, 5]],
        rgb("#e8e8e6"),
        Material.CLOTH,
    )
    for _ in range(count):
        radius, height, period = site.rng.uniform(10, 26), site.rng.uniform(10, 19), site.rng.uniform(14, 26)
        phase, home = site.rng.uniform(0, 6.3), np.asarray(centre, float) + site.rng.uniform(-12, 12, 3) * [1, 0, 1]

        def motion(seconds, radius=radius, height=height, period=period, phase=phase, home=home):
            turn = 2 * np.pi * seconds / period + phase
            bank = rotation("z", 0.35 + 0.12 * np.sin(seconds * 5 + phase))
            return translation(home[0], height, home[2]) @ rotation("y", -turn) @ translation(radius, 0, 0) @ bank

        site.move(wing, motion)


def ocean(site: Site) -> Place:
    """Open sea: rock stacks left and right, buoys that nod, far sails, an island, cliffs in the haze, gulls."""
    s, rng = site.noise_seed, site.rng
    deep = rgb("#1d5a6e")
    site.add(ground_rings(flat_ground, deep, Material.WATER, 2200, 46, 110, focus=0.3))
    side = rng.choice([-1, 1])
    stone = lambda x, y, z: blend(rgb("#6b665f"), rgb("#8a8274"), 0.5 + 0.5 * noise(x / 4, y / 2 + z / 5, s, 2))
    for x, z, r, h in (
        (side * 17, -36, 4, 8.5),
        (side * 25, -48, 6, 13),
        (side * 12, -29, 2.2, 4),
        (-side * 26, -62, 5, 8),
        (-side * 33, -72, 7, 13),
        (side * 21, 14, 4, 6),
        (-side * 19, 20, 3, 4),
    ):
        site.add(_sea_stack(x, z, r, h, int(rng.integers(99)), stone))
    small = scatter(rng, 26, (-40, 40), (-80, 24), 11)
    rocks(site, small, lambda x, z: 0 * x - 0.2, (0.4, 1.5), "#5f5b56")

    def island(x, z):
        d = np.hypot((x + side * 150) / 95, (z + 330) / 60)
        return 40 * np.maximum(1 - d, 0) * (0.6 + 0.8 * ridged(x / 70, z / 70, s + 2, 4)) - 2.5 * smoothstep(
            0.9, 1.0, d
        )

    green = lambda x, y, z: blend(rgb("#8b8574"), rgb("#5d7a4c"), smoothstep(4, 12, y))
    site.add(heightfield(island, (-side * 150 - 100, -side * 150 + 100), (-395, -265), (44, 30), green, Material.ROCK))
    site.add(
        ridge(
            lambda a: 46 * smoothstep(0.35, 0.6, ridged(a * 1.3 + 2, 0 * a, s + 3, 4)) - 4,
            980,
            rgb("#7d8580"),
            foot=-12,
        )
    )
    red = site.accent("#c8402f")
    buoy = merge(
        [
            cylinder(0.55, 0.7, red, Material.GLOSS, 12, 0.5).moved(0, -0.2, 0),
            lathe([(0.42, 0.5), (0.12, 1.9)], 10, rgb("#eeeae0"), Material.GLOSS),
            cylinder(0.16, 0.3, red, Material.GLOSS, 10).moved(0, 1.9, 0),
            sphere(0.1, rgb("#ffd27a"), Material.GLOW, 8, 6).transformed(translation(0, 2.3, 0)),
        ]
    )
    for k, (x, z) in enumerate(((-side * 6.5, -13), (side * 7.5, -24), (-side * 9, -46), (side * 9, -70))):
        where, phase = translation(x, 0, z), k * 1.7
        site.move(
            buoy,
            lambda t, where=where, phase=phase: (
                where
                @ translation(0, 0.1 * np.sin(1.3 * t + phase), 0)
                @ rotation("z", 0.13 * np.sin(1.1 * t + phase))
                @ rotation("x", 0.1 * np.sin(0.9 * t + 2 * phase))
            ),
        )
        if k < 2:
            site.lamp((x, 2.4, z), (1.0, 0.6, 0.3), 10, night_only=True)
    sail = merge(
        [
            mesh([(0, 0.8, -2.2), (0, 0.8, 0.2), (0, 9, 0.2)], [[0, 1, 2]], rgb("#f4efe2"), Material.CLOTH),
            mesh([(0, 0.8, 0.5), (0, 0.8, 3.0), (0, 8, 0.5)], [[0, 1, 2]], red, Material.CLOTH),
            boxes([(0, 0.3, 0.2)], [(1.4, 0.9, 6)], rgb("#5a4030"), Material.WOOD),
        ]
    )
    for k in range(3):
        x0, z0, speed = rng.uniform(-110, 110), -rng.uniform(120, 230), rng.uniform(0.8, 1.6) * (-1) ** k
        site.move(
            sail,
            lambda t, x0=x0, z0=z0, speed=speed: (
                translation(x0 + speed * t, 0, z0) @ rotation("y", np.pi / 2) @ rotation("z", 0.06 * np.sin(t + x0))
            ),
        )
    _gulls(site, (side * 18, 0, -36))
    return site.place(flat_ground, water=0.0, fog_density=0.0005, width=16, back=34, ceiling=60)


def _sea_stack(x: float, z: float, radius: float, height: float, seed: int, colour) -> Mesh:
    """A weathered rock pillar: rings that shrink and shift, ledged."""
    y = np.linspace(-1.5, height, 14)
    angle = np.linspace(0, -2 * np.pi, 15)
    ang, yy = np.meshgrid(angle, y)
    taper = 1.15 - 0.55 * (yy + 1.5) / height
    rough = (
        1
        + 0.35 * noise(np.cos(ang) * 1.3 + 5, np.sin(ang) * 1.3 + yy / 4, seed, 3)
        + 0.12 * np.sign(np.sin(yy * 2.1 + seed))
    )
    r = radius * taper * rough * np.where(yy >= height - 1e-6, 0.05, 1.0)
    grid = np.stack([x + r * np.cos(ang), yy, z + r * np.sin(ang)], -1)
    grid[:, -1] = grid[:, 0]
    return surface(grid, colour, Material.ROCK)


def beach(site: Site) -> Place:
    """Along the water's edge: surf on one side, palms, huts and parasols on the other, a headland ahead."""
    s, rng = site.noise_seed, site.rng
    sea = int(rng.choice([-1, 1]))
    level = -0.5

    def ground(x, z):
        out = sea * np.asarray(x, float) + 0.6 * noise(np.asarray(z) / 14, 0 * np.asarray(z), s, 2)
        down = -smoothstep(3.5, 9.5, out) * 0.75 - 3.5 * smoothstep(9, 60, out)
        up = smoothstep(5, 30, -out) * (1.6 + 1.4 * noise(x / 13, z / 13, s + 1, 2)) + 6 * smoothstep(30, 120, -out)
        head = (
            46
            * smoothstep(-170, -320, np.asarray(z) + 0.25 * out)
            * smoothstep(85, -30, out)
            * (0.55 + 0.6 * ridged(x / 90, z / 90, s + 2, 4))
        )
        return down + up + head + smoothstep(60, 90, out) * -4

    def tint(x, y, z, up):
        sand = blend(rgb("#e3cda0"), rgb("#d3b98a"), 0.5 + 0.5 * noise(x / 7, z / 7, s + 3, 3))
        wet = blend(sand, rgb("#a88c63"), smoothstep(-0.12, -0.42, y))
        return blend(wet, rgb("#6f8a4a"), smoothstep(2.2, 4.0, y + noise(x / 8, z / 8, s + 4, 2)))

    def material(x, y, z, up):
        return np.where(
            y + noise(x / 8, z / 8, s + 4, 2) > 3.2, np.where(up < 0.8, Material.ROCK, Material.GRASS), Material.SAND
        )

    site.add(ground_rings(ground, tint, material, 900, 60, 140, focus=0.3))
    site.add(ground_rings(lambda x, z: level + 0 * x, rgb("#2b8a93"), Material.WATER, 2200, 40, 90, focus=0.3))
    site.add(
        ridge(
            lambda a: np.where(np.sin(a) * sea > -0.2, 0, 1) * 30 * ridged(a * 2, 0 * a, s, 3) - 2,
            700,
            rgb("#6f8575"),
            foot=-8,
        )
    )
    z = np.linspace(45, -180, 170)
    for k, (edge, wide, period) in enumerate(((7.4, 0.55, 6.5), (9.8, 0.8, 8.0), (13.5, 0.7, 9.5))):
        wave = edge - 0.6 * noise(z / 14, 0 * z, s, 2) + 0.35 * noise(z / 3 + 9 * k, 0 * z, s + k, 2)
        inner = wave + wide * (0.5 + 0.7 * np.abs(noise(z / 2.2, 0 * z, s + 7 + k, 2)))
        y = np.full_like(z, level + 0.035)
        rows = [np.stack([sea * wave, y, z], -1), np.stack([sea * inner, y, z], -1)]
        grid = np.stack(rows if sea > 0 else rows[::-1], 1)
        foam = surface(grid, rgb("#f2f4f2"), Material.MATTE)
        site.move(
            foam,
            lambda t, period=period, k=k: translation(sea * (0.55 * np.sin(2 * np.pi * t / period + k) - 0.1), 0, 0),
        )
    palms = np.concatenate(
        [
            [(-sea * 6.6, -8), (-sea * 8.4, -15), (-sea * 7.4, 4.5), (-sea * 11, -26)],
            scatter(rng, 26, sorted((-sea * 9, -sea * 40)), (-150, 30), 8),
        ]
    )
    grove(site, [plants.palm(k) for k in range(4)], palms, ground, (6.5, 10.5), 0.12)
    scrub = scatter(rng, 70, sorted((-sea * 13, -sea * 60)), (-150, 30), 10)
    grove(site, [plants.bush(k, "#6d8a45", 48) for k in range(3)], scrub, ground, (0.7, 1.6))
    tufts = scatter(rng, 260, sorted((-sea * 5, -sea * 26)), (-70, 16), 4.6)
    grove(site, [plants.grass_tuft(k, "#a3a860", 6, 0.5) for k in range(3)], tufts, ground, (0.35, 0.8))
    accent = site.accent("#d2553f")
    _beach_things(site, sea, ground, accent)
    rocks(
        site,
        scatter(rng, 26, sorted((sea * 7, sea * 26)), (-130, 24), 7),
        lambda x, z: np.maximum(ground(x, z), level - 0.2),
        (0.3, 1.3),
        "#6d675e",
    )
    _gulls(site, (sea * 20, 0, -30), 6)
    return site.place(ground, water=level, fog_density=0.0006, width=12, back=34, ceiling=50)


def _beach_things(site: Site, sea: int, ground, accent) -> None:
    """Parasols with towels, a row of striped huts, a lifeguard's chair, a boat shed's lamp."""
    rng = site.rng
    pale = np.float32(rgb("#f4ecdc"))
    for x, z, tone in (
        (-5.2, -5.5, accent),
        (-4.9, -17.5, pale * 0.97),
        (-6.4, -24, accent),
        (-5.0, 9.0, accent),
        (-5.6, -40, accent),
        (-5.4, -58, pale),
    ):
        x, z = -sea * -x * 1.0, z + rng.uniform(-1, 1)
        y = float(ground(x, z))
        angle = np.linspace(0, 2 * np.pi, 17)
        for k in range(16):
            a, b = angle[k], angle[k + 1]
            rim = [(1.35 * np.cos(v), 1.95, -1.35 * np.sin(v)) for v in (a, b)]
            site.add(
                mesh([(0, 2.45, 0), *rim], [[0, 1, 2]], tone if (k // 2) % 2 else pale, Material.CLOTH).moved(x, y, z)
            )
        site.box((x, y + 1.2, z), (0.05, 2.5, 0.05), rgb("#e8e2d4"))
        site.box((x - sea * 0.7, y + 0.05, z + 0.8), (0.8, 0.03, 1.8), tone * 0.9, Material.CLOTH)
    for k in range(7):
        z, x = -30 - 5.2 * k, -sea * 12.5
        y = float(ground(x, z)) + 0.25
        tone = accent if k % 2 == 0 else np.float32(rgb(("#5c9ab0", "#e8c25a", "#f0e9da")[k % 3]))
        hut = gable(3, 3, 2.3, 1.2, (tone, Material.WOOD), (rgb("#f1ece0"), Material.WOOD), 0.2)
        door = boxes([(0, 1.0, 1.52)], [(1.0, 2.0, 0.06)], rgb("#f4efe4"), Material.WOOD)
        stilts = boxes(
            [(a, -0.4, b) for a in (-1.3, 1.3) for b in (-1.3, 1.3)], (0.18, 1.2, 0.18), rgb("#7a6a56"), Material.WOOD
        )
        stripes = boxes([(v, 1.2, 1.51) for v in (-1.2, -0.7, 0.7, 1.2)], (0.22, 2.2, 0.03), pale, Material.WOOD)
        site.add(merge([hut, door, stilts, stripes]).transformed(translation(x, y, z) @ rotation("y", sea * 1.25)))
    site.lamp((-sea * 10.5, 3.2, -34), WARM, 14, night_only=True)
    site.lamp((-sea * 10.5, 3.2, -50), WARM, 14, night_only=True)
    x, z = -sea * 4.6, -29.0
    y, wood = float(ground(x, z)), rgb("#efe9dc")
    for a in (-0.7, 0.7):
        for b in (-0.6, 0.6):
            site.add(tube([(x + a, y, z + b), (x + a * 0.7, y + 2.2, z + b * 0.7)], 0.06, wood, Material.WOOD, 4))
    site.box((x, y + 2.2, z), (1.2, 0.1, 1.0), wood, Material.WOOD)
    site.box((x, y + 2.75, z - 0.4), (1.1, 1.0, 0.08), accent, Material.WOOD)


def lake(site: Site) -> Place:
    """A still lake between woods and mountains: a gravel spit to stand on, reeds, a boathouse, a jetty, far peaks."""
    s, rng = site.noise_seed, site.rng
    side = int(rng.choice([-1, 1]))
    level = -0.13  # low enough that no wave reaches the top of the spit

    def shore(z):
        return (
            9
            + 22 * smoothstep(0, -60, z)
            + 60 * smoothstep(-40, -130, z) * smoothstep(-240, -150, z)
            + 4 * noise(np.asarray(z) / 26, 0 * np.asarray(z), s, 2)
        )

    def land(x, z):
        x, z = np.asarray(x, float), np.asarray(z, float)
        out = np.abs(x) - shore(z)
        far = np.maximum(-215 - z + 14 * noise(x / 40, 0 * x, s + 1, 2), z - 24)
        inland = np.maximum(out, far * 0.9)
        bed = np.where(
            inland > 0,
            0.9 * smoothstep(0, 14, inland) * (1.6 + noise(x / 18, z / 18, s + 4, 2)),
            -0.9 * smoothstep(0, -4, inland),
        )
        hills = 150 * smoothstep(25, 380, inland) * ridged(x / 240, z / 240, s + 5, 5)
        return bed + hills * smoothstep(8, 60, inland)

    def spit(x, z):
        """A tongue of gravel under the feet of whoever stands at the origin, from the near shore to just beyond."""
        edge = np.abs(x - 0.8 * noise(z / 12, 0 * z, s + 3, 1)) + 0.5 * noise(x * 0.9, z * 0.9, s + 8, 2)
        height = 0.11 + 0.03 * noise(x / 1.5, z / 1.5, s + 2, 2) - 0.6 * smoothstep(1.3, 3.0, edge)
        return height - 0.6 * smoothstep(-8, -13, z + 1.5 * noise(x, z / 2, s + 9, 1))

    def ground(x, z):
        x, z = np.asarray(x, float), np.asarray(z, float)
        return np.maximum(land(x, z), np.where((np.abs(x) < 4) & (z > -14) & (z < 40), spit(x, z), -9.0))

    def tint(x, y, z, up):
        pebble = blend(rgb("#9b9385"), rgb("#7f786c"), 0.5 + 0.5 * noise(x * 1.1, z * 1.1, s + 6, 2))
        grass = blend(rgb("#6d8c45"), rgb("#82944e"), 0.5 + 0.5 * noise(x / 9, z / 9, s + 7, 3))
        land = blend(pebble, grass, smoothstep(0.12, 0.4, y))
        rock = blend(land, rgb("#716e70"), np.maximum(smoothstep(0.84, 0.7, up), smoothstep(48, 75, y)))
        return blend(
            rock, rgb("#f2f5f9"), smoothstep(70, 96, y + 8 * noise(x / 30, z / 30, s, 2)) * smoothstep(0.4, 0.65, up)
        )

    def material(x, y, z, up):
        bare = np.maximum(smoothstep(0.84, 0.7, up), smoothstep(48, 75, y)) > 0.5
        return np.where((y < 0.25) | bare, Material.ROCK, Material.GRASS)

    site.add(ground_rings(land, tint, material, 950, 58, 150, focus=0.35))
    pebbles = lambda x, y, z: blend(rgb("#a39a8a"), rgb("#746d62"), 0.5 + 0.7 * noise(x * 2, z * 2, s + 6, 2))
    site.add(heightfield(spit, (-4, 4), (-14, 40), (24, 110), pebbles, Material.ROCK))
    site.add(ground_rings(lambda x, z: level + 0 * x, rgb("#23505c"), Material.WATER, 420, 34, 80, focus=0.3))
    on_land = lambda points, low=0.3: points[ground(*points.T) > low]
    firs = on_land(scatter(rng, 190, (-75, 75), (-150, 60), 7))[:105]
    firs, away = near_and_far(firs)
    grove(site, [plants.conifer(k, snow=site.snowy) for k in range(3)], firs, ground, (6, 13))
    woods = on_land(scatter(rng, 1100, (-230, 230), (-420, 170), 20), 0.5)
    woods = woods[ground(*woods.T) < 55][:380]
    woods = np.concatenate([woods, away])
    grove(site, [plants.conifer(k, far=True, snow=site.snowy) for k in range(3)], woods, ground, (7, 15))
    trees = on_land(np.array([(side * 13.0, -3), (-side * 12.5, 5.5), (side * 15, -24), (-side * 27, -26)]), 0.1)
    grove(site, [plants.broadleaf(k, "#6f8f3d", 200) for k in range(2)], trees, ground, (7, 10))
    edge = scatter(rng, 1500, (-40, 40), (-70, 26), 4.2)
    height = ground(*edge.T)
    reeds = edge[(height > -0.5) & (height < 0.12)][:260]
    grove(
        site,
        [plants.grass_tuft(k, "#8b9a50", 9, 0.18) for k in range(3)],
        reeds,
        lambda x, z: np.maximum(ground(x, z), -0.3),
        (1.0, 1.8),
    )
    lawn(site, [plants.grass_tuft(k, "#7c9a48") for k in range(2)], edge[height > 0.3][:200], ground, (0.25, 0.5))
    near = scatter(rng, 60, (-14, 14), (-30, 18), 3.4)
    rocks(site, near[ground(*near.T) < 0.3][:26], lambda x, z: np.maximum(ground(x, z), -0.15), (0.2, 0.8), "#77726a")
    jetty_x, wood = side * 6.6, rgb("#8a7154")
    for z in np.arange(2, -17, -0.42):
        site.box((jetty_x, 0.42, z), (1.7, 0.06, 0.36), np.asarray(wood) * (0.9 + 0.15 * np.sin(z * 9)), Material.WOOD)
    for z in np.arange(1, -17, -3.0):
        for dx in (-0.85, 0.85):
            site.box((jetty_x + dx, 0.2, z), (0.16, 1.7, 0.16), np.asarray(wood) * 0.7, Material.WOOD)
    x, z = side * 30.0, -58.0
    hut = cottage(rgb("#7a5238"), site.accent("#a23f34"), rgb("#efe7d6"), site.dark, site.snowy, Material.WOOD)
    site.add(hut.transformed(translation(x, max(float(ground(x, z)), 0.2), z) @ rotation("y", -side * 0.7)))
    site.lamp((x - side * 4, 2.6, z + 4), WARM, 22, night_only=True)
    site.lamp((jetty_x, 1.6, -15.5), WARM, 9, night_only=True)
    site.box((jetty_x + 0.85, 1.2, -16.2), (0.08, 1.6, 0.08), rgb("#3a3a3c"))
    site.box((jetty_x + 0.85, 2.05, -16.2), (0.2, 0.26, 0.2), rgb("#ffd08a"), Material.GLOW)
    return site.place(ground, water=level, fog_density=0.0006, width=12, back=34, ceiling=60)
