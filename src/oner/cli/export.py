"""`oner export`: the timeline for editing programs."""

import json
from pathlib import Path

import click

from .options import examples, json_option, project_option


@click.command(epilog=examples("oner export -o film.otio   (opens in DaVinci Resolve and others)"))
@project_option
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="The .otio file.  [default: film.otio in the project]"
)
@json_option
def command(project, out: Path | None, as_json: bool) -> None:
    """Write the cut as OpenTimelineIO: picked takes with handles, alternates, the song, sections and downbeats."""
    from ..studio import finishing, hearing
    from ..studio.making import counted
    from ..studio.project import open_project
    from ..studio.writing import storyboard_of

    project = open_project(project)
    analysis = hearing.listen(project)
    out = out or project.folder / "film.otio"
    timeline = finishing.export(project, storyboard_of(project, analysis), analysis, out)
    if as_json:
        click.echo(json.dumps({"timeline": str(out), "clips": len(timeline.clips), "frames": timeline.frames}))
        return
    clips, markers = counted(len(timeline.clips), "clip"), counted(len(timeline.markers), "marker")
    click.echo(f"wrote {out}: {clips}, {timeline.frames} frames, {markers}")
