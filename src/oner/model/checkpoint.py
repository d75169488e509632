"""Weights to files and back: safetensors with everything needed to use them, never a pickle.

A model file holds the text encoder and the transformer and names the tokenizer whose latents it was trained on; the
tokenizer lies beside it in a file of its own, because it changes less often.
"""

import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ..errors import InputError
from .adapters import grown, merge
from .presets import PRESETS, ModelConfig
from .text import TextEncoder, Vocabulary
from .tokenizer import Tokenizer
from .transformer import Transformer
from .weights_file import FORMAT, digest_of, read_weights_file, tokenizer_for, weights_path

# Weights that files of earlier versions do not have: a new network has them so that they change nothing.
LATER = ("draft.read.moves.weight", "carry.weight", "decoder.from_moves.weight", "decoder.retouch.", "decoder.look.")
BLOCK = 32  # weights that share a scale where eight bits hold one
EIGHT = ("text.", "transformer.", "encoder.", "decoder.")  # weights that eight bits hold, if they are many
SMALL_BLOCK = 64  # weights that share a scale where four bits hold one
# Weights that four bits hold, if they are many: all tables but the one that says where there is anything.
FOUR = tuple(f"decoder.look.field.cells.{table}" for table in (1, 2, 3, 4))
MANY = 2**12
SCALES = ".scales"
# Sixteen levels, closer together where weights are more frequent: NF4 (Dettmers et al. 2023, arXiv 2305.14314).
LEVELS = (
    -1.0, -0.6961928, -0.52507305, -0.39491749, -0.28444138, -0.18477343, -0.09105004, 0.0,
    0.0795803, 0.1609302, 0.2461123, 0.33791524, 0.44070983, 0.562617, 0.72295684, 1.0,
)  # fmt: skip


@dataclass
class NativeModel:
    """The whole model, ready to sample. `digest` is its file's; `metadata` what the file says of itself."""

    config: ModelConfig
    vocabulary: Vocabulary
    tokenizer: Tokenizer
    text: TextEncoder
    transformer: Transformer
    name: str = "untrained"
    digest: str = ""
    metadata: dict[str, str] | None = None

    def to(self, *args, **kwargs) -> "NativeModel":
        """Move or convert all three networks, as `torch.nn.Module.to`."""
        for part in (self.tokenizer, self.text, self.transformer):
            part.to(*args, **kwargs)
        return self

    def quickened(self) -> "NativeModel":
        """For sampling on this machine: in bf16, in which it was taught, on a processor that multiplies bf16 in one
        instruction; others take longer for that. The encoder stays, so that latents of given pictures are exact, and so
        do tables, which nothing is multiplied with.

        It asks what the processor can do, and measures nothing: a seed is to give the same clip tomorrow.
        """
        if next(self.transformer.parameters()).device.type == "cpu" and multiplies_bf16():
            for part in (self.tokenizer.decoder, self.text, self.transformer):
                for name, value in part.named_parameters():
                    if ".cells." not in name:
                        value.data = value.data.bfloat16()
        return self


def multiplies_bf16() -> bool:
    """Whether this processor has instructions for products of bf16 (AVX-512 BF16 or AMX)."""
    names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")  # later releases of torch may have other names
    return any(getattr(torch.cpu, name, bool)() for name in names)


def build(config: ModelConfig, vocabulary: Vocabulary, tokenizer: Tokenizer | None = None) -> NativeModel:
    """Untrained weights of these sizes, on a `tokenizer` that is there already or an untrained one."""
    return NativeModel(
        config,
        vocabulary,
        tokenizer or Tokenizer(config.tokenizer),
        TextEncoder(config.text, len(vocabulary)),
        Transformer(config.transformer),
    )


def tiny_native(seed: int = 0, vocabulary: Vocabulary | None = None) -> NativeModel:
    """Random weights of the smallest size, for tests: every layer does something, no two channels are alike."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = build(PRESETS["tiny"], vocabulary or Vocabulary(["woman", "man", "red", "forest", "walks", "night"]))
    with torch.no_grad():
        for part in (model.tokenizer, model.text, model.transformer):
            for value in part.parameters():
                if value.ndim > 1:
                    value.copy_(torch.randn(value.shape, generator=generator) * (0.7 / value[0].numel() ** 0.5))
            part.eval().requires_grad_(False)
    model.tokenizer.vocabulary = model.vocabulary
    model.name, model.digest = "tiny", f"{seed:06d}"
    return model


def load_native(weights: Path | str | None = None, tokenizer: Path | None = None) -> NativeModel:
    """The model in a file, or shipped weights by name (None: base), in fp32 on the CPU and ready to sample.

    The tokenizer is looked for beside the file, then among the shipped ones. Raises InputError for files that are
    missing, damaged, foreign or do not belong together.
    """
    path = weights_path(weights)
    file = read_weights_file(path)
    if file.part != "model":
        raise InputError(f"weights {path}: a {file.part}, not a model; name the model's file")
    config = ModelConfig.from_dict(json.loads(file.metadata["config"]))
    tensors = _tensors(path, file.digest)
    beside = tokenizer_for(file, tokenizer)
    images = load_tokenizer(beside.path)
    config = replace(config, tokenizer=images.config)  # its decoder may have grown since
    model = build(config, Vocabulary.from_json(file.metadata["vocabulary"]), images)
    _fill(model.text, "text.", tensors, path)
    _fill(model.transformer, "transformer.", tensors, path)
    for part in (model.tokenizer, model.text, model.transformer):
        part.eval().requires_grad_(False)
    model.name, model.digest = file.name, digest_of(file, beside)
    model.metadata = {**file.metadata, "base": file.digest}
    return model


def load_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer in a file. Raises InputError for a file that is damaged, foreign or of another size."""
    file = read_weights_file(path)
    if file.part != "tokenizer":
        raise InputError(f"weights {path}: a {file.part}, not a tokenizer")
    config = ModelConfig.from_dict(json.loads(file.metadata["config"]))
    tokenizer = Tokenizer(config.tokenizer)
    _fill(tokenizer, "", _tensors(path, file.digest), path)
    said = file.metadata.get("vocabulary")
    tokenizer.vocabulary = Vocabulary.from_json(said) if said else None
    return tokenizer.eval().requires_grad_(False)


