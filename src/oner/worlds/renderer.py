"""Draws the pictures of a clip: shadows, mirror, surfaces, sky, air, and the look.

Pictures are filmed (tone-mapped) before the pixels of the larger scene are averaged: smoother edges, and 8 bits are
enough; the alpha channel says how much of a pixel shines, which is what blooms.
"""

from dataclasses import dataclass

import moderngl
import numpy as np

from . import looks
from .atmosphere import Atmosphere
from .gpu import FRAME_FIELDS, LAMPS, PARTS, Shape, Target, gpu, joined
from .mesh import Material, Mesh
from .particles import Particles
from .scenery import NEAR_MAP, WIDE_MAP, DepthMap, borrow, depth_map, give_back, shadow_matrix, to_texture

CLIP_DISTANCE = 0x3000  # GL_CLIP_DISTANCE0


@dataclass(frozen=True)
class View:
    """Where the camera is. Metres and radians; `fov` is the vertical view angle."""

    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    fov: float
    roll: float = 0.0
    near: float = 0.15
    far: float = 2500.0

    def axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Right, up and forward unit vectors."""
        forward = np.subtract(self.target, self.eye, dtype=float)
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 1.0, 0.0))
        right /= np.linalg.norm(right)
        up = np.cross(right, forward)
        c, s = np.cos(self.roll), np.sin(self.roll)
        return c * right + s * up, c * up - s * right, forward

    def matrix(self, aspect: float) -> np.ndarray:
        """World to clip space, 4x4."""
        right, up, forward = self.axes()
        look = np.eye(4)
        look[0, :3], look[1, :3], look[2, :3] = right, up, -forward
        look[:3, 3] = -look[:3, :3] @ np.asarray(self.eye)
        f, near, far = 1.0 / np.tan(self.fov / 2), self.near, self.far
        lens = np.zeros((4, 4))
        lens[0, 0], lens[1, 1] = f / aspect, f
        lens[2, 2], lens[2, 3], lens[3, 2] = (far + near) / (near - far), 2 * far * near / (near - far), -1.0
        return lens @ look


@dataclass(frozen=True)
class Light:
    """A lamp as it shines in one frame, in the world."""

    position: tuple[float, float, float]
    colour: tuple[float, float, float]
    reach: float


class Renderer:
    """Draws one clip: the scenery, what moves in it, and the air.

    `moving` are meshes whose matrices come with every frame, in this order. `sky` is the place's backdrop.
    """

    def __init__(
        self, static: Mesh, moving: list[Mesh], sky: str, light: Atmosphere, particles: list[Particles], look: str,
        size: tuple[int, int], samples: int, lamps: bool, water: float | None = None,
    ) -> None:  # fmt: skip
        self.gpu, self.light, self.sky, self.size = gpu(), light, sky, size
        self.look, self.particles, self.water = look, particles, water
        self.target = self.gpu.target(*size, samples)
        context = self.gpu.context
        defines = {"SUNLIT": int(light.shadows), "LAMPS": int(lamps)}
        self.mirror = self._mirror_height(static)
        mirrors = int(self.mirror is not None)
        self.scenery = borrow(self.gpu, static, light, {**defines, "PARTS": 0, "MIRROR": mirrors})
        self.groups: list[tuple[Shape, slice]] = []
        for start in range(0, len(moving), PARTS):
            group = moving[start : start + PARTS]
            part = np.repeat(np.arange(len(group)), [len(m.positions) for m in group])
            shape = Shape(self.gpu, joined(group), part, {**defines, "PARTS": 1, "MIRROR": 0})
            self.groups.append((shape, slice(start, start + len(group))))
        sky_program = self.gpu.program("sky_vertex", "sky_fragment", SKY=sky.upper(), STARS=int(light.stars > 0))
        self.backdrop = context.vertex_array(sky_program, [(self.gpu.corners, "2f4", "corner")])
        self.air = []
        for kind in particles:
            program = self.gpu.program("particles_vertex", "particles_fragment", KIND=kind.kind)
            array = context.vertex_array(
                program, [(self.gpu.corners, "2f4", "corner"), (self.gpu.luck, "4f4/i", "luck")]
            )
            self.air.append((program, array, kind))
        self.maps = [self.scenery.map, self._near_map()] if light.shadows else []
        self.finish = looks.Finish(self.gpu, look, size)
        self.open = True

    def _mirror_height(self, static: Mesh) -> float | None:
        """Height of what mirrors the scene: water, or the pavement (y = 0) when it is wet. None: nothing does."""
        there = set(np.unique(static.material).astype(int))
        if self.water is not None and Material.WATER in there:
            return self.water
        wet = self.light.wet > 0.2 and not there.isdisjoint((Material.ASPHALT, Material.PAVING, Material.CONCRETE))
        return 0.0 if wet else None

    def _near_map(self) -> DepthMap:
        """The shadow map of what moves, drawn anew for every picture: one does for all clips."""
        if self.gpu.near_map is None:
            self.gpu.near_map = depth_map(self.gpu, NEAR_MAP)
        return self.gpu.near_map

    def frame(
        self, view: View, seconds: float, matrices: np.ndarray, focus: tuple[np.ndarray, float], lamps: list[Light],
        flash: float = 0.0, clock: int = 0,
    ) -> np.ndarray:  # fmt: skip
        """Draw a picture: (H, W, 3) uint8 RGB.

        `matrices` (N, 4, 4) place the moving meshes; `focus` is the centre and radius of what needs sharp moving
        shadows; `flash` is the lightning's brightness; `clock` the frame number that film grain goes by.
        """
        context, target = self.gpu.context, self.target
        near = np.eye(4)
        if self.light.shadows:
            centre, radius = np.asarray(focus[0], float), focus[1]
            near = shadow_matrix(self.light.sun, centre - radius, centre + radius, lift=20.0)
            self._draw_near_map(near, matrices)
            for unit, (texture, _) in enumerate(self.maps, 1):
                texture.use(unit)
        self.gpu.noise.use(0)
        chosen = weighed(lamps, view, view.axes()[2])
        if self.mirror is not None:
            self._draw_scene(target.mirror_frame, view, near, seconds, matrices, chosen, flash, self.mirror)
            target.mirror.use(6)
        self._draw_scene(target.scene, view, near, seconds, matrices, chosen, flash, None)
        self._draw_air(target)
        context.enable_only(moderngl.NOTHING)
        self.finish.draw(target, (view.near, view.far), clock)
        pixels = target.picture.read(components=3, alignment=1)
        return np.frombuffer(pixels, np.uint8).reshape(self.size[1], self.size[0], 3)[::-1].copy()

    def distances(self, view: View) -> np.ndarray:
        """How far along the view the surfaces of the picture drawn last are: (H, W) metres; `samples` must be 1."""
        width, height = self.size
        stored = np.frombuffer(self.target.depth.read(alignment=1), np.float32).reshape(height, width)[::-1]
        near, far = view.near, view.far
        return 2 * near * far / (far + near - (2 * stored.astype(float) - 1) * (far - near))

    def _draw_scene(
        self, frame: moderngl.Framebuffer, view: View, near: np.ndarray, seconds: float, matrices: np.ndarray,
        lamps: list[Light], flash: float, mirror: float | None,
    ) -> None:  # fmt: skip
        """Surfaces and sky into a frame buffer; with `mirror`, as a level mirror at that height shows them."""
        context = self.gpu.context
        projection = view.matrix(self.size[0] / self.size[1])
        if mirror is not None:
            projection = projection @ np.array([[1, 0, 0, 0], [0, -1, 0, 2 * mirror], [0, 0, 1, 0], [0, 0, 0, 1.0]])
        self.gpu.frame.write(self._frame_block(view, projection, near, seconds, lamps, flash, mirror))
        self.gpu.frame.bind_to_uniform_block(0)
        frame.use()
        frame.clear(0.0, 0.0, 0.0, 0.0, depth=1.0)
        context.enable_only(moderngl.DEPTH_TEST)
        context.depth_func = "<="
        context.front_face = "ccw" if mirror is None else "cw"
        if mirror is not None:
            context.enable_direct(CLIP_DISTANCE)
        for shape, where in self.groups:
            self._bind_parts(matrices[where])
            shape.draw(None)
        self.scenery.shape.draw(planes_of(projection), skip=() if mirror is None else (Material.WATER,))
        if mirror is not None:
            context.disable_direct(CLIP_DISTANCE)
        context.front_face = "ccw"
        context.disable(moderngl.CULL_FACE)
        self.backdrop.render(moderngl.TRIANGLE_STRIP)

    def _bind_parts(self, matrices: np.ndarray) -> None:
        self.gpu.parts.write(np.ascontiguousarray(matrices.transpose(0, 2, 1), np.float32).tobytes())
        self.gpu.parts.bind_to_uniform_block(1)

    def _draw_near_map(self, matrix: np.ndarray, matrices: np.ndarray) -> None:
        frame = self.maps[1][1]
        frame.use()
        frame.clear(depth=1.0)
        self.gpu.context.enable_only(moderngl.DEPTH_TEST)
        for shape, where in self.groups:
            if shape.shadow:
                self._bind_parts(matrices[where])
                shape.shadow.program["light_projection"].write(matrix.T.astype("f4").tobytes())
                shape.shadow.render()

    def _draw_air(self, target: Target) -> None:
        context = self.gpu.context
        context.enable_only(moderngl.DEPTH_TEST | moderngl.BLEND)
        target.scene.depth_mask = False
        for program, array, kind in self.air:
            for name, value in kind.uniforms().items():
                program[name] = value
            program["floor_height"] = -1000.0 if self.water is None else self.water
            if kind.kind == "FIREFLY":
                context.blend_func = (moderngl.SRC_ALPHA, moderngl.ONE, moderngl.ONE, moderngl.ONE)
            else:
                context.blend_func = (
                    moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA, moderngl.ZERO, moderngl.ONE
                )  # fmt: skip
            array.render(moderngl.TRIANGLE_STRIP, instances=kind.count)
        target.scene.depth_mask = True

    def _frame_block(
        self, view: View, projection: np.ndarray, near: np.ndarray, seconds: float, lamps: list[Light], flash: float,
        mirror: float | None,
    ) -> bytes:  # fmt: skip
        a, half = self.light, float(np.tan(view.fov / 2))
        eye, (right, up, forward) = np.array(view.eye), view.axes()
        clip = -1e6
        if mirror is not None:
            eye[1], clip = 2 * mirror - eye[1], mirror + 0.03
            right, up, forward = (axis * (1, -1, 1) for axis in (right, up, forward))
        large = self.target.large
        values = {
            "view_projection": projection.T,
            "shadow_wide": (to_texture(WIDE_MAP) @ self.scenery.shadow).T,
            "shadow_near": (to_texture(NEAR_MAP) @ near).T,
            "eye": (*eye, seconds),
            "right": (*right, half * self.size[0] / self.size[1]),
            "up": (*up, half),
            "forward": (*forward, 1 / large[0]),
            "sun": (*a.sun, float(a.moon)),
            "sun_colour": (*a.sun_colour, float(a.shadows)),
            "zenith": (*a.zenith, a.stars),
            "horizon": (*a.horizon, a.gradient),
            "glow": (*a.glow, a.disc),
            "above": (*a.above, float(not a.shadows and self.sky == "none")),
            "below": (*a.below, 1 / large[1]),
            "fill": (*a.fill, a.fill_share),
            "fog": (a.fog_density, a.fog_falloff, 0.0, a.fog_fixed),
            "fog_colour": (*a.fog_colour, 0.0),
            "clouds": (a.cloud_cover, a.cloud_softness, a.cloud_brightness, a.wind),
            "cloud_colour": (*a.cloud_colour, 0.0),
            "weather": (a.wet, a.snowed, a.wind, flash),
            "tone": (a.exposure, a.windows, clip, len(lamps)),
            "lamp_place": [(*lamp.position, lamp.reach) for lamp in lamps],
            "lamp_colour": [(*lamp.colour, 0.0) for lamp in lamps],
        }
        block, row = np.zeros((sum(FRAME_FIELDS.values()), 4), np.float32), 0
        for name, rows in FRAME_FIELDS.items():
            value = np.asarray(values[name], np.float32).reshape(-1, 4)
            block[row : row + len(value)] = value
            row += rows
        return block.tobytes()

    def close(self) -> None:
        """Free the clip's buffers; the context and its programs stay for the next clip."""
        if self.open:
            give_back(self.gpu, self.scenery)
        self.open = False
        for shape, _ in self.groups:
            shape.release()
        self.backdrop.release()
        for _, array, _ in self.air:
            array.release()
        self.finish.close()
        self.groups, self.air, self.maps = [], [], []


def planes_of(projection: np.ndarray) -> np.ndarray:
    """(6, 4) planes of the view, normals inwards and of length one."""
    rows = [projection[3] + s * projection[i] for i in range(3) for s in (1, -1)]
    planes = np.array(rows)
    return planes / np.linalg.norm(planes[:, :3], axis=1, keepdims=True)


def weighed(lamps: list[Light], view: View, forward: np.ndarray) -> list[Light]:
    """The lamps that matter most to a view; the last ones are dimmed so that none pops in or out."""
    if len(lamps) <= LAMPS:
        return lamps
    middle = np.asarray(view.eye) + forward * 9.0
    away = np.array([np.linalg.norm(middle - lamp.position) for lamp in lamps])
    power = np.array([max(lamp.colour) * lamp.reach for lamp in lamps]) / (4.0 + away)
    order = np.argsort(-power, kind="stable")
    least = power[order[LAMPS]]
    chosen = []
    for i in order[:LAMPS]:
        share = float(np.clip((power[i] / max(least, 1e-9) - 1.0) / 0.35, 0.0, 1.0))
        chosen.append(Light(lamps[i].position, tuple(c * share for c in lamps[i].colour), lamps[i].reach))
    return chosen
