"""What the animatic engine does beyond the contract of all engines."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from oner.engines import open_engine
from oner.engines.worlds import OPTIONS, _scenes
from oner.film import ClipRequest, PromptSpan
from oner.media import read_frames
from oner.timing import Span

SNOW, LAKE = "a woman in a red coat walks through the snow, dusk", "a blue boat on a lake at noon"


@pytest.fixture
def clip() -> ClipRequest:
    """Two prompts of four frames each."""
    prompts = (PromptSpan(SNOW, Span(0, 4)), PromptSpan(LAKE, Span(4, 8)))
    return ClipRequest(prompts, 64, 36, 8, Fraction(24), seed=3, options={"samples": 1})


def frames(clip: ClipRequest, out) -> np.ndarray:
    out.unlink(missing_ok=True)
    engine = open_engine("worlds")
    engine.render(clip, lambda ref: None, out, lambda progress, words: None)
    engine.close()
    return np.stack([frame.astype(float) for frame in read_frames(out)])


def test_a_dissolve_mixes_the_two_scenes_around_the_change(clip, tmp_path):
    """With `dissolve` the middle frames lie between both scenes; without it the change is hard."""
    hard = frames(clip, tmp_path / "clip.mp4")
    soft = frames(replace(clip, options={"samples": 1, "dissolve": 4}), tmp_path / "clip.mp4")
    assert np.abs(hard[:2] - soft[:2]).mean() < 8
    assert np.abs(hard[6:] - soft[6:]).mean() < 8
    distance = np.abs(hard[3] - hard[4]).mean()
    for frame in (3, 4):
        assert 0.2 * distance < np.abs(soft[frame] - hard[3]).mean() < 0.8 * distance
        assert 0.2 * distance < np.abs(soft[frame] - hard[4]).mean() < 0.8 * distance


def test_scenes_last_as_long_as_they_are_seen(clip):
    """Each prompt's scene is widened by its half of the dissolve, within the clip and within the shortest prompt."""
    spans = lambda dissolve: [s.span for s in _scenes(replace(clip, options={"dissolve": dissolve}))]
    assert spans(0) == [Span(0, 4), Span(4, 8)]
    assert spans(3) == [Span(0, 6), Span(3, 8)]
    assert spans(OPTIONS["dissolve"][1]) == [Span(0, 6), Span(2, 8)]


def test_prompts_that_say_the_same_are_one_scene(clip):
    """Words that change nothing do not cut the scene."""
    prompts = (PromptSpan(SNOW, Span(0, 4)), PromptSpan(SNOW + ".", Span(4, 8)))
    (scene,) = _scenes(replace(clip, prompts=prompts, options={"dissolve": 2}))
    assert scene.span == Span(0, 8)


def test_unknown_words_are_reported(clip):
    """The words that were not understood are named, from every prompt once."""
    prompts = (
        PromptSpan("a dog with a flimflam", Span(0, 4)),
        PromptSpan("une forêt, flimflam, brizouille", Span(4, 8)),
    )
    notes = open_engine("worlds").explain(replace(clip, prompts=prompts))
    assert "dog" in notes["understood"]
    assert notes["ignored"].count("flimflam") == 1
    assert "brizouille" in notes["ignored"]
