"""`shoot` on real projects with real workers and the testcard engine."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from oner.errors import Cancelled, EngineError, FilmError, InputError, RequestError, StoreError
from oner.film import JobState, Storyboard, to_json
from oner.media import probe
from oner.store import Files, Hold, Ledger, open_store
from oner.studio.shoot import ShootProgress, shoot
from oner.studio.shoot_requests import clip_request, current_takes, plan_shoot, take_seed

from .conftest import storyboard

ENGINE = "testcard@1"

# A worker with an engine of the test's own: the text of `render` is put in. It is a real process like any other.
WORKER = """
import os, resource, signal, sys, threading
import numpy as np
from oner.engines.testcard import TestcardEngine
from oner.errors import EngineError
from oner.media import FrameWriter
from oner.studio import worker

class Engine(TestcardEngine):
    def render(self, request, locate, out, report):
        prompt = request.prompts[0].text
{body}
        super().render(request, locate, out, report)

sys.exit(worker.main(open_engine=lambda name: Engine()))
"""


def edited(board: Storyboard, shot: str, **changes) -> Storyboard:
    return replace(board, shots=tuple(replace(s, **changes) if s.id == shot else s for s in board.shots))


def numbers(project: Path, board: Storyboard) -> dict[str, list[int]]:
    with Ledger(project / "oner.db") as ledger:
        return {shot: [t.number for t in takes] for shot, takes in current_takes(ledger, board, ENGINE).items()}


def worker_with(folder: Path, *body: str) -> tuple[str, ...]:
    script = folder / "worker.py"
    script.write_text(WORKER.replace("{body}", "\n".join(f"        {line}" for line in body)))
    return (sys.executable, str(script))


# ---------------------------------------------------------------------------------------- the usual way


def test_a_shoot_makes_every_missing_take_once(tmp_path):
    """All takes of all shots, each the shot's length plus two handles; the same command again makes nothing."""
    board, seen = storyboard(), []
    report = shoot(tmp_path, board, workers=2, progress=seen.append)
    assert [(take.shot, take.number) for take in report.made] == [(f"s{s}", n) for s in range(3) for n in (1, 2)]
    assert report.failed == ()
    assert report.deaths == 0
    assert (seen[0].done, seen[0].total) == (0, 6)
    assert (seen[-1].done, seen[-1].running, seen[-1].seconds_left) == (6, (), 0)
    _, files = open_store(tmp_path)
    for take in report.made:
        video = probe(files.locate(take.media)).video
        assert (video.width, video.height, video.frames) == (64, 36, 6 + 2 * 2)
    again = shoot(tmp_path, board)
    assert (again.made, again.found) == ((), 6)


def test_an_edit_makes_new_takes_for_that_shot_only_and_undoing_it_finds_the_old_ones(tmp_path):
    """Takes belong to what they show: another prompt, other takes; the old prompt again, the old takes again."""
    board = storyboard()
    before = {take.id for take in shoot(tmp_path, board).made}
    changed = edited(board, "s1", prompt="another place")
    report = shoot(tmp_path, changed)
    assert {take.shot for take in report.made} == {"s1"}
    assert len(report.made) == 2
    undone = shoot(tmp_path, board)
    assert (undone.made, undone.found) == ((), 6)
    with Ledger(tmp_path / "oner.db") as ledger:
        assert {take.id for takes in current_takes(ledger, board, ENGINE).values() for take in takes} == before


def test_a_renamed_and_moved_shot_keeps_its_takes(tmp_path):
    """Another id, another transition, another place in the song: the pictures are the same."""
    board = storyboard(shots=1)
    shoot(tmp_path, board)
    (shot,) = board.shots
    moved = replace(board, shots=(replace(shot, id="renamed", span=shot.span.shifted(48)),))
    assert shoot(tmp_path, moved).made == ()
    assert numbers(tmp_path, moved) == {"renamed": [1, 2]}


