"""The bedroom."""

import numpy as np

from ..mesh import (
    Material,
    cylinder,
    lathe,
    limb,
    merge,
    noise,
    rgb,
    rotation,
    sphere,
    translation,
)
from ..scene import Place
from . import plants
from .buildings import (
    GLOW_WARM,
    swinging,
)
from .daylight import outside, sky_pane
from .parts import (
    Site,
    boxes,
    copies,
    room,
    surface,
    tube,
)


def bedroom(site: Site) -> Place:
    """A lived-in room: bed, window with moving curtains, fairy lights, desk, shelves, posters, a rug."""
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
    points = np.concatenate(
        [
            np.stack([x0 + 0.06 + 0 * share, 2.55 - 0.16 * np.abs(np.sin(share * 12)), 4.5 - 10 * share], -1),
            np.stack([x0 + 0.1 + 8.2 * share, 2.62 - 0.16 * np.abs(np.sin(share * 11)), z0 + 0.07 + 0 * share], -1),
        ]
    )
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
    _front_half(site, accent)
    return site.place(
        indoor=True, sky="none", ambient=(0.20, 0.185, 0.175), fog=(0.25, 0.2, 0.17), fog_density=0.002,
        depth=4.6, back=5.8, ceiling=2.2, width=2.0,
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


def _front_half(site: Site, accent) -> None:
    """The half of the room nearer the camera: an armchair, drawers with a record player, a floor lamp, a guitar."""
    wood, cloth = rgb("#9a6f45"), accent * 0.75
    x, z = -3.25, 1.6
    for size, at in (
        ((0.95, 0.24, 0.9), (0, 0.3, 0)),
        ((0.95, 0.62, 0.2), (0, 0.62, -0.4)),
        ((0.2, 0.42, 0.9), (-0.46, 0.42, 0)),
        ((0.2, 0.42, 0.9), (0.46, 0.42, 0)),
    ):
        piece = boxes([at], [size], cloth, Material.CLOTH).transformed(translation(x, 0, z) @ rotation("y", 1.0))
        site.add(piece)
    cushion = sphere(1, rgb("#efe2cd"), Material.CLOTH, 10, 7).transformed(
        translation(x + 0.05, 0.58, z) @ np.diag([0.28, 0.16, 0.28, 1])
    )
    site.add(cushion)
    site.slab((-4.18, -3.7), (0.08, 0.85), (3.2, 4.7), wood, Material.WOOD)
    for y in (0.28, 0.54):
        site.slab((-3.7, -3.68), (y - 0.1, y + 0.12), (3.28, 4.62), np.asarray(wood) * 1.1, Material.WOOD)
        for v in (3.6, 4.3):
            site.box((-3.66, y, v), (0.03, 0.03, 0.12), rgb("#c79a3a"), Material.METAL)
    site.slab((-4.12, -3.76), (0.85, 0.97), (3.6, 4.1), rgb("#3a2f2a"), Material.WOOD)
    disc = cylinder(0.16, 0.015, rgb("#141416"), Material.GLOSS, 20)
    label = cylinder(0.05, 0.02, accent, Material.MATTE, 14)
    site.move(
        merge([disc, label]).moved(-3.94, 0.975, 3.85),
        lambda t: translation(-3.94, 0, 3.85) @ rotation("y", -3.49 * t) @ translation(3.94, 0, -3.85),
    )
    stand = [
        cylinder(0.17, 0.03, rgb("#33363a"), Material.METAL, 14),
        cylinder(0.018, 1.55, rgb("#33363a"), Material.METAL, 7),
    ]
    stand.append(lathe([(0.27, 1.45), (0.15, 1.82)], 16, rgb("#ffd79a"), Material.GLOW))
    site.add(merge(stand).moved(-3.75, 0, 2.65))
    site.lamp((-3.3, 1.7, 2.65), (0.8, 0.5, 0.26), 5)
    body = [
        sphere(1, rgb("#b5702f"), Material.GLOSS, 14, 8).transformed(translation(0, y, 0) @ np.diag([w, w, 0.07, 1]))
        for y, w in ((0.26, 0.25), (0.58, 0.19))
    ]
    body += [
        boxes([(0, 1.0, 0.03), (0, 1.36, 0.03)], [(0.06, 0.7, 0.04), (0.1, 0.16, 0.04)], rgb("#4a3324"), Material.WOOD),
        cylinder(0.08, 0.02, rgb("#1d1512"), Material.MATTE, 14).transformed(
            translation(0, 0.52, 0.065) @ rotation("x", np.pi / 2)
        ),
    ]
    site.add(merge(body).transformed(translation(3.75, 0.02, 0.7) @ rotation("y", -1.35) @ rotation("x", -0.16)))
