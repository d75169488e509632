"""What every place is put together from: a `Site` that collects pieces, and vectorised boxes, copies, tubes, blobs.

Copies of one small mesh are merged into one large mesh at once, so a forest costs two array products, not a loop.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from ..description import PLACES, Description
from ..mesh import Material, Mesh, box, merge, mesh, noise, quad, rgb
from ..scene import Lamp, MovingPart, Place, flat_ground

ACCENTS = {
    "red": rgb("#b8322f"), "orange": rgb("#d9742a"), "yellow": rgb("#e0bb3a"), "green": rgb("#3f8a52"),
    "blue": rgb("#2f62ad"), "purple": rgb("#74479f"), "pink": rgb("#dd7fa6"), "white": rgb("#e8e5de"),
    "black": rgb("#232327"), "grey": rgb("#858a8f"), "brown": rgb("#7a5236"), "gold": rgb("#c79a3a"),
    "turquoise": rgb("#36aaa6"),
}  # fmt: skip


@dataclass
class Site:
    """A place in the making: its random source, its own colour, and the pieces so far."""

    description: Description
    seed: int
    parts: list[Mesh] = field(default_factory=list)
    moving: list[MovingPart] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)
    _blocks: dict[Material, list] = field(default_factory=dict)

    def __post_init__(self):
        # The layout hangs on place and seed alone: accent, time and weather must never draw from this source.
        self.rng = np.random.default_rng([self.seed, PLACES.index(self.description.place)])
        self.noise_seed = int(self.rng.integers(1, 1 << 20))

    def accent(self, default: str) -> np.ndarray:
        """The place's own colour as asked for, or `default` ("#rrggbb")."""
        named = self.description.accent
        return np.float32(ACCENTS[named] if named else rgb(default))

    @property
    def snowy(self) -> bool:
        return self.description.weather == "snow"

    @property
    def dark(self) -> bool:
        return self.description.time in ("dusk", "night", "dawn")

    def add(self, *pieces: Mesh) -> None:
        self.parts.extend(pieces)

    def box(self, centre, size, colour, material: Material = Material.MATTE) -> None:
        """One axis-aligned box; all of a place's boxes become one mesh at the end, which is cheap."""
        self._blocks.setdefault(material, []).append((*centre, *size, *colour))

    def slab(self, x, y, z, colour, material: Material = Material.MATTE) -> None:
        """One box from its ranges (x0, x1), (y0, y1), (z0, z1), in any order."""
        centre = [(a + b) / 2 for a, b in (x, y, z)]
        self.box(centre, [abs(b - a) for a, b in (x, y, z)], colour, material)

    def move(self, piece: Mesh, motion: Callable[[float], np.ndarray]) -> None:
        self.moving.append(MovingPart(piece, motion))

    def lamp(self, position, colour, reach: float, night_only: bool = False) -> None:
        self.lamps.append(Lamp(tuple(float(v) for v in position), tuple(float(c) for c in colour), reach, night_only))

    def place(self, ground: Callable = flat_ground, **limits) -> Place:
        for material, rows in self._blocks.items():
            rows = np.float32(rows)
            self.parts.append(boxes(rows[:, :3], rows[:, 3:6], rows[:, 6:9], material))
        static = tidy(merge(self.parts))
        for part in self.moving:
            part.mesh = tidy(part.mesh)
        return Place(static, ground, self.moving, self.lamps, **limits)


def tidy(whole: Mesh) -> Mesh:
    """Drop triangles without area (sphere poles and the like) and make every normal exactly of unit length."""
    corner = whole.positions[whole.faces]
    area = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    faces = whole.faces[(area * area).sum(1) > 1e-14]
    length = np.linalg.norm(whole.normals, axis=1, keepdims=True)
    normals = np.where(length > 1e-6, whole.normals / np.maximum(length, 1e-6), np.float32([0, 1, 0]))
    return Mesh(
        np.ascontiguousarray(whole.positions, np.float32),
        np.ascontiguousarray(normals, np.float32),
        np.ascontiguousarray(np.clip(whole.colours, 0, 1), np.float32),
        np.ascontiguousarray(whole.material, np.float32),
        np.ascontiguousarray(faces, np.int32),
    )


