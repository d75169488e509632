"""What people put into a landscape: cottages, tents, windmills, fences, lamps, houses with lit windows."""

from itertools import pairwise

import numpy as np

from ..mesh import Material, Mesh, cylinder, limb, merge, mesh, rgb, rotation, sphere, translation
from .parts import boxes, floor, slab, tube, wall

WARM = (2.0, 1.42, 0.82)  # lamp light, linear
STREET = (4.6, 3.2, 1.8)  # the same from a mast: it has to reach the ground six metres below
GLOW_WARM = rgb("#ffd89a")
FRAME_WHITE = rgb("#e9e4d8")
TIMBER = rgb("#7a5a3c")
FENCE_WOOD = rgb("#8b7257")
IRON = rgb("#2e3338")
BLACK_IRON = rgb("#2b2b2e")
FLAT_ROOF = rgb("#5a5751")
CABLE = rgb("#1d1e20")


def gable(width: float, depth: float, eaves: float, rise: float, wall_look, roof_look, over: float = 0.35) -> Mesh:
    """A pitched-roof body on y = 0, ridge along x, with closed gables; looks are (colour, material)."""
    x, z = width / 2, depth / 2
    top = eaves + rise
    body = merge([
        wall((-x, z), (x, z), 0, eaves, *wall_look),
        wall((x, -z), (-x, -z), 0, eaves, *wall_look),
        wall((x, z), (x, -z), 0, eaves, *wall_look),
        wall((-x, -z), (-x, z), 0, eaves, *wall_look),
        mesh([(x, eaves, z), (x, eaves, -z), (x, top, 0), (-x, eaves, -z), (-x, eaves, z), (-x, top, 0)],
             [[0, 1, 2], [3, 4, 5]], *wall_look),
    ])  # fmt: skip
    drop = over * rise / z
    a, b = x + over, z + over
    front = [(-a, eaves - drop, b), (a, eaves - drop, b), (a, top + 0.06, 0), (-a, top + 0.06, 0)]
    rear = [(a, eaves - drop, -b), (-a, eaves - drop, -b), (-a, top + 0.06, 0), (a, top + 0.06, 0)]
    below = [(px, py - 0.12, pz) for px, py, pz in front[::-1] + rear[::-1]]
    points = np.array(front + rear + below)
    roof = mesh(
        points, [[k, k + 1, k + 2] for k in (0, 4, 8, 12)] + [[k, k + 2, k + 3] for k in (0, 4, 8, 12)], *roof_look
    )
    rim = []
    for side in (-a, a):
        for sign in (-1, 1):
            rim.append(
                tube([(side, eaves - drop - 0.05, sign * b), (side, top, 0)], 0.08, roof_look[0], roof_look[1], 4)
            )
    return merge([body, roof, *rim])


def window(x: float, y: float, z: float, width: float, height: float, lit: bool, frame=FRAME_WHITE, depth=0.06) -> Mesh:
    """A framed window on a wall that looks towards +z at z."""
    pane = rgb("#ffcf87") if lit else rgb("#35424e")
    bars = [(x, y, z), (x, y, z + depth / 2), (x, y, z + depth / 2)]
    glass = boxes([bars[0]], [(width, height, depth)], pane, Material.GLOW if lit else Material.GLASS)
    cross = boxes(
        [*bars[1:], (x, y - height / 2, z + 0.05), (x, y + height / 2, z),
         (x - width / 2, y, z), (x + width / 2, y, z)],
        [(0.05, height, depth), (width, 0.05, depth), (width + 0.25, 0.08, 0.2), (width + 0.16, 0.1, 0.1),
         (0.09, height, 0.1), (0.09, height, 0.1)],
        frame,
    )  # fmt: skip
    return merge([glass, cross])


def cottage(
    wall_colour, roof_colour, door_colour, lit: bool, snow: bool = False, wall_material=Material.PLASTER
) -> Mesh:
    """A small house, 8 m wide and 6 m deep, front towards +z, with door, windows and chimney."""
    roof = (rgb("#f1f4f7"), Material.SNOW) if snow else (roof_colour, Material.BRICK)
    door = boxes([(-1.1, 1.05, 3.02)], [(1.1, 2.1, 0.1)], door_colour, Material.WOOD)
    step = boxes([(-1.1, 0.08, 3.4)], [(1.8, 0.16, 0.8)], rgb("#8d877c"), Material.CONCRETE)
    side = [window(x, 1.6, 3.0, 1.1, 1.2, lit) for x in (-2.9, 1.0, 2.8)]
    gable_window = window(0, 1.7, 4.0, 1.1, 1.2, lit)
    flank = [gable_window.transformed(rotation("y", turn)) for turn in (np.pi / 2, -np.pi / 2)]
    chimney = boxes([(2.2, 5.0, -0.9)], [(0.8, 2.4, 0.8)], rgb("#8a5a48"), Material.BRICK)
    cap = boxes([(2.2, 6.2, -0.9)], [(1.0, 0.15, 1.0)], rgb("#f4f6f8") if snow else rgb("#6b625a"))
    body = gable(8, 6, 2.8, 2.4, (wall_colour, wall_material), roof)
    return merge([body, door, step, *side, *flank, chimney, cap])


