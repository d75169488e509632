"""Between walls of rock: canyon and cave."""

import numpy as np

from ..mesh import Material, cylinder, lathe, merge, mesh, noise, rgb, rotation, translation
from ..scene import Place, flat_ground
from . import plants
from .groves import grove, lawn, rocks
from .parts import Site, blend, copies, floor, scatter, smoothstep, surface
from .terrain import ground_rings, path, ridged

_STRATA = [rgb(c) for c in ("#b4583a", "#d98d58", "#96452f", "#ecb87c", "#c46c42", "#7f3b2c", "#e2a46c", "#b5603d")]


def canyon(site: Site) -> Place:
    """A red gorge: terraced walls that wind, a natural arch over the way, fallen blocks, a dry river bed, buttes."""
    s, rng = site.noise_seed, site.rng
    bend = float(rng.choice([-1, 1]))
    layers = np.float32(_STRATA)
    if site.description.accent:
        layers = layers * 0.5 + site.accent("#a4553a") * 0.5 * np.linspace(0.75, 1.2, len(layers))[:, None]

    def colour(x, y, z):
        level = (y + 1.6 * noise(x / 30, z / 30, s, 2) + 0.4 * noise(x / 5, z / 5, s + 1, 2)) / 2.3
        k, share = np.floor(level).astype(int), smoothstep(0.7, 1.0, level - np.floor(level))
        return (
            blend(layers[k % 8], layers[(k + 1) % 8], share)
            * (0.92 + 0.16 * noise(x / 3, y * 1.3 + z / 3, s + 2, 2))[:, None]
        )

    def ground(x, z):
        x, z = np.asarray(x, float), np.asarray(z, float)
        return 1.3 * smoothstep(6.5, 14, np.abs(x - _centre(z, bend))) + 0.25 * noise(
            x / 4, z / 4, s + 3, 2
        ) * smoothstep(3.3, 6, np.abs(x))

    dust = lambda x, y, z, up: blend(layers[3] * 0.95, layers[1] * 0.85, 0.5 + 0.5 * noise(x / 6, z / 6, s + 4, 3))
    site.add(ground_rings(ground, dust, Material.SAND, 380, 48, 120, focus=0.3))
    site.add(path(layers[3] * 1.02, layers[3] * 0.9, 4.6, material=Material.SAND, seed=s, sway=0.8))
    profile = np.array(
        [
            (0.9, -0.5),
            (0.2, 1.2),
            (0, 4.6),
            (1.1, 5.1),
            (1.3, 8.8),
            (0.9, 11.4),
            (3.4, 12),
            (3.7, 16),
            (3.5, 20.5),
            (5.2, 21.2),
            (5.4, 27),
            (9.0, 28.4),
            (9.1, 41),
            (15, 45),
            (150, 44),
        ],
    )
    steps = np.interp(np.linspace(0, len(profile) - 1, 56), np.arange(len(profile)), np.arange(len(profile)))
    out = np.interp(steps, np.arange(len(profile)), profile[:, 0])
    high = np.interp(steps, np.arange(len(profile)), profile[:, 1])
    along = np.concatenate([np.linspace(110, 40, 16), np.linspace(36, -75, 72), np.linspace(-79, -330, 38)])
    for side in (-1, 1):
        a, h = np.meshgrid(along, high, indexing="ij")
        o = np.broadcast_to(out, a.shape)
        wander = 3.4 * noise(a / 23, 0 * a + side, s + 5, 3) + 5 * np.maximum(
            noise(a / 48 + 7, 0 * a + side, s + 6, 1), 0
        )
        cracks = 1.5 * ridged(a / 9, h / 14 + side * 7, s + 7, 3) - 0.5
        x = _centre(a, bend) + side * (9.5 + o * (1 + 0.5 * noise(a / 30, 0 * a + side, s + 8, 1)) + wander - cracks)
        y = h * (1 + 0.22 * noise(a / 36, 0 * a + side * 3, s + 9, 2)) + 0.5 * noise(a / 4, h / 3, s + 10, 2)
        grid = np.stack([x, y, a], -1)
        site.add(
            surface(grid if side > 0 else grid[:, ::-1], lambda x, y, z: np.clip(colour(x, y, z), 0, 1), Material.ROCK)
        )
    _arch(site, lambda x, y, z: np.clip(colour(x, y, z), 0, 1), -62.0, s)
    for x, z, r, h in ((-20, -470, 50, 92), (60, -560, 70, 120), (-120, -520, 60, 84), (30, 300, 60, 70)):
        y, angle = np.meshgrid(
            np.array([0, 0.4, 0.55, 0.7, 0.97, 1.0]) * h, np.linspace(0, -2 * np.pi, 25), indexing="ij"
        )
        taper = np.interp(y / h, [0, 0.4, 0.55, 0.97, 1.0], [1.7, 1.15, 0.85, 0.78, 0.02])
        rr = r * taper * (1 + 0.22 * noise(np.cos(angle) * 1.5, np.sin(angle) * 1.5, int(r), 3))
        site.add(
            surface(
                np.stack([x + rr * np.cos(angle), y, z + rr * np.sin(angle)], -1),
                lambda x, y, z: np.clip(colour(x, y, z), 0, 1),
                Material.ROCK,
            )
        )
    stone = tuple(float(min(v, 1)) for v in layers[4])
    rocks(site, scatter(rng, 80, (-10, 10), (-130, 32), 4.0, 5), ground, (0.3, 1.6), stone)
    scrub = scatter(rng, 60, (-10, 10), (-90, 24), 4.2)
    grove(site, [plants.bush(k, "#7d8a4e", 44) for k in range(2)], scrub[:22], ground, (0.5, 1.0))
    grove(site, [plants.grass_tuft(k, "#b09a58", 7, 0.5) for k in range(3)], scrub[22:], ground, (0.4, 0.8))
    lawn(site, [plants.grass_tuft(2, "#b09a58", 7, 0.5)], scatter(rng, 40, (-6, 6), (-30, 12), 2), ground)
    grove(
        site,
        [plants.bare_tree(k, "#6b5645") for k in range(2)],
        np.array([(-6.4, -9.0), (7.0, -24.0), (-7.2, -44)]),
        ground,
        (3.2, 4.6),
    )
    return site.place(ground, fog_density=0.0010, width=8, back=32, ceiling=40)


