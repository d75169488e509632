"""What the shipped weights can do, operation by operation, as measurable claims on clips of the worlds.

Every test renders its own source clips, so nothing here was seen in training. Pictures are compared at the size that
the model paints, 288x160, in decibels of PSNR over levels 0..255.
"""

from fractions import Fraction

import numpy as np
import pytest

from oner.timing import Span

PROMPT = "a woman in a red coat walks down a city street at night, the camera pushes in"
OTHER = "a sailing boat on a lake at noon, the camera is still"
SIZE = (288, 160)


@pytest.fixture(scope="module")
def model():
    import torch

    from oner.model.checkpoint import load_native

    torch.set_num_threads(1)
    return load_native(None)


@pytest.fixture(scope="module")
def settings():
    from oner.model.sampler import Settings

    return Settings(steps=8)


def rendered(prompt: str, pictures: int, seed: int) -> np.ndarray:
    """(T, 160, 288, 3) uint8 at 8 pictures a second, as the training clips were drawn."""
    from oner.worlds.language import read
    from oner.worlds.stage import Stage

    stage = Stage(read(prompt).description, seed, *SIZE, frames=pictures, rate=Fraction(8), samples=2)
    try:
        return np.stack([stage.frame(number) for number in range(pictures)])
    finally:
        stage.close()


def small(pictures: np.ndarray):
    """What the encoder sees: the mean of each two by two pixels, -1..1."""
    import torch

    t, height, width, _ = pictures.shape
    means = pictures.reshape(t, height // 2, 2, width // 2, 2, 3).mean((2, 4))
    return torch.from_numpy(means.astype(np.float32)) / 127.5 - 1


def painted(model, latents, loop: bool = False) -> np.ndarray:
    from oner.model.operations import decode_clip

    return np.stack([picture.numpy() for picture in decode_clip(model.tokenizer, latents, loop)])


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(1e-9, np.mean((a.astype(float) - b) ** 2))))


def steps_of(pictures: np.ndarray) -> np.ndarray:
    """Mean difference of each picture from the one before."""
    return np.abs(np.diff(pictures.astype(float), axis=0)).mean((1, 2, 3))


@pytest.fixture(scope="module")
def source() -> np.ndarray:
    return rendered(PROMPT, 25, 90_001)


@pytest.fixture(scope="module")
def encoded(model, source):
    from oner.model.operations import encode_clip

    return encode_clip(model.tokenizer, small(source))


def caption(prompt: str) -> str:
    from oner.engines.rewriting import rewrite

    return rewrite(prompt).caption


@pytest.mark.parametrize("frame", [0, 6, 3])
def test_a_given_picture_comes_back(model, settings, source, frame):
    """First, last or in the middle: within 1 dB of what the tokenizer alone makes of it, held for four pictures."""
    import torch

    from oner.model import operations as op
    from oner.model.sampler import sample

    first, held = (op.encode_picture(model.tokenizer, small(source[:1])[0], number) for number in (0, 1))
    latents = held if frame else first
    alone = painted(model, torch.cat([first, held]))[4 if frame else 0]
    plan = op.image_to_video(caption(PROMPT), 7, latents.shape[1:3], 1, {frame: latents})
    shown = painted(model, sample(model, plan, settings))[4 * frame]
    assert psnr(shown, source[0]) >= psnr(alone, source[0]) - 1


@pytest.mark.parametrize("before", [False, True])
def test_an_extension_keeps_the_clip_and_goes_on_without_a_jump(model, settings, source, before):
    """The clip within 1 dB of the tokenizer's own error; the seam is at most twice the largest step beside it."""
    from oner.model import operations as op
    from oner.model.sampler import sample

    video = small(source)
    latents = op.encode_clip(model.tokenizer, video[:17]) if not before else op.encode_clip(
        model.tokenizer, video[1:17], starts=False, before=video[:1]
    )  # fmt: skip
    kept, by = source[1:17] if before else source[:17], 4
    pictures = painted(model, sample(model, op.extend(caption(PROMPT), latents, by, 1, before), settings))
    own = painted(model, latents)
    shown = pictures[-16:] if before else pictures[:17]
    alike = len(own) - before  # alone, the first latent frame of a clip's end is shown as a single picture
    assert psnr(shown[-alike:], kept[-alike:]) >= psnr(own[-alike:], kept[-alike:]) - 1
    seam = 4 * by if before else 16  # the step into the clip, or out of it
    steps = steps_of(pictures)
    beside = np.delete(steps, seam)[max(0, seam - 4) : seam + 4]
    assert steps[seam] <= 2 * beside.max()


