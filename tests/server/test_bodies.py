"""Bodies: malformed, huge, slow and of wrong types, none of which costs more than a refusal."""

import asyncio
import contextlib
import json
import random
import socket
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oner.errors import OrderError
from oner.server import wire
from oner.server.bodies import read_body
from oner.settings import ServerSettings, UploadSettings

from .conftest import SMALL, House

FIXED = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), max_examples=40)


class Request:
    """As much of a request as `read_body` looks at."""

    def __init__(self, headers: dict[str, str], chunks: list[bytes], pause: float = 0.0):
        self.headers, self.chunks, self.pause = headers, chunks, pause

    async def stream(self):
        for chunk in self.chunks:
            if self.pause:
                await asyncio.sleep(self.pause)
            yield chunk


def read(folder: Path, kind: str, *chunks: bytes, pause: float = 0.0, **limits):
    request = Request({"content-type": kind}, list(chunks), pause)
    return asyncio.run(read_body(request, folder, UploadSettings(**limits)))


def form(*parts: tuple[str, str | None, bytes]) -> bytes:
    """A multipart form with the boundary XX of (name, file name, content)."""
    text = b""
    for name, filename, content in parts:
        file = f'; filename="{filename}"' if filename is not None else ""
        text += f'--XX\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + content + b"\r\n"
    return text + b"--XX--\r\n"


MULTIPART = "multipart/form-data; boundary=XX"


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
def test_a_form_reads_the_same_in_pieces_of_any_size(tmp_path, size):
    """Fields, nested fields and files; file parts lie in the scratch folder."""
    data = form(
        ("prompt", None, b"caf\xc3\xa9"), ("a[b]", None, b"1"), ("c[]", None, b"2"), ("c[]", None, b"3"),
        ("d[][x]", None, b"4"), ("d[][y]", None, b"5"), ("d[][x]", None, b"6"), ("video", "upload", b"\r\n--X\0film"),
    )  # fmt: skip
    body = read(tmp_path, MULTIPART, *[data[i : i + size] for i in range(0, len(data), size)])
    video = body.fields.pop("video")
    assert body.fields == {"prompt": "café", "a": {"b": "1"}, "c": ["2", "3"], "d": [{"x": "4", "y": "5"}, {"x": "6"}]}
    assert (video.path.read_bytes(), video.bytes, video.name) == (b"\r\n--X\0film", 10, "upload")


def test_an_empty_file_part_does_not_hide_an_id(tmp_path):
    """Clients send one beside the id of a video; a real file wins over a text of the same name."""
    assert read(tmp_path, MULTIPART, form(("video", "upload", b""), ("video", None, b"video_1"))).fields == {
        "video": "video_1"
    }
    both = read(tmp_path, MULTIPART, form(("video", None, b"video_1"), ("video", "a.mp4", b"film")))
    assert both.fields["video"].bytes == 4


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("application/json", b"{", "invalid_json"),
        ("application/json", b"[1]", "invalid_json"),
        ("application/json", b"[" * 100_000, "invalid_json"),
        ("application/json", b'{"prompt": "\xff"}', "invalid_json"),
        ("application/json", b'{"prompt": "\\ud800"}', "invalid_json"),
        ("text/plain", b"prompt=x", "unsupported_media_type"),
        ("multipart/form-data", b"", "invalid_value"),
        (MULTIPART, b"", "invalid_value"),
        (MULTIPART, b"no form at all", "invalid_value"),
        (MULTIPART, form(("a", None, b"1"))[:-9], "invalid_value"),
        (MULTIPART, b"--XX\r\n\r\nx\r\n--XX--\r\n", "invalid_value"),
        (MULTIPART, b"--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--\r\n", "invalid_value"),
        (MULTIPART, b"--XX\r\nA: " + b"x" * 100_000 + b"\r\n\r\nx\r\n--XX--\r\n", "invalid_value"),
        (MULTIPART, form(("a", None, b"\xff\xfe")), "invalid_value"),
        (MULTIPART, form(("a", None, b"1"), ("a[b]", None, b"2")), "invalid_value"),
        (MULTIPART, form(("a[b]", None, b"1"), ("a", None, b"2")), "invalid_value"),
        (MULTIPART, form(("a[b][c][d][e][f][g][h]", None, b"1")), "invalid_value"),
        (MULTIPART, form(("[a]", None, b"1")), "invalid_value"),
        (MULTIPART, form(*[("a[]", None, b"1")] * 2001), "invalid_value"),
        ("application/x-www-form-urlencoded", b"a=%ff", "invalid_value"),
    ],
)  # fmt: skip
def test_malformed_bodies_are_refused(tmp_path, kind, data, code):
    """With a code and a sentence."""
    with pytest.raises(OrderError) as refusal:
        read(tmp_path, kind, data)
    assert refusal.value.code == code


