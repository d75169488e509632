"""Load on `oner serve`: many clients that order, poll and download, undisturbed and while the server is killed.

    python benchmarks/server.py [--jobs 1000] [--clients 50] [--kills 10]

Prints Markdown tables: errors, lost and doubled jobs; p50 and p99 of create, retrieve and content; memory at the begin,
in the middle and at the end; the same with the server killed (`kill -9`) and started again; and, in the same run, the
same load on `memory_server.py`, which keeps its jobs in a dict. (vLLM-Omni, SGLang-Diffusion, FastVideo and
Aquiles-Image want a GPU, and LiteLLM hands its jobs to another server, so none of them makes a video on a CPU.)
"""

import argparse
import asyncio
import contextlib
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from oner.studio.serving_store import ServingStore

ORDER = {"size": "64x36", "seconds": "0.5"}
HERE = Path(__file__).parent


@dataclass
class Load:
    """What happened: milliseconds of each kind of call, bytes of memory, and what went wrong."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    memory: list[int] = field(default_factory=list)
    errors: int = 0
    names: list[str] = field(default_factory=list)
    kills: int = 0
    seconds: float = 0.0


class Oner:
    """`oner serve` as a process, on a port that stays the same when it is started again."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, 0
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "oner", "serve", "--engine", "testcard", "--workers", "2"]
        command += ["--port", str(self.port), "--store", str(self.folder)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        said = ""
        for line in self.process.stderr:
            if found := re.search(r"at (http://\S+)/v1", line):
                break
            said += line
        else:
            raise RuntimeError(f"the server did not start: {said}")
        self.url, self.port = found[1], httpx.URL(found[1]).port
        # What it says later is read, so that it never waits for a reader, and shown.
        threading.Thread(target=sys.stderr.writelines, args=(self.process.stderr,), daemon=True).start()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


class InMemory(Oner):
    """`memory_server.py`."""

    def start(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            "memory_server:app",
            "--port",
            str(self.port),
            "--log-level",
            "error",
        ]
        self.process = subprocess.Popen(command, cwd=HERE)
        self.url = f"http://127.0.0.1:{self.port}"
        while self.process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{self.url}/v1/videos/none")
                return
            time.sleep(0.05)
        raise RuntimeError("memory_server.py did not start")


async def one_job(client: httpx.AsyncClient, number: int, load: Load, patient: bool) -> None:
    """Order, poll and download as the official client does; with `patient` a lost connection is tried again."""

    async def call(kind: str, method: str, path: str, **more) -> httpx.Response:
        while True:
            begun = time.perf_counter()
            try:
                answer = await client.request(method, path, **more)
            except httpx.TransportError:
                if not patient:
                    raise
                await asyncio.sleep(0.05)
                continue
            load.times[kind].append(1000 * (time.perf_counter() - begun))
            return answer

    try:
        made = await call("create", "POST", "/v1/videos", json={**ORDER, "prompt": f"job {number}"})
        name = made.json()["id"]
        load.names.append(name)
        wait = int(made.headers.get("openai-poll-after-ms", 1000)) / 1000
        while (video := (await call("retrieve", "GET", f"/v1/videos/{name}")).json())["status"] != "completed":
            if video["status"] == "failed":
                raise RuntimeError(video["error"])
            await asyncio.sleep(wait)
        content = await call("content", "GET", f"/v1/videos/{name}/content")
        load.errors += content.status_code != 200 or content.content[4:8] != b"ftyp"
    except (httpx.TransportError, RuntimeError, KeyError):
        load.errors += 1


async def drive(server: Oner, jobs: int, clients: int, kills: int) -> Load:
    load, numbers, begun = Load(), iter(range(jobs)), time.perf_counter()
    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(base_url=server.url, timeout=60, limits=limits) as client:

        async def one_client() -> None:
            for number in numbers:
                await one_job(client, number, load, patient=kills > 0)

        async def watch() -> None:
            while True:
                with contextlib.suppress(psutil.Error):
                    load.memory.append(psutil.Process(server.process.pid).memory_info().rss)
                await asyncio.sleep(0.5)

        async def murder() -> None:
            dice = random.Random(7)
            goals = sorted(dice.sample(range(1, jobs), kills))
            for goal in goals:
                while len(load.names) + load.errors < goal:
                    await asyncio.sleep(0.01)
                await asyncio.to_thread(server.kill)
                load.kills += 1
                await asyncio.to_thread(server.start)

        async with asyncio.TaskGroup() as group:  # one that fails ends all
            watching = group.create_task(watch())
            murdering = group.create_task(murder())
            await asyncio.gather(*(one_client() for _ in range(clients)))
            load.seconds = time.perf_counter() - begun
            await murdering
            watching.cancel()
    return load


def row(name: str, figure: Callable[[Load], str], loads: list[Load]) -> str:
    return f"| {name} | {' | '.join(figure(load) for load in loads)} |"


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def doubled_or_lost(folder: Path, load: Load, jobs: int) -> str:
    """Orders that nobody got or that have no whole take; takes, jobs and videos beyond one for each order."""
    with ServingStore(folder) as store:
        takes = store.ledger.takes()
        whole = sum(store.files.has(take.media) for take in takes)
        videos, jobs_kept = sum(store.videos.counts().values()), len(store.ledger.jobs())
    lost = max(jobs - len(set(load.names)), jobs - whole)
    return f"{lost} and {max(len(takes), videos, jobs_kept) - jobs}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--kills", type=int, default=10)
    given = parser.parse_args()
    loads, lost = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for kind, kills in ((Oner, 0), (Oner, given.kills), (InMemory, 0)):
            folder = Path(scratch) / f"{len(loads)}"
            server = kind(folder)
            loads.append(asyncio.run(drive(server, given.jobs, given.clients, kills)))
            server.stop()
            lost.append(doubled_or_lost(folder, loads[-1], given.jobs) if kind is Oner else "")
    print(f"| {given.jobs} jobs, {given.clients} clients | Oner | Oner, killed | in memory | Oner / in memory |")
    print("|---|---|---|---|---|")
    ratio = loads[0].seconds / loads[2].seconds
    print(row("seconds", lambda load: f"{load.seconds:.1f}", loads) + f" {ratio:.2f} |")
    for name in ("create", "retrieve", "content"):
        for label, share in (("p50", 0.5), ("p99", 0.99)):
            values = [percentile(load.times[name], share) for load in loads]
            cells = " | ".join(f"{value:.1f}" for value in values)
            print(f"| {name} {label}, ms | {cells} | {values[0] / values[2]:.2f} |")
    places = lambda load: [load.memory[int(share * (len(load.memory) - 1))] / 2**20 for share in (0.1, 0.5, 1)]
    print(
        row("memory at a tenth, half, end, MiB", lambda load: ", ".join(f"{mib:.0f}" for mib in places(load)), loads)
        + " |"
    )
    print(row("kills", lambda load: str(load.kills), loads) + " |")
    print(row("errors that clients saw", lambda load: str(load.errors), loads) + " |")
    print(f"| lost and doubled | {' | '.join(lost)} | |")


if __name__ == "__main__":
    main()
