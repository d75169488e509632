"""The fairground."""

import numpy as np

from ..mesh import (
    Material,
    Mesh,
    cylinder,
    lathe,
    limb,
    merge,
    mesh,
    noise,
    rgb,
    rotation,
    scaling,
    sphere,
    translation,
)
from ..scene import Place, flat_ground
from . import plants
from .buildings import (
    bulb_string,
    swinging,
    turning,
)
from .groves import grove
from .parts import (
    Site,
    blend,
    boxes,
    copies,
    floor,
    scatter,
    smoothstep,
    surface,
    tube,
)
from .terrain import ground_rings, lane_distance, ridge

_BULBS = [rgb(c) for c in ("#ffd27a", "#ff6f61", "#6fd0ff", "#ffe9b0", "#b7ff8a")]


def fairground(site: Site) -> Place:
    """A midway between stalls: a great wheel and a carousel that turn, a helter-skelter, bulbs, a coaster."""
    rng = site.rng
    accent = site.accent("#c83e4a")
    cream = np.float32(rgb("#f3e8d2"))
    ground = flat_ground
    tint = lambda x, y, z, up: blend(
        rgb("#6f8446"), rgb("#80754f"), 0.5 + 0.5 * noise(x / 8, z / 8, site.noise_seed, 3)
    )
    site.add(
        ground_rings(
            lambda x, z: -0.03 + 3 * smoothstep(120, 260, lane_distance(x, z)), tint, Material.GRASS, 600, 34, 90
        )
    )
    site.add(floor((-5.2, 5.2), (48, -170), 0.0, rgb("#9c8f7c"), Material.PAVING))
    side = int(rng.choice([-1, 1]))
    for row in (-1, 1):
        for k, z in enumerate(np.arange(15, -75, -8.2)):
            if (row == side and -30 < z < -6) or (row == -side and z < -66):
                continue
            _stall(
                site,
                row * 8.6,
                z,
                -row,
                accent if k % 2 else np.float32(rgb(("#2f6f8f", "#d9a03a", "#4d8a57")[k % 3])),
                cream,
            )
    _carousel(site, side * 13.5, -17.0, accent, cream)
    _great_wheel(site, -side * 19.0, -104.0, 16.0, accent)
    _helter_skelter(site, side * 17.0, -58.0, accent, cream)
    _coaster(site, -120.0)
    for x, z, size in ((-side * 17, -16, 1.0), (side * 22, -40, 1.2), (-side * 24, -36, 1.1), (side * 20, 6, 1.0)):
        _big_top(site, x, z, size, accent, cream)
    z = np.arange(20, -90, -9.0)
    for k, v in enumerate(z):
        for row in (-1, 1):
            site.box((row * 5.6, 2.6, v), (0.12, 5.2, 0.12), rgb("#6b4a3a"), Material.WOOD)
            site.box((row * 5.6, 5.25, v), (0.22, 0.22, 0.22), accent, Material.GLOSS)
        site.add(bulb_string((-5.6, 5.1, v), (5.6, 5.1, v), 17, _BULBS, 0.9, 0.085))
        site.add(
            bulb_string((-5.6, 5.1, v), (-5.6, 5.1, v - 9.0), 9, _BULBS, 0.6, 0.07),
            bulb_string((5.6, 5.1, v), (5.6, 5.1, v - 9.0), 9, _BULBS, 0.6, 0.07),
        )
        if k < 7:
            site.lamp((0, 4.5, v), (2.4, 1.6, 0.85), 12, night_only=True)
    _balloons(site, -5.0, 1.5, rng)
    trees = scatter(rng, 150, (-150, 150), (-260, 120), 40)
    grove(site, [plants.far_tree(k) for k in range(3)], trees, ground, (7, 13))
    site.add(
        ridge(
            lambda a: 14 + 26 * (0.5 + 0.5 * noise(a * 2, 0 * a, site.noise_seed + 4, 3)),
            420,
            rgb("#5a6f55"),
            Material.GRASS,
        )
    )
    return site.place(ground, fog_density=0.0012, width=7, back=32, ceiling=40)