def test_large_and_slow_bodies_end_early(tmp_path):
    """Too many bytes, a pause that is too long, a whole that takes too long."""
    with pytest.raises(OrderError, match="larger than 100 bytes"):
        read(tmp_path, MULTIPART, form(("a", "f", b"x" * 80)), b"x" * 80, bytes=100)
    with pytest.raises(OrderError, match="larger than 100 bytes"):
        asyncio.run(read_body(Request({"content-length": "101"}, []), tmp_path, UploadSettings(bytes=100)))
    with pytest.raises(OrderError, match="too slowly"):
        read(tmp_path, "application/json", b"{}", pause=1.0, idle_seconds=0.01)
    with pytest.raises(OrderError, match="too slowly"):
        read(tmp_path, "application/json", *[b" "] * 50, pause=0.01, seconds=0.05)


@FIXED
@given(
    data=st.binary(max_size=400),
    kind=st.sampled_from([MULTIPART, "application/json", "application/x-www-form-urlencoded", ""]),
)
def test_random_bytes_are_read_or_refused(tmp_path_factory, data, kind):
    """Never anything but a body or an OrderError."""
    with contextlib.suppress(OrderError):
        assert isinstance(read(tmp_path_factory.getbasetemp(), kind, data).fields, dict)


def damaged(data: bytes, seed: int) -> bytes:
    """A body with bytes changed, cut out or doubled."""
    dice, data = random.Random(seed), bytearray(data)
    for _ in range(dice.randint(1, 6)):
        place, what = dice.randrange(len(data) + 1), dice.choice(["change", "cut", "double"])
        if what == "change":
            data[place : place + 1] = bytes([dice.randrange(256)])
        elif what == "cut":
            del data[place : place + dice.randint(1, 40)]
        else:
            data[place:place] = data[place : place + dice.randint(1, 40)]
    return bytes(data)


@FIXED
@given(seed=st.integers(0, 2**32))
def test_damaged_forms_are_read_or_refused(tmp_path_factory, seed):
    """Never anything but a body or an OrderError."""
    whole = form(("prompt", None, b"a dog"), ("size", None, b"64x36"), ("input_reference", "a.png", bytes(range(256))))
    with contextlib.suppress(OrderError):
        assert isinstance(read(tmp_path_factory.getbasetemp(), MULTIPART, damaged(whole, seed)).fields, dict)


@FIXED
@given(seed=st.integers(0, 2**32))
def test_damaged_forms_cause_no_server_error_and_leave_nothing(fuzzed_house, seed):
    """Orders of damaged forms: 200 or a 4xx in the envelope, and no folder of an upload stays."""
    whole = form(
        ("prompt", None, b"a dog"), ("size", None, b"64x36"), ("storyboard[][prompt]", None, b"x"), ("n", None, b"2")
    )
    answer = fuzzed_house.call.post("/v1/videos", content=damaged(whole, seed), headers={"Content-Type": MULTIPART})
    assert answer.status_code in (200, 400, 404, 429), answer.text
    assert answer.status_code == 200 or set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert not list((fuzzed_house.folder / "files").glob("unfinished/*"))


