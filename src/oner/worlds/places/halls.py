"""Great rooms: ballroom, concert stage, road tunnel."""

import numpy as np

from ..mesh import Material, cylinder, lathe, limb, merge, mesh, rgb, rotation, scaling, sphere, translation
from ..scene import Place
from .buildings import swinging
from .interiors import outside, sky_pane
from .parts import Site, boxes, copies, floor, room, surface, tube, wall

GOLD = np.float32(rgb("#c9a24e"))


def _swag(width: float, drop: float, colour, folds: int = 9):
    """A hanging curtain: `width` by `drop`, its top edge on y = 0, front towards +z."""
    u, v = np.meshgrid(np.linspace(-0.5, 0.5, folds * 4 + 1), np.linspace(0, 1, 6))
    fold = 0.09 * np.cos(u * folds * 2 * np.pi) * (0.6 + 0.5 * v)
    grid = np.stack([u * width, -drop * v, fold], -1)
    tone = np.asarray(colour) * (0.78 + 0.26 * np.cos(u * folds * 2 * np.pi))[..., None]
    return surface(grid[::-1], np.clip(tone[::-1], 0, 1), Material.CLOTH)


def ballroom(site: Site) -> Place:
    """A palace hall: polished floor, columns and tall windows with curtains, gilt mirrors, chandeliers, a gallery."""
    rng = site.rng
    accent = site.accent("#9c2f3c")
    low, top, daylight = outside(site)
    half, high, front, back = 9.0, 9.5, 19.0, -31.0
    cream, stone = rgb("#e9dfc9"), np.float32(rgb("#efe8d8"))
    site.add(
        room(
            (-half, half),
            (0, high),
            (back, front),
            (rgb("#c79a62"), Material.TILES),
            (rgb("#efe6d2"), Material.PLASTER),
            (cream, Material.PLASTER),
        )
    )
    site.add(floor((-1.6, 1.6), (back + 1.5, front - 1), 0.008, accent * 0.8, Material.CLOTH))
    for x in (-1.6, 1.6):
        site.add(floor((x - 0.07, x + 0.07), (back + 1.5, front - 1), 0.012, GOLD, Material.CLOTH))
    column = lathe(
        [
            (0.62, 0),
            (0.62, 0.25),
            (0.48, 0.4),
            (0.42, 0.7),
            (0.40, 3.5),
            (0.36, 6.0),
            (0.5, 6.25),
            (0.62, 6.5),
            (0.62, 6.7),
        ],
        16,
        stone,
        Material.GLOSS,
    )
    rings = lathe([(0.5, 0.38), (0.55, 0.46), (0.5, 0.54)], 16, GOLD, Material.METAL)
    capital = lathe([(0.38, 5.9), (0.52, 6.2), (0.46, 6.3)], 16, GOLD, Material.METAL)
    bays = np.arange(15.0, -30, -5.0)
    for side in (-1, 1):
        spots = [(side * 6.3, 0, z) for z in bays]
        site.add(copies(merge([column, rings, capital]), spots))
        site.slab((side * half, side * 5.7), (6.7, 7.3), (back, front), stone * 0.97, Material.PLASTER)
        site.slab((side * 5.75, side * 5.62), (6.82, 6.98), (back, front), GOLD, Material.METAL)
        site.slab((side * 5.85, side * 5.75), (8.05, 8.17), (back, front), GOLD, Material.METAL)
        baluster = np.arange(front - 0.3, back, -0.55)
        site.add(
            copies(
                lathe([(0.06, 0), (0.11, 0.3), (0.05, 0.75)], 6, stone, Material.PLASTER),
                np.stack([0 * baluster + side * 5.8, 0 * baluster + 7.3, baluster], -1),
            )
        )
        for z in bays[:-1] - 2.5:
            _tall_window(site, side, half, z, low, top, accent)
        for z in bays:
            _sconce(site, side * 5.82, 2.9, z, -side)
        for z in bays[1:-1:2] + 0.0:
            _gilt_chair(site, side * 5.2, z + 1.4, side, accent)
    _coffers(site, half, high, front, back, stone)
    _far_wall(site, back, half, high, accent, low, top, stone)
    site.slab((-2.2, 2.2), (0, 4.6), (front - 0.12, front), rgb("#d8c9a8"), Material.WOOD)
    site.slab((-0.04, 0.04), (0, 4.4), (front - 0.16, front), GOLD, Material.METAL)
    for x in (-6.5, -4, 4, 6.5):
        site.slab((x - 0.8, x + 0.8), (1.0, 4.2), (front - 0.1, front), rgb("#8f9aa0"), Material.GLASS)
    for k, z in enumerate((8.0, -4.5, -17.0)):
        chandelier = _chandelier()
        site.move(chandelier, swinging((0, high - 0.2, z), 0.012, 4.6, k * 1.3))
        site.lamp((0, 5.0, z), (1.35, 0.98, 0.58), 17)
    for side in (-1, 1):
        for z in (0.0, -12.5):
            site.lamp((side * 7.6, 3.2, z), tuple(0.9 * c for c in daylight), 10)
    site.lamp((0, 3.6, -28), (1.0, 0.7, 0.4), 10)
    return site.place(
        indoor=True, sky="none", ambient=(0.27, 0.24, 0.20), fog=(0.30, 0.22, 0.14), fog_density=0.004,
        depth=26, back=16.5, ceiling=6.2, width=4.6,
    )  # fmt: skip


