"""Orders of videos in every form that clients send, and what they are answered."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from oner.engines.recipe import request_in
from oner.media import probe, read_frames

from .conftest import SMALL


def at_url(url: str) -> dict:
    return {"prompt": "x", "input_reference": {"image_url": url}}


def fetched(house, video: dict, tmp_path):
    """The finished file on disk."""
    answer = house.call.get(f"/v1/videos/{video['id']}/content")
    assert answer.status_code == 200, answer.text
    path = tmp_path / f"{video['id']}.mp4"
    path.write_bytes(answer.content)
    return path


def test_a_video_goes_from_queued_to_completed(house, tmp_path):
    """The answer has every field of Sora's API and the extras; the file is what was asked for."""
    made = house.call.post("/v1/videos", json={**SMALL, "model": "sora-2", "seed": 5})
    assert made.status_code == 200
    assert int(made.headers["openai-poll-after-ms"]) >= 200
    assert made.headers["x-request-id"].startswith("req_")
    video = made.json()
    assert video.pop("id").startswith("video_")
    assert video.pop("created_at") > 1_700_000_000
    assert video == {
        "object": "video", "model": "sora-2", "status": "queued", "progress": 0, "completed_at": None,
        "expires_at": None, "prompt": "a dog", "size": "64x36", "seconds": "0.5", "remixed_from_video_id": None,
        "error": None, "engine": "testcard@1", "kind": "create", "fps": "24", "frames": 12, "source_video_id": None,
        "seed": 5,
    }  # fmt: skip
    house.make()
    done = house.call.get(f"/v1/videos/{made.json()['id']}")
    assert "openai-poll-after-ms" not in done.headers
    assert (done.json()["status"], done.json()["progress"]) == ("completed", 100)
    assert done.json()["completed_at"] >= done.json()["created_at"]
    found = probe(fetched(house, done.json(), tmp_path))
    assert (found.video.width, found.video.height, found.video.frames, found.video.rate) == (64, 36, 12, 24)
    assert request_in(found.metadata)[1].seed == 5


@pytest.mark.parametrize(
    "form",
    [
        {"data": SMALL},
        {"files": {name: (None, text) for name, text in SMALL.items()}},
        {"json": {**SMALL, "seconds": 0.5}},
        {"content": json.dumps(SMALL), "headers": {"Content-Type": "application/json; charset=utf-8"}},
    ],
    ids=["urlencoded", "multipart", "json with a number", "json text"],
)
def test_bodies_of_every_kind_make_the_same_order(house, form):
    """JSON and both kinds of forms, seconds as text or number."""
    answer = house.call.post("/v1/videos", **form)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["prompt"], answer.json()["seconds"]) == ("a dog", "0.5")


