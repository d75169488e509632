"""The main path: named stages in order, each resumable."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from oner.errors import Cancelled, InputError
from oner.studio.making import STAGES, Making, make
from oner.studio.writing import WriteRequest


class Watched:
    """What a caller of `make` hears."""

    def __init__(self, stop_at: str | None = None):
        self.stages: list[tuple[str, str]] = []
        self.failed: tuple = ()
        self.stop_at = stop_at

    def announce(self, stage: str, words: str) -> None:
        self.stages.append((stage, words))
        if stage == self.stop_at:
            raise Cancelled("stopped by the test")

    def make(self, making: Making):
        quiet = nullcontext(lambda fraction, words: None)
        return make(making, self.announce, lambda title: quiet, lambda: nullcontext(None), self.fail)

    def fail(self, jobs) -> None:
        self.failed = jobs


def making(song: Path, folder: Path, **changes) -> Making:
    request = WriteRequest("Clicks", song.name, idea="a red boat", width=64, height=36, engine="testcard", takes=1)
    return Making(song, folder / "film.mp4", folder / "film.oner", request, {}, **{"quality": "draft", **changes})


def test_stopped_after_any_stage_the_same_call_goes_on(song, tmp_path):
    """Stopped after each stage in turn, `make` finishes in the end what one call would have made, and only once."""
    names = [name for name, _ in STAGES]
    assert names == ["listen", "write", "shoot", "judge", "cut", "deliver"]
    takes = None
    for name in names:
        with pytest.raises(Cancelled, match="stopped by the test"):
            (watched := Watched(stop_at=name)).make(making(song, tmp_path))
        assert [stage for stage, _ in watched.stages] == names[: names.index(name) + 1]
        found = sorted(path.name for path in (tmp_path / "film.oner" / "files").rglob("*.mp4"))
        assert takes in (None, [], found)
        takes = found
    watched = Watched()
    made = watched.make(making(song, tmp_path))
    words = dict(watched.stages)
    assert "is read as it stands" in words["write"]
    assert words["shoot"].endswith("there already")
    assert words["cut"].endswith("288 frames, as it was")
    assert made.film.kept
    assert (made.failed, watched.failed) == ((), ())
    assert made.storyboard.frames == made.film.info.video.frames


def test_nothing_is_begun_that_cannot_end(song, tmp_path):
    """A wrong place or request is refused before the project's folder is made."""
    with pytest.raises(InputError, match="no such song"):
        Watched().make(making(tmp_path / "no.wav", tmp_path))
    (tmp_path / "film.mp4").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        Watched().make(making(song, tmp_path))
    assert not (tmp_path / "film.oner").exists()


def test_a_new_mix_of_the_song_says_where_to_put_it(song, shot_project, tmp_path):
    """The project keeps its song until the user replaces it."""
    other = tmp_path / "mix 2.wav"
    other.write_bytes(song.read_bytes() + b"\0\0")
    wanted = making(other, tmp_path)
    wanted = Making(other, wanted.out, shot_project, wanted.request, {})
    with pytest.raises(InputError, match=f"copy that over {shot_project / 'clicks.wav'}"):
        Watched().make(wanted)
