"""Webhooks: signed so that the official client accepts them, tried again until they arrive."""

import socket
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import openai
import pytest

from oner.errors import InputError
from oner.server.webhooks import Webhooks, signature
from oner.settings import WebhookSettings
from oner.studio.serving_store import ServingStore

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def receiver():
    """An address on this machine that keeps what it is sent and answers with the next of `answers`, then 204."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.got.append((dict(self.headers), body))
            self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.got, server.answers = [], []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def address(receiver) -> str:
    return f"http://127.0.0.1:{receiver.server_port}/hook"


def deliver(house, rounds: int = 1) -> None:
    """Do what the webhook threads do; pauses between tries are over at once."""
    hooks = Webhooks(house.folder, house.service.settings)
    with ServingStore(house.folder) as store:
        for _ in range(rounds):
            hooks._hand_over(store)
            for hook in house.service.settings.webhooks:
                hooks._deliver_due(hook.url, store)
            store.database.change("UPDATE deliveries SET next_try = 0 WHERE next_try IS NOT NULL")


def test_the_signature_is_that_of_the_standard():
    """The example of the Standard Webhooks specification."""
    body = b'{"test": 2432232314}'
    assert signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_finished_and_failed_videos_are_announced_once(open_house, receiver, monkeypatch):
    """The official client verifies and reads the events; each arrives once."""
    hook = WebhookSettings(address(receiver), SECRET)
    house = open_house(webhooks=(hook,), private_addresses=True)
    video = house.video()
    monkeypatch.setattr(house.service.engines["testcard"], "render", lambda *_: 1 / 0)
    failed = house.video(seed=2)
    deliver(house, rounds=3)
    client = openai.OpenAI(api_key="x", webhook_secret=SECRET)
    for (headers, body), (kind, name) in zip(
        receiver.got, (("video.completed", video["id"]), ("video.failed", failed["id"])), strict=True
    ):
        client.webhooks.verify_signature(body, headers)
        event = client.webhooks.unwrap(body, headers)
        assert (event.type, event.data.id if hasattr(event.data, "id") else event.data["id"]) == (kind, name)
        assert headers["webhook-id"].startswith("evt_")
        with pytest.raises(openai.InvalidWebhookSignatureError):
            client.webhooks.verify_signature(body + b" ", headers)


def test_a_delivery_is_tried_again_with_the_same_id(open_house, receiver):
    """Errors, redirects and silence count as not delivered; the pauses grow and end after the last one."""
    house = open_house(webhooks=(WebhookSettings(address(receiver), SECRET),), private_addresses=True)
    house.video()
    receiver.answers += [500, 302, 404]
    deliver(house, rounds=5)
    assert len(receiver.got) == 4
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    receiver.answers += [500] * 20
    house.video(seed=2)
    deliver(house, rounds=20)
    assert len(receiver.got) == 4 + 9
    with ServingStore(house.folder) as store:
        assert store.events.counts() == {"delivered": 1, "given_up": 1, "waiting": 0}


def test_hooks_hear_only_what_they_asked_for(open_house, receiver):
    """By kind of event, and by the names of keys."""
    hooks = (
        WebhookSettings(f"{address(receiver)}/failed", SECRET, events=("video.failed",)),
        WebhookSettings(f"{address(receiver)}/bob", SECRET, keys=("bob",)),
    )
    house = open_house(webhooks=hooks, private_addresses=True)
    for who in ("anna", "bob"):
        house.call.headers.update(house.key(who))
        house.video(prompt=who)
    deliver(house)
    assert len(receiver.got) == 1


def test_inner_addresses_are_never_called_unless_allowed(open_house, receiver):
    """Plain http, and an address twice, are refused at the start; a name that leads inside is refused at each try."""
    with pytest.raises(InputError, match="only https"):
        Webhooks(None, open_house(webhooks=(WebhookSettings(address(receiver), SECRET),)).service.settings)
    twice = (WebhookSettings("https://example.org/hook", SECRET), WebhookSettings("https://example.org/hook", SECRET))
    with pytest.raises(InputError, match="is there twice; name it once"):
        Webhooks(None, open_house(webhooks=twice).service.settings)
    inner = WebhookSettings(f"https://localhost:{receiver.server_port}/hook", SECRET)
    house = open_house(webhooks=(inner,))
    house.video()
    deliver(house, rounds=2)
    assert receiver.got == []
    with ServingStore(house.folder) as store:
        assert "not on the public internet" in store.database.row("SELECT error FROM deliveries")["error"]


def test_an_address_that_hangs_holds_up_nobody_else(open_house, receiver):
    """Its events wait with its own thread; after a start without it they are given up."""
    silent = socket.create_server(("127.0.0.1", 0))
    hooks = (
        WebhookSettings(f"http://127.0.0.1:{silent.getsockname()[1]}/", SECRET),
        WebhookSettings(address(receiver), SECRET),
    )
    house = open_house(webhooks=hooks, private_addresses=True)
    for seed in range(3):
        house.video(seed=seed)
    with silent, Webhooks(house.folder, house.service.settings), ServingStore(house.folder) as store:
        held, _ = silent.accept()
        while store.events.counts()["delivered"] < 3:
            time.sleep(0.02)
        assert store.events.counts()["waiting"] == 3
        held.close()
    with (
        Webhooks(house.folder, replace(house.service.settings, webhooks=hooks[1:])),
        ServingStore(house.folder) as store,
    ):
        assert store.events.counts() == {"delivered": 3, "given_up": 3, "waiting": 0}
