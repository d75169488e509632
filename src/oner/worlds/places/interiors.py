"""Rooms that people live, learn and travel in: school corridor, bedroom, train carriage."""

import numpy as np

from ..mesh import Material, cylinder, lathe, limb, merge, mesh, noise, rgb, rotation, sphere, translation
from ..scene import Place
from . import plants
from .buildings import GLOW_WARM, swinging
from .parts import Site, boxes, copies, floor, room, shades, surface, tube, wall

# What is seen through a window: the sky at the horizon and above it, as Material.GLOW shows it (2.6 times brighter).
OUTSIDE = {
    "dawn": ("#b5786c", "#5d6690"), "morning": ("#8fa9b8", "#5f8fc0"), "noon": ("#93b2c4", "#5b92cc"),
    "golden hour": ("#cf9250", "#8a7b80"), "dusk": ("#8a4a58", "#333a66"), "night": ("#1b2338", "#0c1122"),
}  # fmt: skip
# The light that comes in through it, linear.
DAYLIGHT = {
    "dawn": (0.75, 0.5, 0.42), "morning": (0.9, 0.9, 0.85), "noon": (0.95, 1.0, 1.0), "golden hour": (1.25, 0.78, 0.38),
    "dusk": (0.42, 0.3, 0.48), "night": (0.10, 0.14, 0.26),
}  # fmt: skip


def outside(site: Site) -> tuple[np.ndarray, np.ndarray, tuple[float, float, float]]:
    """(colour at the horizon, colour above, light coming in) for windows at this time of day."""
    low, high = OUTSIDE[site.description.time]
    return np.float32(rgb(low)), np.float32(rgb(high)), DAYLIGHT[site.description.time]


def sky_pane(corners, low, high) -> "mesh":
    """A glowing pane a-b-c-d (first two below) shaded from the horizon's colour up to the sky's."""
    return mesh(corners, [[0, 1, 2], [0, 2, 3]], np.float32([low, low, high, high]), Material.GLOW, _front(corners))


def _front(corners) -> np.ndarray:
    a, b, c = (np.asarray(corners[k], float) for k in range(3))
    normal = np.cross(b - a, c - a)
    return np.tile(normal / np.linalg.norm(normal), (len(corners), 1))


def school_corridor(site: Site) -> Place:
    """Lockers down both sides to a bright door, chequered floor, strip lights, notice boards, classroom doors."""
    rng = site.rng
    half, high, front, back = 2.55, 3.25, 17.0, -47.0
    accent = site.accent("#2f6a9a")
    low, top, daylight = outside(site)
    cream, pale = rgb("#ded6c3"), rgb("#e9e6dd")
    site.add(
        room(
            (-half, half),
            (0, high),
            (back, front),
            (rgb("#d8d3c6"), Material.TILES),
            (pale, Material.PLASTER),
            (cream, Material.PLASTER),
        )
    )
    openings = {-1: (5.0, -7.0, -19.0, -31.0), 1: (-1.0, -13.0, -25.0, -37.0)}  # classroom doors
    for side in (-1, 1):
        _lockers(site, side, half, (front - 1.4, back + 1.4), openings[side], accent)
        site.slab((side * half, side * (half - 0.05)), (2.14, 2.26), (back, front), accent * 0.7, Material.WOOD)
        site.slab((side * half, side * (half - 0.03)), (0, 0.12), (back, front), rgb("#5f5a52"))
        for z in openings[side]:
            _class_door(site, side, half, z)
    _corridor_ceiling(site, half, high, front, back)
    for z, sign in ((back, 1), (front, -1)):
        _end_doors(site, z, sign, half, low, top, accent)
        site.lamp((0, 1.9, z + sign * 1.6), daylight, 15)
    for z in np.arange(front - 5, back, -8.0)[:8]:
        site.lamp((0, 2.75, z), (0.85, 0.87, 0.82), 8.5)
    for k, z in enumerate((8.5, -3.4, -9.8, -22.0, -28.4)):
        _notice_board(site, -1 if k % 2 else 1, half, z)
    return site.place(
        indoor=True, sky="none", ambient=(0.27, 0.275, 0.27), fog=tuple(0.5 * c for c in daylight), fog_density=0.006,
        depth=42, back=14, ceiling=2.9, width=1.85,
    )  # fmt: skip


