from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from oner.errors import InputError
from oner.media import FrameWriter
from oner.training.encoded import latents_of
from oner.training.latents import Latents
from oner.training.own_clips import import_own
from oner.training.shards import read_shards


def quiet(words: str) -> None:
    """Nobody listens."""


@pytest.fixture
def mine(tmp_path):
    """A clip of 30 frames at 24 a second whose brightness tells the time, and an upright picture."""
    with FrameWriter(tmp_path / "walk.mp4", 96, 54, Fraction(24), quality="take") as writer:
        for number in range(30):
            writer.write(np.full((54, 96, 3), 8 * number, np.uint8))
    (tmp_path / "walk.txt").write_text("mia walks on a beach\n\nmia at the sea\n")
    Image.new("RGB", (54, 96), (200, 10, 10)).save(tmp_path / "face.png")
    (tmp_path / "face.txt").write_text("mia, close-up")
    return tmp_path


def test_clips_become_samples_at_the_native_rate(mine):
    """Ten frames of 30 at 24 a second, cut to 1 + 4k; the nearest aspect; every line a caption."""
    samples = {sample.is_clip: sample for sample in read_shards(import_own(mine, quiet))}
    clip = samples[True].frames()
    assert clip.shape == (9, 160, 288, 3)
    assert np.allclose(clip.mean((1, 2, 3)), [24 * number for number in range(9)], atol=3)
    assert [text["text"] for text in samples[True].captions[0]["texts"]] == ["mia walks on a beach", "mia at the sea"]
    assert samples[False].frames().shape == (1, 288, 160, 3)


def test_the_same_files_are_read_once(mine):
    """Until a caption changes."""
    first = import_own(mine, quiet)
    before = [path.stat().st_mtime_ns for path in first.glob("*.tar")]
    assert import_own(mine, quiet) == first
    assert [path.stat().st_mtime_ns for path in first.glob("*.tar")] == before
    (mine / "face.txt").write_text("mia, smiling")
    assert import_own(mine, quiet) != first


def test_a_folder_of_clips_can_be_trained_on(mine, tiny_tokenizer):
    """Named as --data, it is imported and encoded; the words are there."""
    latents = Latents(latents_of(mine, tiny_tokenizer, quiet))
    assert "mia, close-up" in set(latents.texts())
    assert set(latents.stills) == {(5, 9), (9, 5)}


def test_captions_are_missed(mine, tmp_path):
    """A file without captions, with none in it, and a folder without clips are each told."""
    (mine / "face.txt").write_text(" \n")
    with pytest.raises(InputError, match="is empty: write what"):
        import_own(mine, quiet)
    (mine / "face.txt").unlink()
    with pytest.raises(InputError, match="no captions; write what it shows"):
        import_own(mine, quiet)
    with pytest.raises(InputError, match="no clips or pictures there"):
        import_own(tmp_path / "nothing", quiet)
