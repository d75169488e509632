"""Open country: mountains, desert, forest, snowfield, meadow, flower field."""

import numpy as np

from ..mesh import Material, merge, noise, rgb, rotation, translation
from ..scene import Place
from . import plants
from .buildings import WARM, cottage, fence, gable, tent, turning, windmill
from .groves import grove, lawn, near_and_far, rocks
from .parts import Site, blend, boxes, copies, on_ground, scatter, shades, smoothstep, surface, tube
from .terrain import ground_rings, lane_distance, path, ridge, ridged


def mountains(site: Site) -> Place:
    """A path up a high valley: fir groves, boulders, a hut, snow peaks on three sides, one great peak ahead."""
    s, rng = site.noise_seed, site.rng
    peak = rng.choice([-1, 1]) * rng.uniform(60, 105)

    def ground(x, z):
        d = lane_distance(x, z)
        rolling = noise(x / 38, z / 38, s, 3) * 5 * smoothstep(7, 40, d) + 0.05 * np.maximum(d - 9, 0)
        range_ = ridged(x / 210 + 3.1, z / 210, s + 5, 5) * (
            104 * smoothstep(48, 250, d) + 60 * smoothstep(300, 700, d)
        )
        far = np.hypot(np.asarray(x) - peak, np.asarray(z) + 430)
        cone = 116 * np.exp(-((far / 120) ** 1.3)) * (0.70 + 0.42 * ridged(x / 80, z / 80, s + 9, 4))
        return rolling + np.maximum(np.maximum(range_ - 14 * smoothstep(48, 100, d), 0), cone * smoothstep(15, 140, d))

    def snow_share(x, y, z, up):
        line = 60 + 15 * noise(x / 45, z / 45, s + 2, 2) - (25 if site.snowy else 0)
        return smoothstep(line - 6, line + 10, y) * smoothstep(0.45, 0.68, up)

    def tint(x, y, z, up):
        grass = blend(rgb("#6a8047"), rgb("#88924f"), 0.5 + 0.5 * noise(x / 14, z / 14, s + 3, 2))
        stone = blend(rgb("#716a66"), rgb("#514e54"), 0.5 + 0.7 * noise(x / 22, y / 12 + z / 30, s + 4, 3))
        bare = np.maximum(smoothstep(0.86, 0.7, up), smoothstep(16, 42, y))
        return blend(blend(grass, stone, bare), rgb("#f3f6fa"), snow_share(x, y, z, up))

    def material(x, y, z, up):
        bare = np.maximum(smoothstep(0.86, 0.7, up), smoothstep(16, 42, y)) > 0.5
        return np.where(snow_share(x, y, z, up) > 0.5, Material.SNOW, np.where(bare, Material.ROCK, Material.GRASS))

    site.add(ground_rings(ground, tint, material, 1150, 62, 150, focus=0.4))
    site.add(path(rgb("#a08d6c"), rgb("#768549"), 2.6, seed=s))
    fir = [plants.conifer(k, snow=site.snowy) for k in range(3)]
    left = scatter(rng, 70, (-48, -9), (-150, 6), 9)
    right = scatter(rng, 60, (10, 55), (-170, 2), 9)
    close, away = near_and_far(np.concatenate([left, right, scatter(rng, 26, (-45, 45), (14, 60), 8)]))
    grove(site, fir, close, ground, (4, 9))
    slope = scatter(rng, 340, (-210, 210), (-330, 140), 42)
    slope = slope[ground(*slope.T) < 30]
    woods = np.concatenate([slope, away])
    grove(site, [plants.conifer(k, far=True, snow=site.snowy) for k in range(3)], woods, ground, (6, 11))
    rocks(site, scatter(rng, 46, (-26, 26), (-110, 26), 4.2, 6), ground, (0.25, 1.3), snow=site.snowy)
    tufts = scatter(rng, 330, (-16, 16), (-45, 16), 3.2)
    lawn(site, [plants.grass_tuft(k, "#7f9250") for k in range(3)], scatter(rng, 220, (-7, 7), (-20, 12), 1.3), ground)
    grove(site, [plants.grass_tuft(k, "#7f9250") for k in range(3)], tufts, ground, (0.25, 0.5))
    blooms = scatter(rng, 90, (-14, 14), (-28, 10), 3.2)
    petals = np.tile(site.accent("#b9a4e0"), (len(blooms), 1))
    grove(site, [plants.flower(k) for k in range(2)], blooms, ground, (0.22, 0.4), tint=petals)
    side = -1 if peak > 0 else 1
    hut = cottage(rgb("#7a5c41"), site.accent("#8e4a3a"), rgb("#5a4330"), site.dark, site.snowy, Material.WOOD)
    y = float(ground(side * 17.0, -26.0))
    site.add(hut.transformed(translation(side * 17, y, -26) @ rotation("y", -side * 0.6)))
    site.lamp((side * 14, y + 2.2, -21), WARM, 16, night_only=True)
    posts = np.array([(-side * 3.9, 0, z) for z in np.linspace(12, -90, 40)])
    site.add(fence(posts, 1.0, rgb("#85715a"), 1, 3.0))
    return site.place(ground, fog_density=0.0004, width=14, back=34, ceiling=70)


