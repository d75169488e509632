"""Oner's own server as an engine of a film on another machine."""

from fractions import Fraction

import numpy as np
import pytest

from oner.engines import open_engine
from oner.engines.places import receipts_folder
from oner.film import ClipRequest, GivenFrame, PromptSpan
from oner.media import media_ref, probe, read_frames, save_png
from oner.timing import Span


@pytest.fixture
def engine(server, tmp_path, monkeypatch):
    """The engine `box`: the running server, seen from outside."""
    monkeypatch.setenv("ONER_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "engines.toml").write_text(
        f'[[server]]\nname = "box"\nurl = "{server.url}/v1"\nmodel = "testcard"\npoll_seconds = 0.05\n'
    )
    return open_engine("box")


def test_a_clip_comes_over_the_wire(engine, tmp_path):
    """Exact in size, rate and length; ordered once, and fetched again rather than made again."""
    clip = ClipRequest((PromptSpan("a dog in the rain", Span(0, 18)),), 64, 36, 18, Fraction(24), seed=3)
    for name in ("one.mp4", "two.mp4"):
        engine.render(clip, None, tmp_path / name, lambda progress, words: None)
        video = probe(tmp_path / name).video
        assert (video.width, video.height, video.frames, video.rate) == (64, 36, 18, Fraction(24))
    assert len(list(receipts_folder().rglob("*.json"))) == 1
    one, two = (np.stack(list(read_frames(tmp_path / name))) for name in ("one.mp4", "two.mp4"))
    assert np.array_equal(one, two)


def test_seeds_and_first_pictures_arrive(engine, tmp_path):
    """Another seed, another clip; a given picture is the first frame."""
    picture = tmp_path / "white.png"
    save_png(picture, np.full((36, 64, 3), 255, np.uint8))
    clips = [
        ClipRequest((PromptSpan("a dog", Span(0, 6)),), 64, 36, 6, Fraction(24), seed=seed, given=given)
        for seed, given in ((1, ()), (2, ()), (1, (GivenFrame(0, media_ref(picture)),)))
    ]
    made = []
    for number, clip in enumerate(clips):
        engine.render(clip, lambda ref: picture, tmp_path / f"{number}.mp4", lambda progress, words: None)
        made.append(np.stack(list(read_frames(tmp_path / f"{number}.mp4"))))
    assert np.abs(made[0].astype(int) - made[1]).mean() > 3
    assert made[2][0].mean() > 250
