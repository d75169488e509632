"""Draws meshes with OpenGL 3.3: on Linux through EGL, without a screen, on Mesa's llvmpipe where there is no GPU.

One `Gpu` per process and thread owns the context, the compiled programs, the noise texture and the frame buffers. A
`Scenery` holds one clip's meshes and its shadow of what stands still. `Renderer.frame` draws a picture.

llvmpipe executes both sides of every branch, so a shader that asks for the material costs as much as all materials
together. Hence one program per kind of surface, made from the same source by #defines, and faces sorted by kind.
Pictures are filmed (tone-mapped) before the samples of a pixel are averaged: smoother edges and 8 bits are enough; the
alpha channel says how much of a pixel shines, which is what blooms.
"""

import sys
import threading
from dataclasses import dataclass
from functools import cache
from os import getpid
from pathlib import Path

import moderngl
import numpy as np

from ..errors import EngineError
from . import looks
from .atmosphere import Atmosphere
from .description import LOOKS
from .mesh import Material, Mesh
from .particles import Particles, luck

SHADERS = Path(__file__).parent / "shaders"
PARTS = 256  # matrices in one uniform block of 16 KiB, the smallest size that OpenGL promises
LAMPS = 8
CLIP_DISTANCE = 0x3000  # GL_CLIP_DISTANCE0
WIDE_MAP, NEAR_MAP = 2048, 512  # shadow maps, pixels a side

FRAME_FIELDS = {
    "view_projection": 4, "shadow_wide": 4, "shadow_near": 4, "eye": 1, "right": 1, "up": 1, "forward": 1, "sun": 1,
    "sun_colour": 1, "zenith": 1, "horizon": 1, "glow": 1, "above": 1, "below": 1, "fill": 1, "fog": 1,
    "fog_colour": 1, "clouds": 1, "cloud_colour": 1, "weather": 1, "tone": 1, "lamp_place": LAMPS, "lamp_colour": LAMPS,
}  # fmt: skip

KIND_OF = dict.fromkeys(Material, "GENERIC") | {
    Material.GLOSS: "GLOSSY", Material.METAL: "GLOSSY", Material.GLASS: "GLOSSY", Material.GLOW: "GLOW",
    Material.FACADE: "FACADE", Material.TILES: "TILES", Material.BRICK: "BRICK", Material.WOOD: "WOOD",
    Material.PAVING: "PAVING", Material.LEAF: "LEAF", Material.PETAL: "LEAF", Material.WATER: "WATER",
    Material.GRID: "GRID",
}  # fmt: skip
KINDS = tuple(dict.fromkeys(KIND_OF.values()))

# noise: coarse repeats per metre, its amount, fine repeats per metre, its amount; then bump, shine, sharpness, softness
SURFACES = {
    Material.MATTE: (0.12, 0.10, 0.9, 0.08, 0.05, 0.05, 18, 0.0),
    Material.GLOSS: (0.1, 0.0, 1.0, 0.0, 0.0, 0.45, 70, 0.0),
    Material.METAL: (0.1, 0.0, 1.0, 0.0, 0.0, 0.60, 40, 0.0),
    Material.GLASS: (0.1, 0.0, 1.0, 0.0, 0.0, 0.80, 120, 0.0),
    Material.ROCK: (0.018, 0.75, 0.17, 0.85, 0.9, 0.04, 12, 0.0),
    Material.SAND: (0.02, 0.25, 0.45, 0.22, 0.5, 0.05, 10, 0.1),
    Material.SNOW: (0.02, 0.10, 0.30, 0.10, 0.6, 0.12, 24, 0.35),
    Material.GRASS: (0.013, 0.60, 0.40, 0.95, 0.45, 0.02, 10, 0.25),
    Material.EARTH: (0.03, 0.50, 0.45, 0.60, 0.6, 0.02, 10, 0.0),
    Material.ASPHALT: (0.05, 0.30, 0.9, 0.35, 0.25, 0.10, 20, 0.0),
    Material.PLASTER: (0.06, 0.12, 0.5, 0.10, 0.08, 0.05, 20, 0.1),
    Material.BARK: (0.15, 0.50, 1.1, 0.90, 0.9, 0.02, 10, 0.0),
    Material.SKIN: (0.6, 0.08, 2.0, 0.06, 0.02, 0.12, 16, 0.35),
    Material.CLOTH: (0.45, 0.22, 3.5, 0.30, 0.25, 0.03, 10, 0.15),
    Material.HAIR: (0.9, 0.35, 4.5, 0.60, 0.3, 0.22, 22, 0.15),
    Material.FUR: (0.6, 0.35, 4.0, 0.60, 0.4, 0.05, 12, 0.3),
    Material.CONCRETE: (0.04, 0.35, 0.4, 0.25, 0.15, 0.04, 16, 0.0),
    Material.CORAL: (0.2, 0.50, 1.2, 0.60, 0.6, 0.10, 20, 0.3),
    Material.LEAF: (0.08, 0.50, 0.9, 0.70, 0.3, 0.05, 14, 0.3),
    Material.PETAL: (0.3, 0.20, 1.5, 0.25, 0.1, 0.05, 14, 0.5),
    Material.WOOD: (0.1, 0.3, 1.0, 0.3, 0.1, 0.12, 30, 0.0),
    Material.BRICK: (0.1, 0.3, 1.0, 0.3, 0.1, 0.03, 14, 0.0),
    Material.PAVING: (0.1, 0.3, 1.0, 0.3, 0.1, 0.08, 24, 0.0),
    Material.TILES: (0.1, 0.3, 1.0, 0.3, 0.1, 0.50, 60, 0.0),
}


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


