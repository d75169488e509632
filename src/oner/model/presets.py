"""Sizes of the native model on one dial: `tiny` for tests, `base` as shipped, `large` and `xl` for GPUs."""

from dataclasses import asdict, dataclass, fields

from ..errors import RequestError


@dataclass(frozen=True)
class TokenizerConfig:
    """`scale`: pixels decoded per pixel encoded, each way. `retouch`: channels of the finest convolutions. `rows`: of
    each table in which places are remembered, a power of two.
    """

    width: int = 256
    heads: int = 4
    encoder_layers: int = 2
    decoder_layers: int = 4
    channels: int = 256
    scale: int = 2
    retouch: int = 48
    rows: int = 2**21


@dataclass(frozen=True)
class TextConfig:
    """`length`: the most words of a prompt that are read."""

    width: int = 256
    layers: int = 2
    heads: int = 4
    length: int = 40


@dataclass(frozen=True)
class TransformerConfig:
    """`channels` are the latents', `window` the most latent frames seen at once (17 = 8 seconds at 8 pictures each)."""

    width: int = 256
    layers: int = 8
    heads: int = 4
    channels: int = 256
    text_width: int = 256
    window: int = 17


@dataclass(frozen=True)
class ModelConfig:
    """Everything that fixes the shape of the weights."""

    preset: str
    tokenizer: TokenizerConfig
    text: TextConfig
    transformer: TransformerConfig

    def as_dict(self) -> dict:
        return asdict(self)

    @staticmethod
    def from_dict(values: dict) -> "ModelConfig":
        """Raises RequestError for unknown or missing entries."""
        parts = {"tokenizer": TokenizerConfig, "text": TextConfig, "transformer": TransformerConfig}
        try:
            built = {name: part(**values[name]) for name, part in parts.items()}
            return ModelConfig(str(values["preset"]), **built)
        except (KeyError, TypeError) as error:
            names = {name: [field.name for field in fields(part)] for name, part in parts.items()}
            raise RequestError(f"not a model's sizes: {error}; allowed are preset and {names}") from error


def _preset(name: str, tokenizer: tuple, text: tuple, transformer: tuple) -> ModelConfig:
    """Width, heads and layers of each part; of the tokenizer also channels of latents and retouch, and rows."""
    width, heads, encoder, decoder, channels, retouch, rows = tokenizer
    words = TextConfig(width=text[0], heads=text[1], layers=text[2])
    return ModelConfig(
        name,
        TokenizerConfig(
            width=width,
            heads=heads,
            encoder_layers=encoder,
            decoder_layers=decoder,
            channels=channels,
            retouch=retouch,
            rows=rows,
        ),
        words,
        TransformerConfig(
            width=transformer[0], heads=transformer[1], layers=transformer[2], channels=channels, text_width=text[0]
        ),
    )


#                    tokenizer                text          transformer           parameters of the transformer
PRESETS = {
    "tiny": _preset("tiny", (64, 2, 1, 1, 32, 8, 2**10), (64, 2, 1), (64, 2, 2)),  # 0.6 M
    "base": _preset("base", (256, 4, 2, 4, 256, 48, 2**23), (256, 4, 2), (256, 4, 8)),  # 15 M
    "large": _preset("large", (384, 6, 4, 8, 256, 64, 2**23), (512, 8, 6), (1024, 16, 18)),  # 0.31 B
    "xl": _preset("xl", (512, 8, 4, 10, 256, 96, 2**24), (768, 12, 8), (1664, 26, 24)),  # 1 B
}


def preset(name: str) -> ModelConfig:
    """The sizes by that name. Raises RequestError naming the ones there are."""
    if name not in PRESETS:
        raise RequestError(f"preset={name!r}: there are {', '.join(PRESETS)}")
    return PRESETS[name]
