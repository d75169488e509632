from dataclasses import replace

import pytest
import torch

from oner.errors import RequestError
from oner.model.checkpoint import tiny_native
from oner.model.presets import PRESETS
from oner.model.transformer import ANCHOR, Transformer, preconditioning, window_positions

B, F, H, W = 2, 3, 2, 3
CHANNELS = PRESETS["tiny"].transformer.channels


@pytest.fixture(scope="module")
def model():
    torch.set_num_threads(1)
    return tiny_native(2)


def given(model, **changes) -> dict:
    """What the transformer takes; two clips with two prompts each."""
    generator = torch.Generator().manual_seed(3)
    text, mask = model.vocabulary.encode(["red woman", "man", "forest", "night walks"], 8)
    values = {
        "latents": torch.randn(B, F, H, W, CHANNELS, generator=generator),
        "levels": torch.rand(B, F, generator=generator),
        "given": torch.zeros(B, F, dtype=torch.bool),
        "text": model.text(text, mask),
        "text_mask": mask,
        "prompt_of": torch.tensor([[0, 0, 1], [2, 2, 3]]),
        "positions": torch.arange(F).expand(B, F),
        "single": torch.tensor([[True, False, False]] * B),
    }
    return values | changes


def differs(model, name: str, value) -> torch.Tensor:
    """Which (clip, frame) come out otherwise when one of the inputs is changed: (B, F) bool."""
    with torch.no_grad():
        before, after = model.transformer(**given(model)), model.transformer(**given(model, **{name: value}))
    return ((before - after).abs().amax((2, 3, 4)) > 1e-4)  # fmt: skip


def test_velocities_have_the_shape_of_latents(model):
    """For stills, clips and any aspect."""
    assert model.transformer(**given(model)).shape == (B, F, H, W, CHANNELS)
    still = torch.randn(B, 1, 5, 1, CHANNELS)
    changes = {name: given(model)[name][:, :1] for name in ("levels", "given", "prompt_of", "positions", "single")}
    assert model.transformer(**given(model, latents=still, **changes)).shape == still.shape


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("levels", torch.tensor([[0.9, 0.0, 0.1], [0.2, 0.2, 0.2]])),
        ("given", torch.tensor([[True, False, False]] * B)),
        ("prompt_of", torch.tensor([[3, 3, 3], [1, 1, 1]])),
        ("positions", torch.tensor([[-4, 0, 1]] * B)),
        ("single", torch.zeros(B, F, dtype=torch.bool)),
    ],
)
def test_everything_that_is_told_matters(model, name, value):
    """Levels, marks, prompts and positions each change what comes out."""
    assert differs(model, name, value).all()


def test_clips_do_not_see_each_other(model):
    """Another prompt of one clip leaves the other as it is."""
    changed = differs(model, "prompt_of", torch.tensor([[0, 0, 2], [2, 2, 3]]))
    assert changed[0].all()
    assert not changed[1].any()


def test_a_frame_reads_its_own_prompt(model):
    """In a network of one layer only frames with another prompt ask otherwise, before they tell the others."""
    values = given(model)
    block = model.transformer.blocks[0]
    x = torch.randn(B, F * H * W, PRESETS["tiny"].transformer.width)
    with torch.no_grad():
        said = [
            block._read_words(x, values["text"], values["text_mask"], prompts, F).reshape(B, F, -1)
            for prompts in (values["prompt_of"], torch.tensor([[0, 0, 2], [2, 2, 3]]))
        ]
    changed = (said[0] - said[1]).abs().amax(-1) > 1e-5
    assert changed.tolist() == [[False, False, True], [False, False, False]]


def test_padding_of_prompts_changes_nothing(model):
    """Longer rows of the same words."""
    text, mask = model.vocabulary.encode(["red woman", "man", "forest", "night walks"], 20)
    assert not differs(model, "text_mask", given(model)["text_mask"]).any()
    with torch.no_grad():
        long = model.transformer(**given(model, text=model.text(text, mask), text_mask=mask))
        assert torch.allclose(long, model.transformer(**given(model)), atol=1e-4)


def test_more_than_a_window_and_other_channels_are_refused(model):
    """With the number that the weights allow."""
    window = model.config.transformer.window
    with pytest.raises(RequestError, match=f"these weights see {window} and an anchor"):
        model.transformer(**given(model, latents=torch.randn(B, window + 2, H, W, CHANNELS)))
    with pytest.raises(RequestError, match=f"these weights take {CHANNELS}"):
        model.transformer(**given(model, latents=torch.randn(B, F, H, W, CHANNELS + 1)))


@pytest.mark.parametrize(
    ("indices", "positions", "single"),
    [
        ([0, 1, 2], [0, 1, 2], [True, False, False]),
        ([7, 8, 9], [0, 1, 2], [False, False, False]),
        ([0, 30, 31], [-ANCHOR, 0, 1], [True, False, False]),
        ([0, 2, 3], [-2, 0, 1], [True, False, False]),
        ([5], [0], [False]),
    ],
)
def test_positions_count_from_the_window(indices, positions, single):
    """An anchor, however far back, lies at most a fixed distance before."""
    found, marks = window_positions(indices)
    assert found.tolist() == positions
    assert marks.tolist() == single


def test_tokens_that_skip_the_middle_keep_their_place():
    """All kept is the same as no routing; half kept changes what comes out, and gradients reach every layer."""
    torch.manual_seed(0)
    config = replace(PRESETS["tiny"].transformer, layers=4)
    model = tiny_native(2)
    transformer = Transformer(config)
    for value in transformer.parameters():
        if value.ndim > 1:
            torch.nn.init.normal_(value, std=0.1)
    whole = transformer(**given(model))
    order = torch.rand(B, F, H * W).argsort(-1)
    assert torch.allclose(transformer(**given(model), kept=order), whole, atol=1e-5)
    half = transformer(**given(model), kept=order[..., : H * W // 2])
    assert not torch.allclose(half, whole, atol=1e-3)
    half.square().sum().backward()
    assert all(block.up.weight.grad.abs().sum() > 0 for block in transformer.blocks)


def test_untaught_layers_make_the_best_linear_guess():
    """Of data with a deviation for each channel no factor of what goes in misses less, and all factors keep to 1."""
    torch.manual_seed(0)
    deviation = torch.tensor([[0.25, 1.0, 3.0]])
    data = deviation * torch.randn(20_000, 1, 1, 1, 3)
    noise = torch.randn_like(data)
    for level in (0.02, 0.3, 0.7, 1.0):
        noised = (1 - level) * data + level * noise
        scale, skip, out = preconditioning(deviation[:, None], torch.full((1, 1), level))
        assert torch.allclose((scale * noised).std((0, 1, 2, 3)), torch.ones(3), atol=0.02)
        missed = ((noise - data) - skip * noised) / out
        assert torch.allclose(missed.std((0, 1, 2, 3)), torch.ones(3), atol=0.02)
        best = ((noise - data) * noised).sum(0) / noised.square().sum(0)
        assert torch.allclose(skip.flatten(), best.flatten(), atol=0.05)