def _lockers(site: Site, side: int, half: float, z, openings, accent) -> None:
    """Steel lockers with vents, handles and number plates; a few stand a little open, a few wear stickers."""
    rng, step, deep, tall = site.rng, 0.42, 0.46, 2.0
    at = np.arange(z[0], z[1], -step)
    for opening in openings:
        at = at[np.abs(at - opening) > 1.15]
    face = side * (half - deep)
    n = len(at)
    tint = np.asarray(accent) * shades(rng, n, 0.07, 0.02)
    column = lambda x, y: np.stack([np.full(n, x), np.full(n, y), at], -1)
    site.add(boxes(column(side * (half - deep / 2), tall / 2), (deep - 0.02, tall, step), tint * 0.55, Material.METAL))
    doors = column(face, tall / 2 + 0.05)
    site.add(boxes(doors, (0.05, tall - 0.16, step - 0.035), tint, Material.GLOSS))
    inner = face - side * 0.03
    for y in (1.72, 1.66, 1.6, 0.36, 0.30):
        site.add(boxes(column(inner, y), (0.012, 0.022, step * 0.55), tint * 0.35))
    site.add(boxes(column(inner, 1.05) + [0, 0, step * 0.28], (0.045, 0.17, 0.045), rgb("#c3c6c8"), Material.METAL))
    site.add(boxes(column(inner, 1.45), (0.012, 0.07, 0.12), rgb("#e9e6da")))
    sticker = rng.random(n) < 0.14
    tones = np.float32([rgb(c) for c in ("#f2c14e", "#e4572e", "#76b041", "#f7f3e3", "#8367c7")])[rng.integers(0, 5, n)]
    spot = column(inner, 1.0) + np.stack([np.zeros(n), rng.uniform(-0.3, 0.25, n), rng.uniform(-0.07, 0.0, n)], -1)
    site.add(boxes(spot[sticker], (0.014, 0.12, 0.12), tones[sticker]))
    site.slab((side * half, face - side * 0.03), (0, 0.1), (z[0], z[1]), rgb("#3a3a3c"))
    for opening in openings:  # the dark gap around a classroom door is closed by its side panels
        for edge in (-1.12, 1.12):
            site.slab(
                (side * half, face), (0, tall), (opening + edge - 0.03, opening + edge + 0.03), np.asarray(accent) * 0.5
            )


def _class_door(site: Site, side: int, half: float, z: float) -> None:
    frame, wood, x = rgb("#8b8478"), rgb("#a9743f"), side * half
    site.slab((x, x - side * 0.08), (0, 2.1), (z - 0.62, z + 0.62), frame)
    site.slab((x, x - side * 0.11), (0, 2.03), (z - 0.5, z + 0.5), wood, Material.WOOD)
    site.slab(
        (x, x - side * 0.13),
        (1.15, 1.85),
        (z - 0.12, z + 0.28),
        rgb("#ffe6b8") if site.dark else rgb("#a5b6bd"),
        Material.GLOW if site.dark else Material.GLASS,
    )
    site.slab((x, x - side * 0.2), (0.98, 1.05), (z - 0.42, z - 0.3), rgb("#c3c6c8"), Material.METAL)
    site.slab((x, x - side * 0.32), (2.3, 2.55), (z - 0.02, z + 0.02), rgb("#f2efe4"))