def test_shots_and_takes_can_be_chosen(tmp_path):
    """`shots` limits the shoot, `takes` overrides the film; unknown ones are refused with the nearest."""
    board = storyboard()
    report = shoot(tmp_path, board, shots=["s2"], takes=3)
    assert [(take.shot, take.number) for take in report.made] == [("s2", 1), ("s2", 2), ("s2", 3)]
    assert numbers(tmp_path, board) == {"s0": [], "s1": [], "s2": [1, 2, 3]}
    with pytest.raises(InputError, match="no shot 'z2' in this film; did you mean 's2'"):
        shoot(tmp_path, board, shots=["z2"])
    with pytest.raises(InputError, match="takes=0: at least 1"):
        shoot(tmp_path, board, takes=0)
    with pytest.raises(InputError, match="workers=0: at least 1"):
        shoot(tmp_path, board, workers=0)


def test_a_retake_adds_new_takes_and_overwrites_none(tmp_path):
    """Retakes get the next numbers and other seeds; interrupted, the same command or a plain shoot finishes them."""
    board = storyboard(shots=2)
    first = shoot(tmp_path, board).made

    def stop(progress: ShootProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Cancelled, match="0 of 2 takes"):
        shoot(tmp_path, board, retake=["s1"], progress=stop)
    assert len(shoot(tmp_path, board, retake=["s1"]).made) == 2
    with pytest.raises(Cancelled, match="0 of 2 takes"):
        shoot(tmp_path, board, retake=["s1"], progress=stop)
    assert len(shoot(tmp_path, board).made) == 2
    assert numbers(tmp_path, board) == {"s0": [1, 2], "s1": [1, 2, 3, 4, 5, 6]}
    with Ledger(tmp_path / "oner.db") as ledger:
        takes = ledger.takes()
    assert len({take.request.seed for take in takes}) == 8
    assert all(take in takes for take in first)
    assert len(shoot(tmp_path, board, retake=["s1"], takes=1).made) == 1
    assert numbers(tmp_path, board)["s1"] == [1, 2, 3, 4, 5, 6, 7]


def test_a_vanished_file_is_made_again(tmp_path):
    """A take whose file was deleted comes back under its old name with the same request."""
    board = storyboard(shots=2, takes=1)
    lost, kept = shoot(tmp_path, board).made
    ledger, files = open_store(tmp_path)
    files.locate(lost.media).unlink()
    (made,) = shoot(tmp_path, board).made
    assert (made.id, made.request) == (lost.id, lost.request)
    files.verify(made.media)
    assert ledger.take(kept.id) == kept
    ledger.close()


# ------------------------------------------------------------------------------------------- requests


def test_continuing_shots_carry_the_scene_on():
    """A chain shares the seed of its first shot, take by take, and each part starts where the one before ends."""
    board = storyboard(shots=4)
    board = edited(edited(board, "s2", continues="s1"), "s3", continues="s2")
    requests = [clip_request(board, shot, 2) for shot in board.shots]
    assert [request.start for request in requests] == [0, 0, 6, 12]
    assert [request.seed for request in requests] == [take_seed(100, 2), *[take_seed(101, 2)] * 3]
    assert {request.frames for request in requests} == {10}
    with pytest.raises(FilmError, match="shot s1 continues 's3'"):
        clip_request(edited(board, "s1", continues="s3"), board.shots[3], 1)


def test_take_one_has_the_seed_of_the_film_file():
    """People find their own number in the first take; the others differ from it and from each other."""
    seeds = [take_seed(7, number) for number in range(1, 100)]
    assert seeds[0] == 7
    assert len(set(seeds)) == 99
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_shots_that_are_equal_to_the_letter_share_their_takes(tmp_path):
    """The same request is not made twice, and both shots have it."""
    board = edited(storyboard(shots=2, takes=2), "s1", prompt="place 0", seed=100)
    assert len(shoot(tmp_path, board).made) == 2
    assert numbers(tmp_path, board) == {"s0": [1, 2], "s1": [1, 2]}


def test_a_request_that_the_engine_cannot_make_is_refused_before_anything_runs(tmp_path):
    """The shot is named, the nearest legal size too, and nothing is queued."""
    with pytest.raises(RequestError, match=r"shot s0: testcard@1 cannot make this clip: width=65.*Nearest"):
        shoot(tmp_path, storyboard(size=(65, 36)))
    with Ledger(tmp_path / "oner.db") as ledger:
        assert ledger.jobs() == ()


