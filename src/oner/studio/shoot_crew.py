"""The worker processes of a shoot: started, watched, replaced when they die, stopped cleanly."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

from ..errors import EngineError
from ..film import Engine
from ..store import Files, Ledger
from .worker import worker_name

M = TypeVar("M")  # a member of a crew: it has a name
C = TypeVar("C")  # a crew: of processes, or of a cluster's actors
WORKER = (sys.executable, "-m", "oner.studio.worker")
STOP_SECONDS = 15.0  # an engine reports every frame; one that does not within this time is killed
IDLE_EXITS = 20  # workers that find nothing to claim while as many takes wait as before
IDLE_DEATHS = 3  # workers that die in a row before they claim anything: the engine cannot run here


def cores() -> int:
    """CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class IdleEnds:
    """Counts workers that end without having made anything, and raises EngineError when that leads nowhere."""

    def __init__(self, kind: str, engine: str, count: int):
        """`kind` is what they are called ("workers"), `count` how many there are at a time."""
        self.kind, self.engine, self.most_deaths = kind, engine, max(IDLE_DEATHS, count + 1)
        self._waiting, self._exits, self._deaths = 0, 0, 0

    def wait_for(self, jobs: int) -> None:
        """So many takes wait now; where their number changes, something is being made."""
        if jobs != self._waiting:
            self._exits, self._waiting = 0, jobs

    def found_nothing(self) -> None:
        """One ended well because it found nothing to claim."""
        self._deaths = 0
        self._exits += 1
        if self._exits >= IDLE_EXITS:
            raise EngineError(
                f"{self._waiting} takes wait and the {self.kind} of {self.engine!r} find nothing to make: engines.toml "
                "or Oner itself was changed meanwhile; the same command goes on with what stands there now"
            )

    def died(self, began: bool, words: str) -> None:
        """One died, after it began to make something or before; `words` say why."""
        self._deaths = 0 if began else self._deaths + 1
        if self._deaths >= self.most_deaths:
            raise EngineError(f"{self.kind} with the engine {self.engine!r} keep dying before they begin: {words}")


def silent(ledger: Ledger, engine: str, members: Sequence[M]) -> Iterator[M]:
    """Those of `members` whose lease has run out; what such a worker held that is none of them is given back."""
    known = {member.name: member for member in members}
    for name in ledger.overdue(engine):
        if name in known:
            yield known[name]
        else:
            ledger.release(name, "its worker fell silent")


@dataclass
class _Member:
    name: str
    process: subprocess.Popen
    errors: IO[bytes]

    def last_words(self) -> str:
        """The end of what the worker wrote to its standard error."""
        self.errors.seek(0)
        lines = self.errors.read()[-4000:].decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


class Crew:
    """Up to `count` workers on a project; `stop` leaves none running."""

    def __init__(
        self,
        project: Path,
        name: str,
        engine: Engine,
        count: int,
        ledger: Ledger,
        files: Files,
        command: Sequence[str] = WORKER,
        stays: bool = False,
    ):
        """`name` opens the engine in a worker. With `stays` workers that have made something wait for more."""
        self.stays = stays
        self.project, self.name, self.engine, self.count = project, name, engine, count
        self.ledger, self.files, self.command = ledger, files, tuple(command)
        self.deaths = 0
        self._idle_ends = IdleEnds("workers", name, count)
        self._members: list[_Member] = []

    def keep_up(self, jobs: int) -> None:
        """Bury the dead, giving their jobs back, and start as many workers as `jobs` unfinished jobs can use.

        Raises EngineError, with the workers' own words, if they keep dying before they have begun.
        """
        self._idle_ends.wait_for(jobs)
        self._remove_silent()
        for member in [member for member in self._members if member.process.poll() is not None]:
            self._bury(member)
        while len(self._members) < min(self.count, jobs):
            self._members.append(self._start())

    def stop(self) -> None:
        """Ask every worker to give its job back and end; kill those that do not."""
        for member in self._members:
            member.process.stdin.close()
        try:
            for member in self._members:
                member.process.wait(STOP_SECONDS)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):  # a second Ctrl-C: at once
            pass
        finally:
            members, self._members = self._members, []
            for member in members:
                member.process.kill()
                member.process.wait()
                member.errors.close()
                self.files.sweep(member.name)
            for member in members:  # last, because a ledger on a full disk refuses this
                self.ledger.release(member.name)

    def _start(self) -> _Member:
        name = worker_name()
        share = str(max(1, cores() // self.count))  # of the cores: more threads than cores only wait for each other
        threads = dict.fromkeys(("LP_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), share)
        errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the worker)
        process = subprocess.Popen(
            [
                *self.command,
                str(self.project),
                "--engine",
                self.name,
                "--name",
                name,
                *(["--stay"] if self.stays else []),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={**threads, **os.environ},
        )
        return _Member(name, process, errors)

    def _bury(self, member: _Member) -> None:
        self._members.remove(member)
        member.process.stdin.close()
        code = member.process.returncode
        words = member.last_words()
        member.errors.close()
        if code == 0:  # it found nothing to claim
            self._idle_ends.found_nothing()
            return
        self.deaths += 1
        how = f"signal {_signal_name(-code)}" if code < 0 else f"exit code {code}"
        reason = f"its worker died ({how}){': ' + words if words else ''}"
        held = self.ledger.release(member.name, reason)
        self.files.sweep(member.name)
        self._idle_ends.died(held > 0, f"{how}: {words or 'no words'}; `oner doctor` says what this machine lacks")

    def _remove_silent(self) -> None:
        for member in silent(self.ledger, self.engine.name, self._members):
            member.process.kill()
            member.process.wait()


class Crews:
    """The crew of each round, one at a time, as a context manager.

    Workers that stay are kept for the next round if that is of the same engine, and with them the model that they have
    loaded; another engine gets their memory.
    """

    def __init__(self, files: Files):
        self._files = files
        self._name, self._crew, self._deaths = "", None, 0

    def __enter__(self) -> "Crews":
        return self

    def __exit__(self, *_) -> None:
        self._end()

    @property
    def deaths(self) -> int:
        """Workers that have died in all rounds."""
        return self._deaths + (self._crew.deaths if self._crew else 0)

    def of(self, name: str, count: int, hire: Callable[[], C]) -> C:
        """The crew of a round with the engine `name`: the one that stayed, now up to `count` workers, or a new one."""
        if self._name == name and getattr(self._crew, "stays", False):
            self._crew.count = count
            return self._crew
        self._end()
        self._name, self._crew = name, hire()
        return self._crew

    def _end(self) -> None:
        crew, self._crew = self._crew, None
        if crew is not None:
            crew.stop()
            self._deaths += crew.deaths
            self._files.sweep()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