def _corridor_ceiling(site: Site, half: float, high: float, front: float, back: float) -> None:
    """Panels, strip lights, a pipe along one side, exit signs, a clock."""
    tone = rgb("#c9c6bd")
    for z in np.arange(front - 1, back, -2.0):
        site.slab((-half, half), (high - 0.03, high), (z - 0.03, z + 0.03), tone)
    for x in (-1.28, 0.0, 1.28):
        site.slab((x - 0.03, x + 0.03), (high - 0.03, high), (back, front), tone)
    for z in np.arange(front - 3, back, -4.0):
        site.slab((-0.66, 0.66), (high - 0.08, high), (z - 0.36, z + 0.36), rgb("#b5b5b0"), Material.METAL)
        site.slab((-0.6, 0.6), (high - 0.11, high - 0.06), (z - 0.3, z + 0.3), rgb("#f4f6ea"), Material.GLOW)
    for z in np.arange(front - 8, back, -16.0):
        site.slab((-half, half), (high - 0.3, high), (z - 0.15, z + 0.15), rgb("#d2cab8"), Material.PLASTER)
    site.add(
        tube(
            [(half - 0.25, high - 0.22, front), (half - 0.25, high - 0.22, back)],
            0.09,
            rgb("#b9b3a6"),
            Material.METAL,
            8,
        )
    )
    site.slab((-0.4, 0.4), (high - 0.62, high - 0.36), (-14.04, -13.96), rgb("#1f8a4c"), Material.GLOW)
    clock = cylinder(0.24, 0.06, rgb("#f5f2e8"), Material.MATTE, 20).transformed(rotation("x", np.pi / 2))
    rim = cylinder(0.27, 0.05, rgb("#33363a"), Material.METAL, 20).transformed(rotation("x", np.pi / 2))
    hands = boxes([(0, 0.07, 0.07), (0.05, 0, 0.07)], [(0.025, 0.17, 0.01), (0.13, 0.025, 0.01)], rgb("#222222"))
    site.add(merge([clock, rim, hands]).moved(0, 2.72, back + 0.06))


def _end_doors(site: Site, z: float, sign: int, half: float, low, top, accent) -> None:
    """A double door with tall panes that the day shines through, and a band of window above."""
    near = lambda depth: z + sign * depth
    for x0, x1, y0, y1 in (
        (-1.18, -0.08, 0.95, 2.1),
        (0.08, 1.18, 0.95, 2.1),
        (-1.25, 1.25, 2.3, 2.6),
        (-2.2, -1.5, 0.8, 2.6),
        (1.5, 2.2, 0.8, 2.6),
    ):
        a, b = (x0, x1) if sign > 0 else (x1, x0)
        site.add(
            sky_pane(
                [(a, y0, near(0.07)), (b, y0, near(0.07)), (b, y1, near(0.07)), (a, y1, near(0.07))],
                low * 1.1,
                top * 1.15,
            )
        )
    for x in (-1.32, -0.05, 0.05, 1.32):
        site.slab((x - 0.07, x + 0.07), (0, 2.75), (near(0), near(0.12)), accent * 0.6, Material.METAL)
    for y0, y1 in ((0.0, 0.95), (2.1, 2.3), (2.6, 2.78)):
        site.slab((-1.35, 1.35), (y0, y1), (near(0), near(0.1)), accent * 0.75, Material.GLOSS)
    site.slab((-1.1, 1.1), (1.02, 1.1), (near(0.1), near(0.2)), rgb("#c9ccce"), Material.METAL)


