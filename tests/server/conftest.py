"""Servers to talk to: the application in this process with a worker at hand, and a real process on loopback."""

import os
import queue
import re
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from oner.media import FrameWriter
from oner.server.app import build_app
from oner.settings import ServerSettings
from oner.studio.serving_store import ServingStore
from oner.studio.video_service import Limits, VideoService
from oner.studio.video_worker import attend

SMALL = {"prompt": "a dog", "size": "64x36", "seconds": "0.5"}


class House:
    """The application in this process. `call` sends requests, `make` does what workers do until nothing is left."""

    def __init__(self, folder: Path, settings: ServerSettings, engine: str = "testcard"):
        self.folder = folder
        self.service = VideoService(folder, settings, [engine])
        self.app = build_app(self.service)
        self.call = TestClient(self.app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)

    def make(self) -> None:
        with ServingStore(self.folder) as store:
            engine = self.service.engines[self.service.default]
            attend(store.ledger, store.files, engine, "test", threading.Event(), idle=0.01)

    def video(self, **fields) -> dict:
        """A finished video of half a second."""
        answer = self.call.post("/v1/videos", json={**SMALL, **fields})
        assert answer.status_code == 200, answer.text
        self.make()
        return self.call.get(f"/v1/videos/{answer.json()['id']}").json()

    def key(self, name: str, **limits) -> dict[str, str]:
        """Headers with a new key."""
        with ServingStore(self.folder) as store:
            return {"Authorization": f"Bearer {store.keys.add(name, Limits(**limits))[1]}"}


@pytest.fixture
def open_house(tmp_path):
    """Make a house with settings of one's own."""
    houses = []

    def build(engine: str = "testcard", **changes) -> House:
        house = House(tmp_path / f"house{len(houses)}", replace(ServerSettings(size="64x36"), **changes), engine)
        house.call.__enter__()
        houses.append(house)
        return house

    yield build
    for house in houses:
        house.call.__exit__(None, None, None)
        house.service.close()


@pytest.fixture
def house(open_house) -> House:
    """A server without keys, with default settings."""
    return open_house()


class Process:
    """`oner serve` as a process of its own, on a free port of loopback."""

    def __init__(self, folder: Path, *arguments: str, environment: dict[str, str] | None = None):
        self.folder, self.arguments, self.environment = folder, arguments, environment or {}
        self.start()

    def start(self, port: int = 0) -> None:
        command = [sys.executable, "-m", "oner", "serve", "--port", str(port), "--engine", "testcard"]
        self.process = subprocess.Popen(
            [*command, "--workers", "2", "--store", str(self.folder), *self.arguments],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **self.environment},
        )
        lines: queue.Queue[str] = queue.Queue()
        self.log: list[str] = []

        def read() -> None:
            for line in self.process.stderr:
                self.log.append(line)
                lines.put(line)
            lines.put("")

        threading.Thread(target=read, daemon=True).start()
        line = lines.get(timeout=120)
        found = re.search(r"at (http://\S+?)/v1", line)
        assert found, f"the server did not start: {line} {self.log}"
        self.url = found[1]

    @property
    def port(self) -> int:
        return httpx.URL(self.url).port

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(60)


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Process:
    """One running server for all tests that need a real one and leave it as it was."""
    process = Process(tmp_path_factory.mktemp("serve"))
    yield process
    assert process.stop() == 0
    assert not [line for line in process.log if "Traceback" in line or "Error" in line]


def clip(path: Path, frames: int = 12, size: tuple[int, int] = (64, 36), rate: int = 12) -> Path:
    """A small video that was not made by an engine: a bar that moves."""
    import numpy as np

    with FrameWriter(path, *size, rate, threads=1) as writer:
        for number in range(frames):
            picture = np.zeros((size[1], size[0], 3), np.uint8)
            picture[:, number * size[0] // frames :][:, :4] = (250, 120, 30)
            writer.write(picture)
    return path


def picture(path: Path, size: tuple[int, int] = (64, 36), colour: str = "red") -> Path:
    """A picture file of one colour, of the kind that its suffix says."""
    from PIL import Image

    Image.new("RGB", size, colour).save(path)
    return path


@pytest.fixture(scope="session")
def samples(tmp_path_factory) -> Path:
    """A folder with clip.mp4 (1 s), two.mp4 (2 s), red.png, wide.jpg and text.png, which is none."""
    folder = tmp_path_factory.mktemp("samples")
    clip(folder / "clip.mp4")
    clip(folder / "two.mp4", frames=24)
    picture(folder / "red.png")
    picture(folder / "wide.jpg", (96, 36))
    (folder / "text.png").write_text("no picture")
    return folder
