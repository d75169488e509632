"""The engine that makes clips with an open model of the catalogue."""

import weakref
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from ...errors import EngineError, RequestError
from ...film import ClipRequest, EngineLimits, Locate, Report
from ...media import FrameWriter
from ...media.given import read_given
from ..checks import check_request
from ..fitting import anchored, cover, matched, retimed, uncover
from ..heartbeat import with_heartbeat
from ..recipe import recipe
from .catalogue import Entry, catalogue
from .machine import fit, this_machine
from .options import OPTIONS, Loading, cheaper, loading
from .pipelines import another, best_device, check_files, load, out_of_memory
from .running import Run, decoded, operation_of, run
from .windows import Shooting, Window, shooting

VERSION = 3  # raise it whenever the same request would give other pixels
MAKING = 0.92  # share of the progress that is denoising; the rest is decoding and writing

_loaded: weakref.WeakSet["DiffusersEngine"] = weakref.WeakSet()  # one model at a time in this process's memory


class DiffusersEngine:
    """Engine of one catalogue entry; its options are those of `options.OPTIONS`.

    The loaded pipeline is kept between clips, and freed when another engine of this process needs the memory. What
    happened while the last clip was made (a cheaper mode, a safety checker) is told by `explain` of its request.
    """

    def __init__(self, entry: Entry):
        self.entry = entry
        self.name = f"{entry.name}@{VERSION}.{entry.digest}"
        takes = set(entry.pipelines) != {"text"}
        longest = None if entry.continues else (entry.frames.most - 1) // entry.rate or None
        self.limits = EngineLimits(
            max_seconds=longest,
            takes_given_frames=takes,
            takes_loras=entry.loras,
            carries_on_from_frames=bool({"image", "frames"} & set(entry.pipelines)),
            workers=1,
            draws_probe=False,
        )
        self._pipelines: dict[str, object] = {}  # by operation; all share the same weights
        self._loading: Loading | None = None
        self._mode: str | None = None  # what "auto" came to
        self._happened: dict[str, str] = {}
        self._made = ""  # fingerprint of the last clip

    def check(self, request: ClipRequest) -> None:
        check_request(self.name, self.limits, request, OPTIONS)
        if "negative" in request.options and not self.entry.guides_twice:
            raise RequestError(
                f"option negative: {self.entry.name} is guided in one pass, which hears the prompt alone; leave it out"
            )
        self._plan(request)
        wanted = loading(self.entry, request, "cpu", "full")  # reads the options that are text
        for lora in wanted.loras:
            if not Path(lora.file).expanduser().is_file():
                raise RequestError(f"option lora: there is no file {lora.file}")
        try:
            check_files(self.entry)
        except EngineError as error:
            raise RequestError(str(error)) from error

    def explain(self, request: ClipRequest) -> dict[str, str]:
        plan = self._plan(request)
        notes = {"understood": "; ".join(prompt.text for prompt in request.prompts), "ignored": "", "guessed": ""}
        if made := plan.sentence(request):
            notes["made"] = made
        notes["licence"] = f"{self.entry.licence}: {self.entry.terms}"
        return notes | (self._happened if request.fingerprint == self._made else {})

    def render(self, request: ClipRequest, locate: Locate, out: Path, report: Report) -> None:
        self.check(request)
        plan = self._plan(request)
        self._happened, self._made = {}, request.fingerprint
        frames = with_heartbeat(lambda tell: self._make(request, plan, locate, tell), report)
        metadata = recipe(self.name, request, self.explain(request))
        retime = str(request.options.get("retime", "flow"))
        shown_rate, wanted = plan.rate * plan.speed, range(request.start, request.start + request.frames)
        with FrameWriter(
            out, request.width, request.height, request.rate, quality="take", metadata=metadata, threads=1
        ) as writer:
            for number, frame in enumerate(retimed(frames, shown_rate, wanted, request.rate, retime, plan.cuts), 1):
                writer.write(cover(frame, request.width, request.height))
                report(MAKING + (1 - MAKING) * number / request.frames, f"writing frame {number} of {request.frames}")

    def close(self) -> None:
        self.unload()

    def unload(self) -> None:
        """Free the model's memory; the next clip loads it again."""
        if not self._pipelines:
            return
        self._pipelines.clear()
        self._loading = None
        _loaded.discard(self)
        import gc

        import torch

        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _plan(self, request: ClipRequest) -> Shooting:
        capable: dict[str, tuple[str, ...]] = {}
        for entry in catalogue().entries.values():
            for operation in entry.pipelines:
                capable[operation] = (*capable.get(operation, ()), entry.name)
        return shooting(self.entry, request, capable)

    # ------------------------------------------------------------------------------------------------ making

    def _make(self, request: ClipRequest, plan: Shooting, locate: Locate, tell: Report) -> list[np.ndarray]:
        """The model's frames; out of memory once leads to the next cheaper mode, then to a clear failure."""
        wanted = loading(self.entry, request, *self._device_and_mode(request), locate)
        given = _given_pictures(request, plan, locate)
        try:
            return self._shoot(request, plan, given, wanted, tell)
        except Exception as error:
            if not out_of_memory(error):
                raise
            mode = cheaper(wanted.mode, wanted.device) if request.options.get("mode", "auto") == "auto" else None
            if mode is None:
                raise self._too_large(wanted) from error
        self.unload()
        self._mode = mode
        self._happened["memory"] = f"out of memory in mode {wanted.mode}; made in mode {mode}"
        tell(0.0, f"out of memory in mode {wanted.mode}: trying mode {mode}")
        try:
            return self._shoot(request, plan, given, replace(wanted, mode=mode), tell)
        except Exception as error:
            if not out_of_memory(error):
                raise
            raise self._too_large(replace(wanted, mode=mode)) from error

    def _too_large(self, wanted: Loading) -> EngineError:
        self.unload()
        return EngineError(
            f'{self.entry.name} ran out of memory in mode {wanted.mode}: a smaller size, quantise = "int8" or a '
            "smaller model would fit; `oner engines check` shows which"
        )

    def _device_and_mode(self, request: ClipRequest) -> tuple[str, str]:
        device = best_device(str(request.options.get("device", "auto")))
        if device == "cpu":
            return device, "full"
        if self._mode is None:
            modes = fit(self.entry, this_machine(), catalogue().gpus).modes if self.entry.weights.total else ("full",)
            self._mode = next((mode for mode in modes if mode != "quantised"), "stream")
        return device, self._mode

    def _shoot(
        self, request: ClipRequest, plan: Shooting, given: dict[int, np.ndarray], wanted: Loading, tell: Report
    ) -> list[np.ndarray]:
        frames: list[np.ndarray] = [None] * plan.frames
        for frame in range(plan.copied):
            frames[frame] = given[frame]
        latents: list = []
        first_of: dict[str, np.ndarray] = {}  # by prompt: its first window, whose colours the others keep
        for number, window in enumerate(plan.windows):
            first = window.start + window.carried
            fresh = not window.carried or plan.overlap == "frames"
            if fresh:
                latents = []
            known = _tail(latents, window, self.entry) if not fresh else None
            pipeline = self._pipeline(operation_of(plan, window, self.entry), wanted, tell)
            asked = self._run(request, plan, window, given, frames, known)
            made, words = run(pipeline, self.entry, asked, self._stepping(plan, number, asked.steps, tell))
            if words:
                self._happened["safety"] = words
            if not asked.as_latents:
                if window.carried:
                    made = matched(made, made[0], frames[window.start])
                if window.prompt in first_of:
                    made = anchored(made, first_of[window.prompt])
                first_of.setdefault(window.prompt, made)
                if plan.to_last != 1:
                    wanted_frames, retime = range(plan.frames - plan.copied), str(request.options.get("retime", "flow"))
                    made = np.stack([*retimed(made, plan.to_last, wanted_frames, Fraction(1), retime)])
                _lay(frames, made[window.carried :], first, plan)
                continue
            latents.append(made if fresh else made[:, :, known.shape[2] :])
            after = plan.windows[number + 1] if number + 1 < len(plan.windows) else None
            if after is None or not after.carried:
                import torch

                start = first - sum(part.shape[2] for part in latents[:-1]) * self.entry.frames.step
                start += self.entry.frames.step - 1 if len(latents) > 1 else 0
                _lay(frames, decoded(pipeline, self.entry, torch.cat(latents, 2)), start, plan)
        return frames

    def _run(self, request, plan: Shooting, window: Window, given, frames, known) -> Run:
        options = request.options
        here = {frame - window.start: given[frame] for frame in plan.given if window.start <= frame < window.end}
        if window.carried and plan.overlap == "frames":
            here = {0: frames[window.start]}
        longer = plan.overlap == "latents" and len(plan.windows) > 1
        return Run(
            operation=operation_of(plan, window, self.entry),
            window=window,
            width=plan.width,
            height=plan.height,
            steps=int(options.get("steps", self.entry.steps)),
            guidance=float(options.get("guidance", self.entry.guidance)),
            negative=str(options["negative"]) if "negative" in options else None,
            strength=request.strength,
            given=here,
            known=known,
            as_latents=longer,
        )

    def _stepping(self, plan: Shooting, number: int, steps: int, tell: Report):
        count = len(plan.windows)
        where = f" of window {number + 1} of {count}" if count > 1 else ""

        def step(done: int) -> None:
            part = (number + min(done / steps, 1)) / count
            tell(MAKING * part, f"step {min(done, steps)} of {steps}{where}")

        return step

    def _pipeline(self, operation: str, wanted: Loading, tell: Report):
        if self._loading != wanted:
            self.unload()
            for other in list(_loaded):
                if other is not self:
                    other.unload()
            tell(0.0, f"loading {self.entry.name}")
            self._pipelines[operation] = load(self.entry, operation, wanted)
            self._loading = wanted
            _loaded.add(self)
        if operation not in self._pipelines:
            some = next(iter(self._pipelines.values()))
            self._pipelines[operation] = another(some, self.entry, operation, wanted)
        return self._pipelines[operation]


def _lay(frames: list, made: np.ndarray, start: int, plan: Shooting) -> None:
    """Put made frames in their places; what reaches beyond the scene or into a later window is overwritten or left."""
    for frame, picture in zip(range(start, min(start + len(made), plan.frames)), made):
        frames[frame] = picture


def _tail(latents: list, window: Window, entry: Entry):
    """The last latents of the windows before, as many as this one carries."""
    import torch

    count = window.carried // entry.frames.step
    return torch.cat(latents, 2)[:, :, -count:]


def _given_pictures(request: ClipRequest, plan: Shooting, locate: Locate) -> dict[int, np.ndarray]:
    """Given pictures of the model's size by the model's frame."""
    if not request.given:
        return {}
    shown = read_given(
        request.given, locate, plan.width, plan.height, partial(uncover, shape=(request.width, request.height))
    )
    found = {frame: shown[place] for frame, place in plan.given.items()}
    for frame in range(plan.copied):
        place = min(round((frame * request.rate) / plan.rate), request.frames - 1)
        found.setdefault(frame, shown[min(shown, key=lambda known: abs(known - place))])
    return found