def _tall_window(site: Site, side: int, half: float, z: float, low, top, accent) -> None:
    x = side * (half - 0.05)
    for k in range(3):
        a, b = z - 1.0 + 0.68 * k, z - 1.0 + 0.68 * k + 0.64
        first, second = (a, b) if side > 0 else (b, a)
        site.add(sky_pane([(x, 0.9, first), (x, 0.9, second), (x, 5.2, second), (x, 5.2, first)], low, top))
    angle = np.linspace(0, np.pi, 11)
    rim = np.stack([0 * angle + x, 5.2 + 1.02 * np.sin(angle), z - side * 1.02 * np.cos(angle)], -1)
    fan = np.concatenate([[[x, 5.2, z]], rim])
    site.add(
        mesh(
            fan,
            [[0, k, k + 1] if side < 0 else [0, k, k + 1] for k in range(1, 11)],
            top,
            Material.GLOW,
            np.tile([-float(side), 0, 0], (12, 1)),
        )
    )
    site.add(tube(rim, 0.08, GOLD, Material.METAL, 4))
    for v in (z - 1.06, z - 0.34, z + 0.34, z + 1.06):
        site.slab((x, x - side * 0.1), (0.9, 5.2), (v - 0.05, v + 0.05), rgb("#efe8d8"), Material.WOOD)
    for y in (0.85, 2.3, 3.75, 5.2):
        site.slab((x, x - side * 0.1), (y - 0.05, y + 0.05), (z - 1.06, z + 1.06), rgb("#efe8d8"), Material.WOOD)
    cloth = _swag(0.95, 6.1, accent, 4)
    for v in (z - 1.45, z + 1.45):
        site.add(cloth.transformed(translation(x - side * 0.25, 6.35, v) @ rotation("y", -side * np.pi / 2)))
    site.slab((x, x - side * 0.4), (6.3, 6.62), (z - 2.0, z + 2.0), GOLD, Material.METAL)


def _sconce(site: Site, x: float, y: float, z: float, face: int) -> None:
    site.box((x, y, z), (0.12, 0.4, 0.12), GOLD, Material.METAL)
    for dz in (-0.16, 0.16):
        site.box((x + face * 0.12, y + 0.22, z + dz), (0.05, 0.2, 0.05), rgb("#f6efdc"))
        site.box((x + face * 0.12, y + 0.37, z + dz), (0.05, 0.1, 0.05), rgb("#ffd084"), Material.GLOW)


def _gilt_chair(site: Site, x: float, z: float, side: int, accent) -> None:
    site.box((x, 0.46, z), (0.46, 0.08, 0.46), accent, Material.CLOTH)
    site.box((x + side * 0.22, 0.85, z), (0.05, 0.6, 0.42), accent * 0.9, Material.CLOTH)
    site.box((x + side * 0.23, 1.18, z), (0.07, 0.08, 0.48), GOLD, Material.METAL)
    for a in (-0.2, 0.2):
        for b in (-0.2, 0.2):
            site.box((x + a, 0.22, z + b), (0.05, 0.44, 0.05), GOLD, Material.METAL)


