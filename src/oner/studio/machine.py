"""What this machine can do, for `oner doctor`."""

import time


def drawing_speed() -> tuple[str, float]:
    """Name of the OpenGL renderer and milliseconds for a frame of 640x360. Raises EngineError where nothing draws."""
    from fractions import Fraction

    from ..worlds.language import read
    from ..worlds.renderer import gpu
    from ..worlds.stage import Stage

    renderer = gpu().context.info["GL_RENDERER"]
    description = read("a woman in a red coat walks down a city street at night").description
    with Stage(description, 1, 640, 360, 8, Fraction(24)) as stage:
        stage.frame(0)  # shaders are compiled here
        begun = time.perf_counter()
        for number in range(1, 5):
            stage.frame(number)
        return renderer, (time.perf_counter() - begun) * 250


def ffmpeg_version() -> str:
    """Raises OSError where the encoders that films need are missing."""
    from ..media.probe import versions, writes

    missing = {"libx264", "aac"} - writes()
    if missing:
        raise OSError(f"PyAV was built without {', '.join(sorted(missing))}: install the wheel from PyPI")
    return versions()
