"""`oner rushes`: judge the takes and look at them."""

import json

import click

from .options import examples, json_option, project_option
from .progress import progress


@click.command(epilog=examples("oner rushes   (then open rushes/index.html in a browser)"))
@project_option
@json_option
def command(project, as_json: bool) -> None:
    """Judge every take and write a contact sheet (rushes/sheet.png) and a page to watch them (rushes/index.html)."""
    from ..studio import hearing, rushes
    from ..studio.project import open_project
    from ..studio.writing import storyboard_of

    project = open_project(project)
    storyboard = storyboard_of(project, hearing.listen(project))
    with progress("judging", quiet=as_json) as report:
        seen = rushes.show(project, storyboard, report)
    if as_json:
        click.echo(json.dumps(rushes.as_json(seen)))
        return
    for line in rushes.lines(seen):
        click.echo(line)
    click.echo(f"open {project.rushes / 'index.html'}   (contact sheet: {project.rushes / 'sheet.png'})")
