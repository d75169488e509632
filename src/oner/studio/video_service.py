"""The server's use cases: videos ordered, looked up, worked on, delivered and deleted.

Nothing is kept in memory: every answer comes from the ledger, and every order is in it before it is answered.
"""

import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..engines import open_engine
from ..engines.checks import nearest_request
from ..errors import OrderError
from ..film import ClipRequest, Engine, MediaRef
from ..settings import ServerSettings
from ..store.answers import AnsweredDifferently, Once, earlier_answer, note_answer
from ..store.batches import Batch, BatchLine
from ..store.belongings import StoredCharacter, StoredFile
from ..store.figures import EngineFigures, engine_figures, speeds
from ..store.keys import Key, Keys, Limits
from ..store.videos import Video, VideoOrder, open_videos, owners_bytes, seconds_today
from ..timing import Rate, rate_from_text
from . import video_orders
from .serving_store import ServingStore
from .shoot_requests import take_seed
from .video_orders import Card, Footage, Wish

__all__ = [
    "Ask", "Batch", "BatchLine", "Client", "Key", "Keys", "Limits", "Once", "StoredCharacter", "StoredFile", "Video",
    "VideoService",
]  # fmt: skip

SORA_NAMES = ("sora-2", "sora-2-pro")  # of the default engine, unless the settings say otherwise
SHORTEST_POLL, LONGEST_POLL = 200, 10_000  # milliseconds


@dataclass(frozen=True)
class Client:
    """Who asks: the id of a key ("" on a server without keys) and its limits."""

    owner: str = ""
    name: str = ""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Ask:
    """What a request says, in its own words; None where it says nothing."""

    prompt: str = ""
    model: str | None = None
    size: str | None = None
    seconds: str | None = None
    fps: str | None = None
    seed: int | None = None
    count: int = 1
    storyboard: tuple[tuple[str, str | None], ...] = ()
    characters: tuple[str, ...] = ()
    first: MediaRef | None = None
    last: MediaRef | None = None
    strength: str | float | None = None
    direction: str | None = None
    options: dict[str, str | int | float | bool] = field(default_factory=dict)
    patient: bool = False


