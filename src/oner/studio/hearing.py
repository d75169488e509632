"""Stage "listen": the song is heard once; what was heard stays in the project."""

from dataclasses import fields
from pathlib import Path

from ..errors import StoreError
from ..film import Report, SongAnalysis, to_json
from ..song import Overrides, analyse, as_json, draw_plot
from .project import Project, save_analysis, save_text, stored_analysis

NOTHING_SAID = Overrides()


def listen(project: Project, overrides: Overrides = NOTHING_SAID, report: Report | None = None) -> SongAnalysis:
    """The analysis of the project's song: the stored one if it is of this song and nothing is said against it.

    Raises MediaError, InputError, StoreError.
    """
    song = project.head.song if project.written else None
    if song is None:
        raise StoreError(f"{project.folder} has no film.toml yet: the song is not known")
    return listen_to(project, song, overrides, report)


def listen_to(
    project: Project, song: Path, overrides: Overrides = NOTHING_SAID, report: Report | None = None
) -> SongAnalysis:
    """As `listen`, for a project that is not written yet."""
    if not given(overrides) and (stored := stored_analysis(project, song)) is not None:
        return stored
    analysis = analyse(song, overrides, report=report)
    save_analysis(project, analysis)
    draw_plot(analysis, song, project.analysis_plot)
    return analysis


def listen_alone(song: Path, folder: Path, overrides: Overrides, report: Report | None = None) -> SongAnalysis:
    """Hear a song outside a project; writes analysis.json and analysis.png into `folder`."""
    analysis = analyse(song, overrides, report=report)
    save_text(folder / "analysis.json", to_json(analysis).decode() + "\n")
    draw_plot(analysis, song, folder / "analysis.png")
    return analysis


def given(overrides: Overrides) -> bool:
    """Whether the user said anything."""
    return any(getattr(overrides, field.name) is not None for field in fields(overrides))


__all__ = ["Overrides", "as_json", "listen", "listen_alone", "listen_to"]
