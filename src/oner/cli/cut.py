"""`oner cut`: the finished film."""

import json
from pathlib import Path

import click

from .options import examples, json_option, project_option
from .progress import progress


@click.command(epilog=examples("oner cut", "oner cut -p night-train --draft -o draft.mp4"))
@project_option
@click.option("-o", "--out", type=click.Path(path_type=Path), help="The film.  [default: film.mp4 in the project]")
@click.option("--draft", is_flag=True, help="Faster and smaller, to look at the cut.")
@json_option
def command(project, out: Path | None, draft: bool, as_json: bool) -> None:
    """Cut the picked takes to the song. Shots without a pick of yours get the judge's choice."""
    from ..studio import finishing, hearing, rushes
    from ..studio.project import open_project
    from ..studio.writing import storyboard_of

    project = open_project(project)
    analysis = hearing.listen(project)
    storyboard = storyboard_of(project, analysis)
    out = out or (project.folder / "draft.mp4" if draft else project.film)
    finishing.check_out(out, project.head.song)
    with progress("judging", quiet=as_json) as report:
        rushes.judge_takes(project, storyboard, report)
    with progress("cutting", quiet=as_json) as report:
        film = finishing.cut(project, storyboard, analysis, out, "draft" if draft else "final", report)
    finishing.sheet(film, out.with_suffix(".png"))
    if as_json:
        click.echo(json.dumps(described(film)))
        return
    click.echo(sentence(film))


def described(film) -> dict:
    """A finished film for scripts."""
    video, sound = film.info.video, film.info.sound
    return {
        "film": str(film.path),
        "contact_sheet": str(film.path.with_suffix(".png")),
        "frames": video.frames,
        "width": video.width,
        "height": video.height,
        "rate": str(video.rate),
        "shots": len(film.timeline.clips),
        "sample_rate": sound.sample_rate if sound else None,
        "kept": film.kept,
    }


def sentence(film) -> str:
    from ..studio.making import counted
    from ..timing import clock, rate_text

    video = film.info.video
    size = f"{video.width}x{video.height}, {rate_text(video.rate)} fps"
    made = "is there already" if film.kept else "is cut"
    return f"{film.path} {made}: {counted(len(film.timeline.clips), 'shot')}, {clock(video.frames, video.rate)}, {size}"
