"""Stage "listen": the song is heard once; what was heard stays in the project.

The room `song` is loaded only when a song is really heard: it brings SciPy and Matplotlib along.
"""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..film import Report, SongAnalysis, to_json
from .project import Project, save_analysis, save_text, stored_analysis

Known = Mapping[str, Any]  # what the user knows better, by the names of `song.Overrides`; None where nothing is said


def listen(project: Project, known: Known | None = None, report: Report | None = None) -> SongAnalysis:
    """The analysis of the project's song: the stored one if it is of this song and nothing is said against it.

    Raises MediaError, InputError, StoreError.
    """
    if not project.written:
        raise InputError(f"{project.folder} has no film.toml: its song is not known")
    return listen_to(project, project.head.song, known, report)


def listen_to(project: Project, song: Path, known: Known | None = None, report: Report | None = None) -> SongAnalysis:
    """As `listen`, for a project that is not written yet."""
    if not said(known) and (stored := stored_analysis(project, song)) is not None:
        return stored
    analysis = _heard(song, known, report)
    save_analysis(project, analysis)
    _plot(analysis, song, project.analysis_plot)
    return analysis


def listen_alone(song: Path, folder: Path, known: Known | None = None, report: Report | None = None) -> SongAnalysis:
    """Hear a song outside a project; writes analysis.json and analysis.png into `folder`."""
    analysis = _heard(song, known, report)
    save_text(folder / "analysis.json", to_json(analysis).decode() + "\n")
    _plot(analysis, song, folder / "analysis.png")
    return analysis


def said(known: Known | None) -> bool:
    """Whether the user said anything."""
    return any(value is not None for value in (known or {}).values())


def as_json(analysis: SongAnalysis) -> dict:
    """What was heard, in seconds, for scripts."""
    from ..song import as_json

    return as_json(analysis)


def as_rows(analysis: SongAnalysis) -> tuple[list[tuple[str, str]], list[tuple[str, str, str, str, str]]]:
    """What was heard, for people: facts as (name, value), and sections as (label, start, length, bars, energy)."""
    from ..song import as_rows

    return as_rows(analysis)


def _heard(song: Path, known: Known | None, report: Report | None) -> SongAnalysis:
    from ..song import Overrides, analyse

    return analyse(song, Overrides(**(known or {})), report=report)


def _plot(analysis: SongAnalysis, song: Path, out: Path) -> None:
    from ..song import draw_plot

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a song's name may hold what the plot's font cannot draw
        draw_plot(analysis, song, out)
