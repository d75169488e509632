"""Ordered videos hang on jobs: whatever ends a job ends them, in one transaction."""

from fractions import Fraction
from pathlib import Path

import pytest

from oner.film import ClipRequest, GivenFrame, Lora, PromptSpan
from oner.store import Files, Ledger, Wanted, open_store
from oner.store.assemblies import Assemblies
from oner.store.events import Events
from oner.store.garbage import collect_garbage
from oner.store.videos import Part, VideoOrder, Videos, owners_bytes, seconds_today
from oner.timing import Span

ENGINE = "testcard@1"


def order(seed: int = 1, **changes) -> VideoOrder:
    request = ClipRequest((PromptSpan("a dog", Span(0, 24)),), 64, 36, 24, Fraction(24), seed)
    return VideoOrder("create", "m", "a dog", ENGINE, request, 24, **changes)


class Shelf:
    """A store with its videos."""

    def __init__(self, folder: Path):
        self.ledger, self.files = open_store(folder)
        self.videos = Videos(self.ledger.database, self.files)
        self.events = Events(self.ledger.database)
        self.assemblies = Assemblies(self.ledger.database, self.files)

    def order(self, name: str, *orders: VideoOrder, owner: str = "", keep: float | None = None) -> None:
        names = [name, *(f"{name}-{n}" for n in range(1, len(orders)))]
        with self.ledger.database.transaction() as connection:
            self.videos.order(connection, names, owner, orders or [order()], keep)

    def make(self, content: str = "film") -> None:
        """Do the next job."""
        claim = self.ledger.claim(ENGINE, "w")
        self.ledger.finish(claim, self.file(content), self.files, "2026-11-22T10:00:00+00:00", 1.0, {})

    def file(self, content: str) -> Path:
        path = self.files.scratch("test") / "take.mp4"
        path.write_text(content)
        return path

    def status(self, name: str, owner: str = "") -> str:
        return self.videos.find(owner, name).status

    def on_disk(self) -> set[str]:
        return {path.read_text() for path in self.files.folder.glob("??/*")}


@pytest.fixture
def shelf(tmp_path):
    made = Shelf(tmp_path)
    yield made
    made.ledger.close()


def test_a_finished_job_completes_all_its_videos(shelf):
    """Two orders of the same request share one job; both are completed and announced."""
    shelf.order("a")
    shelf.order("b", owner="anna")
    assert (shelf.status("a"), shelf.videos.work_left(ENGINE)) == ("queued", 1)
    shelf.make()
    assert (shelf.status("a"), shelf.status("b", "anna")) == ("completed", "completed")
    assert [(event.video, event.owner, event.type) for event in shelf.events.unhanded()] == [
        ("a", "", "video.completed"),
        ("b", "anna", "video.completed"),
    ]
    assert shelf.videos.find("", "b") is None


def test_a_failed_job_fails_its_videos_and_costs_nothing(shelf):
    """The reason reaches the video, the seconds are given back, and ordering it again tries again."""
    shelf.order("a")
    assert seconds_today(shelf.ledger.database, "") == 1.0
    shelf.ledger.fail(shelf.ledger.claim(ENGINE, "w"), "no light", final=True)
    assert (shelf.status("a"), shelf.videos.find("", "a").error) == ("failed", "no light")
    assert shelf.events.unhanded()[0].type == "video.failed"
    assert seconds_today(shelf.ledger.database, "") == 0.0
    shelf.order("b")
    shelf.make()
    assert (shelf.status("a"), shelf.status("b")) == ("failed", "completed")


def test_a_request_that_was_made_before_is_completed_at_once(shelf):
    """Unless its file has vanished: then it is made again."""
    shelf.order("a")
    shelf.make()
    shelf.order("b")
    assert shelf.status("b") == "completed"
    shelf.files.forget(shelf.videos.find("", "a").media)
    shelf.order("c")
    assert shelf.status("c") == "queued"
    shelf.make()
    assert shelf.status("c") == "completed"


