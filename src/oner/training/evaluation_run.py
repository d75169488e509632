"""One evaluation from start to end: weights and prompt lists in, figures and a contact sheet out."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..media import contact_sheet, replacing, save_png
from .evaluation import Report, evaluate, evaluate_minutes
from .films import Film, Generated, rendered
from .prompts import Prompt, load_prompts
from .recogniser import load_recogniser

TILES = 12  # pairs on a contact sheet


@dataclass(frozen=True)
class EvaluationRun:
    """What to evaluate. `weights` is a file or "base"; `count` None means every prompt of the `lists`; `steps` and
    `guidance` None mean the sampler's own; without `blocking` the model places camera and actors itself; `renders` is
    a folder in which the renders' measures are kept; `out` is for all figures as JSON."""

    weights: str = "base"
    lists: Sequence[str] = ("seen", "held-out", "free", "characters")
    count: int | None = None
    seconds: int = 2
    minute: int = 0
    steps: int | None = None
    guidance: float | None = None
    exact: bool = False
    blocking: bool = True
    recogniser: Path | None = None
    renders: Path | None = None
    out: Path | None = None
    sheet: Path | None = None


class _Watched:
    """A film that remembers how long it took and a picture from the middle of its first clips."""

    def __init__(self, film: Film):
        self.film, self.seconds, self.middles = film, 0.0, {}

    def __call__(self, prompts: Sequence[Prompt], frames: int, wanted: Sequence[int]) -> Iterator[np.ndarray]:
        clips = iter(self.film(prompts, frames, wanted))
        for prompt in prompts:
            begun = time.monotonic()
            clip = next(clips)
            self.seconds += time.monotonic() - begun
            self.middles.setdefault(prompt.text, clip[len(clip) // 2])
            yield clip


def evaluate_model(run: EvaluationRun, report: Report = lambda *_: None, film: Film | None = None) -> dict:
    """All figures of a run: {"weights", "settings", "lists": {name: ...}, "minute": ...}.

    `film` stands in for the model's clips. Raises InputError for weights that cannot be read or if nothing is asked.
    """
    if run.count == 0 and not run.minute:
        raise InputError("--count 0 without --minute leaves nothing to evaluate")
    recogniser = load_recogniser(run.recogniser)
    model, settings = (None, None) if film else _model(run)
    made = _Watched(film or Generated(model, settings, run.exact, blocking=run.blocking))
    real = _Watched(rendered)
    figures: dict = {"weights": model.digest if model else run.weights, "settings": str(settings), "lists": {}}
    shown: list[tuple[Prompt, dict]] = []
    for name in run.lists if run.count != 0 else ():
        prompts = load_prompts(name, run.count)
        keep = run.renders / f"{name}.npz" if run.renders else None
        made.seconds = 0.0
        found = evaluate(prompts, recogniser, made, real, run.seconds, keep, report)
        figures["lists"][name] = {**found, "generation_seconds": round(made.seconds, 1)}
        shown += [(prompts[i], found["answers"][i]) for i in _spread(len(prompts), TILES // len(run.lists))]
    if run.minute:
        figures["minute"] = evaluate_minutes(load_prompts(run.lists[0], run.minute), recogniser, made, real, report)
    if run.sheet and shown:
        save_png(run.sheet, sheet_of(shown, made.middles, real))
    if run.out:
        with replacing(run.out) as temporary:
            temporary.write_text(json.dumps(figures, ensure_ascii=False, indent=1))
    return figures


def _model(run: EvaluationRun):
    from ..model.checkpoint import load_native
    from ..model.sampler import Settings

    wanted = {"steps": run.steps, "guidance": run.guidance}
    settings = replace(Settings(), **{name: value for name, value in wanted.items() if value is not None})
    return load_native(run.weights).quickened(), settings


def _spread(total: int, count: int) -> list[int]:
    return sorted({i * total // count for i in range(count)})


def sheet_of(shown: Sequence[tuple[Prompt, dict]], middles: dict[str, np.ndarray], renders: _Watched) -> np.ndarray:
    """Pairs of pictures, a generated one and the render of the same prompt, with what was seen wrongly."""
    tiles = []
    for prompt, answers in shown:
        if prompt.text not in renders.middles:  # its measures were kept from an earlier evaluation
            next(iter(renders([prompt], 9, [4])))
        wrong = [f"{n}: {answers[n]}" for n, value in prompt.truth.items() if value and answers[n] not in (value, "")]
        tiles.append((middles[prompt.text], ", ".join(wrong) or "all as asked"))
        tiles.append((renders.middles[prompt.text], prompt.text))
    return contact_sheet(tiles, columns=4, tile_width=320, title="generated, and the render of the same prompt")