def test_planning_writes_nothing(tmp_path):
    """What would be made can be asked for without making it."""
    ledger, files = open_store(tmp_path)
    plan = plan_shoot(ledger, files, storyboard(), ENGINE)
    assert (len(plan.wanted), plan.frames, plan.found) == (6, 60, 0)
    assert ledger.jobs() == ()
    ledger.close()


# ------------------------------------------------------------------------------------------- stopping


def test_a_stop_is_clean_and_says_how_to_go_on(tmp_path):
    """After Ctrl-C no worker is left, jobs wait in the queue without a lost try, and the next shoot finishes."""
    board = storyboard(shots=4, takes=4, length=48)

    def stop(progress: ShootProgress) -> None:
        if progress.done >= 2 and progress.running:
            raise KeyboardInterrupt

    with pytest.raises(Cancelled, match=r"stopped: \d+ of 16 takes are made and kept; the same command goes on"):
        shoot(tmp_path, board, workers=2, progress=stop)
    with Ledger(tmp_path / "oner.db") as ledger:
        assert {job.state for job in ledger.jobs()} <= {JobState.DONE, JobState.QUEUED}
        assert {job.tries for job in ledger.jobs(state=JobState.QUEUED)} == {0}
        made = ledger.takes()
    assert not list((tmp_path / "files").glob("unfinished/*"))
    report = shoot(tmp_path, board)
    assert len(report.made) == 16 - len(made)
    assert report.found == len(made)


@pytest.mark.skipif(os.name != "posix", reason="sends signals to a process group")
def test_ctrl_c_in_a_terminal_reaches_everybody_and_still_ends_cleanly(tmp_path):
    """A SIGINT to the whole process group, as a terminal sends it: the parent stops the workers and says so."""
    (tmp_path / "board.json").write_bytes(to_json(storyboard(shots=10, takes=4, length=48)))
    script = """
import sys
from pathlib import Path
from oner.errors import Cancelled
from oner.film import Storyboard, from_json
from oner.studio.shoot import shoot
def say(progress):
    if progress.done:
        print("working", flush=True)
try:
    shoot(Path(sys.argv[1]), from_json(Path(sys.argv[1], "board.json").read_bytes(), Storyboard), progress=say)
except Cancelled as stop:
    print(stop)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout.readline() == "working\n"
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert "the same command goes on from here" in out
    assert err == ""
    with Ledger(tmp_path / "oner.db") as ledger:
        assert {job.state for job in ledger.jobs()} <= {JobState.DONE, JobState.QUEUED}


def test_two_whole_shoots_at_once_are_refused(tmp_path):
    """The second is told that another one is at work; the first is not disturbed."""
    board, refusals = storyboard(), []

    def second(progress: ShootProgress) -> None:
        with pytest.raises(StoreError, match="another `oner shoot` is at work") as refusal:
            shoot(tmp_path, board)
        refusals.append(refusal)

    assert len(shoot(tmp_path, board, progress=second).made) == 6
    assert refusals


def in_order(project: Path) -> list[tuple[str, int]]:
    """(shot, number) of all takes as they were made."""
    with Ledger(project / "oner.db") as ledger:
        return [tuple(row) for row in ledger.database.rows("SELECT shot, number FROM takes ORDER BY rowid")]


def test_takes_asked_for_beside_a_shoot_go_first(tmp_path):
    """Takes of the running shoot's own plan move up, others are added; both reports are whole."""
    board, before, reports = storyboard(shots=6, takes=4, length=24), [], []

    def asked(progress: ShootProgress) -> None:
        before[1:] = [progress.total]
        before[:1] = before[:1] or [len(in_order(tmp_path))]

    beside = threading.Thread(
        target=lambda: reports.append(
            shoot(tmp_path, board, shots=["s5"], takes=6, beside=True, progress=asked),
        )
    )
    report = shoot(tmp_path, board, workers=1, progress=once_running(beside.start))
    beside.join()
    made, mine = in_order(tmp_path), [("s5", number) for number in range(1, 7)]
    assert len(made) == 26
    assert {(take.shot, take.number) for take in reports[0].made} == set(mine)
    assert (reports[0].workers, reports[0].failed, before[1]) == (0, (), 6)
    assert [take for take in made[: before[0] + 1 + 6] if take in mine] == mine  # one other was being made
    assert len(report.made) == 24