def _notice_board(site: Site, side: int, half: float, z: float) -> None:
    rng, x = site.rng, side * half
    site.slab((x, x - side * 0.06), (2.3, 3.0), (z - 1.2, z + 1.2), rgb("#8a6a45"), Material.WOOD)
    site.slab((x, x - side * 0.08), (2.36, 2.94), (z - 1.14, z + 1.14), rgb("#b98d58"))
    for k in range(9):
        tone = rgb(("#f6f2e6", "#f2d27a", "#9ec7d9", "#e79a86", "#b8d6a0")[int(rng.integers(5))])
        zc, yc = z - 0.95 + (k % 5) * 0.46 + rng.uniform(-0.05, 0.05), 2.78 - 0.28 * (k // 5)
        site.slab((x, x - side * 0.095), (yc - 0.12, yc + 0.12), (zc - 0.1, zc + 0.1), tone)


def bedroom(site: Site) -> Place:
    """A lived-in room: bed, window with moving curtains, fairy lights, desk, shelves, posters, a rug."""
    rng = site.rng
    accent = site.accent("#c9806a")
    low, top, daylight = outside(site)
    x0, x1, z0, z1, high = -4.2, 4.2, -5.6, 6.6, 2.9
    site.add(
        room(
            (x0, x1),
            (0, high),
            (z0, z1),
            (rgb("#a87a4e"), Material.WOOD),
            (rgb("#ece7dd"), Material.PLASTER),
            (accent * 0.35 + np.float32(rgb("#d9d0c0")) * 0.65, Material.PLASTER),
        )
    )
    for side in (-1, 1):
        site.slab((side * x1, side * (x1 - 0.03)), (0, 0.14), (z0, z1), rgb("#efe9dd"), Material.WOOD)
    site.slab((x0, x1), (0, 0.14), (z0, z0 + 0.03), rgb("#efe9dd"), Material.WOOD)
    _bedroom_window(site, z0, low, top)
    _bed(site, accent)
    _desk_and_shelves(site, accent)
    rug = lathe(
        [(1.42, 0.012), (1.4, 0.02), (1.05, 0.021), (1.0, 0.021), (0.55, 0.022), (0.001, 0.022)],
        40,
        (1, 1, 1),
        Material.CLOTH,
    )
    ring = np.hypot(rug.positions[:, 0], rug.positions[:, 2])
    rug.colours[:] = np.where(((ring > 0.54) & (ring < 1.01))[:, None], np.float32(rgb("#efe2cd")), accent * 0.85)
    rug.normals[:] = (0, 1, 0)
    site.add(rug.transformed(translation(0.1, 0, -0.3)))
    for z, y, w, h, tone, mark in (
        (-3.2, 1.75, 0.9, 1.25, "#2d3f63", "#f2b84b"),
        (-1.9, 1.95, 0.65, 0.85, "#e9dcc4", "#c2473a"),
        (2.2, 1.8, 1.1, 0.8, "#3d6b5c", "#f4e6c8"),
        (-4.3, 1.6, 0.6, 0.6, "#8c4a5e", "#f3d9b5"),
    ):
        site.slab((x0, x0 + 0.03), (y - h / 2, y + h / 2), (z - w / 2, z + w / 2), rgb(tone))
        disc = cylinder(min(w, h) * 0.3, 0.02, rgb(mark), Material.MATTE, 18).transformed(
            translation(x0 + 0.035, y + 0.08, z) @ rotation("z", -np.pi / 2)
        )
        site.add(disc)
    site.slab((2.0, 3.1), (0, 2.1), (z1 - 0.08, z1), rgb("#efe9dd"), Material.WOOD)
    site.slab((2.1, 3.0), (0, 2.04), (z1 - 0.11, z1), rgb("#d8cdb8"), Material.WOOD)
    site.slab((-3.6, -1.2), (0, 2.2), (z1 - 0.6, z1), rgb("#b88a58"), Material.WOOD)
    site.slab((-2.42, -2.38), (0.1, 2.1), (z1 - 0.63, z1 - 0.58), rgb("#5d4330"))
    # Fairy lights along the back wall and the left one.
    share = np.linspace(0, 1, 34)
    points = np.concatenate([np.stack([x0 + 0.06 + 0 * share, 2.55 - 0.16 * np.abs(np.sin(share * 12)), 4.5 - 10 * share], -1),
                             np.stack([x0 + 0.1 + 8.2 * share, 2.62 - 0.16 * np.abs(np.sin(share * 11)), z0 + 0.07 + 0 * share], -1)])  # fmt: skip
    site.add(tube(points[:34], 0.008, rgb("#4a4238"), sides=3), tube(points[34:], 0.008, rgb("#4a4238"), sides=3))
    site.add(boxes(points - [0, 0.03, 0], 0.045, rgb("#ffc873"), Material.GLOW, 0.7))
    site.lamp((0.4, 1.7, z0 + 0.9), tuple(1.5 * c for c in daylight), 9)
    site.lamp((x0 + 0.6, 2.4, -1.5), (0.5, 0.32, 0.15), 5)
    site.lamp((3.2, 1.35, -2.2), (1.0, 0.62, 0.30), 5)
    site.lamp((-3.35, 1.2, -4.7), (0.9, 0.52, 0.25), 4.5)
    shade = lathe([(0.34, -0.3), (0.2, 0.0)], 18, rgb("#f3dfbd"), Material.GLOW)
    hanging = merge([tube([(0, 0, 0), (0, 0.42, 0)], 0.01, rgb("#333333"), sides=3), shade])
    sway = swinging((0.0, high, 1.2), 0.03, 5.0)
    site.move(hanging.moved(0, -0.42, 0), sway)
    site.lamp((0, 2.3, 1.2), (0.7, 0.5, 0.3), 7)
    return site.place(
        indoor=True, sky="none", ambient=(0.20, 0.185, 0.175), fog=(0.25, 0.2, 0.17), fog_density=0.002,
        depth=4.6, back=5.8, ceiling=2.6, width=2.0,
    )  # fmt: skip


def _bedroom_window(site: Site, z: float, low, top) -> None:
    """A wide window in the far wall: sky, roofs against it, curtains that breathe."""
    site.add(
        sky_pane(
            [(-1.5, 0.95, z + 0.02), (1.9, 0.95, z + 0.02), (1.9, 2.4, z + 0.02), (-1.5, 2.4, z + 0.02)],
            low * 1.1,
            top * 1.1,
        )
    )
    for k, x in enumerate(np.linspace(-1.4, 1.8, 9)):
        tall = 0.18 + 0.22 * abs(np.sin(k * 2.7 + site.seed % 7))
        site.slab((x - 0.24, x + 0.24), (0.95, 0.95 + tall), (z + 0.02, z + 0.03), low * 0.3)
        if site.dark and k % 2:
            site.slab((x - 0.05, x + 0.05), (1.0, 1.07), (z + 0.03, z + 0.035), rgb("#ffc36b"), Material.GLOW)
    white = rgb("#f0ebe0")
    for x0, x1, y0, y1 in (
        (-1.6, -1.48, 0.85, 2.5),
        (1.88, 2.0, 0.85, 2.5),
        (-1.6, 2.0, 2.38, 2.5),
        (0.16, 0.24, 0.95, 2.4),
        (-1.5, 1.9, 1.9, 1.95),
    ):
        site.slab((x0, x1), (y0, y1), (z, z + 0.1), white, Material.WOOD)
    site.slab((-1.75, 2.15), (0.82, 0.9), (z, z + 0.3), white, Material.WOOD)
    for k, x in enumerate((-1.2, 1.3, 0.7)):
        pot = cylinder(0.09, 0.16, rgb("#b5643f"), Material.MATTE, 10, 0.12).moved(x, 0.9, z + 0.17)
        leaf = copies(plants.fern(k, "#5a8a46", 9), [(x, 1.02, z + 0.17)], 0.4)
        site.add(pot, leaf)
    cloth = np.clip(site.accent("#c9806a") * 0.5 + 0.45, 0, 1)
    site.add(tube([(-2.3, 2.62, z + 0.16), (2.7, 2.62, z + 0.16)], 0.02, rgb("#6b5137"), Material.WOOD, 6))
    for side, x in ((-1, -1.95), (1, 2.35)):
        u, v = np.meshgrid(np.linspace(-0.42, 0.42, 25), np.linspace(0, 1, 9))
        fold = 0.05 * np.sin(u * 38) * (0.5 + 0.7 * v)
        grid = np.stack([u * (0.9 + 0.25 * v), -2.45 * v, fold], -1)
        curtain = surface(grid[::-1], cloth, Material.CLOTH)
        site.move(curtain, swinging((x, 2.6, z + 0.2), 0.035, 4.2, side, "x"))


def _bed(site: Site, accent) -> None:
    wood, sheet = rgb("#8f6640"), rgb("#efe9de")
    site.slab((-4.15, -1.75), (0.12, 0.42), (-5.3, -2.9), wood, Material.WOOD)
    site.slab((-4.18, -4.06), (0, 1.15), (-5.4, -2.8), wood, Material.WOOD)
    for x in (-4.0, -1.85):
        for z in (-5.2, -3.0):
            site.slab((x - 0.06, x + 0.06), (0, 0.2), (z - 0.06, z + 0.06), wood, Material.WOOD)
    u, v = np.meshgrid(np.linspace(0, 1, 22), np.linspace(0, 1, 16))
    soft = lambda t: np.clip(np.minimum(t, 1 - t) * 9, 0, 1) ** 0.5
    bumps = 0.03 * noise(u * 5, v * 5, site.noise_seed, 2)
    mattress = np.stack([-4.1 + 2.4 * u, 0.42 + 0.24 * np.minimum(soft(u), soft(v)) + 0 * u, -2.95 - 2.35 * v], -1)
    site.add(surface(mattress, sheet, Material.CLOTH))
    cover = np.stack(
        [-3.35 + 1.72 * u, 0.34 + 0.4 * np.minimum(soft(u * 0.5 + 0.25 * (u < 0.5)), soft(v)) + bumps, -2.88 - 2.5 * v],
        -1,
    )
    stripe = np.where((np.floor(v * 9) % 2)[..., None] > 0, np.asarray(accent), np.asarray(accent) * 0.45 + 0.5)
    site.add(surface(cover, np.clip(stripe, 0, 1), Material.CLOTH))
    for z in (-3.5, -4.65):
        pillow = sphere(1, rgb("#f7f3ea"), Material.CLOTH, 14, 8).transformed(
            translation(-3.72, 0.78, z) @ np.diag([0.27, 0.13, 0.42, 1])
        )
        site.add(pillow)
    site.slab((-3.7, -3.05), (0, 0.5), (-5.58, -5.35), wood, Material.WOOD)
    lamp = merge(
        [
            cylinder(0.1, 0.03, rgb("#c79a3a"), Material.METAL, 12),
            cylinder(0.02, 0.3, rgb("#c79a3a"), Material.METAL, 6),
            lathe([(0.2, 0.28), (0.11, 0.52)], 16, rgb("#ffd79a"), Material.GLOW),
        ]
    )
    site.slab((-4.15, -3.5), (0, 0.5), (-2.55, -1.95), wood, Material.WOOD)
    site.add(lamp.moved(-3.85, 0.5, -2.25))
    site.lamp((-3.6, 1.2, -2.2), (0.9, 0.52, 0.25), 4.5)


def _desk_and_shelves(site: Site, accent) -> None:
    rng, wood = site.rng, rgb("#a9784a")
    site.slab((2.9, 4.15), (0.72, 0.77), (-3.4, -1.2), wood, Material.WOOD)
    for z in (-3.35, -1.25):
        site.slab((2.95, 4.1), (0, 0.72), (z - 0.03, z + 0.03), wood, Material.WOOD)
    screen = boxes([(3.95, 1.12, -2.3)], [(0.04, 0.42, 0.72)], rgb("#1d2024"))
    site.add(screen, boxes([(3.925, 1.13, -2.3)], [(0.01, 0.36, 0.66)], rgb("#5c86a8"), Material.GLOW))
    site.slab((3.85, 4.0), (0.77, 0.92), (-2.4, -2.2), rgb("#1d2024"))
    site.slab((3.3, 3.6), (0.77, 0.79), (-2.6, -2.0), rgb("#33373b"))
    lamp = [
        limb((3.8, 0.78, -1.5), (3.55, 1.2, -1.5), 0.015, 0.015, accent * 0.8, Material.METAL, 6),
        limb((3.55, 1.2, -1.5), (3.25, 1.38, -1.6), 0.015, 0.015, accent * 0.8, Material.METAL, 6),
    ]
    head = lathe([(0.11, -0.09), (0.05, 0.06)], 12, accent * 0.8, Material.METAL).moved(3.22, 1.36, -1.6)
    bulb = sphere(0.05, GLOW_WARM, Material.GLOW, 8, 6).transformed(translation(3.22, 1.3, -1.6))
    site.add(*lamp, head, bulb)
    seat = [
        boxes([(2.6, 0.46, -2.3)], [(0.45, 0.06, 0.45)], accent * 0.7, Material.CLOTH),
        boxes([(2.4, 0.78, -2.3)], [(0.05, 0.5, 0.42)], accent * 0.7, Material.CLOTH),
    ]
    legs = boxes(
        [(2.6 + a, 0.22, -2.3 + b) for a in (-0.18, 0.18) for b in (-0.18, 0.18)],
        (0.04, 0.44, 0.04),
        rgb("#5d4330"),
        Material.WOOD,
    )
    site.add(*seat, legs)
    for y in (1.55, 1.95, 2.35):
        site.slab((3.9, 4.2), (y, y + 0.03), (-3.6, -0.6), wood, Material.WOOD)
    for x, z, y0 in [(4.05, (-3.5, -0.7), y) for y in (1.58, 1.98, 2.38)] + [
        (4.05, (1.3, 3.9), y) for y in (0.13, 0.53, 0.93, 1.33)
    ]:
        at = z[0]
        while at < z[1] - 0.05:
            thick, tall = rng.uniform(0.03, 0.07), rng.uniform(0.2, 0.31)
            if rng.random() < 0.86:
                tone = np.float32(
                    rgb(
                        ("#7a3b3b", "#2f4f6b", "#c9a14a", "#4f6b4a", "#d9d0bd", "#5b4a6b", "#b5643f")[
                            int(rng.integers(7))
                        ]
                    )
                )
                site.box((x + rng.uniform(-0.03, 0.0), y0 + tall / 2, at + thick / 2), (0.2, tall, thick * 0.94), tone)
            at += thick
    for y in (0.1, 0.5, 0.9, 1.3, 1.7):
        site.slab((3.88, 4.2), (y, y + 0.03), (1.2, 4.0), wood, Material.WOOD)
    for z in (1.2, 4.0):
        site.slab((3.88, 4.2), (0, 1.73), (z - 0.02, z + 0.02), wood, Material.WOOD)
    tall_plant = merge(
        [cylinder(0.2, 0.34, rgb("#d9cdb8"), Material.MATTE, 14, 0.25), copies(plants.palm(1), [(0, 0.3, 0)], 1.5)]
    )
    site.add(tall_plant.moved(3.55, 0, -4.9))
    site.slab((2.0, 3.0), (0, 0.36), (4.6, 5.6), accent * 0.6, Material.CLOTH)


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
        for k, zc in enumerate(np.arange(front - 1.5, back, -pitch)):
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
            pieces.append(boxes([(xh, 4.4, z0)], [(9, 1.3, 10)], np.float32(rgb("#8a4a3a")) * day))
        pieces.append(boxes([(side * 4.9, 5.6, loop / 2)], [(0.03, 0.03, loop)], rgb("#2b2d30")))
    one = merge(pieces)
    line = merge([one.moved(0, 0, -2 * loop), one.moved(0, 0, -loop), one])
    # Forwards is -z, so the country runs towards +z; after one loop it is where it began.
    site.move(line, lambda seconds: translation(0, 0, (speed * seconds) % loop - 20))
