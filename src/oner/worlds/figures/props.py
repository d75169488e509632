"""What people sit on and play: chair, guitar, backpack, grand piano's bench."""

import numpy as np

from ..mesh import Material, Mesh, box, cylinder, limb, merge
from .performances import GUITAR_NECK
from .shapes import refine, ring, surface, tube
from .traits import Colour, shade

WOOD = (0.42, 0.26, 0.14)


def chair(seat: float, scale: float = 1.0, wood: Colour = WOOD) -> Mesh:
    """A plain wooden chair; the origin is on the ground below the middle of the seat, its back towards -z."""
    w, d = 0.40 * scale, 0.40 * scale
    parts = [box((w, 0.035, d), wood, Material.WOOD, (0, seat - 0.0175, 0))]
    for x in (-1, 1):
        for z in (-1, 1):
            foot = (x * w * 0.52, 0.0, z * d * 0.52)
            parts.append(limb((foot[0], 0.012, foot[2]), (x * w * 0.43, seat - 0.02, z * d * 0.43), 0.013, 0.018,
                wood, Material.WOOD, 6))  # fmt: skip
        back = [(x * w * 0.44, seat - 0.02, -d * 0.44), (x * w * 0.45, seat + 0.25 * scale, -d * 0.50),
            (x * w * 0.44, seat + 0.45 * scale, -d * 0.62)]  # fmt: skip
        parts.append(tube(back, 0.017, 6, wood, Material.WOOD))
        parts.append(limb((x * w * 0.48, seat * 0.45, -d * 0.46), (x * w * 0.48, seat * 0.45, d * 0.46), 0.009,
            0.009, wood, Material.WOOD, 5))  # fmt: skip
    for up, out in ((0.40, 0.585), (0.28, 0.52)):
        parts.append(
            box((w * 0.86, 0.065 * scale, 0.018), shade(wood, 1.15), Material.WOOD, (0, seat + up * scale, -d * out))
        )
    return merge(parts)


def guitar(colour: Colour, scale: float = 1.0) -> Mesh:
    """An acoustic guitar; the origin is in the middle of its body, strings to +z, the neck along GUITAR_NECK."""
    angle = np.arange(28) * 2 * np.pi / 28
    # The outline as a radius: lower bout, waist, upper bout along the local +y axis.
    y = np.cos(angle)
    outline = np.stack(
        [np.sin(angle) * (0.185 - 0.045 * y - 0.050 * np.exp(-(((y - 0.15) / 0.28) ** 2))), y * 0.245], 1
    )
    rings = []
    for inset, z in ((0.0, -0.048), (0.90, -0.048), (1.0, -0.040), (1.0, 0.040), (0.94, 0.048), (0.0, 0.048)):
        rings.append(np.stack([outline[:, 0] * inset, outline[:, 1] * inset, np.full(28, z)], 1))
    grid = np.array(rings)[:, ::-1]
    tints = np.array([shade(colour, 0.55)] * 2 + [shade(colour, 0.45)] * 2 + [colour] * 2)
    body = _flat_ends(grid, tints)
    hole = cylinder(0.046, 0.004, (0.06, 0.04, 0.03), Material.MATTE, 16).transformed(_to_z(0, 0.045, 0.0475))
    bridge = box((0.11, 0.022, 0.012), (0.12, 0.08, 0.06), Material.WOOD, (0, -0.105, 0.052))
    neck = box((0.048, 0.40, 0.026), shade(colour, 0.5), Material.WOOD, (0, 0.43, 0.040))
    board = box((0.044, 0.50, 0.008), (0.10, 0.07, 0.06), Material.WOOD, (0, 0.385, 0.056))
    top = box((0.066, 0.13, 0.018), shade(colour, 0.45), Material.WOOD, (0, 0.69, 0.034))
    strings = [
        box((0.0022, 0.74, 0.002), (0.85, 0.82, 0.7), Material.METAL, (x, 0.265, 0.0625))
        for x in np.linspace(-0.016, 0.016, 4)
    ]
    pegs = [limb((s * 0.03, y, 0.03), (s * 0.05, y, 0.03), 0.007, 0.009, (0.85, 0.83, 0.78), Material.METAL,
        5) for s in (-1, 1) for y in (0.65, 0.69, 0.73)]  # fmt: skip
    whole = merge([body, hole, bridge, neck, board, top, *strings, *pegs])
    along = np.array(GUITAR_NECK) / np.linalg.norm(GUITAR_NECK)
    out = np.array([0.0, 0.0, 1.0]) - along * along[2]
    out /= np.linalg.norm(out)
    frame = np.eye(4)
    frame[:3, 0], frame[:3, 1], frame[:3, 2] = np.cross(along, out), along, out
    frame[:3, :3] *= scale
    return whole.transformed(frame)


