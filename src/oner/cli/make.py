"""`oner make`: everything, from a song to a film."""

import json
import sys
from pathlib import Path

import click

from .cut import described
from .new import split, write_request
from .options import (
    cluster_of,
    examples,
    json_option,
    overrides_options,
    ray_options,
    workers_option,
    writing_options,
)
from .progress import progress
from .shoot import failures, shooting, tell_failures


@click.command(
    epilog=examples(
        "oner make song.ogg --idea 'a boy follows a balloon from city to sea' -o film.mp4",
        "oner make song.mp3 --idea '...' --excerpt 0:30-1:15 --size 9:16 --look noir -o story.mp4",
        "oner make song.ogg --idea '...' --engine wan-2.2-5b --ray auto",
        "oner make song.ogg -o film.mp4   (again, after editing film.oner/film.toml)",
    )
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
@ray_options
@overrides_options
@json_option
def command(
    song: Path,
    out: Path,
    project: Path | None,
    draft: bool,
    workers: int | None,
    ray: str | None,
    ray_cpus: float | None,
    ray_gpus: float | None,
    as_json: bool,
    **options,
) -> int:
    """Make a music video of SONG: listen, write, shoot, judge, pick, cut.

    The same command resumes where it stopped; finished work is kept. Afterwards the project folder holds film.toml to
    edit: run the command again and only what changed is made anew. Once it is written, film.toml counts, not --idea.

    A take that fails is tried again, then left out: the film is made of the others and the exit code is 1.
    """
    from ..studio.making import Making, make
    from ..studio.project import Project

    cluster = cluster_of(ray, ray_cpus, ray_gpus)
    folder = project or (out.with_suffix(".oner") if out.name else Path("film.oner"))
    known, writing = split(options)
    making = Making(
        song=song,
        out=out,
        folder=folder,
        request=write_request(song, **writing, written=Project(folder).written),
        overrides=known,
        quality="draft" if draft else "final",
        workers=workers,
        ray=cluster,
    )
    made = make(
        making,
        announce=silent if as_json else announce,
        bar=lambda title: progress(title, as_json),
        watch=lambda: shooting(as_json),
        failed=tell_failures,
    )
    if as_json:
        click.echo(json.dumps({**described(made.film), "project": str(folder), "failed": failures(made.failed)}))
    else:
        click.echo(f"open {out}   (contact sheet: {out.with_suffix('.png')}; shots to edit: {folder / 'film.toml'})")
    return 1 if made.failed else 0


def announce(stage: str, words: str) -> None:
    click.echo(f"{stage:<8}{words}")
    sys.stdout.flush()


def silent(stage: str, words: str) -> None:
    pass
