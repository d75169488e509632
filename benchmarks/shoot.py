"""A shoot of 700 takes with the testcard engine: what the ledger costs, and whether memory grows.

    python benchmarks/shoot.py [--takes 700] [--workers 2] [--project FOLDER]

55 shots with 13 takes each, rounded down to the number asked for; clips of one second at 128x72. Prints a Markdown
table: the ledger alone (claim, heartbeat, finish of a ready file, with everything flushed to the disk), the whole
shoot, and the memory of parent and workers at the beginning, in the middle and at the end.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import psutil

from oner.cutting import assemble, plan_cut
from oner.film import Look, Shot, SongAnalysis, Storyboard, Transition
from oner.media import media_ref, write_sound
from oner.store import Wanted, open_store
from oner.studio.project import Project
from oner.studio.rushes import judged
from oner.studio.shoot import ShootProgress, ShootReport, shoot
from oner.studio.shoot_requests import clip_request
from oner.timing import Span

SAMPLE_RATE = 48_000
SHOTS, LENGTH, HANDLE = 55, 18, 3  # 18 frames and two handles of 3: clips of one second


def storyboard(takes: int) -> Storyboard:
    """`takes` takes spread over 55 shots, 13 for each at most, the last shots with fewer."""
    per_shot = -(-takes // SHOTS)
    counts = [max(0, min(per_shot, takes - shot * per_shot)) for shot in range(SHOTS)]
    shots = tuple(
        Shot(
            f"s{n:02d}",
            Span(n * LENGTH, (n + 1) * LENGTH),
            f"shot {n} of a long film",
            "static",
            Transition(),
            count,
            n,
        )
        for n, count in enumerate(counts)
        if count
    )
    return Storyboard(
        title="700 takes",
        rate=Fraction(24),
        width=128,
        height=72,
        frames=len(shots) * LENGTH,
        engine="testcard",
        handle=HANDLE,
        look=Look(),
        characters=(),
        shots=shots,
        song_span=Span(0, len(shots) * LENGTH * SAMPLE_RATE // 24),
    )


def ledger_alone(board: Storyboard, folder: Path) -> tuple[float, float]:
    """Milliseconds per take, by the clock and of processor time, of claim, one heartbeat and finish of a ready file."""
    ledger, files = open_store(folder)
    wanted = [Wanted(s.id, n, clip_request(board, s, n)) for s in board.shots for n in range(1, s.takes + 1)]
    scratch = files.scratch("bench")
    for number in range(len(wanted)):
        (scratch / f"{number}.mp4").write_bytes(number.to_bytes(4) * 5000)
    started, processor = time.perf_counter(), time.process_time()
    ledger.want("testcard@1", wanted)
    for number in range(len(wanted)):
        claim = ledger.claim("testcard@1", "bench")
        ledger.heartbeat(claim, 0.5)
        ledger.finish(claim, scratch / f"{number}.mp4", files, "2026-11-21T00:00:00+00:00", 0.1, {"understood": "x"})
    seconds, processor = time.perf_counter() - started, time.process_time() - processor
    ledger.check()
    ledger.close()
    return 1000 * seconds / len(wanted), 1000 * processor / len(wanted)


class MemoryWatch:
    """Resident memory of this process and of its largest worker, in MiB, against the number of takes done."""

    def __init__(self) -> None:
        self.process = psutil.Process()
        self.seen: list[tuple[int, float, float]] = []

    def __call__(self, progress: ShootProgress) -> None:
        if self.seen and progress.done < self.seen[-1][0] + 10 and progress.running:
            return
        workers = [0.0]
        for worker in self.process.children():
            try:
                workers.append(worker.memory_info().rss / 2**20)
            except psutil.NoSuchProcess:
                continue
        self.seen.append((progress.done, self.process.memory_info().rss / 2**20, max(workers)))

    def at(self, part: float) -> tuple[int, float, float]:
        rows = [row for row in self.seen if row[2] > 0]
        return rows[min(len(rows) - 1, int(part * len(rows)))]


def whole_shoot(board: Storyboard, folder: Path, workers: int) -> tuple[ShootReport, MemoryWatch]:
    watch = MemoryWatch()
    return shoot(folder, board, workers=workers, progress=watch), watch


def picks_and_film(folder: Path, board: Storyboard) -> None:
    """What follows a shoot: every take judged, the best chosen, the film assembled under a song of the same length."""
    song = folder / "song.flac"
    noise = np.random.default_rng(1).normal(0, 0.1, (2, board.song_span.end)).astype(np.float32)
    write_sound(song, noise, SAMPLE_RATE)
    analysis = SongAnalysis(
        media_ref(song), SAMPLE_RATE, board.song_span.end, 2, None, 4, 0.0, (), (), (), SAMPLE_RATE, -20.0, -3.0
    )
    ledger, files = open_store(folder)
    with ledger:
        rushes = judged(Project(folder), ledger, files, board)
        timeline = plan_cut(board, rushes.picks, rushes.takes, analysis)
        assemble(timeline, files.locate, song, folder / "film.mp4", "draft")


def main(finish: Callable[[Path, Storyboard], None] = picks_and_film) -> None:
    """`finish(project, storyboard)` goes on with picks and cut after the shoot; its time is printed too."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--takes", type=int, default=700)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--project", type=Path, help="keep the project here (otherwise a temporary folder)")
    given = parser.parse_args()
    folder = given.project or Path(tempfile.mkdtemp(prefix="oner-shoot-"))
    folder.mkdir(parents=True, exist_ok=True)
    board = storyboard(given.takes)
    with tempfile.TemporaryDirectory(dir=folder) as alone:
        clock, processor = ledger_alone(board, Path(alone))
    report, watch = whole_shoot(board, folder, given.workers)
    made = len(report.made)
    rendering = sum(take.seconds for take in report.made)
    print(
        f"| {made} takes of {LENGTH + 2 * HANDLE} frames at 128x72, testcard, {report.workers} workers | |\n|---|---|"
    )
    print(f"| ledger alone: claim, heartbeat, finish | {clock:.1f} ms per take ({processor:.1f} ms of processor) |")
    print(f"| rendering, encoding, probing | {1000 * rendering / max(made, 1):.1f} ms per take in its worker |")
    overhead = (report.seconds * report.workers - rendering) / max(made, 1)
    print(f"| everything else in the shoot (processes started, ledger, display) | {1000 * overhead:.1f} ms per take |")
    print(f"| whole shoot | {report.seconds:.1f} s, {len(report.failed)} failed, {report.deaths} workers died |")
    for part in (0.05, 0.5, 0.99):
        done, parent, worker = watch.at(part)
        print(f"| memory after {done} takes | parent {parent:.0f} MiB, largest worker {worker:.0f} MiB |")
    started = time.monotonic()
    again = shoot(folder, board)
    print(
        f"| the same command again | {time.monotonic() - started:.2f} s, {again.found} found, {len(again.made)} made |"
    )
    started = time.monotonic()
    finish(folder, board)
    print(f"| all takes judged, picks, film of {board.frames} frames | {time.monotonic() - started:.1f} s |")
    if given.project is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