def desert(site: Site) -> Place:
    """Great dunes with sharp crests, tall cacti, stones, a striped tent, table mountains far off."""
    s, rng = site.noise_seed, site.rng

    def ground(x, z):
        d = lane_distance(x, z, (45.0, -95.0))
        bent = x * 0.8 + z * 0.55 + 14 * noise(x / 60, z / 60, s, 2)
        wave = bent / 62 + noise(x / 110, z / 110, s + 1, 2) * 0.9
        t = wave - np.floor(wave)
        crest = np.where(t < 0.72, (t / 0.72) ** 1.6, ((1 - t) / 0.28) ** 1.15)
        dunes = crest * (9 + 13 * smoothstep(60, 260, d)) * smoothstep(7, 48, d)
        return dunes + noise(x / 25, z / 25, s + 2, 2) * 0.8 * smoothstep(6, 20, d)

    def tint(x, y, z, up):
        tone = 0.5 + 0.5 * noise(x / 20, z / 20, s + 3, 2)
        return blend(blend(rgb("#d9ad72"), rgb("#e6c48c"), tone), rgb("#b98250"), smoothstep(0.97, 0.78, up) * 0.6)

    site.add(ground_rings(ground, tint, Material.SAND, 900, 72, 170, focus=0.3))
    mesa_seed = rng.uniform(0, 50)

    def mesas(angle):
        n = noise(angle * 2.4 + mesa_seed, angle * 0, s + 6, 1)
        return (
            8 + 62 * smoothstep(0.12, 0.26, n) + 24 * smoothstep(0.34, 0.44, n) + 3 * noise(angle * 30, angle * 0, s, 1)
        )

    site.add(ridge(mesas, 640, rgb("#a8694a"), Material.ROCK, 260))
    cacti = np.concatenate([
        [(-6.2, -7.5), (7.4, -13.0), (-11.5, -21.0), (12.5, -3.0)],
        scatter(rng, 26, (-60, 60), (-150, 30), 9, 12),
    ])  # fmt: skip
    grove(site, [plants.cactus(k) for k in range(3)], cacti, ground, (2.6, 5.4), 0.1)
    rocks(site, scatter(rng, 60, (-40, 40), (-120, 25), 4.0, 5), ground, (0.15, 0.9), "#a37a58")
    dry = scatter(rng, 130, (-24, 24), (-60, 14), 3.4)
    grove(site, [plants.grass_tuft(k, "#b19a5e", 7, 0.55) for k in range(3)], dry, ground, (0.35, 0.8))
    side = rng.choice([-1, 1])
    for x, z, turn, size in ((side * 9.5, -20, -side * 0.7, 1.0), (side * 16, -29, -side * 0.3, 0.85)):
        y = float(ground(x, z))
        spot = translation(x, y - 0.05, z) @ rotation("y", turn) @ np.diag([size, size, size, 1])
        site.add(tent(site.accent("#b0472f")).transformed(spot))
    site.lamp((side * 7.4, 1.6, -15.5), WARM, 14, night_only=True)
    fire = boxes([(side * 7.2, 0.2, -15.2)], [(0.5, 0.35, 0.5)], rgb("#ff8a3a"), Material.GLOW, 0.6)
    site.add(fire.moved(0, float(ground(side * 7.2, -15.2)), 0))
    return site.place(ground, fog_density=0.0006, depth=88, width=12, back=34, ceiling=60)