def _centre(z, bend: float):
    """The gorge is straight along the lane and turns away at both ends."""
    return bend * (0.0042 * np.maximum(-150 - z, 0) ** 2 - 0.006 * np.maximum(z - 45, 0) ** 2)


def _arch(site: Site, colour, z: float, seed: int) -> None:
    """A natural bridge from wall to wall, 13 m above the way."""
    t, ring = np.meshgrid(np.linspace(0, np.pi, 30), np.linspace(0, 2 * np.pi, 13), indexing="ij")
    thick = 3.0 + 1.4 * np.abs(np.cos(t)) + 0.8 * noise(t * 2, ring, seed + 20, 2)
    x, y = 13.5 * np.cos(t), 2 + 14 * np.sin(t) ** 0.8
    out = np.stack([np.cos(t), np.sin(t), 0 * t], -1)
    grid = np.stack([x, y, 0 * t + z], -1) + thick[..., None] * (
        out * np.cos(ring)[..., None] * 0.75 + np.array([0, 0, 1.0]) * np.sin(ring)[..., None]
    )
    site.add(surface(grid[::-1], colour, Material.ROCK))


def cave(site: Site) -> Place:
    """A long cavern: rough walls, stalactites, glowing crystals, still pools, daylight far ahead."""
    s, rng = site.noise_seed, site.rng
    accent = site.accent("#4fc3d9")
    ground = flat_ground
    z = np.concatenate([np.linspace(36, -70, 74), np.linspace(-73, -122, 22)])
    ring = np.linspace(-0.55, np.pi + 0.55, 46)[::1]
    a, r = np.meshgrid(z, ring, indexing="ij")
    wide = (
        8.5
        + 3.2 * noise(a / 15, 0 * a, s, 2)
        + 4 * smoothstep(-12, -40, a) * smoothstep(-75, -48, a)
        - 3.2 * smoothstep(-85, -116, a)
    )
    rough = 1 + 0.16 * noise(a / 4.5, r * 2.2, s + 1, 3) + 0.20 * (ridged(a / 9, r * 1.3, s + 2, 3) - 0.5)
    closed = np.where((a > 35.9), 0.02, 1.0)
    x = np.cos(r) * wide * np.maximum(rough, 4.3 / wide) * closed
    y = np.maximum(np.sin(r) * wide * 0.86 * rough, -0.6) * closed + 1.4 * (1 - closed)

    def tint(x, y, z):
        base = blend(rgb("#6b6470"), rgb("#4a4652"), 0.5 + 0.5 * noise(x / 3 + y / 4, z / 3 + y / 2, s + 3, 3))
        return blend(base, rgb("#8a7f78"), smoothstep(0.2, 0.6, noise(y * 1.1, z / 7 + x / 9, s + 4, 2)) * 0.6)

    site.add(surface(np.stack([x, y, a], -1), tint, Material.ROCK))
    gx, gz = np.meshgrid(np.linspace(-15, 15, 50), np.linspace(37, -124, 90))
    rise = 0.7 * noise(gx / 4, gz / 6, s + 5, 3) - 0.02
    bumps = rise * smoothstep(3.0, 5.0, np.abs(gx)) + 0.9 * smoothstep(7.0, 10.0, np.abs(gx))
    site.add(surface(np.stack([gx, bumps, gz], -1), lambda x, y, z: tint(x, y, z) * 0.95, Material.ROCK))
    for side in (-1, 1):  # still water stands wherever the floor dips
        site.add(floor((side * 2.9, side * 9.0), (34, -118), -0.13, rgb("#1d5364"), Material.WATER))
    spike = _spike()
    roof = scatter(rng, 190, (-7.5, 7.5), (-100, 24), 0.0)
    top = (np.sqrt(np.maximum(1 - (roof[:, 0] / 9.2) ** 2, 0.05)) * 6.6) + 0.8
    long = np.minimum(rng.uniform(0.8, 3.4, len(roof)), top - 3.4)
    tone = blend(rgb("#8a8088"), rgb("#5c5660"), rng.random(len(roof)))
    site.add(
        copies(
            spike,
            np.stack([roof[:, 0], top, roof[:, 1]], -1),
            np.stack([0.1 + 0.12 * long, -long, 0.1 + 0.12 * long], -1),
            0.0,
            tone,
        )
    )
    floor_spikes = scatter(rng, 90, (-9, 9), (-100, 20), 4.1, 4)
    tall = rng.uniform(0.4, 2.4, len(floor_spikes))
    site.add(
        copies(
            spike,
            np.stack([floor_spikes[:, 0], 0 * tall - 0.1, floor_spikes[:, 1]], -1),
            np.stack([0.14 + 0.14 * tall, tall, 0.14 + 0.14 * tall], -1),
            0.0,
            tone[: len(tall)],
        )
    )
    pillars = np.array([(-5.6, -17.0), (5.9, -33.0), (-6.4, -47.0), (6.2, -3.5), (-6.0, 9)])
    for px, pz in pillars:
        y = np.linspace(-0.4, 8.5, 16)
        radius = 0.45 + 0.75 * np.abs((y - 3.6) / 4.6) ** 2.2 + 0.07 * np.sin(y * 5 + px)
        site.add(lathe(np.stack([radius, y], -1), 12, rgb("#847a80"), Material.ROCK).moved(px, 0, pz))
    rocks(site, scatter(rng, 60, (-9, 9), (-90, 24), 4.0, 4), ground, (0.2, 0.9), "#5f5a66")
    _crystals(site, accent)
    # Daylight at the far end, and its haze on the floor before it.
    day = {"night": (0.32, 0.42, 0.62), "dusk": (0.75, 0.55, 0.62)}.get(site.description.time, (0.80, 0.87, 0.90))
    mouth = np.array(
        [
            (5.4 * np.cos(t) * (1 + 0.14 * np.sin(5 * t)), max(5.6 * np.sin(t), -0.3), -121.0)
            for t in np.linspace(-0.1, np.pi + 0.1, 26)
        ]
    )
    fan = [[0, k, k + 1] for k in range(1, 26)]
    site.add(mesh(np.concatenate([[[0, 1.5, -121.0]], mouth]), fan, day, Material.GLOW, np.tile([0.0, 0, 1], (27, 1))))
    site.add(
        mesh(
            [(-16, -1, -123), (16, -1, -123), (16, 14, -123), (-16, 14, -123)],
            [[0, 1, 2], [0, 2, 3]],
            rgb("#1c1a20"),
            Material.ROCK,
        )
    )
    site.lamp((0, 4.2, 1.5), (0.34, 0.40, 0.52), 13)  # a shaft of daylight where people stand
    site.lamp((0, 3.0, -108), tuple(1.6 * c for c in day), 46)
    return site.place(
        ground, sky="none", ambient=(0.19, 0.19, 0.235), fog=(0.05, 0.065, 0.085), fog_density=0.011,
        depth=98, back=26, ceiling=4.6, width=4.5,
    )  # fmt: skip


