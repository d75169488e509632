"""`oner make`: everything, from a song to a film."""

import json
import sys
from pathlib import Path

import click

from .cut import described
from .new import split, write_request
from .options import json_option, overrides_options, workers_option, writing_options
from .progress import progress
from .shoot import shooting


@click.command(
    epilog="Examples:  oner make song.ogg --idea 'a boy follows a balloon from the city to the sea' -o film.mp4   |   "
    "oner make song.mp3 --idea '...' --excerpt 0:30-1:15 --size 9:16 --look noir -o story.mp4"
)
@click.argument("song", type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default=Path("film.mp4"), show_default=True, help="The film."
)
@click.option(
    "-p", "--project", type=click.Path(path_type=Path), help="Project folder.  [default: beside the film, .oner]"
)
@writing_options
@click.option("--draft", is_flag=True, help="Faster and smaller, to look at the cut.")
@workers_option
@overrides_options
@json_option
def command(
    song: Path, out: Path, project: Path | None, draft: bool, workers: int | None, as_json: bool, **options
) -> int:
    """Make a music video of SONG: listen, write, shoot, judge, pick, cut.

    The same command resumes where it stopped; finished work is kept. Afterwards the project folder holds film.toml to
    edit: run the command again and only what changed is made anew.
    """
    from ..studio.making import Making, make

    known, writing = split(options)
    request = write_request(song, **writing)
    making = Making(
        song=song,
        out=out,
        folder=project or out.with_suffix(".oner"),
        request=request,
        overrides=known,
        quality="draft" if draft else "final",
        workers=workers,
    )
    with shooting(quiet=as_json) as watch:
        made = make(
            making, announce=silent if as_json else announce, bar=lambda title: progress(title, as_json), watch=watch
        )
    if as_json:
        click.echo(json.dumps({**described(made.film), "project": str(making.folder), "failed": len(made.failed)}))
    else:
        for job in made.failed:
            click.echo(f"failed: shot {job.shot}, take {job.number}: {job.error}", err=True)
        click.echo(f"open {out}   (contact sheet: {out.with_suffix('.png')}; shots to edit: {making.folder}/film.toml)")
    return 0


def announce(stage: str, words: str) -> None:
    click.echo(f"{stage:<8}{words}", err=False)
    sys.stdout.flush()


def silent(stage: str, words: str) -> None:
    pass
