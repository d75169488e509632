"""Compiled layers beside torch's own."""

import pytest
import torch
from torch.nn import functional as F

from oner.model import layer_kernels
from oner.model.blocking import ACTOR, ACTORS, CAMERA, NUMBERS, SLOTS
from oner.model.fine_blocking import FineReader

KINDS = [torch.float32, torch.bfloat16]


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("kind", KINDS)
def test_norms_are_torch_s(kind):
    """With a scale and a shift for each picture, or one for all."""
    x, weight, scale, shift = 3 * drawn(2, 50, 24) + 1, drawn(24, seed=1), drawn(2, 24, seed=2), drawn(2, 24, seed=3)
    wanted = F.layer_norm(x, (24,), weight)
    made = layer_kernels.normed(x, weight, scale, shift, kind)
    assert made.dtype == kind
    close = {"atol": 1e-5} if kind == torch.float32 else {"atol": 1e-5, "rtol": 2**-8}
    assert torch.allclose(made.float(), wanted * (1 + scale[:, None]) + shift[:, None], **close)
    made = layer_kernels.normed(x, weight, scale[0], shift[0], kind)
    assert torch.allclose(made.float(), wanted * (1 + scale[0]) + shift[0], **close)


@pytest.mark.parametrize("kind", KINDS)
def test_gelus_are_torch_s(kind):
    """From where nothing passes to where all does; what is not a number stays none."""
    y = torch.cat([torch.linspace(-12, 12, 1001), torch.tensor([-1e30, -200.0, 0.0, 200.0, 1e30])]).to(kind)
    x = drawn(len(y))
    wanted = x + F.gelu(y.float(), approximate="tanh")
    layer_kernels.add_gelu(x, y)
    assert torch.allclose(x, wanted, atol=1e-5)
    layer_kernels.add_gelu(x, torch.full_like(x, torch.nan))
    assert x.isnan().all()
    both, said = drawn(3, 20, 16).to(kind), drawn(3, 8, seed=1)
    acted, gate = both.float().chunk(2, -1)
    wanted = F.gelu(acted + said[:, None], approximate="tanh") * gate
    assert torch.allclose(layer_kernels.gated(both, said), wanted, atol=1e-5)


def test_places_are_seen_as_they_are_learned():
    """The compiled way to see two pictures with two actors is the one that gradients take."""
    torch.manual_seed(0)
    reader = FineReader(16)
    with torch.no_grad():
        for value in reader.parameters():
            value += 0.1 * torch.randn(value.shape)
    numbers = torch.zeros(2, NUMBERS)
    numbers[:, 2], numbers[:, 6] = 1.6, 0.5
    actor = numbers[:, CAMERA:].view(2, ACTORS, ACTOR)
    actor[:, :2, 0], actor[:, :2, 5], actor[:, :2, 6] = 8.0, 1.7, 0.4
    actor[:, 0, 3], actor[1, 1, 3] = -5.0, -8.0
    words = torch.randint(1, 9, (2, 1 + ACTORS, SLOTS))
    for parts in (1, 2):
        learned, scene = reader.inner(numbers, words, 8, 12, None, None, parts)
        with torch.no_grad():
            seen, same = reader.inner(numbers, words, 8, 12, None, None, parts)
        assert learned.requires_grad
        assert learned.shape == seen.shape == (2, 96 * parts**2, 48)
        assert torch.equal(scene, same)
        assert float((learned.detach() - seen).abs().mean()) < 0.01 * float(seen.abs().mean())
