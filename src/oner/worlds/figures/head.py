"""Heads: the face, the hair and what is worn on it. Local space: the joint at the base of the skull, looking to +z."""

import numpy as np

from ..mesh import Material, Mesh, limb, merge
from .shapes import ball, ellipse, refine, surface, tube
from .traits import Traits, shade

# Sections of a head one unit tall, chin at 0, crown at 1: y, half width, front z, back z.
SKULL = np.array(
    [
        (0.00, 0.075, 0.365, 0.200),
        (0.03, 0.150, 0.400, 0.060),
        (0.10, 0.212, 0.405, -0.080),
        (0.19, 0.252, 0.392, -0.220),
        (0.28, 0.280, 0.382, -0.320),
        (0.38, 0.305, 0.378, -0.390),
        (0.48, 0.324, 0.372, -0.440),
        (0.58, 0.336, 0.385, -0.470),
        (0.68, 0.342, 0.390, -0.480),
        (0.78, 0.332, 0.365, -0.465),
        (0.86, 0.300, 0.310, -0.420),
        (0.93, 0.235, 0.215, -0.330),
        (0.98, 0.135, 0.085, -0.200),
        (1.00, 0.040, -0.020, -0.095),
    ]
)
JOINT = np.array([0.0, 0.16, -0.06])  # the skull's joint in the same unit space


