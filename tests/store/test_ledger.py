"""The ledger's promises, on real databases."""

import subprocess
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path

import pytest

from oner.errors import StoreError
from oner.film import ClipRequest, JobState, PromptSpan, Score, Take
from oner.store import Files, Ledger, Pick, Wanted, open_store
from oner.timing import Span

ENGINE = "testcard@1"


def request(seed: int, frames: int = 10, width: int = 64) -> ClipRequest:
    return ClipRequest((PromptSpan("a dog", Span(0, frames)),), width, 36, frames, Fraction(24000, 1001), seed)


def wanted(shots: int, takes: int) -> list[Wanted]:
    return [Wanted(f"s{s}", n, request(100 * s + n)) for s in range(shots) for n in range(1, takes + 1)]


@pytest.fixture
def store(tmp_path):
    ledger, files = open_store(tmp_path)
    yield ledger, files
    ledger.close()


def clip_file(files: Files, content: str) -> Path:
    clip = files.scratch("test") / "take.mp4"
    clip.write_text(content)
    return clip


def make(ledger: Ledger, files: Files, content: str, worker: str = "w", seconds: float = 1.0) -> Take | None:
    claim = ledger.claim(ENGINE, worker)
    return ledger.finish(
        claim, clip_file(files, content), files, "2026-11-21T10:00:00+00:00", seconds, {"ignored": "x"}
    )


def test_first_takes_of_all_shots_come_before_second_takes(store):
    """Claims go through the film once before any shot gets its second take."""
    ledger, _ = store
    ledger.want(ENGINE, wanted(shots=3, takes=2))
    claims = [ledger.claim(ENGINE, "w").job for _ in range(6)]
    assert [(job.shot, job.number) for job in claims] == [(s, n) for n in (1, 2) for s in ("s0", "s1", "s2")]
    assert ledger.claim(ENGINE, "w") is None


def test_a_finished_take_is_found_by_its_request(store):
    """A take keeps everything about its making and is found by engine and fingerprint, not by shot."""
    ledger, files = store
    ledger.want(ENGINE, wanted(shots=1, takes=1))
    take = make(ledger, files, "picture")
    assert take.shot == "s0"
    assert take.request == request(1)
    assert take.notes == {"ignored": "x"}
    assert files.locate(take.media).read_text() == "picture"
    assert ledger.takes_of(ENGINE, [request(1).fingerprint, "unknown"]) == {request(1).fingerprint: take}
    assert ledger.takes_of("testcard@2", [request(1).fingerprint]) == {}
    assert ledger.take(take.id) == take
    assert ledger.takes("s0") == (take,)
    with pytest.raises(StoreError, match="no take 'nothing'"):
        ledger.take("nothing")


def test_two_workers_never_get_the_same_job(tmp_path):
    """Eight threads with connections of their own claim 200 jobs: each job goes to exactly one of them."""
    ledger, _ = open_store(tmp_path)
    ledger.want(ENGINE, wanted(shots=20, takes=10))
    got: list[list[int]] = [[] for _ in range(8)]

    def claim_all(mine: list[int]) -> None:
        with Ledger(tmp_path / "oner.db") as own:
            while claim := own.claim(ENGINE, f"w{id(mine)}"):
                mine.append(claim.job.id)

    threads = [threading.Thread(target=claim_all, args=(mine,)) for mine in got]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(job for mine in got for job in mine) == sorted(job.id for job in ledger.jobs())
    ledger.close()


def test_many_processes_may_create_the_ledger_at_once(tmp_path):
    """Processes that open a new project at the same moment all succeed: one creates, the others wait."""
    script = (
        "import sys, time; from oner.store import Ledger; time.sleep(max(0, float(sys.argv[2]) - time.time())); "
        "print(len(Ledger(sys.argv[1]).jobs()))"
    )
    for number in range(3):
        command = [sys.executable, "-c", script, str(tmp_path / f"{number}.db"), str(time.time() + 1)]
        processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(8)]
        assert [process.communicate(timeout=60)[0] for process in processes] == ["0\n"] * 8


def test_a_worker_that_lost_its_lease_cannot_finish(store):
    """After its lease ran out and another worker claimed the job, the first one's take is refused."""
    ledger, files = store
    ledger.want(ENGINE, wanted(shots=1, takes=1))
    slow = ledger.claim(ENGINE, "slow", lease=-1)
    quick = ledger.claim(ENGINE, "quick")
    assert quick.job.id == slow.job.id
    assert ledger.overdue(ENGINE) == ()
    assert not ledger.heartbeat(slow, 0.5)
    clip = clip_file(files, "slow")
    assert ledger.finish(slow, clip, files, "2026-11-21", 1, {}) is None
    assert clip.exists()
    assert ledger.takes() == ()
    assert ledger.fail(slow, "too late") is None
    assert ledger.heartbeat(quick, 0.5)
    assert ledger.jobs()[0].progress == 0.5
    assert ledger.finish(quick, clip_file(files, "quick"), files, "2026-11-21", 1, {}) is not None
    assert len(ledger.takes()) == 1


