"""`oner listen`: hear a song."""

import json
from pathlib import Path

import click

from .options import json_option, overrides_options
from .progress import progress


@click.command(
    epilog="Examples:  oner listen song.mp3   |   oner listen song.flac --bpm 92 --first-downbeat 0.4 --json   |   "
    "oner listen my-film.oner --sections parts.txt (hears a project's song again, with what you know better)"
)
@click.argument("song", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for analysis.json and analysis.png.  [default: this folder, or the project's]",
)
@overrides_options
@json_option
def command(song: Path, out: Path | None, as_json: bool, **known) -> None:
    """Hear tempo, beats, downbeats, sections, energy and loudness of SONG (a sound file, or a project folder).

    Writes analysis.json and a picture of it, analysis.png. What you know better always wins over what was heard.
    """
    from ..studio import hearing
    from ..studio.project import open_project

    with progress("listening", quiet=as_json) as report:
        if song.is_dir():
            project = open_project(song)
            analysis, folder = hearing.listen(project, known, report), project.folder
        else:
            folder = out or Path(".")
            analysis = hearing.listen_alone(song, folder, known, report)
    if as_json:
        click.echo(json.dumps(hearing.as_json(analysis)))
        return
    for line in lines(hearing.as_json(analysis)):
        click.echo(line)
    for note in analysis.notes:
        click.echo(f"note: {note}")
    click.echo(f"wrote {folder / 'analysis.json'} and {folder / 'analysis.png'}")


def lines(heard: dict) -> list[str]:
    """The table that people read."""
    tempo = f"{heard['bpm']:.2f} BPM, {heard['meter']}/4" if heard["bpm"] else "no regular beat"
    loud = "silent" if heard["lufs"] is None else f"{heard['lufs']:.1f} LUFS, true peak {heard['true_peak']:.1f} dBTP"
    beats = f"{len(heard['beats'])} beats, {len(heard['downbeats'])} downbeats"
    table = [
        f"tempo      {tempo} (confidence {heard['confidence']:.2f})",
        f"beats      {beats}" + (f", first downbeat at {heard['downbeats'][0]:.3f} s" if heard["downbeats"] else ""),
        f"loudness   {loud}",
        "sections",
    ]
    for section in heard["sections"]:
        start, end = section["start"], section["end"]
        table.append(f"  {section['label']:<13}{minutes(start)} - {minutes(end)}  ({end - start:5.1f} s)")
    return table


def minutes(seconds: float) -> str:
    return f"{int(seconds // 60)}:{seconds % 60:05.2f}"
