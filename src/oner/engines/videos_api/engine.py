"""The engine that orders clips from a server with `/v1/videos`."""

import secrets
import time
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from ...errors import EngineError, MediaError, RequestError
from ...film import ClipRequest, EngineLimits, Locate, Report
from ...media import FrameWriter, probe, read_frames, save_png
from ...media.given import read_given
from ...timing import rate_text
from ..checks import check_request
from ..fitting import RETIMES, cover, frames_needed, matched, nearest_size, retimed, uncover
from ..recipe import recipe
from . import receipts
from .client import Busy, Client, Gone
from .profiles import Server
from .receipts import FAILED, FETCHED, ORDERED, ORDERING, Receipt

VERSION = 2
OPTIONS = {"retime": RETIMES, "size": str}
WAITS = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)  # seconds before the same question is asked again
FINAL = ("moderation", "content_policy", "invalid", "unsupported")  # error codes that another try would not change


@dataclass(frozen=True)
class Order:
    """What a request comes to on this server; `seconds` are those that are paid for.

    The server makes the clip from its frame `copied` on; those before are shown as they are given.
    """

    width: int
    height: int
    seconds: Fraction
    fields: dict[str, str]
    copied: int = 0


def _fit(request: ClipRequest):
    """How given pictures become pictures of the server's size."""
    return partial(uncover, shape=(request.width, request.height))


