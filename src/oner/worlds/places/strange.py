"""Out of this world: neon grid and space."""

from itertools import pairwise

import numpy as np

from ..mesh import (
    Material,
    Mesh,
    cylinder,
    limb,
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
)
from .groves import rocks
from .parts import (
    Site,
    blend,
    blob,
    boxes,
    copies,
    scatter,
    smoothstep,
    surface,
    tube,
)
from .terrain import ground_rings, ridged


def neon_grid(site: Site) -> Place:
    """A glowing grid between wire-frame mountains: gates over the lane, palms of light, pyramids, a skyline."""
    s, rng = site.noise_seed, site.rng
    line = site.accent("#36d6ff")
    line = np.clip(line / max(float(line.max()), 0.4), 0.05, 1)
    pink = np.float32(rgb("#ff3fa4")) if abs(float(line[0] - 1)) > 0.3 else np.float32(rgb("#3fd0ff"))
    site.add(ground_rings(flat_ground, line * 0.85, Material.GRID, 720, 14, 48))
    step = 8.0
    for side in (-1, 1):
        cols, rows = np.arange(0, 12), np.arange(0, 66)
        c, r = np.meshgrid(cols, rows)
        x, z = side * (26 + c * step * 1.25), 90 - r * step
        y = np.where(
            c == 0,
            0.0,
            34 * ridged(c / 5 + 3 * side, r / 6, s, 3) * smoothstep(0, 7, c)
            + 3 * noise(c * 0.9, r * 0.8, s + 1, 1) * (c > 0),
        )
        grid = np.stack([x, y, z], -1).astype(float)
        hill = surface(grid if side > 0 else grid[:, ::-1], rgb("#12081f"), Material.MATTE)
        site.add(hill)
        tone = blend(pink, line, np.clip(y / 26, 0, 1))
        _edges(site, grid, tone)
    for k, z in enumerate(np.arange(-14, -150, -22.0)):
        colour = pink if k % 2 else line
        shape = (
            [(-5.2, 0), (-5.2, 5.2), (0, 9.2), (5.2, 5.2), (5.2, 0)]
            if k % 2
            else [(-5.6, 0), (-4.2, 6.4), (4.2, 6.4), (5.6, 0)]
        )
        for (xa, ya), (xb, yb) in pairwise(shape):
            site.add(tube([(xa, ya, z), (xb, yb, z)], 0.09, colour, Material.GLOW, 5))
            site.add(
                tube(
                    [(xa * 1.06, ya * 1.05, z + 0.5), (xb * 1.06, yb * 1.05, z + 0.5)],
                    0.16,
                    rgb("#1a0f2b"),
                    Material.GLOSS,
                    5,
                )
            )
        if k < 3:
            site.lamp((0, 5.5, z), colour**2.2, 17)
    for k, (x, z) in enumerate(
        ((-8.2, -5.0), (8.8, -10.0), (-9.5, -27), (10.5, -33), (-9, 8.5), (9.5, 11), (-10, -52), (10, -58))
    ):
        _neon_palm(site, x, z, 5.5 + 1.6 * rng.random(), line if k % 2 else pink, rng)
    for x, z, size, colour in ((-18, -44, 11, line), (19, -70, 14, pink), (-20, -110, 16, pink), (17, -26, 6, line)):
        tip = (x, size * 0.9, z)
        base = [(x + size * 0.5 * a, 0.0, z + size * 0.5 * b) for a, b in ((-1, 1), (1, 1), (1, -1), (-1, -1))]
        site.add(mesh([tip, *base], [[0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 4, 1]], rgb("#160a26"), Material.GLOSS))
        for k in range(4):
            site.add(
                tube([base[k], tip], 0.09, colour, Material.GLOW, 4),
                tube([base[k], base[(k + 1) % 4]], 0.09, colour, Material.GLOW, 4),
            )
    for k in range(26):
        x = (k - 12.5) * 11 + rng.uniform(-3, 3)
        tall, wide = rng.uniform(14, 60) * (1.25 - abs(k - 12.5) / 18), rng.uniform(7, 11)
        if abs(x) > 32:
            site.box((x, tall / 2, -520 + rng.uniform(-20, 20)), (wide, tall, 10), rgb("#1d1030"), Material.FACADE)
    for k in range(5):
        ring = np.linspace(0, 2 * np.pi, 29)
        shape = tube(
            np.stack([1.6 * np.cos(ring), 1.6 * np.sin(ring), 0 * ring], -1),
            0.07,
            pink if k % 2 else line,
            Material.GLOW,
            4,
        )
        x, y, z = (-1) ** k * rng.uniform(11, 17), rng.uniform(6, 11), -12.0 - 17 * k
        site.move(
            shape, lambda t, x=x, y=y, z=z, k=k: translation(x, y + 0.6 * np.sin(t + k), z) @ rotation("y", 0.7 * t + k)
        )
    return site.place(flat_ground, sky="synth", fog_density=0.0018, width=16, back=34, ceiling=50)


