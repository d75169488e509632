"""`oner shoot`: make the takes."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from .options import cluster_of, examples, json_option, project_option, ray_options, workers_option


@click.command(
    epilog=examples(
        "oner shoot",
        "oner shoot --shots verse1-1,verse1-2 --takes 4",
        "oner shoot --retake chorus1-1 --workers 2",
        "oner shoot --ray auto --ray-gpus 1",
    )
)
@project_option
@click.option("--shots", metavar="ID,ID", help="Only these shots.")
@click.option("--takes", type=click.IntRange(1, 999), help="Takes of each shot.  [default: as film.toml says]")
@click.option("--retake", metavar="ID,ID", help="Make as many new takes again of these shots; the old ones stay.")
@workers_option
@ray_options
@json_option
def command(project, shots, takes, retake, workers, ray, ray_cpus, ray_gpus, as_json) -> int:
    """Make the takes that are missing. Stop with Ctrl-C at any time; the same command goes on from there.

    While a shoot is at work, takes asked for with --shots or --retake from another terminal are made before its own.
    """
    from ..studio import hearing
    from ..studio.making import shot
    from ..studio.project import open_project
    from ..studio.shoot import shoot
    from ..studio.writing import storyboard_of

    cluster = cluster_of(ray, ray_cpus, ray_gpus)
    project = open_project(project)
    storyboard = storyboard_of(project, hearing.listen(project))
    again = names(retake) or ()
    with shooting(quiet=as_json) as watch:
        report = shoot(
            project.folder,
            storyboard,
            shots=names(shots) if shots else (again or None),
            takes=takes,
            workers=workers,
            retake=again,
            progress=watch,
            ray=cluster,
            beside=bool(shots or again),
        )
    if as_json:
        told = {"found": report.found, "made": len(report.made), "failed": failures(report.failed)}
        click.echo(json.dumps({**told, "seconds": report.seconds}))
    else:
        click.echo(shot(report))
    tell_failures(report.failed)
    return 1 if report.failed else 0


def failures(jobs) -> list[dict]:
    """Takes that could not be made, for scripts."""
    return [{"shot": job.shot, "take": job.number, "reason": job.error} for job in jobs]


def tell_failures(jobs) -> None:
    for job in jobs:
        click.echo(f"failed: shot {job.shot}, take {job.number}: {' '.join(job.error.split())}", err=True)


def names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


@contextmanager
def shooting(quiet: bool) -> Iterator[Callable]:
    """A display of the shoot: takes done, what runs, time left."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield plain_lines(quiet)
        return
    bar = Progress(TextColumn("shooting"), BarColumn(), TextColumn("{task.fields[words]}"), console=console)
    with bar:
        task = bar.add_task("shooting", total=None, words="")

        def watch(progress) -> None:
            running = sum(job.progress for job in progress.running)
            bar.update(task, total=max(progress.total, 1), completed=progress.done + running, words=words(progress))

        yield watch


def plain_lines(quiet: bool) -> Callable:
    """Where no terminal watches: a line at every tenth."""
    told = [-1]

    def watch(progress) -> None:
        tenth = 10 * (progress.done + progress.failed) // max(1, progress.total)
        if not quiet and progress.total and tenth > told[0]:
            told[0] = tenth
            click.echo(f"shooting: {words(progress)}", err=True)

    return watch


def words(progress) -> str:
    text = f"{progress.done} of {progress.total} takes"
    if progress.failed:
        text += f", {progress.failed} failed"
    if progress.running:
        text += f", now {' '.join(f'{job.shot}/{job.number}' for job in progress.running[:4])}"
    if progress.seconds_left is not None and progress.done < progress.total:
        left = round(progress.seconds_left)
        text += f", {left // 60}:{left % 60:02d} left"
    return text