# ------------------------------------------------------------------------------------------- the context


@cache
def noise_pixels(side: int = 256) -> np.ndarray:
    """(side, side, 4) uint8, repeating: soft 1/f noise, grain, and the soft noise's gradient (for bumps)."""
    rng = np.random.default_rng(7)
    f = np.fft.fftfreq(side) * side
    radius = np.maximum(np.hypot(f[:, None], f[None, :]), 1.0)
    spectrum = np.fft.fft2(rng.standard_normal((side, side))) * (radius >= 2.0) / radius**1.45
    soft = np.real(np.fft.ifft2(spectrum))
    soft = np.clip(soft / (soft.std() * 5.0) + 0.5, 0, 1)
    gradient = np.stack([np.roll(soft, -1, 1) - np.roll(soft, 1, 1), np.roll(soft, -1, 0) - np.roll(soft, 1, 0)], -1)
    gradient = np.clip(gradient / (gradient.std() * 6.0) + 0.5, 0, 1)
    pixels = np.concatenate([soft[..., None], rng.random((side, side, 1)), gradient], -1)
    return np.round(pixels * 255).astype(np.uint8)


class Gpu:
    """The OpenGL context of this thread with everything that clips share."""

    def __init__(self) -> None:
        self.context = _open_context()
        side = noise_pixels().shape[0]
        self.noise = self.context.texture((side, side), 4, noise_pixels().tobytes())
        self.noise.build_mipmaps()
        self.noise.filter = (moderngl.LINEAR_MIPMAP_NEAREST, moderngl.LINEAR)
        self.corners = self.context.buffer(np.float32([-1, -1, 1, -1, -1, 1, 1, 1]).tobytes())
        self.luck = self.context.buffer(luck(2048).tobytes())
        self.frame = self.context.buffer(reserve=sum(FRAME_FIELDS.values()) * 16)
        self.parts = self.context.buffer(reserve=PARTS * 64)
        self._programs: dict[tuple, moderngl.Program] = {}
        self._targets: dict[tuple[int, int, int], Target] = {}

    def program(self, vertex: str, fragment: str, **defines: int | str) -> moderngl.Program:
        """The program of two shader files with these #defines; compiled once in a process."""
        key = (vertex, fragment, *sorted(defines.items()))
        if key not in self._programs:
            names = [*KINDS, "OPEN", "SYNTH", "SPACE", "UNDERWATER", "NONE", "STREAK", "PETALS", "FIREFLY", "SOFT",
                     "GATHER", "SPREAD", "PLAIN", *map(looks.shader_name, LOOKS)]  # fmt: skip
            head = "#version 330\n" + "".join(f"#define {name} {i + 1}\n" for i, name in enumerate(names))
            head += "".join(f"#define {name} {value}\n" for name, value in defines.items())
            head += (SHADERS / "frame.glsl").read_text()
            sources = [head + (SHADERS / f"{name}.glsl").read_text() for name in (vertex, fragment)]
            try:
                program = self.context.program(vertex_shader=sources[0], fragment_shader=sources[1])
            except moderngl.Error as error:
                raise EngineError(f"shader {vertex} + {fragment} {defines} does not compile here: {error}") from error
            for name, unit in (("noise_map", 0), ("wide_map", 1), ("near_map", 2), ("mirror_map", 6)):
                if name in program:
                    program[name] = unit
            for name, binding in (("Frame", 0), ("Parts", 1)):
                if name in program:
                    program[name].binding = binding
            self._programs[key] = program
        return self._programs[key]

    def target(self, width: int, height: int, samples: int) -> "Target":
        """Frame buffers of a size, kept for the next clip."""
        key = (width, height, samples)
        if key not in self._targets:
            self._targets[key] = Target(self.context, *key)
        return self._targets[key]


