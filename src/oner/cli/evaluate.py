"""`oner evaluate`: does the model show what it was asked for?"""

from pathlib import Path

import click

from .options import examples
from .progress import progress

LISTS = ("seen", "held-out", "free", "characters")


@click.command(
    epilog=examples(
        "oner evaluate --count 30",
        "oner evaluate --weights run/model.safetensors --prompts all --json figures.json --sheet figures.png",
        "oner evaluate --prompts seen --count 0 --minute 8   (only clips of a minute)",
    )
)
@click.option("--weights", default="base", show_default=True, help="A weight file, or base: the shipped one.")
@click.option("--prompts", type=click.Choice([*LISTS, "all"]), default="all", show_default=True, help="Which list.")
@click.option("--count", type=click.IntRange(0), help="Only so many prompts of each list.  [default: all of them]")
@click.option("--seconds", type=click.IntRange(1, 10), default=2, show_default=True, help="Length of the clips.")
@click.option("--minute", type=click.IntRange(0, 300), default=0, help="Besides, so many clips of a minute.")
@click.option("--steps", type=click.IntRange(1, 200), help="Steps of the sampler.  [default: the model's]")
@click.option("--guidance", type=click.FloatRange(0), help="Guidance of the sampler.  [default: the model's]")
@click.option("--exact", is_flag=True, help="Give free prompts to the model as they are written.")
@click.option("--blocking/--no-blocking", default=True, show_default=True,
              help="Place camera and actors by words and seed before the model paints.")  # fmt: skip
@click.option("--recogniser", type=click.Path(path_type=Path), help="Another recogniser's weight file.")
@click.option(
    "--renders", type=click.Path(path_type=Path, file_okay=False), help="Keep the renders' measures in this folder."
)
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write all figures and answers to this file.")
@click.option("--sheet", type=click.Path(path_type=Path), help="Write a picture of clips beside renders.")
def command(
    weights: str,
    prompts: str,
    count: int | None,
    seconds: int,
    minute: int,
    steps: int | None,
    guidance: float | None,
    exact: bool,
    blocking: bool,
    recogniser: Path | None,
    renders: Path | None,
    out: Path | None,
    sheet: Path | None,
) -> None:
    """Generate clips for fixed prompts and measure them beside the worlds' own renders of the same prompts.

    A recogniser that no generator was trained with tells place, subject, colour, hour, weather, look, shot size and
    camera move of both. The share is the accuracy on generated clips over that on renders.
    """
    from ..training.evaluation_run import EvaluationRun, evaluate_model

    lists = LISTS if prompts == "all" else (prompts,)
    run = EvaluationRun(
        weights, lists, count, seconds, minute, steps, guidance, exact, blocking, recogniser, renders, out, sheet
    )
    with progress("evaluating") as report:
        figures = evaluate_model(run, report)
    for name, found in figures["lists"].items():
        _print_list(name, found)
    if figures.get("minute"):
        _print_minute(figures["minute"])
    for path in (out, sheet):
        if path:
            click.echo(f"wrote {path}")


def _print_list(name: str, found: dict) -> None:
    click.echo(f"{name}: {found['clips']} clips of {found['seconds']} s, {found['generation_seconds']:.0f} s to make")
    click.echo(f"  {'':<10}{'asked':>6}{'generated':>12}{'renders':>10}{'share':>8}")
    for attribute, row in found["attributes"].items():
        share = f"{row['share']:.2f}" if row["share"] is not None else "-"
        accuracy = f"{row['generated']:.2f} ±{row['error']:.2f}"
        click.echo(f"  {attribute:<10}{row['asked']:>6}{accuracy:>12}{row['renders']:>10.2f}{share:>8}")
    if found["frechet"]:
        distance = found["frechet"]
        many = f"{distance['clips_a_side']} clips a side, {distance['directions']} directions"
        click.echo(f"  Frechet distance {distance['generated']:.2f}, renders {distance['renders']:.2f} ({many})")
    for figure in ("motion", "flicker"):
        click.echo(f"  {figure} {found[figure]['generated']:.2f}, renders {found[figure]['renders']:.2f} of 255")


def _print_minute(found: dict) -> None:
    click.echo(f"a minute: {found['clips']} clips")
    click.echo(f"  {'':<10}{'first 5 s':>12}{'renders':>10}{'last 5 s':>12}{'renders':>10}")

    def line(name: str, first: dict[str, float], last: dict[str, float]) -> None:
        numbers = (f"{end['generated']:>12.2f}{end['renders']:>10.2f}" for end in (first, last))
        click.echo(f"  {name:<10}{''.join(numbers)}")

    for attribute, row in found["first"].items():
        line(attribute, row, found["last"][attribute])
    line("flicker", found["flicker_first"], found["flicker_last"])
    drift = found["colour_drift"]
    click.echo(f"  colour drift {drift['generated']:.2f}, renders {drift['renders']:.2f} (CIELAB)")