def _coffers(site: Site, half: float, high: float, front: float, back: float, stone) -> None:
    for z in np.arange(front, back - 0.1, -5.0):
        site.slab((-half, half), (high - 0.45, high), (z - 0.3, z + 0.3), stone, Material.PLASTER)
        site.slab((-half, half), (high - 0.5, high - 0.45), (z - 0.06, z + 0.06), GOLD, Material.METAL)
    for x in np.arange(-6, 6.1, 3.0):
        site.slab((x - 0.2, x + 0.2), (high - 0.4, high), (back, front), stone * 0.98, Material.PLASTER)
    for side in (-1, 1):
        site.slab(
            (side * half, side * (half - 0.5)), (high - 0.6, high - 0.2), (back, front), GOLD * 0.95, Material.METAL
        )
        site.slab((side * half, side * (half - 0.06)), (0, 0.8), (back, front), stone * 0.86, Material.WOOD)
    rose = lathe([(1.6, 0.0), (1.3, -0.1), (0.5, -0.14), (0.25, -0.3)], 20, GOLD, Material.METAL)
    for z in (8.0, -4.5, -17.0):
        site.add(rose.moved(0, high - 0.02, z))


def _far_wall(site: Site, z: float, half: float, high: float, accent, low, top, stone) -> None:
    """The end of the hall: a great arched mirror between drapes, a dais with steps, candelabra."""
    angle = np.linspace(0, np.pi, 17)
    rim = np.stack([2.3 * np.cos(angle), 4.6 + 2.3 * np.sin(angle), 0 * angle + z + 0.12], -1)
    frame = np.concatenate([[[2.3, 0.9, z + 0.12]], rim, [[-2.3, 0.9, z + 0.12]]])
    site.add(tube(frame, 0.2, GOLD, Material.METAL, 6))
    fan = np.concatenate([[[0, 3, z + 0.08]], frame - [0, 0, 0.04]])
    glass = mesh(
        fan,
        [[0, k, k + 1] for k in range(1, len(fan) - 1)] + [[0, len(fan) - 1, 1]],
        np.float32(low) * 0.55 + 0.25,
        Material.GLASS,
        np.tile([0.0, 0, 1], (len(fan), 1)),
    )
    site.add(glass)
    site.slab((-4.5, 4.5), (0, 0.18), (z, z + 2.6), stone * 0.9, Material.PLASTER)
    for side in (-1, 1):
        site.add(_swag(1.9, 7.4, accent, 6).transformed(translation(side * 3.7, 7.6, z + 0.35)))
        site.add(_swag(1.7, 7.4, accent * 0.85, 6).transformed(translation(side * 6.6, 7.6, z + 0.3)))
        stand = merge([cylinder(0.25, 0.08, GOLD, Material.METAL, 12), cylinder(0.05, 1.7, GOLD, Material.METAL, 8)])
        arms = [(0.28 * np.cos(a), 1.75, 0.28 * np.sin(a)) for a in np.arange(5) * 1.257]
        candles = boxes([(x, y + 0.15, w) for x, y, w in arms], (0.05, 0.28, 0.05), rgb("#f6efdc"))
        flames = boxes([(x, y + 0.36, w) for x, y, w in arms], (0.06, 0.13, 0.06), rgb("#ffd084"), Material.GLOW)
        branches = merge(
            [
                tube([(0, 1.5, 0), (x * 0.8, 1.55, w * 0.8), (x, y, w)], 0.025, GOLD, Material.METAL, 4)
                for x, y, w in arms
            ]
        )
        site.add(merge([stand, candles, flames, branches]).moved(side * 3.3, 0.18, z + 1.6))
    site.slab((-5, 5), (7.6, 7.9), (z, z + 0.7), GOLD, Material.METAL)


def _chandelier():
    """Three tiers of candles and crystal drops below the origin."""
    parts = [
        tube([(0, 0, 0), (0, -2.2, 0)], 0.03, GOLD, Material.METAL, 5),
        lathe([(0.02, -4.5), (0.22, -4.2), (0.1, -3.6), (0.16, -2.9), (0.05, -2.2)], 12, GOLD, Material.METAL),
    ]
    for radius, y, count in ((1.5, -3.9, 16), (1.05, -3.3, 12), (0.6, -2.7, 8)):
        a = np.linspace(0, 2 * np.pi, count, endpoint=False)
        ring = np.linspace(0, 2 * np.pi, 25)
        parts.append(
            tube(
                np.stack([radius * np.cos(ring), 0 * ring + y, radius * np.sin(ring)], -1),
                0.035,
                GOLD,
                Material.METAL,
                4,
            )
        )
        at = np.stack([radius * np.cos(a), 0 * a + y, radius * np.sin(a)], -1)
        parts.append(boxes(at + np.array([0, 0.14, 0]), (0.06, 0.24, 0.06), rgb("#f6efdc")))
        parts.append(boxes(at + np.array([0, 0.33, 0]), (0.08, 0.15, 0.08), rgb("#ffd890"), Material.GLOW))
        drop = lathe([(0.001, -0.34), (0.05, -0.24), (0.02, -0.05)], 5, rgb("#eef4f6"), Material.GLASS)
        parts.append(copies(drop, at))
        for k in range(0, count, 2):
            parts.append(
                tube([(0, y - 0.15, 0), at[k] * [0.5, 0, 0.5] + [0, y - 0.3, 0], at[k]], 0.025, GOLD, Material.METAL, 4)
            )
    return merge(parts)


