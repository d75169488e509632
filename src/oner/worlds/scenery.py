"""Scenery in graphics memory with its shadow map, kept for the next clip of the same place.

Setting a place up takes as long as drawing a second of it; clips of one place often follow each other.
"""

from dataclasses import dataclass

import moderngl
import numpy as np

from .atmosphere import Atmosphere
from .gpu import Gpu, Shape
from .mesh import Mesh

WIDE_MAP, NEAR_MAP = 2048, 512  # shadow maps, pixels a side
KEPT = 3  # sceneries that nobody draws any more

DepthMap = tuple[moderngl.Texture, moderngl.Framebuffer]


@dataclass
class Scenery:
    """What stands still in a place. `shadow` takes the world to the shadow map `map`; None without a sun."""

    static: Mesh  # its identity is the key, so it must live as long
    shape: Shape
    map: DepthMap | None
    shadow: np.ndarray
    users: int = 0


def borrow(gpu: Gpu, static: Mesh, light: Atmosphere, defines: dict[str, int | str]) -> Scenery:
    """The scenery of a mesh under a light; to be given to `give_back` when it is no longer drawn."""
    key = (id(static), light.sun if light.shadows else None, *sorted(defines.items()))
    if key in gpu.sceneries:
        gpu.sceneries[key] = gpu.sceneries.pop(key)  # the latest used stays longest
    else:
        shape, shadow, shadow_map = Shape(gpu, static, None, defines), np.eye(4), None
        if light.shadows:
            shadow_map = depth_map(gpu, WIDE_MAP)
            shadow = _draw_shadow(gpu, static, shape, shadow_map, light.sun)
        gpu.sceneries[key] = Scenery(static, shape, shadow_map, shadow)
    gpu.sceneries[key].users += 1
    return gpu.sceneries[key]


def give_back(gpu: Gpu, scenery: Scenery) -> None:
    """Say that a clip is done with its scenery; the oldest ones beyond `KEPT` are freed."""
    scenery.users -= 1
    idle = [key for key, kept in gpu.sceneries.items() if not kept.users]
    for key in idle[: max(len(idle) - KEPT, 0)]:
        gone = gpu.sceneries.pop(key)
        gone.shape.release()
        for part in reversed(gone.map or ()):
            part.release()


def depth_map(gpu: Gpu, side: int) -> DepthMap:
    """A square shadow map that compares, and the frame buffer that draws into all but its outermost texels."""
    texture = gpu.context.depth_texture((side, side))
    texture.compare_func, texture.repeat_x, texture.repeat_y = "<=", False, False
    texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
    frame = gpu.context.framebuffer(depth_attachment=texture)
    frame.clear(depth=1.0)
    frame.viewport = (1, 1, side - 2, side - 2)
    return texture, frame


def _draw_shadow(gpu: Gpu, static: Mesh, shape: Shape, shadow_map: DepthMap, sun: tuple) -> np.ndarray:
    low, high = np.array([-48.0, -10.0, -85.0]), np.array([48.0, 60.0, 38.0])
    if len(static.positions):
        low, high = np.maximum(low, static.positions.min(0) - 1), np.minimum(high, static.positions.max(0) + 1)
    matrix = shadow_matrix(sun, low, np.maximum(high, low + 1), lift=150.0)
    frame = shadow_map[1]
    frame.use()
    frame.clear(depth=1.0)
    gpu.context.enable_only(moderngl.DEPTH_TEST)
    if shape.shadow:
        shape.shadow.program["light_projection"].write(matrix.T.astype("f4").tobytes())
        shape.shadow.render()
    return matrix


def shadow_matrix(sun: tuple[float, float, float], low: np.ndarray, high: np.ndarray, lift: float) -> np.ndarray:
    """Parallel projection along the light that holds a box; `lift` metres more towards the light cast into it."""
    z = np.asarray(sun, float)
    x = np.cross((0.0, 1.0, 0.0) if abs(z[1]) < 0.99 else (1.0, 0.0, 0.0), z)
    x /= np.linalg.norm(x)
    axes = np.stack([x, np.cross(z, x), z])
    ends = np.stack([low, high])
    corners = np.array([[ends[i, 0], ends[j, 1], ends[k, 2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    seen = corners @ axes.T
    a, b = seen.min(0), seen.max(0)
    b[2] += lift
    matrix = np.eye(4)
    matrix[:3, :3] = axes * (2 / (b - a))[:, None] * np.array([1, 1, -1])[:, None]
    matrix[:3, 3] = -(a + b) / (b - a) * np.array([1, 1, -1])
    return matrix


def to_texture(side: int) -> np.ndarray:
    """Clip space to a shadow map's coordinates, inside its empty border, a little nearer to the light."""
    half = 0.5 * (side - 2) / side
    return np.array([[half, 0, 0, 0.5], [0, half, 0, 0.5], [0, 0, 0.5, 0.5 - 0.0007], [0, 0, 0, 1]])
