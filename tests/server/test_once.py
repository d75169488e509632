"""One order, one job: repeated requests are known again."""

import threading

from .conftest import SMALL

RETRY = {"x-stainless-retry-count": "1"}
FIRST = {"x-stainless-retry-count": "0"}


def post(house, headers=None, **fields):
    return house.call.post("/v1/videos", json={**SMALL, **fields}, headers=headers or {})


def count(house) -> int:
    return len(house.call.get("/v1/videos").json()["data"])


def test_an_identical_post_within_a_minute_gives_the_same_video(house):
    """Whether it says that it is a retry or says nothing; other bodies are other orders."""
    first = post(house, FIRST).json()["id"]
    assert post(house, RETRY).json()["id"] == first
    assert post(house).json()["id"] == first
    assert house.call.post("/v1/videos", data=SMALL).json()["id"] == first  # the same in another form
    assert post(house, prompt="a cat").json()["id"] != first
    assert count(house) == 2


def test_a_post_that_says_it_is_no_retry_is_a_new_order(house):
    """The official clients count their retries; the same call made twice on purpose gives two videos."""
    assert post(house, FIRST).json()["id"] != post(house, FIRST).json()["id"]


def test_uploads_count_by_their_content(house, samples):
    """The same picture sent again is the same request, another picture is another one."""
    red = (samples / "red.png").read_bytes()
    send = lambda data: house.call.post("/v1/videos", data=SMALL, files={"input_reference": ("upload", data)}).json()
    first = send(red)["id"]
    assert send(red)["id"] == first
    assert send((samples / "red.png").read_bytes() + b"\0")["id"] != first


def test_an_idempotency_key_gives_one_job(house):
    """The same key and body give the same video, also after it is done; another body is refused."""
    key = {"Idempotency-Key": "order-1", **FIRST}
    first = post(house, key).json()["id"]
    house.make()
    assert post(house, key).json() == house.call.get(f"/v1/videos/{first}").json()
    refused = post(house, key, prompt="a cat")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "idempotency_error")
    assert refused.headers["x-should-retry"] == "false"
    assert post(house, {"Idempotency-Key": "order-2", **FIRST}).json()["id"] != first


def test_a_deleted_video_is_made_again(house):
    """After DELETE the same request is a new order."""
    first = post(house).json()["id"]
    house.call.delete(f"/v1/videos/{first}")
    assert post(house).json()["id"] != first


def test_old_answers_are_forgotten(house):
    """After a minute an equal body is a new order; an explicit key is remembered for a day."""
    first, keyed = post(house).json()["id"], post(house, {"Idempotency-Key": "k"}, prompt="b").json()["id"]
    with house.service.store.database.transaction() as connection:
        connection.execute("UPDATE answers SET created = created - 61")
    assert post(house).json()["id"] != first
    assert post(house, {"Idempotency-Key": "k"}, prompt="b").json()["id"] == keyed


def test_retries_at_the_same_moment_give_one_video(house):
    """Eight equal requests at once: one job."""
    names = []
    threads = [threading.Thread(target=lambda: names.append(post(house, RETRY).json()["id"])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names)) == 1
    assert count(house) == 1


def test_files_batches_and_characters_are_made_once_too(house, samples):
    """A repeated file, batch or character is the one that is there; a deleted file is kept again."""
    line = {"file": b'{"custom_id": "a", "url": "/v1/videos", "body": {"prompt": "x"}}'}
    upload = lambda: house.call.post("/v1/files", data={"purpose": "batch"}, files=line).json()["id"]
    gone = upload()
    assert upload() == gone
    house.call.delete(f"/v1/files/{gone}")
    file = upload()
    assert file != gone
    fields = {"input_file_id": file, "endpoint": "/v1/videos", "completion_window": "24h"}
    batches = [house.call.post("/v1/batches", json=fields).json()["id"] for _ in range(2)]
    assert batches[0] == batches[1]
    clip = (samples / "two.mp4").read_bytes()
    make = lambda: house.call.post("/v1/videos/characters", data={"name": "Mia"}, files={"video": clip}).json()["id"]
    assert make() == make()