def stage(site: Site) -> Place:
    """A concert stage seen from the front rows: wall of lights, trusses, lasers, drums, amplifiers, the crowd."""
    rng = site.rng
    accent = site.accent("#d03a6a")
    vivid = np.clip(accent / max(float(accent.max()), 0.3), 0, 1)
    other = np.float32(rgb("#4a7dff")) if vivid[2] < 0.85 or vivid[0] > 0.6 else np.float32(rgb("#ff5fa2"))
    black, iron = rgb("#141416"), rgb("#3b3e43")
    back, front, half, pit = -9.0, 19.0, 14.0, -1.9
    site.add(
        room(
            (-half, half),
            (pit, 11.5),
            (back, front),
            (rgb("#18181b"), Material.CONCRETE),
            (black, Material.MATTE),
            (rgb("#1b1a1f"), Material.CLOTH),
        )
    )
    site.slab((-10.5, 10.5), (pit, 0), (back, 5.2), rgb("#2b2522"), Material.MATTE)
    site.add(floor((-10.5, 10.5), (back, 5.2), 0.01, rgb("#5a4a40"), Material.WOOD))
    site.slab((-10.5, 10.5), (-0.25, -0.05), (5.2, 5.28), vivid * 0.6, Material.GLOW)
    site.slab((-1.6, 1.6), (pit, 0), (5.2, 15), rgb("#2b2522"), Material.MATTE)
    site.add(floor((-1.6, 1.6), (5.2, 15), 0.01, rgb("#5a4a40"), Material.WOOD))
    for x in (-1.62, 1.62):
        site.slab((x - 0.03, x + 0.03), (-0.2, -0.06), (5.2, 15), other * 0.6, Material.GLOW)
    _light_wall(site, back, vivid, other)
    _trusses(site, vivid, other, iron)
    _band_gear(site, accent, iron, black)
    for side in (-1, 1):
        for k, x in enumerate((6.6, 8.0, 9.4)):
            site.add(
                _swag(1.6, 11, accent * (0.7 - 0.12 * k), 5).transformed(
                    translation(side * (x + 1.0), 11, back + 2.4 + 2.2 * k)
                )
            )
    site.add(_swag(27, 2.2, accent * 0.75, 40).transformed(translation(0, 11.4, 4.6)))
    _crowd(site, pit)
    for k, (x, tone) in enumerate(((-4.5, vivid), (0, np.float32([1, 0.92, 0.8])), (4.5, other))):
        site.lamp((x, 5.8, -0.5 + (k == 1) * 3.4), tone**1.5 * 1.5, 12)
    site.lamp((-6, 3.5, -5), other**2 * 1.3, 9)
    site.lamp((6, 3.5, -5), vivid**2 * 1.3, 9)
    site.lamp((0, 4.0, -6.5), vivid**2 * 1.2, 8)
    site.lamp((0, 4.5, 11), tuple(0.35 * c for c in other), 12)
    return site.place(
        indoor=True, sky="none", ambient=(0.085, 0.08, 0.105), fog=tuple(0.055 * vivid + 0.02), fog_density=0.022,
        depth=5.5, back=14, ceiling=5.2, width=5.0,
    )  # fmt: skip


