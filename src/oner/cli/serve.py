"""`oner serve`: the Videos API from this machine."""

from pathlib import Path

import click

from .options import examples


@click.command(
    epilog=examples("oner serve", "oner serve --engine worlds --port 9000", "oner serve --config serve.toml")
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at; others need a key.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free port.")
@click.option(
    "--engine",
    "engines",
    multiple=True,
    help="Engine to run; may be repeated, the first is the default.  [default: those that ship]",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes that make videos, for each engine.  [default: one for each core]",
)
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    help="Folder for videos and the ledger.  [default: oner/serve among the user's data]",
)
@click.option(
    "--config", type=click.Path(path_type=Path), help="Settings file.  [default: serve.toml in the store's folder]"
)
@click.option("--nearest", is_flag=True, help="Make the nearest where an engine cannot make a size, length or model.")
def command(host, port, engines, workers, store, config, nearest) -> None:
    """Serve the Videos API that Sora had: point the openai client's base_url here. Stop with Ctrl-C at any time."""
    from dataclasses import replace

    from ..server.running import serve
    from ..settings import read_settings, serving_folder
    from ..studio.serving import all_engines, default_workers

    store = store or serving_folder()
    if config is None and (store / "serve.toml").is_file():
        config = store / "serve.toml"
    settings = read_settings(config)
    if nearest:
        settings = replace(settings, nearest=True)
    engines = tuple(dict.fromkeys(engines)) or all_engines()
    workers = workers or default_workers(engines[0])

    def started(address: str) -> None:
        click.echo(f"serving {', '.join(engines)} at {address}/v1 ({workers} workers, store {store})", err=True)

    serve(store, settings, engines, host, port, workers, started)