class VideoService:
    """The use cases over one store; may be shared by threads. Every method may raise StoreError and OrderError."""

    def __init__(self, folder: Path, settings: ServerSettings, engines: Sequence[str], workers: int = 1):
        self.folder, self.settings, self.workers = Path(folder), settings, workers
        self.engines: dict[str, Engine] = {name: open_engine(name) for name in engines}
        self.default = next(iter(self.engines))
        self.models = {name: name for name in self.engines} | dict.fromkeys(SORA_NAMES, self.default)
        for alias, name in settings.models.items():
            if name and name not in self.engines:
                raise OrderError(f"models.{alias} = {name!r}: this server runs {', '.join(self.engines)}")
            self.models[alias] = name or self.default
        self._threads = threading.local()

    @property
    def store(self) -> ServingStore:
        """This thread's own connection."""
        if not hasattr(self._threads, "store"):
            self._threads.store = ServingStore(self.folder)
        return self._threads.store

    def close(self) -> None:
        for engine in self.engines.values():
            engine.close()

    # -------------------------------------------------------------------------------------------------- orders

    def create(self, client: Client, ask: Ask, once: Once) -> list[Video]:
        """Order a video, or `count` variations of it."""
        engine, name = self._engine(ask.model)
        wish = self._wish(engine, name, ask)
        if not 1 <= ask.count <= self.settings.max_variations:
            raise OrderError(f"n={ask.count}: 1 to {self.settings.max_variations} variations", "n")
        order = video_orders.create(engine, self._with_characters(client, wish, ask), self.settings.nearest)
        return self._place(client, ask, _variations(order, ask.count), once)

    def remix(self, client: Client, ask: Ask, footage: Footage, once: Once, kind: str = "remix") -> list[Video]:
        """Order a video like another one, told otherwise."""
        engine, name = self._engine_for(ask, footage)
        seed = footage.request.seed if footage.request and ask.seed is None else ask.seed
        wish = self._wish(engine, name, replace(ask, seed=seed), footage)
        wish = replace(self._with_characters(client, wish, ask), strength=_strength(ask.strength))
        return self._place(client, ask, [video_orders.remix(engine, wish, footage, kind)], once)

    def extend(self, client: Client, ask: Ask, footage: Footage, once: Once) -> list[Video]:
        """Order a video and what comes after or before it."""
        if ask.direction not in (None, "forwards", "backwards"):
            raise OrderError(f"direction={ask.direction!r}: forwards or backwards", "direction")
        engine, name = self._engine_for(ask, footage)
        seed = footage.request.seed if footage.request and ask.seed is None else ask.seed
        wish = self._with_characters(client, self._wish(engine, name, replace(ask, seed=seed), footage), ask)
        self._check_length(wish.seconds + Fraction(footage.frames) / footage.rate)
        backwards = ask.direction == "backwards"
        order = video_orders.extend(engine, wish, footage, backwards, self.settings.nearest)
        return self._place(client, ask, [order], once)

    def connect(self, client: Client, ask: Ask, first: Footage, second: Footage, once: Once) -> list[Video]:
        """Order two videos with a passage between them."""
        engine, name = self._engine(ask.model)
        wish = self._with_characters(client, self._wish(engine, name, ask, first), ask)
        self._check_length(wish.seconds + Fraction(first.frames) / first.rate + Fraction(second.frames) / second.rate)
        return self._place(
            client, ask, [video_orders.connect(engine, wish, first, second, self.settings.nearest)], once
        )

    def _place(self, client: Client, ask: Ask, orders: Sequence[VideoOrder], once: Once) -> list[Video]:
        store = self.store
        orders = [replace(order, patient=ask.patient) for order in orders]
        with self.once(once) as (connection, answer):
            names = answer.split() if answer else []
            if not names or store.videos.find(client.owner, names[0]) is None:  # a deleted one is made again
                self._check_limits(client, orders)
                names = [f"video_{secrets.token_hex(16)}" for _ in orders]
                if len(names) > 1:
                    orders = [replace(order, extra={**order.extra, "variations": names}) for order in orders]
                keep = self.settings.keep_days * 24 * 3600 or None
                store.videos.order(connection, names, client.owner, orders, keep)
                note_answer(connection, once, " ".join(names))
        return [video for name in names if (video := store.videos.find(client.owner, name))]

    @contextmanager
    def once(self, once: Once) -> Iterator[tuple[Any, str | None]]:
        """A durable transaction, and the answer that the same request got before, if it did. Raises OrderError."""
        with self.store.database.transaction(durable=True) as connection:
            try:
                answer = earlier_answer(connection, once)
            except AnsweredDifferently:
                raise OrderError(
                    "this Idempotency-Key came with another request before: use a new key for a new request",
                    None,
                    "idempotency_error",
                ) from None
            yield connection, answer

    def _check_limits(self, client: Client, orders: Sequence[VideoOrder]) -> None:
        database, limits = self.store.database, client.limits
        queued = limits.queued if limits.queued is not None else self.settings.max_queued
        waiting = open_videos(database, client.owner)
        if waiting + len(orders) > queued:
            raise OrderError(
                f"{waiting} of your videos wait or are being made, {queued} are allowed: wait until some are done",
                None,
                "rate_limit_exceeded",
            )
        wanted = sum(order.seconds for order in orders)
        if limits.seconds_per_day is not None:
            used = seconds_today(database, client.owner)
            if used + wanted > limits.seconds_per_day:
                raise OrderError(
                    f"{used:g} of {limits.seconds_per_day:g} seconds of video a day are used, and {wanted:g} more were "
                    "asked for: wait until midnight UTC",
                    None,
                    "insufficient_quota",
                )
        self.check_storage(client)

    def check_storage(self, client: Client, more: int = 0) -> None:
        """Raise OrderError if a client's files, and `more` bytes, pass what its key may store."""
        allowed = client.limits.bytes
        if allowed is not None and (used := owners_bytes(self.store.database, client.owner)) + more >= allowed:
            raise OrderError(
                f"{used:,} of {allowed:,} bytes of storage are used: delete videos or files", None, "insufficient_quota"
            )

    # -------------------------------------------------------------------------------- from an ask to an order

    def _engine(self, model: str | None) -> tuple[Engine, str]:
        """The engine of a model's name, and the name that answers bear."""
        if model is None:
            return self.engines[self.default], self.default
        name = self.models.get(model)
        if name is None and not self.settings.nearest:
            raise OrderError(
                f"model {model[:100]!r}: this server has {', '.join(self.models)}", "model", "model_not_found"
            )
        return self.engines[name or self.default], model if name else self.default

    def _engine_for(self, ask: Ask, footage: Footage) -> tuple[Engine, str]:
        """The engine asked for, else the one that made the footage if it is still the same, else the default one."""
        if ask.model is None and footage.engine:
            for name, engine in self.engines.items():
                if engine.name == footage.engine:
                    return engine, name
        return self._engine(ask.model)

    def _wish(self, engine: Engine, name: str, ask: Ask, footage: Footage | None = None) -> Wish:
        rate = _rate(ask.fps or self.settings.fps)
        if footage is not None:
            width, height, rate = footage.width, footage.height, footage.rate
        elif ask.size:
            width, height = _size(ask.size)
        else:  # nothing was asked for, so the nearest to the default is as good
            width, height = _size(self.settings.size)
            near = nearest_request(engine.limits, ClipRequest((), width, height, 1, rate, 0))
            width, height = near.width, near.height
        cards = tuple(Card(prompt, None if s is None else _seconds(s, "storyboard")) for prompt, s in ask.storyboard)
        if ask.seconds is not None or not cards or any(card.seconds is None for card in cards):
            seconds = _seconds(ask.seconds if ask.seconds is not None else str(self.settings.seconds), "seconds")
        else:
            seconds = sum((card.seconds for card in cards), Fraction(0))
        self._check_length(seconds)
        return Wish(
            model=name,
            prompt=ask.prompt,
            seed=secrets.randbelow(2**31) if ask.seed is None else ask.seed,
            width=width,
            height=height,
            rate=rate,
            seconds=seconds,
            cards=cards,
            first=ask.first,
            last=ask.last,
            options=ask.options,
            asked={"model": ask.model} if ask.model is not None and ask.model not in self.models else {},
        )

    def _check_length(self, seconds: Fraction) -> None:
        if seconds > Fraction(str(self.settings.max_seconds)):
            raise OrderError(
                f"{float(seconds):g} seconds in all: this server makes videos of up to {self.settings.max_seconds:g}",
                "seconds",
            )

    def _with_characters(self, client: Client, wish: Wish, ask: Ask) -> Wish:
        cast = []
        for identifier in ask.characters:
            character = self.store.belongings.character(client.owner, identifier)
            if character is None:
                raise OrderError(f"no character {identifier[:100]!r}", "characters", "not_found")
            if not character.description:
                raise OrderError(
                    f"the character {character.name!r} has no description, and this engine draws from words: create it "
                    "again with the field description",
                    "characters",
                    "unsupported_value",
                )
            cast.append((character.name, character.description))
        return replace(wish, characters=tuple(cast))

    # ---------------------------------------------------------------------------------------------- looking up

    def find(self, client: Client, identifier: str) -> Video:
        """One of the client's videos."""
        video = self.store.videos.find(client.owner, identifier)
        if video is None:
            raise OrderError(f"no video {identifier[:100]!r}", "video_id", "not_found")
        return video

    def footage(self, client: Client, identifier: str) -> Footage:
        """A finished video to work on."""
        video = self.find(client, identifier)
        if video.media is None:
            what = {"failed": "has failed", "completed": "has expired"}.get(video.status, f"is {video.status}")
            raise OrderError(
                f"video {identifier} {what}: only a finished one can be worked on", "video", "video_not_ready"
            )
        request = video.request
        return Footage(
            media=video.media,
            width=request.width,
            height=request.height,
            rate=request.rate,
            frames=video.frames,
            id=video.id,
            engine=video.engine,
            request=replace(request, frames=video.frames) if video.kind in WHOLE else request,
            whole=video.kind in WHOLE,
        )

    def poll_milliseconds(self, video: Video) -> int:
        """How long to wait before asking again: an eighth of the time that the engine will still need."""
        others, own = self.store.videos.frames_before(video.id)
        speed = self.store.ledger.seconds_per_frame(video.engine, video.request.width, video.request.height)
        if speed is None:
            return 1000
        engine = next((engine for engine in self.engines.values() if engine.name == video.engine), None)
        seconds = speed * (others / (self.workers_of(engine) if engine else 1) + own)
        return int(min(LONGEST_POLL, max(SHORTEST_POLL, 1000 * seconds / 8)))

    def workers_of(self, engine: Engine) -> int:
        """How many workers make an engine's videos at a time."""
        return min(self.workers, engine.limits.workers or self.workers)

    def delete(self, client: Client, identifier: str) -> None:
        """Forget a video and its files; one that is being made is stopped."""
        if not self.store.videos.remove(client.owner, identifier):
            raise OrderError(f"no video {identifier[:100]!r}", "video_id", "not_found")

    def client(self, owner: str) -> Client | None:
        """The client of a key's id, None if the key was revoked."""
        if not owner:
            return Client()
        key = next((key for key in self.store.keys.all() if key.id == owner and key.revoked is None), None)
        return None if key is None else Client(key.id, key.name, key.limits)

    def note(self, connection, once: Once, answer: str) -> None:
        """Keep an answer for repetitions of its request, in the transaction that `once` gave."""
        note_answer(connection, once, answer)

    def figures(self) -> list[EngineFigures]:
        """How much there is to do and was done, by engine."""
        return engine_figures(self.store.database)

    def speeds(self) -> list[tuple[str, str, float]]:
        """(engine, size, one worker's seconds per frame) as measured."""
        return speeds(self.store.database)

    def stamp(self, prefix: str) -> tuple[str, float]:
        """A new name and the time."""
        return f"{prefix}{secrets.token_hex(16)}", time.time()


