"""Every method of the official client's `videos`, against the server at argv[1]; runs with any version from 2.2 on.

Prints one JSON object with what was seen; any surprise is an exception. The clients' own defects are met by the forms
that work: `edit` and `extend` refuse an id before they send anything, so it goes beside an empty file.
"""

import json
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

import openai  # noqa: E402


def main(url: str, picture: str) -> dict:
    client = openai.OpenAI(base_url=f"{url}/v1", api_key="sk-any", timeout=120)
    videos = client.videos
    first = videos.create(prompt=f"a dog {openai.__version__}", model="sora-2", size="64x36", seconds="2")
    assert (first.object, first.model, first.size, first.seconds) == ("video", "sora-2", "64x36", "2"), first
    assert first.status in ("queued", "in_progress"), first
    first = videos.poll(first.id)
    assert (first.status, first.progress, first.error) == ("completed", 100, None), first
    seen = {"version": openai.__version__, "first": first.id}

    data = videos.download_content(first.id).read()
    assert data[4:8] == b"ftyp"
    assert videos.download_content(first.id, variant="thumbnail").read()[8:12] == b"WEBP"
    assert videos.download_content(first.id, variant="spritesheet").read()[:3] == b"\xff\xd8\xff"

    kept = videos.create_and_poll(
        prompt="a red card", size="64x36", seconds="1", input_reference=Path(picture),
        extra_body={"seed": 7, "storyboard": [{"prompt": "one", "seconds": "0.25"}, {"prompt": "two"}]},
    )  # fmt: skip
    assert (kept.status, kept.seed) == ("completed", 7), kept
    raw = videos.create_and_poll(
        prompt="a red card", size="64x36", seconds="1", input_reference=Path(picture).read_bytes()
    )
    assert raw.status == "completed", raw

    remixed = videos.poll(videos.remix(first.id, prompt="a cat").id)
    assert (remixed.status, remixed.remixed_from_video_id) == ("completed", first.id), remixed

    if hasattr(videos, "edit"):
        named = {"video": b"", "extra_body": {"video": {"id": first.id}}}
        for given in (named, {"video": data}):
            edited = videos.poll(videos.edit(prompt="snow", **given).id)
            assert (edited.status, edited.remixed_from_video_id) == ("completed", first.id), edited
            longer = videos.poll(videos.extend(prompt="on", seconds="1", **given).id)
            assert (longer.status, longer.seconds) == ("completed", "3"), longer
        character = videos.create_character(name="Rex", video=data)
        assert videos.get_character(character.id).name == "Rex"
        named = videos.create_and_poll(
            prompt="Rex runs", size="64x36", seconds="1", extra_body={"characters": [{"id": character.id}]}
        )
        assert named.status == "completed", named
    seen["edits"] = hasattr(videos, "edit")

    listed = [video.id for video in videos.list(limit=2)]
    assert {first.id, kept.id, remixed.id} <= set(listed), "paging goes through all"
    assert [video.id for video in videos.list(limit=1, order="desc").data] == [listed[0]]

    lines = [
        json.dumps(
            {
                "custom_id": str(n),
                "method": "POST",
                "url": "/v1/videos",
                "body": {"prompt": "b", "size": "64x36", "seconds": "1"},
            }
        )
        for n in range(2)
    ]
    file = client.files.create(file=("in.jsonl", "\n".join(lines).encode()), purpose="batch")
    batch = client.batches.create(input_file_id=file.id, endpoint="/v1/videos", completion_window="24h")
    while batch.status == "in_progress":
        batch = client.batches.retrieve(batch.id)
    assert (batch.status, batch.request_counts.completed) == ("completed", 2), batch
    answers = [json.loads(line) for line in client.files.content(batch.output_file_id).text.splitlines()]
    assert {answer["response"]["body"]["status"] for answer in answers} == {"completed"}
    assert "sora-2" in [model.id for model in client.models.list()]

    for call, kind, code in (
        (lambda: videos.create(prompt="x", size="65x36"), openai.BadRequestError, "unsupported_value"),
        (lambda: videos.retrieve("video_none"), openai.NotFoundError, "not_found"),
        (lambda: videos.create(prompt="x", model="sora-9"), openai.BadRequestError, "model_not_found"),
    ):
        assert code_of(call, kind) == code
    for video in (first, kept, raw, remixed):
        gone = videos.delete(video.id)
        assert (gone.id, gone.deleted, gone.object) == (video.id, True, "video.deleted")
    assert code_of(lambda: videos.download_content(first.id), openai.NotFoundError) == "not_found"
    return seen


def code_of(call, kind: type[openai.APIStatusError]) -> str:
    """The API's code in the error that a call raises."""
    try:
        call()
    except kind as error:
        return error.code
    raise AssertionError(f"no {kind.__name__}")


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