def forest(site: Site) -> Place:
    """A path through tall old trees: trunks left and right, ferns, mushrooms, fallen logs, deep green beyond."""
    s, rng = site.noise_seed, site.rng

    def ground(x, z):
        d = lane_distance(x, z)
        return noise(x / 16, z / 16, s, 3) * 1.1 * smoothstep(3.5, 12, d) + 5 * smoothstep(60, 150, d)

    def tint(x, y, z, up):
        return blend(rgb("#4a5a30"), rgb("#6b5a38"), 0.5 + 0.8 * noise(x / 5, z / 5, s + 1, 3))

    site.add(ground_rings(ground, tint, Material.GRASS, 320, 50, 110, focus=0.3))
    site.add(path(rgb("#7d6644"), rgb("#55592f"), 2.8, seed=s, sway=0.5))
    near = np.concatenate([
        [(-4.6, -3.5), (5.0, -6.5), (-5.4, 4.5), (5.6, 3.2), (-5.0, -14.0), (4.8, -17.0), (6.6, 9.0), (-6.4, 12.0)],
        scatter(rng, 34, (-20, 20), (-60, 26), 4.8, 5),
    ])  # fmt: skip
    trunk = plants.forest_trunk
    grove(site, [trunk(k) for k in range(3)], near, ground, (11, 19), 0.12)
    middle = scatter(rng, 80, (-40, 40), (-130, 52), 5.2, 22)
    middle, far_middle = near_and_far(middle, 62)
    grove(site, [trunk(3), *(plants.conifer(k, 6, site.snowy) for k in range(3))], middle, ground, (9, 20), 0.15)
    far = np.concatenate([far_middle, scatter(rng, 230, (-130, 130), (-260, 130), 7, 55)])
    grove(site, [plants.conifer(k, far=True, snow=site.snowy) for k in range(3)], far, ground, (12, 24))
    saplings = scatter(rng, 26, (-16, 16), (-60, 18), 4.6, 4)
    grove(site, [plants.conifer(k, 5, site.snowy) for k in range(2)], saplings, ground, (1.4, 4.2))
    ferns = scatter(rng, 110, (-13, 13), (-50, 14), 3.1)
    grove(site, [plants.fern(k) for k in range(3)], ferns, ground, (0.7, 1.5))
    tufts = scatter(rng, 200, (-11, 11), (-36, 13), 3.2)
    lawn(site, [plants.grass_tuft(k, "#63803a") for k in range(2)], scatter(rng, 160, (-6, 6), (-18, 12), 1.4), ground)
    grove(site, [plants.grass_tuft(k, "#63803a") for k in range(2)], tufts, ground, (0.15, 0.4))
    rocks(site, scatter(rng, 24, (-14, 14), (-60, 16), 3.6, 4), ground, (0.2, 0.8), "#6d7062", site.snowy)
    caps = scatter(rng, 60, (-9, 9), (-24, 9), 3.2)
    grove(site, [plants.mushroom()], caps, ground, (0.12, 0.36), tint=np.tile(site.accent("#b5392c"), (len(caps), 1)))
    for x, z, turn in ((-6.2, -9.5, 0.5), (7.5, -22.0, -0.3), (8.0, 1.0, 1.2)):
        log = tube([(-2.6, 0.3, 0), (0, 0.34, 0), (2.4, 0.3, 0)], [0.36, 0.33, 0.27], rgb("#5d4a36"), Material.BARK, 8)
        site.add(log.transformed(translation(x, float(ground(x, z)), z) @ rotation("y", turn)))
    return site.place(ground, fog_density=0.0075, width=8, back=28, ceiling=24)


