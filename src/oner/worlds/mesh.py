"""Triangle meshes in numpy: the clay that places and figures are made of.

Metres, y up, right-handed; counter-clockwise triangles face outwards. Colours are sRGB 0..1 as people name them. The
material of a vertex decides which procedural detail and reflection the shader adds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np


class Material(IntEnum):
    MATTE = 0  # plain diffuse
    GLOSS = 1  # car paint, piano lacquer, tiles: highlight and sky reflection
    METAL = 2
    GLASS = 3  # dark reflecting pane
    GLOW = 4  # emits its colour: lamps, neon, screens
    FACADE = 5  # wall with a grid of windows, lit at night (world position decides which)
    ROCK = 6
    SAND = 7
    SNOW = 8
    GRASS = 9
    EARTH = 10
    ASPHALT = 11
    PAVING = 12
    TILES = 13  # chequered floor
    PLASTER = 14  # interior walls
    WOOD = 15
    BRICK = 16
    LEAF = 17  # foliage: sways in the wind, light shines through
    BARK = 18
    SKIN = 19
    CLOTH = 20
    HAIR = 21
    FUR = 22
    WATER = 23  # waves and reflections; also used for the sea
    GRID = 24  # black ground with glowing lines
    PETAL = 25  # flowers: sway, saturated
    CONCRETE = 26
    CORAL = 27


@dataclass
class Mesh:
    """positions, normals, colours (V, 3) float32; material (V,) float32; faces (F, 3) int32."""

    positions: np.ndarray
    normals: np.ndarray
    colours: np.ndarray
    material: np.ndarray
    faces: np.ndarray

    def moved(self, x: float = 0, y: float = 0, z: float = 0) -> "Mesh":
        return Mesh(self.positions + np.float32([x, y, z]), self.normals, self.colours, self.material, self.faces)

    def transformed(self, matrix: np.ndarray) -> "Mesh":
        """Apply a 4x4 matrix; normals by the inverse transpose, so uneven scaling stays right."""
        m = np.asarray(matrix, np.float64)
        positions = self.positions @ m[:3, :3].T + m[:3, 3]
        normals = self.normals @ np.linalg.inv(m[:3, :3])
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
        faces = self.faces[:, ::-1] if np.linalg.det(m[:3, :3]) < 0 else self.faces
        return Mesh(positions.astype(np.float32), normals.astype(np.float32), self.colours, self.material, faces)


def rgb(text: str) -> tuple[float, float, float]:
    """`#rrggbb` as floats 0..1."""
    return tuple(int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


def mesh(positions, faces, colour, material: Material = Material.MATTE, normals=None) -> Mesh:
    """Build a mesh. `colour` is one colour or (V, 3). Without `normals` faces are flat-shaded (vertices are split)."""
    positions = np.asarray(positions, np.float32).reshape(-1, 3)
    faces = np.asarray(faces, np.int32).reshape(-1, 3)
    colours = np.broadcast_to(np.asarray(colour, np.float32), (len(positions), 3))
    if normals is None:
        corners = positions[faces]
        flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9)
        colours = colours[faces.reshape(-1)]
        positions, normals = corners.reshape(-1, 3), np.repeat(flat, 3, axis=0)
        faces = np.arange(len(positions), dtype=np.int32).reshape(-1, 3)
    return Mesh(
        positions,
        np.ascontiguousarray(normals, np.float32),
        np.ascontiguousarray(colours, np.float32),
        np.full(len(positions), float(material), np.float32),
        faces,
    )


def merge(parts: Iterable[Mesh]) -> Mesh:
    """One mesh out of many; an empty one out of none."""
    parts = [part for part in parts if len(part.faces)]
    if not parts:
        nothing = np.zeros((0, 3), np.float32)
        return Mesh(nothing, nothing, nothing, np.zeros(0, np.float32), np.zeros((0, 3), np.int32))
    offsets = np.cumsum([0] + [len(part.positions) for part in parts[:-1]])
    return Mesh(
        np.concatenate([part.positions for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.colours for part in parts]),
        np.concatenate([part.material for part in parts]),
        np.concatenate([part.faces + offset for part, offset in zip(parts, offsets, strict=True)]).astype(np.int32),
    )


# ---------------------------------------------------------------------------------------------- matrices


def translation(x: float, y: float, z: float) -> np.ndarray:
    m = np.eye(4)
    m[:3, 3] = x, y, z
    return m


def scaling(x: float, y: float | None = None, z: float | None = None) -> np.ndarray:
    return np.diag([x, x if y is None else y, x if z is None else z, 1.0])


def rotation(axis: str, radians: float) -> np.ndarray:
    """Right-handed turn about "x", "y" or "z"."""
    c, s = np.cos(radians), np.sin(radians)
    m = np.eye(4)
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    m[i, i], m[i, j], m[j, i], m[j, j] = c, -s, s, c
    return m


# ------------------------------------------------------------------------------------------------ shapes


def box(size: Sequence[float], colour, material: Material = Material.MATTE, centre=(0.0, 0.0, 0.0)) -> Mesh:
    """Axis-aligned box; `size` is width (x), height (y), depth (z)."""
    half = np.asarray(size, np.float32) / 2
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float32) * half
    faces = [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
             [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]  # fmt: skip
    return mesh(corners + np.asarray(centre, np.float32), faces, colour, material)


def quad(a, b, c, d, colour, material: Material = Material.MATTE) -> Mesh:
    """Flat four-sided face a-b-c-d, counter-clockwise seen from its front."""
    return mesh([a, b, c, d], [[0, 1, 2], [0, 2, 3]], colour, material)


def lathe(profile, sides: int, colour, material: Material = Material.MATTE) -> Mesh:
    """Turn a profile of (radius, y) points, listed from bottom to top, about the y axis; smooth normals."""
    profile = np.asarray(profile, np.float32)
    angle = np.linspace(0, 2 * np.pi, sides + 1, dtype=np.float32)
    ring = np.stack([np.cos(angle), np.zeros_like(angle), np.sin(angle)], 1)
    slope = np.gradient(profile, axis=0)
    outward = np.stack([slope[:, 1], -slope[:, 0]], 1)
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
    positions = profile[:, :1, None] * ring[None] + profile[:, 1, None, None] * np.float32([0, 1, 0])
    normals = outward[:, :1, None] * ring[None] + outward[:, 1, None, None] * np.float32([0, 1, 0])
    index = np.arange(len(profile) * (sides + 1)).reshape(len(profile), sides + 1)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    faces = np.stack([a, c, b, b, c, d], -1).reshape(-1, 3)
    return mesh(positions.reshape(-1, 3), faces, colour, material, normals.reshape(-1, 3))


def sphere(radius: float, colour, material: Material = Material.MATTE, sides: int = 12, rings: int = 8) -> Mesh:
    angle = np.linspace(-np.pi / 2, np.pi / 2, rings + 1)
    return lathe(np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1), sides, colour, material)


def cylinder(
    radius: float, height: float, colour, material: Material = Material.MATTE, sides: int = 12, top: float | None = None
) -> Mesh:
    """Closed cylinder (a cone if `top`, the upper radius, is given) standing on y = 0."""
    upper = radius if top is None else top
    wall = lathe([(radius, 0), (upper, height)], sides, colour, material)
    caps = [lathe([(0, 0), (radius, 0)], sides, colour, material)] if radius else []
    if upper:
        caps.append(lathe([(upper, height), (0, height)], sides, colour, material))
    for cap, up in zip(caps, (-1, 1), strict=False):
        cap.normals[:] = (0, up, 0)
    return merge([wall, *caps])


def limb(
    start, end, radius: float, end_radius: float, colour, material: Material = Material.MATTE, sides: int = 8
) -> Mesh:
    """A capsule between two points with a radius at each: arms, legs, necks, branches."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    length = float(np.linalg.norm(end - start))
    low = [(radius * np.sin(a), -radius * np.cos(a)) for a in np.linspace(0, np.pi / 2, 4)]
    high = [(end_radius * np.cos(a), length + end_radius * np.sin(a)) for a in np.linspace(0, np.pi / 2, 4)]
    up = (end - start) / max(length, 1e-9)
    side = np.cross(up, [0, 0, 1] if abs(up[2]) < 0.9 else [1, 0, 0])
    side /= np.linalg.norm(side)
    frame = np.eye(4)
    frame[:3, 0], frame[:3, 1], frame[:3, 2], frame[:3, 3] = side, up, np.cross(side, up), start
    return lathe(low + high, sides, colour, material).transformed(frame)