def test_a_job_of_a_silent_worker_is_overdue_and_tried_three_times(store):
    """Expired leases are claimable by others, but not for ever."""
    ledger, _ = store
    ledger.want(ENGINE, wanted(shots=1, takes=1))
    for worker in "abc":
        assert ledger.claim(ENGINE, worker, lease=-1).job.tries == "abc".index(worker) + 1
    assert ledger.claim(ENGINE, "d") is None
    assert ledger.overdue(ENGINE) == ("c",)
    assert ledger.overdue("another@1") == ()
    assert ledger.release("c", "its worker fell silent") == 1
    (job,) = ledger.jobs(state=JobState.FAILED)
    assert job.error == "its worker fell silent"


def test_a_failing_job_waits_behind_the_others_and_fails_after_three_tries(store):
    """Three tries, the reason kept, the rest goes on; the next shoot starts afresh."""
    ledger, files = store
    shoot = ledger.want(ENGINE, wanted(shots=2, takes=1))
    assert ledger.fail(ledger.claim(ENGINE, "w"), "no luck") == JobState.QUEUED
    assert make(ledger, files, "the other").shot == "s1"
    assert ledger.fail(ledger.claim(ENGINE, "w"), "no luck") == JobState.QUEUED
    assert ledger.fail(ledger.claim(ENGINE, "w"), "no luck at all") == JobState.FAILED
    tally = ledger.tally(shoot)
    assert (tally.done, tally.failed, tally.queued, tally.total) == (1, 1, 0, 2)
    assert ledger.jobs(state=JobState.FAILED)[0].error == "no luck at all"
    ledger.want(ENGINE, wanted(shots=1, takes=1))
    (job,) = ledger.jobs(state=JobState.QUEUED)
    assert (job.shot, job.tries, job.error) == ("s0", 0, None)


def test_what_is_hurried_goes_before_all_others(store):
    """Also before takes of lower numbers, and after a failed try; the shoot's own tally keeps what is its own."""
    ledger, files = store
    shoot = ledger.want(ENGINE, wanted(shots=3, takes=2))
    second = wanted(shots=3, takes=3)[-2:]
    ledger.claim(ENGINE, "at work")
    ledger.hurry(ENGINE, second)
    assert ledger.fail(ledger.claim(ENGINE, "w"), "no luck") == JobState.QUEUED
    made = [make(ledger, files, f"take {n}") for n in range(4)]
    assert [(take.shot, take.number) for take in made] == [("s2", 3), ("s2", 2), ("s1", 1), ("s2", 1)]
    assert (ledger.tally(shoot).total, ledger.tally(shoot).done) == (6, 3)
    assert [job.number for job in ledger.jobs_of(ENGINE, [item.request.fingerprint for item in second])] == [3, 2]


def test_a_final_failure_is_not_tried_again(store):
    """What would fail the same way again fails at once."""
    ledger, _ = store
    ledger.want(ENGINE, wanted(shots=1, takes=1))
    assert ledger.fail(ledger.claim(ENGINE, "w"), "illegal", final=True) == JobState.FAILED


def test_a_stopped_worker_loses_no_try(store):
    """Giving a job back on request does not count as a try; dying with it does."""
    ledger, _ = store
    ledger.want(ENGINE, wanted(shots=1, takes=1))
    ledger.claim(ENGINE, "w")
    ledger.release("w")
    assert ledger.jobs()[0].tries == 0
    ledger.claim(ENGINE, "w")
    ledger.release("w", "its worker died")
    assert (ledger.jobs()[0].tries, ledger.jobs()[0].state) == (1, JobState.QUEUED)


def test_the_queue_is_what_the_last_shoot_asked_for(store):
    """Jobs that wait and are no longer wanted are cancelled; wanted again, they come back."""
    ledger, _ = store
    ledger.want(ENGINE, wanted(shots=2, takes=2))
    ledger.want(ENGINE, wanted(shots=1, takes=1))
    assert [job.state for job in ledger.jobs()].count(JobState.CANCELLED) == 3
    ledger.want(ENGINE, wanted(shots=2, takes=2))
    assert {job.state for job in ledger.jobs()} == {JobState.QUEUED}


