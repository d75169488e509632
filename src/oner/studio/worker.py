"""A worker: a process that claims jobs from a project's ledger and makes their takes, one after another.

`python -m oner.studio.worker PROJECT --engine NAME` is how `shoot` starts it. It stops cleanly, giving its job back,
when its standard input closes: on request, and just as well when the process that started it is gone.
"""

import argparse
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ..engines import open_engine
from ..errors import Cancelled, EngineError, OnerError, RequestError
from ..film import ClipRequest, Engine
from ..media import probe
from ..store import Claim, Files, Ledger, open_store
from ..store.ledger import LEASE_SECONDS
from .spending import check_budget

STAY_SECONDS = 0.25  # between two looks of a worker that stays: a round is planned in about as long
HEARTBEAT_SECONDS = 0.3  # between two notes of progress: often enough to watch, seldom enough to cost nothing


def main(arguments: Sequence[str] | None = None, open_engine: Callable[[str], Engine] = open_engine) -> int:
    """Work until nothing is left to claim; with `--stay`, having made something, until told to stop.

    Returns the exit code.
    """
    parser = argparse.ArgumentParser(prog="oner.studio.worker", description="Make the takes that a project waits for.")
    parser.add_argument("project", type=Path)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--name", default=worker_name())
    parser.add_argument("--lease", type=float, default=LEASE_SECONDS, help="seconds without a report until others try")
    parser.add_argument("--stay", action="store_true", help="having made a take, wait for more with the model loaded")
    given = parser.parse_args(arguments)

    def do(ledger: Ledger, files: Files, engine: Engine, stop: threading.Event) -> None:
        made = work(ledger, files, engine, given.name, stop.is_set, given.lease)
        while given.stay and made and not stop.wait(STAY_SECONDS):  # one that made nothing may never make anything
            if ledger.waiting(engine.name):
                work(ledger, files, engine, given.name, stop.is_set, given.lease)

    return until_told(given.project, lambda: open_engine(given.engine), do)


def until_told(
    project: Path, opened: Callable[[], Engine], do: Callable[[Ledger, Files, Engine, threading.Event], None]
) -> int:
    """Open engine and store, `do` until it ends or the event says stop, close. Returns the process's exit code."""
    stop = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the one who started us decides
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threading.Thread(target=stop_at_end_of_input, args=(stop,), daemon=True).start()
    try:
        engine = opened()
        ledger, files = open_store(project)
        with ledger:
            do(ledger, files, engine, stop)
        engine.close()
    except OnerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def worker_name() -> str:
    """A name that no other worker has or had."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


def stop_at_end_of_input(stop: threading.Event) -> None:
    while os.read(0, 1024):
        pass
    stop.set()


def work(
    ledger: Ledger,
    files: Files,
    engine: Engine,
    worker: str,
    stopped: Callable[[], bool] = lambda: False,
    lease: float = LEASE_SECONDS,
    between: Callable[[], object] = lambda: None,
) -> int:
    """Make takes until none waits or `stopped()`; return how many. What an engine raises fails its job, not this.

    `between` is called after every take.
    """
    scratch = files.scratch(worker)
    made = 0
    try:
        while not stopped() and (claim := ledger.claim(engine.name, worker, lease)):
            made += _make(ledger, files, engine, claim, scratch / "take.mp4", stopped, lease)
            between()
    finally:
        ledger.release(worker)
        files.sweep(worker)
    return made


def _make(
    ledger: Ledger,
    files: Files,
    engine: Engine,
    claim: Claim,
    clip: Path,
    stopped: Callable[[], bool],
    lease: float,
) -> bool:
    request, started = claim.job.request, time.perf_counter()
    created = datetime.now(UTC).isoformat(timespec="seconds")
    noted = time.monotonic()

    def report(progress: float, _: str) -> None:
        nonlocal noted
        if stopped():
            raise Cancelled("the shoot was stopped")
        if time.monotonic() - noted >= HEARTBEAT_SECONDS:
            if not ledger.heartbeat(claim, progress, lease):
                raise Cancelled("the job was given to another worker")
            noted = time.monotonic()

    try:
        if claim.leftover:
            ledger.clear_arrival(claim, files)
        check_budget(ledger, engine, request)
        engine.render(request, files.locate, clip, report)
        _check_delivery(engine, request, clip)
        notes = engine.explain(request)
        return ledger.finish(claim, clip, files, created, time.perf_counter() - started, notes) is not None
    except Cancelled:
        ledger.release(claim.worker)
    except RequestError as error:  # the next try would say the same
        ledger.fail(claim, str(error), final=True)
    except OnerError as error:
        ledger.fail(claim, str(error))
    except Exception as error:  # a fault of an engine must not cost the other takes
        ledger.fail(claim, f"{engine.name} failed: {type(error).__name__}: {error}")
    finally:
        clip.unlink(missing_ok=True)
    return False


def _check_delivery(engine: Engine, request: ClipRequest, clip: Path) -> None:
    video = probe(clip).video
    wanted = (request.width, request.height, request.frames, request.rate)
    got = video and (video.width, video.height, video.frames, video.rate)
    if got != wanted:
        raise EngineError(f"{engine.name} delivered {got} (width, height, frames, rate) instead of {wanted}")


if __name__ == "__main__":
    sys.exit(main())
