import json
import shutil

import numpy as np
import pytest
import torch

from oner.errors import InputError
from oner.model.blocking import NUMBERS
from oner.training.pool import LONGEST, Pool
from oner.training.shards import read_shard, write_shard


def contents(pool: Pool) -> list[int]:
    return [int(clip.frames.sum(dtype=np.int64)) for clips in pool.clips.values() for clip in clips]


def test_what_is_held_is_a_function_of_the_turn(tiny_shards):
    """Going turn by turn or straight there; another turn holds something else."""
    walked = Pool(tiny_shards, 4, seed=1)
    first = contents(walked)
    for _ in range(3):
        walked.refresh()
    assert contents(walked) == contents(Pool(tiny_shards, 4, seed=1, turn=3))
    assert any(contents(Pool(tiny_shards, 4, seed=1, turn=turn)) != first for turn in (1, 2, 3))


def test_no_more_than_needed_is_held(tiny_shards):
    """As few shards as hold the samples, and all of them where there are too few."""
    assert Pool(tiny_shards, 3).held() < Pool(tiny_shards, 10**6).held()
    assert Pool(tiny_shards, 10**6).held() == 2 * (3 + 3 * 2)  # clips, and two pictures of each set of stills


def test_stills_do_not_crowd_out_clips(tiny_shards, tmp_path):
    """Beside shards of pictures the pool goes on reading until it has its clips."""
    for path in tiny_shards.glob("*.tar"):
        shutil.copy(path, tmp_path)
    stills = [sample for sample in read_shard(tmp_path / "train-00000.tar") if not sample.is_clip]
    members = [(sample.key, {**sample.members, "json": json.dumps(sample.about).encode()}) for sample in stills]
    for number in range(6):
        write_shard(tmp_path / f"pictures-{number:05d}.tar", members)
    pool = Pool(tmp_path, 6)
    assert sum(len(clip.frames) > 1 for clips in pool.clips.values() for clip in clips) == 6


def test_batches_are_windows_of_one_size(tiny_shards):
    """Floats in -1..1 of the length that was asked for, the same for the same generator."""
    pool = Pool(tiny_shards, 100)
    batch = pool.batch(9, 3, np.random.default_rng(4))
    assert batch.shape[:2] == (3, 9)
    assert batch.shape[2:4] in ((32, 64), (64, 32))
    assert batch.min() >= -1
    assert batch.max() <= 1
    assert torch.equal(batch, pool.batch(9, 3, np.random.default_rng(4)))
    assert pool.batch(1, 5, np.random.default_rng(0)).shape[:2] == (5, 1)


def test_windows_come_with_what_is_known_of_them(tiny_shards):
    """Camera and actors of their own latent frames, and the caption of their middle."""
    samples = {sample.key: sample for path in tiny_shards.glob("*.tar") for sample in read_shard(path)}
    clips = {sample.frames()[0].tobytes(): sample for sample in samples.values() if sample.is_clip}
    drawn = Pool(tiny_shards, 100).draw(9, 4, np.random.default_rng(4))
    assert drawn.known.all()
    assert drawn.blocking.shape == (4, 3, 2, NUMBERS)
    found = 0
    for video, blocking, text in zip(drawn.video, drawn.blocking, drawn.texts, strict=True):
        sample = clips.get(((video[0] + 1) * 127.5).round().byte().numpy().tobytes())  # of windows that begin a clip
        if sample:
            found += 1
            assert torch.allclose(blocking[-1, 1], torch.tensor(sample.about["blocking"][8]))
            assert text in [entry["texts"][0]["text"] for entry in sample.captions]
    assert found


def test_what_cannot_be_had_is_told(tiny_shards, tmp_path):
    """No shards, and no clip as long as that."""
    with pytest.raises(InputError, match="no finished shards there"):
        Pool(tmp_path, 4)
    with pytest.raises(InputError, match="no clip of 33 frames"):
        Pool(tiny_shards, 100).batch(LONGEST, 1)