def test_a_take_is_replaced_only_when_its_file_has_vanished(store):
    """A second finish of the same request keeps the first take, unless its file is gone."""
    ledger, files = store
    ledger.want(ENGINE, wanted(shots=1, takes=1))
    first = make(ledger, files, "first")
    ledger.want(ENGINE, wanted(shots=1, takes=1))
    assert make(ledger, files, "second") == first
    files.forget(first.media)
    ledger.want(ENGINE, wanted(shots=1, takes=1))
    third = make(ledger, files, "third")
    assert third.id == first.id
    assert files.locate(third.media).read_text() == "third"
    assert ledger.takes() == (third,)


def test_a_finish_that_fails_half_way_changes_nothing(store, tmp_path):
    """When the file cannot be moved in, neither take nor job state is noted, and the job can fail properly."""
    ledger, files = store
    ledger.want(ENGINE, wanted(shots=1, takes=1))
    claim = ledger.claim(ENGINE, "w")
    clip = tmp_path / "take.mp4"
    clip.write_text("picture")
    files.place(files.refer(clip)).parent.write_text("a file where the folder should be")
    with pytest.raises(StoreError, match=r"cannot keep take\.mp4"):
        ledger.finish(claim, clip, files, "2026-11-21", 1, {})
    assert ledger.takes() == ()
    assert ledger.jobs()[0].state == JobState.RUNNING
    assert ledger.fail(claim, "disk") == JobState.QUEUED


def test_the_users_pick_wins_and_an_undone_edit_brings_it_back(store):
    """Among a shot's present takes the user's latest pick counts, then the automatic one; picks of others are kept."""
    ledger, files = store
    ledger.want(ENGINE, wanted(shots=1, takes=3))
    one, two, three = (make(ledger, files, str(n)) for n in range(3))
    ledger.save_picks([Pick("s0", three.id, automatic=True), Pick("s0", one.id, automatic=False)])
    ledger.save_picks([Pick("s0", two.id, automatic=False), Pick("s0", one.id, automatic=True)])
    assert ledger.picks({"s0": (one, two, three)}) == {"s0": Pick("s0", two.id, automatic=False)}
    assert ledger.picks({"s0": (one, three)}) == {"s0": Pick("s0", one.id, automatic=False)}
    assert ledger.picks({"s0": (three,), "s1": ()}) == {"s0": Pick("s0", three.id, automatic=True)}
    ledger.save_picks([Pick("s0", one.id, automatic=False)])
    assert ledger.picks({"s0": (one, two, three)})["s0"].take == one.id
    ledger.forget_picks("s0")
    assert ledger.picks({"s0": (one, two, three)})["s0"] == Pick("s0", one.id, automatic=True)


def test_scores_and_settings_come_back_as_they_were(store):
    """Scores are kept by take, the newest counts; settings keep JSON values."""
    ledger, files = store
    ledger.want(ENGINE, wanted(shots=1, takes=1))
    take = make(ledger, files, "x")
    ledger.save_scores([Score(take.id, 0.25, {"motion": 0.5})])
    score = Score(take.id, 0.75, {"motion": 1.0, "flicker": 0.5}, ("black for 12 frames",))
    ledger.save_scores([score])
    assert ledger.scores() == {take.id: score}
    assert ledger.setting("columns", 4) == 4
    ledger.set_setting("columns", {"wide": [1, 2]})
    assert ledger.setting("columns") == {"wide": [1, 2]}
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        ledger.save_scores([Score("no such take", 1, {})])


def test_speed_is_measured_per_size_and_scaled_to_others(store):
    """Seconds per frame follow the takes made; a new size is estimated by its pixels from the nearest one."""
    ledger, files = store
    assert ledger.seconds_per_frame(ENGINE, 64, 36) is None
    ledger.want(ENGINE, wanted(shots=1, takes=2))
    make(ledger, files, "a", seconds=1.0)
    make(ledger, files, "b", seconds=2.0)
    assert ledger.seconds_per_frame(ENGINE, 64, 36) == pytest.approx(0.15)
    assert ledger.seconds_per_frame(ENGINE, 128, 72) == pytest.approx(0.6)
    assert ledger.seconds_per_frame("worlds@1", 64, 36) is None


def test_a_ledger_belongs_to_its_thread(store):
    """Using a connection from another thread is refused with an error of ours, not with a corrupted database."""
    ledger, _ = store
    caught = []

    def use() -> None:
        try:
            ledger.jobs()
        except StoreError as error:
            caught.append(str(error))

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert "thread" in caught[0]
