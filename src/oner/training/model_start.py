"""What a run of the model begins with: sizes, vocabulary, first weights, adapters; and the file that it ends with."""

import json
from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor, nn

from ..errors import InputError
from ..model.adapters import attach, grown
from ..model.checkpoint import NativeModel, build, load_native, load_tokenizer, save_adapter, save_model
from ..model.presets import ModelConfig, preset
from ..model.text import Vocabulary
from ..model.weights_file import read_weights_file, weights_path
from .run import Run
from .vocabulary import build_vocabulary, with_words_of
from .weights import TrainedWeights


class Networks(nn.Module):
    """Text encoder and transformer under the names that the weight file has, run as one."""

    def __init__(self, model: NativeModel) -> None:
        super().__init__()
        self.text, self.transformer = model.text, model.transformer

    def forward(
        self, latents: Tensor, ids: Tensor, mask: Tensor, actors: Tensor, *frames: Tensor | None, sketched: str = "too"
    ) -> tuple[Tensor | None, Tensor | None, Tensor]:
        """Velocities, sketches and drafts; `actors` (P, A, K) are numbers of words, `frames` the transformer's levels,
        given, prompt_of, positions, single, kept, and the blocking's numbers and told.
        """
        *frames, numbers, told = frames
        levels, given, prompt_of, positions, single, kept = frames
        text = None if sketched == "only" else self.text(ids, mask)
        blocking = numbers, told, self.text.embedded(actors)
        return self.transformer(
            latents, levels, given, text, mask, prompt_of, positions, single, kept, blocking, sketched
        )


def config_of(name: str, init: Path | str | None) -> ModelConfig:
    """The sizes of a preset or, with `init`, of its file; an empty name takes what there is."""
    if not init:
        return preset(name or "base")
    config = ModelConfig.from_dict(json.loads(read_weights_file(weights_path(init)).metadata["config"]))
    if name and name != config.preset:
        raise InputError(f"--preset {name}: the weights of --init are of preset {config.preset}; leave --preset out")
    return config


def begun(
    folder: Path, config: ModelConfig, tokenizer: Path, init: Path | str | None, texts: Iterable[str]
) -> NativeModel:
    """The model that a run begins with: untrained, or from a file with new words added; with its tokenizer.

    The vocabulary is written into the run's folder once and read from there ever after.
    """
    given = load_native(init, tokenizer) if init else None
    path = folder / "vocabulary.json"
    if not path.exists():
        vocabulary = with_words_of(given.vocabulary if given else build_vocabulary(), texts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(vocabulary.to_json())
    vocabulary = Vocabulary.from_json(path.read_text())
    model = build(config, vocabulary, given.tokenizer if given else load_tokenizer(tokenizer))
    if given:
        grown(given.text, given.vocabulary, vocabulary)
        model.text.load_state_dict(given.text.state_dict())
        model.transformer.load_state_dict(given.transformer.state_dict())
    return model


def adapt(model: NativeModel, init: Path | str | None, rank: int, dtype: torch.dtype) -> list[str]:
    """Freeze the model and put adapters beside it; gives the words that it learns anew."""
    if not init:
        raise InputError("--adapter needs --init: an adapter belongs to a trained model")
    known = Vocabulary.from_json(read_weights_file(weights_path(init)).metadata["vocabulary"])
    words = [word for word in model.vocabulary.words if word not in known]
    attach(model.text, model.transformer, rank, [model.vocabulary.id_of(word) for word in words])
    for part in (model.text, model.transformer):
        for value in part.parameters():
            if not value.requires_grad:
                value.data = value.data.to(dtype)
    return words


def export_model(run: Path, out: Path) -> str:
    """Write a run's averaged weights as a model file, or as an adapter's, named as the file; gives its digest."""
    facts = Run.facts_in(run)
    if not facts:
        raise InputError(f"{run}: no checkpoint there; train first, or name the --run folder of a run")
    config = ModelConfig.from_dict(json.loads(facts["config"])) if "config" in facts else preset(facts["preset"])
    vocabulary = Vocabulary.from_json((Path(run) / "vocabulary.json").read_text())
    model = build(config, vocabulary)
    if facts.get("adapter", "0") == "0":
        networks = Networks(model)
        weights = TrainedWeights(networks)
        weights.load(Path(run) / "checkpoint.safetensors", further=False)
        tensors = weights.averaged() | dict(networks.named_buffers())
        return save_model(out, tensors, config, vocabulary, facts["tokenizer"], Path(out).stem, passes=facts["passes"],
                          steps=facts["steps"])  # fmt: skip
    words = json.loads(facts["words"])
    attach(model.text, model.transformer, int(facts["adapter"]), [vocabulary.id_of(word) for word in words])
    weights = TrainedWeights(Networks(model))
    weights.load(Path(run) / "checkpoint.safetensors", further=False)
    tensors = weights.averaged()
    if words:
        tensors["words"] = tensors.pop("text.words.new")
    return save_adapter(out, tensors, config, words, facts["init"], Path(out).stem, passes=facts["passes"],
                        steps=facts["steps"], rank=facts["adapter"])  # fmt: skip
