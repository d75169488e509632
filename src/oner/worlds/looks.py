"""The looks: what happens to a picture between the scene and the file.

Each look is one branch of `shaders/look_fragment.glsl`, compiled on its own. Grain and line boil go by the frame
number, so a picture is the same whenever it is drawn.
"""

import moderngl


def shader_name(look: str) -> str:
    """Name of a look in the shader's #defines."""
    return look.upper().replace(" ", "_")


class Finish:
    """Averaging, bloom and look of one picture size; the last passes of every frame."""

    def __init__(self, gpu, look: str, size: tuple[int, int]) -> None:
        self.gpu, self.size = gpu, size
        corner = [(gpu.corners, "2f4", "corner")]
        self.arrays = {
            name: gpu.context.vertex_array(gpu.program("screen_vertex", "bloom_fragment", PASS=name), corner)
            for name in ("GATHER", "SPREAD", "PLAIN")
        }
        program = gpu.program("screen_vertex", "look_fragment", LOOK=shader_name(look))
        self.arrays["LOOK"] = gpu.context.vertex_array(program, corner)

    def draw(self, target, lens: tuple[float, float], clock: int) -> None:
        """From `target.taken` to `target.picture`. `lens`: near and far plane; `clock`: frame number."""
        large, small = target.large, target.bloom[0].size
        self._pass("GATHER", target.bloom_frames[0], target.taken, texel=(large[0] / small[0] / 4 / large[0],
                   large[1] / small[1] / 4 / large[1]))  # fmt: skip
        self._pass("SPREAD", target.bloom_frames[1], target.bloom[0], texel=(1 / small[0], 0.0))
        self._pass("SPREAD", target.bloom_frames[0], target.bloom[1], texel=(0.0, 1 / small[1]))
        target.bloom[0].use(4)
        self._pass("PLAIN", target.plain_frame, target.taken, halo=4)
        target.depth.use(5)
        size = (float(self.size[0]), float(self.size[1]))
        self._pass("LOOK", target.picture, target.plain, depth_map=5, size=size, lens=lens, clock=float(clock % 4096))

    def _pass(self, name: str, into, source, **values) -> None:
        array = self.arrays[name]
        into.use()
        source.use(3)
        for key, value in {"source": 3, **values}.items():
            if key in array.program:  # the compiler drops what a look does not use
                array.program[key] = value
        array.render(moderngl.TRIANGLE_STRIP)

    def close(self) -> None:
        for array in self.arrays.values():
            array.release()