def _stall(site: Site, x: float, z: float, face: int, colour, cream) -> None:
    """A booth that opens towards the lane (`face` +1: to the right), with counter, prizes, striped awning and bulbs."""
    deep, wide, tall = 2.6, 6.4, 2.7
    back, front = x - face * deep / 2, x + face * deep / 2
    wood = colour * 0.75
    site.slab((back, back + face * 0.1), (0, tall + 0.5), (z - wide / 2, z + wide / 2), wood, Material.WOOD)
    for v in (-wide / 2, wide / 2):
        site.slab((back, front), (0, tall), (z + v - 0.06, z + v + 0.06), wood, Material.WOOD)
    site.slab((front, front - face * 0.5), (0, 1.0), (z - wide / 2, z + wide / 2), cream * 0.9, Material.WOOD)
    site.slab(
        (front + face * 0.03, front), (0.12, 0.88), (z - wide / 2 + 0.2, z + wide / 2 - 0.2), colour, Material.WOOD
    )
    site.slab((front, front - face * 0.6), (1.0, 1.08), (z - wide / 2, z + wide / 2), rgb("#8a6240"), Material.WOOD)
    for k in range(8):
        a, b = z - wide / 2 + wide * k / 8, z - wide / 2 + wide * (k + 1) / 8
        tone = colour if k % 2 else cream
        points = [
            (back, tall + 0.9, a),
            (back, tall + 0.9, b),
            (front + face * 0.7, tall + 0.05, b),
            (front + face * 0.7, tall + 0.05, a),
            (front + face * 0.7, tall - 0.3, b),
            (front + face * 0.7, tall - 0.3, a),
        ]
        site.add(mesh(points, [[0, 1, 2], [0, 2, 3], [3, 2, 4], [3, 4, 5]], tone, Material.CLOTH))
    shelf = np.arange(z - wide / 2 + 0.4, z + wide / 2 - 0.2, 0.62)
    for row, y in enumerate((1.35, 1.85, 2.35)):
        tones = np.float32([_BULBS[(k * 3 + row) % 5] for k in range(len(shelf))]) * 0.85
        spots = np.stack([0 * shelf + back + face * 0.35, 0 * shelf + y, shelf], -1)
        site.add(
            boxes(spots, 0.26, tones, Material.CLOTH, 0.5),
            boxes(spots + np.array([0, 0.2, 0]), 0.17, tones, Material.CLOTH, 0.2),
        )
        site.slab(
            (back, back + face * 0.5), (y - 0.17, y - 0.14), (z - wide / 2, z + wide / 2), rgb("#6b4a30"), Material.WOOD
        )
    along = np.arange(z - wide / 2 + 0.2, z + wide / 2, 0.5)
    site.add(
        boxes(
            np.stack([0 * along + front + face * 0.72, 0 * along + tall - 0.36, along], -1),
            0.11,
            np.float32(_BULBS)[np.arange(len(along)) % 5],
            Material.GLOW,
            0.7,
        )
    )
    site.slab((front - face * 0.1, front - face * 0.2), (2.3, 2.42), (z - 2.6, z + 2.6), rgb("#ffe0a0"), Material.GLOW)
    site.slab((back, back + face * 0.3), (tall + 0.9, tall + 1.7), (z - 2.0, z + 2.0), colour, Material.GLOSS)
    site.slab(
        (back + face * 0.3, back + face * 0.34),
        (tall + 1.12, tall + 1.48),
        (z - 1.6, z + 1.6),
        rgb("#ffd98a"),
        Material.GLOW,
    )


def _carousel(site: Site, x: float, z: float, accent, cream) -> None:
    deck = cylinder(6.2, 0.35, rgb("#8a5a3c"), Material.WOOD, 28)
    core = cylinder(1.5, 4.4, accent, Material.GLOSS, 12)
    angle = np.linspace(0, 2 * np.pi, 25)
    roof = []
    for k in range(24):
        rim = [(6.6 * np.cos(v), 4.3, -6.6 * np.sin(v)) for v in angle[k : k + 2]]
        hem = [(6.6 * np.cos(v), 3.75, -6.6 * np.sin(v)) for v in angle[k : k + 2]]
        points = [(0, 6.6, 0), *rim, *hem]
        roof.append(mesh(points, [[0, 1, 2], [1, 3, 4], [1, 4, 2]], accent if k % 2 else cream, Material.CLOTH))
    knob = sphere(0.4, rgb("#e8c25a"), Material.METAL, 10, 8).transformed(translation(0, 6.9, 0))
    a = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    bulbs = boxes(
        np.stack([6.65 * np.cos(a), 0 * a + 3.7, 6.65 * np.sin(a)], -1),
        0.13,
        np.float32(_BULBS)[np.arange(48) % 5],
        Material.GLOW,
        0.5,
    )
    panels = boxes(
        np.stack([1.55 * np.cos(a[::8]), 0 * a[::8] + 2.4, 1.55 * np.sin(a[::8])], -1),
        (0.6, 2.4, 0.6),
        rgb("#ffdc96"),
        Material.GLOW,
        -a[::8],
    )
    site.add(deck.moved(x, 0, z))
    spin = turning((x, 0.0, z), 15.0, "y")
    site.move(merge([core, *roof, knob, bulbs, panels]), spin)
    horse = _wooden_horse()
    for k in range(12):
        ring, a0 = (4.9 if k % 2 else 3.4), 2 * np.pi * k / 12
        tone = (np.float32(rgb("#f6f0e4")), accent, np.float32(rgb("#3c3530")), np.float32(rgb("#c99a5a")))[k % 4]
        piece = copies(horse, [(0, 0, 0)], 1.0, 0.0, [np.clip(tone, 0, 1)])
        pole = boxes([(0, 1.2, 0)], [(0.06, 3.4, 0.06)], rgb("#e8c25a"), Material.METAL)
        both = merge([piece, pole])
        site.move(
            both,
            lambda t, ring=ring, a0=a0: (
                spin(t) @ rotation("y", a0) @ translation(ring, 1.35 + 0.28 * np.sin(1.9 * t + 2 * a0), 0)
            ),
        )
    site.lamp((x - np.sign(x) * 5, 3.4, z + 4), (2.6, 1.8, 1.0), 16, night_only=True)


