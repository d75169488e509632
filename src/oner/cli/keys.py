"""`oner keys`: who may use the server."""

import json
import time
from pathlib import Path

import click

from .options import examples, json_option

store_option = click.option(
    "--store", type=click.Path(path_type=Path), help="The server's folder.  [default: oner/serve among the user's data]"
)


@click.group(epilog=examples("oner keys add anna --seconds-per-day 600", "oner keys list", "oner keys revoke anna"))
def command() -> None:
    """Keys of the server: whoever has one sees its own videos only. Without any key, this machine alone is served."""


@command.command(epilog=examples("oner keys add anna --queued 20 --storage 5000000000"))
@click.argument("name")
@click.option("--queued", type=click.IntRange(1), help="Videos that may wait or be made at a time.")
@click.option("--seconds-per-day", type=click.FloatRange(0), help="Seconds of video that may be ordered a day (UTC).")
@click.option("--storage", type=click.IntRange(1), metavar="BYTES", help="Bytes that its files may take.")
@store_option
@json_option
def add(name, queued, seconds_per_day, storage, store, as_json) -> None:
    """Make a key. It is shown once; only its hash is kept."""
    from ..studio.serving import key_limits

    with opened(store) as opened_store:
        key, secret = opened_store.keys.add(name, key_limits(queued, seconds_per_day, storage))
    if as_json:
        click.echo(json.dumps({"id": key.id, "name": key.name, "key": secret}))
    else:
        click.echo(secret)
        click.echo(f"the key of {key.name}: it cannot be shown again", err=True)


@command.command("list", epilog=examples("oner keys list"))
@store_option
@json_option
def list_keys(store, as_json) -> None:
    """List the keys, without their secrets."""
    with opened(store) as opened_store:
        keys = opened_store.keys.all()
    rows = [
        {
            "id": key.id,
            "name": key.name,
            "key": key.hint,
            "created": day(key.created),
            "revoked": day(key.revoked),
            "queued": key.limits.queued,
            "seconds_per_day": key.limits.seconds_per_day,
            "storage": key.limits.bytes,
        }
        for key in keys
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        limits = [f"{name} {row[name]:g}" for name in ("queued", "seconds_per_day", "storage") if row[name] is not None]
        state = f"revoked {row['revoked']}" if row["revoked"] else f"since {row['created']}"
        click.echo(f"{row['name']:<20} {row['key']:<20} {state}  {', '.join(limits)}".rstrip())
    if not rows:
        click.echo("no keys: the server serves this machine alone, without asking", err=True)


@command.command(epilog=examples("oner keys revoke anna"))
@click.argument("name")
@store_option
def revoke(name, store) -> None:
    """Make a key useless at once. Its videos stay."""
    with opened(store) as opened_store:
        key = opened_store.keys.revoke(name)
    click.echo(f"revoked the key of {key.name}", err=True)


def opened(store: Path | None):
    from ..settings import serving_folder
    from ..studio.serving_store import ServingStore

    return ServingStore(store or serving_folder())


def day(moment: float | None) -> str | None:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment)) if moment else None