@pytest.mark.parametrize(
    ("fields", "param", "code", "words"),
    [
        ({}, "prompt", "missing_required_parameter", "what is to be seen"),
        ({"prompt": " "}, "prompt", "missing_required_parameter", "what is to be seen"),
        ({"prompt": "x" * 32_001}, "prompt", "invalid_value", "32000"),
        ({"prompt": "a\x00b"}, "prompt", "invalid_value", "control characters"),
        ({"prompt": 7}, "prompt", "invalid_value", "string"),
        ({"prompt": "x", "size": "big"}, "size", "invalid_value", "such as 1280x720"),
        ({"prompt": "x", "size": "65x36"}, "size", "unsupported_value", "Nearest: 66x36"),
        ({"prompt": "x", "size": "٣٢x36"}, "size", "invalid_value", "such as"),
        ({"prompt": "x", "seconds": "soon"}, "seconds", "invalid_value", "above 0"),
        ({"prompt": "x", "seconds": "1e9"}, "seconds", "invalid_value", "above 0"),
        ({"prompt": "x", "seconds": "-4"}, "seconds", "invalid_value", "above 0"),
        ({"prompt": "x", "seconds": "100000"}, "seconds", "invalid_value", "up to 120"),
        ({"prompt": "x", "fps": "1000"}, "fps", "invalid_value", "1 to 240"),
        ({"prompt": "x", "model": "sora-9"}, "model", "model_not_found", "testcard, sora-2"),
        ({"prompt": "x", "n": 0}, "n", "invalid_value", "greater"),
        ({"prompt": "x", "n": 50}, "n", "invalid_value", "1 to 10"),
        ({"prompt": "x", "seed": -1}, "seed", "invalid_value", "greater"),
        ({"prompt": "x", "guidance": 5}, "guidance", "unsupported_value", "option 'guidance'"),
        ({"prompt": "x", "negative_prompt": "y"}, "negative_prompt", "unsupported_value", "negative_prompt"),
        ({"prompt": "x", "frames": 3}, "frames", "unknown_parameter", "no such field"),
        ({"prompt": "x", "options": {"lop": 1}}, "lop", "unsupported_value", "did you mean 'loop'"),
        ({"prompt": "x", "connect": ["a"]}, "connect", "invalid_value", "give two"),
        ({"prompt": "x", "connect": ["a", "b"]}, "video_id", "not_found", "no video 'a'"),
        ({"prompt": "x", "characters": [{"id": "char_1"}]}, "characters", "not_found", "no character"),
        ({"prompt": "x", "input_reference": {"file_id": "file-1"}}, "file_id", "not_found", "no file"),
        ({"prompt": "x", "input_reference": {}}, "input_reference", "invalid_value", "one of"),
        (at_url("https://example.org/a.png"), "input_reference", "invalid_value", "image_urls"),
        (at_url("data:image/png;base64,####"), "input_reference", "invalid_value", "no base64"),
        (
            {"prompt": "x", "storyboard": [{"prompt": "a", "seconds": "9"}], "seconds": "1"},
            "storyboard", "invalid_value", "make them equal",
        ),
    ],
    ids=lambda value: None if not isinstance(value, dict) else json.dumps(value)[:40],
)  # fmt: skip
def test_what_cannot_be_made_is_refused_in_the_apis_envelope(house, fields, param, code, words):
    """400 or 404 with message, type, param and code; nothing is queued."""
    answer = house.call.post("/v1/videos", json=fields)
    error = answer.json()["error"]
    assert answer.status_code == (404 if code == "not_found" else 400)
    assert (error["param"], error["code"], error["type"]) == (param, code, "invalid_request_error")
    assert words in error["message"]
    assert answer.headers["x-should-retry"] == "false"
    assert house.call.get("/v1/videos").json()["data"] == []


def test_the_nearest_is_made_where_the_server_was_told_to(open_house):
    """--nearest makes the nearest size, length and model, and the answer says what was asked for."""
    house = open_house(nearest=True)
    video = house.video(size="65x8", fps="24", model="sora-9")
    assert (video["status"], video["size"], video["model"]) == ("completed", "66x16", "testcard")
    assert video["asked"] == {"model": "sora-9", "size": "65x8", "seconds": "0.5", "fps": "24"}
    assert "asked" not in house.video()


def test_a_failed_job_is_a_video_with_a_reason(house, monkeypatch):
    """HTTP 200, status failed, error with code and message: a 5xx would make clients ask again."""
    engine = house.service.engines["testcard"]
    monkeypatch.setattr(engine, "render", lambda *_: (_ for _ in ()).throw(RuntimeError("no film in the camera")))
    video = house.video()
    assert video["status"] == "failed"
    assert video["error"]["code"] == "generation_failed"
    assert "no film in the camera" in video["error"]["message"]
    refused = house.call.get(f"/v1/videos/{video['id']}/content")
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "video_not_ready"


