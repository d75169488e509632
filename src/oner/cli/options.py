"""Options that several commands share, and the words that turn them into values."""

from collections.abc import Callable
from pathlib import Path

import click

from ..errors import InputError
from ..film import DEFAULT_ENGINE


def examples(*lines: str) -> str:
    """The end of a command's help: one example on each line."""
    return "\n".join(["\b", "Examples:" if len(lines) > 1 else "Example:", *(f"  {line}" for line in lines)])


project_option = click.option(
    "-p",
    "--project",
    type=click.Path(path_type=Path),
    default=Path("."),
    show_default="this folder",
    help="The project folder, with its film.toml.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object for scripts.")
workers_option = click.option(
    "--workers", type=click.IntRange(1, 64), help="Processes that make takes.  [default: what suits engine and machine]"
)


def ray_options(function: Callable) -> Callable:
    """A Ray cluster to render on, and what each of its actors reserves."""
    for option in reversed(
        [
            click.option("--ray", metavar="auto|HOST:PORT|local", help="Render on a Ray cluster (oner[ray])."),
            click.option(
                "--ray-cpus", type=click.FloatRange(0, 1024), help="Cores for each actor.  [default: what suits engine]"
            ),
            click.option(
                "--ray-gpus", type=click.FloatRange(0, 64), help="GPUs for each actor.  [default: what suits engine]"
            ),
        ]
    ):
        function = option(function)
    return function


def cluster_of(address: str | None, cpus: float | None, gpus: float | None):
    """The cluster that --ray names, None without it."""
    if address is None:
        if cpus is not None or gpus is not None:
            raise click.UsageError("--ray-cpus and --ray-gpus say what each actor of --ray reserves: add --ray auto")
        return None
    from ..studio.ray_cluster import RayCluster, load_ray

    load_ray()
    return RayCluster(address, cpus, gpus)


def overrides_options(function: Callable) -> Callable:
    """What the user knows better about the song; always wins over what was heard."""
    for option in reversed(
        [
            click.option("--bpm", type=click.FloatRange(20, 400), help="The tempo, in beats per minute."),
            click.option(
                "--first-downbeat", type=click.FloatRange(0), metavar="SECONDS", help="Where a first beat of a bar is."
            ),
            click.option("--meter", type=click.IntRange(2, 12), help="Beats in a bar."),
            click.option("--sections", type=click.Path(path_type=Path), help="File of sections: label start [end]."),
            click.option("--taps", type=click.Path(path_type=Path), help="File of tapped beats, a time on each line."),
            click.option("--lyrics", type=click.Path(path_type=Path), help="Timed lyrics: .lrc or .srt."),
        ]
    ):
        function = option(function)
    return function


def writing_options(function: Callable) -> Callable:
    """How a film is to be written."""
    for option in reversed(
        [
            click.option("--idea", help="What happens, in a sentence or two; English or French."),
            click.option(
                "--prompts",
                type=click.Path(path_type=Path),
                help="File with one prompt a line; [chorus] tags and @mia = a tall woman allowed.",
            ),
            click.option(
                "--writer",
                default="rules",
                show_default=True,
                metavar="rules|llm:MODEL",
                help="Who writes the shots: our rules, or a model of the package llm, which is sent idea and lyrics.",
            ),
            click.option("--title", help="Title of the film.  [default: the song's name]"),
            click.option("--look", help="How it is to look: cinematic, watercolour, noir, sepia, ..."),
            click.option("--size", default="640x360", show_default=True, help="Width x height, or 16:9, 9:16, 1:1."),
            click.option("--rate", default="24", show_default=True, help="Frames per second: 24, 25, 23.976, ..."),
            click.option("--engine", default=DEFAULT_ENGINE, show_default=True, help="What makes the takes."),
            click.option(
                "--takes", type=click.IntRange(1, 99), default=2, show_default=True, help="Takes of each shot."
            ),
            click.option("--excerpt", metavar="A-B", help="Only a part of the song: 0:30-1:15, or 9-25 for bars."),
            click.option("--one-take", is_flag=True, help="One continuous shot from first to last frame."),
            click.option(
                "--seed",
                type=click.IntRange(0, 2**31 - 1),
                help="Another number, another film.  [default: from the idea]",
            ),
        ]
    ):
        function = option(function)
    return function


SIZES = {"16:9": (640, 360), "9:16": (360, 640), "1:1": (480, 480), "4:3": (480, 360), "21:9": (840, 360)}


def size_from_text(text: str) -> tuple[int, int]:
    """`1280x720` or a named aspect. Raises InputError naming what is allowed."""
    if text in SIZES:
        return SIZES[text]
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise InputError(f"--size {text!r}: give WIDTHxHEIGHT such as 1280x720, or one of {', '.join(SIZES)}")
    return int(width), int(height)
