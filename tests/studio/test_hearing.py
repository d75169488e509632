"""Stage "listen": heard once, kept, heard again where the user knows better."""

import pytest

from oner.errors import Cancelled, InputError
from oner.film import SongAnalysis, from_json
from oner.studio.hearing import as_json, as_rows, listen, listen_alone, listen_to, said
from oner.studio.project import Project, take_in_song


def refuse(fraction: float, words: str) -> None:
    raise Cancelled("the song was heard")


def test_a_song_is_heard_once(new_project):
    """The stored analysis is taken; only what the user says makes it hear again, and that is kept."""
    project = Project(new_project)
    stored = listen(project, report=refuse)
    assert listen_to(project, project.head.song, {"bpm": None, "meter": None}, refuse) == stored
    with pytest.raises(Cancelled, match="heard"):
        listen(project, {"bpm": 90.0}, refuse)
    assert listen(project) == stored
    told = listen(project, {"bpm": 90.0, "first_downbeat": 0.5})
    assert told.bpm == 90
    assert listen(project, report=refuse) == told


def test_said_is_whether_anything_is_said():
    """Options that were not given are None."""
    assert not said(None)
    assert not said({"bpm": None})
    assert said({"bpm": None, "first_downbeat": 0.0})


def test_an_unwritten_project_has_no_song(tmp_path):
    """Before film.toml nobody knows which song is meant."""
    with pytest.raises(InputError, match="its song is not known"):
        listen(Project(tmp_path))


def test_what_cannot_be_heard_leaves_nothing(tmp_path):
    """A file that is no song: neither analysis nor picture."""
    (tmp_path / "song.wav").write_text("words")
    project = Project(tmp_path / "film")
    own = take_in_song(project, tmp_path / "song.wav")
    with pytest.raises(InputError, match="not a media file"):
        listen_to(project, own)
    assert [path.name for path in project.folder.iterdir()] == ["song.wav"]


def test_heard_alone_and_told(song, tmp_path):
    """Outside a project analysis and picture go to a folder; programs get seconds, people get rows."""
    heard = listen_alone(song, tmp_path / "out", {"bpm": 120.0, "first_downbeat": 0.0})
    assert from_json((tmp_path / "out" / "analysis.json").read_bytes(), SongAnalysis) == heard
    assert (tmp_path / "out" / "analysis.png").is_file()
    told = as_json(heard)
    assert told["downbeats"] == pytest.approx([0, 2, 4, 6, 8, 10], abs=0.02)
    assert told["sections"][0] == {"label": told["sections"][0]["label"], "start": 0, "end": told["sections"][0]["end"]}
    facts, sections = as_rows(heard)
    assert dict(facts)["meter"] == "4/4"
    assert len(sections) == len(heard.sections)


def test_a_name_that_the_plot_cannot_draw_is_no_warning(song, tmp_path, recwarn):
    """Emoji in the song's name are the user's business."""
    (tmp_path / "🎈.wav").write_bytes(song.read_bytes())
    listen_alone(tmp_path / "🎈.wav", tmp_path)
    assert not [warning for warning in recwarn if "Glyph" in str(warning.message)]
