"""Stages "cut" and "deliver": the picked takes become a film, a contact sheet and an editable timeline."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from .. import __version__
from ..cutting import assemble, export_otio, film_sheet, plan_cut
from ..errors import InputError, StoreError
from ..film import Report, SongAnalysis, Storyboard, Timeline, to_json
from ..media import MediaInfo, media_ref, probe
from ..store import Files, Ledger, open_store
from .project import Project
from .rushes import judged, without_takes


@dataclass(frozen=True)
class Film:
    """A finished film: where it is, what was probed of it, and whether it was there already."""

    path: Path
    info: MediaInfo
    timeline: Timeline
    kept: bool


def timeline_of(project: Project, storyboard: Storyboard, analysis: SongAnalysis) -> tuple[Timeline, Ledger, Files]:
    """The cut as picks and film.toml stand now. Raises InputError where takes are missing, FilmError."""
    ledger, files = open_store(project.folder)
    try:
        rushes = judged(project, ledger, files, storyboard)
        if words := without_takes(rushes):
            raise InputError(f"{words}: run `oner shoot`")
        return plan_cut(storyboard, rushes.picks, rushes.takes, analysis), ledger, files
    except BaseException:
        ledger.close()
        raise


def check_out(out: Path, song: Path) -> None:
    """Refuse a place where no film can be written, before any work is done for it. Raises InputError, StoreError."""
    if out.suffix.lower() != ".mp4":
        raise InputError(
            f"--out {out}: films are written as .mp4; try {out.with_suffix('.mp4') if out.name else 'film.mp4'}"
        )
    if out.is_dir():
        raise InputError(f"--out {out} is a folder: name the film too, such as {out / 'film.mp4'}")
    if out.exists() and song.exists() and out.samefile(song):
        raise InputError(f"--out {out} is the song itself: name another film")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=out.parent):
            pass
    except OSError as error:
        raise StoreError(f"cannot write {out}: {error.strerror or error}; name a folder of your own") from error


def cut(
    project: Project,
    storyboard: Storyboard,
    analysis: SongAnalysis,
    out: Path,
    quality: str = "final",
    report: Report | None = None,
) -> Film:
    """Assemble the film at `out`, unless exactly this film is there already."""
    check_out(out, project.head.song)
    timeline, ledger, files = timeline_of(project, storyboard, analysis)
    with ledger:
        recipe = hashlib.sha256(to_json(timeline) + f"{quality} {__version__}".encode()).hexdigest()
        key = f"cut {out.resolve()}"
        noted = ledger.setting(key)
        if noted is not None and out.is_file() and noted == [recipe, media_ref(out).sha256]:
            return Film(out, probe(out), timeline, kept=True)
        info = assemble(timeline, files.locate, project.head.song, out, quality, report)
        ledger.set_setting(key, [recipe, media_ref(out).sha256])
    return Film(out, info, timeline, kept=False)


def sheet(film: Film, out: Path) -> None:
    """One frame of each shot on a PNG."""
    if not (film.kept and out.is_file() and out.stat().st_mtime >= film.path.stat().st_mtime):
        film_sheet(film.path, film.timeline, out)


def export(project: Project, storyboard: Storyboard, analysis: SongAnalysis, out: Path) -> Timeline:
    """Write the timeline as OpenTimelineIO. Raises InputError where takes are missing or `out` is no .otio."""
    if out.suffix.lower() != ".otio":
        raise InputError(f"--out {out}: timelines are written as .otio; try {out.with_suffix('.otio')}")
    timeline, ledger, files = timeline_of(project, storyboard, analysis)
    ledger.close()
    try:
        export_otio(timeline, files.locate, project.head.song, out)
    except OSError as error:
        raise StoreError(f"cannot write {out}: {error.strerror or error}") from error
    return timeline