def heightfield(height, x_range, z_range, cells: tuple[int, int], colour, material: Material = Material.MATTE) -> Mesh:
    """Ground: `height(x, z)` on a grid, vectorised. `colour` is a colour or a function of (x, y, z) -> (V, 3)."""
    x, z = np.meshgrid(np.linspace(*x_range, cells[0] + 1), np.linspace(*z_range, cells[1] + 1))
    y = np.broadcast_to(height(x, z), x.shape).astype(float)
    dx, dz = (x_range[1] - x_range[0]) / cells[0], (z_range[1] - z_range[0]) / cells[1]
    slope_z, slope_x = np.gradient(y, dz, dx)
    normals = np.stack([-slope_x, np.ones_like(y), -slope_z], -1).reshape(-1, 3)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    index = np.arange(y.size).reshape(y.shape)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    faces = np.stack([a, c, b, b, c, d], -1).reshape(-1, 3)
    tint = colour(x.ravel(), y.ravel(), z.ravel()) if callable(colour) else colour
    return mesh(np.stack([x, y, z], -1).reshape(-1, 3), faces, tint, material, normals)


# ------------------------------------------------------------------------------------------------- noise


def noise(x, z, seed: int = 0, octaves: int = 4) -> np.ndarray:
    """Smooth value noise, about -1..1, feature size 1 in the first octave; vectorised and seeded."""
    x, z = np.asarray(x, float), np.asarray(z, float)
    total, weight, norm = np.zeros(np.broadcast(x, z).shape), 1.0, 0.0
    for octave in range(octaves):
        fx, fz = x * 2**octave + 17.3 * octave, z * 2**octave - 9.1 * octave
        ix, iz = np.floor(fx).astype(np.int64), np.floor(fz).astype(np.int64)
        u, v = fx - ix, fz - iz
        u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
        key = seed * 1013 + octave * 7919
        corner = [[_lattice(ix + i, iz + j, key) for j in (0, 1)] for i in (0, 1)]
        low = corner[0][0] * (1 - u) + corner[1][0] * u
        high = corner[0][1] * (1 - u) + corner[1][1] * u
        total += weight * (low * (1 - v) + high * v)
        norm += weight
        weight *= 0.5
    return total / norm


def _lattice(ix: np.ndarray, iz: np.ndarray, key: int) -> np.ndarray:
    """Hash of lattice points to -1..1 (a 64-bit multiply-xorshift; wraps on purpose)."""
    with np.errstate(over="ignore"):
        h = ix.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + iz.astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
        h = (h + np.uint64(key % 2**63)) * np.uint64(0xD6E8FEB86659FD93)
        h = (h ^ (h >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    return (h >> np.uint64(40)).astype(float) / float(2**23) - 1.0