class Target:
    """Frame buffers of one picture size: the scene, larger by the square root of `samples`, two small ones for bloom
    and the finished picture.

    Not multisampled: llvmpipe (Mesa 22.3) then shades hidden fragments too, 380 ms for a street of 29,000 triangles at
    640x360 and four samples, against 92 ms with one. Four times the pixels cost less and smooth the textures as well.
    """

    def __init__(self, context: moderngl.Context, width: int, height: int, samples: int) -> None:
        self.size = (width, height)
        self.large = (round(width * samples**0.5), round(height * samples**0.5))
        self.taken = context.texture(self.large, 4)
        self.taken.repeat_x = self.taken.repeat_y = False
        self.depth = context.depth_texture(self.large)
        self.depth.compare_func, self.depth.filter = "", (moderngl.NEAREST, moderngl.NEAREST)
        self.depth.repeat_x = self.depth.repeat_y = False
        self.scene = context.framebuffer([self.taken], self.depth)
        small = (max(width // 4, 1), max(height // 4, 1))
        self.bloom = [context.texture(small, 4) for _ in range(2)]
        self.plain = context.texture(self.size, 4)
        for texture in (*self.bloom, self.plain):
            texture.repeat_x = texture.repeat_y = False
        self.mirror = context.texture(self.size, 4)
        self.mirror.repeat_x = self.mirror.repeat_y = False
        self.mirror_frame = context.framebuffer([self.mirror], context.depth_renderbuffer(self.size))
        self.bloom_frames = [context.framebuffer([texture]) for texture in self.bloom]
        self.plain_frame = context.framebuffer([self.plain])
        self.picture = context.framebuffer([context.renderbuffer(self.size, 4)])


def _open_context() -> moderngl.Context:
    linux = sys.platform.startswith("linux")
    try:
        if linux:
            return moderngl.create_context(standalone=True, require=330, backend="egl")
        return moderngl.create_context(standalone=True, require=330)
    except Exception as error:  # moderngl and its loader raise plain Exceptions
        todo = "install EGL and Mesa's software renderer (Debian, Ubuntu: apt install libegl1 libgl1-mesa-dri)"
        raise EngineError(
            f"cannot open OpenGL 3.3 to draw with: {error}; {todo if linux else 'install a driver with OpenGL 3.3'}"
        ) from error


_local = threading.local()


def gpu() -> Gpu:
    """The context of this process and thread, opened on first use. Raises EngineError with what to install."""
    if getattr(_local, "owner", None) != getpid():  # a forked child cannot use its parent's context
        _local.gpu, _local.owner = Gpu(), getpid()
    return _local.gpu


# ------------------------------------------------------------------------------------------- the meshes


@dataclass
class Batch:
    """Faces of one kind: a vertex array and, for culling, runs of its index with their bounding spheres."""

    array: moderngl.VertexArray
    material: Material
    first: np.ndarray
    count: np.ndarray
    centre: np.ndarray
    radius: np.ndarray


SHEETS = (Material.LEAF, Material.PETAL, Material.CLOTH, Material.HAIR)  # thin: seen from both sides


class Shape:
    """A mesh on the GPU, sorted by material and then from near to far (z falls), in runs that can be culled."""

    CELL = 24.0

    def __init__(self, gpu: Gpu, mesh: Mesh, part: np.ndarray | None, defines: dict[str, int | str]) -> None:
        self.context = gpu.context
        self.buffers: list = []
        self.batches: list[Batch] = []
        self.shadow: moderngl.VertexArray | None = None
        if not len(mesh.faces):
            return
        faces, normals = outward(mesh) if part is None else (mesh.faces, mesh.normals)
        corners = mesh.positions[faces]
        middle = corners.mean(1)
        material = mesh.material[faces[:, 0]].astype(int)
        cell = np.floor(middle[:, ::2] / (self.CELL, -self.CELL)) * (part is None)
        order = np.lexsort((-middle[:, 2], cell[:, 0], cell[:, 1], material))
        faces, material, corners = faces[order], material[order], corners[order]
        keys = np.column_stack([material, cell[order]])
        starts = np.concatenate([[0], np.flatnonzero((np.diff(keys, axis=0) != 0).any(1)) + 1])
        counts = np.diff(np.append(starts, len(faces)))
        low, high = np.minimum.reduceat(corners.min(1), starts), np.maximum.reduceat(corners.max(1), starts)
        vertices, layout, names = self._vertices(mesh, normals, part)
        index = self.context.buffer(faces.astype("i4").tobytes())
        self.buffers = [vertices, index]
        for kind in np.unique(material):
            program = gpu.program("surface_vertex", "surface_fragment", KIND=KIND_OF[Material(kind)], **defines)
            array = self.context.vertex_array(program, [(vertices, layout, *names)], index, skip_errors=True)
            own = material[starts] == kind
            middle, radius = (low[own] + high[own]) / 2, np.linalg.norm(high[own] - low[own], axis=1) / 2 + 0.5
            self.batches.append(Batch(array, Material(kind), starts[own] * 3, counts[own] * 3, middle, radius))
        if defines["SUNLIT"]:
            program = gpu.program("shadow_vertex", "shadow_fragment", PARTS=defines["PARTS"])
            self.shadow = self.context.vertex_array(program, [(vertices, layout, *names)], index, skip_errors=True)

    def _vertices(
        self, mesh: Mesh, normals: np.ndarray, part: np.ndarray | None
    ) -> tuple[moderngl.Buffer, str, tuple[str, ...]]:
        vertex = np.zeros(len(mesh.positions), [("p", "f4", 3), ("n", "f4", 3), ("c", "u1", 4), ("part", "f4")])
        vertex["p"], vertex["n"] = mesh.positions, normals
        vertex["c"][:, :3] = np.round(np.clip(mesh.colours, 0, 1) * 255)
        if part is not None:
            vertex["part"] = part
        layout = "3f4 3f4 4f1 1x4" if part is None else "3f4 3f4 4f1 1f4"
        names = ("position", "normal", "paint") if part is None else ("position", "normal", "paint", "part")
        return self.context.buffer(vertex.tobytes()), layout, names

    def draw(self, planes: np.ndarray | None, skip: tuple[Material, ...] = ()) -> None:
        """Draw the runs that touch the view; `planes` (6, 4) face inwards. None: draw all."""
        for batch in self.batches:
            if batch.material in skip:
                continue
            seen = np.arange(len(batch.first))
            if planes is not None:
                away = batch.centre @ planes[:, :3].T + planes[:, 3]
                seen = np.flatnonzero((away > -batch.radius[:, None]).all(1))
            if not len(seen):
                continue
            _paint(batch.array.program, batch.material)
            if batch.material in SHEETS:
                self.context.disable(moderngl.CULL_FACE)
            else:
                self.context.enable(moderngl.CULL_FACE)
            breaks = np.flatnonzero(np.diff(seen) > 1)
            for a, b in zip(np.append(seen[0], seen[breaks + 1]), np.append(seen[breaks], seen[-1]), strict=True):
                first = int(batch.first[a])
                batch.array.render(vertices=int(batch.first[b] + batch.count[b]) - first, first=first)

    def release(self) -> None:
        for batch in self.batches:
            batch.array.release()
        if self.shadow:
            self.shadow.release()
        for buffer in self.buffers:
            buffer.release()
        self.batches, self.buffers, self.shadow = [], [], None


def outward(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    """Faces and normals turned so that slips in a mesh tear no holes where the far sides of things are left out:
    windings agree with normals, and a floor that was laid face down faces up."""
    corners = mesh.positions[mesh.faces]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    wrong = (flat * mesh.normals[mesh.faces].sum(1)).sum(1) < 0
    faces = np.where(wrong[:, None], mesh.faces[:, ::-1], mesh.faces)
    down = (mesh.normals[faces][:, :, 1] < -0.9).all(1) & (corners[:, :, 1].max(1) < 0.5)
    faces = np.where(down[:, None], faces[:, ::-1], faces)
    normals = mesh.normals.copy()
    normals[faces[down].ravel(), 1] = np.abs(normals[faces[down].ravel(), 1])
    return faces, normals


def _paint(program: moderngl.Program, material: Material) -> None:
    numbers = SURFACES.get(material, SURFACES[Material.MATTE])
    for name, value in (("grain", numbers[:4]), ("finish", numbers[4:]), ("metal", float(material == Material.METAL))):
        if name in program:
            program[name] = value


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
        self.scenery = Shape(self.gpu, static, None, {**defines, "PARTS": 0, "MIRROR": mirrors})
        self.groups: list[tuple[Shape, slice]] = []
        for start in range(0, len(moving), PARTS):
            group = moving[start : start + PARTS]
            part = np.repeat(np.arange(len(group)), [len(m.positions) for m in group])
            shape = Shape(self.gpu, _merged(group), part, {**defines, "PARTS": 1, "MIRROR": 0})
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
        self.maps = [self._depth_map(side) for side in (WIDE_MAP, NEAR_MAP)] if light.shadows else []
        self.wide = np.eye(4)
        if light.shadows:
            self.wide = self._shadow_of_scenery(static)
        self.finish = looks.Finish(self.gpu, look, size)

    def _mirror_height(self, static: Mesh) -> float | None:
        """Height of what mirrors the scene: water, or the pavement (y = 0) when it is wet. None: nothing does."""
        there = set(np.unique(static.material).astype(int))
        if self.water is not None and Material.WATER in there:
            return self.water
        wet = self.light.wet > 0.2 and not there.isdisjoint((Material.ASPHALT, Material.PAVING, Material.CONCRETE))
        return 0.0 if wet else None

    def _depth_map(self, side: int) -> tuple[moderngl.Texture, moderngl.Framebuffer]:
        texture = self.gpu.context.depth_texture((side, side))
        texture.compare_func, texture.repeat_x, texture.repeat_y = "<=", False, False
        texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
        frame = self.gpu.context.framebuffer(depth_attachment=texture)
        frame.clear(depth=1.0)
        frame.viewport = (1, 1, side - 2, side - 2)
        return texture, frame

    def _shadow_of_scenery(self, static: Mesh) -> np.ndarray:
        low, high = np.array([-48.0, -10.0, -85.0]), np.array([48.0, 60.0, 38.0])
        if len(static.positions):
            low, high = np.maximum(low, static.positions.min(0) - 1), np.minimum(high, static.positions.max(0) + 1)
        matrix = shadow_matrix(self.light.sun, low, np.maximum(high, low + 1), lift=150.0)
        frame = self.maps[0][1]
        frame.use()
        frame.clear(depth=1.0)
        self.gpu.context.enable_only(moderngl.DEPTH_TEST)
        if self.scenery.shadow:
            self.scenery.shadow.program["light_projection"].write(matrix.T.astype("f4").tobytes())
            self.scenery.shadow.render()
        return matrix

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
        self.scenery.draw(planes_of(projection), skip=() if mirror is None else (Material.WATER,))
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
            "shadow_wide": (to_texture(WIDE_MAP) @ self.wide).T,
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
        self.scenery.release()
        for shape, _ in self.groups:
            shape.release()
        self.backdrop.release()
        for _, array, _ in self.air:
            array.release()
        for texture, frame in self.maps:
            frame.release()
            texture.release()
        self.finish.close()
        self.groups, self.air, self.maps = [], [], []


def _merged(meshes: list[Mesh]) -> Mesh:
    """Like `mesh.merge`, but empty parts keep their vertices so that part numbers still count them."""
    offsets = np.cumsum([0, *(len(m.positions) for m in meshes)])
    return Mesh(
        np.concatenate([m.positions for m in meshes]),
        np.concatenate([m.normals for m in meshes]),
        np.concatenate([m.colours for m in meshes]),
        np.concatenate([m.material for m in meshes]),
        np.concatenate([m.faces + o for m, o in zip(meshes, offsets, strict=False)]).astype(np.int32),
    )


def shadow_matrix(sun: tuple[float, float, float], low: np.ndarray, high: np.ndarray, lift: float) -> np.ndarray:
    """Parallel projection along the light that holds a box; `lift` metres more towards the light cast into it."""
    z = np.asarray(sun, float)
    x = np.cross((0.0, 1.0, 0.0) if abs(z[1]) < 0.99 else (1.0, 0.0, 0.0), z)
    x /= np.linalg.norm(x)
    axes = np.stack([x, np.cross(z, x), z])
    corners = np.array([[(low, high)[i][0], (low, high)[j][1], (low, high)[k][2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)])  # fmt: skip
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
