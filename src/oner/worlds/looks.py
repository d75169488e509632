"""The looks: what happens to a picture between the scene and the file."""

import moderngl

from .description import LOOKS


class Finish:
    """Bloom and look of one picture size; the last pass of every frame."""

    def __init__(self, gpu, look: str, size: tuple[int, int]) -> None:
        self.gpu, self.size = gpu, size
        make = gpu.context.vertex_array
        corner = [(gpu.corners, "2f4", "corner")]
        self.gather = make(gpu.program("screen_vertex", "bloom_fragment", PASS="GATHER"), corner)
        self.spread = make(gpu.program("screen_vertex", "bloom_fragment", PASS="SPREAD"), corner)
        self.develop = make(gpu.program("screen_vertex", "look_fragment", LOOK=LOOKS.index(look)), corner)

    def draw(self, target, seconds: float, clock: int) -> None:
        """From `target.resolved` to `target.picture`."""
        width, height = self.size
        small = target.bloom[0].size
        _set(self.gather.program, source=3, texel=(1 / width, 1 / height))
        target.resolved.use(3)
        target.bloom_frames[0].use()
        self.gather.render(moderngl.TRIANGLE_STRIP)
        for a, b, way in ((0, 1, (1 / small[0], 0)), (1, 0, (0, 1 / small[1]))):
            target.bloom[a].use(3)
            target.bloom_frames[b].use()
            _set(self.spread.program, source=3, step_of=way)
            self.spread.render(moderngl.TRIANGLE_STRIP)
        target.resolved.use(3)
        target.bloom[0].use(4)
        target.picture.use()
        _set(self.develop.program, source=3, bloom=4, size=(float(width), float(height)), clock=float(clock % 4096),
             seconds=seconds)  # fmt: skip
        self.develop.render(moderngl.TRIANGLE_STRIP)


def _set(program: moderngl.Program, **values) -> None:
    for name, value in values.items():
        if name in program:  # the compiler drops what a look does not use
            program[name] = value
