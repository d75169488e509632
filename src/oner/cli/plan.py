"""`oner plan`: what a film will cost before anything is made."""

import json
from dataclasses import asdict

import click

from .options import examples, json_option, project_option, workers_option


@click.command(
    epilog=examples("oner plan -p night-train", "oner plan -v   (also how the engine understands each prompt)")
)
@project_option
@workers_option
@click.option("-v", "--verbose", is_flag=True, help="Also show how the engine understands each prompt.")
@json_option
def command(project, workers: int | None, verbose: bool, as_json: bool) -> None:
    """Show the shots, the takes left to make, and the time, disk and money that they will need on this machine."""
    from ..studio import hearing
    from ..studio.project import open_project
    from ..studio.writing import estimate, storyboard_of

    project = open_project(project)
    storyboard = storyboard_of(project, hearing.listen(project))
    estimated = estimate(project, storyboard, workers)
    if as_json:
        costs = asdict(estimated.plan)
        for shot in costs["shots"]:
            shot["engine_notes"] = estimated.explained[shot["id"]]
        click.echo(
            json.dumps({**costs, "engine": estimated.engine, "workers": estimated.workers, "spent": estimated.spent})
        )
        return
    show(estimated, verbose)


def show(estimated, verbose: bool) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from ..studio.writing import HEADINGS, rows, totals

    cells = rows(estimated.plan)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading, column in zip(HEADINGS, zip(*cells, strict=True), strict=True):
        if heading == "prompt":
            table.add_column(heading, overflow="fold" if verbose else "ellipsis", no_wrap=not verbose)
        else:
            table.add_column(heading, min_width=max(len(heading), *map(len, column)), no_wrap=True)
    for shot, row in zip(estimated.plan.shots, cells, strict=True):
        table.add_row(*map(escape, row))
        if shot.pictures:
            table.add_row(*[""] * (len(HEADINGS) - 1), escape(shot.pictures))
        if verbose:
            notes = {name: text for name, text in estimated.explained[shot.id].items() if text}
            for name, text in notes.items():
                table.add_row(*[""] * (len(HEADINGS) - 1), escape(f"{name}: {text}"), style="dim")
    console = Console()
    if not console.is_terminal:
        console.width = 160
    console.print(table)
    for name, value in totals(estimated.plan):
        console.print(f"{name:<8}{value}", highlight=False)
    if estimated.spent:
        console.print(f"spent   ${estimated.spent:,.2f}", highlight=False)
    speed = 1 / estimated.seconds_per_frame if estimated.seconds_per_frame else 0
    each = " of" if estimated.workers == 1 else "s, each of"
    pace = f"{estimated.workers} worker{each} {speed:.1f} frames a second"
    console.print(f"engine  {estimated.engine}, {pace}", highlight=False)
