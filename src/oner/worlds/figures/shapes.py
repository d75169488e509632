"""Smooth closed surfaces beyond the plain shapes of `mesh.py`: lofts, tubes, shells, feet.

All grids run row by row; columns turn from +x towards +z and rows climb, as in `mesh.lathe`, so that faces look out.
"""

from collections.abc import Sequence

import numpy as np

from ..mesh import Material, Mesh, merge, mesh, rotation


def surface(grid, colour, material: Material = Material.MATTE, closed: bool = True) -> Mesh:
    """A smooth skin over a grid of points (R, C, 3). `closed` joins the last column to the first.

    `colour` is one colour, one a row (R, 3) or one a point (R, C, 3).
    """
    grid = np.asarray(grid, float)
    if closed:
        grid = np.concatenate([grid, grid[:, :1]], 1)
        along = np.roll(grid[:, :-1], -1, 1) - np.roll(grid[:, :-1], 1, 1)
        along = np.concatenate([along, along[:, :1]], 1)
    else:
        along = np.gradient(grid, axis=1)
    normals = np.cross(np.gradient(grid, axis=0), along)
    length = np.linalg.norm(normals, axis=2, keepdims=True)
    # At a pole the columns meet and the cross product vanishes: there the way out of the body is the normal.
    for end, inner in ((0, 1), (-1, -2)):
        if np.max(length[end]) < 1e-3 * max(float(np.max(length[inner])), 1e-9):
            normals[end] = np.cross(*_two_spokes(grid[inner])) * (1 if end else -1)
            length[end] = np.linalg.norm(normals[end], axis=1, keepdims=True)
    normals /= np.maximum(length, 1e-12)
    rows, columns = grid.shape[:2]
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    faces = np.stack([a, c, b, b, c, d], -1).reshape(-1, 3)
    tint = np.asarray(colour, float)
    if tint.ndim == 2:
        tint = np.repeat(tint[:, None], columns, 1)
    elif tint.ndim == 3 and closed:
        tint = np.concatenate([tint, tint[:, :1]], 1)
    flat = tint.reshape(-1, 3) if tint.ndim == 3 else tint
    made = mesh(grid.reshape(-1, 3), faces, flat, material, normals.reshape(-1, 3))
    corners = made.positions[made.faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    made.faces = made.faces[area > 1e-12]  # the collapsed halves of the quads at a pole
    return made


def _two_spokes(ring: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two directions in the plane of a ring whose cross product points up the rows (columns turn from x to z)."""
    centre = ring.mean(0)
    return ring[len(ring) // 4] - centre, ring[0] - centre


def ellipse(count: int, power: float = 2.0, dense: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Unit superellipse as (cosines, sines); power 2 is round, higher is boxier; `dense` crowds points towards +z."""
    angle = np.arange(count) * 2 * np.pi / count
    angle = angle + dense * np.cos(angle)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.sign(cos) * np.abs(cos) ** (2 / power), np.sign(sin) * np.abs(sin) ** (2 / power)


def refine(sections, rows: int) -> np.ndarray:
    """Resample rows of numbers smoothly (Catmull-Rom through the given rows, parameter by row)."""
    sections = np.asarray(sections, float)
    t = np.linspace(0, len(sections) - 1, rows)
    i = np.minimum(t.astype(int), len(sections) - 2)
    u = (t - i)[:, None]
    padded = np.concatenate([2 * sections[:1] - sections[1:2], sections, 2 * sections[-1:] - sections[-2:-1]])
    p0, p1, p2, p3 = (padded[i + k] for k in range(4))
    slope1, slope2 = (p2 - p0) / 2, (p3 - p1) / 2
    return (
        p1 * (1 + 2 * u) * (1 - u) ** 2
        + slope1 * u * (1 - u) ** 2
        + p2 * u * u * (3 - 2 * u)
        + slope2 * u * u * (u - 1)
    )


def loft_grid(sections, sides: int, power: float = 2.0, dense: float = 0.0, closed_ends: bool = True) -> np.ndarray:
    """Points (R, sides, 3) of a body through horizontal sections (y, half width, front z, back z), bottom to top."""
    y, width, front, back = np.asarray(sections, float).T
    cos, sin = ellipse(sides, power, dense)
    middle, half = (front + back) / 2, (front - back) / 2
    grid = np.stack(
        [width[:, None] * cos, np.broadcast_to(y[:, None], (len(y), sides)), middle[:, None] + half[:, None] * sin], -1
    )
    if closed_ends:
        grid = np.concatenate([_cap(grid[0]), grid, _cap(grid[-1])])
    return grid


def _cap(ring: np.ndarray) -> np.ndarray:
    return np.broadcast_to(ring.mean(0), (1, *ring.shape))


def loft(sections, sides: int, colour, material: Material = Material.MATTE, power: float = 2.0) -> Mesh:
    """A closed body through sections (y, half width, front z, back z) listed bottom to top."""
    colour = np.asarray(colour, float)
    if colour.ndim == 2:
        colour = np.concatenate([colour[:1], colour, colour[-1:]])
    return surface(loft_grid(sections, sides, power), colour, material)


def tube(points, radii, sides: int, colour, material: Material = Material.MATTE, flat: float = 1.0) -> Mesh:
    """A pipe with closed round ends along a path (N, 3); `radii` is one radius or one a point.

    `flat` scales the thickness across the path's plane (below 1: a band).
    """
    points = np.asarray(points, float)
    radii = np.broadcast_to(np.asarray(radii, float), len(points))
    tangent = np.gradient(points, axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    side = np.cross(tangent[0], [0, 0, 1] if abs(tangent[0][2]) < 0.8 else [1, 0, 0])
    sides_, ups = [], []
    for t in tangent:  # carried along without twist
        side = side - t * (side @ t)
        side /= np.linalg.norm(side)
        sides_.append(side)
        ups.append(np.cross(side, t))
    cos, sin = ellipse(sides)
    across, up = np.array(sides_)[:, None] * cos[:, None], np.array(ups)[:, None] * sin[:, None] * flat
    rings = points[:, None] + radii[:, None, None] * (across + up)
    start = points[0] - tangent[0] * radii[0] * 0.6
    end = points[-1] + tangent[-1] * radii[-1] * 0.6
    first = start + (rings[:1] - points[0]) * 0.6 + tangent[0] * radii[0] * 0.15
    last = end + (rings[-1:] - points[-1]) * 0.6 - tangent[-1] * radii[-1] * 0.15
    tip = lambda p: np.broadcast_to(p, (1, sides, 3))
    tint = np.asarray(colour, float)
    if tint.ndim == 2:
        tint = np.concatenate([tint[:1], tint[:1], tint, tint[-1:], tint[-1:]])
    return surface(np.concatenate([tip(start), first, rings, last, tip(end)]), tint, material)


def shell(grid, thickness: float, colour, lining, material: Material = Material.CLOTH) -> Mesh:
    """Cloth seen from both sides: the grid (R, C, 3) and, `thickness` further in, a lining; open at the rims."""
    grid = np.asarray(grid, float)
    outer = surface(grid, colour, material, closed=False)
    inner = surface(grid, lining, material, closed=False)
    inner.positions = (inner.positions - inner.normals * thickness).astype(np.float32)
    inner.normals, inner.faces = -inner.normals, inner.faces[:, ::-1]
    return merge([outer, inner])


def ball(centre, radii: Sequence[float], colour, material: Material = Material.MATTE, sides=10, rings=7) -> Mesh:
    """An ellipsoid with its centre and three radii."""
    a = np.linspace(-np.pi / 2, np.pi / 2, rings + 1)
    t = np.arange(sides) * 2 * np.pi / sides
    unit = np.stack(
        [np.cos(a)[:, None] * np.cos(t), np.repeat(np.sin(a)[:, None], sides, 1), np.cos(a)[:, None] * np.sin(t)], -1
    )
    return surface(unit * np.asarray(radii, float) + np.asarray(centre, float), colour, material)


def ring(radius: float, pipe: float, colour, material: Material = Material.MATTE, around=32, sides=6) -> Mesh:
    """A torus in the y-z plane about the x axis: tyres, rims, rings."""
    a = np.arange(around) * 2 * np.pi / around
    b = np.arange(sides) * 2 * np.pi / sides
    reach = radius + pipe * np.cos(b)[None]
    grid = np.stack(
        [np.broadcast_to(pipe * np.sin(b), (around, sides)), reach * np.cos(a)[:, None], reach * np.sin(a)[:, None]], -1
    )
    grid = np.concatenate([grid, grid[:1]])
    made = surface(grid, colour, material)
    outward = (
        made.positions * (1 - radius / np.maximum(np.hypot(made.positions[:, 1], made.positions[:, 2]), 1e-9))[:, None]
    )
    outward[:, 0] = made.positions[:, 0]
    if float(np.sum(outward * made.normals)) < 0:
        made.normals, made.faces = -made.normals, made.faces[:, ::-1]
    made.normals = (outward / np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return made


def lengthwise(
    sections, sides: int, colour, material: Material = Material.FUR, power: float = 2.1, rows: int = 0
) -> Mesh:
    """A body along z through sections (z, bottom, top, half width) listed from the tail to the nose."""
    sections = refine(sections, rows) if rows else np.asarray(sections, float)
    z, bottom, top, half = sections.T
    colour = np.asarray(colour, float)
    # A loft stands along y: lay it down with its front (+z) turned to the sky (+y).
    lying = loft(np.stack([z, half, top, bottom], 1), sides, colour, material, power)
    lying.positions = lying.positions[:, [0, 2, 1]] * np.float32([-1, 1, 1])
    lying.normals = lying.normals[:, [0, 2, 1]] * np.float32([-1, 1, 1])
    return lying


def outward(made: Mesh) -> Mesh:
    """Turn a mesh right side out, judged from its middle."""
    middle = (made.positions.min(0) + made.positions.max(0)) / 2
    corners = made.positions[made.faces]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    if float(np.sum(facing * (corners.mean(1) - middle))) < 0:
        made.faces = made.faces[:, ::-1]
    agree = np.sum(np.cross(*(made.positions[made.faces[:, k]] - made.positions[made.faces[:, 0]] for k in (1, 2)))
        * made.normals[made.faces[:, 0]])  # fmt: skip
    if float(agree) < 0:
        made.normals = -made.normals
    return made


def sideways(x: float, y: float, z: float) -> np.ndarray:
    """Lays what stands along y along x, away from the middle."""
    s = 1.0 if x > 0 else -1.0
    m = np.eye(4)
    m[:3, :3] = [[0, s, 0], [-s, 0, 0], [0, 0, 1]]
    m[:3, 3] = x, y, z
    return m


def forward(x, y, z) -> np.ndarray:
    """Lays what stands along y so that it points to +z."""
    m = np.eye(4)
    m[:3, :3] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
    m[:3, 3] = x, y, z
    return m


def placed_at(place, turn: float) -> np.ndarray:
    """A matrix that turns about y and moves to a place."""
    m = rotation("y", turn)
    m[:3, 3] = place
    return m


def still(t: float) -> np.ndarray:
    """The pose of one part that never moves."""
    return np.eye(4)[None]