# ------------------------------------------------------------------------------------- copies and boxes


def copies(piece: Mesh, positions, scale=1.0, yaw=0.0, tint=None) -> Mesh:
    """Many copies of one mesh. `positions` (N, 3); `scale` a number, (N,) or (N, 3); `yaw` radians, a number or (N,);
    `tint` None or (N, 3), multiplied into the colours."""
    positions = np.asarray(positions, np.float32).reshape(-1, 3)
    count = len(positions)
    if count == 0 or len(piece.faces) == 0:
        return merge([])
    scale = np.asarray(scale, np.float32)
    scale = np.broadcast_to(scale[..., None] if scale.ndim < 2 else scale, (count, 3))[:, None]
    yaw = np.broadcast_to(np.asarray(yaw, np.float32), (count,))
    cosine, sine = np.cos(yaw)[:, None], np.sin(yaw)[:, None]

    def turned(v: np.ndarray) -> np.ndarray:
        x, z = v[..., 0], v[..., 2]
        return np.stack([cosine * x + sine * z, v[..., 1], cosine * z - sine * x], -1)

    where = turned(piece.positions[None] * scale) + positions[:, None]
    normals = turned(piece.normals[None] / scale)
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-9)
    colours = np.broadcast_to(piece.colours[None], where.shape)
    if tint is not None:
        colours = colours * np.broadcast_to(np.asarray(tint, np.float32), (count, 3))[:, None]
    vertices = len(piece.positions)
    faces = piece.faces[None] + (np.arange(count, dtype=np.int32) * vertices)[:, None, None]
    return Mesh(
        where.reshape(-1, 3).astype(np.float32),
        normals.reshape(-1, 3).astype(np.float32),
        colours.reshape(-1, 3).astype(np.float32),
        np.tile(piece.material, count),
        faces.reshape(-1, 3).astype(np.int32),
    )


@lru_cache(maxsize=64)
def _unit_box(material: Material) -> Mesh:
    return box((1, 1, 1), (1, 1, 1), material)


def boxes(centres, sizes, colours, material: Material = Material.MATTE, yaw=0.0) -> Mesh:
    """Many boxes: centres (N, 3), sizes (3,) or (N, 3), colours (3,) or (N, 3), yaw in radians."""
    centres = np.asarray(centres, np.float32).reshape(-1, 3)
    sizes = np.broadcast_to(np.asarray(sizes, np.float32), centres.shape)
    return copies(
        _unit_box(material), centres, sizes, yaw, np.broadcast_to(np.asarray(colours, np.float32), centres.shape)
    )


def slab(
    x: Sequence[float], y: Sequence[float], z: Sequence[float], colour, material: Material = Material.MATTE
) -> Mesh:
    """One box from its ranges (x0, x1), (y0, y1), (z0, z1)."""
    low, high = np.float32([x[0], y[0], z[0]]), np.float32([x[1], y[1], z[1]])
    return boxes([(low + high) / 2], [high - low], colour, material)


def wall(left, right, y0: float, y1: float, colour, material: Material = Material.PLASTER) -> Mesh:
    """Upright rectangle between two ground points (x, z), named as seen by the viewer in front of it."""
    (ax, az), (bx, bz) = left, right
    return quad((ax, y0, az), (bx, y0, bz), (bx, y1, bz), (ax, y1, az), colour, material)


def floor(x: Sequence[float], z: Sequence[float], y: float, colour, material: Material, down: bool = False) -> Mesh:
    """Level rectangle seen from above (from below with `down`: ceilings)."""
    x, z = sorted(x), sorted(z)
    a, b, c, d = (x[0], y, z[1]), (x[1], y, z[1]), (x[1], y, z[0]), (x[0], y, z[0])
    return quad(d, c, b, a, colour, material) if down else quad(a, b, c, d, colour, material)


