"""Workers of a shoot that render on a Ray cluster: the ledger stays here, the engines are there.

Every actor has a thread here that does what a local worker does, with an engine whose clips come over the network. So
claims, leases, budgets, checks and the finish of a take are those of `worker.work`; no node ever sees the ledger.
"""

import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from .. import __version__
from ..errors import Cancelled, EngineError, OnerError, RequestError
from ..film import ClipRequest, Engine, Locate, MediaRef, Report, from_json, to_json
from ..store import Files, Ledger, open_store
from ..store.ledger import LEASE_SECONDS
from .ray_actor import TakeMaker
from .shoot_crew import STOP_SECONDS, IdleEnds, silent
from .worker import work, worker_name

LOOK_SECONDS = 0.2  # between two looks at a take that is being made
PIECE = 4 * 2**20  # bytes of a file that travel at a time
ROOM_SECONDS = 60.0  # until a cluster without room for a single actor is given up; a growing one may find some
END_SECONDS = 5.0  # for an actor to remove its files


class RemoteEngine:
    """An engine whose clips an actor renders. Once the actor is `lost` (words), everything raises EngineError."""

    def __init__(self, ray: ModuleType, actor: Any, engine: Engine, stop: threading.Event):
        self.ray, self.actor, self.engine, self.stop = ray, actor, engine, stop
        self.name, self.limits = engine.name, engine.limits
        self.lost: str | None = None
        self.began = False  # it had something to make
        self._made: tuple[ClipRequest | None, dict[str, str]] = (None, {})

    def check(self, request: ClipRequest) -> None:
        self.engine.check(request)

    def explain(self, request: ClipRequest) -> dict[str, str]:
        made, notes = self._made
        return notes if made == request else self.engine.explain(request)

    def render(self, request: ClipRequest, locate: Locate, out: Path, report: Report) -> None:
        self.began = True
        report(0.0, "sending what is given" if request.files else "starting")
        try:
            self._send(set(request.files), locate, report)
            made = self._watch(self.actor.render.remote(to_json(request)), report)
            self._fetch(from_json(made["media"], MediaRef), out, report)
        except self.ray.exceptions.RayError as error:
            out.unlink(missing_ok=True)
            self.lost = self.lost or _words(error)
            raise EngineError(f"the cluster lost its worker: {self.lost}") from error
        except BaseException:
            out.unlink(missing_ok=True)
            raise
        self._made = (request, made["notes"])

    def close(self) -> None:
        """Free what the actor holds, and the actor."""
        if self.lost is None:
            with suppress(self.ray.exceptions.RayError):
                self.ray.get(self.actor.end.remote(), timeout=END_SECONDS)
        self.kill()

    def kill(self, reason: str = "it was stopped") -> None:
        """End the actor whatever it does; what waits for it raises."""
        self.lost = self.lost or reason
        self.ray.kill(self.actor)

    def _send(self, given: set[MediaRef], locate: Locate, report: Report) -> None:
        """Bring files that the actor does not have yet."""
        refs = sorted(given, key=lambda ref: ref.sha256)
        names = [to_json(ref) for ref in refs]
        for number in self._call(self.actor.lacks, names) if names else ():
            with locate(refs[number]).open("rb") as file:
                offset = 0
                while data := file.read(PIECE):
                    if words := self._call(self.actor.take_in, names[number], offset, data):
                        raise EngineError(words)
                    offset += len(data)
                    report(0.0, "sending what is given")

    def _watch(self, rendering: Any, report: Report) -> dict[str, Any]:
        """Wait for a take, passing its reports on: only these renew the lease."""
        state, told = self.actor.state.options(concurrency_group="watch"), 0
        try:
            while not self.ray.wait([rendering], timeout=LOOK_SECONDS)[0]:
                if self.stop.is_set():
                    raise Cancelled("the shoot was stopped")
                reports, progress, words = self._call(state)
                if reports != told:
                    told = reports
                    report(progress, words)
        except Cancelled:
            self._call(self.actor.cancel.options(concurrency_group="watch"))
            if not self.ray.wait([rendering], timeout=STOP_SECONDS)[0]:
                self.kill("it did not stop")
            raise
        made = self.ray.get(rendering)
        if "error" in made:
            kind, words = made["error"]
            raise {"cancelled": Cancelled, "request": RequestError}.get(kind, EngineError)(words)
        return made

    def _fetch(self, media: MediaRef, out: Path, report: Report) -> None:
        """Bring the take here. Raises EngineError if it is not what was made there."""
        digest, offset = hashlib.sha256(), 0
        with out.open("wb") as file:
            while offset < media.bytes:
                data = self._call(self.actor.read, offset, PIECE)
                if not data:
                    break
                digest.update(data)
                file.write(data)
                offset += len(data)
                report(1.0, "fetching")
        if digest.hexdigest() != media.sha256:
            raise EngineError(f"a take arrived damaged: {offset} of {media.bytes} bytes, {digest.hexdigest()}")

    def _call(self, method: Any, *arguments: Any) -> Any:
        """An answer within a lease's time; an actor that does not answer is ended."""
        try:
            return self.ray.get(method.remote(*arguments), timeout=LEASE_SECONDS)
        except self.ray.exceptions.GetTimeoutError:
            self.kill("it did not answer")
            raise


