"""Telling others that videos are done, signed as Standard Webhooks (standardwebhooks.com, version 1).

Events wait in the ledger and leave it only when their address has answered with success, so none is lost by a stop.
"""

import base64
import binascii
import hashlib
import hmac
import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ..errors import InputError, OnerError
from ..settings import ServerSettings, WebhookSettings
from ..studio.serving_store import Delivery, ServingStore
from . import outward, wire

LOG = logging.getLogger("oner.server")
LOOK_SECONDS = 0.5
ANSWER_SECONDS = 15.0


def signature(secret: str, identifier: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: HMAC-SHA256 over id, time and body. Raises InputError for no secret."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError("webhooks.secret: what follows whsec_ is no base64") from error
    signed = hmac.digest(key, f"{identifier}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed).decode()}"


class Webhooks:
    """Delivers events as a context manager. Raises InputError for addresses that are never called.

    Each address has a thread of its own: one that does not answer holds up nobody else's events.
    """

    def __init__(self, folder: Path, settings: ServerSettings):
        self.folder, self.settings = folder, settings
        for hook in settings.webhooks:
            outward.check_url(hook.url, settings.private_addresses)
            signature(hook.secret, "", 0, b"")
        self._stop = threading.Event()
        urls = [hook.url for hook in settings.webhooks]
        if twice := [url for url in urls if urls.count(url) > 1]:
            raise InputError(f"webhooks: {twice[0]} is there twice; name it once, with all its events and keys")
        works = {"webhooks": self._hand_over, **{url: partial(self._deliver_due, url) for url in urls}}
        self._threads = [
            threading.Thread(target=self._run, args=(work,), name=name, daemon=True) for name, work in works.items()
        ]

    def __enter__(self) -> "Webhooks":
        with ServingStore(self.folder) as store:
            store.events.give_up_others([hook.url for hook in self.settings.webhooks])
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        ends = time.monotonic() + 2.0
        for thread in self._threads:  # one that waits for an answer is tried again at the next start
            thread.join(max(0.0, ends - time.monotonic()))

    def _run(self, work: Callable[[ServingStore], None]) -> None:
        with ServingStore(self.folder) as store:
            while not self._stop.wait(LOOK_SECONDS):
                try:
                    work(store)
                except OnerError as error:
                    LOG.error("webhooks: %s", error)
                except Exception:  # without this thread nobody is told anything any more
                    LOG.exception("webhooks")

    def _hand_over(self, store: ServingStore) -> None:
        events = store.events.unhanded()
        names = {key.id: key.name for key in store.keys.all()} if events else {}
        for event in events:
            urls = [hook.url for hook in self.settings.webhooks if _concerns(hook, event, names.get(event.owner, ""))]
            store.events.hand_over(event, urls)

    def _deliver_due(self, url: str, store: ServingStore) -> None:
        hook = next(hook for hook in self.settings.webhooks if hook.url == url)
        for delivery in store.events.due(url):
            if self._stop.is_set():
                return
            self._deliver(store, hook, delivery)

    def _deliver(self, store: ServingStore, hook: WebhookSettings, delivery: Delivery) -> None:
        event, now = delivery.event, int(time.time())
        body = wire.event_body(event)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": event.id,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(hook.secret, event.id, now, body),
        }
        try:
            answer = outward.fetch(
                "POST",
                hook.url,
                body=body,
                headers=headers,
                private=self.settings.private_addresses,
                seconds=ANSWER_SECONDS,
            )
            problem = None if 200 <= answer.status < 300 else f"it answers {answer.status}"
        except InputError as error:
            problem = str(error)
        if problem is None:
            store.events.delivered(delivery)
        else:
            LOG.warning("webhook %s to %s: %s (try %d)", event.id, hook.url, problem, delivery.tries + 1)
            store.events.failed(delivery, problem)


def _concerns(hook: WebhookSettings, event, key_name: str) -> bool:
    return event.type in hook.events and (not hook.keys or key_name in hook.keys)
