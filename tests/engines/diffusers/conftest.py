"""Clips of tiny models; and a hub on this machine that serves a folder as the real one does, and can break."""

import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from oner.engines import open_engine
from oner.media import media_ref, probe, read_frames, save_png

COMMIT = "a" * 40
REPO = "someone/tiny-model"


@dataclass
class Hub:
    """How the hub behaves, and what it was asked for."""

    folder: Path
    url: str = ""
    break_after: int = 0  # the next download of a weight file breaks off after so many bytes
    dead: bool = False
    dies: bool = False  # is dead from the next break on
    slow: float = 0.0  # seconds before any answer
    gated: bool = False
    fetched: list[tuple[str, int]] = field(default_factory=list)  # file and first byte of every download


class Handler(BaseHTTPRequestHandler):
    hub: Hub

    def log_message(self, *_) -> None:
        pass

    def do_HEAD(self) -> None:
        self.serve(body=False)

    def do_GET(self) -> None:
        self.serve(body=True)

    def serve(self, body: bool) -> None:
        hub, path = self.hub, self.path.partition("?")[0]
        time.sleep(hub.slow)
        if hub.dead:
            return self.answer(503, b"{}", {}, body)
        if hub.gated:
            return self.answer(403, b"{}", {"X-Error-Code": "GatedRepo", "X-Error-Message": "ask first"}, body)
        names = sorted(str(file.relative_to(hub.folder)) for file in hub.folder.rglob("*") if file.is_file())
        if path.startswith(f"/api/models/{REPO}/tree"):
            entries = [
                {"type": "file", "path": name, "size": (hub.folder / name).stat().st_size, "oid": digest(hub, name)}
                for name in names
            ]
            return self.answer(200, json.dumps(entries).encode(), {}, body)
        if path.startswith(f"/api/models/{REPO}"):
            info = {"id": REPO, "sha": COMMIT, "siblings": [{"rfilename": name} for name in names]}
            return self.answer(200, json.dumps(info).encode(), {}, body)
        name = path.removeprefix(f"/{REPO}/resolve/{COMMIT}/")
        if name not in names:
            return self.answer(404, b"{}", {"X-Error-Code": "RepoNotFound"}, body)
        return self.file(name, body)

    def file(self, name: str, body: bool) -> None:
        hub = self.hub
        data = (hub.folder / name).read_bytes()
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        headers = {"ETag": f'"{digest(hub, name)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        if body:
            hub.fetched.append((name, start))
        if body and hub.break_after and name.endswith(".safetensors"):
            self.answer(206 if start else 200, data[start:], headers, True, hub.break_after)
            hub.break_after, hub.dead = 0, hub.dies
            self.wfile.flush()
            self.connection.close()
            self.close_connection = True
            return None
        return self.answer(206 if start else 200, data[start:], headers, body)

    def answer(self, code: int, data: bytes, headers: dict, body: bool, most: int | None = None) -> None:
        self.send_response(code)
        for name, value in {"Content-Length": str(len(data)), "Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(data[:most])


def digest(hub: Hub, name: str) -> str:
    return hashlib.sha1((hub.folder / name).read_bytes()).hexdigest()


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub with one model, entered in engines.toml as `hub-model`."""
    pytest.importorskip("huggingface_hub")
    folder = tmp_path / "model"
    (folder / "transformer").mkdir(parents=True)
    (folder / "model_index.json").write_text('{"_class_name": "WanPipeline"}')
    (folder / "transformer" / "config.json").write_text("{}")
    header = json.dumps({"w": {"dtype": "U8", "shape": [300_000], "data_offsets": [0, 300_000]}}).encode()
    weights = len(header).to_bytes(8, "little") + header + bytes(range(250)) * 1200
    (folder / "transformer" / "diffusion_pytorch_model.safetensors").write_bytes(weights)
    (folder / "transformer" / "evil.bin").write_bytes(b"a pickle")
    served = Hub(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": served}))
    served.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    home = tmp_path / "home"
    home.mkdir()
    (home / "engines.toml").write_text(
        f'[[engine]]\nname = "hub-model"\nhub = "{REPO}"\nlicence = "Test Licence"\nterms = "For tests only."\n'
        'pipelines = { text = "WanPipeline" }\nsizes = ["64x48"]\nframes = { step = 4, most = 9 }\nrate = 24\n'
    )
    monkeypatch.setenv("ONER_HOME", str(home))
    monkeypatch.setenv("HF_ENDPOINT", served.url)
    monkeypatch.setattr("oner.engines.diffusers.hub.PAUSE", 0.0)
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 10_000)  # a broken chunk is lost
    yield served
    server.shutdown()
    server.server_close()


@pytest.fixture
def make(tiny_engines, tmp_path):
    """Render a clip with an engine; gives its pixels (T, H, W, 3)."""
    out = tmp_path / "clip.mp4"

    def render(engine, request, locate=None, report=lambda progress, words: None) -> np.ndarray:
        engine = open_engine(engine) if isinstance(engine, str) else engine
        out.unlink(missing_ok=True)
        engine.render(request, locate, out, report)
        assert probe(out).video.frames == request.frames
        return np.stack(list(read_frames(out)))

    return render


@pytest.fixture
def picture(tmp_path):
    """A flat picture by its brightness, and where it lies."""
    places = {}

    def paint(level: int):
        path = tmp_path / f"{level}.png"
        save_png(path, np.full((36, 64, 3), level, np.uint8))
        ref = media_ref(path)
        places[ref] = path
        return ref

    paint.locate = places.__getitem__
    return paint