def save_tokenizer(
    path: Path, weights: dict[str, Tensor], config: ModelConfig, vocabulary: Vocabulary | None = None, **facts: str
) -> str:
    """Write a tokenizer's weights; gives the digest of encoder and scales, which latents and models name it by.

    `vocabulary` is that of the words that its decoder was told.
    """
    encoder = _packed({name: value for name, value in weights.items() if not name.startswith("decoder.")})
    metadata = {"part": "tokenizer", "name": config.preset, "config": json.dumps(config.as_dict())}
    if vocabulary is not None:
        metadata["vocabulary"] = vocabulary.to_json()
    latents = _digest(encoder)
    _save(path, weights, {**metadata, "latents": latents, **facts})
    return latents


def save_model(
    path: Path, weights: dict[str, Tensor], config: ModelConfig, vocabulary: Vocabulary, tokenizer: str, name: str = "",
    **facts: str,
) -> str:  # fmt: skip
    """Write weights named `text...` and `transformer...`; gives the digest. `tokenizer` is its file's `latents`."""
    metadata = {
        "part": "model",
        "name": name or config.preset,
        "config": json.dumps(config.as_dict()),
        "vocabulary": vocabulary.to_json(),
        "tokenizer": tokenizer,
    }
    return _save(path, weights, metadata | facts)


def save_adapter(
    path: Path, weights: dict[str, Tensor], config: ModelConfig, words: list[str], model: str, name: str, **facts: str
) -> str:
    """Write an adapter's weights and its new words; `model` is the digest of the model it was taught on."""
    metadata = {
        "part": "adapter",
        "name": name,
        "config": json.dumps(config.as_dict()),
        "words": json.dumps(words, ensure_ascii=False),
        "model": model,
    }
    return _save(path, weights, metadata | facts, packed=False)


def load_adapter(model: NativeModel, path: Path, weight: float = 1.0) -> NativeModel:
    """Add an adapter to a loaded model, `weight` times; the model knows its words then and has another digest.

    Several can be added one after the other. Raises InputError for a file that is damaged, foreign, or another model's.
    """
    file = read_weights_file(path)
    if file.part != "adapter":
        raise InputError(f"weights {path}: a {file.part}, not an adapter")
    base = (model.metadata or {}).get("base", model.digest)
    if file.metadata["model"] != base:
        raise InputError(
            f"adapter {path}: made for model {file.metadata['model'][:6]}, this one is {base[:6]}; train it again with "
            "--init, or load the model that it was made for"
        )
    tensors = {name: value.float() for name, value in _tensors(path, file.digest).items()}
    words = json.loads(file.metadata["words"])
    if words:
        vocabulary = Vocabulary([*model.vocabulary.words, *words])
        grown(model.text, model.vocabulary, vocabulary)
        model.vocabulary = vocabulary
        with torch.no_grad():
            for word, value in zip(words, tensors["words"], strict=True):
                row = model.text.words.weight[vocabulary.id_of(word)]
                row += weight * (value.to(row) - row)
    merge(model.transformer, {k.removeprefix("transformer."): v for k, v in tensors.items() if k != "words"}, weight)
    model.metadata = {**(model.metadata or {}), "base": base}
    model.digest = hashlib.sha256(f"{model.digest} {file.digest} {weight}".encode()).hexdigest()
    return model


def _save(path: Path, weights: dict[str, Tensor], metadata: dict[str, str], packed: bool = True) -> str:
    """Half precision, in which rounding costs a two-thousandth of each weight; of the large ones, if `packed`, those
    named in EIGHT with eight bits (at most a 250th of a block's largest weight) and those in FOUR with four.
    """
    halves = _packed(weights) if packed else _halves(weights)
    digest = _digest(halves)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.partial.safetensors")
    try:
        save_file(halves, temporary, {"format": FORMAT, "digest": digest, **metadata})
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return digest


