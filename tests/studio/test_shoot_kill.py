"""A real shoot, killed again and again: nothing that was finished is lost, nothing is made twice."""

import contextlib
import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from oner.engines import open_engine
from oner.film import JobState, Storyboard, to_json
from oner.store import Files, Ledger, open_store
from oner.studio.shoot import shoot
from oner.studio.shoot_requests import current_takes

from .conftest import storyboard

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for child processes in /proc")

SHOOT = """
import sys
from pathlib import Path
from oner.film import Storyboard, from_json
from oner.studio.shoot import shoot
shoot(Path(sys.argv[1]), from_json(Path(sys.argv[1], "board.json").read_bytes(), Storyboard), workers=2)
"""
DEADLY_WORKER = """
import os, signal, sys
from pathlib import Path
from oner.store import Files
from oner.studio import worker

moved_in = Files.put

def put(self, path, ref=None):
    moved_in(self, path, ref)
    marker = self.folder.parent / "killed"
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)

Files.put = put
sys.exit(worker.main())
"""


def children(process: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # gone meanwhile
            continue
        if int(fields[1]) == process:
            found.append(int(stat.parent.name))
    return found


def kill(process: int) -> bool:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def wait_until(true: Callable[[], bool], process: subprocess.Popen) -> None:
    """Look again every hundredth of a second, until `true()` or the end of the process."""
    while not true():
        try:
            process.wait(0.01)
            return
        except subprocess.TimeoutExpired:
            continue


def assert_whole(ledger: Ledger, files: Files, board: Storyboard) -> None:
    """Every take that the film asks for is there once, and nothing else is."""
    ledger.check()
    takes = ledger.takes()
    wanted = sum(shot.takes for shot in board.shots)
    assert len(takes) == wanted
    assert len({take.request.fingerprint for take in takes}) == wanted
    for take in takes:
        files.verify(take.media)
    assert sorted(path.stem for path in files.folder.rglob("*.*")) == sorted(take.media.sha256 for take in takes)
    present = current_takes(ledger, board, open_engine(board.engine).name)
    assert all(len(present[shot.id]) == shot.takes for shot in board.shots)
    assert {job.state for job in ledger.jobs()} == {JobState.DONE}


def test_a_shoot_killed_at_random_moments_loses_no_take_and_makes_none_twice(tmp_path):
    """90 takes, 24 kills of one worker, of all workers, of the parent or of everything; then it is finished."""
    board = storyboard(shots=15, takes=6, length=36, size=(192, 108), handle=6)
    (tmp_path / "board.json").write_bytes(to_json(board))
    dice = random.Random(2024)
    ledger, files = open_store(tmp_path)
    seen, kills, process = {}, {"worker": 0, "workers": 0, "parent": 0, "all": 0}, None

    def start() -> subprocess.Popen:
        return subprocess.Popen([sys.executable, "-c", SHOOT, str(tmp_path)], stderr=subprocess.DEVNULL)

    def done() -> int:
        return len(ledger.takes())

    while sum(kills.values()) < 24:
        if process is None or process.poll() is not None:
            process = start()
        goal = done() + dice.randint(0, 2)
        wait_until(lambda: done() >= goal and len(children(process.pid)) >= 1, process)  # noqa: B023 (called at once)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(dice.random() * 0.25)
        what = dice.choice(sorted(kills))
        workers = children(process.pid)
        victims = {"worker": workers[:1], "workers": workers, "parent": [process.pid], "all": [process.pid, *workers]}
        hit = [kill(victim) for victim in victims[what]]
        kills[what] += any(hit)
        if what in ("parent", "all"):
            process.wait()
        for take in ledger.takes():
            assert seen.setdefault(take.id, take) == take
    finished = len(seen)
    process.kill()
    process.wait()
    assert 0 < finished < 90, "the kills have to fall into the shoot"

    report = shoot(tmp_path, board, workers=2)

    assert not report.failed
    assert all(ledger.take(take.id) == take for take in seen.values())
    assert_whole(ledger, files, board)
    ledger.close()


def test_a_kill_between_the_files_move_and_the_note_leaves_no_stray_file(tmp_path):
    """A worker killed when its file has its name but its take has no row yet: the take is made again, once."""
    board = storyboard(shots=2, takes=2, length=6, size=(192, 108), handle=6)
    script = tmp_path / "deadly_worker.py"
    script.write_text(DEADLY_WORKER)

    report = shoot(tmp_path, board, workers=1, worker_command=(sys.executable, str(script)))

    assert (tmp_path / "killed").exists()
    assert report.deaths == 1
    ledger, files = open_store(tmp_path)
    with ledger:
        assert_whole(ledger, files, board)


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits for a process that is not its own child")
def test_workers_end_by_themselves_when_the_shoot_is_killed(tmp_path):
    """No orphan goes on drawing: a worker stops, giving its job back, when the process that started it is gone."""
    board = storyboard(shots=10, takes=10, length=200, size=(192, 108), handle=6)
    (tmp_path / "board.json").write_bytes(to_json(board))
    process = subprocess.Popen([sys.executable, "-c", SHOOT, str(tmp_path)], stderr=subprocess.DEVNULL)
    ledger, _ = open_store(tmp_path)
    wait_until(lambda: bool(ledger.jobs(state=JobState.RUNNING)), process)
    ends = [os.pidfd_open(worker) for worker in children(process.pid)]
    assert ends
    process.kill()
    process.wait()
    for end in ends:
        assert select.select([end], [], [], 60)[0], "the worker is still there"
        os.close(end)
    assert ledger.jobs(state=JobState.RUNNING) == ()
    assert not list((tmp_path / "files" / "unfinished").iterdir())
    ledger.close()
