"""Sheets of samples in mid-training: always the same prompts and seeds, so that pages can be compared."""

from pathlib import Path

import numpy as np
import torch

from ..engines.native_plan import blocked
from ..media import contact_sheet, save_png
from ..model.checkpoint import NativeModel
from ..model.operations import decode_clip, text_to_video
from ..model.sampler import Plan, Settings, sample
from ..model.tokenizer import GROUP
from ..timing import Span
from ..worlds.language import read

PROMPTS = (
    "a woman in a red coat walks in a city street at night in the rain, cinematic, medium shot, static camera",
    "a man in a black suit stands in the desert at golden hour, clear sky, cinematic, wide shot, push in",
    "a white horse runs in a meadow in the morning, natural, wide shot, tracking",
    "a blue car drives on a road at dusk, synthwave, wide shot, tracking",
    "a lighthouse on a beach in a storm, watercolour, wide shot, static camera",
    "a school corridor with red lockers at noon, cinematic, push in",
    "a green robot waves in a snowfield, snow, animation, medium shot, orbit",
    "an astronaut floats in space, cinematic, medium shot, pull back",
    "a red balloon over mountains at dawn, fog, natural, wide shot, crane up",
    "a whale swims underwater, cinematic, wide shot, static camera",
    "une femme en robe jaune danse dans une salle de bal, noir et blanc, plan moyen, travelling avant",
    "a black piano on a stage, noir, medium shot, orbit",
)
SIZE = (5, 9)


def placed(plan: Plan) -> Plan:
    """A plan of one prompt with camera and actors where the worlds would have them."""
    pictures = GROUP * plan.frames if plan.loop else 1 + GROUP * (plan.frames - 1)
    return blocked(plan, [(read(plan.prompts[0]).description, Span(0, pictures))], plan.seed)


def write_sheet(model: NativeModel, path: Path, clips: bool) -> None:
    """A still of each prompt or, with `clips`, three frames of a clip of each."""
    frames = 5 if clips else 1
    plans = [placed(text_to_video(prompt, frames, SIZE, seed)) for seed, prompt in enumerate(PROMPTS)]
    made = sample(model, plans, Settings())
    tiles: list[tuple[np.ndarray, str]] = []
    with torch.no_grad():
        for plan, latents, prompt in zip(plans, made, PROMPTS, strict=True):
            pictures = list(decode_clip(model.tokenizer, latents, plan=plan))
            shown = [pictures[i] for i in ((0, 8, 16) if clips else (0,))]
            tiles += [(np.asarray(picture), prompt) for picture in shown]
    save_png(path, contact_sheet(tiles, 6 if clips else 4, 288))
