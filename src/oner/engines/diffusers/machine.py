"""What a machine has, and which of the catalogue's models it can run, in which mode and about how fast."""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from functools import partial

from ..places import models_folder
from .catalogue import Catalogue, Entry

SPARE = 0.6  # gigabytes of a card that the driver and the desktop keep
STREAMED = 1.0  # gigabytes of layers on the card while the rest waits in memory
OTHER_MEMORY = 2.0  # gigabytes that Python, the film and the system need beside the weights
# Share of a card's arithmetic that video transformers reach, from the published times in the catalogue: 44 % (CogVideoX
# 2B on an A100) to 71 % (Wan 2.1 1.3B on an RTX 4090). A processor's share is of its measured matrix products.
GPU_SHARE, CPU_SHARE = 0.5, 0.5
SLOWER = {"full": 1.0, "offload": 1.15, "quantised": 1.2, "stream": 1.6, "cpu": 1.0}
MODES = ("full", "offload", "quantised", "stream")  # the cheaper in memory, the later


@dataclass(frozen=True)
class Machine:
    """`vram` and `ram` in gigabytes (10^9), `tflops` of the processor's own matrix products, measured."""

    gpu: str | None
    vram: float
    ram: float
    disk: float
    tflops: float


@dataclass(frozen=True)
class Fit:
    """How a model runs here. `modes` fit into memory, the best first; `seconds` is for one clip in the first mode."""

    entry: Entry
    modes: tuple[str, ...]
    seconds: float | None
    known: str  # where the figure comes from
    lacking: str  # what is missing, empty where it fits

    @property
    def clip_seconds(self) -> float:
        """Length of the clip that `seconds` is about."""
        return (self.entry.frames.window or self.entry.frames.most) / self.entry.rate


def fit(entry: Entry, machine: Machine, gpus: dict[str, float]) -> Fit:
    """Which modes fit, judged by the sizes of the weights and of what is worked on."""
    modes = _gpu_modes(entry, machine) if machine.gpu else _cpu_modes(entry, machine)
    lacking = [] if modes else [_memory_lacking(entry, machine)]
    size = download_gigabytes(entry)
    if not entry.present and not entry.folder and size > machine.disk:
        lacking.append(f"{size:.0f} GB of disk for the download, {machine.disk:.0f} GB are free")
    seconds, known = _seconds(entry, machine, gpus, modes[0]) if modes else (None, "")
    return Fit(entry, modes, seconds, known, "; ".join(lacking))


def download_gigabytes(entry: Entry) -> float:
    """About the size of what `pull` fetches."""
    return entry.weights.total


def _gpu_modes(entry: Entry, machine: Machine) -> tuple[str, ...]:
    weights, free = entry.weights, machine.vram - SPARE
    largest = max(weights.transformer, weights.text)
    half = max(weights.transformer, weights.text) / 2  # int8
    needs = {  # mode -> gigabytes on the card, gigabytes of memory
        "full": (weights.total + entry.working, largest + OTHER_MEMORY),
        "offload": (largest + entry.working, weights.total + OTHER_MEMORY),
        "quantised": (half + entry.working, weights.total / 2 + largest / 2 + OTHER_MEMORY),
        "stream": (STREAMED + entry.working, weights.total + OTHER_MEMORY),
    }
    return tuple(mode for mode in MODES if needs[mode][0] <= free and needs[mode][1] <= machine.ram)


def _cpu_modes(entry: Entry, machine: Machine) -> tuple[str, ...]:
    return ("cpu",) if entry.weights.total + entry.working + OTHER_MEMORY <= machine.ram else ()


def _memory_lacking(entry: Entry, machine: Machine) -> str:
    if not machine.gpu:
        needed = entry.weights.total + entry.working + OTHER_MEMORY
        return f"{needed:.0f} GB of memory without a GPU, there are {machine.ram:.0f}"
    needed = STREAMED + entry.working + SPARE
    if machine.vram < needed:
        return f"{needed:.1f} GB on the GPU at the least, there are {machine.vram:.1f}"
    needed = entry.weights.total + OTHER_MEMORY
    return f"{needed:.0f} GB of memory to hold what the GPU cannot, there are {machine.ram:.0f}"