def once_running(act: Callable[[], object]) -> Callable[[ShootProgress], None]:
    """A watcher of a shoot that acts as soon as a take is being made."""
    acted = []

    def watch(progress: ShootProgress) -> None:
        if progress.running and not acted:
            acted.append(act())

    return watch


def test_takes_asked_for_beside_a_shoot_that_ends_are_made_all_the_same(tmp_path):
    """The other one is stopped before it came to them: this one goes on alone."""
    board, joined, reports = storyboard(shots=4, takes=1, length=240), threading.Event(), []

    def stop() -> None:
        beside.start()
        assert joined.wait(120)
        raise Cancelled("stop")

    beside = threading.Thread(
        target=lambda: reports.append(
            shoot(tmp_path, board, shots=["s3"], workers=1, beside=True, progress=lambda _: joined.set())
        )
    )
    with pytest.raises(Cancelled):
        shoot(tmp_path, board, workers=1, progress=once_running(stop))
    beside.join()
    assert "s3" in {shot for shot, _ in in_order(tmp_path)}
    assert {take.shot for take in reports[0].made} <= {"s3"}
    with Ledger(tmp_path / "oner.db") as ledger:
        ledger.check()
        assert {job.shot: job.state for job in ledger.jobs()}["s3"] is JobState.DONE


def test_who_waits_beside_a_shoot_can_stop_waiting(tmp_path):
    """What was added for them leaves the queue; takes of another engine are refused at once."""
    board = storyboard(shots=2, takes=1)

    def stop(_: ShootProgress) -> None:
        raise Cancelled("enough")

    with Hold(tmp_path / "oner.lock", "oner shoot"), Ledger(tmp_path / "oner.db") as ledger:
        ledger.want(ENGINE, plan_shoot(ledger, Files(tmp_path / "files"), board, ENGINE, ["s0"]).wanted)
        ledger.set_setting("shooting", "worlds@1")
        with pytest.raises(StoreError, match=r"at work here with worlds@1, and these takes need testcard@1: wait"):
            shoot(tmp_path, board, beside=True)
        ledger.set_setting("shooting", ENGINE)
        with pytest.raises(Cancelled, match="the other shoot goes on"):
            shoot(tmp_path, board, beside=True, progress=stop)
        states = {job.shot: job.state for job in ledger.jobs()}
    assert states == {"s0": JobState.QUEUED, "s1": JobState.CANCELLED}


# ------------------------------------------------------------------------------------------- failures


def test_a_failing_engine_fails_its_job_after_three_tries_and_the_rest_goes_on(tmp_path):
    """The reason is the engine's own words; the next shoot tries again and can succeed."""
    board = storyboard()
    command = worker_with(
        tmp_path,
        "if prompt == 'place 1':",
        f"    open({str(tmp_path / 'tries')!r}, 'a').write('x')",
        "    out.write_bytes(b'half')",
        "    raise EngineError('the paint ran out')",
        "if prompt == 'place 2' and request.seed == 102:",
        "    1 / 0",
    )
    report = shoot(tmp_path, board, worker_command=command)
    assert [(job.shot, job.number, job.tries) for job in report.failed] == [("s1", 1, 3), ("s1", 2, 3), ("s2", 1, 3)]
    assert report.failed[0].error == "the paint ran out"
    assert report.failed[2].error == "testcard@1 failed: ZeroDivisionError: division by zero"
    assert (tmp_path / "tries").read_text() == "x" * 6
    assert len(report.made) == 3
    assert report.deaths == 0
    assert len(shoot(tmp_path, board).made) == 3


def test_an_engine_that_kills_its_worker_fails_that_job_only(tmp_path):
    """Three workers die of one job, others take their place; the reason names the signal and the last words."""
    command = worker_with(
        tmp_path,
        "if prompt == 'place 1':",
        "    sys.stderr.write('driver: out of memory\\n'); sys.stderr.flush()",
        "    os.kill(os.getpid(), signal.SIGSEGV)",
    )
    report = shoot(tmp_path, storyboard(takes=1), worker_command=command)
    assert [job.shot for job in report.failed] == ["s1"]
    assert report.failed[0].error == "its worker died (signal SIGSEGV): driver: out of memory"
    assert [take.shot for take in report.made] == ["s0", "s2"]
    assert report.deaths == 3