def snowfield(site: Site) -> Place:
    """A white plain: drifts, bare trees, laden firs, a half-buried fence, a lit cabin, low hills."""
    s, rng = site.noise_seed, site.rng

    def ground(x, z):
        d = lane_distance(x, z)
        return noise(x / 30, z / 22, s, 3) * 2.0 * smoothstep(4, 22, d) + 10 * smoothstep(90, 330, d) * ridged(
            x / 260, z / 260, s
        )

    def tint(x, y, z, up):
        return blend(rgb("#eef2f7"), rgb("#d5dfec"), 0.5 + 0.5 * noise(x / 18, z / 9, s + 1, 2))

    site.add(ground_rings(ground, tint, Material.SNOW, 800, 52, 130, focus=0.3))
    site.add(path(rgb("#cfd9e6"), rgb("#e8edf4"), 2.2, material=Material.SNOW, seed=s, sway=0.6))
    hills = lambda a: 22 + 34 * ridged(a * 1.7 + 1, a * 0, s + 3, 4)
    site.add(ridge(hills, 560, rgb("#dfe6ef"), Material.SNOW, 200))
    wood = scatter(rng, 330, (-190, 190), (-290, 150), 34)
    wood = wood[noise(*(wood.T / 45), s + 5, 2) > -0.05]
    grove(site, [plants.conifer(k, far=True, snow=True) for k in range(3)], wood, ground, (6, 13), 0.08)
    firs = np.concatenate(
        [[(-8.5, -12), (-11, -16), (11.5, -21), (9.5, 5)], scatter(rng, 34, (-48, 48), (-120, 34), 11, 15)]
    )
    firs, away = near_and_far(firs)
    grove(site, [plants.conifer(k, 7, True) for k in range(3)], firs, ground, (4, 10), 0.06)
    grove(site, [plants.conifer(k, far=True, snow=True) for k in range(3)], away, ground, (5, 10), 0.06)
    bare = np.concatenate([[(6.6, -8.5), (-6.4, 3.0)], scatter(rng, 16, (-40, 40), (-110, 26), 7, 10)])
    grove(site, [plants.bare_tree(k) for k in range(3)], bare, ground, (4.5, 8))
    rocks(site, scatter(rng, 22, (-26, 26), (-80, 22), 4.4, 5), ground, (0.25, 0.9), "#6f7378", snow=True)
    dry = scatter(rng, 90, (-14, 14), (-40, 12), 3.2)
    grove(site, [plants.grass_tuft(k, "#b7a888", 5, 0.5) for k in range(2)], dry, ground, (0.2, 0.5))
    side = rng.choice([-1, 1])
    y = float(ground(side * 16.0, -30.0))
    cabin = cottage(rgb("#6b4c36"), rgb("#f1f4f7"), site.accent("#9c3b32"), True, True, Material.WOOD)
    trim = boxes([(0, 0.35, 3.05)], [(8.1, 0.14, 0.1)], site.accent("#9c3b32"), Material.WOOD)
    site.add(merge([cabin, trim]).transformed(translation(side * 16, y, -30) @ rotation("y", -side * 0.55)))
    site.lamp((side * 13.2, y + 1.8, -25.5), WARM, 18, night_only=True)
    z = np.linspace(14, -120, 70)
    x = -side * (4.2 + 0.4 * noise(z / 9, 0 * z, s, 1))
    site.add(fence(np.stack([x, ground(x, z) - 0.15, z], -1), 0.95, rgb("#7d6a57"), 2, 2.6))
    return site.place(ground, fog_density=0.0012, width=12, back=34, ceiling=50)


