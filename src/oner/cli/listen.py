"""`oner listen`: hear a song."""

import json
from pathlib import Path

import click

from ..errors import InputError
from .options import examples, json_option, overrides_options
from .progress import progress


@click.command(
    epilog=examples(
        "oner listen song.mp3",
        "oner listen song.flac --bpm 92 --first-downbeat 0.4 --json",
        "oner listen my-film.oner --sections parts.txt   (a project's song, heard again)",
    )
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

    Writes analysis.json and a picture of it, analysis.png. What you know better always wins over what was heard; say
    all of it in one command, because each hearing begins afresh. A project's shots follow their bars.
    """
    from ..studio import hearing
    from ..studio.project import open_project

    with progress("listening", quiet=as_json) as report:
        if song.is_dir():
            project = open_project(song)
            if out is not None:
                raise InputError("--out is for sound files: what is heard in a project's song stays in the project")
            analysis, folder = hearing.listen(project, known, report), project.folder
        else:
            folder = out or Path(".")
            analysis = hearing.listen_alone(song, folder, known, report)
    if as_json:
        click.echo(json.dumps(hearing.as_json(analysis)))
        return
    facts, sections = hearing.as_rows(analysis)
    for name, text in facts:
        click.echo(f"{name:<12}{text}")
    for label, start, length, bars, energy in sections:
        click.echo(f"  {label:<14}{start:>7}{length:>9}{f'{bars} bars' if bars else '':>9}   energy {energy}")
    click.echo(f"wrote {folder / 'analysis.json'} and {folder / 'analysis.png'}")
