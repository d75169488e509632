"""A Ray cluster that takes are made on: reached, measured, asked for room. Ray is imported when it is asked for."""

import os
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from ..engines.videos_api import servers
from ..errors import EngineError, InputError
from ..film import Engine
from ..store import Files, Ledger
from .ray_crew import RayCrew


@dataclass(frozen=True)
class RayCluster:
    """Where actors are asked for, and what each of them reserves; as a context manager it is connected.

    `address` is "auto" (the cluster that this machine belongs to), HOST:PORT of its head, or "local" (one that lives as
    long as the shoot). `cpus` and `gpus` of None: what suits the engine and the nodes.
    """

    address: str = "auto"
    cpus: float | None = None
    gpus: float | None = None

    def __enter__(self) -> "RayCluster":
        """Connect. Raises InputError if Ray is not installed or there is no such cluster, EngineError if it differs."""
        ray = load_ray()
        if ray.is_initialized():
            raise EngineError("this process is connected to a Ray cluster already; disconnect first (ray.shutdown)")
        try:
            ray.init(address=self.address, log_to_driver=False, logging_level="ERROR", **_own(self.address))
        except (ConnectionError, ValueError) as error:
            raise InputError(
                f"--ray {self.address}: no Ray cluster answers there ({_first_line(error)}); `ray start --head` on one "
                "machine and `ray start --address=HOST:6379` on the others make one, --ray local makes one here"
            ) from error
        except RuntimeError as error:  # another version of Python or Ray
            raise EngineError(f"--ray {self.address}: {' '.join(str(error).split())}") from error
        return self

    def __exit__(self, *_) -> None:
        load_ray().shutdown()

    def suits(self, name: str) -> bool:
        """Whether an engine gains from a cluster: servers elsewhere do not."""
        return name not in servers()

    def workers(self, engine: Engine) -> int:
        """How many actors have room on the nodes that are there now; at least 1."""
        cpus, gpus = self.share(engine)
        return max(1, sum(_fits(node, cpus, gpus) for node in nodes(load_ray())))

    def share(self, engine: Engine) -> tuple[float, float]:
        """(CPUs, GPUs) that each actor reserves.

        An engine that keeps a machine busy gets a GPU where there are some, otherwise its part of the smallest node's
        cores; others get one core.
        """
        cpus, gpus, alive = self.cpus, self.gpus, nodes(load_ray())
        per_machine = engine.limits.workers
        if gpus is None:
            gpus = 1.0 if per_machine and any(node.get("GPU", 0) >= 1 for node in alive) else 0.0
        if cpus is None:
            cores = min((node["CPU"] for node in alive if node.get("CPU")), default=1.0)
            cpus = float(max(1, cores // per_machine)) if per_machine and not gpus else 1.0
        return cpus, gpus

    def crew(self, project: Path, name: str, engine: Engine, count: int, ledger: Ledger, files: Files) -> RayCrew:
        """Actors with an engine, at work on a project."""
        ray = load_ray()
        cpus, gpus = self.share(engine)

        def room() -> str:
            alive = nodes(ray)
            if any(_fits(node, cpus, gpus) for node in alive):
                return ""
            has = "; ".join(f"{node.get('CPU', 0):g} CPU {node.get('GPU', 0):g} GPU" for node in alive)
            return (
                f"no node of the cluster has room for an actor with {cpus:g} CPU and {gpus:g} GPU (nodes: {has}); "
                "ask for less with --ray-cpus and --ray-gpus, or add nodes"
            )

        return RayCrew(ray, project, name, engine, count, (cpus, gpus), room, ledger, files)


def load_ray() -> ModuleType:
    """Raises InputError, with the command that mends it, if Ray is not installed."""
    # Ray counts its users unless told otherwise; nothing is sent from a machine because Oner ran there.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise InputError(f"--ray needs Ray ({error}): pip install 'oner[ray]'") from error
    return ray


def nodes(ray: ModuleType) -> list[dict[str, float]]:
    """What each living node has in all: {"CPU": 8.0, "GPU": 1.0, ...}."""
    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


def _fits(node: dict[str, float], cpus: float, gpus: float) -> int:
    """Actors that fit on a node."""
    asked = [(node.get(kind, 0.0), each) for kind, each in (("CPU", cpus), ("GPU", gpus)) if each]
    return min((int(there / each + 1e-6) for there, each in asked), default=1)


def _own(address: str) -> dict:
    """Settings of a cluster that is made here; an existing one has its own."""
    return {"include_dashboard": False, "object_store_memory": 256 * 2**20} if address == "local" else {}


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")