def meadow(site: Site) -> Place:
    """Rolling green hills: tall grass and wild flowers, one great tree, a fence, hay bales, a turning windmill."""
    s, rng = site.noise_seed, site.rng

    def ground(x, z):
        d = lane_distance(x, z)
        return noise(x / 75, z / 75, s, 3) * 13 * smoothstep(8, 110, d) + 0.5 * noise(
            x / 12, z / 12, s + 1, 2
        ) * smoothstep(4, 16, d)

    def tint(x, y, z, up):
        field = noise(x / 70 + 0.4, z / 48, s + 2, 1)
        green = blend(rgb("#7ba045"), rgb("#5f8a3a"), 0.5 + 0.6 * noise(x / 9, z / 9, s + 3, 3))
        return blend(green, rgb("#b7b45c"), smoothstep(0.25, 0.32, field) * 0.8 * smoothstep(20, 36, np.abs(x)))

    site.add(ground_rings(ground, tint, Material.GRASS, 800, 56, 140, focus=0.3))
    site.add(path(rgb("#a3946a"), rgb("#72963f"), 2.0, seed=s, sway=0.7))
    site.add(
        ridge(lambda a: 16 + 30 * (0.5 + 0.5 * noise(a * 2, 0 * a, s + 4, 3)), 610, rgb("#5d7f4c"), Material.GRASS)
    )
    woods = scatter(rng, 440, (-260, 260), (-360, 200), 40)
    woods = woods[noise(*(woods.T / 60), s + 5, 2) > 0.12]
    grove(site, [plants.far_tree(k) for k in range(3)], woods, ground, (6, 12))
    side = rng.choice([-1, 1])
    oak = plants.broadleaf(4, "#5c8a3a", 1100)
    site.add(copies(oak, [(side * 9.5, float(ground(side * 9.5, -13)) - 0.1, -13)], 12.5, 0.4))
    trees = np.concatenate(
        [[(-side * 21, -34), (side * 22, -46), (-side * 13, 20)], scatter(rng, 9, (-60, 60), (-130, 40), 16, 20)]
    )
    grove(site, [plants.broadleaf(k) for k in range(3)], trees, ground, (6, 10))
    grove(site, [plants.bush(k) for k in range(3)], scatter(rng, 22, (-40, 40), (-100, 30), 9, 9), ground, (0.8, 1.8))
    grass = np.concatenate([scatter(rng, 600, (-14, 14), (-26, 13), 3.1), scatter(rng, 420, (-30, 30), (-70, 14), 4)])
    grove(site, [plants.grass_tuft(k, "#7ca344", 5) for k in range(4)], grass, ground, (0.22, 0.62), 0.2)
    lawn(
        site, [plants.grass_tuft(k, "#7ca344", 5) for k in range(3)], scatter(rng, 420, (-6, 6), (-22, 13), 1.0), ground
    )
    blooms = scatter(rng, 190, (-12, 12), (-24, 10), 3.3)
    palette = np.float32([site.accent("#f4f1e6"), site.accent("#e9c53f"), site.accent("#d9534a")])
    tint_of = palette[rng.integers(0, 3, len(blooms))] * shades(rng, len(blooms), 0.08)
    grove(site, [plants.flower(k, 7) for k in range(2)], blooms, ground, (0.3, 0.62), tint=tint_of)
    dabs = scatter(rng, 500, (-45, 45), (-110, 25), 4)
    grove(
        site,
        [plants.far_flower(k) for k in range(2)],
        dabs,
        ground,
        (0.4, 0.7),
        tint=palette[rng.integers(0, 3, len(dabs))],
    )
    z = np.linspace(16, -95, 60)
    x = -side * (4.4 + 0.03 * np.maximum(0, -z))
    site.add(fence(np.stack([x, ground(x, z), z], -1), 1.1))
    bales = on_ground(scatter(rng, 12, (-46, 46), (-95, -18), 12), ground)
    bale = tube(
        [(-0.75, 0.72, 0), (-0.74, 0.72, 0), (0.74, 0.72, 0), (0.75, 0.72, 0)],
        [0.05, 0.75, 0.75, 0.05],
        rgb("#cfae5e"),
        Material.SAND,
        14,
    )
    site.add(copies(bale, bales, 1.0, rng.uniform(0, 6, len(bales))))
    at = (-side * 19.0, -62.0)
    spot = translation(at[0], float(ground(*at)), at[1]) @ rotation("y", side * 0.35)
    body, sails, hub = windmill(rgb("#e6ddc9"), site.accent("#9b4a36"), site.dark)
    site.add(body.transformed(spot))
    spin = turning(hub, 14)
    site.move(sails, lambda seconds: spot @ spin(seconds))
    return site.place(ground, fog_density=0.0008, width=14, back=34, ceiling=50)


