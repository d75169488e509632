"""Shots that go on from the frames of the take before, with an engine that is given frames; LoRA files of a look."""

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from oner.engines.testcard import TestcardEngine
from oner.errors import HeldError, RequestError, StoreError
from oner.film import Engine, Look, Lora, Storyboard
from oner.media import media_ref, read_frames
from oner.store import Hold, Ledger, open_store
from oner.studio import rushes, writing
from oner.studio import shoot as shooting
from oner.studio.shoot import shoot
from oner.studio.shoot_requests import clip_request, current_takes

from .conftest import storyboard

LENGTH, HANDLE = 6, 2
LIMITS = replace(TestcardEngine.limits, takes_given_frames=True, carries_on_from_frames=True, takes_loras=True)

# Every frame is 8 levels brighter than the one before, and a clip with given frames goes on from the last of them.
WORKER = """
import sys
from dataclasses import replace
import numpy as np
from oner.engines.testcard import TestcardEngine
from oner.errors import RequestError
from oner.media import FrameWriter
from oner.media.given import read_given
from oner.studio import worker

class Engine(TestcardEngine):
    limits = replace(TestcardEngine.limits, takes_given_frames=True, carries_on_from_frames=True, takes_loras=True)

    def render(self, request, locate, out, report):
        if request.prompts[0].text in {broken}:
            raise RequestError("this one cannot be made")
        for lora in request.loras:
            assert locate(lora.file).read_bytes() == b"weights"
        shown = read_given(request.given, locate, request.width, request.height)
        level = request.seed % 5
        with FrameWriter(out, request.width, request.height, request.rate, quality="take", threads=1) as writer:
            for frame in range(request.frames):
                level = shown[frame].mean() if frame in shown else level + 8
                writer.write(np.full((request.height, request.width, 3), round(float(level)), np.uint8))
                report((frame + 1) / request.frames, "drawing")

class Other(Engine):
    name = "other@1"

def opened(name):
    with open("{log}", "a") as log:
        log.write(name + "\\n")
    return Other() if name == "other" else Engine()

sys.exit(worker.main(open_engine=opened))
"""


