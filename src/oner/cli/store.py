"""`oner store`: the files that a project or the server keeps."""

import json
from pathlib import Path

import click

from .options import examples, json_option


@click.group(epilog=examples("oner store gc --dry-run", "oner store gc --store ~/film"))
def command() -> None:
    """Look after the files of a project or of the server."""


@command.command(epilog=examples("oner store gc", "oner store gc --dry-run --json"))
@click.option(
    "--store", type=click.Path(path_type=Path), help="A project's or the server's folder.  [default: the server's]"
)
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@json_option
def gc(store, dry_run, as_json) -> None:
    """Remove files that nothing refers to: takes, videos, characters and uploads in use all stay."""
    from ..settings import serving_folder
    from ..studio.serving import collect

    removed = collect(store or serving_folder(), dry_run)
    size = sum(bytes for _, bytes in removed)
    if as_json:
        click.echo(json.dumps({"files": len(removed), "bytes": size, "removed": not dry_run}))
    else:
        click.echo(f"{len(removed)} files, {size / 1e6:.1f} MB {'would be' if dry_run else 'were'} removed")
