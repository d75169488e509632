import pytest
import torch

from oner.model.blocking import ACTORS, CAMERA, NUMBERS, SLOTS
from oner.model.fine_blocking import Told
from oner.model.presets import PRESETS
from oner.training.cost import model_cost, parameters_of, tokenizer_cost, transformer_flops


def test_parameters_and_kept_bytes_are_those_of_a_real_step():
    """Counted without weights, they are what weights and a real forward pass give."""
    from oner.model.checkpoint import tiny_native

    model = tiny_native()
    cost = tokenizer_cost(model.config.tokenizer, (1, 5, 32, 64, 3))
    assert cost.parameters == parameters_of(model.tokenizer)
    costs = model_cost(model.config, (2, 3, 2, 2, model.config.transformer.channels), len(model.vocabulary))
    assert costs["transformer"].parameters == parameters_of(model.transformer)
    assert costs["text"].parameters == parameters_of(model.text)
    assert costs["transformer"].activations > 0


def test_products_are_counted():
    """As torch counts them in a forward pass, attention apart, which it may leave out."""
    from torch.utils.flop_counter import FlopCounterMode

    from oner.model.checkpoint import tiny_native

    model = tiny_native()
    shape, numbers = (2, 3, 2, 2, model.config.transformer.channels), torch.zeros(2, 3, dtype=torch.long)
    ids, mask = torch.zeros(2, 40, dtype=torch.long), torch.ones(2, 40, dtype=torch.bool)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        text = model.text(ids, mask)
        marks = numbers.bool()
        words = model.text.embedded(torch.ones(2, 1 + ACTORS, SLOTS, dtype=torch.long))
        blocking = torch.rand(2, 3, 2, NUMBERS), ~marks, words
        frames = torch.rand(2, 3), marks, text, mask, numbers, numbers, marks
        model.transformer(torch.randn(shape), *frames, blocking=blocking)
    assert 3 * counter.get_total_flops() == pytest.approx(transformer_flops(model.config, shape, 2, 40), rel=0.15)


def test_larger_presets_cost_more_and_xl_has_a_billion():
    """Parameters, memory and products grow along the dial, and bf16 keeps half of the activations."""
    costs = [model_cost(config, (4, 1, 5, 9, config.transformer.channels)) for config in PRESETS.values()]
    parts = [cost["transformer"] for cost in costs]
    for figure in ("parameters", "activations", "flops"):
        values = [getattr(part, figure) for part in parts]
        assert values == sorted(values)
    assert 0.9e9 < parts[-1].parameters < 1.1e9
    assert 0.25e9 < parts[-2].parameters < 0.35e9
    assert parts[-1].memory("bf16")["activations"] == parts[-1].memory("fp32")["activations"] // 2


def test_routing_saves_products():
    """Half of the tokens in five of eight layers; drafts see all."""
    config = PRESETS["base"]
    full, routed = (transformer_flops(config, (16, 1, 5, 9, 128), 16, 40, through) for through in (1, 0.5))
    assert 0.75 < routed / full < 0.85


def test_products_of_the_tokenizer_are_counted():
    """As torch counts them in a forward pass, attention apart."""
    from torch.utils.flop_counter import FlopCounterMode

    from oner.model.checkpoint import tiny_native
    from oner.training.cost import tokenizer_flops
    from oner.training.tokenizer_run import loss_of

    tokenizer, video = tiny_native().tokenizer, torch.rand(1, 9, 64, 64, 3)
    numbers = torch.zeros(1, 3, 2, NUMBERS)
    numbers[..., CAMERA] = 1.0  # one actor
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        loss_of(tokenizer, video, told=Told.of(numbers, 2, 2))
    assert 3 * counter.get_total_flops() == pytest.approx(tokenizer_flops(tokenizer.config, video.shape), rel=0.1)
