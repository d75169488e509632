"""The animatic engine: prompts read as three-dimensional scenes and drawn on the CPU.

A clip with several prompts shows several scenes one after the other, cut hard or with a dissolve (option `dissolve`,
frames, centred on the change). The renderer loads with the first clip, not with the engine.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ..errors import EngineError, OnerError
from ..film import ClipRequest, EngineLimits, Locate, Report
from ..media import FrameWriter
from ..timing import Span
from ..worlds.description import Description
from .checks import check_request
from .recipe import recipe

# Goes into the name of every take. Raise it whenever the same request would give other pixels: takes of another version
# are kept but no longer count as made.
VERSION = 1
OPTIONS = {"samples": (1, 8), "dissolve": (0, 240)}  # samples per pixel edge smoothing; frames of dissolve
# Processor time of a 640x360 frame (forest in rain, street in fog): 1 sample 66 to 88 ms, 2 98 to 152, 4 153 to 256.
SAMPLES = 2


@dataclass(frozen=True)
class Scene:
    """A description and the frames of the clip in which any of it is seen."""

    description: Description
    span: Span


class WorldsEngine:
    """Engine `worlds`; options `samples` (1 to 8, default 2) and `dissolve` (0 to 240 frames, default 0)."""

    name = f"worlds@{VERSION}"
    limits = EngineLimits(min_side=32)

    def check(self, request: ClipRequest) -> None:
        check_request(self.name, self.limits, request, OPTIONS)

    def explain(self, request: ClipRequest) -> dict[str, str]:
        from ..worlds.language import read

        readings = [read(text) for text in dict.fromkeys(prompt.text for prompt in request.prompts)]
        return {
            kind: "; ".join(dict.fromkeys(word for reading in readings for word in getattr(reading, kind)))
            for kind in ("understood", "ignored", "guessed")
        }

    def render(self, request: ClipRequest, locate: Locate, out, report: Report) -> None:
        self.check(request)
        report(0.0, "reading the prompt")
        scenes = _scenes(request)
        metadata = recipe(self.name, request, self.explain(request))
        try:
            # One encoder thread: x264's output depends on their number, which otherwise follows the machine.
            with FrameWriter(
                out, request.width, request.height, request.rate, quality="take", metadata=metadata, threads=1
            ) as writer:
                for number, frame in enumerate(_frames(request, scenes, _open_stage), start=1):
                    writer.write(frame)
                    report(number / request.frames, f"frame {number} of {request.frames}")
        except OnerError:
            raise
        except Exception as error:  # the driver and the scenery fail in many ways; all of them end this clip only
            raise EngineError(f"{self.name} cannot draw this clip: {type(error).__name__}: {error}") from error

    def close(self) -> None:
        pass


def _scenes(request: ClipRequest) -> tuple[Scene, ...]:
    """One scene for each run of prompts that describe the same, each widened by its share of the dissolves."""
    from ..worlds.language import read

    scenes: list[Scene] = []
    for prompt in request.prompts:
        description = read(prompt.text).description
        if scenes and scenes[-1].description == description:
            scenes[-1] = Scene(description, Span(scenes[-1].span.start, prompt.span.end))
        else:
            scenes.append(Scene(description, prompt.span))
    before, after = _dissolve(request)
    return tuple(
        Scene(
            scene.description,
            Span(max(0, scene.span.start - before) if index else 0, min(request.frames, scene.span.end + after)),
        )
        for index, scene in enumerate(scenes)
    )


def _dissolve(request: ClipRequest) -> tuple[int, int]:
    """Frames of a dissolve before and after the change of prompt; no longer than the shortest prompt lasts."""
    frames = min(int(request.options.get("dissolve", 0)), *(len(prompt.span) for prompt in request.prompts))
    return frames // 2, frames - frames // 2


def _open_stage(request: ClipRequest, scene: Scene):
    from ..worlds.stage import Stage

    return Stage(
        scene.description,
        request.seed,
        request.width,
        request.height,
        frames=len(scene.span),
        rate=request.rate,
        start=request.start + scene.span.start,
        samples=int(request.options.get("samples", SAMPLES)),
        lasting=None if request.start else float(request.frames / request.rate),
    )


def _frames(request: ClipRequest, scenes: tuple[Scene, ...], open_stage: Callable) -> Iterator[np.ndarray]:
    """(H, W, 3) uint8 RGB, one for each frame. At most two stages are open at a time."""
    stages: dict[int, object] = {}
    try:
        for frame in range(request.frames):
            seen = [number for number, scene in enumerate(scenes) if frame in scene.span]
            for number in [number for number in stages if number not in seen]:
                stages.pop(number).close()
            picture = None
            for number in seen:
                if number not in stages:
                    stages[number] = open_stage(request, scenes[number])
                drawn = stages[number].frame(frame - scenes[number].span.start)
                if picture is None:
                    picture = drawn
                else:
                    overlap = Span(scenes[number].span.start, scenes[number - 1].span.end)
                    weight = (frame - overlap.start + 1) / (len(overlap) + 1)
                    picture = (picture * (1 - weight) + drawn * weight + 0.5).astype(np.uint8)
            yield picture
    finally:
        for stage in stages.values():
            stage.close()
