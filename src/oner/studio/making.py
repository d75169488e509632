"""The main path, as a list of named stages: each keeps its result in the project, so the same call resumes."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EngineError, InputError
from ..film import Job, Report, SongAnalysis, Storyboard
from ..media import media_ref
from ..script.writer import WriteRequest
from ..timing import clock
from . import finishing, hearing, rushes, writing
from .project import Project, check_song, take_in_song
from .shoot import ShootProgress, ShootReport, shoot

if TYPE_CHECKING:
    from .ray_cluster import RayCluster

Announce = Callable[[str, str], None]  # stage, words about what it came to
Bar = Callable[[str], AbstractContextManager[Report]]
Watch = Callable[[], AbstractContextManager[Callable[[ShootProgress], None]]]


@dataclass(frozen=True)
class Making:
    """What is to be made, and where."""

    song: Path
    out: Path
    folder: Path
    request: WriteRequest  # counts only where no film.toml is there yet
    overrides: Mapping[str, Any]
    quality: str = "final"
    workers: int | None = None
    ray: "RayCluster | None" = None


@dataclass
class Made:
    """What the stages have come to so far."""

    project: Project
    song: Path | None = None
    analysis: SongAnalysis | None = None
    storyboard: Storyboard | None = None
    failed: tuple[Job, ...] = ()
    film: finishing.Film | None = None
    notes: list[str] = field(default_factory=list)


def make(making: Making, announce: Announce, bar: Bar, watch: Watch, failed: Callable[[tuple[Job, ...]], None]) -> Made:
    """Run all stages; `failed` is told at once of takes that could not be made, while the rest goes on.

    Raises OnerError where a stage cannot go on; what was finished before stays.
    """
    check_song(making.song)
    finishing.check_out(making.out, making.song)
    made = Made(Project(making.folder))
    if not made.project.written:
        writing.check(making.request)
    for name, stage in STAGES:
        announce(name, stage(making, made, bar, watch))
        if stage is film:
            failed(made.failed)
    return made


def counted(number: int, noun: str) -> str:
    """`1 take`, `2 takes`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def shot(report: ShootReport) -> str:
    """A sentence about what a shoot came to."""
    if not report.made and not report.failed:
        return f"all {counted(report.found, 'take')} there already"
    who = counted(report.workers, "worker") if report.workers else "the shoot that is at work here"
    pace = f" in {report.seconds:.0f} s by {who}" if report.made else ""
    made = counted(len(report.made), "take")
    return f"{made} made{pace}, {report.found} there already, {len(report.failed)} failed"


def listen(making: Making, made: Made, bar: Bar, watch: Watch) -> str:
    project = made.project
    if project.written and media_ref(project.head.song) != media_ref(making.song):
        raise InputError(
            f"{project.folder} is the project of another song ({project.head.song.name}): name another film with -o "
            f"or another folder with --project; to go on with a new mix of it, copy that over {project.head.song}"
        )
    made.song = project.head.song if project.written else take_in_song(project, making.song)
    with bar("listening") as report:
        made.analysis = hearing.listen_to(project, made.song, making.overrides, report)
    heard = made.analysis
    tempo = f"{heard.bpm:.1f} BPM, {heard.meter}/4" if heard.bpm else "no regular beat"
    return f"{making.song.name}: {tempo}, {counted(len(heard.sections), 'section')}"


def write(making: Making, made: Made, bar: Bar, watch: Watch) -> str:
    project = made.project
    if project.written:
        made.storyboard = writing.storyboard_of(project, made.analysis)
        words = "is read as it stands (its idea and options count; delete it to write anew)"
    else:
        notes: list[str] = []
        made.storyboard = writing.write(project, making.request, made.analysis, notes.append)
        words = "; ".join(["is written", *notes])
    film = made.storyboard
    return f"{project.film_file} {words}: {counted(len(film.shots), 'shot')}, {clock(film.frames, film.rate)}"


def film(making: Making, made: Made, bar: Bar, watch: Watch) -> str:
    with watch() as progress:
        report = shoot(made.project.folder, made.storyboard, workers=making.workers, progress=progress, ray=making.ray)
    made.failed = report.failed
    return shot(report)


def judge(making: Making, made: Made, bar: Bar, watch: Watch) -> str:
    with bar("judging") as report:
        seen = rushes.show(made.project, made.storyboard, report)
    if words := rushes.without_takes(seen):
        raise EngineError(
            f"{words}, so there is no film yet: mend what failed, then run the same command again; "
            "finished takes are kept"
        )
    return f"{counted(len(seen.scores), 'take')} judged: {made.project.rushes / 'index.html'}"


def cut(making: Making, made: Made, bar: Bar, watch: Watch) -> str:
    with bar("cutting") as report:
        made.film = finishing.cut(made.project, made.storyboard, made.analysis, making.out, making.quality, report)
    info = made.film.info.video
    return f"{making.out}: {info.width}x{info.height}, {info.frames} frames" + (", as it was" if made.film.kept else "")


def deliver(making: Making, made: Made, bar: Bar, watch: Watch) -> str:
    picture = making.out.with_suffix(".png")
    finishing.sheet(made.film, picture)
    timeline = made.project.folder / "film.otio"
    finishing.export(made.project, made.storyboard, made.analysis, timeline)
    return f"contact sheet {picture}, timeline for editors {timeline}"


STAGES = (
    ("listen", listen),
    ("write", write),
    ("shoot", film),
    ("judge", judge),  # and pick: the judge chooses where the user has not
    ("cut", cut),
    ("deliver", deliver),
)
