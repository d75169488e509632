import pytest
import torch

from oner.model.blocking import NUMBERS, cast_words
from oner.model.checkpoint import tiny_native
from oner.model.sketch import WAVES, Sketch, cosines

TEXT, CHANNELS = 16, 8


@pytest.mark.parametrize(("h", "w"), [(5, 9), (9, 5), (7, 7), (1, 1), (20, 2)])
def test_a_sketch_has_the_picture_s_size(h, w):
    """Of any aspect, for both kinds of latent frames."""
    assert Sketch(TEXT, CHANNELS)(torch.randn(3, TEXT), h, w).shape == (3, 2, h, w, CHANNELS)


def test_the_cosines_are_independent_of_one_another():
    """So that each says something that the others do not."""
    waves = cosines(9, torch.empty(0))
    products = waves.T @ waves
    assert torch.allclose(products, torch.diag(products.diagonal()), atol=1e-5)
    assert waves.shape == (9, WAVES)


def test_it_learns_the_mean_of_what_a_word_stands_for():
    """Two words, each with a picture of its own and much that differs from one to the next."""
    torch.manual_seed(0)
    words, pictures = torch.randn(2, TEXT), cosines(4, torch.empty(0))[None, :, None, :2] * torch.randn(2, 1, 5, 2)
    sketch = Sketch(TEXT, 2)
    optimiser = torch.optim.Adam(sketch.parameters(), lr=1e-2)
    for _ in range(300):
        which = torch.randint(0, 2, (64,))
        seen = pictures[which] + torch.randn(64, 4, 5, 2)
        loss = (sketch(words[which], 4, 5)[:, 0] - seen).square().mean()
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
    with torch.no_grad():
        missed = (sketch(words, 4, 5)[:, 0] - pictures).square().mean()
    assert missed < 0.1 * pictures.var()


def untaught():
    """A model whose layers say nothing, noise (1, 2, h, w, C), what is told of it: two frames, kinds and prompts."""
    model = tiny_native(4)
    with torch.no_grad():
        model.transformer.write.weight.zero_()
    text, mask = model.vocabulary.encode(["red woman", "forest night"], 4)
    noise = torch.randn(1, 2, 2, 3, model.config.transformer.channels)
    numbers, single = torch.tensor([[0, 1]]), torch.tensor([[True, False]])
    marks = torch.zeros(1, 2, dtype=torch.bool)
    return model, noise, (noise, torch.ones(1, 2), marks, model.text(text, mask), mask, numbers, numbers, single)


def test_at_pure_noise_untaught_layers_say_what_the_sketch_says():
    """The clean picture that the velocity points to is the sketch, for each kind of frame and each prompt."""
    model, noise, frames = untaught()
    with torch.no_grad():
        velocity, sketch, _ = model.transformer(*frames, sketched="too")
    assert torch.allclose(noise - velocity, sketch, atol=1e-5)
    assert (sketch[0, 0] - sketch[0, 1]).abs().max() > 0.01


def test_denoising_teaches_the_sketch_nothing():
    """Its gradient is that of its own error alone."""
    model = tiny_native(4)
    model.transformer.requires_grad_(True)
    text, mask = model.vocabulary.encode(["red woman"], 4)
    one = torch.zeros(1, 1, dtype=torch.long)
    velocity = model.transformer(
        torch.randn(1, 1, 2, 3, model.config.transformer.channels), torch.full((1, 1), 0.6), one.bool(),
        model.text(text, mask), mask, one, one, ~one.bool(),
    )  # fmt: skip
    velocity.square().sum().backward()
    assert all(value.grad is None for value in model.transformer.sketch.parameters())
    assert model.transformer.compare.weight.grad.abs().sum() > 0


def blocked(model, told: bool = True, prompts: int = 2):
    """Numbers of two latent frames, and words of the scene and of one actor."""
    numbers = torch.rand(1, 2, 2, NUMBERS, generator=torch.Generator().manual_seed(1))
    words = cast_words(model.vocabulary, [[["forest"], ["woman", "red"]], [["forest", "", "night"]]][:prompts])
    return numbers, torch.full((1, 2), told), model.text.embedded(words)


def test_where_blocking_is_told_the_draft_stands_for_the_sketch():
    """At pure noise untaught layers say what the draft says; it follows camera and words."""
    model, noise, frames = untaught()
    transformer = model.transformer
    with torch.no_grad():
        velocity, sketch, draft = transformer(*frames, blocking=blocked(model), sketched="too")
        silent, _, _ = transformer(*frames, blocking=blocked(model, told=False), sketched="too")
        alone = transformer(*frames, blocking=blocked(model), sketched="only")
    assert torch.allclose(noise - velocity, draft, atol=1e-5)
    assert torch.allclose(noise - silent, sketch, atol=1e-5)
    assert alone[0] is None
    assert alone[1] is None
    assert torch.equal(alone[2], draft)
    assert (draft[0, 0] - draft[0, 1]).abs().max() > 0.01


def test_a_draft_is_taught_by_its_own_error_alone():
    """Denoising gives it no gradient, though its features are read."""
    model = tiny_native(4)
    model.transformer.requires_grad_(True)
    text, mask = model.vocabulary.encode(["red woman"], 4)
    one = torch.zeros(1, 2, dtype=torch.long)
    velocity = model.transformer(
        torch.randn(1, 2, 2, 3, model.config.transformer.channels), torch.full((1, 2), 0.6), one.bool(),
        model.text(text, mask), mask, one, one, ~one.bool(), blocking=blocked(model, prompts=1),
    )  # fmt: skip
    velocity.square().sum().backward()
    assert all(value.grad is None for value in model.transformer.draft.parameters())
    assert model.transformer.look.weight.grad.abs().sum() > 0
