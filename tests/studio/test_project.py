"""A project folder: the song taken in, texts written whole, the analysis of this very song."""

from dataclasses import replace

import pytest

from oner.errors import FilmError, InputError, MediaError, StoreError
from oner.film import SongAnalysis, from_json
from oner.studio.project import (
    Project,
    check_song,
    open_project,
    save_analysis,
    save_text,
    stored_analysis,
    take_in_song,
)


def test_everything_has_its_fixed_place(new_project):
    """The names in a project are always the same; its head says which song it is of."""
    project = open_project(new_project)
    assert project.written
    assert project.film_file == new_project / "film.toml"
    assert (project.film.name, project.rushes.name) == ("film.mp4", "rushes")
    assert (project.head.song, project.head.engine) == (new_project / "clicks.wav", "testcard")


def test_a_folder_without_film_toml_is_no_project(tmp_path):
    """The error says how to begin one; a project can be named before it is written."""
    with pytest.raises(InputError, match=r"holds no film.toml: .* `oner new"):
        open_project(tmp_path)
    assert not Project(tmp_path).written
    with pytest.raises(FilmError, match="there is no"):
        _ = Project(tmp_path).head


def test_the_song_is_copied_once(song, tmp_path):
    """The copy has the song's bytes; taken in again, or from the folder itself, it stays as it is."""
    project = Project(tmp_path / "deep" / "film")
    own = take_in_song(project, song)
    assert own == project.folder / "clicks.wav"
    assert own.read_bytes() == song.read_bytes()
    before = own.stat().st_mtime_ns
    assert take_in_song(project, song) == take_in_song(project, own) == own
    assert own.stat().st_mtime_ns == before
    assert [path.name for path in project.folder.iterdir()] == ["clicks.wav"]


def test_another_file_of_the_songs_name_is_not_overwritten(song, tmp_path):
    """A folder may hold songs already; theirs stay."""
    (tmp_path / "clicks.wav").write_text("another")
    with pytest.raises(InputError, match="is there already and is another file"):
        take_in_song(Project(tmp_path), song)
    assert (tmp_path / "clicks.wav").read_text() == "another"


@pytest.mark.parametrize(
    ("name", "words"),
    [("nowhere.wav", "no such song"), ("film.mp4", "a file of its own"), ("a\tb.wav", "holds what is no text")],
)
def test_songs_that_a_project_cannot_hold(tmp_path, name, words):
    """Missing files, names that the project needs itself, names that are no text."""
    if name != "nowhere.wav":
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=words):
        check_song(tmp_path / name)
    with pytest.raises(InputError, match="is a folder: give a sound file"):
        check_song(tmp_path)


def test_a_song_may_be_called_anything_else(tmp_path):
    """Emoji with joiners, non-breaking spaces, quotes."""
    path = tmp_path / 'l\'été\u00a0"👩‍🚀".wav'
    path.touch()
    check_song(path)


def test_a_project_cannot_be_where_a_file_is(song, tmp_path):
    """Nor below one; nothing is left behind."""
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "film"):
        with pytest.raises(InputError, match="give the name of a folder"):
            take_in_song(Project(folder), song)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_stored_analysis_is_of_this_very_song(new_project, tmp_path):
    """Another song of the same name, or a file that is no analysis, counts as not heard."""
    project = Project(new_project)
    song = project.head.song
    heard = stored_analysis(project, song)
    assert heard == from_json(project.analysis_file.read_bytes(), SongAnalysis)
    save_analysis(project, replace(heard, meter=3))
    assert stored_analysis(project, song).meter == 3
    original = song.read_bytes()
    song.write_bytes(original + b"\0")
    assert stored_analysis(project, song) is None
    song.write_bytes(original)
    project.analysis_file.write_text('{"bpm": "fast"}')
    assert stored_analysis(project, song) is None
    project.analysis_file.unlink()
    assert stored_analysis(project, song) is None
    save_analysis(project, heard)
    song.unlink()
    with pytest.raises(MediaError, match="cannot read"):
        stored_analysis(project, song)


def test_texts_are_written_whole_or_not_at_all(tmp_path):
    """Where no file can be, an error with the system's words and nothing beside it."""
    save_text(tmp_path / "a" / "text", "é")
    assert (tmp_path / "a" / "text").read_text(encoding="utf-8") == "é"
    with pytest.raises(StoreError, match="cannot write"):
        save_text(tmp_path / "a" / "text" / "b", "x")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["text"]