def room(x, y, z, floor_look, ceiling_look, wall_look) -> Mesh:
    """Closed room seen from inside; each look is (colour, material)."""
    (x0, x1), (y0, y1), (z0, z1) = x, y, z
    return merge([
        floor(x, z, y0, *floor_look),
        floor(x, z, y1, *ceiling_look, down=True),
        wall((x0, z1), (x0, z0), y0, y1, *wall_look),
        wall((x1, z0), (x1, z1), y0, y1, *wall_look),
        wall((x0, z0), (x1, z0), y0, y1, *wall_look),
        wall((x1, z1), (x0, z1), y0, y1, *wall_look),
    ])  # fmt: skip


# -------------------------------------------------------------------------------------- curved pieces


def tube(points, radius, colour, material: Material = Material.MATTE, sides: int = 5) -> Mesh:
    """A tube through points (N, 3); `radius` a number or (N,). Open ends; for wires, stems, rails, arches."""
    points = np.asarray(points, np.float64)
    along = np.gradient(points, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    span = points[-1] - points[0]
    guide = np.eye(3)[int(np.argmin(np.abs(along).max(0) + 1e-3 * np.abs(span)))]
    side = np.cross(along, guide)
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
    other = np.cross(along, side)
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    normals = side[:, None] * np.cos(angle)[None, :, None] + other[:, None] * np.sin(angle)[None, :, None]
    radius = np.broadcast_to(np.asarray(radius, float), (len(points),))
    positions = points[:, None] + normals * radius[:, None, None]
    return mesh(positions.reshape(-1, 3), grid_faces(len(points), sides + 1), colour, material, normals.reshape(-1, 3))


def grid_faces(rows: int, columns: int) -> np.ndarray:
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    return np.stack([a, b, c, b, d, c], -1).reshape(-1, 3)


def sweep(profile, sections, colour, material: Material = Material.MATTE) -> Mesh:
    """Skin through an outline (P, 2) of x, y repeated at sections (x, y, z, scale); its inside is seen if z falls
    from section to section and the outline goes from the right foot over the top to the left one. Smooth normals."""
    profile, sections = np.asarray(profile, float), np.asarray(sections, float)
    flat = profile[None] * sections[:, None, 3:4] + sections[:, None, :2]
    depth = np.broadcast_to(sections[:, None, 2:3], (*flat.shape[:2], 1))
    return surface(np.concatenate([flat, depth], -1), colour, material)


def surface(grid, colour, material: Material = Material.MATTE) -> Mesh:
    """Smooth skin over a grid of points (rows, columns, 3); its front is where columns x rows points to. `colour`
    is one colour, (rows, columns, 3), or a function of (x, y, z) -> (V, 3)."""
    grid = np.asarray(grid, float)
    normals = np.cross(np.gradient(grid, axis=1), np.gradient(grid, axis=0))
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-9)
    if callable(colour):
        colour = colour(*grid.reshape(-1, 3).T)
    colour = np.asarray(colour, np.float32)
    colour = colour.reshape(-1, 3) if colour.ndim > 1 else colour
    return mesh(grid.reshape(-1, 3), grid_faces(*grid.shape[:2]), colour, material, normals.reshape(-1, 3))


