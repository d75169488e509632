"""Stages "cut" and "deliver": the picked takes become a film, a contact sheet and an editable timeline."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from .. import __version__
from ..cutting import assemble, export_otio, film_sheet, plan_cut
from ..errors import InputError, StoreError
from ..film import Report, SongAnalysis, Storyboard, Timeline, to_json
from ..media import MediaInfo, media_ref, probe
from ..store import Files, Ledger, open_store
from .project import Project
from .rushes import judged


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
    rushes = judged(project, ledger, files, storyboard)
    missing = [shot.id for shot in storyboard.shots if shot.id not in rushes.picks]
    if missing:
        shown = ", ".join(missing[:6]) + (", ..." if len(missing) > 6 else "")
        raise InputError(f"{len(missing)} of {len(storyboard.shots)} shots have no take ({shown}): run `oner shoot`")
    return plan_cut(storyboard, rushes.picks, rushes.takes, analysis), ledger, files


def cut(
    project: Project,
    storyboard: Storyboard,
    analysis: SongAnalysis,
    out: Path,
    quality: str = "final",
    report: Report | None = None,
) -> Film:
    """Assemble the film at `out`, unless exactly this film is there already."""
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
    if not (film.kept and out.is_file()):
        film_sheet(film.path, film.timeline, out)


def export(project: Project, storyboard: Storyboard, analysis: SongAnalysis, out: Path) -> Timeline:
    """Write the timeline as OpenTimelineIO."""
    timeline, ledger, files = timeline_of(project, storyboard, analysis)
    ledger.close()
    try:
        export_otio(timeline, files.locate, project.head.song, out)
    except OSError as error:
        raise StoreError(f"cannot write {out}: {error.strerror or error}") from error
    return timeline
