"""Batches: a file of orders in, a file of videos out."""

import json

from oner.server.batching import Batching

from .conftest import SMALL


def line(name: str, **body) -> str:
    return json.dumps({"custom_id": name, "method": "POST", "url": "/v1/videos", "body": {**SMALL, **body}})


def batch_of(house, *lines: str) -> dict:
    data = "\n".join(lines).encode()
    file = house.call.post("/v1/files", data={"purpose": "batch"}, files={"file": ("in.jsonl", data)}).json()
    assert (file["purpose"], file["bytes"], file["filename"]) == ("batch", len(data), "in.jsonl")
    fields = {"input_file_id": file["id"], "endpoint": "/v1/videos", "completion_window": "24h", "metadata": {"a": "b"}}
    return house.call.post("/v1/batches", json=fields).json()


def worked_off(house, batch: dict) -> dict:
    """Do what the batch thread and the workers do, until the batch ends."""
    working = Batching(house.service, house.app.state.ordering)
    for _ in range(10):
        for running in house.service.store.batches.running():
            if not working._order(running):
                working._sum_up(running)
        house.make()
    return house.call.get(f"/v1/batches/{batch['id']}").json()


def results(house, file: str) -> dict[str, dict]:
    text = house.call.get(f"/v1/files/{file}/content").text
    return {found["custom_id"]: found["response"] for found in map(json.loads, text.splitlines())}


def test_a_batch_orders_its_lines_and_sums_them_up(house):
    """Good lines end in the output file with their videos, bad ones in the error file with their reasons."""
    batch = batch_of(house, line("one"), line("two", seed=2), line("odd", size="big"), "no json", line("one"), "")
    assert (batch["object"], batch["status"], batch["metadata"]) == ("batch", "in_progress", {"a": "b"})
    done = worked_off(house, batch)
    assert done["status"] == "completed"
    assert done["request_counts"] == {"total": 5, "completed": 2, "failed": 3}
    made = results(house, done["output_file_id"])
    assert {name: answer["status_code"] for name, answer in made.items()} == {"one": 200, "two": 200}
    assert made["two"]["body"]["status"] == "completed"
    assert house.call.get(f"/v1/videos/{made['two']['body']['id']}/content").status_code == 200
    failed = results(house, done["error_file_id"])
    assert failed["odd"]["body"]["error"]["param"] == "size"
    assert "twice" in failed[""]["body"]["error"]["message"] or "JSON" in failed[""]["body"]["error"]["message"]


def test_a_batch_waits_where_its_key_may_not_order_more(house):
    """A limit on open videos slows a batch down and fails none of its lines."""
    anna = house.key("anna", queued=2)
    house.call.headers.update(anna)
    done = worked_off(house, batch_of(house, *[line(str(n), seed=n) for n in range(5)]))
    assert done["request_counts"] == {"total": 5, "completed": 5, "failed": 0}


def test_a_cancelled_batch_orders_nothing_more(house):
    """Cancelling keeps what was ordered; a finished batch stays as it is."""
    batch = batch_of(house, line("one"))
    cancelled = house.call.post(f"/v1/batches/{batch['id']}/cancel").json()
    assert cancelled["status"] == "cancelled"
    assert worked_off(house, batch)["request_counts"]["completed"] == 0
    assert house.call.get("/v1/batches").json()["data"][0]["id"] == batch["id"]


def test_what_is_no_batch_is_refused(house):
    """Empty files, other endpoints, unknown files."""
    empty = house.call.post("/v1/files", data={"purpose": "batch"}, files={"file": b"\n\n"}).json()["id"]
    for fields, param in (
        ({"input_file_id": empty, "endpoint": "/v1/videos"}, "input_file_id"),
        ({"input_file_id": empty, "endpoint": "/v1/chat"}, "endpoint"),
        ({"input_file_id": "file-none", "endpoint": "/v1/videos"}, "file_id"),
        ({"endpoint": "/v1/videos"}, "input_file_id"),
    ):
        answer = house.call.post("/v1/batches", json=fields)
        assert answer.status_code in (400, 404)
        assert answer.json()["error"]["param"] == param


def test_files_are_listed_by_purpose_and_deleted(house):
    """Listing pages and filters; a deleted file is gone from the disk."""
    names = [
        house.call.post("/v1/files", data={"purpose": purpose}, files={"file": text}).json()["id"]
        for purpose, text in (("batch", b"a"), ("vision", b"b"), ("batch", b"c"))
    ]
    listed = house.call.get("/v1/files?purpose=batch&limit=1").json()
    assert ([file["id"] for file in listed["data"]], listed["has_more"]) == ([names[2]], True)
    assert house.call.delete(f"/v1/files/{names[1]}").json()["deleted"] is True
    assert house.call.get(f"/v1/files/{names[1]}").status_code == 404
    assert len(list((house.folder / "files").glob("??/*"))) == 2
    assert house.call.post("/v1/files", data={"purpose": "batch"}).status_code == 400
    assert house.call.post("/v1/files", data={"purpose": "fun"}, files={"file": b"x"}).status_code == 400


def test_a_batch_lets_other_orders_go_first(house):
    """A single order is made before the lines of a batch that was there earlier."""
    Batching(house.service, house.app.state.ordering)._order(
        house.service.store.batches.find("", batch_of(house, *[line(str(n), seed=n) for n in range(3)])["id"])
    )
    single = house.call.post("/v1/videos", json={**SMALL, "prompt": "now"}).json()["id"]
    assert house.service.store.ledger.claim("testcard@1", "w").job.shot == single


def test_a_patient_order_lets_others_go_first(house):
    """The field `patient` does for any order what a batch does for its lines."""
    first = house.video()["id"]
    patient = {**SMALL, "patient": True}
    house.call.post("/v1/videos", json={**patient, "prompt": "later"})
    house.call.post(f"/v1/videos/{first}/remix", json={"prompt": "later too", "patient": "true"})
    single = house.call.post("/v1/videos", json={**SMALL, "prompt": "now"}).json()["id"]
    assert house.service.store.ledger.claim("testcard@1", "w").job.shot == single