def tent(colour, pole=TIMBER, width: float = 5.0, height: float = 2.9) -> Mesh:
    """A striped ridge tent with an open front towards +z and guy ropes."""
    half, depth = width / 2, width * 0.62
    stripes = []
    edges = np.linspace(-depth, depth, 9)
    pale = np.clip(np.asarray(colour) * 0.35 + np.float32(rgb("#efe4cc")) * 0.65, 0, 1)
    for k, (z0, z1) in enumerate(pairwise(edges)):
        tone = colour if k % 2 else pale
        for side in (-1, 1):
            sag = [(0, height), (side * half * 0.42, height * 0.52), (side * half, 0.25), (side * half * 1.02, 0)]
            for (xa, ya), (xb, yb) in pairwise(sag):
                points = [(xb, yb, z0), (xb, yb, z1), (xa, ya, z1), (xa, ya, z0)]
                stripes.append(mesh(points, [[0, 1, 2], [0, 2, 3]], tone, Material.CLOTH))
    back = mesh([(-half, 0, -depth), (half, 0, -depth), (0, height, -depth)], [[2, 1, 0]], pale, Material.CLOTH)
    inside = mesh(
        [(-half, 0, depth * 0.55), (half, 0, depth * 0.55), (0, height, depth * 0.55)],
        [[0, 1, 2]],
        rgb("#2b2018"),
        Material.CLOTH,
    )
    poles = [limb((0, 0, z), (0, height + 0.35, z), 0.06, 0.05, pole, Material.WOOD, 5) for z in (-depth, depth)]
    ropes = [
        tube([(0, height, z), (side * half * 0.6, 0, z * 1.6)], 0.025, rgb("#cbb994"), Material.CLOTH, 3)
        for z in (-depth, depth) for side in (-1, 1)
    ]  # fmt: skip
    return merge([*stripes, back, inside, *poles, *ropes])


def fence(points, height: float = 1.1, colour=FENCE_WOOD, rails: int = 2, every: float = 2.2) -> Mesh:
    """Posts and rails along (x, y, z) points; posts lean a little, each its own way."""
    points = np.asarray(points, float)
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    at = np.arange(0, length[-1] + 1e-6, every)
    posts = np.stack([np.interp(at, length, points[:, k]) for k in range(3)], -1)
    lean = np.sin(at * 12.9898) * 0.06
    centres = posts + np.stack([lean, np.full_like(at, height / 2), lean * 0.5], -1)
    parts = [boxes(centres, (0.14, height + 0.1, 0.14), colour, Material.WOOD, lean * 4)]
    for rail in range(rails):
        y = height * (rail + 0.75) / rails - 0.12 * (rails > 1)
        parts.append(tube(posts + np.array([0, y, 0.06]), 0.05, colour, Material.WOOD, 4))
    return merge(parts)


def windmill(wall_colour, cap_colour, lit: bool) -> tuple[Mesh, Mesh, tuple[float, float, float]]:
    """A tower mill 14 m high, front towards +z: body, sails about their own hub, and where the hub sits."""
    body = cylinder(3.2, 10.5, wall_colour, Material.PLASTER, 14, 2.1)
    cap = cylinder(2.3, 2.6, cap_colour, Material.WOOD, 14, 0.4).moved(0, 10.4, 0)
    door = boxes([(0, 1.1, 3.1)], [(1.2, 2.2, 0.4)], cap_colour, Material.WOOD)
    rows = merge([window(0, y, z, 0.8, 1.0, lit) for y, z in ((4.6, 2.72), (7.6, 2.4))])
    sails = [limb((0, 0, -0.8), (0, 0, 0.4), 0.25, 0.2, rgb("#5d4a38"), Material.WOOD, 6)]
    for k in range(4):
        arm = [boxes([(0, 3.6, 0.1)], [(0.16, 7.2, 0.16)], rgb("#6a5440"), Material.WOOD)]
        y = np.linspace(1.6, 6.9, 8)
        arm.append(
            boxes(np.stack([0 * y + 0.65, y, 0 * y + 0.1], -1), (1.3, 0.09, 0.08), rgb("#6a5440"), Material.WOOD)
        )
        arm.append(boxes([(0.68, 4.25, 0.06)], [(1.15, 5.2, 0.04)], rgb("#efe7d6"), Material.CLOTH))
        sails.append(merge(arm).transformed(rotation("z", k * np.pi / 2)))
    return merge([body, cap, door, rows]), merge(sails), (0.0, 11.3, 3.2)


