"""`oner worlds`: training data from the worlds."""

import sys
from pathlib import Path

import click

from .options import examples


@click.group(epilog=examples("oner worlds render --clips 1024 --out data"))
def command() -> None:
    """Render captioned clips of random worlds: the data that the native model learns from."""


@command.command(epilog=examples("oner worlds render --clips 4096 --out data --seed 1 --workers 4"))
@click.option("--clips", type=click.IntRange(1), required=True, help="Samples to render, 256 in a shard.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the shards.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Another seed, other samples.")
@click.option("--workers", type=click.IntRange(1, 256), default=2, show_default=True, help="Processes that render.")
@click.option(
    "--kind",
    type=click.Choice(["train", "pictures", "clips", "held-out", "probe"]),
    default="train",
    show_default=True,
    help="With clips (train), without, never trained on (held-out), of other seeds (probe).",
)
def render(clips: int, out: Path, seed: int, workers: int, kind: str) -> None:
    """Render clips and pictures with their captions. The same command goes on where it was stopped."""
    from ..training.render_crew import render
    from .progress import progress

    watched = sys.stderr.isatty()
    with progress("rendering") as bar:

        def report(share: float, words: str) -> None:
            bar(share, words)
            if not watched:
                click.echo(words, err=True)

        count = render(out, clips, seed, kind, workers, report)
    click.echo(f"{count} samples rendered into {out}")
