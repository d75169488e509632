"""What training costs: parameters, products and memory of a step, counted before anything runs.

Products are counted as two operations for each multiplication of matrices, forward; backward takes twice as much.
Everything that is not a matrix product is left out, so a share of the machine's matrix rate is a lower bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..model.blocking import ACTOR_FEATURES, ACTORS, CAMERA_FEATURES, MOVES, NUMBERS, SLOTS
from ..model.fields import FEATURES, GATHERED
from ..model.fine_blocking import CLOSER, DOT, FINE_ACTOR, FINE_CAMERA, LAYERS, SIDE
from ..model.presets import ModelConfig, TokenizerConfig
from ..model.sketch import DRAFT_LAYERS, WAVES
from ..model.text import TextEncoder
from ..model.tokenizer import GROUP, PATCH, Tokenizer
from ..model.transformer import Transformer

WORDS_GUESS = 700  # words of the vocabulary where none is known yet
BYTES = {"fp32": 4, "bf16": 2}


@dataclass(frozen=True)
class Cost:
    """Of a part of the model in training. `activations` are the bytes kept from forward to backward of one step."""

    parameters: int
    activations: int
    flops: int

    def memory(self, precision: str) -> dict[str, int]:
        """Bytes by use. In bf16 the optimiser holds fp32 masters beside the weights."""
        size, count = BYTES[precision], self.parameters
        masters = 4 * count if precision == "bf16" else 0
        return {
            "weights": size * count + masters,
            "gradients": size * count + masters,
            "optimiser": 8 * count,
            "average": 4 * count,
            "activations": self.activations * size // 4,
        }


def transformer_flops(config: ModelConfig, shape: Sequence[int], prompts: int, words: int, through: float = 1) -> int:
    """Of a training step on latents (B, F, h, w, C); `through` is the share of tokens in the routed layers."""
    c = config.transformer
    clips, frames, h, w, _ = shape
    window = frames * h * w
    tokens, d = clips * window, c.width
    routed = max(0, c.layers - 3)
    layer = tokens * d * (14 * d + 2 * words)
    attention = 2 * tokens * window * d
    own = (c.layers - routed) * (layer + attention) + routed * (through * layer + through**2 * attention)
    said = prompts * words * c.text_width * 2 * d * c.layers
    ends = tokens * d * 3 * c.channels + clips * frames * d * 9 * d
    t = config.text.width
    text = prompts * words * config.text.layers * (12 * t * t + 2 * words * t)
    sketches = prompts * (t * 2 * t + 2 * t * WAVES**2 * t // 4 + h * w * t // 2 * c.channels)
    return int(6 * (own + said + ends + text + sketches + draft_products(config, clips * frames, h * w, prompts)))


def draft_products(config: ModelConfig, frames: int, places: int, prompts: int) -> int:
    """Multiplications of the drafts of so many latent frames, forward."""
    t, width = config.text.width, 5 * config.text.width // 4
    layers, inner = DRAFT_LAYERS, 2 * width
    read = inner * (2 * CAMERA_FEATURES + MOVES + 4 * ACTORS * ACTOR_FEATURES) + 2 * inner * width
    d = config.transformer.width
    token = read + layers * 2 * width * inner + width * (config.transformer.channels + d) + MOVES * d
    return frames * (places * token + t * width + 3 * layers * width * width) + prompts * ACTORS * t * inner


def tokenizer_flops(config: TokenizerConfig, shape: Sequence[int]) -> int:
    """Of a training step on pictures (B, T, scale * H, scale * W, 3)."""
    clips, pictures, height, width, _ = shape
    side = PATCH * config.scale
    places = clips * (height // side) * (width // side)
    frames, tokens = 1 + pictures // GROUP, places * (1 + pictures // GROUP)
    d, room = config.width, (height // side) * (width // side)
    blocks = (config.encoder_layers + config.decoder_layers) * tokens * d * (12 * d + 4 * room) + tokens * d * MOVES
    pixels = 3 * (1 + GROUP * (frames - 1)) * places * d * (PATCH**2 + side**2)
    retouch = places * (1 + GROUP * (frames - 1)) * retouch_products(config.retouch, d, side)
    return 6 * (blocks + pixels + 2 * tokens * d * config.channels + retouch)


def retouch_products(width: int, decoder_width: int, side: int) -> int:
    """Multiplications of `model.retouch` and of what it is told on the `side` x `side` pixels of one latent pixel."""
    fine, middle, coarse = ((side // (SIDE << level)) ** 2 for level in range(3))  # places
    convolutions = 18 * width**2 * (2 * fine + 2 * 4 * middle + 9 * coarse)
    between = width**2 * (2 * 8 * middle + 2 * 24 * coarse + 3 * middle)
    inner = 3 * width
    told = FINE_CAMERA + 2 * FINE_ACTOR + 3 * (GATHERED + FEATURES)  # with one actor
    dots, looked = (side // DOT) ** 2, 1 + CLOSER * DOT**2  # times for each dot
    look = round(dots * inner * (looked * (told + LAYERS * inner + 3 * DOT**2) + width))
    return convolutions + between + 12 * SIDE**2 * width * fine + decoder_width * middle * width + look


def model_cost(config: ModelConfig, shape: Sequence[int], words: int = WORDS_GUESS) -> dict[str, Cost]:
    """Text encoder and transformer in a step on latents (B, F, h, w, C), a prompt for each clip; no weights made."""
    clips, frames, length = shape[0], shape[1], config.text.length
    with torch.device("meta"):
        text, transformer = TextEncoder(config.text, words), Transformer(config.transformer)
        ids, mask = torch.zeros(clips, length, dtype=torch.long), torch.ones(clips, length, dtype=torch.bool)
        noisy, levels = torch.empty(shape), torch.empty(clips, frames)
        said, of_text = _kept(lambda: text(ids, mask))
        numbers = torch.zeros(clips, frames, dtype=torch.long)
        marks = torch.zeros(clips, frames, dtype=torch.bool)
        blocking = torch.empty(clips, frames, 2, NUMBERS), ~marks, torch.empty(clips, 1 + ACTORS, SLOTS, said.shape[-1])
        of_frames = levels, marks, said, mask, numbers, numbers, marks
        _, of_transformer = _kept(lambda: transformer(noisy, *of_frames, blocking=blocking))
    whole = transformer_flops(config, shape, clips, length)
    return {
        "text": Cost(parameters_of(text), of_text, 0),
        "transformer": Cost(parameters_of(transformer), of_transformer, whole),
    }


def tokenizer_cost(config: TokenizerConfig, shape: Sequence[int]) -> Cost:
    """The tokenizer in a step on pictures (B, T, scale * H, scale * W, 3)."""
    from .tokenizer_run import loss_of

    with torch.device("meta"):
        tokenizer = Tokenizer(config)
        _, kept = _kept(lambda: loss_of(tokenizer, torch.empty(tuple(shape))))
    return Cost(parameters_of(tokenizer), kept, tokenizer_flops(config, shape))


def parameters_of(network: nn.Module) -> int:
    return sum(value.numel() for value in network.parameters())


def _kept(run):
    """What `run` gives, and the bytes that it keeps for the backward pass, weights aside."""
    seen: dict[int, Tensor] = {}

    def keep(value: Tensor) -> Tensor:
        if not isinstance(value, nn.Parameter):
            seen[value.untyped_storage()._cdata] = value
        return value

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value):
        given = run()
    return given, sum(value.untyped_storage().nbytes() for value in seen.values())