class _Member:
    """An actor and the thread here that works with it."""

    def __init__(self, crew: "RayCrew"):
        self.name = worker_name()
        self.stop = threading.Event()
        self.ready = False
        self.reason: str | None = None  # why it ended, if not because nothing was left
        self.mismatch: OnerError | None = None
        self.engine = RemoteEngine(crew.ray, crew.actor(), crew.engine, self.stop)
        self.thread = threading.Thread(target=self._run, args=(crew,), name=self.name, daemon=True)
        self.thread.start()

    def _run(self, crew: "RayCrew") -> None:
        try:
            described = crew.ray.wait([found := self.engine.actor.describe.remote()], timeout=LOOK_SECONDS)[0]
            while not described and not self.stop.is_set():
                described = crew.ray.wait([found], timeout=LOOK_SECONDS)[0]
            if self.stop.is_set():
                self.engine.kill()  # it may never have begun
                return
            check_node(crew.ray.get(found), self.engine.name)
            self.ready = True
            ledger, files = open_store(crew.project)
            with ledger:
                work(ledger, files, self.engine, self.name, lambda: self.stop.is_set() or self.engine.lost is not None)
            self.reason = None if self.stop.is_set() else self.engine.lost
        except _Mismatch as error:
            self.mismatch = error
        except crew.ray.exceptions.RayError as error:
            self.reason = _words(error)
        except Exception as error:  # as with a local worker, what ended it is told by the crew
            self.reason = f"{error}" if isinstance(error, OnerError) else f"{type(error).__name__}: {error}"
        finally:
            self.engine.close()


class RayCrew:
    """Up to `count` actors on a project; does what `shoot_crew.Crew` does with processes."""

    def __init__(
        self,
        ray: ModuleType,
        project: Path,
        name: str,
        engine: Engine,
        count: int,
        share: tuple[float, float],
        room: Callable[[], str],
        ledger: Ledger,
        files: Files,
    ):
        """`name` opens the engine on a node, `share` are the (CPUs, GPUs) of each actor.

        `room` says in words why no node has room for a single actor; empty if one has.
        """
        self.ray, self.project, self.name, self.engine, self.count = ray, project, name, engine, count
        self.share, self.room, self.ledger, self.files = share, room, ledger, files
        self.deaths = 0
        self._maker = ray.remote(concurrency_groups={"watch": 1})(TakeMaker)
        self._idle_ends = IdleEnds("actors", name, count)
        self._started: float | None = time.monotonic()  # None once an actor has begun
        self._members: list[_Member] = []

    def actor(self) -> Any:
        """A new actor. It is never restarted by Ray: a new one with a new name takes its place."""
        cpus, gpus = self.share
        options = self._maker.options(num_cpus=cpus, num_gpus=gpus, max_restarts=0, max_task_retries=0)
        return options.remote(self.name, max(1, int(cpus)))

    def keep_up(self, jobs: int) -> None:
        """Replace what was lost, and start as many actors as `jobs` unfinished jobs can use.

        Raises EngineError if a node has another Oner or engine, none has room, or actors keep dying before they begin.
        """
        self._idle_ends.wait_for(jobs)
        self._remove_silent()
        for member in [member for member in self._members if not member.thread.is_alive()]:
            self._bury(member)
        self._check_room()
        while len(self._members) < min(self.count, jobs):
            self._members.append(_Member(self))

    def stop(self) -> None:
        """Ask every actor to give its job back and end; end those that do not."""
        members = self._members
        for member in members:
            member.stop.set()
        try:
            limit = time.monotonic() + STOP_SECONDS
            for member in members:
                member.thread.join(max(0.0, limit - time.monotonic()))
        except KeyboardInterrupt:  # a second Ctrl-C: at once
            pass
        finally:
            self._members = []
            for member in members:
                if member.thread.is_alive():
                    member.engine.kill()
            for member in members:
                member.thread.join(END_SECONDS)
                self.files.sweep(member.name)
            for member in members:  # last, because a ledger on a full disk refuses this
                self.ledger.release(member.name)

    def _bury(self, member: _Member) -> None:
        self._members.remove(member)
        if member.mismatch is not None:
            raise EngineError(str(member.mismatch))
        if member.reason is None:  # it found nothing to claim
            self._idle_ends.found_nothing()
            return
        self.deaths += 1
        self.ledger.release(member.name, f"its actor was lost: {member.reason}")
        self.files.sweep(member.name)
        self._idle_ends.died(member.engine.began, member.reason)

    def _remove_silent(self) -> None:
        for member in silent(self.ledger, self.engine.name, self._members):
            member.engine.kill("it fell silent")  # its thread notes that and ends

    def _check_room(self) -> None:
        if self._started is None or any(member.ready for member in self._members):
            self._started = None
        elif self._members and time.monotonic() - self._started > ROOM_SECONDS and (words := self.room()):
            raise EngineError(words)


class _Mismatch(EngineError):
    """A node that must not take part."""


def check_node(found: dict[str, Any], engine: str) -> None:
    """Compare what a node has (`TakeMaker.describe`) with what is here. Raises EngineError naming the node."""
    node = found["node"]
    if found["oner"] != __version__:
        raise _Mismatch(
            f"node {node} has Oner {found['oner']}, here it is {__version__}: `pip install oner=={__version__}` there"
        )
    if found["error"]:
        raise _Mismatch(f"node {node}: {found['error']}")
    if found["engine"] != engine:
        raise _Mismatch(
            f"node {node} has the engine {found['engine']}, here it is {engine}: the same weights and the same "
            "engines.toml have to be on every node"
        )


def _words(error: Exception) -> str:
    """The part of Ray's words that says what happened."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = [line for line in lines if "died" in line or "Error" in line or "missing" in line]
    return (said or lines or [type(error).__name__])[-1].rstrip(".")
