"""What goes on beside the server's answers: workers are kept alive, expired videos are swept."""

import logging
import re
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..errors import EngineError, OnerError
from ..film import Engine
from ..store.answers import forget_old_answers
from ..store.assemblies import Assemblies
from ..store.figures import engine_figures
from ..store.garbage import collect_garbage
from .serving_store import ServingStore
from .shoot_crew import Crew

LOG = logging.getLogger("oner.server")
LOOK_SECONDS = 0.2  # between two looks at the workers
SWEEP_SECONDS = 60.0
GARBAGE_SECONDS = 3600.0  # refused orders leave the pictures that came with them
IDLE_SECONDS = 600.0  # after which a worker without work ends and frees its engine's memory
WORKER = (sys.executable, "-m", "oner.studio.video_worker", "--idle", str(IDLE_SECONDS))


def fail_outdated(store: ServingStore, engines: Iterable[str]) -> None:
    """Fail jobs that wait for an older version of an engine: nobody can make them any more.

    Jobs of engines that merely are not run today go on waiting. Names are such as worlds@1 and native/0a1b2c.
    """
    now = {re.split("[@/]", full)[0]: full for full in engines}
    for figures in engine_figures(store.database):
        newer = now.get(re.split("[@/]", figures.engine)[0], figures.engine)
        if figures.queued and newer != figures.engine:
            words = f"it was ordered from {figures.engine}, this server has {newer}: order it again"
            store.ledger.fail_queued(figures.engine, words)
        elif figures.queued and figures.engine not in engines:
            LOG.warning("%d jobs wait for %s, which is not run", figures.queued, figures.engine)


class Attendance:
    """Workers for a store's engines, as a context manager; they run in a thread until it ends."""

    def __init__(self, folder: Path, engines: Mapping[str, tuple[Engine, int]]):
        """`engines` are engines and numbers of their workers by the names that open them."""
        self.folder, self.engines = folder, engines
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="workers", daemon=True)

    def __enter__(self) -> "Attendance":
        with ServingStore(self.folder) as store:
            # Nobody else is at work here, so whatever is marked as running was left by the dead.
            store.ledger.release_all(store.files)
            Assemblies(store.database, store.files).release()
            store.files.sweep()
            fail_outdated(store, [engine.name for engine, _ in self.engines.values()])
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with ServingStore(self.folder) as store:
            crews = {
                engine.name: Crew(self.folder, name, engine, workers, store.ledger, store.files, WORKER)
                for name, (engine, workers) in self.engines.items()
            }
            swept, collected = 0.0, time.monotonic()
            try:
                while not self._stop.wait(LOOK_SECONDS):
                    for full, crew in crews.items():
                        self._keep_up(store, full, crew)
                    if time.monotonic() - swept > SWEEP_SECONDS:
                        swept = time.monotonic()
                        self._sweep(store)
                        if swept - collected > GARBAGE_SECONDS:
                            collected = swept
                            self._collect(store)
            finally:
                for crew in crews.values():
                    crew.stop()

    def _keep_up(self, store: ServingStore, engine: str, crew: Crew) -> None:
        try:
            crew.keep_up(store.videos.work_left(engine))
        except EngineError as error:
            LOG.error("%s", error)
            crew.stop()
            store.ledger.fail_queued(engine, str(error))
        except OnerError as error:  # a full disk, say: it may pass
            LOG.error("%s", error)
            self._stop.wait(1.0)
        except Exception:  # no memory for a process, or a fault of ours: without this thread nothing is made any more
            LOG.exception("the workers of %s", engine)
            self._stop.wait(1.0)

    def _sweep(self, store: ServingStore) -> None:
        try:
            if expired := store.videos.expire():
                LOG.info("%d videos have expired", expired)
            forget_old_answers(store.database)
            store.events.forget_old()
        except OnerError as error:
            LOG.error("%s", error)

    def _collect(self, store: ServingStore) -> None:
        try:
            removed = collect_garbage(store.database, store.files)
            LOG.info("%d files that nothing refers to were removed", len(removed))
        except (OnerError, OSError) as error:
            LOG.error("%s", error)
