"""`oner train`: teaches the native model."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from .options import examples

PRESETS = ("tiny", "base", "large", "xl")
FILE = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group(
    epilog=examples(
        "oner train tokenizer --data data --run runs/tokenizer",
        "oner train model --data data --run runs/base --tokenizer tokenizer.safetensors",
        "oner train model --init base --adapter 8 --data my-clips --run runs/mia",
        "oner train export --run runs/mia -o mia.safetensors",
    )
)
def command() -> None:
    """Train the native model from rendered clips, or teach it your own.

    A run is a folder. Stop it with Ctrl-C, or any other way: the same command goes on. docs/TRAINING.md tells more.
    """


def run_options(steps: int) -> Callable:
    """What every run has."""

    def add(function: Callable) -> Callable:
        for option in reversed(
            [
                click.option("--data", type=FOLDER, required=True, help="Shards, or your clips with .txt captions."),
                click.option("--run", "folder", type=FOLDER, required=True, help="Folder of the run; made if missing."),
                click.option("--steps", type=click.IntRange(1), default=steps, show_default=True, help="Length."),
                click.option("--minutes", "in_all", type=click.FloatRange(0),
                             help="Stop and save after so many minutes in all, restarts counted together."),
                click.option("--rate", type=click.FloatRange(0, 1), help="Highest learning rate."),
                click.option("--threads", type=click.IntRange(1, 512), help="Processor threads.  [default: all]"),
                click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of all chance."),
                click.option("--every", type=click.IntRange(1), help="Steps between sheets and measurements."),
                click.option("--precision", type=click.Choice(["auto", "fp32", "bf16"]), default="auto",
                             show_default=True, help="Of products; auto: what this machine is faster at."),
                click.option("--compile", is_flag=True, help="Compile the networks first; needs a C++ compiler."),
                click.option("--dry-run", is_flag=True, help="Tell what it would take; write nothing."),
            ]
        ):  # fmt: skip
            function = option(function)
        return function

    return add


@command.command(epilog=examples("oner train tokenizer --data data --run runs/tokenizer --minutes 120"))
@click.option("--preset", type=click.Choice(PRESETS), default="base", show_default=True, help="Size of the networks.")
@run_options(6000)
@click.option("--samples", type=click.IntRange(1), help="Clips held in memory at a time.")
@click.option("--latents", "frames", type=click.IntRange(1), help="Latent frames in a step.  [default: 15]")
@click.option("--init", type=FILE, help="Begin with this tokenizer's file.")
@click.option("--freeze-encoder", "frozen", is_flag=True, help="With --init: teach the decoder only.")
@click.option("--model", type=FILE, help="With --freeze-encoder: teach it on what this model foresees, too.")
@click.option("--adversary", type=click.FloatRange(0, 10), metavar="STRENGTH",
              help="Also teach a network to tell its pictures from renders, and it to deceive it.")  # fmt: skip
@click.option("--looks", type=click.IntRange(0), metavar="STEPS",
              help="First teach for so many steps what the decoder is told of each place, alone.")  # fmt: skip
def tokenizer(preset: str, dry_run: bool, **options) -> None:
    """Train the tokenizer: pictures to latents and back."""
    from ..training.dry_run import tokenizer_told
    from ..training.tokenizer_run import TokenizerRun, train_tokenizer

    run = TokenizerRun(preset=preset, **_given(options))
    if dry_run:
        _tell(tokenizer_told(run), run.threads)
        return
    train_tokenizer(run, _report)
    click.echo(f"{run.folder}: finished; next: oner train export --run {run.folder} -o tokenizer.safetensors")


@command.command(
    epilog=examples(
        "oner train model --data data --probe probe --run runs/base --tokenizer tokenizer.safetensors --clips 0.6",
        "oner train model --init base --adapter 8 --data my-clips --run runs/mia --steps 600",
        "torchrun --nproc-per-node 8 -m -- oner train model --preset large --data data --run runs/large",
    )
)
@click.option("--preset", type=click.Choice(PRESETS), help="Size of the networks.  [default: base, or that of --init]")
@run_options(200_000)
@click.option("--tokenizer", type=FILE, help="The tokenizer's file.  [default: the shipped one]")
@click.option("--probe", type=FOLDER, help="Shards that are not trained on, for the held-out loss.")
@click.option("--clips", type=click.FloatRange(0, 1), default=0.0, show_default=True,
              help="Share of the steps on clips; the others are stills.")  # fmt: skip
@click.option(
    "--frames", default="5,5,9", show_default=True, help="Latent frames of those clips, drawn from this list."
)
@click.option("--pictures", type=click.IntRange(1), default=16, show_default=True, help="Latent frames in a step.")
@click.option("--init", help="Begin with these weights: a file, or base for the shipped ones.")
@click.option("--adapter", type=click.IntRange(0, 256), default=0, show_default=True, metavar="RANK",
              help="Teach a low-rank adapter and leave the weights as they are.")  # fmt: skip
@click.option(
    "--drafts",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Steps at the beginning that teach drafts alone.",
)
@click.option("--dropout", type=click.FloatRange(0, 0.9), default=0.0, show_default=True,
              help="Of the drafts, which learn scenes by heart where there are few.")  # fmt: skip
@click.option("--route", type=click.FloatRange(0, 0.9), default=0.0, show_default=True,
              help="Share of the tokens that skip the middle layers.")  # fmt: skip
@click.option("--shard-weights", "sharded", is_flag=True, help="Under torchrun: spread the weights (FSDP2).")
def model(
    preset: str | None, dry_run: bool, frames: str, pictures: int, tokenizer: Path | None, **options
) -> None:  # fmt: skip
    """Train the text encoder and the transformer; shards that are not encoded yet are encoded first."""
    from dataclasses import replace

    from ..training.dry_run import model_told
    from ..training.encoded import latents_of
    from ..training.model_run import PLACES, ModelRun, train_model
    from ..training.processes import processes

    given = _given(options) | ({"tokenizer": tokenizer} if tokenizer else {})
    run = ModelRun(preset=preset or "", frames=_numbers(frames), tokens=pictures * PLACES, **given)
    if dry_run:
        _tell(model_told(run), run.threads)
        return
    with processes():
        data = latents_of(run.data, run.tokenizer, _report)
        probe = latents_of(run.probe, run.tokenizer, _report) if run.probe else None
        train_model(replace(run, data=data, probe=probe), _report)
    click.echo(f"{run.folder}: finished; next: oner train export --run {run.folder} -o model.safetensors")


@command.command(epilog=examples("oner train recogniser --data data --run runs/recogniser --steps 4000"))
@click.option("--data", type=FOLDER, required=True, help="Rendered shards; the last one only measures.")
@click.option("--run", "folder", type=FOLDER, required=True, help="Folder of the run; made if missing.")
@click.option("--steps", type=click.IntRange(1), default=4000, show_default=True, help="Length.")
@click.option("--threads", type=click.IntRange(1, 512), default=1, show_default=True, help="Processor threads.")
def recogniser(data: Path, folder: Path, steps: int, threads: int) -> None:
    """Train the recogniser that judges generated clips (see `oner evaluate`); it sees renders only."""
    from ..training.recogniser_run import train_recogniser

    click.echo(train_recogniser(data, folder, steps=steps, threads=threads, report=lambda _, words: _report(words)))


@command.command(epilog=examples("oner train encode --data data --tokenizer tokenizer.safetensors"))
@click.option("--data", type=FOLDER, required=True, help="Shards, or your clips with .txt captions.")
@click.option("--tokenizer", type=FILE, help="The tokenizer's file.  [default: the shipped one]")
@click.option("--threads", type=click.IntRange(1, 512), help="Processor threads.  [default: all]")
def encode(data: Path, tokenizer: Path | None, threads: int | None) -> None:
    """Encode shards into latents, once; `oner train model` does it by itself."""
    from ..training.encoded import latents_of

    _use(threads)
    click.echo(latents_of(data, tokenizer, _report))


@command.command("import", epilog=examples("oner train import my-clips --out my-shards"))
@click.argument("folder", type=FOLDER)
@click.option("--out", type=FOLDER, help="Folder for the shards.  [default: below the clips]")
def import_(folder: Path, out: Path | None) -> None:
    """Make shards of your own clips and pictures, each with captions in a .txt of the same name."""
    from ..training.own_clips import import_own

    click.echo(import_own(folder, _report, out))


@command.command(epilog=examples("oner train export --run runs/base -o base.safetensors"))
@click.option("--run", "folder", type=FOLDER, required=True, help="Folder of the run.")
@click.option("-o", "--out", type=FILE, required=True, help="The file to write.")
@click.option("--data", type=FOLDER, help="Of a tokenizer: shards to settle its scales on.  [default: the run's]")
def export(folder: Path, out: Path, data: Path | None) -> None:
    """Write a run's averaged weights: a tokenizer's, a model's or an adapter's file."""
    from ..training.exporting import export_run

    digest = export_run(folder, out, data)
    click.echo(f"{out}: {out.stat().st_size / 2**20:.1f} MB, digest {digest[:6]}")


@command.command(epilog=examples("oner train measure --data held-out --tokenizer tokenizer.safetensors --clips 64"))
@click.option("--data", type=FOLDER, required=True, help="Shards that the tokenizer was not trained on.")
@click.option("--tokenizer", type=FILE, help="The tokenizer's file.  [default: the shipped one]")
@click.option("--clips", type=click.IntRange(1), default=64, show_default=True, help="Clips to measure.")
@click.option("--threads", type=click.IntRange(1, 512), help="Processor threads.  [default: all]")
@click.option("--fitted", type=FOLDER, help="Shards that the components are fitted to.  [default: those of --data]")
def measure(data: Path, tokenizer: Path | None, clips: int, threads: int | None, fitted: Path | None) -> None:
    """Measure a tokenizer on clips: what comes back, beside bicubic scaling and principal components."""
    from dataclasses import asdict

    from ..training.tokenizer_measure import measure_file

    _use(threads)
    found = measure_file(tokenizer, data, clips, fitted)
    for name, value in asdict(found).items():
        click.echo(f"{name:<18}{value:>8.3f}")


@command.command(epilog=examples("oner train presets"))
def presets() -> None:
    """Show the sizes that there are, with parameters and memory."""
    from ..training.dry_run import presets_told

    _tell(presets_told(), None)


def _given(options: dict) -> dict:
    """Options that were left out take the defaults of the run."""
    return {name: value for name, value in options.items() if value is not None}


def _numbers(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and 1 <= int(part) <= 17 for part in parts):
        raise click.UsageError(f"--frames {text!r}: numbers from 1 to 17 with commas, such as 5,5,9")
    return tuple(map(int, parts))


def _report(words: str) -> None:
    import os

    if os.environ.get("RANK", "0") == "0":
        click.echo(words, err=True)
        sys.stderr.flush()


def _tell(lines, threads: int | None) -> None:
    _use(threads)
    for line in lines:
        click.echo(line)


def _use(threads: int | None) -> None:
    from ..training.allocation import use_threads

    use_threads(threads)