def _edges(site: Site, grid: np.ndarray, tone: np.ndarray) -> None:
    """Glowing lines along a grid's rows and columns: flat ribbons, three triangles' worth for each edge."""
    parts = []
    for axis in (0, 1):
        a = grid[:-1] if axis == 0 else grid[:, :-1]
        b = grid[1:] if axis == 0 else grid[:, 1:]
        ca = (tone.reshape(*grid.shape[:2], 3)[:-1] if axis == 0 else tone.reshape(*grid.shape[:2], 3)[:, :-1]).reshape(
            -1, 3
        )
        a, b = a.reshape(-1, 3), b.reshape(-1, 3)
        wide = np.array([0.12, 0, 0]) if axis == 0 else np.array([0, 0, 0.12])
        lift = np.array([0, 0.12, 0])
        corners = np.stack([a - wide, a + lift, a + wide, b - wide, b + lift, b + wide], 1)
        index = np.array([[0, 3, 1], [3, 4, 1], [1, 4, 2], [4, 5, 2]])
        faces = (np.arange(len(a))[:, None, None] * 6 + index[None]).reshape(-1, 3)
        parts.append(
            mesh(
                corners.reshape(-1, 3), faces, np.repeat(ca, 6, 0), Material.GLOW, np.tile([0.0, 1, 0], (len(a) * 6, 1))
            )
        )
    site.add(*parts)


def _neon_palm(site: Site, x: float, z: float, tall: float, colour, rng) -> None:
    share = np.linspace(0, 1, 6)
    lean = rng.uniform(-0.9, 0.9)
    trunk = np.stack([x + lean * share**2, tall * share, 0 * share + z], -1)
    site.add(tube(trunk, 0.06, colour * 0.8, Material.GLOW, 4))
    for k in range(9):
        a = 2 * np.pi * k / 9 + rng.uniform(-0.2, 0.2)
        t = np.linspace(0, 1, 5)
        frond = trunk[-1] + np.stack(
            [np.cos(a) * 1.9 * t, 0.7 * np.sin(t * 2.6) - 1.1 * t**2.4, np.sin(a) * 1.9 * t], -1
        )
        site.add(tube(frond, 0.05 * (1.2 - t), colour, Material.GLOW, 3))