def _light_wall(site: Site, back: float, vivid, other) -> None:
    """A wall of small lights in the two colours, and bars in it that dance."""
    x, y = np.meshgrid(np.arange(-6.2, 6.21, 0.4), np.arange(0.7, 7.0, 0.4))
    x, y = x.ravel(), y.ravel()
    wave = 0.5 + 0.5 * np.sin(x * 0.7 + 1.5 * np.sin(y * 0.6)) * np.cos(y * 0.5 - np.abs(x) * 0.35)
    tone = np.clip(
        (vivid[None] * wave[:, None] + other[None] * (1 - wave[:, None])) * (0.12 + 0.55 * wave[:, None]), 0, 1
    )
    site.slab((-6.6, 6.6), (0.3, 7.3), (back + 0.05, back + 0.35), rgb("#0e0e11"))
    site.add(boxes(np.stack([x, y, 0 * x + back + 0.36], -1), (0.3, 0.3, 0.05), tone, Material.GLOW))
    bar = boxes([(0, 0.5, 0)], [(0.42, 1.0, 0.08)], np.clip(vivid * 0.6 + 0.25, 0, 1), Material.GLOW)
    for k in range(17):
        x0, beat = -6.0 + 0.75 * k, 1.6 + 0.37 * (k * 7 % 5)

        def motion(t, x0=x0, beat=beat, k=k):
            tall = 0.5 + 2.6 * np.sin(0.5 * np.pi * beat * t + 1.7 * k) ** 2 * (
                0.45 + 0.55 * np.cos(0.4 * (k - 8)) ** 2
            )
            return translation(x0, 0.6, back + 0.45) @ scaling(1, tall, 1)

        site.move(bar, motion)


def _trusses(site: Site, vivid, other, iron) -> None:
    for z, y in ((-7.0, 8.2), (-2.5, 8.6), (3.2, 8.8)):
        for dy, dz in ((0, 0), (0.5, 0), (0, 0.5), (0.5, 0.5)):
            site.add(tube([(-10, y + dy, z + dz), (10, y + dy, z + dz)], 0.045, iron, Material.METAL, 4))
        zig = np.arange(-10, 10.1, 0.5)
        points = np.stack([zig, y + 0.5 * (np.arange(len(zig)) % 2), 0 * zig + z], -1)
        site.add(tube(points, 0.025, iron, Material.METAL, 3))
        for k, x in enumerate(np.arange(-8.4, 8.5, 2.1)):
            tone = vivid if k % 2 else other
            lamp = merge(
                [
                    cylinder(0.2, 0.5, rgb("#18181a"), Material.METAL, 9, 0.15),
                    lathe([(0.0, 0.0), (0.17, 0.0)], 9, np.clip(tone * 0.8 + 0.2, 0, 1), Material.GLOW).moved(
                        0, -0.01, 0
                    ),
                ]
            )
            beam = tube([(0, -0.1, 0), (0, -9.5, 0)], [0.012, 0.02], np.clip(tone * 0.35, 0, 1), Material.GLOW, 3)
            lean = 0.5 * np.sign(-x or 1.0) * 0.4
            if z < -5 or (z < 0 and k % 2):
                phase = 0.8 * k
                at = translation(x, y - 0.35, z + 0.25)
                site.move(
                    merge([lamp, beam]),
                    lambda t, at=at, phase=phase, k=k: (
                        at
                        @ rotation("z", 0.55 * np.sin(0.9 * t + phase))
                        @ rotation("x", 0.25 - 0.2 * np.sin(0.6 * t + phase))
                    ),
                )
            else:
                site.add(lamp.transformed(translation(x, y - 0.35, z + 0.25) @ rotation("z", -lean)))
    for side in (-1, 1):
        for z in (-7.0, 3.2):
            for dx, dz in ((0, 0), (0.4, 0), (0, 0.4), (0.4, 0.4)):
                site.add(
                    tube([(side * 9.6 + dx, 0, z + dz), (side * 9.6 + dx, 9, z + dz)], 0.045, iron, Material.METAL, 4)
                )
            for y in np.arange(0.5, 8.5, 0.8):
                site.box((side * 9.6 + 0.2, y, z + 0.2), (0.45, 0.05, 0.45), iron, Material.METAL)


