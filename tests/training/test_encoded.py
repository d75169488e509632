import json

import pytest
import torch
from safetensors.torch import save_file

from oner.errors import InputError
from oner.model.blocking import NUMBERS
from oner.model.checkpoint import load_tokenizer, save_tokenizer, tiny_native
from oner.training.encoded import encode_shards, latents_of, read_encoded, tokenizer_of
from oner.training.shards import read_shard
from oner.training.tokenizer_run import small


def quiet(words: str) -> None:
    """Nobody listens."""


def test_latents_are_those_of_the_clips(tiny_shards, tiny_latents, tiny_tokenizer):
    """In half precision; clips as clips and every eighth frame as a still; captions by latent frame."""
    tokenizer = load_tokenizer(tiny_tokenizer)
    entries = read_encoded(sorted(tiny_latents.glob("*.safetensors"))[0])
    samples = list(read_shard(tiny_shards / "train-00000.tar"))
    clips = [sample for sample in samples if sample.is_clip]
    assert sum(entry.is_clip for entry in entries) == len(clips)
    for sample, entry in zip(clips, (entry for entry in entries if entry.is_clip), strict=True):
        frames = torch.from_numpy(sample.frames()).float().div_(127.5).sub_(1)[None]
        with torch.no_grad():
            wanted = tokenizer.encode(small(frames))[0]
        assert torch.allclose(entry.latents.float(), wanted, atol=0.01)
        assert entry.captions[-1][1] == len(entry.latents)
    changed = next(entry for entry in entries if entry.is_clip and len(entry.latents) == 5)
    assert [(start, end) for start, end, _ in changed.captions] == [(0, 3), (3, 5)]


def test_blocking_goes_with_the_latents(tiny_latents):
    """Two moments a latent frame, the actors' words for each caption; nothing where nobody knows."""
    known, unknown = (read_encoded(path) for path in sorted(tiny_latents.glob("*.safetensors")))
    assert all(entry.blocking is None for entry in unknown)
    for entry in known:
        assert entry.blocking.shape == (len(entry.latents), 2, NUMBERS)
        assert len(entry.casts) == len(entry.captions)
        assert [words[0] for words in entry.casts[0]] == ["lake", "boat"]
    clip = next(entry for entry in known if entry.is_clip and len(entry.latents) == 5)
    assert (clip.blocking[:, :, 0] - 0.5).tolist() == [[0, 0], [1, 4], [5, 8], [9, 12], [13, 16]]


def test_encoded_once(tiny_shards, tiny_latents, tiny_tokenizer):
    """Nothing is encoded again, whoever asks; the folder carries the tokenizer's digest."""
    before = {path: path.stat().st_mtime_ns for path in tiny_latents.iterdir()}
    said = []
    assert latents_of(tiny_shards, tiny_tokenizer, said.append) == tiny_latents
    assert latents_of(tiny_latents, tiny_tokenizer, said.append) == tiny_latents
    assert {path: path.stat().st_mtime_ns for path in tiny_latents.iterdir()} == before
    assert not said
    assert tiny_latents.name == f"latents-{tokenizer_of(tiny_latents)[:6]}"


def test_shards_of_an_earlier_version_are_refused(tmp_path):
    """They say nothing of actors."""
    metadata = {"tokenizer": "0" * 64, "captions": json.dumps({"still.0": [[0, 1, ["a red boat"]]]})}
    save_file({"still.0": torch.zeros(1, 2, 2, 4)}, tmp_path / "a.safetensors", metadata)
    with pytest.raises(InputError, match="by an earlier version; remove the folder"):
        read_encoded(tmp_path / "a.safetensors")


def test_processes_share_the_shards(tiny_shards, tiny_tokenizer, tmp_path):
    """Each encodes its own; together they have all."""
    encode_shards(tiny_shards, tiny_tokenizer, tmp_path, quiet, rank=1, count=2)
    assert [path.name for path in tmp_path.iterdir()] == ["train-00001.safetensors"]


def test_what_cannot_be_encoded_is_told(tiny_latents, tmp_path):
    """Nothing there; or latents of another tokenizer."""
    model, other = tiny_native(8), tmp_path / "other.safetensors"
    save_tokenizer(other, model.tokenizer.state_dict(), model.config)
    with pytest.raises(InputError, match="neither shards"):
        latents_of(tmp_path / "nothing", other, quiet)
    with pytest.raises(InputError, match="is no encoded shard"):
        latents_of(tmp_path, other, quiet)
    with pytest.raises(InputError, match="was encoded by tokenizer"):
        latents_of(tiny_latents, other, quiet)
    with pytest.raises(InputError, match="no encoded shards there"):
        tokenizer_of(tmp_path / "nothing")
