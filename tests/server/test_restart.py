"""Stopped in any way and started again, the server loses no video and makes none twice."""

import random
import time

import httpx
import pytest

from oner.studio.serving_store import ServingStore

from .conftest import SMALL, Process


@pytest.fixture
def process(tmp_path):
    started = Process(tmp_path / "store")
    yield started
    started.kill()


def finished(url: str, names: list[str]) -> list[dict]:
    """Ask until all of them have ended."""
    while True:
        videos = [httpx.get(f"{url}/v1/videos/{name}", timeout=60).json() for name in names]
        if all(video["status"] in ("completed", "failed") for video in videos):
            return videos
        time.sleep(0.05)  # it is not what is tested, and a busy loop would slow the workers down


def test_jobs_go_on_after_kills(process):
    """Thirty jobs, ordered and made while the server is killed four times: each is made once, each client finishes."""
    dice = random.Random(5)
    names, port = [], process.port
    for number in range(30):
        order = {**SMALL, "prompt": f"job {number}"}
        for _ in range(20):  # as the official client does
            try:
                answer = httpx.post(f"{process.url}/v1/videos", json=order, timeout=60)
                break
            except httpx.TransportError:
                if process.process.poll() is not None:
                    process.start(port)
        assert answer.status_code == 200
        names.append(answer.json()["id"])
        if number in (6, 13, 21, 28):
            time.sleep(dice.random() * 0.3)
            process.kill()
    if process.process.poll() is not None:
        process.start(port)
    videos = finished(process.url, names)
    assert {video["status"] for video in videos} == {"completed"}
    assert len(set(names)) == 30
    assert process.stop() == 0
    with ServingStore(process.folder) as store:
        store.ledger.check()
        takes = store.ledger.takes()
        assert len(takes) == 30
        for take in takes:
            store.files.verify(take.media)
        assert len(list(store.files.folder.glob("??/*"))) == 30
        assert not list((store.files.folder / "unfinished").glob("*"))


def test_a_deleted_running_video_is_stopped(process):
    """DELETE ends the work: the next video does not wait for it."""
    long = httpx.post(f"{process.url}/v1/videos", json={"prompt": "long", "size": "640x360", "seconds": "120"}).json()[
        "id"
    ]
    while httpx.get(f"{process.url}/v1/videos/{long}").json()["status"] == "queued":
        time.sleep(0.02)
    assert httpx.delete(f"{process.url}/v1/videos/{long}").json()["deleted"] is True
    short = httpx.post(f"{process.url}/v1/videos", json=SMALL).json()["id"]
    assert finished(process.url, [short])[0]["status"] == "completed"
    with ServingStore(process.folder) as store:
        assert store.ledger.jobs(state="running") == ()
        assert len(store.ledger.takes()) == 1
    assert process.stop() == 0


def test_a_second_server_on_one_store_is_refused(process):
    """One store, one server: the other one says so and ends."""
    with pytest.raises(AssertionError, match="another `oner serve` is at work"):
        Process(process.folder)
