"""The OpenGL side of the worlds: the context with its programs, frame buffers, and meshes in graphics memory.

On Linux through EGL, without a screen, on Mesa's llvmpipe where there is no GPU. llvmpipe executes both sides of every
branch, so a shader that asks for the material costs as much as all materials together. Hence one program per kind of
surface, made from the same source by #defines, and faces sorted by material.
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
from .description import LOOKS
from .looks import shader_name
from .mesh import Material, Mesh
from .particles import luck
from .surfaces import KIND_OF, KINDS, SHEETS, SURFACES, outward

SHADERS = Path(__file__).parent / "shaders"
PARTS = 256  # matrices in one uniform block of 16 KiB, the smallest size that OpenGL promises
LAMPS = 8

FRAME_FIELDS = {
    "view_projection": 4, "shadow_wide": 4, "shadow_near": 4, "eye": 1, "right": 1, "up": 1, "forward": 1, "sun": 1,
    "sun_colour": 1, "zenith": 1, "horizon": 1, "glow": 1, "above": 1, "below": 1, "fill": 1, "fog": 1,
    "fog_colour": 1, "clouds": 1, "cloud_colour": 1, "weather": 1, "tone": 1, "lamp_place": LAMPS, "lamp_colour": LAMPS,
}  # fmt: skip


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
        self.sceneries: dict[tuple, object] = {}  # see scenery.py
        self.near_map: tuple | None = None
        self._programs: dict[tuple, moderngl.Program] = {}
        self._targets: dict[tuple[int, int, int], Target] = {}

    def program(self, vertex: str, fragment: str, **defines: int | str) -> moderngl.Program:
        """The program of two shader files with these #defines; compiled once in a process."""
        key = (vertex, fragment, *sorted(defines.items()))
        if key not in self._programs:
            names = [*KINDS, "OPEN", "SYNTH", "SPACE", "UNDERWATER", "NONE", "STREAK", "PETALS", "FIREFLY", "SOFT",
                     "GATHER", "SPREAD", "PLAIN", *map(shader_name, LOOKS)]  # fmt: skip
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
        reduced = (max(round(width * 0.6), 1), max(round(height * 0.6), 1))  # ripples hide the difference
        self.mirror = context.texture(reduced, 4)
        self.mirror.repeat_x = self.mirror.repeat_y = False
        self.mirror_frame = context.framebuffer([self.mirror], context.depth_renderbuffer(reduced))
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


def _paint(program: moderngl.Program, material: Material) -> None:
    numbers = SURFACES.get(material, SURFACES[Material.MATTE])
    for name, value in (("grain", numbers[:4]), ("finish", numbers[4:]), ("metal", float(material == Material.METAL))):
        if name in program:
            program[name] = value


def joined(meshes: list[Mesh]) -> Mesh:
    """Like `mesh.merge`, but empty parts keep their vertices so that part numbers still count them."""
    offsets = np.cumsum([0, *(len(m.positions) for m in meshes)])
    return Mesh(
        np.concatenate([m.positions for m in meshes]),
        np.concatenate([m.normals for m in meshes]),
        np.concatenate([m.colours for m in meshes]),
        np.concatenate([m.material for m in meshes]),
        np.concatenate([m.faces + o for m, o in zip(meshes, offsets, strict=False)]).astype(np.int32),
    )
