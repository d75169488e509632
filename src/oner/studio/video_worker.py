"""The server's worker: makes the takes that videos wait for and joins what is put together, then waits for more.

`python -m oner.studio.video_worker --idle SECONDS STORE --engine NAME` is how `oner serve` starts it. It ends, giving
its job back, when its standard input closes; by itself after that many seconds without work.
"""

import argparse
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from ..engines import open_engine
from ..errors import Cancelled, OnerError
from ..film import Engine
from ..media import probe
from ..media.joining import join
from ..store import Files, Ledger
from ..store.assemblies import Assemblies, Assembly
from ..store.ledger import LEASE_SECONDS
from .worker import until_told, work, worker_name

LOOK_SECONDS = 0.1  # between two looks for work
RENEW_SECONDS = 1.0  # between two renewals of the right to join
SILENT_SECONDS = 60  # after which a join that does not move ends its process, whatever it hangs in; another takes over


def main(arguments: Sequence[str] | None = None) -> int:
    """Work until told to stop or idle for long. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="oner.studio.video_worker", description="Make the videos that a server owes.")
    parser.add_argument("--idle", type=float, default=600.0)
    parser.add_argument("project", type=Path)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--name", default=worker_name())
    given = parser.parse_args(arguments)

    def do(ledger: Ledger, files: Files, engine: Engine, stop: threading.Event) -> None:
        attend(ledger, files, engine, given.name, stop, given.idle)

    return until_told(given.project, lambda: open_engine(given.engine), do)


def attend(ledger: Ledger, files: Files, engine: Engine, name: str, stop: threading.Event, idle: float) -> None:
    """Make takes and join parts as they come, until `stop` or `idle` seconds without work."""
    assemblies = Assemblies(ledger.database, files)
    join_next = lambda: _join_next(assemblies, files, engine, name)
    worked = time.monotonic()
    while not stop.is_set() and time.monotonic() - worked < idle:
        if ledger.waiting(engine.name):
            work(ledger, files, engine, name, stop.is_set, LEASE_SECONDS, between=join_next)
        elif not join_next():
            stop.wait(LOOK_SECONDS)
            continue
        worked = time.monotonic()
    assemblies.release(name)


def _join_next(assemblies: Assemblies, files: Files, engine: Engine, name: str) -> bool:
    """Join one video's parts if one waits; whether there was one."""
    assembly = assemblies.claim(engine.name, name)
    if assembly is None:
        return False
    out = files.scratch(f"{name}-joining") / "video.mp4"
    try:
        signal.alarm(SILENT_SECONDS)
        _join(assemblies, assembly, files, out)
        signal.alarm(0)
        assemblies.finish(assembly, out)
    except Cancelled:
        pass  # somebody else has it, or nobody wants it any more
    except OnerError as error:
        assemblies.fail(assembly, f"the parts could not be joined: {error}")
    finally:
        signal.alarm(0)
        files.sweep(f"{name}-joining")
    return True


def _join(assemblies: Assemblies, assembly: Assembly, files: Files, out: Path) -> None:
    request, renewed = assembly.request, time.monotonic()

    def report(_: float) -> None:
        nonlocal renewed
        signal.alarm(SILENT_SECONDS)
        if time.monotonic() - renewed > RENEW_SECONDS:
            renewed = time.monotonic()
            if not assemblies.renew(assembly):
                raise Cancelled("the video was removed or given to another worker")

    parts = [(files.locate(part.media or assembly.take), part.span) for part in assembly.parts]
    metadata = probe(files.locate(assembly.take)).metadata
    join(parts, out, request.width, request.height, request.rate, metadata, report)


if __name__ == "__main__":
    sys.exit(main())