def _to_z(x, y, z):
    m = np.eye(4)
    m[:3, :3] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
    m[:3, 3] = x, y, z
    return m


def _flat_ends(grid, tints) -> Mesh:
    made = surface(grid, tints, Material.GLOSS)
    centre = made.positions.mean(0)
    if float(np.sum((made.positions - centre) * made.normals)) < 0:
        made.normals, made.faces = -made.normals, made.faces[:, ::-1]
    flat = np.abs(made.positions[:, 2]) > 0.0475
    made.normals[flat] = np.stack(
        [0 * made.positions[flat, 2], 0 * made.positions[flat, 2], np.sign(made.positions[flat, 2])], 1
    )
    return made


def strap(h: float) -> Mesh:
    """A guitar's strap over the left shoulder; local to the chest."""
    path = np.array([(-0.085, 0.01, 0.098), (-0.02, 0.10, 0.100), (0.050, 0.185, 0.070), (0.066, 0.212, 0.010),
        (0.052, 0.19, -0.066), (-0.01, 0.11, -0.098), (-0.09, 0.03, -0.070), (-0.118, 0.0, 0.0)])  # fmt: skip
    return tube(refine(path, 17) * h, 0.014 * h, 6, (0.16, 0.10, 0.08), Material.CLOTH)


def bench(seat: float, width: float, colour: Colour) -> Mesh:
    """A piano bench; origin on the ground below its middle."""
    parts = [box((width, 0.07, 0.32), (0.10, 0.09, 0.09), Material.CLOTH, (0, seat - 0.035, 0)),
        box((width * 0.96, 0.05, 0.30), colour, Material.GLOSS, (0, seat - 0.09, 0))]  # fmt: skip
    for x in (-1, 1):
        for z in (-1, 1):
            parts.append(limb((x * width * 0.44, 0.018, z * 0.13), (x * width * 0.44, seat - 0.09, z * 0.13), 0.018,
                0.024, colour, Material.GLOSS, 8))  # fmt: skip
    return merge(parts)


def wheel(radius: float, tyre: float, colour: Colour, spokes: int = 14) -> Mesh:
    """A spoked wheel in the y-z plane about the origin."""
    parts = [ring(radius - tyre, tyre, (0.07, 0.07, 0.08), Material.MATTE, 36, 6), ring(radius - tyre * 2.3,
        tyre * 0.5, (0.72, 0.73, 0.75), Material.METAL, 30, 5)]  # fmt: skip
    parts.append(limb((-0.04, 0, 0), (0.04, 0, 0), 0.022, 0.022, (0.6, 0.6, 0.62), Material.METAL, 8))
    for k in range(spokes):
        a = 2 * np.pi * k / spokes
        side = 0.025 if k % 2 else -0.025
        parts.append(_rod((side, 0, 0), (0, np.cos(a) * (radius - 2 * tyre), np.sin(a) * (radius - 2 * tyre)), 0.0028))
    return merge(parts)


def _rod(a, b, thick: float) -> Mesh:
    return cylinder(thick, 1.0, (0.75, 0.76, 0.78), Material.METAL, 3).transformed(_between(a, b))


def _between(a, b) -> np.ndarray:
    """A matrix that lays the unit y segment from a to b without changing thickness."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    up = b - a
    side = np.cross(up, [0, 0, 1] if abs(up[2]) < 0.9 * np.linalg.norm(up) else [1, 0, 0])
    side /= np.linalg.norm(side)
    front = np.cross(side, up)
    front /= np.linalg.norm(front)
    m = np.eye(4)
    m[:3, 0], m[:3, 1], m[:3, 2], m[:3, 3] = side, up, front, a
    return m
