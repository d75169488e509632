"""The road tunnel."""

import numpy as np

from ..mesh import (
    Material,
    lathe,
    merge,
    mesh,
    rgb,
    rotation,
    translation,
)
from ..scene import Place
from .daylight import outside
from .parts import (
    Site,
    boxes,
    copies,
    floor,
    surface,
    tube,
    wall,
)


def tunnel(site: Site) -> Place:
    """A road tunnel: tiled arch, two lines of light to the vanishing point, ribs, fans, niches, daylight ahead."""
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
    _graffiti(site)
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
    for v in (-6.0, -42.0, -78.0, -114.0):
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
        indoor=True,
        sky="none",
        ambient=(0.16, 0.14, 0.12),
        fog=tuple(0.16 * tone + 0.25 * np.float32(daylight) * 0.5),
        fog_density=0.0065,
        depth=150,
        back=34,
        ceiling=4.2,
        width=3.2,
    )


def _graffiti(site: Site) -> None:
    """Patches of paint and soot on the tiles, each tunnel its own."""
    rng = site.rng
    tones = [rgb(c) for c in ("#3a3f4a", "#6b4f8a", "#c9553f", "#3f7f8a", "#d9b24a", "#55524c")]
    for _ in range(46):
        side, z = int(rng.choice([-1, 1])), rng.uniform(-150, 36)
        y, tall, wide = rng.uniform(0.5, 2.2), rng.uniform(0.1, 0.5), rng.uniform(0.2, 1.3)
        tone = np.float32(tones[int(rng.integers(len(tones)))])
        site.box((side * 5.43, y, z), (0.03, tall, wide), tone, Material.CONCRETE)
