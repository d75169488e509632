"""What the server does beside answering: workers, and what cannot be worked on any more."""

import time
from fractions import Fraction

from oner.engines.testcard import TestcardEngine
from oner.film import ClipRequest, PromptSpan
from oner.store.videos import VideoOrder
from oner.studio.attendance import Attendance, fail_outdated
from oner.studio.serving_store import ServingStore
from oner.timing import Span


def order(store: ServingStore, name: str, engine: str) -> None:
    request = ClipRequest((PromptSpan("a dog", Span(0, 4)),), 64, 36, 4, Fraction(24), 1)
    with store.database.transaction() as connection:
        store.videos.order(connection, [name], "", [VideoOrder("create", "m", "a dog", engine, request, 4)], None)


def test_jobs_of_an_older_engine_fail_with_a_reason(tmp_path):
    """After an update nobody can make them; jobs of an engine that is not run today go on waiting."""
    with ServingStore(tmp_path) as store:
        for name, engine in (("old", "worlds@0"), ("new", "worlds@1"), ("other", "native/ab12")):
            order(store, name, engine)
        fail_outdated(store, ["worlds@1"])
        found = {name: store.videos.find("", name) for name in ("old", "new", "other")}
    assert {name: video.status for name, video in found.items()} == {
        "old": "failed",
        "new": "queued",
        "other": "queued",
    }
    assert found["old"].error == "it was ordered from worlds@0, this server has worlds@1: order it again"


def test_an_engine_that_cannot_run_fails_its_videos(tmp_path):
    """Workers that keep dying before they begin: the reason reaches those who wait."""
    with ServingStore(tmp_path) as store:
        order(store, "video", "nothing@1")
        engine = TestcardEngine()
        engine.name = "nothing@1"
        with Attendance(tmp_path, {"nothing": (engine, 1)}):
            while (video := store.videos.find("", "video")).status != "failed":
                time.sleep(0.02)  # the workers need the processor
    assert "keep dying before they begin" in video.error
    assert "no engine 'nothing'" in video.error