def test_listing_pages_in_both_orders(house):
    """limit, after and order work as the client's paging expects."""
    names = [house.call.post("/v1/videos", json={**SMALL, "seed": n}).json()["id"] for n in range(5)]
    first = house.call.get("/v1/videos?limit=2").json()
    assert [video["id"] for video in first["data"]] == [names[4], names[3]]
    assert (first["object"], first["first_id"], first["last_id"], first["has_more"]) == (
        "list",
        names[4],
        names[3],
        True,
    )
    rest = house.call.get(f"/v1/videos?limit=10&after={first['last_id']}").json()
    assert [video["id"] for video in rest["data"]] == [names[2], names[1], names[0]]
    assert rest["has_more"] is False
    assert house.call.get("/v1/videos?order=asc&limit=1").json()["data"][0]["id"] == names[0]
    for wrong in ("limit=0", "limit=many", "order=up"):
        answer = house.call.get(f"/v1/videos?{wrong}")
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == wrong.partition("=")[0]


def test_deleting_forgets_the_video_and_its_files(house):
    """After DELETE nothing is found, nothing is on disk; deleting again is a 404."""
    video = house.video()
    house.call.get(f"/v1/videos/{video['id']}/content?variant=thumbnail")
    gone = house.call.delete(f"/v1/videos/{video['id']}")
    assert gone.json() == {"id": video["id"], "object": "video.deleted", "deleted": True}
    for path in ("", "/content"):
        answer = house.call.get(f"/v1/videos/{video['id']}{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert house.call.delete(f"/v1/videos/{video['id']}").status_code == 404
    assert not list((house.folder / "files").glob("??/*"))


def test_equal_requests_share_a_take_that_stays_until_the_last_is_deleted(house):
    """The same seed and words cost nothing the second time, and deleting one leaves the other."""
    first = house.video(seed=1)
    second = house.call.post("/v1/videos", json={**SMALL, "seed": 1}, headers={"x-stainless-retry-count": "0"}).json()
    assert second["id"] != first["id"]
    assert second["status"] == "completed"
    house.call.delete(f"/v1/videos/{first['id']}")
    assert house.call.get(f"/v1/videos/{second['id']}/content").status_code == 200


def test_content_comes_in_ranges_and_with_an_etag(house):
    """Ranges of every form, 304 for what the client has, 416 beyond the end, HEAD without a body."""
    path = f"/v1/videos/{house.video()['id']}/content"
    whole = house.call.get(path)
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["accept-ranges"] == "bytes"
    data, etag = whole.content, whole.headers["etag"]
    for text, part in (("bytes=0-9", data[:10]), ("bytes=10-", data[10:]), ("bytes=-5", data[-5:])):
        answer = house.call.get(path, headers={"Range": text})
        assert (answer.status_code, answer.content) == (206, part)
    assert house.call.get(path, headers={"Range": "bytes=0-9"}).headers["content-range"] == f"bytes 0-9/{len(data)}"
    beyond = house.call.get(path, headers={"Range": f"bytes={len(data)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(data)}")
    for odd in ("bytes=0-1,3-4", "lines=1-2", "bytes=-", "bytes=9-3", "bytes=x-y"):
        assert house.call.get(path, headers={"Range": odd}).content == data
    assert house.call.get(path, headers={"Range": "bytes=0-9", "If-Range": '"other"'}).content == data
    same = house.call.get(path, headers={"If-None-Match": etag})
    assert (same.status_code, same.content) == (304, b"")
    head = house.call.head(path)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(data)))


def test_thumbnail_and_spritesheet_are_pictures(house):
    """WebP and JPEG of the right sizes; an unknown variant is refused."""
    path = f"/v1/videos/{house.video()['id']}/content"
    thumbnail = house.call.get(f"{path}?variant=thumbnail")
    assert thumbnail.headers["content-type"] == "image/webp"
    assert Image.open(io.BytesIO(thumbnail.content)).size == (64, 36)
    sheet = house.call.get(f"{path}?variant=spritesheet")
    assert sheet.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(sheet.content)).size == (640, 72)
    assert house.call.get(f"{path}?variant=poster").json()["error"]["param"] == "variant"