NAMES = ["prompt", "size", "seconds", "model", "n", "seed", "fps", "loop", "guidance", "x"]
NAMES += ["storyboard", "characters", "connect", "input_reference", "guide", "last_frame"]
ODD = ["64x36", "1", "\0", "[", "{}", "\ud800"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(ODD)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@FIXED
@given(fields=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5))
def test_any_json_is_answered_without_a_server_error(fuzzed_house, fields):
    """Wrong types in every field: 200 or a 4xx in the envelope."""
    text = json.dumps(fields, allow_nan=True).encode("utf-8", "surrogatepass")
    answer = fuzzed_house.call.post("/v1/videos", content=text, headers={"Content-Type": "application/json"})
    assert answer.status_code in (200, 400, 404, 429), answer.text
    assert answer.status_code == 200 or set(answer.json()["error"]) == {"message", "type", "param", "code"}


@pytest.fixture(scope="module")
def fuzzed_house(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("fuzz"), ServerSettings(size="64x36", seconds=0.1))
    with house.call:
        yield house
    house.service.close()


BODIES = {
    "/v1/videos": wire.CreateVideo,
    "/v1/videos/edits": wire.EditVideo,
    "/v1/videos/extensions": wire.ExtendVideo,
    "/v1/videos/{video}/remix": wire.RemixVideo,
    "/v1/videos/characters": wire.CreateCharacter,
    "/v1/files": wire.CreateFile,
    "/v1/batches": wire.CreateBatch,
}
STRANGE_TEXTS = ["../../oner.db", "..\\oner.db", "a\0b", "\x1b[2J", "\u202e\U0001f3ac\u0301", "x" * 40_000]
STRANGE = [*STRANGE_TEXTS, "\ud800", -1, 1e308, True, None, [], [None], {}, {"id": "../oner.db"}]


@pytest.mark.parametrize("path", BODIES)
def test_strange_values_in_every_field_of_every_body(house, path):
    """Paths, control characters, bare surrogates, long texts, deleted ids, wrong types: no 5xx, and nothing is left."""
    video, gone = house.video()["id"], house.video(seed=1)["id"]
    assert house.call.delete(f"/v1/videos/{gone}").status_code == 200
    good = {"prompt": "a dog", "video": video, "name": "Mia", "purpose": "batch", "input_file_id": gone}
    good["endpoint"] = "/v1/videos"
    fields = BODIES[path].model_fields
    good = {name: value for name, value in good.items() if name in fields}
    path = path.format(video=video)
    for name in fields:
        answers = [
            house.call.post(path, content=json.dumps({**good, name: value}).encode("utf-8", "surrogatepass"))
            for value in [*STRANGE, gone]
        ]
        answers += [house.call.post(path, data={**good, name: text}) for text in [*STRANGE_TEXTS, gone]]
        answers += [house.call.post(path, data=good, files={name: ("../../a\0b", b"no picture")})]
        for answer in answers:
            assert answer.status_code in (200, 400, 404, 429), (name, answer.text[:300])
            assert answer.status_code == 200 or set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert not list((house.folder / "files").glob("unfinished/*"))
    assert not list(house.folder.parent.glob("*oner.db"))


def test_a_running_server_survives_bad_connections(server):
    """Half requests, broken forms, too large a length, a client that goes away: no 5xx, no leak, and it goes on."""
    handles = Path(f"/proc/{server.process.pid}/fd")
    before = len(list(handles.glob("*")))
    host, port = httpx.URL(server.url).host, server.port
    head = b"POST /v1/videos HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: " + MULTIPART.encode()
    whole = form(("prompt", None, b"x"), ("input_reference", "a.png", b"x" * 5000))
    for data in (
        head + b"\r\nContent-Length: 99999999999\r\n\r\n",
        head + f"\r\nContent-Length: {len(whole)}\r\n\r\n".encode() + whole[:200],
        head + b"\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        head + b"\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        head + b"\r\nContent-Length: -4\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /v1/videos HTTP/1.1\r\nX: " + b"y" * 200_000,
    ):
        with socket.create_connection((host, port), timeout=10) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            try:
                answer = connection.recv(4096)
            except ConnectionError:
                answer = b""
        assert not answer.startswith(b"HTTP/1.1 5"), answer
    assert httpx.post(f"{server.url}/v1/videos", json={**SMALL, "prompt": "still there"}).status_code == 200
    scratch = [path.name for path in (server.folder / "files" / "unfinished").glob("upload-*")]
    assert scratch == []
    assert len(list(handles.glob("*"))) <= before + 60  # idle threads have opened the ledger meanwhile