class VideosApiEngine:
    """Engine of one server of engines.toml; options `retime` and `size`."""

    def __init__(self, server: Server):
        self.server = server
        self.name = f"{server.name}@{VERSION}.{server.digest}"
        kind = server.kind
        self.limits = EngineLimits(
            max_seconds=kind.longest,
            takes_given_frames=kind.reference,
            carries_on_from_frames=kind.reference,
            price_per_second=server.price_per_second,
            spending_limit=server.limit,
            workers=kind.concurrent,
            draws_probe=False,
        )

    def check(self, request: ClipRequest) -> None:
        check_request(self.name, self.limits, request, OPTIONS)
        faults = []
        if len(request.prompts) > 1:
            faults.append(f"{len(request.prompts)} prompts: a server follows one prompt a clip")
        if request.start:
            faults.append(f"start={request.start}: a server cannot carry on a scene that it made before")
        shown = sorted(given.frame for given in request.given)
        if shown != list(range(len(shown))) or len(shown) >= request.frames > 1 or request.strength < 1:
            faults.append("given frames: a server goes on from a first picture, or from the last of the first frames")
        if faults:
            raise RequestError(f"{self.server.name} cannot make this clip: {'; '.join(faults)}")
        self._order(request)

    def explain(self, request: ClipRequest) -> dict[str, str]:
        order = self._order(request)
        notes = {"understood": "; ".join(prompt.text for prompt in request.prompts), "ignored": "", "guessed": ""}
        going_on = f"; goes on from the last of {order.copied + 1} given frames" if order.copied else ""
        notes["made"] = (
            f"ordered at {order.width}x{order.height}, {float(order.seconds):g} s; "
            f"delivered at {request.width}x{request.height}, {rate_text(request.rate)} fps{going_on}"
        )
        if not self.server.kind.seed:
            notes["ignored"] = "the seed: this server takes none"
        if self.server.price_per_second:
            notes["cost"] = f"{self._cost(order):.4f}"  # dollars
        receipt = receipts.read(self.server, request.fingerprint)
        if receipt is not None and receipt.state in (ORDERED, FETCHED):
            notes |= {"remote id": receipt.id, "server": self.server.url}
        return notes

    def render(self, request: ClipRequest, locate: Locate, out: Path, report: Report) -> None:
        self.check(request)
        report(0.0, "ordering")
        receipt = self._video(request, locate, report)
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(prefix=".oner-", dir=out.parent) as folder:
                clip = Path(folder) / "remote.mp4"
                told = lambda part: report(0.85 + part / 20, "fetching")
                try:
                    self._patiently(lambda: Client(self.server).fetch(receipt.id, clip, told), report, 0.85)
                except Gone as error:
                    raise self._expired(request, receipt, error) from error
                receipts.write(self.server, request.fingerprint, replace(receipt, state=FETCHED))
                self._deliver(request, locate, clip, out, report)
        except OSError as error:
            raise EngineError(f"cannot write {out}: {error.strerror or error}") from error

    def close(self) -> None:
        pass

    # ----------------------------------------------------------------------------------------------- orders

    def _order(self, request: ClipRequest) -> Order:
        server, kind = self.server, self.server.kind
        width, height = self._size(request)
        fields = {"prompt": request.prompts[0].text}
        if server.model:
            fields["model"] = server.model
        copied = max(0, len(request.given) - 1)
        wanted = Fraction(request.frames - copied) / request.rate
        if kind.length == "frames":
            frames = frames_needed(request.frames - copied, request.rate, Fraction(kind.rate))
            frames = 1 + -(-max(frames - 1, 0) // kind.frame_step) * kind.frame_step
            seconds = Fraction(frames, kind.rate)
            fields |= {"num_frames": str(frames), "fps": str(kind.rate)}
        else:
            whole = -(-wanted.numerator // wanted.denominator)
            seconds = Fraction(next((length for length in sorted(kind.seconds) if length >= whole), whole))
            fields["seconds"] = str(int(seconds))
        if kind.field_size == "size":
            fields["size"] = f"{width}x{height}"
        else:
            fields |= {"width": str(width), "height": str(height)}
        if kind.seed:
            fields[kind.seed] = str(request.seed)
        fields |= {name: str(value) for name, value in server.extra.items()}
        return Order(width, height, seconds, fields, copied)

    def _size(self, request: ClipRequest) -> tuple[int, int]:
        kind = self.server.kind
        if text := str(request.options.get("size", "")):
            width, cross, height = text.partition("x")
            if not (cross and width.isdecimal() and height.isdecimal()) or (kind.sizes and text not in kind.sizes):
                allowed = ", ".join(kind.sizes) or "WIDTHxHEIGHT"
                raise RequestError(f"option size={text!r}: {self.server.name} makes {allowed}")
            return int(width), int(height)
        if not kind.sizes:
            step = kind.size_step
            return -(-request.width // step) * step, -(-request.height // step) * step
        sizes = [tuple(map(int, size.split("x"))) for size in kind.sizes]
        same = [size for size in sizes if (size[0] >= size[1]) == (request.width >= request.height)]
        return nearest_size(request.width, request.height, same or sizes, kind.size_step, fixed=True)

    def _cost(self, order: Order) -> float:
        return float(order.seconds) * self.server.price_per_second

    def _video(self, request: ClipRequest, locate: Locate, report: Report) -> Receipt:
        """The receipt of the finished video: of an earlier order if there is one, else of a new one."""
        receipt = receipts.read(self.server, request.fingerprint)
        if receipt is not None and receipt.state == ORDERING:
            receipt = self._lost(request, receipt, report)
        if receipt is not None and receipt.state in (ORDERED, FETCHED):
            try:
                return self._finished(request, receipt, report)
            except Gone:  # fetched long ago, or thrown away: it has to be made again
                receipt = None
        key = receipt.key if receipt is not None and receipt.state == ORDERING else secrets.token_hex(16)
        return self._finished(request, self._place(request, key, locate, report), report)

    def _place(self, request: ClipRequest, key: str, locate: Locate, report: Report) -> Receipt:
        order = self._order(request)
        receipt = Receipt(key, ORDERING, request.prompts[0].text, self._cost(order))
        client, waits = Client(self.server), iter(WAITS)
        with TemporaryDirectory(prefix="oner-order-") as folder:
            picture = None
            if request.given:
                shown = read_given(request.given, locate, order.width, order.height, _fit(request))
                picture = Path(folder) / "reference.png"
                save_png(picture, shown[order.copied])
            while True:
                receipts.write(self.server, request.fingerprint, receipt)
                try:
                    answer = client.order(order.fields, picture, key)
                    break
                except Busy as error:
                    wait = next(waits, None)
                    if error.sent and not self.server.kind.retry_key and self.server.price_per_second:
                        found = self._lost(request, receipt, report)  # raises where that cannot be known
                        if found.state == ORDERED:
                            return found
                    if wait is None:
                        self._forget(request, receipt, str(error))
                        raise
                    self._pause(error.seconds or wait, report, 0.0, str(error))
                except (RequestError, EngineError) as error:
                    self._forget(request, receipt, str(error))
                    raise
        return receipts.write(self.server, request.fingerprint, replace(receipt, state=ORDERED, id=answer.body["id"]))

    def _forget(self, request: ClipRequest, receipt: Receipt, why: str) -> None:
        receipts.write(self.server, request.fingerprint, replace(receipt, state=FAILED, error=why))

    def _lost(self, request: ClipRequest, receipt: Receipt, report: Report) -> Receipt:
        """An order was sent and its answer never came: look whether the server has it. Raises RequestError."""
        server = self.server
        if server.kind.listed:
            videos = self._patiently(lambda: Client(server).listed(), report, 0.0)
            known = receipts.ids(server)  # takes of one shot have the same words
            mine = [
                video
                for video in videos
                if video.get("prompt") == receipt.prompt
                and float(video.get("created_at") or 0) >= receipt.ordered - 60
                and video.get("id") not in known
            ]
            if mine:
                found = replace(receipt, state=ORDERED, id=str(mine[-1]["id"]))
                return receipts.write(server, request.fingerprint, found)
            return replace(receipt, state=ORDERING)
        if server.kind.retry_key or not server.price_per_second:
            return receipt
        path = receipts.path_of(server, request.fingerprint)
        raise RequestError(
            f"an order to {server.name} was sent and its answer never came, so it may have been paid for: look there, "
            f"then remove {path} to order it again"
        )

    def _finished(self, request: ClipRequest, receipt: Receipt, report: Report) -> Receipt:
        """Wait until the video is made. Raises EngineError if it failed or takes too long, Gone if there is none."""
        client, delay, ends = (
            Client(self.server),
            self.server.poll_seconds,
            time.monotonic() + self.server.timeout_seconds,
        )
        while True:
            answer = self._patiently(lambda: client.look(receipt.id), report, 0.05)
            status, part = answer.body.get("status"), float(answer.body.get("progress") or 0) / 100
            if status in ("completed", "succeeded"):
                return receipt
            if status in ("failed", "cancelled", "canceled", "error"):
                self._failed(request, receipt, answer.body)
            if time.monotonic() >= ends:
                raise EngineError(
                    f"{self.server.name} did not finish {receipt.id} within {self.server.timeout_seconds:g} s (it says "
                    f"{status}); the order stands, and the same command looks for it again"
                )
            self._pause(answer.again or delay, report, 0.05 + 0.8 * min(part, 1), str(status))
            delay = min(delay * 1.5, max(10.0, self.server.poll_seconds))

    def _failed(self, request: ClipRequest, receipt: Receipt, body: dict) -> None:
        error = body.get("error") if isinstance(body.get("error"), dict) else {"message": str(body.get("error") or "")}
        code, message = str(error.get("code") or ""), str(error.get("message") or "no reason given")
        self._forget(request, receipt, message)
        kind = RequestError if any(word in code for word in FINAL) else EngineError
        raise kind(f"{self.server.name} could not make {receipt.id}: {message}{f' ({code})' if code else ''}")

    def _expired(self, request: ClipRequest, receipt: Receipt, error: Gone) -> EngineError:
        """A video that was made cannot be fetched. One that was fetched before is ordered again by the next try."""
        if receipt.state == FETCHED:
            self._forget(request, receipt, str(error))
            return EngineError(f"{error}; {receipt.id} was fetched before and is gone: the next try orders it again")
        path = receipts.path_of(self.server, request.fingerprint)
        return EngineError(
            f"{error}; {receipt.id} was made and may have been paid for: look there, then remove {path} to order it "
            "again"
        )

    def _patiently(self, ask, report: Report, progress: float):
        """Ask, and ask again after a while where the server is busy or out of reach."""
        for wait in WAITS:
            try:
                return ask()
            except Busy as error:
                self._pause(error.seconds or wait, report, progress, str(error))
        return ask()

    def _pause(self, seconds: float, report: Report, progress: float, words: str) -> None:
        """Wait, reporting twice a second."""
        ends = time.monotonic() + min(seconds * self.server.patience, 60.0)
        report(progress, words)
        while (left := ends - time.monotonic()) > 0:
            time.sleep(min(left, 0.5))
            report(progress, words)

    # --------------------------------------------------------------------------------------------- delivery

    def _deliver(self, request: ClipRequest, locate: Locate, clip: Path, out: Path, report: Report) -> None:
        """Make the requested clip of what the server delivered, behind the frames that are shown as they are given."""
        try:
            video = probe(clip).video
        except MediaError as error:
            raise EngineError(f"{self.server.name} delivered what is no video: {error}") from error
        if video is None or not video.rate:
            raise EngineError(f"{self.server.name} delivered a file without pictures")
        copied = self._order(request).copied
        seconds, wanted = video.frames / video.rate, (request.frames - copied) / request.rate
        if seconds < wanted - Fraction(1, 4):  # a quarter second: lengths of 4 k + 1 frames fall short of whole seconds
            raise EngineError(f"{self.server.name} delivered {float(seconds):.2f} s instead of {float(wanted):.2f} s")
        retime = str(request.options.get("retime", "flow"))
        frames, shown = list(read_frames(clip)), {}
        if copied:
            high, wide = frames[0].shape[:2]
            before = tuple(given for given in request.given if given.frame < copied)
            shown = read_given(before, locate, request.width, request.height)
            last = tuple(given for given in request.given if given.frame == copied)
            wanted_start = read_given(last, locate, wide, high, _fit(request))[copied]
            first = frames[0]
            frames = [matched(frame, first, wanted_start) for frame in frames]
        made = retimed(frames, video.rate, range(request.frames - copied), request.rate, retime)
        metadata = recipe(self.name, request, self.explain(request))
        with FrameWriter(
            out, request.width, request.height, request.rate, quality="take", metadata=metadata, threads=1
        ) as writer:
            for number in range(1, request.frames + 1):
                frame = shown[number - 1] if number <= copied else cover(next(made), request.width, request.height)
                writer.write(frame)
                report(0.9 + 0.1 * number / request.frames, f"writing frame {number} of {request.frames}")