def _skull(rows: int, columns: int, child: bool, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """Grid (R, C, 3) of the bare skull in units; only the rows between two heights."""
    sections = refine(SKULL, rows)
    sections = sections[(sections[:, 0] >= low - 1e-6) & (sections[:, 0] <= high + 1e-6)]
    if child:  # rounder, with a smaller jaw
        jaw = np.clip(1 - sections[:, 0] / 0.55, 0, 1)
        sections[:, 1] *= 1.06 - 0.10 * jaw
        sections[:, 2] -= 0.03 * jaw
    cos, sin = ellipse(columns, 2.25, 0.33)
    y, width, front, back = sections.T
    middle, half = (front + back) / 2, (front - back) / 2
    grid = np.stack(
        [width[:, None] * cos, np.repeat(y[:, None], columns, 1), middle[:, None] + half[:, None] * sin], -1
    )
    return grid


def _bump(grid, x, y, spread_x, spread_y):
    return np.exp(-(((np.abs(grid[..., 0]) - x) / spread_x) ** 2) - ((grid[..., 1] - y) / spread_y) ** 2)


def hooded(traits: Traits) -> bool:
    """Whether a hood is worn up, over hair that then only shows as a fringe."""
    return traits.garment == "raincoat" and not traits.hat


def face(traits: Traits, size: float) -> Mesh:
    """Skin, eyes, brows, lips and ears; `size` is the height of the head in metres."""
    child = traits.sex == "child"
    grid = _skull(23, 22, child, high=1.0 if traits.hairstyle == "bald" and not hooded(traits) else 0.88)
    front = np.clip(grid[..., 2] / 0.25, 0, 1)
    nose_y = np.clip((grid[..., 1] - 0.30) / 0.04, 0, 1) * np.clip((0.54 - grid[..., 1]) / 0.20, 0, 1)
    depth = (0.10 if not child else 0.075) * nose_y * np.exp(-((grid[..., 0] / 0.062) ** 2))
    depth += -0.040 * _bump(grid, 0.14, 0.47, 0.075, 0.05)
    depth += (0.022 if traits.sex == "man" else 0.008) * _bump(grid, 0.11, 0.57, 0.10, 0.035)
    depth += 0.018 * _bump(grid, 0.0, 0.205, 0.085, 0.04) + 0.022 * _bump(grid, 0.0, 0.045, 0.07, 0.04)
    depth += -0.014 * _bump(grid, 0.0, 0.125, 0.10, 0.03) + 0.012 * _bump(grid, 0.19, 0.36, 0.07, 0.06)
    grid[..., 2] += depth * front
    skin = np.array(traits.skin)
    warm = np.clip(skin * (1.02, 0.88, 0.86), 0, 1)
    blush = (0.55 * _bump(grid, 0.17, 0.33, 0.09, 0.06) + 0.3 * _bump(grid, 0.0, 0.33, 0.07, 0.05)) * front
    tint = skin + (warm - skin) * blush[..., None]
    if traits.sex == "man" and traits.hairstyle != "bald" and not child:  # the shadow of a beard
        stubble = np.clip(_bump(grid, 0.0, 0.08, 0.28, 0.12) * front * 0.16, 0, 1)[..., None]
        tint = tint * (1 - stubble) + np.array(traits.hair) * stubble
    parts = [surface(grid, tint, Material.SKIN)]
    eye_y, eye_z, eye_x = 0.475, 0.318, 0.138
    wide = 1.26 if child else 1.12 if traits.sex == "woman" else 1.0
    dark = shade(traits.hair, 0.55) if sum(traits.hair) < 1.6 else shade(traits.hair, 0.7)
    for side in (-1, 1):
        at = np.array([side * eye_x, eye_y, eye_z])
        parts.append(ball(at, (0.058 * wide, 0.040 * wide, 0.045), (0.93, 0.92, 0.9), Material.GLOSS, 8, 5))
        look = np.add(at, (-side * 0.006, 0.0, 0.034))
        parts.append(ball(look, (0.026 * wide, 0.031 * wide, 0.016), traits.eyes, Material.GLOSS, 7, 3))
        parts.append(ball(np.add(look, (0, 0, 0.010)), (0.013, 0.016, 0.009), (0.02, 0.02, 0.02), Material.GLOSS, 6, 3))
        lid = [np.add(at, (side * x, y * wide, z)) for x, y, z in ((-0.058, 0.008, 0.022), (-0.02, 0.043, 0.042),
            (0.03, 0.042, 0.036), (0.07, 0.004, 0.0))]  # fmt: skip
        lash = (0.06, 0.045, 0.04) if traits.sex == "woman" else shade(traits.skin, 0.55)
        parts.append(tube(lid, 0.013 if traits.sex == "woman" else 0.010, 4, lash, Material.SKIN))
        thick = 0.024 if traits.sex == "man" else 0.016
        brow = [(side * 0.055, 0.572, 0.405), (side * 0.125, 0.592, 0.398), (side * 0.215, 0.565, 0.335)]
        parts.append(tube(brow, [thick, thick, thick * 0.5], 4, dark, Material.HAIR))
        parts.append(
            ball((side * 0.345, 0.44, -0.055), (0.03, 0.095, 0.058), shade(traits.skin, 0.93), Material.SKIN, 7, 5)
        )
    lips = np.clip(np.array(traits.skin) * ((0.86, 0.55, 0.55) if traits.sex == "woman" else (0.86, 0.66, 0.63)), 0, 1)
    mouth = [
        (-0.088, 0.214, 0.372),
        (-0.04, 0.207, 0.408),
        (0, 0.204, 0.414),
        (0.04, 0.207, 0.408),
        (0.088, 0.214, 0.372),
    ]
    parts.append(tube(mouth, [0.008, 0.020, 0.023, 0.020, 0.008], 6, lips, Material.SKIN))
    return _placed(merge(parts), size)


def _placed(unit: Mesh, size: float) -> Mesh:
    unit.positions = ((unit.positions - JOINT) * size).astype(np.float32)
    return unit


def neck_length(size: float) -> float:
    """How far above the skull's joint the crown is."""
    return (1 - JOINT[1]) * size


def _cap(traits: Traits, thickness, rows=16, columns=20) -> Mesh:
    """Hair as a second skull: outside the first where `thickness(grid)` is positive, sunk inside where it is not."""
    grid = _skull(rows, columns, traits.sex == "child", low=0.10)
    rows = len(grid)
    centre = np.array([0.0, 0.58, -0.04])
    out = grid - centre
    out /= np.maximum(np.linalg.norm(out, axis=-1, keepdims=True), 1e-9)
    grid = grid + out * thickness(grid)[..., None]
    strand = np.random.default_rng(7).normal(0, 0.05, (1, columns, 1)) + 1
    return surface(grid, np.clip(np.array(traits.hair) * strand * np.ones((rows, 1, 1)), 0, 1), Material.HAIR)


def _scalp(full: float, hairline: float = 0.76, nape: float = 0.24, side: float = 0.42, pressed: bool = False):
    """Thickness of a haircut: `full` on top; ends at the hairline in front, above the ears and at the nape."""

    def thickness(grid):
        y, z = grid[..., 1], grid[..., 2]
        thick = np.where(y > 0.70, min(full, 0.02), full) if pressed else full
        ahead = np.clip((z - 0.02) / 0.26, 0, 1)
        behind = np.clip((-z - 0.12) / 0.16, 0, 1)
        edge = side + (hairline - side) * ahead**0.8 + (nape - side) * behind
        return np.clip((y - edge) / 0.10, -1, 1) * np.where(y > edge, thick, 0.05)

    return thickness


def hair(traits: Traits, size: float) -> tuple[Mesh, Mesh | None]:
    """Hair that moves with the head, and hair that swings (its own part; joint: `LOOSE` in units) or None."""
    style, tone, flat = traits.hairstyle, traits.hair, traits.hat
    if hooded(traits):
        return _placed(_cap(traits, _scalp(0.03, 0.79, 0.30, 0.42), 12, 16), size), None
    if style == "bald":
        return merge([]), None
    loose = None
    if style == "curly":
        base = _scalp(0.13, 0.78, 0.14, 0.30, flat)
        bumps = lambda g: (
            0.035
            * np.sin(g[..., 0] * 31)
            * np.sin(g[..., 1] * 29 + 1)
            * np.sin(g[..., 2] * 27 + 2)
            * (1 - 0.9 * flat * (g[..., 1] > 0.68))
        )
        cap = _cap(traits, lambda g: base(g) + bumps(g) * (base(g) > 0.03) * (g[..., 1] < 0.97), 18, 24)
        return _placed(cap, size), None
    if style == "short":
        quiff = _scalp(0.05, 0.79, 0.22, 0.44, flat)
        return _placed(
            _cap(traits, lambda g: quiff(g) + 0.05 * _bump(g, 0.05, 0.96, 0.2, 0.1) * (g[..., 2] > 0)), size
        ), None
    if style == "bob":
        parts = [_cap(traits, _scalp(0.065, 0.80, 0.20, 0.40, flat)), _curtain(tone, 0.10, 0.42, 0.05)]
        return _placed(merge(parts), size), None
    parts = [_cap(traits, _scalp(0.05, 0.81, 0.20, 0.42, flat))]
    if style == "ponytail":
        parts.append(ball((0, 0.80, -0.52), (0.055, 0.055, 0.05), shade(tone, 0.5), Material.HAIR, 8, 5))
        path = [(0, 0.80, -0.53), (0, 0.76, -0.68), (0, 0.55, -0.76), (0, 0.25, -0.74), (0, -0.05, -0.70)]
        loose = tube(refine(path, 9), np.interp(np.linspace(0, 1, 9), [0, 0.3, 0.7, 1], [0.05, 0.12, 0.10, 0.025]),
            8, tone, Material.HAIR)  # fmt: skip
    else:
        parts.append(_curtain(tone, 0.02, 0.36, 0.03))
        loose = _curtain(tone, -0.78, 0.35, 0.10, back_only=True)
    if loose is not None:
        loose.positions = ((loose.positions - np.array(LOOSE)) * size).astype(np.float32)
    return _placed(merge(parts), size), loose


LOOSE = (0.0, 0.62, -0.42)


def loose_joint(size: float) -> np.ndarray:
    return (np.array(LOOSE) - JOINT) * size


CURTAIN = 11  # points across hanging hair
FOLD = [*range(CURTAIN), *range(CURTAIN - 1, -1, -1)]  # outside there, inside back


def _curtain(tone, low: float, top_width: float, flare: float, back_only: bool = False) -> Mesh:
    """Hair hanging round the back and sides down to `low`, open to the face."""
    reach = np.radians(84 if back_only else 128)
    angle = np.linspace(-reach, reach, CURTAIN) - np.pi / 2
    rows = np.linspace(low, 0.86 if not back_only else 0.66, 5)
    grid = []
    for y in rows:
        down = np.clip((0.66 - y) / 0.66, 0, 2)
        over = np.clip((y - 0.62) / 0.3, 0, 1)
        width = (top_width + flare * down - 0.05 * np.clip(down - 1, 0, 1)) * (1 - 0.35 * over**2)
        back = (0.53 + 0.02 * down - (0.10 if back_only else 0.06) * np.clip(down - 0.5, 0, 1)) * (1 - 0.22 * over**2)
        ragged = 0.03 * np.sin(angle * 9) * (y == low)
        grid.append(np.stack([width * np.cos(angle), np.full_like(angle, y) + ragged, back * np.sin(angle) - 0.01], -1))
    grid = np.array(grid)
    # A closed band: out along the outside, back along the inside.
    inner = grid.copy()
    inner[..., 0] *= 0.80
    inner[..., 2] = inner[..., 2] * 0.82
    band = np.concatenate([grid, inner[:, ::-1]], 1)
    middle = band[:1].copy()
    middle[..., [0, 2]] = (grid[:1] + inner[:1])[..., [0, 2]].repeat(1, 0)[:, FOLD] / 2
    top = band[-1:].copy()
    top[..., [0, 2]] = (grid[-1:] + inner[-1:])[..., [0, 2]][:, FOLD] / 2
    strand = np.random.default_rng(3).normal(1, 0.06, (1, band.shape[1], 1))
    band = np.concatenate([middle, band, top])
    return surface(band, np.clip(np.array(tone) * strand * np.ones((len(band), 1, 1)), 0, 1), Material.HAIR)


def hat(traits: Traits, size: float) -> Mesh:
    """A felt hat with a brim and a band; a knitted cap on children and hoodies."""
    tone = shade(traits.colour, 0.55) if sum(traits.colour) > 0.6 else (0.32, 0.28, 0.24)
    knitted = traits.sex == "child" or traits.garment == "hoodie"
    turn = np.arange(20) * 2 * np.pi / 20
    if knitted:
        rows = [(0.70, 0.395, 0.475), (0.72, 0.41, 0.49), (0.80, 0.41, 0.49), (0.82, 0.385, 0.46),
            (0.95, 0.34, 0.41), (1.04, 0.22, 0.27), (1.08, 0.05, 0.06)]  # fmt: skip
        tone = traits.colour
        extra = [ball((0, 1.11, -0.05), (0.08, 0.08, 0.08), shade(tone, 1.5), Material.CLOTH, 8, 6)]
    else:
        rows = [(0.765, 0.35, 0.42), (0.745, 0.60, 0.68), (0.76, 0.615, 0.695), (0.785, 0.38, 0.46),
            (0.83, 0.375, 0.455), (1.02, 0.345, 0.42), (1.10, 0.29, 0.37), (1.06, 0.12, 0.19),
            (1.05, 0.02, 0.02)]  # fmt: skip
        extra = []
    grid = np.array([[(w * np.cos(a), y + 0.03 * (w > 0.5) * np.cos(2 * a) ** 2, d * np.sin(a) - 0.05)
        for a in turn] for y, w, d in rows])  # fmt: skip
    parts = [surface(grid, tone, Material.CLOTH), *extra]
    if not knitted:
        band = np.array([[(w * np.cos(a), y, d * np.sin(a) - 0.05) for a in turn] for y, w,
            d in ((0.79, 0.385, 0.465), (0.86, 0.38, 0.46))])  # fmt: skip
        parts.append(surface(band, shade(tone, 0.4), Material.CLOTH))
    return _placed(merge(parts), size)


def hood_up(colour, size: float, material: Material) -> Mesh:
    """A hood round the head, open at the face."""
    rows = (
        (-0.12, 0.36, 0.44, 0.80, 140), (0.15, 0.42, 0.52, 0.92, 140), (0.45, 0.455, 0.57, 0.98, 141),
        (0.70, 0.45, 0.57, 1.02, 145), (0.86, 0.40, 0.52, 1.04, 158), (0.97, 0.32, 0.42, 1.06, 176),
        (1.05, 0.20, 0.28, 1.06, 180), (1.10, 0.02, 0.03, 1.0, 180),
    )  # y, half width, depth, depth of the front, half opening in degrees  # fmt: skip
    grid = []
    for y, width, depth, opening, reach in rows:
        angle = np.radians(np.linspace(-reach, reach, 15) - 90)
        ahead = np.where(np.sin(angle) > 0, 0.90 * opening, 1)
        grid.append(np.stack([width * np.cos(angle), np.full(15, y), depth * np.sin(angle) * ahead], -1))
    grid = np.array(grid)
    inner = grid.copy()
    inner[..., 0] *= 0.90
    inner[..., 2] *= 0.92
    inner[..., 1] = np.minimum(inner[..., 1], 1.06)
    band = np.concatenate([grid, inner[:, ::-1]], 1)
    lining = np.concatenate([np.tile(np.array(colour), (len(grid), 15, 1)), np.tile(np.array(shade(colour, 0.6)),
        (len(grid), 15, 1))], 1)  # fmt: skip
    rim = [limb((s * 0.30, 0.0, 0.22), (s * 0.37, 0.55, 0.30), 0.03, 0.03, colour, material, 6) for s in (-1, 1)]
    return _placed(merge([surface(band, lining, material), *rim]), size)


def hood_down(colour, size: float) -> Mesh:
    """A hood lying on the shoulders; local to the chest, about the neck's base."""
    turn = np.linspace(np.radians(200), np.radians(340), 9)
    path = np.stack([0.34 * np.cos(turn), 0.06 + 0.12 * np.sin(turn), 0.42 * np.sin(turn)], 1) * size
    thick = np.array([0.07, 0.11, 0.15, 0.18, 0.19, 0.18, 0.15, 0.11, 0.07]) * size
    return tube(path, thick, 8, colour, Material.CLOTH)
