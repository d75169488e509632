"""Does a model show what it was asked for? Its clips and the worlds' own renders of the same prompts, judged alike.

The recogniser (`recogniser.py`) errs on renders too, so each accuracy on generated clips stands beside that on renders,
and their ratio is the share of what can be told that the model shows.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from ..errors import InputError
from ..media import replacing
from .attributes import ATTRIBUTES
from .films import RATE, Film
from .prompts import Prompt
from .recogniser import LONGEST, Recogniser
from .recogniser_data import floats

PART = 5 * RATE + 1  # frames: the first and the last five seconds of a long clip
MINUTE = 60 * RATE + 1
DIRECTIONS = 48  # principal directions in which the Frechet distance is taken
GREY = np.array([0.299, 0.587, 0.114], np.float32)

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Measures:
    """What was seen in N clips: answers by attribute ("" where none), features (N, D), and figures (N,) each.

    `motion` is the mean change from frame to frame, `flicker` the part of it that does not go on in the next frame
    (half the second difference), both of brightness in 0..255; `colour` (N, 3) is the mean CIELAB colour.
    """

    answers: dict[str, list[str]]
    features: np.ndarray
    motion: np.ndarray
    flicker: np.ndarray
    colour: np.ndarray


def measure(recogniser: Recogniser, clips) -> Measures:
    """Look at clips, uint8 (T, H, W, 3) each; those longer than 17 frames in windows whose answers are averaged."""
    answers: dict[str, list[str]] = {attribute.name: [] for attribute in ATTRIBUTES}
    rows: list[tuple] = []
    for clip in clips:
        begins = range(0, max(len(clip) - LONGEST, 0) + 1, LONGEST - 5)
        with torch.inference_mode():
            seen = [recogniser(floats(clip[begin : begin + LONGEST])[None]) for begin in begins]
        for attribute in ATTRIBUTES:
            scores = [s.scores[attribute.name] for s in seen if attribute.name in s.scores]
            best = attribute.values[int(sum(scores).argmax())] if scores else ""
            answers[attribute.name].append(best)
        features = torch.stack([s.features[0] for s in seen]).mean(0).numpy()
        rows.append((features, *_movement_of(clip), lab_of(clip)))
    if not rows:
        raise InputError("there is no clip to measure")
    features, motion, flicker, colour = (np.array(column) for column in zip(*rows, strict=True))
    return Measures(answers, features, motion, flicker, colour)


def _movement_of(clip: np.ndarray) -> tuple[float, float]:
    grey = clip.astype(np.float32) @ GREY
    change = np.diff(grey, axis=0)
    motion = float(np.abs(change).mean()) if len(clip) > 1 else 0.0
    return motion, float(np.abs(np.diff(change, axis=0)).mean() / 2) if len(clip) > 2 else 0.0


def lab_of(pictures: np.ndarray) -> np.ndarray:
    """Mean CIELAB colour (3,) of sRGB pictures (..., 3) uint8 (IEC 61966-2-1, CIE 15; white D65)."""
    values = pictures.reshape(-1, 3).astype(np.float64) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ to_xyz.T / (0.9505, 1.0, 1.089)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = f.mean(0)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


# ------------------------------------------------------------------------------------------------- comparing


def accuracies(prompts: Sequence[Prompt], generated: Measures, renders: Measures) -> dict[str, dict]:
    """By attribute: prompts that ask for it, accuracy on generated clips and on renders, and their ratio ("share").

    `error` is the standard error of the generated accuracy; the share is None where renders are never told right.
    """
    table = {}
    for attribute in ATTRIBUTES:
        name = attribute.name
        asked = [i for i, prompt in enumerate(prompts) if prompt.truth[name] is not None and renders.answers[name][i]]
        if not asked:
            continue
        right = [np.mean([m.answers[name][i] == prompts[i].truth[name] for i in asked]) for m in (generated, renders)]
        table[name] = {
            "asked": len(asked),
            "generated": round(float(right[0]), 4),
            "renders": round(float(right[1]), 4),
            "share": round(float(right[0] / right[1]), 4) if right[1] else None,
            "error": round(float(np.sqrt(right[0] * (1 - right[0]) / len(asked))), 4),
        }
    return table


def confusions(prompts: Sequence[Prompt], seen: Measures, name: str, most: int = 6) -> list[tuple[str, str, int]]:
    """What was asked, what was seen instead, how often; the most frequent first."""
    pairs: dict[tuple[str, str], int] = {}
    for prompt, answer in zip(prompts, seen.answers[name], strict=True):
        wanted = prompt.truth[name]
        if wanted is not None and answer and answer != wanted:
            pairs[wanted, answer] = pairs.get((wanted, answer), 0) + 1
    return [(*pair, count) for pair, count in sorted(pairs.items(), key=lambda item: -item[1])[:most]]


def frechet(generated: np.ndarray, renders: np.ndarray) -> dict | None:
    """Frechet distance (Dowson and Landau 1982; as FID, Heusel et al. 2017) of two sets of features (N, D).

    Taken in the principal directions of the renders, and between halves of the sets: of generated clips and renders of
    other prompts, beside renders and renders of other prompts, which is what a perfect model would reach with as many
    clips. None where a half has fewer clips than three.
    """
    half = min(len(generated), len(renders)) // 2
    if half < 3:
        return None
    middle, spread = renders.mean(0), renders.std(0) + 1e-6
    flat = (renders - middle) / spread
    _, _, directions = np.linalg.svd(flat, full_matrices=False)
    axes = directions[: min(DIRECTIONS, half - 1)].T
    real, made = flat @ axes, ((generated - middle) / spread) @ axes
    pairs = ((made[0::2], real[1::2]), (made[1::2], real[0::2]))
    return {
        "generated": round(float(np.mean([_distance(a, b) for a, b in pairs])), 3),
        "renders": round(float(_distance(real[0::2], real[1::2])), 3),
        "clips_a_side": half,
        "directions": axes.shape[1],
    }


def _distance(one: np.ndarray, two: np.ndarray) -> float:
    """Of the normal distributions fitted to (N, D) and (M, D)."""
    a, b = (np.cov(x, rowvar=False, bias=True) for x in (one, two))
    values, vectors = np.linalg.eigh(a)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ b @ root).clip(0)).sum()  # the trace of sqrt(a b)
    return float(np.sum((one.mean(0) - two.mean(0)) ** 2) + np.trace(a) + np.trace(b) - 2 * cross)


# ------------------------------------------------------------------------------------------------- evaluating


def evaluate(
    prompts: Sequence[Prompt],
    recogniser: Recogniser,
    film: Film,
    renders: Film,
    seconds: int = 2,
    keep: Path | None = None,
    report: Report = lambda *_: None,
) -> dict:
    """Figures of clips of `seconds` seconds for every prompt: adherence, Frechet distance, motion and flicker.

    `keep` names a file for what was measured on the renders, which is the same for every model.
    """
    frames = seconds * RATE + 1
    real = _kept(keep, prompts, recogniser, frames, lambda: _looked_at(prompts, recogniser, renders, frames, report, 0))
    made = _looked_at(prompts, recogniser, film, frames, report, 1)
    return {
        "clips": len(prompts),
        "seconds": seconds,
        "attributes": accuracies(prompts, made, real),
        "confused": {a.name: confusions(prompts, made, a.name) for a in ATTRIBUTES},
        "frechet": frechet(made.features, real.features),
        "motion": _beside(made.motion, real.motion),
        "flicker": _beside(made.flicker, real.flicker),
        "answers": [
            {"prompt": prompt.text, "asked": prompt.truth, **{n: made.answers[n][i] for n in made.answers}}
            for i, prompt in enumerate(prompts)
        ],
    }


def evaluate_minutes(
    prompts: Sequence[Prompt], recogniser: Recogniser, film: Film, renders: Film, report: Report = lambda *_: None
) -> dict:
    """Figures of minute-long clips: adherence and flicker in the first and the last five seconds, and colour drift.

    Drift is the distance in CIELAB between the mean colours of the two ends.
    """
    ends = [*range(PART), *range(MINUTE - PART, MINUTE)]
    found = {}
    for share, (name, source) in enumerate((("renders", renders), ("generated", film))):
        clips = list(_counted(source(prompts, MINUTE, ends), len(prompts), report, share))
        found[name] = [measure(recogniser, [clip[s] for clip in clips]) for s in (slice(PART), slice(PART, None))]
    made, real = found["generated"], found["renders"]
    drift = {name: np.linalg.norm(first.colour - last.colour, axis=1) for name, (first, last) in found.items()}
    return {
        "clips": len(prompts),
        "first": accuracies(prompts, made[0], real[0]),
        "last": accuracies(prompts, made[1], real[1]),
        "flicker_first": _beside(made[0].flicker, real[0].flicker),
        "flicker_last": _beside(made[1].flicker, real[1].flicker),
        "colour_drift": _beside(drift["generated"], drift["renders"]),
    }


def _looked_at(prompts, recogniser, film: Film, frames: int, report: Report, part: int) -> Measures:
    clips = film(prompts, frames, range(frames))
    return measure(recogniser, _counted(clips, len(prompts), report, part))


def _counted(clips, total: int, report: Report, part: int):
    """The clips, with the progress of the first (renders) or second half (generated) reported."""
    what = ("rendered", "generated")[part]
    for number, clip in enumerate(clips, 1):
        report((part + number / total) / 2, f"{number} of {total} {what}")
        yield clip


def _beside(made: np.ndarray, real: np.ndarray) -> dict[str, float]:
    return {"generated": round(float(made.mean()), 3), "renders": round(float(real.mean()), 3)}


def _kept(keep: Path | None, prompts, recogniser: Recogniser, frames: int, look: Callable[[], Measures]) -> Measures:
    """What is in the file if it was measured with the same prompts, length and recogniser; else looked at and kept."""
    if keep is None:
        return look()
    digest = hashlib.sha256(json.dumps([[asdict(prompt) for prompt in prompts], frames]).encode())
    for value in recogniser.state_dict().values():
        digest.update(value.numpy().tobytes())
    key = digest.hexdigest()
    if keep.exists():
        try:
            with np.load(keep) as stored:
                if str(stored["key"]) == key:
                    names = ("features", "motion", "flicker", "colour")
                    answers = {a.name: stored[f"answer {a.name}"].tolist() for a in ATTRIBUTES}
                    return Measures(answers, *(stored[name] for name in names))
        except (OSError, ValueError, KeyError) as error:
            raise InputError(
                f"{keep} holds no measures of renders ({error}); remove it or name another file"
            ) from error
    measures = look()
    values = {name: value for name, value in vars(measures).items() if name != "answers"}
    answers = {f"answer {name}": np.array(values) for name, values in measures.answers.items()}
    with replacing(keep) as temporary, temporary.open("wb") as file:
        np.savez(file, key=np.array(key), **values, **answers)
    return measures
