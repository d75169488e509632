"""The concert stage."""

import numpy as np

from ..mesh import (
    Material,
    cylinder,
    lathe,
    limb,
    merge,
    mesh,
    rgb,
    rotation,
    scaling,
    sphere,
    translation,
)
from ..scene import Place
from .ballroom import drapery
from .parts import (
    Site,
    boxes,
    copies,
    floor,
    room,
    tube,
)


def stage(site: Site) -> Place:
    """A concert stage seen from the front rows: wall of lights, trusses, lasers, drums, amplifiers, the crowd."""
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
                drapery(1.6, 11, accent * (0.7 - 0.12 * k), 5).transformed(
                    translation(side * (x + 1.0), 11, back + 2.4 + 2.2 * k)
                )
            )
    site.add(drapery(27, 2.2, accent * 0.75, 40).transformed(translation(0, 11.4, 4.6)))
    _crowd(site, pit)
    for k, (x, tone) in enumerate(((-4.5, vivid), (0, np.float32([1, 0.92, 0.8])), (4.5, other))):
        site.lamp((x, 5.8, -0.5 + (k == 1) * 3.4), tone**1.5 * 2.2, 14)
    site.lamp((1.2, 4.2, 3.8), (5.0, 4.5, 3.9), 13)  # the follow spot
    site.lamp((-6, 3.5, -5), other**2 * 1.3, 9)
    site.lamp((6, 3.5, -5), vivid**2 * 1.3, 9)
    site.lamp((0, 4.0, -6.5), vivid**2 * 1.2, 8)
    site.lamp((0, 4.5, 11), tuple(0.35 * c for c in other), 12)
    return site.place(
        indoor=True, sky="none", ambient=(0.13, 0.12, 0.155), fog=tuple(0.055 * vivid + 0.02), fog_density=0.022,
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
        for x in (3.6, 4.9):
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
