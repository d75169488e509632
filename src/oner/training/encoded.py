"""Shards encoded once: latents and captions, small enough to hold all of a training run's data in memory.

An encoded shard is one safetensors file: fp16 latents of clips `clip.N` (F, h, w, C) and of stills `still.N`
(K, h, w, C), and in its metadata the captions of each. Every eighth frame of a clip is encoded as a still as well.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from ..errors import InputError
from ..media import replacing
from ..model.blocking import moments_of
from ..model.checkpoint import load_tokenizer
from ..model.tokenizer import GROUP, Tokenizer
from ..model.weights_file import SHIPPED, read_weights_file, weights_path
from .own_clips import import_own, own_files
from .processes import processes
from .shards import Sample, read_shard
from .tokenizer_run import small

EVERY = 8  # frames of a clip between those that are stills as well
LONGEST = 65  # frames of a clip that are encoded at once; of longer ones the beginning


@dataclass(frozen=True)
class Encoded:
    """One clip or several stills of one scene: latents (F or K, h, w, C) fp16 and captions.

    `captions` are [first latent frame, end, texts]; the first text says everything. `casts` are the words of the
    actors (see `worlds.blocking.cast_of`) for each caption, `blocking` (F or K, 2, N) the numbers of camera and
    actors, None where they are not known.
    """

    latents: Tensor
    is_clip: bool
    captions: tuple[tuple[int, int, tuple[str, ...]], ...]
    casts: tuple[list[list[str]], ...] = ()
    blocking: Tensor | None = None


def latents_of(data: Path, tokenizer: Path | None, report: Callable[[str], None]) -> Path:
    """The folder of encoded shards for whatever `data` is: encoded shards, rendered shards, or clips with captions.

    `tokenizer` is a file, None the shipped one.
    What is missing is encoded, into `latents-DIGEST` below the shards, so that every run with the same tokenizer reads
    the same files; several processes share the work. Raises InputError if there is nothing or another tokenizer's.
    """
    data = Path(data)
    tokenizer = weights_path(tokenizer or SHIPPED / "tokenizer.safetensors")
    digest = read_weights_file(tokenizer).latents
    with processes() as crew:
        if own_files(data) and not any(data.glob("*.tar")):
            if crew.main:
                import_own(data, report)
            crew.wait()
            data = import_own(data, report)
        if any(data.glob("*.tar")):
            out = data / f"latents-{digest[:6]}"
            encode_shards(data, tokenizer, out, report, crew.rank, crew.count)
            crew.wait()
            return out
    if any(data.glob("*.safetensors")):
        found = tokenizer_of(data)
        if found != digest:
            raise InputError(
                f"{data} was encoded by tokenizer {found[:6]}, not by {digest[:6]}: name the one with --tokenizer, or "
                "the folder of shards with --data"
            )
        return data
    raise InputError(
        f"{data}: neither shards (oner worlds render --out {data}) nor clips with captions "
        "(name.mp4 with name.txt beside it)"
    )


def encode_shards(
    data: Path, tokenizer: Path, out: Path, report: Callable[[str], None], rank: int = 0, count: int = 1
) -> int:
    """Encode every shard of a folder that `out` does not have yet; gives the number of encoded shards.

    Of `count` processes each encodes every `count`th shard from its `rank` on.
    """
    network, digest = load_tokenizer(tokenizer), read_weights_file(tokenizer).latents
    paths = sorted(data.glob("*.tar"))
    if not paths:
        raise InputError(f"{data}: no finished shards there; make some with: oner worlds render --out {data}")
    for number, path in list(enumerate(paths, start=1))[rank::count]:
        target = out / f"{path.stem}.safetensors"
        if target.exists():
            with safe_open(target, "pt") as file:
                if file.metadata()["tokenizer"] != digest:
                    raise InputError(f"{target} was encoded by another tokenizer; choose another --out folder")
            continue
        encode_shard(path, network, digest, target)
        report(f"{number} of {len(paths)} shards encoded")
    return len(paths)


def encode_shard(path: Path, tokenizer: Tokenizer, digest: str, target: Path) -> None:
    tensors, captions = {}, {}
    with torch.inference_mode():
        for number, sample in enumerate(read_shard(path)):
            for name, latents, said, blocking in _parts(sample, tokenizer):
                tensors[f"{name}.{number}"] = latents.to(torch.float16).contiguous()
                captions[f"{name}.{number}"] = said
                if blocking is not None:
                    tensors[f"blocking.{name}.{number}"] = blocking.float().contiguous()
    metadata = {"tokenizer": digest, "captions": json.dumps(captions, ensure_ascii=False)}
    with replacing(target) as temporary:
        save_file(tensors, temporary, metadata)


def _parts(sample: Sample, tokenizer: Tokenizer):
    """Names, latents, captions [first, end, texts, cast] and blocking of what a sample is encoded as."""
    frames = sample.frames()[:LONGEST]
    video = small(torch.from_numpy(frames).float().div_(127.5).sub_(1)[None])
    told = sample.about.get("blocking")
    blocking = torch.tensor(told)[: len(frames)] if told else None
    casts = sample.casts
    if sample.is_clip:
        latents = tokenizer.encode(video)[0]
        said = [
            [_latent(entry["span"][0]), _latent(entry["span"][1] - 1) + 1, [text["text"] for text in entry["texts"]],
             cast]
            for entry, cast in zip(sample.captions, casts, strict=True)
        ]  # fmt: skip
        moments = None if blocking is None else moments_of(blocking)
        yield "clip", latents, [entry for entry in said if entry[0] < len(latents)], moments
    times = np.arange(0, len(frames), EVERY) if sample.is_clip else np.arange(len(frames))
    stills = tokenizer.encode(video[0, times][:, None])[:, 0]
    for entry, cast in zip(sample.captions, casts, strict=True):
        start, end = entry["span"]
        inside = [i for i, time in enumerate(times) if start <= time < end]
        if inside:
            name = "still" if len(sample.captions) == 1 else f"still-{start}"
            moments = None if blocking is None else blocking[times[inside], None].expand(-1, 2, -1)
            yield name, stills[inside], [[0, len(inside), [text["text"] for text in entry["texts"]], cast]], moments


def _latent(frame: int) -> int:
    """The latent frame that holds a frame."""
    return 0 if frame == 0 else (frame - 1) // GROUP + 1


def read_encoded(path: Path) -> list[Encoded]:
    """What an encoded shard holds."""
    with safe_open(path, "pt") as file:
        captions, held = json.loads(file.metadata()["captions"]), set(file.keys())
        if any(len(entry) != 4 for entries in captions.values() for entry in entries):
            raise InputError(
                f"{path} was encoded by an earlier version; remove the folder {path.parent} and encode again"
            )
        return [
            Encoded(
                file.get_tensor(name),
                name.startswith("clip"),
                tuple((start, end, tuple(texts)) for start, end, texts, _ in captions[name]),
                tuple(cast for *_, cast in captions[name]),
                file.get_tensor(f"blocking.{name}") if f"blocking.{name}" in held else None,
            )
            for name in sorted(captions)
        ]


def tokenizer_of(folder: Path) -> str:
    """The digest of the tokenizer that encoded a folder. Raises InputError if nothing is there."""
    paths = sorted(Path(folder).glob("*.safetensors"))
    if not paths:
        raise InputError(f"{folder}: no encoded shards there; make some with: oner train encode")
    with safe_open(paths[0], "pt") as file:
        metadata = file.metadata() or {}
    if "captions" not in metadata:
        raise InputError(f"{paths[0]} is no encoded shard: name a folder of shards, encoded or not, or of clips")
    return metadata["tokenizer"]