@lru_cache(maxsize=4)
def icosphere(detail: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit sphere of near-equal triangles: 20, 80 or 320 for detail 0, 1, 2."""
    g = (1 + 5**0.5) / 2
    points = [(-1, g, 0), (1, g, 0), (-1, -g, 0), (1, -g, 0), (0, -1, g), (0, 1, g),
              (0, -1, -g), (0, 1, -g), (g, 0, -1), (g, 0, 1), (-g, 0, -1), (-g, 0, 1)]  # fmt: skip
    faces = [(0, 11, 5), (0, 5, 1), (0, 1, 7), (0, 7, 10), (0, 10, 11), (1, 5, 9), (5, 11, 4), (11, 10, 2),
             (10, 7, 6), (7, 1, 8), (3, 9, 4), (3, 4, 2), (3, 2, 6), (3, 6, 8), (3, 8, 9), (4, 9, 5),
             (2, 4, 11), (6, 2, 10), (8, 6, 7), (9, 8, 1)]  # fmt: skip
    points, faces = np.float64(points) / np.linalg.norm(points[0]), np.int32(faces)
    for _ in range(detail):
        a, b, c = (points[faces[:, i]] for i in range(3))
        middles = [m / np.linalg.norm(m, axis=1, keepdims=True) for m in ((a + b) / 2, (b + c) / 2, (c + a) / 2)]
        corners = np.stack([a, b, c, *middles], 1).reshape(-1, 3)
        split = np.array([[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]])
        faces = (np.arange(len(a))[:, None, None] * 6 + split[None]).reshape(-1, 3)
        points, inverse = np.unique(np.round(corners, 6), axis=0, return_inverse=True)
        faces = inverse.reshape(-1)[faces].astype(np.int32)
    return points.astype(np.float32), faces


@lru_cache(maxsize=128)
def _blob_shape(seed: int, detail: int, roughness: float) -> tuple[np.ndarray, np.ndarray]:
    points, faces = icosphere(detail)
    x, y, z = points.T.astype(float)
    bump = noise(x * 1.3 + y * 0.9 + 3, z * 1.3 - y * 0.7, seed, 2)
    return points * (1 + roughness * bump[:, None]).astype(np.float32), faces


def blob(
    colour, material: Material, seed: int = 0, detail: int = 1, roughness: float = 0.35, smooth: bool = False
) -> Mesh:
    """A lumpy ball of radius about 1: rocks (flat-shaded), bushes and clouds (`smooth`)."""
    points, faces = _blob_shape(seed, detail, roughness)
    normals = points / np.linalg.norm(points, axis=1, keepdims=True) if smooth else None
    return mesh(points, faces, colour, material, normals)


# ---------------------------------------------------------------------------------- where and how tinted


def scatter(rng: np.random.Generator, count: int, x, z, keep_out: float, clearing: float = 0.0) -> np.ndarray:
    """`count` random (x, z) points in the ranges, none within `keep_out` of the lane's axis nor within `clearing` of
    the origin."""
    points = rng.uniform((x[0], z[0]), (x[1], z[1]), (count * 3, 2))
    free = (np.abs(points[:, 0]) > keep_out) & (np.hypot(*points.T) > clearing)
    return points[free][:count]


def on_ground(points: np.ndarray, ground: Callable, sink: float = 0.0) -> np.ndarray:
    """(N, 2) of x, z to (N, 3) standing on the ground, sunk in by `sink`."""
    return np.stack([points[:, 0], ground(points[:, 0], points[:, 1]) - sink, points[:, 1]], -1)


def smoothstep(low: float, high: float, x) -> np.ndarray:
    t = np.clip((np.asarray(x, float) - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def blend(a, b, share) -> np.ndarray:
    """Colours between a and b by `share` (N,) -> (N, 3)."""
    share = np.asarray(share, float)[..., None]
    return np.asarray(a, float) * (1 - share) + np.asarray(b, float) * share


def shades(rng: np.random.Generator, count: int, spread: float = 0.15, warm: float = 0.06) -> np.ndarray:
    """`count` tints about 1: brighter and darker by `spread`, warmer and cooler by `warm`."""
    light = rng.uniform(1 - spread, 1 + spread, (count, 1))
    return np.float32(light * (1 + rng.uniform(-warm, warm, (count, 1)) * np.array([[1.0, 0.2, -1.0]])))
