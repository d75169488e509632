"""`oner shoot`: everything that is to be made goes into the ledger first, then workers make it.

Killed at any point, in part or as a whole, it loses no finished take and makes none twice; the same command goes on.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..engines import open_engine
from ..errors import Cancelled, HeldError, InputError, RequestError
from ..film import Engine, JobState, Storyboard
from ..store import Files, Hold, Ledger, open_store
from ..store.ledger import Tally
from .shoot_beside import AT_WORK, shoot_beside
from .shoot_crew import WORKER, Crew, Crews, cores
from .shoot_progress import POLL_SECONDS, ShootProgress, ShootReport
from .shoot_requests import ShootPlan, engines_of, goes_on_from, known_shots, plan_shoot, takes_by_shot
from .spending import check_shoot
from .stills import check_stills, keep_stills

__all__ = ["ShootProgress", "ShootReport", "default_workers", "shoot"]

if TYPE_CHECKING:
    from .ray_cluster import RayCluster
    from .ray_crew import RayCrew

SETTLED_SECONDS = 5.0  # from then on the pace of this shoot is a better guide than that of earlier ones


def default_workers(engine: str) -> int:
    """How many workers make takes fastest on this machine."""
    opened = open_engine(engine)
    opened.close()
    return opened.limits.workers or cores()


def shoot(
    project: Path | str,
    storyboard: Storyboard,
    *,
    shots: Iterable[str] | None = None,
    takes: int | None = None,
    workers: int | None = None,
    retake: Iterable[str] = (),
    progress: Callable[[ShootProgress], None] | None = None,
    worker_command: Sequence[str] = WORKER,
    ray: "RayCluster | None" = None,
    beside: bool = False,
) -> ShootReport:
    """Make the takes that a project lacks; see `plan_shoot` for `shots`, `takes` and `retake`.

    `progress` is called about ten times a second. Ctrl-C, or Cancelled raised by `progress`, stops the workers
    cleanly and raises Cancelled, saying how to go on. Raises RequestError before anything runs if the engine cannot
    make a shot or it would pass its spending limit, HeldError if another shoot is at work here, EngineError if workers
    cannot even start. Shots with an engine of their own are made after those of the film's engine. With `ray`, takes
    are rendered by actors of that cluster, those of servers still from here. With `beside`, another shoot at work here
    makes the takes before its own.
    """
    project, started = Path(project), time.monotonic()
    if workers is not None and workers < 1:
        raise InputError(f"workers={workers}: at least 1")
    engines = {name: open_engine(name) for name in engines_of(storyboard)}
    asked = _Asked(storyboard, engines, None if shots is None else tuple(shots), takes, tuple(retake))
    hold = Hold(project / "oner.lock", "oner shoot")
    try:
        with ExitStack() as stack:
            take_over = lambda: stack.enter_context(hold)
            try:
                take_over()
            except HeldError:
                if not beside:
                    raise
                ledger, files = open_store(project)
                with ledger:
                    plans = asked.plans(ledger, files)
                    if any(plan.later for plan in plans.values()):  # it takes several rounds to make these
                        raise
                    _keep_given(project, storyboard, files)
                    report = shoot_beside(ledger, plans, engines, take_over, progress)
                if report is not None:
                    return report
            stack.enter_context(ray or nullcontext())
            ledger, files = open_store(project)
            stack.enter_context(ledger)
            # Nobody else is at work here, so whatever is marked as running was left by the dead. Taking their
            # jobs away comes before looking what exists: a straggler can no longer finish anything.
            ledger.release_all(files)
            files.sweep()
            plans = asked.plans(ledger, files)
            _keep_given(project, storyboard, files)
            done = ShootReport(sum(plan.found for plan in plans.values()), (), (), 0.0, 0, 0)
            total = sum(len(plan.wanted) + len(plan.later) for plan in plans.values())
            crews = stack.enter_context(Crews(files))
            for name, plan in asked.rounds(ledger, files, plans):
                number = ledger.want(engines[name].name, plan.wanted)
                ledger.set_setting(AT_WORK, engines[name].name)
                far = ray is not None and ray.suits(name)
                most = workers or (ray.workers(engines[name]) if far else default_workers(name))
                count = min(most, max(1, len(plan.wanted)))
                told = progress and _of_all(progress, total, done)
                hired = (project, name, engines[name], count, ledger, files)
                stays = bool(plans[name].later)
                hire = partial(ray.crew, *hired) if far else partial(Crew, *hired, worker_command, stays)
                crew = crews.of(name, count, hire)
                _watch(ledger, engines[name].name, storyboard, number, plan, crew, told)
                done = replace(
                    done,
                    made=done.made
                    + tuple(ledger.take(job.take) for job in ledger.jobs(number, JobState.DONE) if job.take),
                    failed=done.failed + ledger.jobs(number, JobState.FAILED),
                    workers=max(done.workers, count),
                    deaths=crews.deaths,
                )
            return replace(done, seconds=time.monotonic() - started)
    finally:
        for engine in engines.values():
            engine.close()


@dataclass(frozen=True)
class _Asked:
    """What of a film is to be made, as the user said it."""

    storyboard: Storyboard
    engines: Mapping[str, Engine]
    shots: tuple[str, ...] | None
    takes: int | None
    retake: tuple[str, ...]

    def plans(self, ledger: Ledger, files: Files) -> dict[str, ShootPlan]:
        """What each engine has to make. Raises RequestError if one cannot or it would pass its spending limit."""
        check_stills(self.storyboard, self.engines)
        plans = {name: self._plan(ledger, files, name, engine) for name, engine in self.engines.items()}
        for name, plan in plans.items():
            _check(self.engines[name], plan)
            check_shoot(ledger, self.engines[name], [wanted.request for wanted in plan.wanted + plan.later])
        return plans

    def rounds(self, ledger: Ledger, files: Files, plans: Mapping[str, ShootPlan]) -> Iterator[tuple[str, ShootPlan]]:
        """What is made one after the other: engine by engine, and takes that go on from others once those are made.

        What goes on from a take that failed is left out.
        """
        for name, plan in plans.items():
            if plan.wanted or len(plans) == 1:
                yield name, plan
        waiting = {name: plan.later for name, plan in plans.items() if plan.later}
        while waiting:
            before = waiting
            for name, later in before.items():
                plan = self._plan(ledger, files, name, self.engines[name]).among(later)
                waiting = {**waiting, name: plan.later}
                if plan.wanted:
                    yield name, plan
            waiting = {name: later for name, later in waiting.items() if later}
            if waiting == before:  # what these go on from has failed
                return

    def _plan(self, ledger: Ledger, files: Files, name: str, engine: Engine) -> ShootPlan:
        storyboard, on = self.storyboard, engine.limits.carries_on_from_frames
        whole = engines_of(storyboard)
        if len(whole) == 1:
            return plan_shoot(ledger, files, storyboard, engine.name, self.shots, self.takes, self.retake, on)
        chosen = None if self.shots is None else self._with_sources(known_shots(storyboard, self.shots))
        again = known_shots(storyboard, self.retake)
        mine = {shot.id for shot in whole[name]}
        wanted = [shot for shot in (chosen if chosen is not None else mine) if shot in mine]
        again = [shot for shot in again if shot in mine]
        made = takes_by_shot(ledger, storyboard, self.engines, files.has)
        return plan_shoot(ledger, files, storyboard, engine.name, wanted, self.takes, again, on, made)

    def _with_sources(self, chosen: list[str]) -> list[str]:
        """Shots of a film of several engines, and those that they go on from."""
        board, found = self.storyboard, list(chosen)
        for shot in reversed(board.shots):
            engine = self.engines[shot.engine or board.engine]
            source = goes_on_from(board, shot, engine.limits.carries_on_from_frames) if shot.id in found else None
            if source and source.id not in found:
                found.append(source.id)
        return found


def _keep_given(project: Path, storyboard: Storyboard, files: Files) -> None:
    """Keep copies of given pictures and of LoRA files where workers find them and they cannot change."""
    keep_stills(project, storyboard, files)
    for named in (storyboard.look, *storyboard.shots):
        for lora, path in zip(named.loras, named.lora_paths, strict=True):
            if not files.has(lora.file):
                files.copy(project / Path(path).expanduser(), lora.file)


def _of_all(
    progress: Callable[[ShootProgress], None], total: int, done: ShootReport
) -> Callable[[ShootProgress], None]:
    """Progress of one round, told as that of the whole shoot of `total` takes."""

    def told(now: ShootProgress) -> None:
        made, failed = len(done.made) + now.done, len(done.failed) + now.failed
        progress(replace(now, total=total, found=done.found, done=made, failed=failed))

    return told


def _check(engine: Engine, plan: ShootPlan) -> None:
    for wanted in plan.wanted + plan.later:
        try:
            engine.check(wanted.request)
        except RequestError as error:
            raise RequestError(f"shot {wanted.shot}: {error}") from error


def _watch(
    ledger: Ledger,
    engine: str,
    storyboard: Storyboard,
    number: int,
    plan: ShootPlan,
    crew: "Crew | RayCrew",
    progress: Callable[[ShootProgress], None] | None,
) -> None:
    """Keep the crew at work until every job is done or has failed."""
    started = time.monotonic()
    measured = ledger.seconds_per_frame(engine, storyboard.width, storyboard.height)
    tally = ledger.tally(number)
    try:
        while True:
            unfinished = tally.queued + len(tally.running)
            if progress is not None:
                seconds = time.monotonic() - started
                left = _seconds_left(tally, plan.frames, seconds, measured and measured / crew.count)
                progress(
                    ShootProgress(len(plan.wanted), plan.found, tally.done, tally.failed, tally.running, seconds, left)
                )
            if not unfinished:
                return
            crew.keep_up(unfinished)
            time.sleep(POLL_SECONDS)
            tally = ledger.tally(number)
    except (KeyboardInterrupt, Cancelled) as stop:
        crew.stop()
        tally = ledger.tally(number)
        raise Cancelled(
            f"stopped: {tally.done} of {len(plan.wanted)} takes are made and kept; the same command goes on from here"
        ) from stop


def _seconds_left(tally: Tally, frames: int, seconds: float, measured: float | None) -> float | None:
    made = frames - tally.frames_left
    if made > 0 and (seconds > SETTLED_SECONDS or measured is None):
        return tally.frames_left * seconds / made
    return None if measured is None else tally.frames_left * measured
