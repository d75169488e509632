"""Files from strangers are inspected in another process, with limits, before anything else decodes them."""

import functools
import struct
import threading
import zlib
from http.server import HTTPServer, SimpleHTTPRequestHandler

import pytest

from oner.errors import MediaError
from oner.media import probe, read_png
from oner.media.intake import IntakeLimits, take_in_picture, take_in_video
from oner.settings import UploadSettings
from oner.studio.inspection import inspect

from .conftest import SMALL, clip, picture

LIMITS = IntakeLimits(pixels=4096 * 2304, frames=100)


def bomb(path):
    """A PNG of 60000x60000 pixels in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(5000))) + chunk(b"IEND", b"")
    )
    return path


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_pictures_become_our_own_png(tmp_path, suffix):
    """Whatever the kind, known by its content and not by its name."""
    source = picture(tmp_path / f"a{suffix}").rename(tmp_path / "upload")
    found = take_in_picture(source, tmp_path / "out.png", LIMITS)
    assert (found.width, found.height) == (64, 36)
    assert read_png(tmp_path / "out.png").shape == (36, 64, 3)


def test_what_is_no_usable_picture_is_refused(tmp_path):
    """Text, a GIF, a torn file, a decompression bomb: a reason, and no file."""
    (tmp_path / "text").write_text("no picture")
    picture(tmp_path / "a.gif")
    torn = picture(tmp_path / "torn.jpg", (600, 400))
    torn.write_bytes(torn.read_bytes()[:700])
    for source in (tmp_path / "text", tmp_path / "a.gif", torn, bomb(tmp_path / "bomb.png")):
        with pytest.raises(MediaError, match=r"not a picture|damaged|pixels"):
            take_in_picture(source, tmp_path / "out.png", LIMITS)
        assert not (tmp_path / "out.png").exists()


def test_videos_become_our_own_mp4(tmp_path):
    """Odd sides are cut to even ones; recipes are carried over."""
    found = take_in_video(clip(tmp_path / "a.mp4"), tmp_path / "out.mp4", LIMITS)
    assert (found.width, found.height, found.frames, found.rate) == (64, 36, 12, 12)
    assert probe(tmp_path / "out.mp4").video.frames == 12


def test_what_is_no_usable_video_is_refused(tmp_path):
    """A picture, too many frames, too many pixels, a torn file."""
    good = clip(tmp_path / "a.mp4")
    torn = tmp_path / "torn.mp4"
    torn.write_bytes(good.read_bytes()[:600])
    picture(tmp_path / "p.png")
    for source, limits in (
        (tmp_path / "p.png", LIMITS),
        (good, IntakeLimits(LIMITS.pixels, 5)),
        (good, IntakeLimits(100, 100)),
        (torn, LIMITS),
    ):
        with pytest.raises(MediaError):
            take_in_video(source, tmp_path / "out.mp4", limits)
    assert {path.name for path in tmp_path.iterdir()} == {"a.mp4", "torn.mp4", "p.png"}


def test_the_inspection_is_bounded(tmp_path):
    """Its process ends at its limit of memory or time, says so and leaves nothing."""
    source = picture(tmp_path / "big.png", (3000, 2000))
    with pytest.raises(MediaError, match=r"memory|time"):
        inspect("picture", source, tmp_path / "out.png", LIMITS, memory=100_000_000, seconds=60)
    with pytest.raises(MediaError, match=r"longer than 0\.05 seconds"):
        inspect("picture", source, tmp_path / "out.png", LIMITS, memory=10**10, seconds=0.05)
    assert {path.name for path in tmp_path.iterdir()} == {"big.png"}


def test_refused_uploads_leave_nothing(open_house, samples):
    """400 with the field's name, 413 before anything is read; no file stays."""
    house = open_house(upload=UploadSettings(bytes=20_000))
    for field, path, data in (("input_reference", "", SMALL), ("video", "/edits", {"prompt": "x"})):
        answer = house.call.post(f"/v1/videos{path}", data=data, files={field: (samples / "text.png").read_bytes()})
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, field)
        assert answer.json()["error"]["code"] == "invalid_file"
    large = house.call.post("/v1/videos", data=SMALL, files={"input_reference": bytes(30_000)})
    assert (large.status_code, large.json()["error"]["code"]) == (413, "payload_too_large")
    assert [path for path in (house.folder / "files").rglob("*") if path.is_file()] == []


def test_pictures_are_fetched_where_it_is_allowed(open_house, samples):
    """By https from public addresses with image_urls; from this machine only with private_addresses besides."""
    handler = functools.partial(QuietHandler, directory=str(samples))
    site = HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{site.server_port}"
    order = lambda house, name: house.call.post(
        "/v1/videos", json={**SMALL, "input_reference": {"image_url": f"{url}/{name}"}}
    )
    allowed = open_house(image_urls=True, private_addresses=True)
    assert order(allowed, "red.png").status_code == 200
    assert "answers 404" in order(allowed, "none.png").json()["error"]["message"]
    assert order(allowed, "text.png").json()["error"]["code"] == "invalid_file"
    public = open_house(image_urls=True)
    assert "only https" in order(public, "red.png").json()["error"]["message"]
    inner = {**SMALL, "input_reference": {"image_url": f"https://127.0.0.1:{site.server_port}/red.png"}}
    assert "not on the public internet" in public.call.post("/v1/videos", json=inner).json()["error"]["message"]
    site.shutdown()
    site.server_close()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass
