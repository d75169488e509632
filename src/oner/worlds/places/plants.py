"""Trees, bushes, flowers, grass and rocks: small meshes about one metre or one tree high, made to be copied."""

from functools import lru_cache

import numpy as np

from ..mesh import Material, Mesh, lathe, limb, merge, mesh, rgb
from .parts import blob, copies, tube


def tone_of(colour) -> tuple[float, ...]:
    """Colours come as "#rrggbb" or as floats; both can be a cache's key."""
    return rgb(colour) if isinstance(colour, str) else tuple(colour)


def _trunk(height: float, radius: float, colour, sides: int = 6, bend: float = 0.0) -> Mesh:
    share = np.linspace(0, 1, 4)
    points = np.stack([bend * share**2, height * share, 0 * share], -1)
    return tube(points, radius * (1.25 - 0.9 * share), colour, Material.BARK, sides)


def _bough(start, end, radius: float, end_radius: float, colour, sides: int = 4) -> Mesh:
    return tube(np.array([start, end]), np.array([radius, end_radius]), colour, Material.BARK, sides)


@lru_cache(maxsize=32)
def conifer(variant: int = 0, tiers: int = 6, snow: bool = False, far: bool = False) -> Mesh:
    """A fir one unit high: drooping, jagged tiers of branches; `far` is the cheap one for the distance."""
    rng = np.random.default_rng([variant, 11])
    points = 5 if far else 9
    tiers = 3 if far else tiers
    parts = [] if far else [_bough((0, 0, 0), (0, 0.5, 0), 0.026, 0.012, rgb("#4a382b"), 5)]
    for tier in range(tiers):
        share = tier / tiers
        base, top = 0.12 + 0.80 * share, min(1.0, 0.12 + 0.80 * share + 0.36 * (1 - 0.35 * share))
        radius = 0.27 * (1 - share) ** 0.85 + 0.035
        angle = np.linspace(0, 2 * np.pi, 2 * points, endpoint=False) + rng.uniform(0, 6)
        reach = radius * np.where(np.arange(2 * points) % 2, 0.62, 1.0) * rng.uniform(0.82, 1.12, 2 * points)
        droop = np.where(np.arange(2 * points) % 2, 0.02, -0.035) * (1 + rng.uniform(-0.4, 0.4, 2 * points))
        ring = np.stack([reach * np.cos(angle), base + droop, -reach * np.sin(angle)], -1)
        vertices = np.concatenate([[[0, top, 0]], ring])
        index = np.arange(2 * points)
        faces = np.stack([np.zeros_like(index), index + 1, (index + 1) % (2 * points) + 1], -1)
        green = np.array(rgb("#2c4f37")) * (0.8 + 0.35 * share)
        tips = np.array(rgb("#f0f4f8")) if snow else green * 1.45
        colour = np.concatenate([[green * 0.8 if not snow else tips * 0.92], np.where(index[:, None] % 2, green, tips)])
        outward = vertices * [1, 0, 1] / np.maximum(np.linalg.norm(vertices * [1, 0, 1], axis=1, keepdims=True), 1e-9)
        normals = outward * 0.85 + [0, 0.55, 0]
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        parts.append(mesh(vertices, faces, colour, Material.LEAF, normals))
    return merge(parts)


def leaf_cloud(
    rng: np.random.Generator, count: int, radius, size: float, colour, centre=(0.0, 0.0, 0.0), material=Material.LEAF
) -> Mesh:
    """A crown as `count` leafy cards on an ellipsoid, lit as one round thing: normals point away from its centre.
    `radius` is (x, y, z)."""
    direction = rng.normal(size=(count, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    at = direction * np.asarray(radius) * rng.uniform(0.72, 1.05, (count, 1))
    facing = direction + rng.normal(size=(count, 3)) * 0.35
    side = np.cross(facing, rng.normal(size=(count, 3)))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    up = np.cross(facing / np.linalg.norm(facing, axis=1, keepdims=True), side)
    spread = size * rng.uniform(0.7, 1.3, (count, 1, 1))
    outline = np.array([[-0.9, -0.5], [0.9, -0.6], [0.15, 1.0]])
    corners = at[:, None] + spread * (outline[None, :, :1] * side[:, None] + outline[None, :, 1:] * up[:, None])
    normals = np.repeat(direction * [1, 1.2, 1] + [0, 0.15, 0], 3, axis=0)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    # Lower and inner leaves are darker: a crown without its own shadow looks like a balloon.
    light = 0.72 + 0.28 * direction[:, 1:2] + rng.uniform(-0.12, 0.12, (count, 1))
    colours = np.repeat(np.array(tone_of(colour))[None] * np.clip(light, 0.3, 1.2), 3, axis=0)
    faces = np.arange(count * 3).reshape(-1, 3)
    return mesh(corners.reshape(-1, 3) + np.asarray(centre), faces, np.clip(colours, 0, 1), material, normals)


@lru_cache(maxsize=32)
def broadleaf(variant: int = 0, colour="#5d8a3c", leaves: int = 190, bark="#5b4634", blossom: bool = False) -> Mesh:
    """A round-crowned tree one unit high: trunk, three boughs, and leaf cards around dark cores."""
    rng = np.random.default_rng([variant, 23])
    material = Material.PETAL if blossom else Material.LEAF
    parts = [_trunk(0.5, 0.03, tone_of(bark), 6, rng.uniform(-0.04, 0.04))]
    lobes = [(0.0, 0.72, 0.0, 0.27)]
    for turn in range(4):
        angle = turn * 1.57 + rng.uniform(-0.5, 0.5)
        reach = rng.uniform(0.13, 0.2)
        lobes.append((reach * np.cos(angle), rng.uniform(0.52, 0.68), reach * np.sin(angle), rng.uniform(0.16, 0.22)))
    for x, y, z, r in lobes:
        parts.append(_bough((0, 0.34, 0), (x * 0.8, y, z * 0.8), 0.018, 0.008, tone_of(bark)))
        core = blob(np.array(tone_of(colour)) * 0.62, material, variant, 0, 0.3, smooth=True)
        parts.append(copies(core, [(x, y, z)], [(r * 0.78, r * 0.7, r * 0.78)]))
        share = leaves * r * r / sum(lobe[3] ** 2 for lobe in lobes)
        parts.append(
            leaf_cloud(rng, int(share), (r, r * 0.9, r), r * 3.5 / np.sqrt(leaves), colour, (x, y, z), material)
        )
    return merge(parts)


@lru_cache(maxsize=8)
def forest_trunk(variant: int = 0) -> Mesh:
    """A tall forest tree one unit high: a long bare trunk with flared roots, dead twigs, and the crown far up."""
    rng = np.random.default_rng([variant, 29])
    bark = np.array(rgb("#5a4938")) * rng.uniform(0.85, 1.15)
    share = np.array([0.0, 0.015, 0.05, 0.2, 0.45, 0.7, 0.92])
    bend = rng.uniform(-0.03, 0.03, 2)
    points = np.stack([bend[0] * share**2, share - 0.01, bend[1] * share**2], -1)
    parts = [tube(points, 0.026 * np.array([1.9, 1.45, 1.12, 1.0, 0.85, 0.6, 0.2]), bark, Material.BARK, 7)]
    for k in range(6):
        angle, start = k * 2.4 + rng.uniform(-0.5, 0.5), rng.uniform(0.22, 0.5)
        out = np.array([np.cos(angle), rng.uniform(-0.1, 0.6), np.sin(angle)])
        base = np.array([0, start, 0]) + out * 0.015
        parts.append(_bough(base, base + out * rng.uniform(0.06, 0.13), 0.006, 0.002, bark, 3))
    green = np.array(rgb("#476d33")) * rng.uniform(0.85, 1.15)
    for k in range(5):
        angle, y = k * 2.2 + rng.uniform(-0.4, 0.4), 0.52 + 0.1 * k
        reach, r = rng.uniform(0.05, 0.12) * (1.2 - 0.2 * k), rng.uniform(0.11, 0.16)
        centre = (reach * np.cos(angle), y, reach * np.sin(angle))
        core = blob(green * 0.55, Material.LEAF, variant + k, 0, 0.3, smooth=True)
        parts.append(copies(core, [centre], [(r * 0.8, r * 0.6, r * 0.8)]))
        parts.append(leaf_cloud(rng, 22, (r, r * 0.75, r), r * 0.42, green, centre))
    return merge(parts)


@lru_cache(maxsize=1)
def mushroom() -> Mesh:
    """A toadstool one unit high with a white cap (tint it) and stem."""
    stem = lathe([(0.13, 0), (0.1, 0.3), (0.09, 0.65)], 6, rgb("#e9dfcf"))
    cap = lathe([(0.1, 0.58), (0.48, 0.56), (0.42, 0.78), (0.24, 0.94), (0.001, 1.0)], 9, (1, 1, 1), Material.GLOSS)
    return merge([stem, cap])


@lru_cache(maxsize=32)
def far_tree(variant: int = 0, colour="#557f3a") -> Mesh:
    """A round tree for the distance: one leafy ball and a stick, one unit high."""
    rng = np.random.default_rng([variant, 31])
    core = copies(
        blob(np.array(tone_of(colour)) * 0.75, Material.LEAF, variant, 0, 0.45, smooth=True),
        [(0, 0.62, 0)],
        [(0.3, 0.36, 0.3)],
    )
    leaves = leaf_cloud(rng, 20, (0.3, 0.36, 0.3), 0.15, colour, (0, 0.62, 0))
    return merge([_bough((0, 0, 0), (0, 0.4, 0), 0.035, 0.02, rgb("#5b4634"), 3), core, leaves])


@lru_cache(maxsize=8)
def bush(variant: int = 0, colour="#4d7537", leaves: int = 60) -> Mesh:
    """A bush about one unit high and two across."""
    rng = np.random.default_rng([variant, 41])
    parts = []
    for x, z, r in ((0, 0, 0.62), (0.5, 0.2, 0.45), (-0.45, 0.1, 0.5), (0.1, -0.4, 0.42)):
        core = blob(np.array(tone_of(colour)) * 0.6, Material.LEAF, variant, 0, 0.3, smooth=True)
        parts.append(copies(core, [(x, r * 0.7, z)], [(r * 0.85,) * 3]))
        parts.append(leaf_cloud(rng, leaves // 4, (r, r, r), r * 0.38, colour, (x, r * 0.75, z)))
    return merge(parts)


@lru_cache(maxsize=8)
def fern(variant: int = 0, colour="#4b7a35", fronds: int = 8) -> Mesh:
    """Arching fronds from one root, about half a unit high."""
    rng = np.random.default_rng([variant, 43])
    parts = []
    for k in range(fronds):
        angle = 2 * np.pi * k / fronds + rng.uniform(-0.3, 0.3)
        out = np.array([np.cos(angle), 0, np.sin(angle)])
        side = np.array([-np.sin(angle), 0, np.cos(angle)]) * 0.11
        length, lift = rng.uniform(0.5, 0.75), rng.uniform(0.3, 0.5)
        spine = [out * length * t + [0, lift * np.sin(t * 2.4), 0] for t in (0.05, 0.45, 0.8, 1.0)]
        wide = (0.25, 1.0, 0.75, 0.05)
        points = np.array([p + s * w * side for p, w in zip(spine, wide, strict=True) for s in (-1, 1)])
        faces = [[2 * i, 2 * i + 2, 2 * i + 1] for i in range(3)] + [
            [2 * i + 1, 2 * i + 2, 2 * i + 3] for i in range(3)
        ]
        normals = np.tile(out * 0.3 + [0, 0.95, 0], (len(points), 1))
        tone = np.repeat(np.linspace(0.7, 1.25, 4), 2)[:, None]
        parts.append(
            mesh(points, faces, np.array(tone_of(colour)) * tone, Material.LEAF, normals / np.linalg.norm(normals[0]))
        )
    return merge(parts)


@lru_cache(maxsize=16)
def grass_tuft(variant: int = 0, colour="#6f9440", blades: int = 6, lean: float = 0.35) -> Mesh:
    """Thin blades from one root, one unit high; lit like the ground they stand on."""
    rng = np.random.default_rng([variant, 47])
    angle = rng.uniform(0, 2 * np.pi, blades)
    root = np.stack([np.cos(angle), 0 * angle, np.sin(angle)], -1) * rng.uniform(0.05, 0.3, (blades, 1))
    side = np.stack([-np.sin(angle + 0.8), 0 * angle, np.cos(angle + 0.8)], -1) * 0.06
    tip = root + np.stack([np.cos(angle) * lean, rng.uniform(0.6, 1.0, blades), np.sin(angle) * lean], -1)
    points = np.stack([root - side, root + side, tip], 1).reshape(-1, 3)
    tone = np.tile(np.array([0.7, 0.7, 1.25])[:, None], (blades, 1))
    normals = np.tile(np.float32([0, 1, 0]), (len(points), 1))
    faces = np.arange(len(points)).reshape(-1, 3)
    # Both sides, so that it stays a tuft under back-face culling.
    return mesh(
        points, np.concatenate([faces, faces[:, ::-1]]), np.array(tone_of(colour)) * tone, Material.LEAF, normals
    )


@lru_cache(maxsize=16)
def flower(variant: int = 0, petals: int = 6, stem="#4f7a34", heart="#e8c24a", cup: float = 0.35) -> Mesh:
    """One flower one unit high with white petals (tint it) around a heart, a stem and two leaves."""
    rng = np.random.default_rng([variant, 53])
    angle = np.linspace(0, 2 * np.pi, petals, endpoint=False)
    radius = 0.3
    tilt = np.array([rng.uniform(-0.25, 0.25), 1, rng.uniform(-0.25, 0.25)])
    tilt /= np.linalg.norm(tilt)
    tips, half = [], np.pi / petals * 0.95
    for offset, reach in ((-half, 0.75), (0.0, 1.0), (half, 0.75)):
        a = angle - offset
        tips.append(np.stack([np.cos(a), np.full_like(a, cup * reach), np.sin(a)], -1) * radius * [reach, 1, reach])
    centre = np.zeros((petals, 3))
    corner = np.stack([centre, tips[2], tips[1], centre, tips[1], tips[0]], 1).reshape(-1, 3)
    corner += np.array([0, 0.92, 0]) + corner[:, :1] * [0, -tilt[0], 0] + corner[:, 2:] * [0, -tilt[2], 0]
    shade = np.tile(np.array([0.72, 0.9, 1.0, 0.72, 1.0, 0.9])[:, None], (petals, 3))
    normals = np.tile(tilt, (len(corner), 1))
    faces = np.arange(len(corner)).reshape(-1, 3)
    head = mesh(corner, faces, shade, Material.PETAL, normals)
    middle = copies(blob(tone_of(heart), Material.PETAL, 1, 0, 0.0, smooth=True), [(0, 0.95, 0)], [(0.08, 0.06, 0.08)])
    stalk = mesh(
        [(-0.02, 0, 0), (0.02, 0, 0), (0, 0.93, 0), (0.02, 0.1, 0), (0.28, 0.45, 0.08), (0.05, 0.3, 0),
         (-0.02, 0.05, 0), (-0.05, 0.25, 0), (-0.25, 0.4, -0.08)],
        [[0, 1, 2], [3, 4, 5], [6, 7, 8]], tone_of(stem), Material.LEAF, np.tile(np.float32([0, 0.8, 0.6]), (9, 1)),
    )  # fmt: skip
    return merge([head, middle, stalk])


@lru_cache(maxsize=8)
def far_flower(variant: int = 0) -> Mesh:
    """A flower for the distance: two crossed dabs of colour on nothing, one unit high; tint it."""
    points, faces = [], []
    for k, angle in enumerate((0.4 + variant, 2.0 + variant)):
        dx, dz = 0.3 * np.cos(angle), 0.3 * np.sin(angle)
        points += [(-dx, 0.75, -dz), (dx, 0.8, dz), (0.0, 1.1, 0.0)]
        faces.append((3 * k, 3 * k + 1, 3 * k + 2))
    tone = np.tile(np.array([[0.8], [0.9], [1.0]]), (2, 3))
    return mesh(points, faces, tone, Material.PETAL, np.tile(np.float32([0, 1, 0]), (6, 1)))


@lru_cache(maxsize=16)
def palm(variant: int = 0, leaf="#4f7d3a") -> Mesh:
    """A palm one unit high with a curved trunk and hanging fronds."""
    rng = np.random.default_rng([variant, 59])
    share = np.linspace(0, 1, 7)
    lean = rng.uniform(0.12, 0.28)
    points = np.stack([lean * share**1.8, 0.86 * share, 0 * share], -1)
    ringed = 0.028 * (1.25 - 0.6 * share) * np.where(np.arange(7) % 2, 1.0, 0.88)
    parts = [tube(points, ringed, rgb("#8a7256"), Material.BARK, 7)]
    crown = points[-1]
    for k in range(13):
        angle = 2 * np.pi * k / 13 + rng.uniform(-0.2, 0.2)
        lift, length = rng.uniform(0.0, 0.16), rng.uniform(0.3, 0.42)
        out = np.array([np.cos(angle), 0, np.sin(angle)])
        side = np.array([-np.sin(angle), 0, np.cos(angle)]) * 0.042
        t = np.linspace(0, 1, 5)
        spine = crown + out * (length * t[:, None]) + np.outer(lift * np.sin(t * 2.6) - 0.24 * t**2.6, [0, 1, 0])
        wide = np.array([0.25, 1.0, 1.05, 0.7, 0.05])
        left = spine - side * wide[:, None] - np.outer(0.03 * wide, [0, 1, 0])
        right = spine + side * wide[:, None] - np.outer(0.03 * wide, [0, 1, 0])
        grid = np.stack([left, spine, right], 0)
        faces = []
        for r in range(2):
            for c in range(4):
                a, b, d, e = r * 5 + c, r * 5 + c + 1, r * 5 + c + 5, r * 5 + c + 6
                faces += [[a, b, d], [b, e, d]]
        normals = np.tile(out * 0.25 + [0, 0.97, 0], (15, 1))
        tone = np.tile(np.linspace(0.75, 1.2, 5), 3)[:, None]
        parts.append(mesh(grid.reshape(-1, 3), faces, np.array(tone_of(leaf)) * tone, Material.LEAF, normals))
    return merge(parts)


@lru_cache(maxsize=8)
def cactus(variant: int = 0, colour="#5f7f4d") -> Mesh:
    """A saguaro one unit high with raised arms."""
    rng = np.random.default_rng([variant, 61])
    parts = [limb((0, 0, 0), (0, 0.93, 0), 0.075, 0.068, tone_of(colour), Material.MATTE, 9)]
    for side in (-1, 1)[: 1 + variant % 3 if variant % 3 < 2 else 2]:
        low, high = rng.uniform(0.35, 0.5), rng.uniform(0.66, 0.82)
        elbow = np.array([side * 0.2, low + 0.03, rng.uniform(-0.06, 0.06)])
        parts.append(limb((0, low, 0), elbow, 0.048, 0.05, tone_of(colour), Material.MATTE, 7))
        parts.append(limb(elbow, (elbow[0] * 1.05, high, elbow[2]), 0.05, 0.045, tone_of(colour), Material.MATTE, 7))
    return merge(parts)


@lru_cache(maxsize=64)
def rock(variant: int = 0, colour="#7d766d", detail: int = 1, material: Material = Material.ROCK) -> Mesh:
    """A boulder of radius about one, faceted."""
    return blob(tone_of(colour), material, variant, detail, 0.5)


@lru_cache(maxsize=8)
def bare_tree(variant: int = 0, colour="#4b4038") -> Mesh:
    """A leafless tree one unit high: a trunk and two generations of branches."""
    rng = np.random.default_rng([variant, 67])
    parts = [_trunk(0.62, 0.034, tone_of(colour), 6, rng.uniform(-0.08, 0.08))]
    for k in range(7):
        angle, start = k * 2.4 + rng.uniform(-0.4, 0.4), 0.3 + 0.045 * k
        out = np.array([np.cos(angle), 0, np.sin(angle)])
        end = out * rng.uniform(0.18, 0.3) + [0, start + rng.uniform(0.16, 0.34), 0]
        parts.append(_bough((0, start, 0), end, 0.015, 0.007, tone_of(colour)))
        for _ in range(3):
            twig = end + rng.normal(size=3) * 0.08 + out * 0.07 + [0, 0.09, 0]
            base = np.array([0, start, 0]) * 0.35 + end * 0.65
            parts.append(_bough(base, twig, 0.007, 0.003, tone_of(colour), 3))
    return merge(parts)