def space(site: Site) -> Place:
    """A small cratered moon under a ringed giant, a blue planet, drifting asteroids and a station with lit windows."""
    s, rng = site.noise_seed, site.rng
    craters = np.concatenate([scatter(rng, 90, (-90, 90), (-150, 90), 9), scatter(rng, 60, (-26, 26), (-50, 26), 5.5)])
    size = np.concatenate([rng.uniform(3, 11, 90), rng.uniform(0.8, 3.0, 60)])[: len(craters)]
    size = np.minimum(size, (np.abs(craters[:, 0]) - 3.4) / 1.35)

    def ground(x, z):
        x, z = np.asarray(x, float), np.asarray(z, float)
        d = np.maximum(np.hypot(x, np.minimum(z + 30, 0) + np.maximum(z - 30, 0)) - 8, 0)
        h = 0.5 * noise(x / 9, z / 9, s, 3) * smoothstep(3.3, 9, np.abs(x)) - d * d / 620
        shape = h.shape
        fx, fz = np.broadcast_to(x, shape).ravel(), np.broadcast_to(z, shape).ravel()
        pit = np.zeros(len(fx))
        for (cx, cz), r in zip(craters, size, strict=True):
            near = np.flatnonzero((np.abs(fx - cx) < 1.5 * r) & (np.abs(fz - cz) < 1.5 * r))
            t = np.hypot(fx[near] - cx, fz[near] - cz) / r
            pit[near] += r * np.where(
                t < 1, 0.3 * (t * t - 1) + 0.11 * t**6, 0.11 * np.maximum(1 - (t - 1) / 0.45, 0) ** 2
            )
        return h + pit.reshape(shape)

    tint = lambda x, y, z, up: blend(rgb("#8d8891"), rgb("#6a6570"), 0.5 + 0.6 * noise(x / 11, z / 11, s + 1, 4))
    site.add(ground_rings(ground, tint, Material.ROCK, 190, 70, 170, focus=0.3))
    rocks(site, scatter(rng, 70, (-26, 26), (-70, 24), 4.0, 5), ground, (0.2, 1.3), "#77727c")
    accent = site.accent("#d9a066")
    side = float(rng.choice([-1, 1]))
    _giant(site, (side * 118, 92, -540), 70, accent, s)
    earth = sphere(34, (1, 1, 1), Material.MATTE, 40, 24)
    p = earth.positions / 34
    land = smoothstep(0.05, 0.12, noise(p[:, 0] * 2 + p[:, 1], p[:, 2] * 2 - p[:, 1], s + 5, 4))
    cloud = smoothstep(0.1, 0.5, noise(p[:, 0] * 3 + 9, p[:, 1] * 4 + p[:, 2] * 2, s + 6, 4))
    earth.colours[:] = blend(
        blend(rgb("#2a5f9e"), rgb("#5d8a4f"), land),
        rgb("#f3f6f9"),
        np.maximum(cloud, smoothstep(0.8, 0.9, np.abs(p[:, 1]))),
    )
    site.move(earth, lambda t: translation(-side * 150, 104, -520) @ rotation("y", 0.02 * t))
    moon = copies(blob(rgb("#b9a79a"), Material.ROCK, 3, 2, 0.08, smooth=True), [(-side * 45, 60, -400)], 8)
    site.add(moon)
    for k in range(34):
        stone = copies(
            plants.rock(k % 4, "#6f665f"), [(0, 0, 0)], rng.uniform(0.6, 1.3, (1, 3)) * rng.uniform(0.4, 2.6)
        )
        base = np.array([rng.uniform(-55, 55), rng.uniform(7, 36), rng.uniform(-120, -14)])
        if abs(base[0]) < 7:
            base[1] += 9
        drift, spin, phase = rng.uniform(-0.25, 0.25, 3), rng.uniform(-0.4, 0.4, 2), rng.uniform(0, 6)

        def motion(t, base=base, drift=drift, spin=spin, phase=phase):
            at = base + drift * 12 * np.sin(0.08 * t + phase)
            return translation(*at) @ rotation("y", spin[0] * t + phase) @ rotation("x", spin[1] * t)

        site.move(stone, motion)
    _station(site, (-side * 22, 19, -110), accent)
    flag = (side * -7.5, -13.0)
    y = float(ground(*map(np.float64, flag)))
    site.box((flag[0], y + 1.3, flag[1]), (0.05, 2.6, 0.05), rgb("#c9ccd0"), Material.METAL)
    site.box((flag[0] + 0.55, y + 2.25, flag[1]), (1.05, 0.65, 0.03), accent, Material.CLOTH)
    _lander(site, side * 13.5, -21.0, float(ground(np.float64(side * 13.5), np.float64(-21.0))), accent)
    return site.place(
        ground, sky="space", ambient=(0.09, 0.10, 0.15), fog_density=0.0, depth=70, width=13, back=30, ceiling=50
    )