def test_running_videos_show_the_progress_of_their_job(shelf):
    """And what waits knows how much is before it."""
    shelf.order("a", order(1))
    shelf.order("b", order(2))
    claim = shelf.ledger.claim(ENGINE, "w")
    shelf.ledger.heartbeat(claim, 0.25)
    video = shelf.videos.find("", "a")
    assert (video.status, video.progress) == ("in_progress", 0.25)
    assert shelf.videos.frames_before("a") == (0.0, 18.0)
    assert shelf.videos.frames_before("b") == (18.0, 24.0)


def test_removing_a_running_video_takes_its_job_from_the_worker(shelf):
    """The worker cannot finish it, and nothing of it stays."""
    shelf.order("a")
    claim = shelf.ledger.claim(ENGINE, "w")
    assert shelf.videos.remove("", "a")
    assert not shelf.ledger.heartbeat(claim, 0.5)
    late = shelf.file("late")
    assert shelf.ledger.finish(claim, late, shelf.files, "2026-11-22T10:00:00+00:00", 1.0, {}) is None
    assert (shelf.ledger.jobs(), shelf.on_disk(), shelf.events.unhanded()) == ((), set(), [])
    assert seconds_today(shelf.ledger.database, "") == 0.0


def test_a_shared_take_stays_until_its_last_video_is_removed(shelf):
    """Also the job of a removed video goes on if another hangs on it."""
    shelf.order("a")
    shelf.order("b")
    assert shelf.videos.remove("", "a")
    shelf.make()
    assert shelf.status("b") == "completed"
    assert not shelf.videos.remove("anna", "b"), "only its owner can"
    assert shelf.videos.remove("", "b")
    assert (shelf.ledger.takes(), shelf.on_disk()) == ((), set())


def test_expired_videos_lose_their_files_and_stay_listed(shelf):
    """With a time to keep, and only after it."""
    shelf.order("a", keep=100.0)
    shelf.make()
    video = shelf.videos.find("", "a")
    assert video.expires == pytest.approx(video.completed + 100, abs=0.1)
    assert shelf.videos.expire() == 0
    assert shelf.videos.expire(video.expires + 1) == 1
    assert shelf.videos.expire(video.expires + 1) == 0
    assert (shelf.status("a"), shelf.videos.find("", "a").media, shelf.on_disk()) == ("completed", None, set())


def test_parts_are_joined_by_one_worker_and_only_then_completed(shelf):
    """A claim excludes others, a released one is claimed again and has cost no try, three failures are final."""
    first = order(1)
    shelf.order("a", first)
    shelf.make("first")
    parts = (Part(shelf.videos.find("", "a").media, Span(0, 24)), Part(None, Span(0, 24)))
    shelf.order("b", order(2, parts=parts), order(3, parts=parts))
    for content in ("second", "third"):
        shelf.make(content)
    assert (shelf.status("b"), shelf.videos.find("", "b").progress) == ("in_progress", 0.99)
    assert shelf.videos.work_left(ENGINE) == 2
    claim = shelf.assemblies.claim(ENGINE, "w1")
    other = shelf.assemblies.claim(ENGINE, "w2")
    assert {claim.video, other.video} == {"b", "b-1"}
    assert shelf.assemblies.claim(ENGINE, "w3") is None
    shelf.assemblies.release("w2")
    for _ in range(3):
        again = shelf.assemblies.claim(ENGINE, "w3")
        assert again.video == other.video
        shelf.assemblies.fail(again, "torn")
    assert (shelf.status(other.video), shelf.videos.find("", other.video).error) == ("failed", "torn")
    assert shelf.assemblies.renew(claim)
    assert not shelf.assemblies.renew(other)
    assert shelf.assemblies.finish(claim, shelf.file("joined"))
    assert not shelf.assemblies.finish(claim, shelf.file("twice"))
    assert shelf.files.locate(shelf.videos.find("", "b").media).read_text() == "joined"
    assert len([event for event in shelf.events.unhanded() if event.video == "b"]) == 1