def _band_gear(site: Site, accent, iron, black) -> None:
    """Drums on a riser, amplifiers, speaker stacks, monitors, a keyboard, microphone stands beside the lane."""
    site.slab((-2.6, 2.6), (0, 0.55), (-8.4, -5.9), rgb("#202024"), Material.MATTE)
    site.slab((-2.6, 2.6), (0.42, 0.5), (-5.9, -5.86), accent, Material.GLOW)
    drum = lambda r, h: merge(
        [
            cylinder(r, h, accent, Material.GLOSS, 18),
            cylinder(r * 1.03, 0.05, rgb("#d8dadd"), Material.METAL, 18).moved(0, h - 0.04, 0),
            lathe([(r * 0.98, 0), (0.0, 0)], 18, rgb("#f2eee4")).moved(0, h + 0.02, 0),
        ]
    )
    kick = drum(0.36, 0.5).transformed(translation(0, 0.95, -6.6) @ rotation("x", np.pi / 2))
    site.add(
        kick,
        drum(0.19, 0.2).moved(-0.4, 1.25, -6.9),
        drum(0.2, 0.22).moved(0.4, 1.25, -6.9),
        drum(0.25, 0.45).moved(0.95, 0.75, -7.2),
        drum(0.2, 0.16).moved(-0.85, 1.0, -7.2),
    )
    for x, y, z, r in (
        (-1.25, 1.75, -7.0, 0.32),
        (1.2, 1.85, -7.1, 0.36),
        (-0.8, 2.0, -7.6, 0.3),
        (1.5, 1.45, -7.5, 0.3),
    ):
        site.add(
            lathe([(r, 0), (0.03, 0.06)], 16, rgb("#d0a83e"), Material.METAL).transformed(
                translation(x, y, z) @ rotation("x", 0.3)
            )
        )
        site.add(tube([(x, 0.55, z), (x, y, z)], 0.015, iron, Material.METAL, 4))
    for side in (-1, 1):
        for k, x in enumerate((3.6, 4.9)):
            for y in (0.0, 1.05):
                site.slab((side * x - 0.6, side * x + 0.6), (y, y + 1.0), (-6.4, -5.8), black)
                site.slab(
                    (side * x - 0.54, side * x + 0.54),
                    (y + 0.08, y + 0.86),
                    (-5.82, -5.77),
                    rgb("#3a3630"),
                    Material.CLOTH,
                )
            site.slab((side * x - 0.6, side * x + 0.6), (2.05, 2.35), (-6.4, -5.85), black)
            site.slab((side * x - 0.4, side * x + 0.4), (2.16, 2.22), (-5.85, -5.82), rgb("#d8a63c"), Material.GLOW)
        for y in range(5):
            site.slab((side * 8.9 - 0.8, side * 8.9 + 0.8), (0.1 + 1.15 * y, 1.2 + 1.15 * y), (3.0, 4.3), black)
            for dx in (-0.38, 0.38):
                cone = lathe([(0.3, 0.0), (0.1, -0.1), (0.0, -0.06)], 14, rgb("#47484c"), Material.GLOSS)
                site.add(
                    cone.transformed(translation(side * 8.9 + dx, 0.65 + 1.15 * y, 4.32) @ rotation("x", np.pi / 2))
                )
        for x in (2.4, 4.2, 6.0):
            wedge = mesh(
                [(-0.4, 0, 0.3), (0.4, 0, 0.3), (0.4, 0.36, 0.15), (-0.4, 0.36, 0.15), (-0.4, 0, -0.3), (0.4, 0, -0.3)],
                [[0, 1, 2], [0, 2, 3], [3, 2, 5], [3, 5, 4], [0, 3, 4], [1, 5, 2]],
                black,
            )
            site.add(wedge.moved(side * x, 0.01, 4.5))
        x, z = side * 3.1, 1.2
        stand = [
            cylinder(0.18, 0.03, iron, Material.METAL, 10),
            cylinder(0.014, 1.5, iron, Material.METAL, 5),
            limb((0, 1.5, 0), (-side * 0.25, 1.6, 0.02), 0.02, 0.03, rgb("#b8bcc0"), Material.METAL, 6),
        ]
        site.add(merge(stand).moved(x, 0.01, z))
    keys = [
        boxes([(0, 0.95, 0)], [(1.5, 0.12, 0.42)], accent * 0.7, Material.GLOSS),
        boxes([(0, 1.015, 0.08)], [(1.36, 0.02, 0.22)], rgb("#f2efe6")),
    ]
    x = np.arange(-0.62, 0.63, 0.1)
    keys.append(boxes(np.stack([x, 0 * x + 1.03, 0 * x + 0.03], -1), (0.035, 0.02, 0.12), black))
    keys += [tube([(-0.5 * s, 0, 0), (0.5 * s, 0.9, 0)], 0.025, iron, Material.METAL, 4) for s in (-1, 1)]
    site.add(merge(keys).transformed(translation(-4.6, 0, -3.0) @ rotation("y", 0.5)))


