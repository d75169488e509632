"""Money: what clips cost, what a project has spent, and the limit that it never passes."""

from collections.abc import Container, Iterable

from ..errors import RequestError
from ..film import ClipRequest, Engine, JobState
from ..store import Ledger


def cost_of(engine: Engine, request: ClipRequest) -> float:
    """Dollars that a clip will cost; 0 for engines that are free."""
    if not engine.limits.price_per_second:
        return 0.0
    return float(engine.explain(request).get("cost", 0.0))


def spent(ledger: Ledger, engine: Engine | None = None) -> float:
    """Dollars that takes of this project have cost, with one server, whatever model it had then, or with all."""
    mine = [take for take in ledger.takes() if engine is None or _server(take.engine) == _server(engine.name)]
    return sum(float(take.notes.get("cost", 0.0)) for take in mine)


def check_shoot(ledger: Ledger, engine: Engine, requests: Iterable[ClipRequest]) -> None:
    """Refuse a shoot that would pass the engine's limit, before anything is queued. Raises RequestError."""
    limit = engine.limits.spending_limit
    if limit is None or not engine.limits.price_per_second:
        return
    requests = list(requests)
    before = spent(ledger, engine) + _on_order(ledger, engine, {request.fingerprint for request in requests})
    now = sum(cost_of(engine, request) for request in requests)
    if before + now > limit:
        raise RequestError(
            f"these takes cost ${now:.2f} with {engine.name}; ${before:.2f} are spent and the limit of a project is "
            f"${limit:.2f}: fewer takes or shots, or a higher `limit` in engines.toml"
        )


def check_budget(ledger: Ledger, engine: Engine, request: ClipRequest) -> None:
    """Refuse one more clip that would pass the limit. Raises RequestError.

    Clips that other workers are waiting for count as paid; another shoot may have raised what is spent meanwhile.
    """
    limit = engine.limits.spending_limit
    if limit is None or not engine.limits.price_per_second:
        return
    before = spent(ledger, engine) + _on_order(ledger, engine, {request.fingerprint})
    cost = cost_of(engine, request)
    if before + cost > limit:
        raise RequestError(
            f"the limit of ${limit:.2f} a project is reached: ${before:.2f} are spent or on order, this clip costs "
            f"${cost:.2f}"
        )


def _on_order(ledger: Ledger, engine: Engine, but: Container[str]) -> float:
    """Dollars for clips that are no takes: those that workers wait for, and those that were ordered and never came.

    Those whose requests have a fingerprint in `but` are left out.
    """
    made = {take.request.fingerprint for take in ledger.takes() if take.engine == engine.name}
    jobs = [
        job
        for job in ledger.jobs()
        if job.state is not JobState.DONE
        and _server(job.engine) == _server(engine.name)
        and job.request.fingerprint not in but
        and job.request.fingerprint not in made
    ]
    ordered = lambda job: job.state is JobState.RUNNING or "remote id" in engine.explain(job.request)
    return sum(cost_of(engine, job.request) for job in jobs if ordered(job))


def _server(engine: str) -> str:
    """The name in engines.toml of an engine by its full name, which changes with its model and address."""
    return engine.partition("@")[0]