def test_variations_are_videos_with_other_seeds(house):
    """n orders so many; the answer is the first and names all."""
    video = house.video(n=3, seed=9)
    assert len(set(video["variations"])) == 3
    all_of_them = [house.call.get(f"/v1/videos/{name}").json() for name in video["variations"]]
    assert video["id"] == video["variations"][0]
    assert len({other["seed"] for other in all_of_them}) == 3
    assert {other["status"] for other in all_of_them} == {"completed"}


@pytest.mark.parametrize("form", ["json", "multipart", "brackets"])
def test_a_storyboard_has_timed_prompts(house, tmp_path, form):
    """Cards get their frames; cards without seconds share what is left; what all share is said first."""
    cards = [{"prompt": "she sits", "seconds": "0.25"}, {"prompt": "she jumps"}]
    fields = {**SMALL, "prompt": "a woman", "storyboard": cards}
    if form == "json":
        answer = house.call.post("/v1/videos", json=fields)
    elif form == "multipart":
        files = {name: (None, text if isinstance(text, str) else json.dumps(text)) for name, text in fields.items()}
        answer = house.call.post("/v1/videos", files=files)
    else:
        pairs = [(name, (None, text)) for name, text in fields.items() if name != "storyboard"]
        pairs += [("storyboard[][prompt]", (None, "she sits")), ("storyboard[][seconds]", (None, "0.25"))]
        pairs += [("storyboard[][prompt]", (None, "she jumps"))]
        answer = house.call.post("/v1/videos", files=pairs)
    assert answer.status_code == 200, answer.text
    house.make()
    _, request = request_in(probe(fetched(house, answer.json(), tmp_path)).metadata)
    assert [(p.text, p.span.start, p.span.end) for p in request.prompts] == [
        ("a woman. she sits", 0, 6),
        ("a woman. she jumps", 6, 12),
    ]


def test_a_storyboard_needs_no_prompt_and_sets_the_length(house):
    """Timed cards alone say how long the video is."""
    cards = [{"prompt": "a", "seconds": "0.25"}, {"prompt": "b", "seconds": 0.5}]
    answer = house.call.post("/v1/videos", json={"storyboard": cards, "size": "64x36"})
    assert (answer.status_code, answer.json()["seconds"]) == (200, "0.75")


def test_rate_and_loop_reach_the_engine(house, tmp_path):
    """fps as people write it; loop as the engine's option."""
    video = house.video(fps="23.976", loop=True)
    found = probe(fetched(house, video, tmp_path))
    assert str(found.video.rate) == "24000/1001"
    assert request_in(found.metadata)[1].options == {"loop": True}
    assert video["fps"] == "24000/1001"


@pytest.mark.parametrize("way", ["file", "data url", "file id"])
def test_the_first_and_last_pictures_are_shown(house, samples, tmp_path, way):
    """A picture as a file, a data URL or a stored file is frame 0; the extra last picture is the last frame."""
    red = (samples / "red.png").read_bytes()
    if way == "file":
        pairs = {"input_reference": ("upload", red, "application/octet-stream"), "last_frame": ("b.png", red)}
        answer = house.call.post("/v1/videos", data=SMALL, files=pairs)
    else:
        given = {"image_url": f"data:image/png;base64,{base64.b64encode(red).decode()}"}
        if way == "file id":
            stored = house.call.post("/v1/files", data={"purpose": "vision"}, files={"file": ("red.png", red)})
            given = {"file_id": stored.json()["id"]}
        answer = house.call.post("/v1/videos", json={**SMALL, "input_reference": given, "last_frame": given})
    assert answer.status_code == 200, answer.text
    house.make()
    frames = list(read_frames(fetched(house, answer.json(), tmp_path)))
    for frame in (frames[0], frames[-1]):
        assert np.abs(frame.astype(int) - (255, 0, 0)).mean() < 6
    assert np.abs(frames[5].astype(int) - (255, 0, 0)).mean() > 30