def _crowd(site: Site, pit: float) -> None:
    """Rows of heads and raised hands before the stage, dark against the light, swaying in two halves."""
    rng = site.rng
    head = sphere(0.13, (1, 1, 1), Material.MATTE, 7, 5).transformed(translation(0, 1.58, 0) @ scaling(1, 1.2, 1))
    body = lathe([(0.24, 0.0), (0.26, 1.0), (0.27, 1.25), (0.1, 1.42)], 7, (1, 1, 1), Material.CLOTH)
    arms = merge(
        [limb((s * 0.25, 1.28, 0), (s * 0.33, 1.95, 0.1), 0.06, 0.045, (1, 1, 1), Material.CLOTH, 4) for s in (-1, 1)]
    )
    x, z = np.meshgrid(np.arange(-12, 12.1, 0.72), np.arange(7.2, 18.5, 0.95))
    at = np.stack(
        [
            x.ravel() + rng.uniform(-0.2, 0.2, x.size),
            np.full(x.size, pit),
            z.ravel() + rng.uniform(-0.25, 0.25, x.size),
        ],
        -1,
    )
    at = at[np.abs(at[:, 0]) > 2.1]
    size, tone = rng.uniform(0.92, 1.08, len(at)), rng.uniform(0.10, 0.3, (len(at), 3))
    lifted, group = rng.random(len(at)) < 0.4, rng.integers(0, 2, len(at))
    for k in range(2):
        own = group == k
        people = merge(
            [
                copies(merge([head, body]), at[own], size[own], 0.0, tone[own]),
                copies(arms, at[own & lifted], size[own & lifted], 0.0, tone[own & lifted]),
            ]
        )
        site.move(
            people, lambda t, k=k: translation(0.05 * np.sin(3.3 * t + k), 0.035 * np.abs(np.sin(4.4 * t + 1.5 * k)), 0)
        )
    for side in (-1, 1):
        site.slab((side * 2.0, side * 12), (pit, pit + 1.1), (6.2, 6.25), rgb("#5a5d62"), Material.METAL)