def _spike():
    profile = [(1.0, -0.05), (0.72, 0.12), (0.5, 0.3), (0.34, 0.52), (0.2, 0.78), (0.02, 1.0)]
    return lathe(profile, 7, (1, 1, 1), Material.ROCK)


def _crystals(site: Site, accent) -> None:
    """Clusters of glowing crystals beside the way, each a lamp."""
    rng = site.rng
    prism = merge(
        [
            cylinder(0.5, 0.75, (1, 1, 1), Material.GLOW, 6, 0.62),
            cylinder(0.62, 0.42, (1, 1, 1), Material.GLOW, 6, 0.02).moved(0, 0.75, 0),
        ]
    )
    light = np.asarray(accent) ** 2.2
    light = light / max(light.max(), 1e-3)
    spots = ((-5.0, -6.0), (5.2, -12.5), (-4.9, -24), (5.4, -40), (-5.2, -58), (5.0, 3.5), (5.2, -76), (-5.4, 13))
    for x, z in spots:
        for _ in range(7):
            tall, lean, turn = rng.uniform(0.35, 1.5), rng.uniform(0.05, 0.6), rng.uniform(0, 6.3)
            shade = np.clip((np.asarray(accent) * 0.8 + 0.12) * rng.uniform(0.4, 0.85), 0, 1)
            at = (
                translation(x + rng.uniform(-0.5, 0.5), -0.1, z + rng.uniform(-0.6, 0.6))
                @ rotation("y", turn)
                @ rotation("z", lean)
            )
            piece = copies(prism, [(0, 0, 0)], [(0.2 * tall + 0.06, tall, 0.2 * tall + 0.06)], 0.0, [shade])
            site.add(piece.transformed(at))
        site.lamp((x * 0.82, 1.4, z), light * 1.5, 15)
