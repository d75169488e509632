"""The native engine: our own text-to-video model, on this machine.

A request's prompts are rewritten into the language of the captions that the model learned (option `exact` turns it
off), its given frames are encoded, the sampler makes the latents, and pictures are decoded, brought to the request's
rate and size, and written one by one, so that memory does not grow with the clip. torch and the weights load with the
first clip.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..errors import EngineError, OnerError, RequestError
from ..film import ClipRequest, EngineLimits, Locate, Report
from ..media import FrameWriter
from ..model.weights_file import identity
from .checks import check_request
from .native_canvas import canvas_of, clock_of
from .recipe import recipe

MAX_SECONDS = 60
OPTIONS = {
    "steps": (1, 200),
    "guidance": (0.0, 20.0),
    "rescale": (0.0, 1.0),
    "shift": (0.1, 20.0),
    "history_noise": (0.0, 0.9),
    "lag": (0, 12),
    "carry": (0.0, 10.0),
    "lean": (0.0, 1.0),
    "exact": bool,
    "blocking": bool,
    "loop": bool,
    "variation_of": (0, 2**63 - 1),
    "closeness": (0.0, 1.0),
    "interpolation": ("flow", "blend", "none"),
    "upscaling": ("sharp", "lanczos"),
    "grain": (0.0, 1.0),
}
SAMPLING = ("steps", "guidance", "rescale", "shift", "history_noise", "lag")
FINISHING = ("interpolation", "upscaling", "grain")
SAMPLED, OPENED = 0.6, 0.02  # shares of the progress: latents made; model loaded


class NativeEngine:
    """Engine `native`; `weights` is a file of `oner train`, without it the model that ships.

    Options: `steps`, `guidance`, `rescale`, `shift`, `history_noise`, `lag` (see `model.sampler.Settings`); `exact`:
    prompts go to the model as they are written; `blocking` (on by default): camera and actors are placed by the seed
    before the model paints, off: the model places them itself; `carry`: how much of every picture is the one before,
    moved as the camera does, and `lean`: how much of it is what is remembered of place and actors (see
    `model.operations.decode_clip`); `loop`: the last frame is followed by the first;
    `variation_of` and `closeness`: near the take of that seed; `interpolation`, `upscaling`, `grain` (see
    `delivery.finish.Finish`).
    """

    limits = EngineLimits(
        min_side=32,
        max_side=1920,
        max_frames=14_400,
        max_seconds=MAX_SECONDS,
        max_shape=4,  # of the nearest shape that it makes only the middle is shown; beyond this too little of it
        takes_given_frames=True,
        workers=1,  # matrix products and the finish keep all cores busy
    )

    def __init__(self, weights: Path | None = None):
        self.weights = weights
        self.name = f"native/{identity(weights)}"
        self._loaded = None

    def check(self, request: ClipRequest) -> None:
        check_request(self.name, self.limits, request, OPTIONS)
        if request.start + request.frames > MAX_SECONDS * request.rate:
            raise RequestError(
                f"start={request.start}: a scene is made from its beginning, and for at most {MAX_SECONDS} seconds; "
                "give the last frames of the clip before instead"
            )

    def explain(self, request: ClipRequest) -> dict[str, str]:
        """Besides the reading, `caption`: what the model is told."""
        if request.options.get("exact"):
            words = "; ".join(dict.fromkeys(prompt.text for prompt in request.prompts))
            return {"understood": words, "ignored": "", "guessed": "", "caption": words}
        read = _rewritten(request)
        fields = {"understood": "understood", "ignored": "left_out", "guessed": "guessed"}
        notes = {
            kind: "; ".join(dict.fromkeys(words for rewriting in read for words in getattr(rewriting, field)))
            for kind, field in fields.items()
        }
        return {**notes, "caption": "; ".join(dict.fromkeys(rewriting.caption for rewriting in read))}

    def render(self, request: ClipRequest, locate: Locate, out: Path, report: Report) -> None:
        self.check(request)
        report(0.0, "reading the prompt")
        metadata = recipe(self.name, request, self.explain(request))
        try:
            frames = self._frames(request, locate, report)
            with FrameWriter(
                out, request.width, request.height, request.rate, quality="take", metadata=metadata, threads=1
            ) as writer:
                for number, frame in enumerate(frames, start=1):
                    writer.write(frame)
                    report(SAMPLED + (1 - SAMPLED) * number / request.frames, f"frame {number} of {request.frames}")
        except OnerError:
            raise
        except MemoryError as error:
            raise EngineError(
                f"{self.name}: this clip needs more memory than there is; ask for a smaller one"
            ) from error
        except Exception as error:  # torch fails in many ways; all of them end this clip only
            raise EngineError(f"{self.name} cannot make this clip: {type(error).__name__}: {error}") from error

    def close(self) -> None:
        self._loaded = None

    def _model(self):
        if self._loaded is None:
            from ..model.checkpoint import load_native

            self._loaded = load_native(self.weights).quickened()
        return self._loaded

    def _frames(self, request: ClipRequest, locate: Locate, report: Report) -> Iterator[np.ndarray]:
        """(H, W, 3) uint8, one for each frame of the request."""
        from ..delivery.finish import Finish, finish
        from ..model.operations import decode_clip
        from ..model.sampler import Settings, sample
        from .native_plan import placed, plan_of

        read = _rewritten(request)
        texts = [rewriting.caption for rewriting in read]
        if request.options.get("exact"):
            texts = [prompt.text for prompt in request.prompts]
        model, canvas, clock = self._model(), canvas_of(request), clock_of(request)
        report(OPENED, "looking at what is given" if request.given else "beginning")
        plan = plan_of(request, texts, canvas, clock, model.tokenizer, locate)
        plan = placed(plan, request, [rewriting.description for rewriting in read], clock)
        settings = Settings(**_chosen(request, SAMPLING))

        def told(done: int, steps: int) -> None:
            report(OPENED + (SAMPLED - OPENED) * done / max(1, steps), f"step {done} of {steps}")

        latents = sample(model, plan, settings, told)
        decoded = decode_clip(model.tokenizer, latents, clock.loop, plan, **_chosen(request, ("carry", "lean")))
        pictures = (canvas.cut(picture.numpy()) for picture in decoded)
        yield from finish(
            _closed(pictures) if clock.loop else pictures,
            clock.speed * request.rate,
            Finish(request.rate, request.width, request.height, seed=request.seed, **_chosen(request, FINISHING)),
            clock.start,
            request.frames,
        )


def _chosen(request: ClipRequest, names: tuple[str, ...]) -> dict:
    return {name: request.options[name] for name in names if name in request.options}


def _closed(pictures: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """A loop's pictures and the first once more: what comes between it and the last is interpolated too."""
    first = next(pictures)
    yield first
    yield from pictures
    yield first


def _rewritten(request: ClipRequest) -> list:
    """The prompts in the captions' language; in a storyboard each goes on from the one before."""
    from .rewriting import rewrite

    read = []
    for prompt in request.prompts:
        read.append(rewrite(prompt.text, read[-1].description if read else None))
    return read
