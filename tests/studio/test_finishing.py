"""Stages "cut" and "deliver"."""

import os
from dataclasses import replace

import pytest

from oner.errors import Cancelled, InputError, StoreError
from oner.film import SongAnalysis, from_json
from oner.studio import finishing, rushes
from oner.studio.project import Project
from oner.studio.writing import storyboard_of


@pytest.fixture
def ready(shot_project):
    """Project, storyboard and analysis after the shoot."""
    project = Project(shot_project)
    analysis = from_json(project.analysis_file.read_bytes(), SongAnalysis)
    return project, storyboard_of(project, analysis), analysis


def test_a_film_is_kept_while_it_is_the_same(ready, tmp_path):
    """The same cut is kept; another quality, pick or title cuts again; a film that was touched is not trusted."""
    out = tmp_path / "film.mp4"
    project, board, _ = ready
    first = finishing.cut(*ready, out, "draft")
    assert (first.kept, first.info.video.frames, len(first.timeline.clips)) == (False, 288, 3)
    content = out.read_bytes()
    assert finishing.cut(*ready, out, "draft").kept
    out.write_bytes(content[:-1] + b"\0")
    assert not finishing.cut(*ready, out, "draft").kept
    assert out.read_bytes() == content
    rushes.pick(project, board, "verse-1", str(3 - rushes.judge_takes(project, board).picks["verse-1"].number))
    assert not finishing.cut(*ready, out, "draft").kept
    assert out.read_bytes() != content


def test_a_cut_that_is_stopped_leaves_the_film_before(ready, tmp_path):
    """Cancelled halfway: the old film is whole, nothing half-written lies beside it, and the next cut works."""
    out = tmp_path / "out" / "film.mp4"
    finishing.cut(*ready, out, "draft")
    content = out.read_bytes()
    project, board, analysis = ready

    def stop(fraction: float, words: str) -> None:
        if fraction > 0.3:
            raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        finishing.cut(project, board, analysis, out, "final", stop)
    assert out.read_bytes() == content
    assert [path.name for path in out.parent.iterdir()] == ["film.mp4"]
    assert finishing.cut(*ready, out, "draft").kept


def test_a_contact_sheet_belongs_to_its_film(ready, tmp_path):
    """Drawn with a new film, kept with a kept one, drawn again where it is older than the film."""
    film = finishing.cut(*ready, tmp_path / "film.mp4", "draft")
    sheet = tmp_path / "film.png"
    finishing.sheet(film, sheet)
    drawn = sheet.stat().st_mtime_ns
    kept = replace(film, kept=True)
    finishing.sheet(kept, sheet)
    assert sheet.stat().st_mtime_ns == drawn
    os.utime(sheet, (0, 0))
    finishing.sheet(kept, sheet)
    assert sheet.stat().st_mtime > 0


def test_where_a_film_can_be(tmp_path, song):
    """Not in a folder's place, not over the song, not as another kind of file, not where nothing can be written."""
    finishing.check_out(tmp_path / "new" / "film.mp4", song)
    assert list((tmp_path / "new").iterdir()) == []
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(InputError, match=r"films are written as .mp4; try .*film\.mp4"):
        finishing.check_out(tmp_path / "film.mov", song)
    with pytest.raises(InputError, match="is a folder: name the film too"):
        finishing.check_out(tmp_path / "folder.mp4", song)
    (tmp_path / "song.mp4").hardlink_to(song)
    with pytest.raises(InputError, match="is the song itself"):
        finishing.check_out(tmp_path / "song.mp4", song)
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"cannot write .*film\.mp4"):
        finishing.check_out(tmp_path / "file" / "film.mp4", song)


def test_a_timeline_needs_takes_and_an_otio_name(ready, tmp_path):
    """Shots without takes are named; only .otio is written."""
    project = ready[0]
    assert len(finishing.export(*ready, tmp_path / "film.otio").clips) == 3
    with pytest.raises(InputError, match=r"timelines are written as .otio; try .*film\.otio"):
        finishing.export(*ready, tmp_path / "film.xml")
    for take in (project.folder / "files").rglob("*.mp4"):
        take.unlink()
    with pytest.raises(InputError, match=r"3 of 3 shots have no take .*: run `oner shoot`"):
        finishing.export(*ready, tmp_path / "other.otio")
    assert not (tmp_path / "other.otio").exists()
