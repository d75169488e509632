"""The school corridor."""

import numpy as np

from ..mesh import (
    Material,
    cylinder,
    merge,
    rgb,
    rotation,
)
from ..scene import Place
from .daylight import outside, sky_pane
from .parts import (
    Site,
    boxes,
    room,
    shades,
    tube,
)


def school_corridor(site: Site) -> Place:
    """Lockers down both sides to a bright door, chequered floor, strip lights, notice boards, classroom doors."""
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
        depth=42, back=14, ceiling=2.5, width=1.6,
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
    site.add(
        boxes(column(inner, 1.05) + np.array([0, 0, step * 0.28]), (0.045, 0.17, 0.045), rgb("#c3c6c8"), Material.METAL)
    )
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
    site.slab((-0.4, 0.4), (high - 0.32, high - 0.08), (-14.04, -13.96), rgb("#1f8a4c"), Material.GLOW)
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
