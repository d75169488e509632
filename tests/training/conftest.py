"""Shards, a tokenizer and latents of the smallest size, made once for all tests of training."""

import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from oner.media import FrameWriter
from oner.model.blocking import NUMBERS
from oner.model.checkpoint import save_tokenizer, tiny_native
from oner.model.presets import PRESETS
from oner.training.encoded import latents_of
from oner.training.shards import write_shard

TEXTS = ("a red boat on a lake at night", "a blue car drives on a road", "une femme danse", "a man walks in a forest")


def drifting(frames: int, size: tuple[int, int], seed: int) -> np.ndarray:
    """(T, H, W, 3) uint8: coloured stripes that move, under grain that does not."""
    width, height = size
    rng = np.random.default_rng(seed)
    y, x, t = np.mgrid[0:height, 0:width, 0:frames].astype(np.float32)
    waves = [np.sin(x / rng.uniform(6, 20) + y / rng.uniform(6, 20) + t * rng.uniform(0.1, 0.6)) for _ in range(3)]
    pictures = np.moveaxis((np.stack(waves, -1) + 1) * 120, 2, 0)
    return np.clip(pictures + rng.normal(0, 12, (height, width, 3)), 0, 255).astype(np.uint8)


def write_tiny_shards(folder: Path, shards: int = 2, samples: int = 6, lengths: tuple[int, ...] = (9, 17)) -> Path:
    """Shards of small clips and stills, in the format of the data engine."""
    for shard in range(shards):
        pairs = []
        for number in range(samples):
            seed = shard * 100 + number
            size = (64, 32) if number % 3 else (32, 64)
            clip = number % 2 == 0
            length = lengths[number // 2 % len(lengths)] if clip else 2
            frames = drifting(length, size, seed)
            members = _clip(folder, frames, size) if clip else _stills(frames)
            texts = [{"language": "en", "length": "long", "text": text} for text in (TEXTS[seed % 4], TEXTS[0])]
            captions = [{"span": [0, length], "texts": texts}]
            if length == 17:
                captions = [{"span": [0, 9], "texts": texts}, {"span": [9, 17], "texts": texts[:1]}]
            about = {"size": list(size), "frames": length, "captions": captions, "descriptions": []}
            if shard == 0:  # the others are as clips of one's own, whose cameras nobody knows
                worlds = [{"place": "lake", "subjects": [{"kind": "boat", "colour": "red"}]}] * len(captions)
                about["descriptions"] = [{"span": c["span"], "description": w} for c, w in zip(captions, worlds)]
                about["blocking"] = [[number + 0.5] * NUMBERS for number in range(length)]
            pairs.append((f"k{seed:04d}", {**members, "json": json.dumps(about).encode()}))
        write_shard(folder / f"train-{shard:05d}.tar", pairs)
    return folder


def write_tiny_tokenizer(path: Path, seed: int = 0) -> Path:
    model = tiny_native(seed)
    save_tokenizer(path, model.tokenizer.state_dict(), PRESETS["tiny"])
    return path


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny_tokenizer(tmp_path_factory) -> Path:
    """A tokenizer's file with random weights."""
    return write_tiny_tokenizer(tmp_path_factory.mktemp("tokenizer") / "tokenizer.safetensors")


@pytest.fixture(scope="session")
def tiny_shards(tmp_path_factory) -> Path:
    """Two shards: clips of 9 and 17 frames, some with two prompts, and stills, in two aspects."""
    return write_tiny_shards(tmp_path_factory.mktemp("shards"))


@pytest.fixture(scope="session")
def tiny_latents(tiny_shards, tiny_tokenizer) -> Path:
    """The same, encoded."""
    return latents_of(tiny_shards, tiny_tokenizer, lambda words: None)


def _clip(folder: Path, frames: np.ndarray, size: tuple[int, int]) -> dict[str, bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "clip.mp4"
    with FrameWriter(path, *size, 8, quality="data", threads=1) as writer:
        for frame in frames:
            writer.write(frame)
    content = path.read_bytes()
    path.unlink()
    return {"mp4": content}


def _stills(frames: np.ndarray) -> dict[str, bytes]:
    found = {}
    for number, frame in enumerate(frames):
        file = BytesIO()
        Image.fromarray(frame).save(file, "JPEG", quality=95)
        found[f"{number}.jpg"] = file.getvalue()
    return found