def _wooden_horse() -> Mesh:
    white = (1.0, 1.0, 1.0)
    parts = [
        limb((0, 0, -0.45), (0, 0.04, 0.4), 0.24, 0.26, white, Material.GLOSS, 7),
        limb((0, 0.1, 0.45), (0, 0.65, 0.72), 0.17, 0.11, white, Material.GLOSS, 6),
        limb((0, 0.68, 0.7), (0, 0.52, 1.02), 0.12, 0.08, white, Material.GLOSS, 6),
        limb((0, 0.1, -0.62), (0, -0.35, -0.85), 0.07, 0.03, (0.4, 0.35, 0.3), Material.HAIR, 5),
    ]
    for x, z, dz in ((-0.13, 0.35, 0.35), (0.13, 0.3, 0.2), (-0.13, -0.4, -0.3), (0.13, -0.4, -0.15)):
        parts.append(limb((x, -0.1, z), (x, -0.6, z + dz), 0.08, 0.05, white, Material.GLOSS, 5))
    parts.append(boxes([(0, 0.22, -0.02)], [(0.44, 0.12, 0.42)], (0.8, 0.25, 0.2), Material.CLOTH))
    return merge(parts)


def _great_wheel(site: Site, x: float, z: float, radius: float, accent) -> None:
    hub = (x, radius + 3.2, z)
    frame, n = [], 20
    steel = rgb("#dfe3e6")
    ring = np.linspace(0, 2 * np.pi, 61)
    for dz in (-1.1, 1.1):
        for r in (radius, radius * 0.86):
            frame.append(
                tube(np.stack([r * np.cos(ring), r * np.sin(ring), 0 * ring + dz], -1), 0.13, steel, Material.METAL, 4)
            )
        for k in range(n):
            a = 2 * np.pi * k / n
            frame.append(
                tube([(0, 0, dz * 0.6), (radius * np.cos(a), radius * np.sin(a), dz)], 0.07, steel, Material.METAL, 3)
            )
    frame.append(
        cylinder(0.9, 3.4, accent, Material.GLOSS, 12).transformed(translation(0, 0, -1.7) @ rotation("x", np.pi / 2))
    )
    a = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    frame.append(
        boxes(
            np.stack([radius * np.cos(a), radius * np.sin(a), 0 * a + 1.28], -1),
            0.3,
            np.float32(_BULBS)[np.arange(80) // 2 % 5],
            Material.GLOW,
        )
    )
    share = np.linspace(0.15, 0.95, 12)
    spokes = 2 * np.pi * np.arange(0, n, 2) / n
    points = np.stack(
        [
            np.outer(np.cos(spokes), share * radius),
            np.outer(np.sin(spokes), share * radius),
            np.full((len(spokes), 12), 1.2),
        ],
        -1,
    )
    frame.append(boxes(points.reshape(-1, 3), 0.2, np.float32(_BULBS)[np.arange(len(spokes) * 12) % 5], Material.GLOW))
    spin = turning(hub, 40.0)
    site.move(merge(frame), spin)
    for k in range(n):
        a0 = 2 * np.pi * k / n
        tone = (accent, np.float32(rgb("#e8c25a")), np.float32(rgb("#3f7fa6")), np.float32(rgb("#f3e8d2")))[k % 4]
        gondola = merge(
            [
                lathe([(0.5, -2.3), (1.05, -1.9), (1.1, -1.2)], 10, tone, Material.GLOSS),
                lathe([(1.25, -0.35), (0.6, 0.05), (0.001, 0.15)], 10, tone, Material.GLOSS),
                boxes([(0.9, -0.8, 0), (-0.9, -0.8, 0)], [(0.07, 1.0, 0.07)], steel),
            ]
        )

        def motion(t, a0=a0):
            a = a0 + 2 * np.pi * t / 40.0
            return translation(hub[0] + radius * np.cos(a), hub[1] + radius * np.sin(a), hub[2]) @ rotation(
                "z", 0.05 * np.sin(t + a0)
            )

        site.move(gondola, motion)
    for dz in (-2.0, 2.0):
        for dx in (-8.5, 8.5):
            site.add(tube([(x + dx, 0, z + dz * 1.6), (x, hub[1], z + dz)], 0.4, steel, Material.METAL, 6))
    site.slab((x - 7, x + 7), (0, 0.6), (z - 5, z + 5), rgb("#8a5a3c"), Material.WOOD)
    site.lamp((x + 3 * -np.sign(x), 6, z + 6), (2.6, 1.8, 1.1), 28, night_only=True)


def _helter_skelter(site: Site, x: float, z: float, accent, cream) -> None:
    y = np.linspace(0, 14, 11)
    for k in range(10):
        low, high = 2.9 - 0.11 * y[k], 2.9 - 0.11 * y[k + 1]
        site.add(lathe([(low, y[k]), (high, y[k + 1])], 14, accent if k % 2 else cream, Material.WOOD).moved(x, 0, z))
    site.add(cylinder(2.1, 2.6, accent, Material.WOOD, 14, 0.05).moved(x, 15.4, z))
    for a in np.linspace(0, 2 * np.pi, 7)[:-1]:
        site.box((x + 1.3 * np.cos(a), 14.7, z + 1.3 * np.sin(a)), (0.15, 1.5, 0.15), cream)
    t = np.linspace(0, 1, 70)
    turn = 2 * np.pi * 3.2 * t
    inner, outer = 3.0 - 1.5 * t, 4.2 - 1.5 * t
    rows = [
        np.stack([x + r * np.cos(turn), 0.4 + 12.8 * t + lift, z + r * np.sin(turn)], -1)
        for r, lift in ((inner, 0), (outer, 0), (outer, 0.5))
    ]
    site.add(surface(np.stack(rows), rgb("#e8c25a"), Material.CLOTH))


def _coaster(site: Site, z: float) -> None:
    """A timber coaster across the distance."""
    t = np.linspace(0, 1, 90)
    x = -110 + 220 * t
    y = 10 + 11 * np.sin(t * 15) * (1 - 0.3 * t) + 9 * np.exp(-((t - 0.22) ** 2) / 0.006)
    y = np.where(np.abs(x) < 9, np.maximum(y, 9), np.maximum(y, 2.5))
    for dz in (-0.8, 0.8):
        site.add(tube(np.stack([x, y, 0 * x + z + dz], -1), 0.16, rgb("#d8d2c4"), Material.METAL, 4))
    posts = np.arange(0, 90, 2)
    posts = posts[np.abs(x[posts]) > 8]
    site.add(
        boxes(
            np.stack([x[posts], y[posts] / 2, 0 * posts + z], -1),
            np.stack([0 * posts + 0.25, y[posts], 0 * posts + 1.6], -1),
            rgb("#8f7a5c"),
            Material.WOOD,
        )
    )


def _big_top(site: Site, x: float, z: float, size: float, accent, cream) -> None:
    angle, flag = np.linspace(0, 2 * np.pi, 17), []
    for k in range(16):
        v = angle[k : k + 2]
        ring = lambda r, y, v=v: [(r * np.cos(t), y, -r * np.sin(t)) for t in v]
        points = [(0, 7.5, 0), *ring(2.6, 4.9), *ring(5.4, 3.4), *ring(5.2, 0)]
        faces = [[0, 1, 2], [1, 3, 4], [1, 4, 2], [3, 5, 6], [3, 6, 4]]
        flag.append(mesh(points, faces, accent if k % 2 else cream, Material.CLOTH))
    flag.append(boxes([(0, 8.2, 0), (0.45, 8.6, 0)], [(0.08, 1.6, 0.08), (0.9, 0.45, 0.04)], accent, Material.CLOTH))
    site.add(copies(merge(flag), [(x, 0, z)], size))


def _balloons(site: Site, x: float, z: float, rng) -> None:
    """A bunch of balloons on a post, tugging at their strings."""
    site.box((x, 0.6, z), (0.12, 1.2, 0.12), rgb("#6b4a3a"), Material.WOOD)
    bunch = []
    for k in range(11):
        at = np.array([rng.uniform(-0.6, 0.6), rng.uniform(1.4, 2.5), rng.uniform(-0.6, 0.6)])
        tone = np.float32(_BULBS[k % 5]) * 0.9
        bunch.append(sphere(1, tone, Material.GLOSS, 9, 7).transformed(translation(*at) @ scaling(0.24, 0.3, 0.24)))
        bunch.append(tube([(0, 0, 0), at - [0, 0.3, 0]], 0.008, rgb("#e8e2d6"), sides=3))
    site.move(merge(bunch), swinging((x, 1.2, z), 0.12, 3.4))