def test_parts_that_silence_three_workers_fail_their_video(shelf):
    """Each lease runs out; a worker that was merely stopped does not count."""
    shelf.order("a", order(parts=(Part(None, Span(0, 12)),)))
    shelf.make()
    for worker in ("w1", "w2", "stopped", "w3"):
        assert shelf.assemblies.claim(ENGINE, worker).video == "a"
        if worker == "stopped":
            shelf.assemblies.release(worker)
        shelf.ledger.database.change("UPDATE videos SET lease_until = 1 WHERE worker IS NOT NULL")
    assert shelf.assemblies.claim(ENGINE, "w4") is None
    assert shelf.videos.find("", "a").error == "3 workers fell silent while its parts were being joined"


def test_garbage_is_what_nothing_refers_to(shelf, tmp_path):
    """Takes, joined videos, given pictures and stills stay; young files, foreign files and dry runs are spared."""
    given = shelf.files.put(shelf.file("picture").rename(tmp_path / "p.png"))
    wanted = order(1, files=(("given", given),))
    wanted = VideoOrder(**{**vars(wanted), "request": ClipRequest(
        wanted.request.prompts, 64, 36, 24, Fraction(24), 1, given=(GivenFrame(0, given),))})  # fmt: skip
    shelf.order("a", wanted)
    shelf.make("take")
    shelf.videos.add_file("a", "thumbnail", shelf.file("still"))
    shelf.files.put(shelf.file("stray"))
    (shelf.files.folder / "ab").mkdir(exist_ok=True)
    (shelf.files.folder / "ab" / "notes.txt").write_text("mine")
    database = shelf.ledger.database
    assert collect_garbage(database, shelf.files) == []
    assert len(collect_garbage(database, shelf.files, dry_run=True, grace=0.0)) == 1
    assert [size for _, size in collect_garbage(database, shelf.files, grace=-1.0)] == [len("stray")]
    assert shelf.on_disk() == {"picture", "take", "still", "mine"}
    assert owners_bytes(database, "") == len("picture" + "take" + "still")
    assert shelf.videos.remove("", "a")
    assert shelf.on_disk() == {"mine"}


@pytest.mark.parametrize("kind", ["lora", "picture"])
def test_what_an_engine_is_given_stays_with_what_was_or_will_be_made_with_it(shelf, tmp_path, kind):
    """LoRA files and given pictures, as long as a take or a job names them."""
    file = shelf.files.put(shelf.file("content").rename(tmp_path / "given.bin"))
    given = {"loras": (Lora(file, 0.5),)} if kind == "lora" else {"given": (GivenFrame(0, file),)}
    request = ClipRequest((PromptSpan("a dog", Span(0, 24)),), 64, 36, 24, Fraction(24), 1, **given)
    shelf.ledger.want(ENGINE, [Wanted("s1", 1, request)])
    assert collect_garbage(shelf.ledger.database, shelf.files, grace=-1.0) == []
    shelf.make("take")
    assert collect_garbage(shelf.ledger.database, shelf.files, grace=-1.0) == []
    shelf.ledger.database.change("DELETE FROM jobs")
    assert collect_garbage(shelf.ledger.database, shelf.files, grace=-1.0) == []
    shelf.ledger.database.change("DELETE FROM takes")
    assert len(collect_garbage(shelf.ledger.database, shelf.files, grace=-1.0)) == 2


def test_an_older_store_gets_the_new_tables(tmp_path):
    """A project's ledger of the first version keeps its takes and can be served."""
    from oner.store.database import MIGRATIONS, open_database

    connection = open_database(tmp_path / "oner.db", MIGRATIONS[:1])
    connection.execute("INSERT INTO settings VALUES ('kept', '7')")
    connection.close()
    with Ledger(tmp_path / "oner.db") as ledger:
        assert ledger.setting("kept") == 7
        assert Videos(ledger.database, Files(tmp_path / "files")).page("", 10, True, None) == ([], False)
