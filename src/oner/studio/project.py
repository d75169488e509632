"""A project folder: where everything of one film lies."""

import shutil
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError, StoreError
from ..film import SongAnalysis, from_json, to_json
from ..media import media_ref, replacing
from ..script.film_file import Head, read_head

OWN_NAMES = ("film.toml", "film.mp4", "draft.mp4", "film.otio", "analysis.json", "analysis.png", "oner.db", "oner.lock")


@dataclass(frozen=True)
class Project:
    """The folder of a film; all names in it are fixed, so that people and programs find their way."""

    folder: Path

    @property
    def film_file(self) -> Path:
        return self.folder / "film.toml"

    @property
    def analysis_file(self) -> Path:
        return self.folder / "analysis.json"

    @property
    def analysis_plot(self) -> Path:
        return self.folder / "analysis.png"

    @property
    def rushes(self) -> Path:
        return self.folder / "rushes"

    @property
    def film(self) -> Path:
        return self.folder / "film.mp4"

    @property
    def head(self) -> Head:
        """The part of film.toml that needs no song analysis. Raises FilmError."""
        return read_head(self.film_file)

    @property
    def written(self) -> bool:
        return self.film_file.is_file()


def open_project(folder: Path) -> Project:
    """Open a folder that holds a film.toml. Raises InputError where there is none."""
    project = Project(Path(folder))
    if not project.written:
        raise InputError(
            f"{project.folder.resolve()} holds no film.toml: go to a project folder, name one with --project, "
            'or begin one with `oner new DIR --song SONG --idea "..."`'
        )
    return project


def check_song(song: Path) -> None:
    """Raise InputError unless there is a file of a name that a project can hold."""
    if not song.is_file():
        raise InputError(f"no such song: {song}" if not song.exists() else f"{song} is a folder: give a sound file")
    if song.name in OWN_NAMES:
        raise InputError(f"{song}: a project keeps a file of its own under this name; rename the song")
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in song.name):  # film.toml has to hold it
        raise InputError(f"the name of the song {song.name!r} holds what is no text; rename it")


def take_in_song(project: Project, song: Path) -> Path:
    """Copy the song into the project under its own name; gives its place there. Raises InputError, StoreError.

    Another file of that name is never overwritten: the folder may be one in which the user keeps songs.
    """
    check_song(song)
    target = project.folder / song.name
    try:
        project.folder.mkdir(parents=True, exist_ok=True)
        if target.exists():
            if target.samefile(song) or media_ref(target) == media_ref(song):
                return target
            raise InputError(
                f"{target} is there already and is another file: remove it, rename the song or name another folder"
            )
        with replacing(target) as temporary:
            shutil.copyfile(song, temporary)
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError(f"{project.folder} is or lies in a file: give the name of a folder") from error
    except OSError as error:
        raise StoreError(f"cannot write in {project.folder}: {error.strerror or error}") from error
    return target


def save_analysis(project: Project, analysis: SongAnalysis) -> None:
    save_text(project.analysis_file, to_json(analysis).decode() + "\n")


def stored_analysis(project: Project, song: Path) -> SongAnalysis | None:
    """The analysis kept in the project, if it is of this very song."""
    if not project.analysis_file.is_file():
        return None
    try:
        analysis = from_json(project.analysis_file.read_bytes(), SongAnalysis)
    except InputError:
        return None  # of an older version, or edited: the song is there to be heard again
    return analysis if analysis.song == media_ref(song) else None


def save_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all. Raises StoreError."""
    try:
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error
