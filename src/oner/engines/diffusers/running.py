"""Running a pipeline for one window: its arguments from what its signature asks for, its frames as uint8 pictures."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...errors import EngineError
from .catalogue import Entry
from .pipelines import speaking
from .windows import Shooting, Window

Step = Callable[[int], None]  # told after each denoising step, counted from 1; raises to stop


@dataclass(frozen=True)
class Run:
    """One call of a pipeline. `given` are (H, W, 3) uint8 pictures of the model's size by frame of the window.

    `known` are the latents (B, C, F, H, W) with which the window must begin, where windows overlap in latents.
    """

    operation: str
    window: Window
    width: int
    height: int
    steps: int
    guidance: float
    negative: str | None = None
    strength: float = 1.0
    given: Mapping[int, np.ndarray] = field(default_factory=dict)
    known: Any = None
    as_latents: bool = False


def run(pipeline, entry: Entry, asked: Run, step: Step):
    """The window's frames (T, H, W, 3) uint8, or its latents if `as_latents`; and words from the safety checker.

    Raises EngineError, whatever `step` raises, and torch's own out of memory.
    """
    import torch

    accepts = inspect.signature(type(pipeline).__call__).parameters
    generator = torch.Generator("cpu").manual_seed(asked.window.seed)  # the same noise on every device
    arguments: dict[str, Any] = {
        "prompt": asked.window.prompt,
        "negative_prompt": asked.negative,
        "width": asked.width,
        "height": asked.height,
        "num_frames": asked.window.frames,
        "frame_rate": float(entry.rate),
        "fps": entry.rate,
        "num_inference_steps": asked.steps,
        "guidance_scale": asked.guidance,
        "generator": generator,
        "output_type": "latent" if asked.as_latents else "np",
    }
    arguments = {**arguments, **entry.arguments}
    if asked.negative is not None:
        arguments["negative_prompt"] = asked.negative
    if asked.given:
        arguments |= _given(pipeline, asked, accepts)
    if "guidance_scale" not in accepts and hasattr(pipeline, "guider"):
        pipeline.guider.guidance_scale = asked.guidance  # HunyuanVideo 1.5 is not told in the call
    arguments = {name: value for name, value in arguments.items() if name in accepts and value is not None}
    stopped: list[BaseException] = []

    def told(number: int) -> None:
        try:
            step(number)
        except BaseException as error:  # it has to come through the library untouched
            stopped.append(error)
            raise

    with _Steps(pipeline, entry, asked, told, accepts, generator) as steps:
        try:
            with speaking(f"{entry.name} failed"):
                result = pipeline(**arguments, **steps.arguments)
        except BaseException:
            if stopped:
                raise stopped[0] from None
            raise
    flagged = getattr(result, "nsfw_content_detected", None)
    words = "the pipeline's safety checker found fault with this clip" if flagged and any(np.ravel(flagged)) else ""
    return (result.frames if asked.as_latents else pictures(result.frames[0], entry)), words


def pictures(frames, entry: Entry) -> np.ndarray:
    """(T, H, W, 3) floats in 0..1 to uint8. Raises EngineError for numbers that are none."""
    frames = np.asarray(frames, dtype=np.float32)
    if not np.isfinite(frames).all():
        raise EngineError(f'{entry.name} made numbers that are no picture; try dtype = "float32" or another mode')
    return (frames.clip(0, 1) * 255 + 0.5).astype(np.uint8)


def decoded(pipeline, entry: Entry, latents) -> np.ndarray:
    """Frames (T, H, W, 3) uint8 of latents (1, C, F, H, W), normalised as the pipeline's are."""
    import torch

    vae = pipeline.vae
    with torch.no_grad(), speaking(f"{entry.name} cannot decode"):
        latents = latents.to(vae.dtype)
        mean, deviation = getattr(vae.config, "latents_mean", None), getattr(vae.config, "latents_std", None)
        if mean is not None:
            shape = (1, -1, 1, 1, 1)
            mean, deviation = (torch.tensor(value).view(shape).to(latents) for value in (mean, deviation))
            latents = latents * deviation + mean
        else:
            latents = latents / vae.config.scaling_factor
        video = vae.decode(latents, return_dict=False)[0]
        return pictures(pipeline.video_processor.postprocess_video(video, output_type="np")[0], entry)