def _giant(site: Site, at, radius: float, accent, seed: int) -> None:
    """A banded planet with rings."""
    ball = sphere(radius, (1, 1, 1), Material.MATTE, 56, 40)
    y = ball.positions[:, 1] / radius
    turn = np.arctan2(ball.positions[:, 2], ball.positions[:, 0])
    band = noise(y * 7 + 0.25 * noise(turn * 1.5, y * 6, seed, 2), 0 * y, seed + 1, 4)
    warm = np.clip(np.asarray(accent) * 0.55 + np.float32([0.42, 0.36, 0.28]), 0, 1)
    ball.colours[:] = np.clip(blend(np.asarray(accent) * 0.62, warm, smoothstep(-0.4, 0.45, band)), 0, 1)
    tilt = translation(*at) @ rotation("z", 0.42) @ rotation("x", 0.24)
    site.add(ball.transformed(tilt))
    rr, a = np.meshgrid(np.linspace(1.32, 2.15, 15) * radius, np.linspace(0, 2 * np.pi, 97), indexing="ij")
    shade = 0.5 + 0.55 * np.random.default_rng(seed).random(15)
    ring = surface(
        np.stack([rr * np.cos(a), 0 * a, rr * np.sin(a)], -1),
        np.clip(warm * shade[:, None, None] * np.ones((15, 97, 1)), 0, 1),
        Material.MATTE,
    )
    keep = (ring.faces[:, 0] // 97) != 8  # Cassini's gap
    for up in (1, -1):  # seen from above and from below
        site.add(
            Mesh(ring.positions, up * ring.normals, ring.colours, ring.material, ring.faces[keep][:, ::up]).transformed(
                tilt
            )
        )


def _station(site: Site, at, accent) -> None:
    """A turning wheel with spokes, lit windows and solar wings."""
    ring = np.linspace(0, 2 * np.pi, 33)
    parts = [tube(np.stack([9 * np.cos(ring), 9 * np.sin(ring), 0 * ring], -1), 1.1, rgb("#c4c8cc"), Material.METAL, 8)]
    for k in range(4):
        a = k * np.pi / 2
        parts.append(tube([(0, 0, 0), (8.2 * np.cos(a), 8.2 * np.sin(a), 0)], 0.4, rgb("#aab0b5"), Material.METAL, 6))
    a = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    parts.append(
        boxes(
            np.stack([9 * np.cos(a), 9 * np.sin(a), 0 * a + 1.08], -1), (0.5, 0.5, 0.12), rgb("#ffdf9a"), Material.GLOW
        )
    )
    hub = cylinder(1.8, 9, rgb("#d5d8da"), Material.METAL, 14).transformed(
        translation(0, 0, -4.5) @ rotation("x", np.pi / 2)
    )
    trim = cylinder(1.9, 1.0, accent, Material.GLOSS, 14).transformed(translation(0, 0, 2.5) @ rotation("x", np.pi / 2))
    wings = boxes([(0, 5.5, -5), (0, -5.5, -5)], [(3.2, 8, 0.1)], rgb("#22386e"), Material.GLASS)
    whole = merge([*parts, hub, trim, wings])
    tilt = translation(*at) @ rotation("y", 0.7) @ rotation("x", -0.35)
    site.move(whole, lambda t: tilt @ rotation("z", 0.12 * t))


def _lander(site: Site, x: float, z: float, y: float, accent) -> None:
    body = [
        cylinder(1.6, 1.5, rgb("#c9a24a"), Material.METAL, 8).moved(0, 1.1, 0),
        cylinder(1.3, 1.6, rgb("#c8ccd0"), Material.METAL, 8, 0.9).moved(0, 2.6, 0),
        cylinder(0.5, 0.6, accent, Material.GLOSS, 8, 0.2).moved(0, 4.2, 0),
        boxes([(0, 3.2, 1.15)], [(0.7, 0.6, 0.25)], rgb("#ffd58a"), Material.GLOW),
    ]
    for k in range(4):
        a = np.pi / 4 + k * np.pi / 2
        foot = (2.7 * np.cos(a), 0.05, 2.7 * np.sin(a))
        body.append(limb((1.4 * np.cos(a), 1.9, 1.4 * np.sin(a)), foot, 0.08, 0.08, rgb("#9a9ea2"), Material.METAL, 5))
        body.append(cylinder(0.42, 0.1, rgb("#9a9ea2"), Material.METAL, 8).moved(*foot))
    site.add(merge(body).moved(x, y - 0.05, z))
    site.lamp((x * 0.85, y + 3, z + 3), WARM, 12)