def test_pictures_of_another_shape_are_refused(house, samples):
    """The message names both sizes and a size that would do."""
    answer = house.call.post("/v1/videos", data=SMALL, files={"input_reference": (samples / "wide.jpg").read_bytes()})
    assert answer.status_code == 400
    assert "the picture is 96x36, the video 64x36" in answer.json()["error"]["message"]
    assert answer.json()["error"]["param"] == "input_reference"


def test_a_remix_starts_from_the_frames_of_the_original(house, tmp_path):
    """The answer names the original; a low strength stays near it."""
    first = house.video(seed=3)
    original = np.stack(list(read_frames(fetched(house, first, tmp_path)))).astype(int)
    differences = []
    for strength in ("0.1", "strong"):
        answer = house.call.post(f"/v1/videos/{first['id']}/remix", json={"prompt": "a cat", "strength": strength})
        assert answer.json()["remixed_from_video_id"] == first["id"]
        house.make()
        pixels = np.stack(list(read_frames(fetched(house, answer.json(), tmp_path)))).astype(int)
        differences.append(np.abs(pixels - original).mean())
    assert differences[0] < differences[1]
    for wrong in ("0", "1", "2", "much"):
        answer = house.call.post(f"/v1/videos/{first['id']}/remix", json={"prompt": "a cat", "strength": wrong})
        assert answer.json()["error"]["param"] == "strength"


def test_only_finished_videos_can_be_worked_on(house):
    """A queued video is refused with its status."""
    waiting = house.call.post("/v1/videos", json=SMALL).json()["id"]
    for path, fields in (("edits", {"video": {"id": waiting}}), ("extensions", {"video": waiting, "seconds": "1"})):
        answer = house.call.post(f"/v1/videos/{path}", json={"prompt": "x", **fields})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "video_not_ready")


@pytest.mark.parametrize("form", ["object", "text", "field", "beside an empty file", "own file", "foreign file"])
def test_edits_take_the_video_in_every_form(house, samples, tmp_path, form):
    """By reference in four forms, as the very file that was made here, and as any other video."""
    first = house.video()
    data = house.call.get(f"/v1/videos/{first['id']}/content").content
    body = {
        "object": {"json": {"prompt": "snow", "video": {"id": first["id"]}}},
        "text": {"data": {"prompt": "snow", "video": first["id"]}},
        "field": {"files": {"prompt": (None, "snow"), "video[id]": (None, first["id"])}},
        "beside an empty file": {"data": {"prompt": "snow", "video": first["id"]}, "files": {"video": ("upload", b"")}},
        "own file": {"data": {"prompt": "snow"}, "files": {"video": ("upload", data, "application/octet-stream")}},
        "foreign file": {"data": {"prompt": "snow"}, "files": {"video": (samples / "clip.mp4").read_bytes()}},
    }[form]
    answer = house.call.post("/v1/videos/edits", **body)
    assert answer.status_code == 200, answer.text
    house.make()
    done = house.call.get(f"/v1/videos/{answer.json()['id']}").json()
    assert (done["status"], done["kind"]) == ("completed", "edit")
    assert done["remixed_from_video_id"] == (None if form == "foreign file" else first["id"])
    assert done["seconds"] == ("1" if form == "foreign file" else "0.5")


@pytest.mark.parametrize("direction", ["forwards", "backwards"])
def test_extensions_are_joined_to_the_original(house, tmp_path, direction):
    """The answer's seconds are the whole; the original's frames are in it unchanged, at the right end."""
    first = house.video(seed=4)
    fields = {"prompt": "a cat", "seconds": "0.25", "video": {"id": first["id"]}, "direction": direction}
    answer = house.call.post("/v1/videos/extensions", json=fields).json()
    assert (answer["seconds"], answer["frames"], answer["source_video_id"]) == ("0.75", 18, first["id"])
    house.make()
    whole = np.stack(list(read_frames(fetched(house, answer, tmp_path)))).astype(int)
    original = np.stack(list(read_frames(fetched(house, first, tmp_path)))).astype(int)
    old = whole[:12] if direction == "forwards" else whole[6:]
    assert len(whole) == 18
    assert np.abs(old - original).mean() < 4