class _Steps:
    """Tells of every step, and puts known latents back in their place after each.

    Where a pipeline has no callback, the denoiser's own calls are counted.
    """

    def __init__(self, pipeline, entry: Entry, asked: Run, step: Step, accepts, generator):
        self.pipeline, self.asked, self.step = pipeline, asked, step
        self.calls_per_step = 2 if entry.guides_twice else 1
        self.calls, self.hook = 0, None
        self.noise = None
        if asked.known is not None:
            import torch

            known = asked.known
            self.noise = torch.randn(known.shape, generator=generator, dtype=torch.float32).to(known)
        self.arguments = {"callback_on_step_end": self.after_step} if "callback_on_step_end" in accepts else {}

    def __enter__(self) -> "_Steps":
        if not self.arguments:
            self.hook = self.pipeline.transformer.register_forward_pre_hook(self.before_call)
        return self

    def __exit__(self, *_) -> None:
        if self.hook is not None:
            self.hook.remove()

    def before_call(self, *_) -> None:
        self.calls += 1
        if self.calls > 1 and (self.calls - 1) % self.calls_per_step == 0:
            self.step((self.calls - 1) // self.calls_per_step)

    def after_step(self, pipeline, number: int, timestep, values: dict) -> dict:
        if self.asked.known is not None:
            level = float(pipeline.scheduler.sigmas[number + 1])  # x = (1 - level) * data + level * noise
            latents, known = values["latents"], self.asked.known.to(values["latents"])
            latents[:, :, : known.shape[2]] = (1 - level) * known + level * self.noise.to(latents)
            values["latents"] = latents
        self.step(number + 1)
        return values


def _given(pipeline, asked: Run, accepts) -> dict[str, Any]:
    """Given pictures in the form that this pipeline takes them."""
    from PIL import Image

    shown = {frame: Image.fromarray(picture) for frame, picture in sorted(asked.given.items())}
    last = asked.window.frames - 1
    if asked.operation == "remix":
        video = [shown[min(frame, max(shown))] for frame in range(asked.window.frames)]
        return {"video": video, "strength": asked.strength, "denoise_strength": asked.strength, "num_frames": None}
    if "conditions" in accepts:
        return {"conditions": _conditions(pipeline, shown, last)}
    if "mask" in accepts and "video" in accepts:
        grey = Image.new("RGB", (asked.width, asked.height), (127, 127, 127))
        sizes = (asked.width, asked.height)
        return {
            "video": [shown.get(frame, grey) for frame in range(asked.window.frames)],
            "mask": [Image.new("L", sizes, 0 if frame in shown else 255) for frame in range(asked.window.frames)],
        }
    arguments = {"image": shown[0]}
    if asked.operation == "first-last" and "last_image" in accepts:
        arguments["last_image"] = shown[max(shown)]
    return arguments


def _conditions(pipeline, shown: Mapping[int, Any], last: int) -> list:
    """LTX's conditions: a run of pictures at the begin as a video of 1 + 8k frames, the others one by one."""
    start = next(number for number in range(len(shown) + 1) if number not in shown)
    start = start - (start - 1) % 8 if start >= 9 else 0
    single = {frame: picture for frame, picture in shown.items() if frame >= start}
    if type(pipeline).__name__.startswith("LTX2"):
        from diffusers.pipelines.ltx2.pipeline_ltx2_condition import LTX2VideoCondition

        first = [LTX2VideoCondition([shown[frame] for frame in range(start)], 0)] if start else []
        places = {frame: -1 if frame == last else -(-frame // 8) for frame in single}  # counted in latent frames
        return first + [LTX2VideoCondition(picture, places[frame]) for frame, picture in single.items()]
    from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition

    first = [LTXVideoCondition(video=[shown[frame] for frame in range(start)], frame_index=0)] if start else []
    return first + [LTXVideoCondition(image=picture, frame_index=frame) for frame, picture in single.items()]


def operation_of(shooting: Shooting, window: Window, entry: Entry) -> str:
    """Windows that go on from a picture are made by the pipeline that starts from one."""
    if window.carried and shooting.overlap == "frames":
        return "image" if "image" in entry.pipelines else "frames"
    return shooting.operation