def _halves(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach().to("cpu", torch.float16).contiguous() for name, value in sorted(weights.items())}


def _packed(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """As `_halves`, but of weights in FOUR and EIGHT whole numbers, and a scale for each block of them. Read and
    written again they stay what they are.
    """
    four = {name for name, value in weights.items() if name.startswith(FOUR) and _many(value, SMALL_BLOCK)}
    eight = {name for name, value in weights.items() if name.startswith(EIGHT) and _many(value, BLOCK)} - four
    stored = _halves({name: value for name, value in weights.items() if name not in four | eight})
    for names, pack in ((four, _fourths), (eight, _eighths)):
        for name in sorted(names):
            stored[name], stored[name + SCALES] = pack(weights[name].detach().to("cpu", torch.float32))
    return stored


def _many(value: Tensor, block: int) -> bool:
    return value.ndim > 1 and value.numel() >= MANY and value.numel() % block == 0


def _eighths(weights: Tensor) -> tuple[Tensor, Tensor]:
    """Whole numbers in -127..127 of the same shape, and scales, as ggml's Q8_0 has them."""
    blocks = weights.reshape(-1, BLOCK)
    scales = _half(blocks.abs().amax(1) / 127)
    whole = _in_scales(blocks, scales).round().clamp(-127, 127)
    return whole.to(torch.int8).reshape(weights.shape), scales


def _fourths(weights: Tensor) -> tuple[Tensor, Tensor]:
    """Numbers of LEVELS, two in a byte (half as many columns; the first in the lower four bits), and scales."""
    blocks = weights.reshape(-1, SMALL_BLOCK)
    scales = _half(blocks.abs().amax(1))
    levels = torch.tensor(LEVELS)
    which = torch.bucketize(_in_scales(blocks, scales), levels[1:] / 2 + levels[:-1] / 2)
    which = which.to(torch.uint8).reshape(*weights.shape[:-1], -1, 2)
    return which[..., 0] | which[..., 1] << 4, scales


def _half(scales: Tensor) -> Tensor:
    """In half precision and no larger, so that the largest weight of a block has the largest number, now and again."""
    halves = scales.to(torch.float16)
    below = (halves.view(torch.int16) - 1).view(torch.float16)  # the next smaller one
    return torch.where(halves.float() > scales, below, halves)


def _in_scales(blocks: Tensor, scales: Tensor) -> Tensor:
    """Blocks of weights divided by their scales; nought where a scale is too small for half precision."""
    scales = scales.float()[:, None]
    return torch.where(scales > 0, blocks / scales, 0.0)


def _wholes(stored: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights of what a file holds: halves as they are, four and eight bits as fp32."""
    found = {name: value for name, value in stored.items() if not name.endswith(SCALES)}
    for name in [name for name in found if name + SCALES in stored]:
        scales, value = stored[name + SCALES].float()[:, None], stored[name]
        if value.dtype == torch.uint8:
            pairs = torch.cartesian_prod(torch.tensor(LEVELS), torch.tensor(LEVELS)).flip(1)  # by byte
            blocks, shape = pairs[value.int()].reshape(-1, SMALL_BLOCK), (*value.shape[:-1], 2 * value.shape[-1])
        else:
            blocks, shape = value.reshape(-1, BLOCK).float(), value.shape
        found[name] = (blocks * scales).reshape(shape)
    return found


def _digest(tensors: dict[str, Tensor]) -> str:
    total = hashlib.sha256()
    for name, value in sorted(tensors.items()):
        total.update(f"{name} {tuple(value.shape)} ".encode())
        total.update(value.contiguous().view(torch.uint8).numpy().tobytes() if value.numel() else b"")
    return total.hexdigest()


def _tensors(path: Path, digest: str) -> dict[str, Tensor]:
    try:
        tensors = load_file(path)
    except Exception as error:  # safetensors raises its own kind and plain ones
        raise InputError(f"weights {path}: cannot be read: {error}") from error
    if _digest(tensors) != digest:
        raise InputError(f"weights {path}: damaged, its numbers do not give the digest {digest[:6]}; fetch it again")
    return _wholes(tensors)


def _fill(part: nn.Module, prefix: str, tensors: dict[str, Tensor], path: Path) -> None:
    own = {name.removeprefix(prefix): value.float() for name, value in tensors.items() if name.startswith(prefix)}
    wanted = part.state_dict()
    own |= {name: value for name, value in wanted.items() if name.startswith(LATER) and name not in own}
    wrong = [name for name in wanted if name not in own or own[name].shape != wanted[name].shape]
    if wrong or own.keys() - wanted.keys():
        name = wrong[0] if wrong else min(own.keys() - wanted.keys())
        held = tuple(own[name].shape) if name in own else "missing"
        needed = tuple(wanted[name].shape) if name in wanted else "unknown here"
        raise InputError(f"weights {path}: {prefix}{name} is {held} in the file and {needed} in a model of its sizes")
    part.load_state_dict(own)