def tunnel(site: Site) -> Place:
    """A road tunnel: tiled arch, two lines of light to the vanishing point, ribs, fans, niches, daylight ahead."""
    rng = site.rng
    accent = site.accent("#e08a2e")
    radius, front, back = 5.6, 46.0, -190.0
    low, top, daylight = outside(site)
    z = np.array([front, *np.arange(40, back, -6.0), back])
    arch = np.linspace(-0.12, np.pi + 0.12, 25)
    outline = np.stack([radius * np.cos(arch), 0.6 + radius * 0.98 * np.sin(arch)], -1)
    ring = np.stack(
        [
            np.broadcast_to(outline[None, :, 0], (len(z), 25)),
            np.broadcast_to(outline[None, :, 1], (len(z), 25)),
            np.broadcast_to(z[:, None], (len(z), 25)),
        ],
        -1,
    )
    site.add(surface(ring, rgb("#9a968e"), Material.CONCRETE))
    site.add(floor((-radius, radius), (front, back), 0, rgb("#3f4043"), Material.ASPHALT))
    for side in (-1, 1):
        site.slab((side * radius, side * 4.4), (-0.1, 0.3), (front, back), rgb("#8c877d"), Material.CONCRETE)
        site.slab((side * 4.42, side * 4.38), (0.02, 0.28), (front, back), rgb("#c9b24a"))
        wall_z = (front, back) if side > 0 else (back, front)
        site.add(wall((side * 5.45, wall_z[1]), (side * 5.45, wall_z[0]), 0.3, 2.9, rgb("#d9d4c6"), Material.PAVING))
        site.slab((side * 5.46, side * 5.4), (1.25, 1.65), (front, back), accent, Material.GLOSS)
        site.slab((side * 5.46, side * 5.38), (2.9, 3.0), (front, back), rgb("#55565a"), Material.METAL)
        site.add(tube([(side * 5.15, 3.35, front), (side * 5.15, 3.35, back)], 0.09, rgb("#77797c"), Material.METAL, 6))
        site.add(tube([(side * 4.95, 3.75, front), (side * 4.95, 3.75, back)], 0.06, rgb("#6a4a3a"), Material.METAL, 5))
        lamps = np.arange(front - 2, back, -4.0)
        glow = np.clip(np.float32(rgb("#ffc46b")) * 0.55 + np.asarray(accent) * 0.45 + 0.12, 0, 1)
        site.add(
            boxes(np.stack([0 * lamps + side * 3.3, 0 * lamps + 5.0, lamps], -1), (0.3, 0.12, 2.6), glow, Material.GLOW)
        )
        site.add(
            boxes(
                np.stack([0 * lamps + side * 3.34, 0 * lamps + 5.09, lamps], -1),
                (0.44, 0.12, 2.9),
                rgb("#4a4b4e"),
                Material.METAL,
            )
        )
        studs = np.arange(front, back, -8.0)
        site.add(
            boxes(
                np.stack([0 * studs + side * 4.2, 0 * studs + 0.04, studs], -1),
                (0.14, 0.07, 0.14),
                rgb("#ffdf9a"),
                Material.GLOW,
            )
        )
        site.add(floor((side * 3.9 - 0.07, side * 3.9 + 0.07), (front, back), 0.015, rgb("#d8d5ca"), Material.ASPHALT))
        for k, v in enumerate(np.arange(10.0, -160, -24.0)):
            v -= 12 * (side > 0)
            site.slab((side * 5.47, side * 5.3), (0.3, 2.7), (v - 0.75, v + 0.75), rgb("#3f6b4c"), Material.GLOSS)
            site.slab((side * 5.3, side * 5.26), (2.05, 2.5), (v - 0.5, v + 0.5), rgb("#3fd17a"), Material.GLOW)
            site.slab((side * 5.3, side * 5.27), (0.35, 1.9), (v - 0.6, v + 0.6), rgb("#5a8a68"), Material.METAL)
            if k < 4 and side < 0:
                site.lamp((side * 4.4, 2.3, v), (0.15, 0.6, 0.3), 6)
    rib = tube(
        np.stack([outline[:, 0] * 0.985, outline[:, 1] * 0.985, 0 * arch], -1),
        0.16,
        rgb("#7d7a74"),
        Material.CONCRETE,
        4,
    )
    site.add(copies(rib, [(0, 0, v) for v in np.arange(40, back, -6.0)]))
    dashes = np.arange(front, back, -6.0)
    site.add(
        boxes(
            np.stack([0 * dashes, 0 * dashes + 0.008, dashes], -1), (0.14, 0.014, 2.4), rgb("#dedacd"), Material.ASPHALT
        )
    )
    blades = merge(
        [
            boxes([(0, 0.26, 0)], [(0.12, 0.42, 0.03)], rgb("#2f3134"), Material.METAL).transformed(
                rotation("z", k * np.pi / 3)
            )
            for k in range(6)
        ]
    )
    shell = lathe([(0.5, -1.1), (0.56, -0.9), (0.56, 0.9), (0.5, 1.1)], 14, rgb("#8f9398"), Material.METAL).transformed(
        rotation("x", np.pi / 2)
    )
    for k, v in enumerate((-6.0, -42.0, -78.0, -114.0)):
        for x in (-1.0, 1.0):
            site.add(shell.moved(x, 5.45, v))
            at = translation(x, 5.45, v + 0.9)
            site.move(blades, lambda t, at=at, x=x: at @ rotation("z", 9 * t * x))
    for v, face in ((back + 0.3, 1), (front - 0.3, -1)):
        a = np.linspace(-0.12, np.pi + 0.12, 25)
        rim = np.stack([face * radius * np.cos(a), 0.6 + radius * 0.98 * np.sin(a), 0 * a + v], -1)
        fan = np.concatenate([[[0, 1.5, v]], rim])
        shade = np.clip(low[None] * 1.0 + (top - low)[None] * np.clip(fan[:, 1:2] / 6, 0, 1) * 0.7 + 0.08, 0, 1)
        site.add(
            mesh(
                fan,
                [[0, k, k + 1] for k in range(1, 25)],
                shade,
                Material.GLOW,
                np.tile([0.0, 0, float(face)], (26, 1)),
            )
        )
    site.add(floor((-60, 60), (front - 1, front + 1), -0.02, rgb("#3f4043"), Material.ASPHALT))
    tone = (np.float32(rgb("#ffc46b")) ** 2.2) * 0.75 + (np.asarray(accent) ** 2.2) * 0.25
    for v in np.arange(22.0, -80, -15.0):
        site.lamp((0, 4.6, v), tone * 1.5, 16)
    site.lamp((0, 3, back + 6), daylight, 40)
    return site.place(
        indoor=True, sky="none", ambient=(0.16, 0.14, 0.12), fog=tuple(0.16 * tone + 0.25 * np.float32(daylight) * 0.5), fog_density=0.0065,
        depth=150, back=34, ceiling=4.2, width=3.2,
    )  # fmt: skip
