"""The sizes on the dial are what their names promise."""

import pytest
import torch

from oner.errors import RequestError
from oner.model.checkpoint import build
from oner.model.presets import PRESETS, ModelConfig, preset
from oner.model.text import Vocabulary
from oner.model.transformer import Transformer

# Parameters of tokenizer, text encoder (600 words) and transformer, as docs/MODEL.md and presets.py say.
PARAMETERS = {
    "tiny": (1.4e6, 0.1e6, 0.56e6),
    "base": (62.7e6, 1.8e6, 14.6e6),
    "large": (82.8e6, 19e6, 0.29e9),
    "xl": (162e6, 57e6, 1.0e9),
}


def without_memory(config: ModelConfig):
    """The model on torch's meta device: shapes without numbers."""
    with torch.device("meta"):
        return build(config, Vocabulary(f"word{number}" for number in range(600)))


@pytest.mark.parametrize("name", PRESETS)
def test_parameters_are_those_that_are_claimed(name):
    """Each part of each preset has the parameters of the table, to 15 %."""
    model = without_memory(preset(name))
    counts = [sum(p.numel() for p in part.parameters()) for part in (model.tokenizer, model.text, model.transformer)]
    assert counts == pytest.approx(PARAMETERS[name], rel=0.15)


def test_large_and_xl_are_the_sizes_of_the_field():
    """Large has about 0.28 billion parameters, xl one billion, and the dial only goes up."""
    counts = {name: sum(p.numel() for p in without_memory(PRESETS[name]).transformer.parameters()) for name in PRESETS}
    assert counts["large"] == pytest.approx(0.28e9, rel=0.15)
    assert counts["xl"] == pytest.approx(1e9, rel=0.15)
    assert sorted(counts, key=counts.get) == list(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_parts_fit_one_another(name):
    """Latents pass from tokenizer to transformer, words from the text encoder; every head turns in pairs."""
    config = PRESETS[name]
    assert config.preset == name
    assert config.transformer.channels == config.tokenizer.channels
    assert config.transformer.text_width == config.text.width
    for part in (config.tokenizer, config.text, config.transformer):
        assert part.width % part.heads == 0
        assert part.width // part.heads % 4 == 0


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_runs(name):
    """A window of the longest kind goes through every size and comes out in its own shape."""
    model, config = without_memory(PRESETS[name]), PRESETS[name]
    frames = config.transformer.window + 1
    with torch.device("meta"):
        latents = torch.empty(2, frames, 5, 9, config.transformer.channels)
        numbers = torch.zeros(2, frames, dtype=torch.long)
        ids = torch.zeros(3, config.text.length, dtype=torch.long)
        mask = torch.ones(3, config.text.length, dtype=torch.bool)
        text = model.text(ids, mask)
        velocity = model.transformer(latents, torch.empty(2, frames), numbers > 0, text, mask, numbers, numbers,
                                     numbers > 0)  # fmt: skip
        video = model.tokenizer.decode(latents[:, :2])
        again = model.tokenizer.encode(torch.empty(1, 5, 80, 144, 3))
    assert velocity.shape == latents.shape
    assert video.shape == (2, 5, 160, 288, 3)
    assert again.shape == (1, 2, 5, 9, config.tokenizer.channels)


def test_sizes_survive_json():
    """What is kept in a weight file gives the same configuration; others are refused by name."""
    for config in PRESETS.values():
        assert ModelConfig.from_dict(config.as_dict()) == config
    broken = PRESETS["tiny"].as_dict()
    broken["text"]["depth"] = 3
    with pytest.raises(RequestError, match="depth"):
        ModelConfig.from_dict(broken)
    with pytest.raises(RequestError, match="tiny, base, large, xl"):
        preset("huge")


def test_windows_too_long_are_refused():
    """More latent frames than the window and an anchor are refused with the way out."""
    config = PRESETS["tiny"].transformer
    with torch.device("meta"):
        network = Transformer(config)
        latents = torch.empty(1, config.window + 2, 1, 1, config.channels)
        numbers = torch.zeros(1, config.window + 2, dtype=torch.long)
        text, mask = torch.empty(1, 2, config.text_width), torch.ones(1, 2, dtype=torch.bool)
        with pytest.raises(RequestError, match="in windows"):
            network(latents, numbers.float(), numbers > 0, text, mask, numbers, numbers, numbers > 0)