def test_an_extension_can_be_extended(house, tmp_path):
    """Lengths add up, also of a video that was joined before."""
    video = house.video()
    for frames in (18, 24):
        fields = {"prompt": "on", "seconds": "0.25", "video": {"id": video["id"]}}
        video = house.call.post("/v1/videos/extensions", json=fields).json()
        house.make()
        assert probe(fetched(house, video, tmp_path)).video.frames == frames


def test_two_videos_are_connected(house, tmp_path):
    """The result begins with the first and ends with the second; other sizes are refused."""
    first, second = house.video(seed=1), house.video(seed=2)
    fields = {"prompt": "over", "seconds": "0.5", "connect": [first["id"], {"id": second["id"]}]}
    answer = house.call.post("/v1/videos", json=fields).json()
    assert answer["seconds"] == "1.5"
    house.make()
    whole = np.stack(list(read_frames(fetched(house, answer, tmp_path)))).astype(int)
    for part, video in ((whole[:12], first), (whole[24:], second)):
        original = np.stack(list(read_frames(fetched(house, video, tmp_path)))).astype(int)
        assert np.abs(part - original).mean() < 4
    other = house.video(size="36x64")
    answer = house.call.post("/v1/videos", json={**fields, "connect": [first["id"], other["id"]]})
    assert "one size and rate" in answer.json()["error"]["message"]


def test_characters_stand_for_their_descriptions(house, samples, tmp_path):
    """Names in prompts become descriptions; a prompt that names nobody and a character unknown in words are refused."""
    made = house.call.post(
        "/v1/videos/characters",
        data={"name": "Mia", "description": "a tall woman in a red coat"},
        files={"video": (samples / "two.mp4").read_bytes()},
    )
    assert made.status_code == 200, made.text
    mia = made.json()["id"]
    assert house.call.get(f"/v1/videos/characters/{mia}").json()["name"] == "Mia"
    video = house.video(prompt="@mia and a dog; Mia smiles, Miami does not", characters=[{"id": mia}])
    _, request = request_in(probe(fetched(house, video, tmp_path)).metadata)
    words = "a tall woman in a red coat"
    assert request.prompts[0].text == f"{words} and a dog; {words} smiles, Miami does not"
    assert video["prompt"].startswith("@mia")
    nobody = house.call.post("/v1/videos", json={**SMALL, "guide": {"characters": [{"id": mia}]}})
    assert "does not name the character 'Mia'" in nobody.json()["error"]["message"]
    mute = house.call.post(
        "/v1/videos/characters", data={"name": "Bo"}, files={"video": (samples / "two.mp4").read_bytes()}
    ).json()["id"]
    refused = house.call.post("/v1/videos", json={**SMALL, "prompt": "Bo", "characters": [{"id": mute}]})
    assert "has no description" in refused.json()["error"]["message"]
    short = house.call.post(
        "/v1/videos/characters", data={"name": "Bo"}, files={"video": (samples / "clip.mp4").read_bytes()}
    )
    assert "needs 2 to 4" in short.json()["error"]["message"]
    assert house.call.delete(f"/v1/videos/characters/{mia}").json()["deleted"] is True
    assert house.call.get(f"/v1/videos/characters/{mia}").status_code == 404