def _seconds(entry: Entry, machine: Machine, gpus: dict[str, float], mode: str) -> tuple[float | None, str]:
    here = _gpu_tflops(machine.gpu, gpus) if machine.gpu else machine.tflops
    if not here or not entry.parameters:
        return None, "no figures to reckon with"
    if entry.speed and machine.gpu:
        ratio = gpus[entry.speed.gpu] / here
        known = entry.speed.source + ("" if ratio == 1 else f", scaled from {entry.speed.gpu}")
        return entry.speed.seconds * ratio * SLOWER[mode], known
    share = GPU_SHARE if machine.gpu else CPU_SHARE
    return operations(entry) / (here * 1e12 * share) * SLOWER[mode], "reckoned from its size"


def operations(entry: Entry, steps: int | None = None) -> float:
    """Arithmetic of one clip of the first size and the window's frames: 2 for each weight and token, and attention."""
    wide, high, long = map(int, entry.tokens.split("x"))
    width, height = entry.trained_sizes[0]
    frames = entry.frames.window or entry.frames.most
    tokens = (1 + (frames - 1) // long) * (width // wide) * (height // high)
    weights = entry.parameters * 1e9
    depth_times_width = (weights * 1.6) ** 0.5  # Wan: 13 to 20 D^2 weights a layer, 30 to 40 layers of width D
    forward = 2 * weights * tokens + 4 * tokens**2 * depth_times_width
    return forward * (2 if entry.guides_twice else 1) * (steps or entry.steps)


def _gpu_tflops(name: str, gpus: dict[str, float]) -> float | None:
    found = [known for known in gpus if known.lower() in name.lower()]
    return gpus[max(found, key=len)] if found else None


def this_machine() -> Machine:
    """Look at this machine: seconds, mostly the measuring of the processor."""
    gpu, vram = _gpu()
    place = models_folder()
    while not place.exists():
        place = place.parent
    return Machine(gpu, vram, _memory(), shutil.disk_usage(place).free / 1e9, 0.0 if gpu else _processor_tflops())


def _gpu() -> tuple[str | None, float]:
    """Name and gigabytes of the first GPU; (None, 0) where there is none that torch could use."""
    try:
        query = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
        lines = subprocess.run(query, capture_output=True, text=True, timeout=10).stdout.strip().splitlines()
        name, _, mebibytes = lines[0].rpartition(",")
        return name.strip(), float(mebibytes) * 2**20 / 1e9
    except (OSError, subprocess.SubprocessError, IndexError, ValueError):
        pass
    try:
        import torch
    except ImportError:
        return None, 0.0
    if torch.cuda.is_available():  # ROCm counts as CUDA here
        return torch.cuda.get_device_name(0), torch.cuda.get_device_properties(0).total_memory / 1e9
    if torch.backends.mps.is_available():
        return "Apple GPU", _memory() * 0.7  # memory is shared; this much of it may be the GPU's
    return None, 0.0


def _memory() -> float:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (ValueError, OSError, AttributeError):
        return 8.0


def _processor_tflops() -> float:
    """Matrix products of this processor in 10^12 operations a second: one core's best of five, times the cores.

    Measured in processor time, so that whatever else runs meanwhile does not count.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        import torch
    except ImportError:
        import numpy as np

        one = np.ones((1024, 1024), np.float32)
        return cores * 2 * 1024**3 / _least_time(lambda: one @ one, time.process_time) / 1e12
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        squares = [torch.ones((1024, 1024), dtype=dtype) for dtype in (torch.bfloat16, torch.float32)]
        least = min(_least_time(partial(torch.mm, one, one), time.thread_time) for one in squares)
        return cores * 2 * 1024**3 / least / 1e12
    finally:
        torch.set_num_threads(threads)


def _least_time(work, clock) -> float:
    work()  # the first one sets things up
    times = []
    for _ in range(5):
        begun = clock()
        work()
        times.append(clock() - begun)
    return max(min(times), 1e-6)


def fits(catalogue: Catalogue, machine: Machine) -> list[Fit]:
    """Every entry on one machine, in the catalogue's order."""
    return [fit(entry, machine, catalogue.gpus) for entry in catalogue.entries.values()]
