"""`oner engines`: what can make clips, what fits this machine, fetching models."""

import json
from dataclasses import asdict

import click

from ..errors import InputError
from .options import examples, json_option
from .progress import progress


@click.group(
    epilog=examples(
        "oner engines list",
        "oner engines check",
        'oner engines pull wan-2.1-1.3b   (then: engine = "wan-2.1-1.3b" in film.toml)',
    )
)
def command() -> None:
    """Engines: those that come with Oner, open models through diffusers, servers with the Videos API."""


@command.command("list")
@json_option
def list_engines(as_json: bool) -> None:
    """All engines: name, whether it is on this machine, licence."""
    from ..studio.engine_shelf import shelf, user_file

    found = shelf()
    if as_json:
        models = {entry.name: entry.name in found.present for entry in found.models}
        click.echo(json.dumps({"shipped": found.shipped, "models": models, "servers": [s.name for s in found.servers]}))
        return
    for name in found.shipped:
        click.echo(f"{name:<24}here    comes with Oner")
    for server in found.servers:
        price = f"${server.price_per_second:g} a second" if server.price_per_second else "free"
        click.echo(f"{server.name:<24}server  {server.url}, {price}")
    for entry in found.models:
        click.echo(f"{entry.name:<24}{'here' if entry.name in found.present else '-':<8}{entry.title}; {entry.licence}")
    click.echo(f"your own models and servers: {user_file()}")


@command.command()
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Everything about one engine: what it can do, what it needs, what its licence says."""
    from ..studio.engine_shelf import facts

    lines = facts(name)
    if as_json:
        click.echo(json.dumps(dict(lines)))
        return
    for heading, text in lines:
        click.echo(f"{heading:<14}{text}")


@command.command()
@click.argument("name", required=False)
@click.option("--gpu", metavar="NAME", help='Judge a machine with this card instead, such as "RTX 4090".')
@click.option("--vram", type=click.FloatRange(0), metavar="GB", help="Memory of that card.")
@click.option("--ram", type=click.FloatRange(0), metavar="GB", help="Memory of that machine.")
@click.option("--disk", type=click.FloatRange(0), metavar="GB", help="Free disk of that machine.")
@json_option
def check(name: str | None, gpu: str | None, vram: float | None, ram, disk, as_json: bool) -> None:
    """Which models fit this machine, in which mode, and about how long a clip takes."""
    from dataclasses import replace

    from ..studio.engine_shelf import checks, this_machine

    if (gpu is None) != (vram is None):
        raise InputError("give --gpu and --vram together")
    machine = this_machine()
    machine = replace(
        machine,
        gpu=gpu if gpu is not None else machine.gpu,
        vram=vram if vram is not None else machine.vram,
        ram=ram if ram is not None else machine.ram,
        disk=disk if disk is not None else machine.disk,
    )
    machine, found = checks(machine, name)
    if as_json:
        rows = [
            {
                "name": fit.entry.name,
                "modes": fit.modes,
                "seconds": fit.seconds,
                "known": fit.known,
                "lacking": fit.lacking,
            }
            for fit in found
        ]
        click.echo(json.dumps({"machine": asdict(machine), "engines": rows}))
        return
    card = f"{machine.gpu} with {machine.vram:.1f} GB" if machine.gpu else f"no GPU, {machine.tflops:.2f} TFLOP/s"
    click.echo(f"{card}; {machine.ram:.0f} GB of memory, {machine.disk:.0f} GB of disk free")
    for fit in found:
        if fit.lacking:
            click.echo(f"{fit.entry.name:<24}no: {fit.lacking}")
            continue
        time = (
            f"about {_duration(fit.seconds)} for {fit.clip_seconds:.1f} s" if fit.seconds else "no figure for its speed"
        )
        click.echo(f"{fit.entry.name:<24}{', '.join(fit.modes):<36}{time} ({fit.known})")


@command.command()
@click.argument("name")
@click.option("--accept-licence", is_flag=True, help="Accept the licence without being asked.")
@click.option("--yes", is_flag=True, help="Fetch without being asked.")
def pull(name: str, accept_licence: bool, yes: bool) -> None:
    """Fetch a model: its licence and size are shown first; a broken download goes on where it broke."""
    from ..studio import engine_shelf

    entry = engine_shelf.entry_of(name)
    if not engine_shelf.accepted(entry):
        click.echo(f"{entry.title}\nlicence  {entry.licence}  {entry.licence_url}\nterms    {entry.terms}")
        if not accept_licence and not click.confirm("Do you accept this licence?", err=True):
            raise InputError(f"the licence of {name} was not accepted: nothing was fetched")
        engine_shelf.accept(entry)
    remote = engine_shelf.size_of(entry)
    click.echo(f"{remote.bytes / 1e9:.1f} GB in {remote.files} files, {remote.left / 1e9:.1f} GB to fetch", err=True)
    if remote.left > 10**8 and not yes and not click.confirm("Fetch it now?", default=True, err=True):
        return
    with progress(f"fetching {name}") as report:
        folder = engine_shelf.pull(entry, lambda have, whole: report(have / max(whole, 1), f"{have / 1e9:.1f} GB"))
    click.echo(f'{name} is in {folder}: write engine = "{name}" in film.toml')


@command.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Remove without being asked.")
def remove(name: str, yes: bool) -> None:
    """Delete a model that was fetched; takes made with it stay."""
    from ..studio import engine_shelf

    entry = engine_shelf.entry_of(name)
    if not yes and not click.confirm(f"Delete {entry.place}?", err=True):
        return
    click.echo(f"{name} removed: {engine_shelf.remove(entry) / 1e9:.1f} GB are free again")


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172800 else f"{seconds / 86400:.0f} days"