@pytest.mark.parametrize("frames", [10, 24])
def test_the_seam_of_a_loop_is_no_larger_than_its_median_step(model, settings, frames):
    """Short loops are sampled round, long ones lead back to their beginning; a tenth is allowed on top."""
    from oner.model import operations as op
    from oner.model.sampler import sample
    from oner.model.tokenizer import PATCH
    from oner.training.model_sheet import placed

    plan = placed(op.loop(caption(PROMPT), frames, (SIZE[1] // 2 // PATCH, SIZE[0] // 2 // PATCH), 2))
    decoded = op.decode_clip(model.tokenizer, sample(model, plan, settings), loop=True, plan=plan)
    pictures = np.stack([picture.numpy() for picture in decoded])
    seam = np.abs(pictures[-1].astype(float) - pictures[0]).mean()
    assert seam <= 1.1 * np.median(steps_of(pictures))


def test_a_connection_starts_and_ends_on_its_clips(model, settings, source):
    """Both clips within 1 dB of the tokenizer's own error, and no hard cut between them."""
    from oner.model import operations as op
    from oner.model.sampler import sample

    second = rendered(OTHER, 17, 90_002)
    first = op.encode_clip(model.tokenizer, small(source[:17]))
    last = op.encode_clip(model.tokenizer, small(second[1:]), starts=False, before=small(second[:1]))
    pictures = painted(model, sample(model, op.connect(caption(OTHER), first, last, 5, 3), settings))
    assert psnr(pictures[:17], source[:17]) >= psnr(painted(model, first), source[:17]) - 1
    assert psnr(pictures[-12:], second[-12:]) >= psnr(painted(model, last)[-12:], second[-12:]) - 1
    jump = np.abs(source[16].astype(float) - second[1]).mean()
    assert steps_of(pictures).max() < jump


def test_remix_at_0_is_the_clip_and_at_1_forgets_it(model, settings, source, encoded):
    """0 gives the tokenizer's clip; nearness falls with the strength; 1 is no nearer than another seed's clip."""
    from oner.model import operations as op
    from oner.model.sampler import sample

    own = painted(model, encoded)
    made = {
        strength: painted(model, sample(model, op.remix(caption(OTHER), encoded, strength, 4), settings))
        for strength in (0.0, 0.25, 0.5, 0.75, 1.0)
    }
    assert np.array_equal(made[0.0], own)
    nearness = [psnr(pictures, own) for pictures in made.values()]
    assert nearness == sorted(nearness, reverse=True)
    fresh = op.text_to_video(caption(OTHER), len(encoded), encoded.shape[1:3], 5)
    assert nearness[-1] <= psnr(painted(model, sample(model, fresh, settings)), own) + 1


def test_a_fixed_range_leaves_the_rest(model, settings, source, encoded):
    """Latent frames outside the range are untouched; the pictures before it are the same to the bit."""
    from oner.model import operations as op
    from oner.model.sampler import sample

    made = painted(model, sample(model, op.fix(caption(PROMPT), encoded, Span(3, 5), 6), settings))
    own = painted(model, encoded)
    assert np.array_equal(made[:9], own[:9])
    assert psnr(made[21:], source[21:]) >= psnr(own[21:], source[21:]) - 1


def test_a_variation_is_nearer_than_another_take(model, settings):
    """Closeness 0.8 stays nearer to the first take than a take of another seed."""
    from oner.model import operations as op
    from oner.model.sampler import sample
    from oner.model.tokenizer import PATCH

    first = op.text_to_video(caption(PROMPT), 3, (80 // PATCH, 144 // PATCH), 7)
    plans = [first, op.varied(first, 8, 0.8), op.varied(first, 8, 0.0)]
    take, near, other = (painted(model, sample(model, plan, settings)) for plan in plans)
    assert psnr(near, take) > psnr(other, take)


def test_prompts_decide_the_picture(model, settings):
    """Takes of one prompt are nearer to each other in colour than to takes of another."""
    from oner.model import operations as op
    from oner.model.sampler import sample
    from oner.model.tokenizer import PATCH

    def colours(prompt: str, seed: int) -> np.ndarray:
        plan = op.text_to_video(caption(prompt), 1, (80 // PATCH, 144 // PATCH), seed)
        return painted(model, sample(model, plan, settings)).mean((0, 1, 2))

    night, noon = ([colours(prompt, seed) for seed in range(3)] for prompt in (PROMPT, OTHER))
    within = np.mean([np.abs(a - b).mean() for takes in (night, noon) for a in takes for b in takes if a is not b])
    between = np.mean([np.abs(a - b).mean() for a in night for b in noon])
    assert between > 1.5 * within
