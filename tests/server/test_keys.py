"""Keys: who may come in, what they see, what they may use."""

from oner.studio.video_service import Client, Once

from .conftest import SMALL


def test_without_keys_this_machine_is_served_without_asking(house):
    """Any or no key will do, as clients always send one."""
    assert house.call.get("/v1/videos").status_code == 200
    assert house.call.get("/v1/videos", headers={"Authorization": "Bearer anything"}).status_code == 200


def test_once_there_is_a_key_it_is_asked_for(house):
    """401 in the envelope without one, with a wrong one and with a revoked one; health needs none."""
    anna = house.key("anna")
    for headers in (
        {},
        {"Authorization": "Bearer sk-oner-wrong"},
        {"Authorization": "Basic x"},
        {"Authorization": "Bearer"},
    ):
        answer = house.call.get("/v1/videos", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "invalid_api_key"
        assert answer.headers["www-authenticate"] == "Bearer"
    assert house.call.get("/v1/videos", headers=anna).status_code == 200
    assert house.call.get("/healthz").status_code == 200
    house.service.store.keys.revoke("anna")
    assert house.call.get("/v1/videos", headers=anna).status_code == 401


def test_what_belongs_to_one_key_is_invisible_to_another(house, samples):
    """Videos, files, characters and batches of others are not found, not listed, not usable, not deletable."""
    anna, bob = house.key("anna"), house.key("bob")
    video = house.call.post("/v1/videos", json=SMALL, headers=anna).json()["id"]
    file = house.call.post(
        "/v1/files",
        data={"purpose": "batch"},
        files={"file": b'{"custom_id":"a","url":"/v1/videos","body":{}}'},
        headers=anna,
    ).json()["id"]
    character = house.call.post(
        "/v1/videos/characters", data={"name": "Mia"}, files={"video": (samples / "two.mp4").read_bytes()}, headers=anna
    ).json()["id"]
    batch_fields = {"input_file_id": file, "endpoint": "/v1/videos"}
    batch = house.call.post("/v1/batches", json=batch_fields, headers=anna).json()["id"]
    house.make()
    for path in (
        f"videos/{video}", f"videos/{video}/content", f"files/{file}", f"files/{file}/content", f"batches/{batch}",
        f"videos/characters/{character}",
    ):  # fmt: skip
        assert house.call.get(f"/v1/{path}", headers=anna).status_code == 200, path
        assert house.call.get(f"/v1/{path}", headers=bob).status_code == 404, path
    for path in ("videos", "files", "batches", "videos/characters"):
        assert house.call.get(f"/v1/{path}", headers=bob).json()["data"] == []
    for path in (f"videos/{video}", f"files/{file}", f"videos/characters/{character}"):
        assert house.call.delete(f"/v1/{path}", headers=bob).status_code == 404
    for path, fields in (
        (f"videos/{video}/remix", {"prompt": "x"}),
        ("videos/edits", {"prompt": "x", "video": video}),
        ("videos/extensions", {"prompt": "x", "video": video}),
        ("videos", {"prompt": "x", "connect": [video, video]}),
        ("videos", {"prompt": "Mia", "characters": [{"id": character}]}),
        ("videos", {"prompt": "x", "input_reference": {"file_id": file}}),
        ("batches", batch_fields),
        (f"batches/{batch}/cancel", {}),
    ):
        assert house.call.post(f"/v1/{path}", json=fields, headers=bob).status_code == 404, path
    after = house.call.get(f"/v1/videos?after={video}&limit=1", headers=bob)
    assert after.json()["data"] == []


def test_an_equal_video_of_another_key_is_no_hint(house):
    """The same order by two keys gives two videos, and a retry of one is not answered with the other's."""
    anna, bob = house.key("anna"), house.key("bob")
    names = [house.call.post("/v1/videos", json={**SMALL, "seed": 1}, headers=who).json()["id"] for who in (anna, bob)]
    assert names[0] != names[1]


def test_limits_of_a_key(house):
    """Open videos, seconds a day and storage; failed and deleted orders are given back; others are not affected."""
    few, short, small = house.key("few", queued=1), house.key("short", seconds_per_day=1.0), house.key("small", bytes=1)
    post = lambda who, **fields: house.call.post("/v1/videos", json={**SMALL, **fields}, headers=who)
    assert post(few).status_code == 200
    refused = post(few, prompt="b")
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limit_exceeded")
    assert refused.json()["error"]["type"] == "rate_limit_error"
    house.make()
    assert post(few, prompt="b").status_code == 200

    first = post(short, seed=1).json()["id"]
    assert post(short, seed=2).status_code == 200
    refused = post(short, seed=3)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "insufficient_quota")
    assert refused.headers["x-should-retry"] == "false"
    house.call.delete(f"/v1/videos/{first}", headers=short)  # not made yet
    assert post(short, seed=3).status_code == 200

    assert post(small).status_code == 200
    house.make()
    assert post(small, seed=2).json()["error"]["code"] == "insufficient_quota"


def test_owners_take_turns(house):
    """An owner's first order does not wait behind the ten of another one."""
    anna, bob = house.key("anna"), house.key("bob")
    for seed in range(10):
        house.call.post("/v1/videos", json={**SMALL, "seed": seed}, headers=anna)
    late = house.call.post("/v1/videos", json={**SMALL, "prompt": "b"}, headers=bob).json()["id"]
    claims = [house.service.store.ledger.claim("testcard@1", "w").job.shot for _ in range(3)]
    assert late in claims[:2]


def test_a_batch_costs_its_owner_no_turn(house):
    """Anna's ten patient orders do not put her single one behind Bob's second; a shared job has the earlier turn."""
    anna, bob = house.key("anna"), house.key("bob")
    owner = house.service.store.keys.all()[0].id
    order = lambda **fields: house.call.post("/v1/videos", json={**SMALL, **fields}, headers=anna).json()["id"]
    for seed in range(10):
        fields = {**SMALL, "seed": seed}
        ordering, once = house.app.state.ordering, Once(owner, f"line {seed}")
        ordering.create(Client(owner), fields, house.folder, once, patient=True)
    for seed in range(20, 22):
        house.call.post("/v1/videos", json={**SMALL, "seed": seed}, headers=bob)
    single, shared = order(prompt="now"), order(seed=9)
    claims = [house.service.store.ledger.claim("testcard@1", "w").job for _ in range(4)]
    assert claims[1].shot == single
    assert claims[2].request.seed == 9
    assert house.service.store.videos.find(owner, shared).status == "in_progress"


def test_foreign_pages_cannot_use_a_server_without_keys(open_house):
    """Requests that a page of another origin sent, or under a foreign host name, are refused; named hosts are not."""
    house = open_house(hosts=("studio.lan",))
    for headers, status in (
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Origin": "http://localhost:3000"}, 200),
        ({"Host": "studio.lan:8000"}, 200),
    ):
        answer = house.call.post("/v1/videos", json=SMALL, headers=headers)
        assert answer.status_code == status, headers
        assert status == 200 or answer.json()["error"]["code"] == "forbidden"
