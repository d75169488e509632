"""A few takes for somebody who waits, made by the shoot that is at work in the project already.

They go before all others in its queue: its workers, wherever they are, make them as soon as they have finished what
they are making.
"""

import time
from collections.abc import Callable, Mapping

from ..errors import Cancelled, HeldError, StoreError
from ..film import Engine, Job, JobState
from ..store import Ledger
from .shoot_progress import POLL_SECONDS, ShootProgress, ShootReport
from .shoot_requests import ShootPlan

AT_WORK = "shooting"  # the setting in which a shoot notes the engine whose takes it makes just now


def shoot_beside(
    ledger: Ledger,
    plans: Mapping[str, ShootPlan],
    engines: Mapping[str, Engine],
    take_over: Callable[[], object],
    progress: Callable[[ShootProgress], None] | None,
) -> ShootReport | None:
    """Put what `plans` lack into the queue of the shoot at work and wait for it. None if that shoot ended before.

    `take_over` takes hold of the project, raising HeldError as long as the other shoot has it. Raises StoreError if
    that one makes takes of another engine just now. Cancelled takes what still waits out of the queue.
    """
    lacking = {engines[name].name: plan for name, plan in plans.items() if plan.wanted}
    found, started = sum(plan.found for plan in plans.values()), time.monotonic()
    _check_engine(ledger.setting(AT_WORK), lacking)
    for engine, plan in lacking.items():
        ledger.hurry(engine, plan.wanted)
    try:
        while True:
            jobs = _kept_in(ledger, lacking)
            ended = {state: tuple(job for job in jobs if job.state is state) for state in JobState}
            done, failed = ended[JobState.DONE], ended[JobState.FAILED]
            seconds = time.monotonic() - started
            total = sum(len(plan.wanted) for plan in lacking.values())
            if progress is not None:
                told = (total, found, len(done), len(failed), ended[JobState.RUNNING], seconds, None)
                progress(ShootProgress(*told))
            if len(done) + len(failed) == total:
                made = tuple(ledger.take(job.take) for job in done if job.take)
                return ShootReport(found, made, failed, seconds, 0, 0)
            try:
                take_over()
                return None
            except HeldError:
                time.sleep(POLL_SECONDS)
    except (KeyboardInterrupt, Cancelled) as stop:
        for engine, plan in lacking.items():
            ledger.withdraw(engine, plan.wanted)
        raise Cancelled("stopped: the other shoot goes on; takes that were made are kept") from stop


def _check_engine(at_work: str | None, lacking: Mapping[str, ShootPlan]) -> None:
    if others := [engine for engine in lacking if engine != at_work]:
        raise StoreError(
            f"another `oner shoot` is at work here with {at_work or 'no engine yet'}, and these takes need "
            f"{' and '.join(others)}: wait until it has finished, or stop it with Ctrl-C and run the same command again"
        )


def _kept_in(ledger: Ledger, lacking: Mapping[str, ShootPlan]) -> list[Job]:
    """The jobs as they stand, in the order of the film; what the other shoot threw out is put in again."""
    jobs: list[Job] = []
    for engine, plan in lacking.items():
        wanted = {item.request.fingerprint: item for item in plan.wanted}
        known = {job.request.fingerprint: job for job in ledger.jobs_of(engine, wanted)}
        gone = [wanted[name] for name, job in known.items() if job.state is JobState.CANCELLED]
        if gone:
            ledger.hurry(engine, gone)
            known = {job.request.fingerprint: job for job in ledger.jobs_of(engine, wanted)}
        jobs += [known[name] for name in wanted if name in known]
    return jobs
