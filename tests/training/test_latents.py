from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import torch

from oner.errors import InputError
from oner.model.blocking import NUMBERS
from oner.model.transformer import ANCHOR
from oner.training.encoded import Encoded
from oner.training.latents import HISTORY, Latents, _caption, _window


@pytest.fixture(scope="module")
def latents(tiny_latents):
    return Latents(tiny_latents)


def long_clip(frames: int = 20, parts: int = 2) -> Encoded:
    """Latents that say which frame they are."""
    edges = np.linspace(0, frames, parts + 1).astype(int)
    captions = tuple((int(a), int(b), (f"part {n}", "short")) for n, (a, b) in enumerate(pairwise(edges)))
    return Encoded(
        torch.arange(frames, dtype=torch.float16)[:, None, None, None].expand(frames, 1, 2, 4), True, captions
    )


def windows(count: int, frames: int = 5, **clip):
    rng = np.random.default_rng(0)
    return [_window(long_clip(**clip), frames, rng) for _ in range(count)]


def test_stills_are_single_pictures_to_be_made(latents):
    """One frame each, marked as a single picture, none given."""
    batch = latents.stills_batch(5, np.random.default_rng(0))
    assert batch.data.shape[:2] == (5, 1)
    assert batch.single.all()
    assert batch.wanted.all()
    assert len(batch.texts) == 5
    assert batch.prompt_of.tolist() == [[0], [1], [2], [3], [4]]


def test_a_batch_is_a_function_of_its_generator(latents):
    """The same pictures, words and levels again."""
    one, two = (latents.clips_batch(4, 3, np.random.default_rng(5)) for _ in range(2))
    assert torch.equal(one.data, two.data)
    assert one.texts == two.texts
    assert torch.equal(one.levels, two.levels)


def test_a_few_words_are_unknown_ones(latents):
    """Two in a hundred, so that the model learns to read over words that it does not know; the others stay in place."""
    rng, known = np.random.default_rng(0), " ".join(["red"] * 40)
    texts = [_caption((known,), rng) for _ in range(400)]
    words = [word for text in texts for word in text.split()]
    assert 0.015 < sum(word != "red" for word in words) / len(words) < 0.025
    assert {len(text.split()) for text in texts} == {0, 40}


def test_deviations_are_those_of_groups_and_of_single_pictures(latents):
    """Root mean squares by channel, of every frame after the first and of stills."""
    groups, single = latents.deviations()
    clips = torch.cat([entry.latents[1:].float().flatten(0, -2) for kept in latents.clips.values() for entry in kept])
    stills = torch.cat([entry.latents.float().flatten(0, -2) for kept in latents.stills.values() for entry in kept])
    assert torch.allclose(groups, clips.square().mean(0).sqrt())
    assert torch.allclose(single, stills.square().mean(0).sqrt())


def test_windows_are_consecutive_frames_and_at_times_an_anchor():
    """An anchor is the clip's first frame, given, at most a fixed distance before the others."""
    anchored = 0
    for window in windows(300):
        frames = window.data[:, 0, 0, 0].int().tolist()
        if frames[1] - frames[0] > 1:
            anchored += 1
            assert frames[0] == 0
            assert window.given[0]
            assert window.positions.tolist() == [max(-ANCHOR, -frames[1]), 0, 1, 2, 3]
        else:
            assert frames == list(range(frames[0], frames[0] + 5))
            assert window.positions.tolist() == list(range(5))
        assert window.single.tolist() == [frame == 0 for frame in frames]
    assert 30 < anchored < 90


def test_every_frame_has_the_prompt_of_its_part():
    """The caption of the span that the latent frame lies in, or none at all."""
    for window in windows(100):
        for frame, prompt in zip(window.data[:, 0, 0, 0].int().tolist(), window.prompt_of.tolist(), strict=True):
            assert prompt == int(frame >= 10)


def test_what_is_given_is_nearly_clean_and_something_is_always_wanted():
    """Beginnings, ends, both, middles and any: all occur, and a given frame has at most the noise of history."""
    patterns = Counter()
    for window in windows(400):
        given = window.given
        assert not given.all()
        assert (window.levels[given] <= HISTORY).all()
        patterns["".join("x" if mark else "." for mark in given.tolist())] += 1
    assert patterns["....."] > 100
    assert {"x....", "xx...", "....x", "x...x"} <= set(patterns)
    assert any("x.x" in pattern for pattern in patterns)


def test_levels_are_of_the_clip_or_of_each_frame():
    """Most windows have one level for all that is wanted, a quarter one for each frame."""
    alike = [len(set(window.levels[~window.given].tolist())) == 1 for window in windows(400) if not window.given.any()]
    assert 0.4 < np.mean(alike) < 0.8


def test_blocking_is_told_at_times(latents):
    """Of most samples whose camera is known, whole windows at once; an empty prompt names no actors."""
    rng = np.random.default_rng(3)
    batches = [latents.stills_batch(10, rng) for _ in range(60)]
    known = np.concatenate([batch.blocking.numpy()[:, 0, 0, 0] > 0 for batch in batches])
    told = np.concatenate([batch.told.numpy()[:, 0] for batch in batches])
    assert not told[~known].any()
    assert 0.75 < told[known].mean() < 0.95
    for batch in batches:
        assert all(text or not cast for text, cast in zip(batch.texts, batch.casts, strict=True))
    window = latents.clips_batch(8, 3, rng)
    assert window.blocking.shape == (8, 3, 2, NUMBERS)
    assert (window.told.all(1) | ~window.told.any(1)).all()


def test_captions_are_left_out_at_times(latents):
    """A tenth of the prompts is empty, for guidance."""
    rng = np.random.default_rng(1)
    texts = [text for _ in range(40) for text in latents.stills_batch(10, rng).texts]
    assert 0.05 < np.mean([text == "" for text in texts]) < 0.16


def test_clips_that_are_too_long_and_empty_folders_are_told(latents, tmp_path):
    """Each with what to do."""
    with pytest.raises(InputError, match="no clip is long enough"):
        latents.clips_batch(2, 17, np.random.default_rng(0))
    with pytest.raises(InputError, match="no encoded shards there"):
        Latents(tmp_path)