def test_an_engine_without_given_frames_carries_on_its_own_scenes(open_house):
    """Worlds extends and remixes what it made by seed and scene time, and says what it cannot do."""
    house = open_house("worlds")
    made = house.call.post("/v1/videos", json={**SMALL, "prompt": "a dog", "fps": "8"}).json()["id"]
    house.make()
    call = lambda path, **fields: house.call.post(f"/v1/videos/{path}", json={"prompt": "a cat", **fields})
    assert call(f"{made}/remix").status_code == 200
    longer = call("extensions", seconds="0.25", video=made)
    assert (longer.status_code, longer.json()["seconds"]) == (200, "0.75")
    for answer, words in (
        (call(f"{made}/remix", strength="0.5"), "knows no strength"),
        (call("extensions", seconds="1", video=made, direction="backwards"), "extend it forwards"),
        (house.call.post("/v1/videos", json={"prompt": "x", "connect": [made, made]}), "cannot connect"),
        (house.call.post("/v1/videos", json={**SMALL, "loop": True}), "option 'loop'"),
    ):
        assert answer.status_code == 400
        assert words in answer.json()["error"]["message"]


def test_unknown_paths_and_methods_are_answered_in_the_envelope(house):
    """404 and 405 too; paths that climb lead nowhere."""
    for method, path, status in (
        ("GET", "/v2/videos", 404),
        ("PUT", "/v1/videos", 405),
        ("GET", "/v1/videos/%2e%2e%2f%2e%2e%2foner.db/content", 404),
        ("GET", "/v1/videos/..%2f..%2foner.db", 404),
        ("GET", "/v1/files/..%5c..%5coner.db/content", 404),
        ("DELETE", "/v1/videos/%00", 404),
        ("GET", "/v1/videos/" + "x" * 5000, 404),
        ("GET", "/v1/videos/%F0%9F%8E%AC%0A", 404),
    ):
        answer = house.call.request(method, path)
        assert answer.status_code == status, path
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


def test_models_health_and_metrics(house):
    """Engines and aliases are listed; the figures are in Prometheus' format."""
    house.video()
    models = house.call.get("/v1/models").json()["data"]
    assert [model["id"] for model in models] == ["testcard", "sora-2", "sora-2-pro"]
    assert house.call.get("/v1/models/sora-2").json()["engine"] == "testcard@1"
    assert house.call.get("/v1/models/none").status_code == 404
    assert house.call.get("/healthz").json() == {"status": "ok"}
    figures = house.call.get("/metrics").text
    assert 'oner_videos{status="completed"} 1\n' in figures
    assert 'oner_http_requests_total{method="POST",route="/v1/videos",status="200"} 1\n' in figures
    assert 'oner_engine_seconds_per_frame{engine="testcard@1",size="64x36"}' in figures


def test_expired_videos_say_so(open_house):
    """With keep_days set, expires_at is in the answer; afterwards the content is a 404 and the video stays listed."""
    house = open_house(keep_days=1.0)
    video = house.video()
    assert video["expires_at"] - video["completed_at"] in (86_399, 86_400, 86_401)
    house.service.store.videos.expire(video["expires_at"] + 2)
    gone = house.call.get(f"/v1/videos/{video['id']}/content")
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "video_expired")
    assert house.call.get(f"/v1/videos/{video['id']}").json()["status"] == "completed"
    remix = house.call.post(f"/v1/videos/{video['id']}/remix", json={"prompt": "x"})
    assert remix.json()["error"]["code"] == "video_not_ready"


def test_the_time_to_wait_follows_from_the_measured_speed(house):
    """A second a frame, twelve frames a video: an eighth of what is before it and of its own."""
    wait = lambda seed: int(house.call.post("/v1/videos", json={**SMALL, "seed": seed}).headers["openai-poll-after-ms"])
    assert wait(1) == 1000, "nothing was measured yet"
    house.make()
    with house.service.store.database.transaction() as connection:
        connection.execute("UPDATE speeds SET seconds_per_frame = 1.0")
    assert wait(2) == 12 * 1000 // 8
    assert wait(3) == 24 * 1000 // 8