def flower_field(site: Site) -> Place:
    """Rows of flowers run to the horizon, in bands of the accent's colour; a farmhouse, poplars, low hills."""
    s, rng = site.noise_seed, site.rng
    accent = site.accent("#9a6fd0")
    bands = np.float32([accent, np.clip(accent * 0.6 + 0.42, 0, 1), accent, np.clip(accent * 0.78, 0, 1)])

    def ground(x, z):
        return 9 * smoothstep(120, 420, lane_distance(x, z)) * (0.6 + noise(x / 130, z / 130, s, 2))

    def tint(x, y, z, up):
        return blend(rgb("#66803c"), rgb("#7e8f4a"), 0.5 + 0.5 * noise(x / 10, z / 10, s + 1, 3))

    site.add(ground_rings(ground, tint, Material.GRASS, 800, 44, 120, focus=0.3))
    site.add(path(rgb("#9b7f58"), rgb("#74803f"), 3.4, seed=s))
    rows = np.concatenate([np.arange(3.7, 17, 1.15), np.arange(17.8, 64, 2.3)])
    rows = np.concatenate([-rows, rows])
    for k, x in enumerate(rows):
        wide = 0.36 if abs(x) < 17 else 0.85
        near = np.linspace(42, -40, 56 if abs(x) < 7 else 24 if abs(x) < 17 else 8)
        z = np.concatenate([near, np.linspace(-48, -200, 7)])
        bump = 0.09 * noise(z * 1.7, z * 0 + k, s + 2, 2)
        outline = np.array(
            [(-1.0, 0.0), (-0.95, 0.45), (-0.65, 0.85), (0.0, 1.0), (0.65, 0.85), (0.95, 0.45), (1.0, 0.0)]
        )
        fray = 0.09 * noise(z * 2.3, z * 0 + k + 0.5, s + 3, 2)
        grid = np.zeros((len(z), 7, 3))
        grid[..., 0] = x + outline[:, 0] * (wide + fray[:, None])
        grid[..., 1] = outline[:, 1] * (0.36 + bump[:, None]) + ground(x, z)[:, None]
        grid[..., 2] = z[:, None]
        colour = bands[int(abs(x) / 3.4) % 4] * (0.92 + 0.12 * (k % 2))
        stems = np.float32(rgb("#4c6a30"))
        tones = np.stack([stems * 0.7, stems, colour * 0.75, colour, colour * 0.75, stems, stems * 0.7])
        site.add(surface(grid, np.clip(np.broadcast_to(tones, grid.shape), 0, 1), Material.PETAL))
    _row_flowers(site, rows, bands)
    fringe = np.stack([rng.choice([-1, 1], 420) * rng.uniform(3.3, 3.62, 420), rng.uniform(-34, 11, 420)], -1)
    grove(site, [plants.grass_tuft(k, "#5f8038", 6, 0.3) for k in range(4)], fringe, ground, (0.3, 0.5))
    site.add(ridge(lambda a: 18 + 34 * ridged(a * 1.3, 0 * a, s + 4, 4), 600, rgb("#6b7f68"), Material.GRASS))
    z = np.arange(20, -200, -11.0)
    side = rng.choice([-1, 1])
    line = np.stack([np.full_like(z, side * 69.0) + rng.uniform(-1, 1, len(z)), z], -1)
    across = np.stack([np.arange(-150, 150, 7.0), np.full(43, -226.0) + rng.uniform(-5, 5, 43)], -1)
    tall = copies(plants.far_tree(1, "#4f7536"), [(0, 0, 0)], [(0.42, 1.0, 0.42)])
    grove(site, [tall], np.concatenate([line, across[np.abs(across[:, 0]) > 9]]), ground, (11, 16), 0.1)
    woods = scatter(rng, 200, (-280, 280), (-330, 220), 75)
    grove(site, [plants.far_tree(k) for k in range(3)], woods, ground, (6, 11))
    farm = cottage(rgb("#efe6d2"), rgb("#a3543c"), accent, site.dark, site.snowy)
    barn = gable(14, 8, 4, 3, (rgb("#8a4a3a"), Material.WOOD), (rgb("#6e6259"), Material.WOOD)).moved(-13, 0, -4)
    spot = translation(-side * 27, 0, -74) @ rotation("y", side * 0.45)
    site.add(merge([farm, barn]).transformed(spot))
    site.lamp((-side * 25, 2.4, -68), WARM, 20, night_only=True)
    trees = np.array([(-side * 38, -68), (-side * 19, -82), (-side * 33, -86), (side * 26, -120)], float)
    grove(site, [plants.broadleaf(k) for k in range(3)], trees, ground, (8, 11))
    return site.place(ground, fog_density=0.0008, width=12, back=34, ceiling=50)


def _row_flowers(site: Site, rows: np.ndarray, bands: np.ndarray) -> None:
    """Single flowers on top of the rows near the camera, dabs of colour on those further off."""
    rng = site.rng
    for reach, z, step, pieces, low in (
        (6.2, (9.0, -8.0), 0.5, [plants.flower(k) for k in range(3)], 0.62),
        (14.0, (16.0, -40.0), 0.62, [plants.far_flower(k) for k in range(3)], 0.58),
    ):
        x, along = np.meshgrid(rows[np.abs(rows) < reach], np.arange(z[1], z[0], step))
        x, along = x.ravel(), along.ravel()
        tint = bands[(np.abs(x) / 3.4).astype(int) % 4] * shades(rng, len(x), 0.16, 0.08)
        x = x + rng.uniform(-0.28, 0.28, len(x))
        at = np.stack([x, 0 * x, along + rng.uniform(-0.2, 0.2, len(x))], -1)
        size = rng.uniform(low - 0.1, low + 0.08, len(x))
        which = rng.integers(0, len(pieces), len(x))
        for k, piece in enumerate(pieces):
            site.add(copies(piece, at[which == k], size[which == k], which[which == k] * 2.1, tint[which == k]))