def turning(hub, period: float, axis: str = "z"):
    """Motion of a wheel about its hub, one turn in `period` seconds."""
    at = translation(*hub)
    return lambda seconds: at @ rotation(axis, 2 * np.pi * seconds / period)


def swinging(hub, angle: float, period: float, phase: float = 0.0, axis: str = "z"):
    """Motion of a thing hung at `hub`, `angle` radians to either side."""
    at = translation(*hub)
    return lambda seconds: at @ rotation(axis, angle * np.sin(2 * np.pi * seconds / period + phase))


def lamp_post(height: float, arm: float, colour=IRON, glow=GLOW_WARM) -> Mesh:
    """A street lamp at the origin; its arm reaches `arm` metres along x (negative: to the left) and ends in a light."""
    mast = tube([(0, 0, 0), (0, height * 0.5, 0), (0, height, 0)], [0.11, 0.075, 0.06], colour, Material.METAL, 6)
    share = np.linspace(0, 1, 5)
    bend = np.stack([arm * share, height + 0.45 * np.sin(share * 1.9), 0 * share], -1)
    head = boxes([(arm, height + 0.4, 0)], [(0.75, 0.14, 0.34)], colour, Material.METAL)
    light = boxes([(arm, height + 0.3, 0)], [(0.6, 0.1, 0.26)], glow, Material.GLOW)
    return merge(
        [
            cylinder(0.2, 0.6, colour, Material.METAL, 8, 0.13),
            mast,
            tube(bend, 0.05, colour, Material.METAL, 5),
            head,
            light,
        ]
    )


def lantern(colour=BLACK_IRON, glow=GLOW_WARM, size: float = 0.3) -> Mesh:
    """A hanging lantern below the origin."""
    top = cylinder(size * 0.75, size * 0.5, colour, Material.METAL, 6, 0.03).moved(0, -size * 0.9, 0)
    light = sphere(size * 0.55, glow, Material.GLOW, 8, 6).transformed(translation(0, -size * 1.4, 0))
    base = cylinder(size * 0.6, size * 0.16, colour, Material.METAL, 6).moved(0, -size * 2.05, 0)
    return merge([tube([(0, 0, 0), (0, -size * 0.5, 0)], 0.012, colour, Material.METAL, 3), top, light, base])


def block(x, z, height: float, colour, roof=FLAT_ROOF, base: float = 0.0, storey: Material = Material.FACADE) -> Mesh:
    """A house block with windows on all four sides, a flat roof with a parapet, from `base` to `height`."""
    (x0, x1), (z0, z1) = x, z
    sides = [((x0, z1), (x1, z1)), ((x1, z1), (x1, z0)), ((x1, z0), (x0, z0)), ((x0, z0), (x0, z1))]
    walls = [wall(a, b, base, height, colour, storey) for a, b in sides]
    edge = np.asarray(colour) * 0.72
    rim = 0.3
    parapet = [
        slab((x0 - rim, x1 + rim), (height - 0.5, height + 0.25), (z1 - 0.05, z1 + rim), edge, Material.CONCRETE),
        slab((x0 - rim, x1 + rim), (height - 0.5, height + 0.25), (z0 - rim, z0 + 0.05), edge, Material.CONCRETE),
        slab((x0 - rim, x0 + 0.05), (height - 0.5, height + 0.25), (z0, z1), edge, Material.CONCRETE),
        slab((x1 - 0.05, x1 + rim), (height - 0.5, height + 0.25), (z0, z1), edge, Material.CONCRETE),
    ]
    return merge([*walls, floor(x, z, height, roof, Material.CONCRETE), *parapet])


def wire(start, end, sag: float = 0.8, radius: float = 0.02, colour=CABLE) -> Mesh:
    share = np.linspace(0, 1, 9)
    points = np.outer(1 - share, start) + np.outer(share, end)
    points[:, 1] -= sag * 4 * share * (1 - share)
    return tube(points, radius, colour, Material.MATTE, 3)


def bulb_string(start, end, count: int, colours, sag: float = 0.9, radius: float = 0.07) -> Mesh:
    """A hanging wire with glowing bulbs; colours (K, 3) taken in turn."""
    share = (np.arange(count) + 0.5) / count
    points = np.outer(1 - share, start) + np.outer(share, end)
    points[:, 1] -= sag * 4 * share * (1 - share) + radius
    tint = np.asarray(colours, float)[np.arange(count) % len(colours)]
    bulbs = boxes(points, radius * 1.6, tint, Material.GLOW, 0.78)
    return merge([wire(start, end, sag), bulbs])