@pytest.fixture
def board() -> Storyboard:
    """s0, then s1 that continues it, then s2 that continues s1; two takes each."""
    whole = storyboard(3, 2, LENGTH, handle=HANDLE)
    first, second, third = whole.shots
    return replace(whole, shots=(first, replace(second, continues="s0"), replace(third, continues="s1")))


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Shoot with the engine of this file; `broken` prompts fail."""

    class Carrying(TestcardEngine):
        limits = LIMITS

    class Other(Carrying):
        name = "other@1"

    opened: dict[str, type[Engine]] = {"testcard": Carrying, "other": Other}
    monkeypatch.setattr(shooting, "open_engine", lambda name: opened[name]())
    monkeypatch.setattr(rushes, "open_engine", lambda name: opened[name]())
    script = tmp_path / "worker.py"
    (tmp_path / "film").mkdir()

    def run(board: Storyboard, broken: tuple[str, ...] = (), **more):
        script.write_text(WORKER.replace("{broken}", repr(broken)).replace("{log}", str(tmp_path / "opened.txt")))
        return shoot(tmp_path / "film", board, workers=1, worker_command=(sys.executable, str(script)), **more)

    run.project, run.opened = tmp_path / "film", tmp_path / "opened.txt"
    return run


def levels(project: Path, take) -> list[float]:
    _, files = open_store(project)
    return [frame.mean() for frame in read_frames(files.locate(take.media))]


def test_a_shot_goes_on_from_the_last_frames_of_the_same_take_before(make, board):
    """Both handles around the cut are those of the take before; then it goes on. The same command makes nothing."""
    told = []
    report = make(board, progress=told.append)
    takes = {(take.shot, take.number): take for take in report.made}
    assert len(takes) == 6
    assert (told[0].total, told[-1].done) == (6, 6)
    for number in (1, 2):
        for before, after in (("s0", "s1"), ("s1", "s2")):
            media = takes[before, number].media
            shown = takes[after, number].request.given
            assert [(given.frame, given.source, given.picture) for given in shown] == [
                (frame, LENGTH + frame, media) for frame in range(2 * HANDLE)
            ]
            left, right = (levels(make.project, takes[shot, number]) for shot in (before, after))
            assert right[: 2 * HANDLE] == pytest.approx(left[LENGTH:], abs=2)
            assert right[-1] == pytest.approx(left[-1] + 8 * LENGTH, abs=4)
    again = make(board)
    assert (again.found, again.made) == (6, ())
    files = open_store(make.project)[1]
    with Ledger(make.project / "oner.db") as ledger:
        seen = rushes._present(ledger, files, board)
    assert {shot: [take.number for take in of_shot] for shot, of_shot in seen.items()} == {
        "s0": [1, 2], "s1": [1, 2], "s2": [1, 2],
    }  # fmt: skip


def test_a_worker_goes_on_with_what_its_takes_have_made_possible(make, board):
    """Three rounds and six takes by one worker, so that a model is loaded once; it gives way to another engine."""
    report = make(board)
    assert (len(report.made), report.workers, report.deaths) == (6, 1, 0)
    assert make.opened.read_text().split() == ["testcard"]
    make.opened.unlink()
    first, second, third = board.shots
    mixed = replace(board, shots=(first, replace(second, engine="other"), replace(third, seed=third.seed + 1)))
    assert {take.shot for take in make(mixed).made} == {"s1", "s2"}
    assert make.opened.read_text().split() == ["other", "testcard"]


def test_without_handles_it_goes_on_from_the_last_frame(make, board):
    """One frame is shown twice, at the cut."""
    takes = {take.shot: take for take in make(replace(board, handle=0), takes=1).made}
    (shown,) = takes["s1"].request.given
    assert (shown.frame, shown.source, shown.picture) == (0, LENGTH - 1, takes["s0"].media)


def test_takes_that_others_go_on_from_are_made_with_them(make, board):
    """One shot of a chain is asked for: what it goes on from is made too, and nothing else."""
    made = make(board, shots=["s1"], takes=1).made
    assert [(take.shot, take.number) for take in made] == [("s0", 1), ("s1", 1)]
    more = {(take.shot, take.number): take for take in make(board, shots=["s1"], retake=["s1"]).made}
    assert set(more) == {("s0", 2), ("s1", 2), ("s1", 3), ("s1", 4)}
    with Ledger(make.project / "oner.db") as ledger:
        first, second = current_takes(ledger, board, "testcard@1", True)["s0"]
    assert more["s1", 3].request.given[0].picture == first.media  # those that s0 has, in turn
    assert more["s1", 4].request.given[0].picture == second.media


def test_an_edit_of_the_shot_before_makes_both_again(make, board):
    """And undoing it finds the old takes of both."""
    old = {take.id for take in make(board, shots=["s0", "s1"]).made}
    first, *others = board.shots
    edited = replace(board, shots=(replace(first, seed=first.seed + 1), *others))
    assert {take.shot for take in make(edited, shots=["s0", "s1"]).made} == {"s0", "s1"}
    back = make(board, shots=["s0", "s1"])
    assert back.made == ()
    with Ledger(make.project / "oner.db") as ledger:
        now = current_takes(ledger, board, "testcard@1", True)
    assert {take.id for shot in ("s0", "s1") for take in now[shot]} == old


def test_what_goes_on_from_a_failed_take_waits_for_it(make, board):
    """The failure is told once; when it is mended, the same command makes the rest."""
    report = make(board, broken=("place 1",), takes=1)
    assert [take.shot for take in report.made] == ["s0"]
    assert [job.shot for job in report.failed] == ["s1"]
    assert [take.shot for take in make(board, takes=1).made] == ["s1", "s2"]


def test_a_shot_goes_on_from_the_frames_of_another_engine(make, board):
    """A model that starts from a picture carries on what another made of words; each waits for the other in turn."""
    first, second, third = board.shots
    mixed = replace(board, shots=(replace(first, engine="other"), second, replace(third, engine="other")))
    report = make(mixed, shots=["s2"])
    takes = {(take.shot, take.number): take for take in report.made}
    assert {key: take.engine for key, take in takes.items()} == {
        (shot, number): "other@1" if shot != "s1" else "testcard@1" for shot in ("s0", "s1", "s2") for number in (1, 2)
    }
    for number in (1, 2):
        for before, after in (("s0", "s1"), ("s1", "s2")):
            assert takes[after, number].request.given[0].picture == takes[before, number].media
    again = make(mixed)
    assert (again.found, again.made) == (6, ())


def test_the_plan_counts_what_goes_on_from_other_takes(make, board, monkeypatch):
    """As done where it was made, as left where it was not, before the takes that it needs exist."""
    monkeypatch.setattr(writing, "open_engine", shooting.open_engine)
    project = SimpleNamespace(folder=make.project)
    assert [row.left for row in writing.estimate(project, board).plan.shots] == [2, 2, 2]
    make(board, shots=["s1"])
    assert [row.left for row in writing.estimate(project, board).plan.shots] == [0, 0, 2]


def test_a_chain_is_not_made_beside_another_shoot(make, board):
    """It takes several rounds; the one who holds the project makes them."""
    with Hold(make.project / "oner.lock", "oner shoot"), pytest.raises(HeldError):
        make(board, beside=True)


def test_lora_files_are_kept_with_the_takes(make, board, tmp_path):
    """By content: the worker finds them in the store; another weight is another take, another name is not."""
    (make.project / "film.safetensors").write_bytes(b"weights")
    lora = Lora(media_ref(make.project / "film.safetensors"), 0.8)
    styled = replace(board, look=Look("", (lora,), ("film.safetensors",)))
    plain = make(board, takes=1)
    report = make(styled, takes=1)
    assert len(report.made) == len(plain.made) == 3
    assert all(take.request.loras == (lora,) for take in report.made)
    (make.project / "film.safetensors").rename(tmp_path / "other.safetensors")
    moved = replace(styled, look=Look("", (lora,), (str(tmp_path / "other.safetensors"),)))
    assert make(moved, takes=1).made == ()
    stronger = replace(board, look=Look("", (replace(lora, weight=1.0),), moved.look.lora_paths))
    assert clip_request(stronger, board.shots[0], 1).fingerprint != clip_request(styled, board.shots[0], 1).fingerprint
    assert clip_request(board, board.shots[0], 1).fingerprint == plain.made[0].request.fingerprint


def test_lora_files_of_a_shot_are_kept_with_its_takes(make, board):
    """Those of a shot that has an engine of its own: the worker finds them in the store as those of the film."""
    (make.project / "own.safetensors").write_bytes(b"weights")
    lora = Lora(media_ref(make.project / "own.safetensors"))
    first, *others = board.shots
    own = replace(first, engine="other", loras=(lora,), lora_paths=("own.safetensors",))
    (take,) = make(replace(board, shots=(own, *others)), shots=["s0"], takes=1).made
    assert (take.engine, take.request.loras) == ("other@1", (lora,))


def test_a_lora_file_that_changes_meanwhile_is_noticed(make, board):
    """Its content is what the takes are told by."""
    (make.project / "film.safetensors").write_bytes(b"weights")
    lora = Lora(media_ref(make.project / "film.safetensors"))
    (make.project / "film.safetensors").write_bytes(b"others!")
    with pytest.raises(StoreError, match=r"film\.safetensors was changed just now"):
        make(replace(board, look=Look("", (lora,), ("film.safetensors",))))


def test_an_engine_without_weights_refuses_lora_files_before_anything_is_queued(board, tmp_path):
    """The shipped testcard has none; a shot with an engine of its own is not given the film's files."""
    (tmp_path / "film.safetensors").write_bytes(b"weights")
    look = Look("", (Lora(media_ref(tmp_path / "film.safetensors")),), ("film.safetensors",))
    with pytest.raises(RequestError, match="shot s0: testcard@1 cannot make this clip: LoRA files"):
        shoot(tmp_path, replace(board, look=look))
    with Ledger(tmp_path / "oner.db") as ledger:
        assert ledger.jobs() == ()
    own = replace(board.shots[0], engine="worlds")
    assert clip_request(replace(board, look=look), own, 1).loras == ()
