"""A small server with `/v1/videos` on this machine, which can imitate what real ones do differently and wrong."""

import json
import threading
import time
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from oner.film import ClipRequest, PromptSpan
from oner.media import FrameWriter
from oner.timing import Span

KEY = "secret-key"


@dataclass
class Manners:
    """How the server behaves. `polls` is how often it says that it is still at work."""

    accepts: tuple[str, ...] = ("multipart/form-data", "application/json")
    polls: int = 1
    rate: int = 24
    lists: bool = True
    detail: bool = False  # errors as FastAPI writes them
    failed: dict | None = None  # the error of a job that fails
    failed_as_500: bool = False
    busy: int = 0  # so many orders are answered with 503
    swallow: int = 0  # so many orders are taken, and their answers never sent
    break_at: int = 0  # the first download breaks off after so many bytes
    dies: bool = False  # is dead from the next break on
    dead: bool = False  # hangs up on everyone
    ranges: bool = True
    short: bool = False  # delivers half of what was ordered
    rubbish: bool = False  # delivers text
    expired: bool = False  # knows its videos and has their files no more


@dataclass
class Fake:
    """What the server saw: every order's fields, and how often it was asked for what."""

    url: str
    folder: Path
    manners: Manners = field(default_factory=Manners)
    orders: list[dict] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    videos: dict[str, dict] = field(default_factory=dict)
    downloads: list[str] = field(default_factory=list)  # their queries


class Handler(BaseHTTPRequestHandler):
    fake: Fake

    def log_message(self, *_) -> None:
        pass

    def do_POST(self) -> None:
        body, manners = self.rfile.read(int(self.headers["Content-Length"])), self.fake.manners
        if manners.dead:
            return self.close_connection_rudely()
        if not self.allowed():
            return None
        kind = self.headers["Content-Type"].partition(";")[0]
        if kind not in manners.accepts:
            return self.fault(422, f"{kind} is not taken here")
        if manners.busy:
            manners.busy -= 1
            return self.fault(503, "too busy")
        fields = json.loads(body) if kind == "application/json" else form(self.headers["Content-Type"], body)
        key = self.headers.get("Idempotency-Key", "")
        known = next((video for video in self.fake.videos.values() if video["retry_key"] == key), None)
        if known is None:
            self.fake.orders.append(fields)
            self.fake.keys.append(key)
            number = f"video_{len(self.fake.orders)}"
            known = self.fake.videos[number] = {
                "id": number, "prompt": fields["prompt"], "polls": 0, "fields": fields, "retry_key": key,
                "created_at": int(time.time()),
            }  # fmt: skip
        if manners.swallow:
            manners.swallow -= 1
            return self.close_connection_rudely()
        return self.answer(shown(known, "queued"))

    def do_GET(self) -> None:
        path, manners = self.path.partition("?")[0], self.fake.manners
        if manners.dead:
            return self.close_connection_rudely()
        if not self.allowed():
            return None
        if path == "/v1/videos":
            if not manners.lists:
                return self.fault(405, "no list here")
            newest_first = reversed(self.fake.videos.values())
            return self.answer({"object": "list", "data": [shown(video, "queued") for video in newest_first]})
        parts = path.split("/")
        video = self.fake.videos.get(parts[3])
        if video is None or (manners.expired and parts[4:] == ["content"]):
            return self.fault(404, "no such video")
        if parts[4:] == ["content"]:
            return self.content(video)
        video["polls"] += 1
        if video["polls"] <= manners.polls:
            return self.answer(shown(video, "in_progress"), {"openai-poll-after-ms": "5"})
        if manners.failed_as_500:
            return self.fault(500, "the GPU caught fire")
        if manners.failed:
            return self.answer(shown(video, "failed") | {"error": manners.failed})
        return self.answer(shown(video, "completed"))

    def content(self, video: dict) -> None:
        manners = self.fake.manners
        self.fake.downloads.append(self.path.partition("?")[2])
        whole = b"not a video" if manners.rubbish else made(video["fields"], self.fake).read_bytes()
        start = 0
        if manners.ranges and (wanted := self.headers.get("Range")):
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(whole) - start))
        self.end_headers()
        if manners.break_at:
            self.wfile.write(whole[start : start + manners.break_at])
            manners.break_at, manners.dead = 0, manners.dies
            return self.close_connection_rudely()
        self.wfile.write(whole[start:])

    def allowed(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {KEY}":
            return True
        self.fault(401, "wrong key")
        return False

    def fault(self, code: int, words: str) -> None:
        self.answer({"detail": words} if self.fake.manners.detail else {"error": {"message": words}}, code=code)

    def answer(self, body: dict, headers: dict[str, str] | None = None, code: int = 200) -> None:
        data = json.dumps(body).encode()
        self.send_response(code)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def close_connection_rudely(self) -> None:
        self.wfile.flush()
        self.connection.close()
        self.close_connection = True


def shown(video: dict, status: str) -> dict:
    return {"object": "video", "status": status, "progress": 50} | {k: video[k] for k in ("id", "prompt", "created_at")}


def form(kind: str, body: bytes) -> dict:
    parts: list[Message] = (
        BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body).get_payload()
    )
    return {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
        if part.get_filename()
        else part.get_payload(decode=True).decode()
        for part in parts
    }


def made(fields: dict, fake: Fake) -> Path:
    """The video that was ordered: a pan over a texture."""
    size = fields.get("size") or f"{fields['width']}x{fields['height']}"
    width, height = map(int, size.split("x"))
    rate = int(fields.get("fps", fake.manners.rate))
    frames = int(fields["num_frames"]) if "num_frames" in fields else int(fields["seconds"]) * rate
    path = fake.folder / f"{size}-{frames}-{rate}-{fake.manners.short}.mp4"
    if path.exists():
        return path
    texture = np.tile(np.linspace(0, 255, width).astype(np.uint8)[None, :, None], (height, 1, 3))
    with FrameWriter(path, width, height, Fraction(rate), threads=1) as writer:
        for number in range(frames // 2 if fake.manners.short else frames):
            writer.write(np.roll(texture, number, axis=1))
    return path


@pytest.fixture
def fake(tmp_path):
    """A running imitation, and what it saw."""
    folder = tmp_path / "served"
    folder.mkdir()
    seen = Fake("", folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"fake": seen}))
    seen.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield seen
    server.shutdown()
    server.server_close()


@pytest.fixture
def add_server(tmp_path, monkeypatch, fake):
    """Write an engines.toml with one server of a profile."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("ONER_HOME", str(home))
    monkeypatch.setenv("FAKE_KEY", KEY)

    def add(profile: str = "oner", **fields) -> None:
        table = {"name": "cloud", "profile": profile, "url": fake.url, "key": "env:FAKE_KEY"}
        table |= {"poll_seconds": 0.01, "patience": 0.01, **fields}
        lines = [f"{name} = {json.dumps(value)}" for name, value in table.items()]
        (home / "engines.toml").write_text("[[server]]\n" + "\n".join(lines) + "\n")

    return add


@pytest.fixture
def clip() -> ClipRequest:
    """Half a second, so that servers that count whole seconds make one."""
    return ClipRequest((PromptSpan("a red boat on a lake", Span(0, 12)),), 64, 36, 12, Fraction(24), seed=7)
