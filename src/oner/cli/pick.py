"""`oner pick`: choose the take of a shot."""

import json

import click

from .options import examples, json_option, project_option


@click.command(epilog=examples("oner pick verse1-2 3", "oner pick verse1-2 auto   (leave it to the judge again)"))
@click.argument("shot")
@click.argument("take")
@project_option
@json_option
def command(project, shot: str, take: str, as_json: bool) -> None:
    """Show SHOT with its take number TAKE; `auto` leaves the choice to the judge again."""
    from ..studio import hearing, rushes
    from ..studio.project import open_project
    from ..studio.writing import storyboard_of

    project = open_project(project)
    storyboard = storyboard_of(project, hearing.listen(project))
    chosen = rushes.pick(project, storyboard, shot, take)
    if as_json:
        click.echo(json.dumps({"shot": shot, "take": chosen.number if chosen else None, "automatic": chosen is None}))
    elif chosen is None:
        click.echo(f"shot {shot}: the judge chooses")
    else:
        click.echo(f"shot {shot}: take {chosen.number} is picked")