WHOLE = ("create", "remix", "edit")  # kinds of video that one take shows from its first frame on


def _variations(order: VideoOrder, count: int) -> list[VideoOrder]:
    """The same order with other seeds."""
    seeds = [take_seed(order.request.seed, number) for number in range(1, count + 1)]
    return [
        replace(order, request=replace(order.request, seed=seed), extra={**order.extra, "seed": seed}) for seed in seeds
    ]


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isascii() and height.isascii() and width.isdigit() and height.isdigit()) or len(text) > 12:
        raise OrderError(f"size={text[:40]!r}: width x height in pixels, such as 1280x720", "size")
    return int(width), int(height)


def _seconds(text: str, field: str) -> Fraction:
    try:
        seconds = Fraction(text) if len(text) < 20 and "e" not in text.lower() else Fraction(0)
    except (ValueError, ZeroDivisionError):
        seconds = Fraction(0)
    if seconds <= 0:
        raise OrderError(f"{field}={text[:40]!r}: seconds, a number above 0 such as 4", field)
    return seconds


def _rate(text: str) -> Rate:
    try:
        rate = rate_from_text(text) if len(text) < 20 and "e" not in text.lower() else Fraction(0)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 1 <= rate <= 240:
        raise OrderError(f"fps={text[:40]!r}: 1 to 240 frames per second, such as 24 or 23.976", "fps")
    return rate


def _strength(given: str | float | None) -> float | None:
    """0 to 1, both excluded, or one of Sora's words."""
    if given is None:
        return None
    if isinstance(given, str) and given in video_orders.STRENGTHS:
        return video_orders.STRENGTHS[given]
    try:
        value = float(given)
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        words = ", ".join(video_orders.STRENGTHS)
        raise OrderError(f"strength={str(given)[:40]!r}: between 0 and 1, both excluded, or {words}", "strength")
    return value
