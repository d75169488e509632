"""A server with a settings file, as a process: webhooks arrive, large and slow bodies end, also across a restart."""

import socket
import time

import httpx
import pytest

from .conftest import SMALL, Process
from .test_webhooks import SECRET, address, receiver  # noqa: F401 (a fixture)

SETTINGS = """
private_addresses = true
[upload]
bytes = 1_000_000
idle_seconds = 0.5
[[webhooks]]
url = "{url}"
secret = "{secret}"
"""


@pytest.fixture
def process(tmp_path, receiver):  # noqa: F811
    config = tmp_path / "serve.toml"
    config.write_text(SETTINGS.format(url=address(receiver), secret=SECRET))
    started = Process(tmp_path / "store", "--config", str(config))
    yield started
    started.kill()


def wait_until(true) -> None:
    while not true():
        time.sleep(0.02)


def test_events_survive_a_kill(process, receiver):  # noqa: F811
    """A video is announced by the running server; one whose end was not told before a kill is told after the start."""
    first = httpx.post(f"{process.url}/v1/videos", json=SMALL).json()["id"]
    wait_until(lambda: receiver.got)
    receiver.answers.append(500)
    second = httpx.post(f"{process.url}/v1/videos", json={**SMALL, "prompt": "b"}).json()["id"]
    wait_until(lambda: len(receiver.got) == 2)  # refused, to be tried again in five seconds
    process.kill()
    process.start()
    wait_until(lambda: len(receiver.got) == 3)
    bodies = [body.decode() for _, body in receiver.got]
    assert first in bodies[0]
    assert second in bodies[1]
    assert bodies[1] == bodies[2]


def test_large_and_slow_uploads_are_answered(process):
    """413 reaches a client that is still sending; 408 one that has stopped; nothing stays in the store."""
    large = httpx.post(f"{process.url}/v1/videos", data=SMALL, files={"input_reference": bytes(20_000_000)}, timeout=30)
    assert (large.status_code, large.json()["error"]["code"]) == (413, "payload_too_large")

    def endless():
        for _ in range(4000):
            yield bytes(10_000)

    streamed = httpx.post(
        f"{process.url}/v1/videos", content=endless(), headers={"Content-Type": "application/json"}, timeout=30
    )
    assert streamed.status_code == 413
    with socket.create_connection(("127.0.0.1", process.port), timeout=30) as slow:
        slow.sendall(
            b"POST /v1/videos HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: 50\r\n\r\n{"
        )
        assert slow.recv(100).startswith(b"HTTP/1.1 408")
    assert list((process.folder / "files").glob("unfinished/*")) == []
    assert httpx.get(f"{process.url}/healthz").status_code == 200
