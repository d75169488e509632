"""`shoot` on a real Ray cluster of two nodes on this machine, with the testcard engine; pieces of it without one."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from oner import __version__
from oner.cli import run
from oner.cli.options import cluster_of
from oner.engines import open_engine
from oner.errors import Cancelled, EngineError, InputError
from oner.film import (
    ClipRequest,
    GivenFrame,
    JobState,
    MediaRef,
    PromptSpan,
    Storyboard,
    Take,
    to_json,
)
from oner.media import read_frames, save_png
from oner.store import Files, Ledger, open_store
from oner.studio.ray_actor import TakeMaker
from oner.studio.ray_cluster import RayCluster
from oner.studio.ray_crew import RemoteEngine, check_node
from oner.studio.shoot import ShootProgress, shoot
from oner.timing import Span

from .conftest import storyboard

needs_ray = pytest.mark.skipif(
    find_spec("ray") is None or not Path("/proc/self/stat").exists(),
    reason="needs Ray (pip install 'oner[ray]') and /proc, where it looks for the actors' processes",
)
SHOOT = """
import sys
from pathlib import Path
from oner.film import Storyboard, from_json
from oner.studio.ray_cluster import RayCluster
from oner.studio.shoot import shoot
board = from_json(Path(sys.argv[1], "board.json").read_bytes(), Storyboard)
shoot(Path(sys.argv[1]), board, workers=1, ray=RayCluster(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def nodes() -> Iterator[SimpleNamespace]:
    """A head and a second node, each with one core."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        from ray.cluster_utils import Cluster

        small = {"num_cpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False}
        quick = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 4}
        cluster = Cluster(initialize_head=True, head_node_args={**small, "_system_config": quick})
        second = cluster.add_node(num_cpus=1, object_store_memory=80_000_000)
        yield SimpleNamespace(
            address=cluster.address,
            raylet=lambda: second.all_processes["raylet"][0].process.pid,
            lose=lambda: cluster.remove_node(second, allow_graceful=False),
        )
        cluster.shutdown()


def actors(raylet: int | None = None) -> list[int]:
    """Processes of actors that hold an engine, of one node if given."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # gone meanwhile
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if b"ray::TakeMaker" in (folder / "cmdline").read_bytes() and raylet in (None, parent):
                found.append(int(folder.name))
    return found


def once(running: Callable[[ShootProgress], bool], act: Callable[[], object]) -> Callable[[ShootProgress], None]:
    """A watcher of a shoot that acts the first time that something is so."""
    done = []

    def watch(progress: ShootProgress) -> None:
        if not done and running(progress):
            done.append(act())

    return watch


def in_mid_take(progress: ShootProgress) -> bool:
    return any(0.05 < job.progress < 0.6 for job in progress.running)


def assert_whole(project: Path, board: Storyboard) -> tuple[Take, ...]:
    """Every take that the film asks for is there once, and nothing else is."""
    ledger, files = open_store(project)
    with ledger:
        ledger.check()
        takes, jobs = ledger.takes(), ledger.jobs()
    wanted = sum(shot.takes for shot in board.shots)
    assert len({take.request.fingerprint for take in takes}) == len(takes) == wanted
    for take in takes:
        files.verify(take.media)
    assert sorted(path.stem for path in files.folder.rglob("*.*")) == sorted(take.media.sha256 for take in takes)
    assert {job.state for job in jobs} == {JobState.DONE}
    return takes


def pixels(project: Path, take: Take) -> bytes:
    """Every decoded frame (the files themselves say when they were made)."""
    return b"".join(frame.tobytes() for frame in read_frames(Files(project / "files").locate(take.media)))


# ------------------------------------------------------------------------------------------- on a cluster


@needs_ray
def test_a_cluster_makes_the_same_takes_as_this_machine(tmp_path, nodes):
    """The same takes with the same pixels, bit for bit, from both nodes; the same command again makes nothing."""
    board = storyboard(shots=3, takes=2, length=6)
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    here = shoot(tmp_path / "here", board, workers=1)
    there = shoot(tmp_path / "there", board, ray=RayCluster(nodes.address))
    assert (there.workers, there.deaths, there.failed) == (2, 0, ())
    known = lambda take: (take.id, take.shot, take.number, take.notes)
    assert [known(take) for take in there.made] == [known(take) for take in here.made]
    for far, near_by in zip(there.made, here.made, strict=True):
        assert pixels(tmp_path / "there", far) == pixels(tmp_path / "here", near_by)
    assert_whole(tmp_path / "there", board)
    assert shoot(tmp_path / "there", board, ray=RayCluster(nodes.address)).made == ()


@needs_ray
def test_a_whole_film_is_shot_on_the_cluster(tmp_path, nodes, song, monkeypatch, capsys):
    """`oner make --ray`: no worker is started here, and the film is there in the end."""
    monkeypatch.setattr("oner.studio.shoot.Crew", None)
    command = ["make", song, "--idea", "a red boat", "--engine", "testcard", "--takes", 1, "--size", "64x36", "--draft"]
    assert run([str(word) for word in [*command, "-o", tmp_path / "film.mp4", "--ray", nodes.address]]) == 0
    assert "made in" in capsys.readouterr().out
    assert (tmp_path / "film.mp4").exists()


@needs_ray
def test_takes_asked_for_beside_a_shoot_on_the_cluster(tmp_path, nodes):
    """The actor that is there makes them before the other takes of the long shoot."""
    board, reports = storyboard(shots=6, takes=2, length=480), []
    beside = threading.Thread(target=lambda: reports.append(shoot(tmp_path, board, shots=["s5"], takes=3, beside=True)))
    watch = once(lambda progress: bool(progress.running), beside.start)
    shoot(tmp_path, board, workers=1, ray=RayCluster(nodes.address), progress=watch)
    beside.join()
    assert (reports[0].workers, [take.number for take in reports[0].made]) == (0, [1, 2, 3])
    with Ledger(tmp_path / "oner.db") as ledger:
        order = [row["shot"] for row in ledger.database.rows("SELECT shot FROM takes ORDER BY rowid")]
    assert len(order) == 13
    assert order[-1] != "s5"


@needs_ray
def test_an_actor_killed_in_mid_take_costs_no_take(tmp_path, nodes):
    """Another actor takes its place and makes the take again; the ledger counts one try more."""
    board = storyboard(shots=2, takes=1, length=1500)
    kill = lambda: [os.kill(process, signal.SIGKILL) for process in actors()[:1]]
    report = shoot(tmp_path, board, workers=1, ray=RayCluster(nodes.address), progress=once(in_mid_take, kill))
    assert report.deaths == 1
    assert len(assert_whole(tmp_path, board)) == 2
    with Ledger(tmp_path / "oner.db") as ledger:
        assert sorted(job.tries for job in ledger.jobs()) == [1, 2]


@needs_ray
def test_a_stop_gives_the_jobs_back(tmp_path, nodes):
    """Cancelled in mid-take: no actor is left, nothing half-made stays, and the try does not count."""
    board = storyboard(shots=1, takes=2, length=3000)

    def stop() -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled, match="0 of 2 takes are made and kept"):
        shoot(tmp_path, board, workers=1, ray=RayCluster(nodes.address), progress=once(in_mid_take, stop))
    ledger, files = open_store(tmp_path)
    with ledger:
        assert [(job.state, job.tries) for job in ledger.jobs()] == [(JobState.QUEUED, 0)] * 2
    assert not list(files.folder.rglob("*.*"))


@needs_ray
def test_a_killed_shoot_goes_on_with_the_same_command(tmp_path, nodes):
    """kill -9 of the process that holds the ledger, in mid-take: what was finished stays, the rest is made once."""
    board = storyboard(shots=3, takes=1, length=900)
    (tmp_path / "board.json").write_bytes(to_json(board))
    process = subprocess.Popen([sys.executable, "-c", SHOOT, str(tmp_path), nodes.address], stderr=subprocess.DEVNULL)
    ledger, _ = open_store(tmp_path)
    with ledger:
        while not (ledger.takes() and any(job.progress > 0.05 for job in ledger.jobs(state=JobState.RUNNING))):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
                break
        process.kill()
        process.wait()
        before = ledger.takes()
    assert 0 < len(before) < 3, "the kill has to fall into the shoot"
    report = shoot(tmp_path, board, ray=RayCluster(nodes.address))
    assert (report.found, len(report.made)) == (len(before), 3 - len(before))
    (tmp_path / "board.json").unlink()
    takes = assert_whole(tmp_path, board)
    assert all(take in takes for take in before)


@needs_ray
def test_a_lost_nodes_takes_are_made_elsewhere(tmp_path, nodes):
    """A node's processes killed while both nodes are in mid-take; has to be the last test on the two nodes."""
    board = storyboard(shots=4, takes=1, length=1500)
    both = lambda progress: in_mid_take(progress) and len(progress.running) == 2
    report = shoot(tmp_path, board, ray=RayCluster(nodes.address), progress=once(both, nodes.lose))
    assert report.deaths >= 1
    assert report.failed == ()
    assert len(assert_whole(tmp_path, board)) == 4


# ---------------------------------------------------------------------------------------- without a cluster


class Answer:
    """A method of an actor, called in this process."""

    def __init__(self, method: Callable):
        self.method = method

    def options(self, **_) -> "Answer":
        return self

    def remote(self, *arguments):
        return self.method(*arguments)


class Broken(Exception):
    """Stands for the exceptions of Ray's own."""


class Near:
    """The few names of the module ray that matter, for actors in this process."""

    exceptions = SimpleNamespace(RayError=Broken, GetTimeoutError=Broken)

    def get(self, value, timeout=None):
        return value

    def wait(self, values, timeout=None):
        return values, []

    def kill(self, actor) -> None:
        pass


def near(maker: TakeMaker) -> SimpleNamespace:
    names = ("describe", "lacks", "take_in", "render", "state", "cancel", "read", "end")
    return SimpleNamespace(**{name: Answer(getattr(maker, name)) for name in names})


@pytest.fixture
def maker(tmp_path, monkeypatch) -> Iterator[TakeMaker]:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ("LP_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    made = TakeMaker("testcard", 1)
    assert made.describe()["engine"] == "testcard@1"
    yield made
    made.end()


def request(**changes) -> ClipRequest:
    whole = ClipRequest((PromptSpan("a fox", Span(0, 4)),), 64, 36, 4, Fraction(24), seed=1)
    return replace(whole, **changes)


@pytest.fixture
def given(tmp_path) -> tuple[Files, MediaRef]:
    """A picture in a store."""
    import numpy as np

    files = Files(tmp_path / "store")
    save_png(tmp_path / "given.png", np.random.default_rng(0).integers(0, 255, (36, 64, 3), np.uint8))
    return files, files.put(tmp_path / "given.png")


def test_given_pictures_travel_by_content_and_once(tmp_path, maker, given, monkeypatch):
    """What the node has already is not sent again; the clip is that of an engine that reads the file itself."""
    monkeypatch.setattr("oner.studio.ray_crew.PIECE", 1000)
    files, ref = given
    with_picture = request(given=(GivenFrame(0, ref),))
    sent = []
    take_in = maker.take_in
    maker.take_in = lambda *piece: (sent.append(piece), take_in(*piece))[1]
    engine = RemoteEngine(Near(), near(maker), open_engine("testcard"), threading.Event())
    for name in ("one.mp4", "two.mp4"):
        engine.render(with_picture, files.locate, tmp_path / name, lambda *_: None)
    engine.engine.render(with_picture, files.locate, tmp_path / "here.mp4", lambda *_: None)
    assert sum(len(data) for *_, data in sent) == ref.bytes > 1000
    frames = [[frame.tobytes() for frame in read_frames(tmp_path / f"{name}.mp4")] for name in ("one", "two", "here")]
    assert frames[0] == frames[1] == frames[2]


def test_damage_on_the_way_is_seen(tmp_path, maker, given):
    """A given file or a take that is not what its name says is refused, and nothing is left of it."""
    files, ref = given
    assert "arrived damaged" in maker.take_in(to_json(ref), 0, bytes(ref.bytes))
    assert maker.lacks([to_json(ref)]) == [0]
    read = maker.read
    maker.read = lambda offset, size: read(offset, size)[:-1] + b"?"
    engine = RemoteEngine(Near(), near(maker), open_engine("testcard"), threading.Event())
    with pytest.raises(EngineError, match="arrived damaged"):
        engine.render(request(), files.locate, tmp_path / "take.mp4", lambda *_: None)
    assert not (tmp_path / "take.mp4").exists()


def test_errors_travel_as_words(maker):
    """What an engine raises comes back as its kind and its words, a fault of its own too."""
    assert maker.render(to_json(request(width=63)))["error"][0] == "request"
    maker.engine.render = lambda *_: 1 / 0
    assert maker.render(to_json(request()))["error"] == (
        "engine",
        "testcard@1 failed: ZeroDivisionError: division by zero",
    )
    maker.engine.render = lambda request, locate, out, report: (maker.cancel(), report(0.5, ""))
    assert maker.render(to_json(request()))["error"][0] == "cancelled"


def test_folders_of_killed_actors_are_removed_by_the_next_one(tmp_path, maker):
    """What is held by a living process stays, what nobody holds goes."""
    (whole,) = tmp_path.glob("oner-ray-*")
    (held,) = whole.iterdir()
    (whole / "left").mkdir()
    (whole / "left" / "lock").touch()
    another = TakeMaker("testcard", 1)
    assert held.exists()
    assert not (whole / "left").exists()
    another.end()
    assert list(whole.iterdir()) == [held]


@pytest.mark.parametrize(
    ("differs", "words"),
    [
        ({"oner": "0.0.1"}, rf"node far has Oner 0.0.1, here it is {__version__}"),
        ({"engine": "native/0a1b"}, "node far has the engine native/0a1b, here it is testcard@1"),
        ({"engine": "", "error": "no GPU"}, "node far: no GPU"),
    ],
)
def test_a_node_that_differs_is_refused(differs, words):
    """Another version of Oner, another engine or one that does not run there: the message names the node."""
    found = {"oner": __version__, "engine": "testcard@1", "node": "far", "error": ""}
    check_node(found, "testcard@1")
    with pytest.raises(EngineError, match=words):
        check_node({**found, **differs}, "testcard@1")


def test_without_ray_the_command_that_installs_it_is_named(monkeypatch):
    """Said at the door of the command, before anything is done."""
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"pip install 'oner\[ray\]'"):
        cluster_of("auto", None, None)


def test_what_an_actor_reserves_follows_engine_and_nodes(monkeypatch):
    """One core each for engines that share a machine, a whole machine or a GPU for those that do not."""
    has = [{"CPU": 8.0}, {"CPU": 4.0, "GPU": 2.0}]
    monkeypatch.setattr("oner.studio.ray_cluster.load_ray", lambda: None)
    monkeypatch.setattr("oner.studio.ray_cluster.nodes", lambda _: has)
    light = open_engine("testcard")
    heavy = SimpleNamespace(limits=replace(light.limits, workers=1))
    assert (RayCluster().share(light), RayCluster().workers(light)) == ((1, 0), 12)
    assert (RayCluster().share(heavy), RayCluster().workers(heavy)) == ((1, 1), 2)
    has[1].pop("GPU")
    assert (RayCluster().share(heavy), RayCluster().workers(heavy)) == ((4, 0), 3)
    assert RayCluster(cpus=8, gpus=0).workers(heavy) == 1
