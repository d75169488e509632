"""What docs/MODEL_CARD.md claims of the shipped weights: palettes, places of actors, camera, seeds."""

import hashlib
import re
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from oner.model.weights_file import SHIPPED

CARD = Path(__file__).parents[2] / "docs" / "WEIGHTS.md"
SIZE = (5, 9)


@pytest.fixture(scope="module")
def model():
    import torch

    from oner.model.checkpoint import load_native

    torch.set_num_threads(1)
    return load_native()


def made(model, prompt: str, frames: int, seed: int, blocking: bool = True) -> np.ndarray:
    """(T, 160, 288, 3) uint8."""
    from oner.engines.rewriting import rewrite
    from oner.model.operations import decode_clip, text_to_video
    from oner.model.sampler import sample
    from oner.training.model_sheet import placed

    plan = text_to_video(rewrite(prompt).caption, frames, SIZE, seed)
    plan = placed(plan) if blocking else plan
    decoded = decode_clip(model.tokenizer, sample(model, plan), plan=plan)
    return np.stack([picture.numpy() for picture in decoded])


@pytest.mark.parametrize("name", ["base.safetensors", "tokenizer.safetensors"])
def test_files_are_those_of_the_table(name):
    """Size and SHA-256 as docs/WEIGHTS.md states them, and no more than 64 MB in all."""
    file = SHIPPED / name
    row = next(line for line in CARD.read_text().splitlines() if line.startswith(f"| `{name}`"))
    assert re.search(r"[0-9a-f]{64}", row)[0] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert f"{file.stat().st_size:,} bytes" in row
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 64_000_000


@pytest.mark.parametrize("blocking", [True, False])
@pytest.mark.parametrize(
    ("prompt", "seen"),
    [
        ("a white horse in a meadow at noon", lambda r, g, b: g > 1.2 * b and g > 80),
        ("a whale swims underwater", lambda r, g, b: b > 1.5 * r),
        ("a blue car on a neon grid, synthwave", lambda r, g, b: min(r, b) > 1.3 * g),
        ("a woman in a city street at night", lambda r, g, b: max(r, g, b) < 90),
        ("pencil sketch of a lighthouse on a beach", lambda r, g, b: min(r, g, b) > 150),
    ],
)
def test_prompts_decide_palette_and_light(model, prompt, seen, blocking):
    """The mean colour of a clip's last picture, whatever the seed, placed by it or not."""
    for seed in (1, 2):
        assert seen(*made(model, prompt, 3, seed, blocking)[-1].mean((0, 1)))


def body_of(prompt: str, seed: int) -> tuple[slice, slice]:
    """Rows and columns of the picture in which the middle of the first actor's body is to be seen at first."""
    from oner.engines.rewriting import rewrite
    from oner.worlds.blocking import CAMERA, Blocking

    blocking = Blocking.of(rewrite(prompt).description, seed, SIZE[1] / SIZE[0])
    x, y, z, _, height, _ = blocking.numbers(0, 8)[CAMERA + 1 : CAMERA + 7]
    view = blocking.camera.view(0.0).matrix(SIZE[1] / SIZE[0])
    clip = view @ np.array([x, y + 0.6 * height, z, 1.0])
    column, row = (clip[0] / clip[3] + 1) / 2 * 288, (1 - clip[1] / clip[3]) / 2 * 160
    return slice(max(0, round(row) - 10), round(row) + 10), slice(max(0, round(column) - 7), round(column) + 7)


@pytest.mark.parametrize(
    ("prompt", "seen"),
    [
        ("a woman in a red coat stands in a snowfield at noon, medium shot", lambda r, g, b: r - (g + b) / 2),
        ("a man in a black suit stands in the desert at noon, medium shot", lambda r, g, b: -(r + g + b) / 3),
        ("a woman in a yellow raincoat stands on a beach at noon, medium shot", lambda r, g, b: (r + g) / 2 - b),
        ("a child in a blue jacket stands in a meadow at noon, medium shot", lambda r, g, b: b - (r + g) / 2),
    ],
)
def test_actors_stand_where_they_are_placed_in_their_colour(model, prompt, seen):
    """The body's middle has more of the colour than the picture, whatever the seed."""
    for seed in (1, 2, 3):
        picture = made(model, prompt, 1, seed)[0].astype(float)
        assert seen(*picture[body_of(prompt, seed)].mean((0, 1))) > seen(*picture.mean((0, 1))) + 15


@pytest.mark.parametrize(
    ("move", "least", "most"), [("pan left", 8, 99), ("pan right", -99, -8), ("static camera", -2, 2)]
)
def test_the_camera_obeys(model, move, least, most):
    """A pan to the left moves the picture to the right: pixels in two seconds by optical flow, where edges are."""
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    for seed in (1, 2, 3):
        clip = made(model, f"a school corridor at noon, wide shot, {move}", 5, seed)
        moved = 0.0
        for one, two in pairwise(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in clip[::2]):
            edges = np.abs(cv2.Sobel(one, cv2.CV_32F, 1, 0))
            moved += (search.calc(one, two, None)[..., 0] * edges).sum() / edges.sum()
        assert least < moved < most


def test_a_seed_is_a_clip(model):
    """The same again for the same seed, another for another."""
    one, again, other = (made(model, "a red balloon over mountains", 2, seed) for seed in (3, 3, 4))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
