"""The pictures of docs/MODEL_CARD.md, made anew from the shipped weights: native.png and minute.png.

    python scripts/native_pictures.py

Nothing is chosen: the first sixteen prompts of the list `free` with the seeds 0 to 15, and two clips with seed 0.
"""

from pathlib import Path

import numpy as np

from oner.engines.rewriting import rewrite
from oner.media import contact_sheet, save_png
from oner.model.checkpoint import NativeModel, load_native
from oner.model.operations import decode_clip, text_to_video
from oner.model.sampler import sample
from oner.training.model_sheet import SIZE, placed
from oner.training.prompts import load_prompts

DOCS = Path(__file__).parents[1] / "docs"
MINUTE = "a piano in a flower field at golden hour, fly-through"
SHORT = "a woman in a red coat walks in a city street at night, the camera pushes in"


def pictures(model: NativeModel, prompt: str, latents: int, seed: int) -> list[np.ndarray]:
    """All pictures, eight a second, of a clip of so many latent frames."""
    plan = placed(text_to_video(rewrite(prompt).caption, latents, SIZE, seed))
    return [picture.numpy() for picture in decode_clip(model.tokenizer, sample(model, plan), plan=plan)]


def main() -> None:
    model = load_native()
    prompts = [prompt.text for prompt in load_prompts("free")[:16]]
    tiles = [(pictures(model, prompt, 5, seed)[8], prompt) for seed, prompt in enumerate(prompts)]
    save_png(DOCS / "native.png", contact_sheet(tiles, 4, 320))
    minute, short = pictures(model, MINUTE, 121, 0), pictures(model, SHORT, 11, 0)
    tiles = [(minute[8 * second], f"0:{second:02d}") for second in range(2, 60, 5)]
    tiles += [(short[number], f"{number / 8:.1f} s") for number in (2, 10, 18, 26, 34, 39)]
    save_png(DOCS / "minute.png", contact_sheet(tiles, 6, 220))


if __name__ == "__main__":
    main()