def test_an_engine_that_falls_silent_is_given_up(tmp_path):
    """A job that reports nothing until its lease is over costs its worker; after three it has failed."""
    command = worker_with(tmp_path, "if prompt == 'place 1':", "    threading.Event().wait()")
    report = shoot(tmp_path, storyboard(takes=1), worker_command=(*command, "--lease", "2"))
    assert [(job.shot, job.tries) for job in report.failed] == [("s1", 3)]
    assert "its worker died (signal SIGKILL)" in report.failed[0].error
    assert len(report.made) == 2


def test_workers_that_cannot_start_end_the_shoot_with_their_words(tmp_path):
    """No endless restarting: after a few the shoot says why."""
    script = tmp_path / "worker.py"
    script.write_text("import sys; sys.exit('no libEGL on this machine')")
    with pytest.raises(EngineError, match=r"keep dying before they begin: exit code 1: no libEGL on this machine"):
        shoot(tmp_path, storyboard(), worker_command=(sys.executable, str(script)))


def test_workers_that_find_nothing_to_make_end_the_shoot(tmp_path):
    """As when the engine got another version in the middle: the takes wait, and nobody turns in circles."""
    idle = (sys.executable, "-S", "-c", "pass")
    with pytest.raises(EngineError, match=r"takes wait and the workers of 'testcard' find nothing to make"):
        shoot(tmp_path, storyboard(), workers=1, worker_command=idle)


def test_an_engine_that_delivers_something_else_is_not_believed(tmp_path):
    """A clip of another length than asked for fails the job instead of spoiling the film."""
    command = worker_with(
        tmp_path,
        "with FrameWriter(out, request.width, request.height, request.rate) as writer:",
        "    writer.write(np.zeros((request.height, request.width, 3), np.uint8))",
        "return",
    )
    report = shoot(tmp_path, storyboard(shots=1, takes=1), worker_command=command)
    assert "delivered (64, 36, 1, " in report.failed[0].error
    assert "instead of (64, 36, 10, " in report.failed[0].error


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files by setrlimit")
def test_a_full_disk_fails_the_jobs_that_meet_it_and_leaves_nothing_half_written(tmp_path):
    """Clips that do not fit fail with the system's words after three tries; small ones are made."""
    command = worker_with(
        tmp_path,
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))",
        "if prompt == 'place 1':",
        "    with FrameWriter(out, 640, 360, request.rate) as writer:",
        "        for number in range(20):",
        "            writer.write(np.random.default_rng(number).integers(0, 256, (360, 640, 3), np.uint8))",
        "            report(number / 20, 'noise')",
    )
    report = shoot(tmp_path, storyboard(takes=1), workers=1, worker_command=command)
    assert [(job.shot, job.tries) for job in report.failed] == [("s1", 3)]
    assert "cannot write" in report.failed[0].error
    assert "too large" in report.failed[0].error.lower()
    assert [take.shot for take in report.made] == ["s0", "s2"]
    assert len([path for path in (tmp_path / "files").rglob("*") if path.is_file()]) == 2


# ------------------------------------------------------------------------------------------- bad projects


def test_a_project_that_cannot_be_written_is_refused(tmp_path):
    """A file where the folder of files should be, and a folder that does not exist."""
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(StoreError, match="cannot keep files in"):
        shoot(tmp_path, storyboard())
    with pytest.raises(StoreError, match="cannot write in"):
        shoot(tmp_path / "nowhere", storyboard())


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_project_is_refused(tmp_path):
    """A folder without the right to write says so at once."""
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="cannot write in"):
            shoot(tmp_path, storyboard())
    finally:
        tmp_path.chmod(0o700)


def test_a_ledger_of_a_newer_version_is_refused(tmp_path):
    """Nothing is shot into a ledger that a newer Oner has written."""
    Ledger(tmp_path / "oner.db").close()
    connection = sqlite3.connect(tmp_path / "oner.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match=r"version 99.*newer Oner"):
        shoot(tmp_path, storyboard())
