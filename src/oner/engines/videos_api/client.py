"""Speaking to a server with `/v1/videos`: orders, questions and downloads over plain HTTP."""

import json
import secrets
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException, IncompleteRead
from pathlib import Path
from typing import Any

from ...errors import EngineError, RequestError
from .profiles import Server

TIMEOUT = 30.0  # seconds of silence; well below a worker's lease
CHUNK = 1 << 18
CONTENT_TRIES = 6


class Busy(EngineError):
    """The server is busy or out of reach: try again after `seconds`. `sent` is False if it heard nothing."""

    def __init__(self, message: str, seconds: float | None = None, sent: bool = True):
        super().__init__(message)
        self.seconds, self.sent = seconds, sent


class Gone(EngineError):
    """There is no such video on the server, or no longer."""


@dataclass(frozen=True)
class Answer:
    """A JSON answer and what the server said about asking again, in seconds."""

    body: dict[str, Any]
    again: float | None = None


class Client:
    """One server. Raises Busy for what may pass, RequestError for what will not, EngineError for broken answers."""

    def __init__(self, server: Server):
        self.server = server
        self.base = server.url.rstrip("/")

    def order(self, fields: Mapping[str, str], picture: Path | None, key: str) -> Answer:
        """Place an order. `key` makes a repeated order the same one for servers that know Idempotency-Key."""
        if self.server.kind.body == "json" and picture is None:
            body, kind = json.dumps(_numbers(fields)).encode(), "application/json"
        else:
            body, kind = _multipart(fields, picture)
        headers = {"Content-Type": kind, "Idempotency-Key": key}
        answer = self._json("POST", "/videos", body, headers)
        if not isinstance(answer.body.get("id"), str):
            raise EngineError(f"{self.server.name} took an order and gave no id: {str(answer.body)[:200]}")
        return answer

    def look(self, video: str) -> Answer:
        """How a video is getting on."""
        try:
            return self._json("GET", f"/videos/{video}")
        except Busy as error:
            if self.server.kind.failed_as_5xx and getattr(error, "said", None):
                return Answer({"id": video, "status": "failed", "error": {"message": error.said}})
            raise

    def listed(self) -> list[dict[str, Any]]:
        """The newest videos of this account."""
        found = self._json("GET", "/videos?limit=100&order=desc").body.get("data", [])
        return [video for video in found if isinstance(video, dict)]

    def fetch(self, video: str, out: Path, told: Callable[[float], None]) -> None:
        """Download a finished video; a broken download goes on where it broke. `told` hears the share that is there."""
        variant = "?variant=video" if self.server.kind.variant else ""
        tries = 0
        while True:
            have = out.stat().st_size if out.exists() else 0
            try:
                with self._open("GET", f"/videos/{video}/content{variant}", None, _range(have)) as answer:
                    if have and answer.status != 206:
                        have = 0
                    total = have + int(answer.headers.get("Content-Length") or 0)
                    with out.open("ab" if have else "wb") as file:
                        while chunk := answer.read(CHUNK):
                            file.write(chunk)
                            have += len(chunk)
                            told(have / total if total else 0.5)
                if have and have >= total:
                    return
                raise IncompleteRead(b"", total - have)
            except (OSError, HTTPException) as error:
                tries += 1
                if tries == CONTENT_TRIES:
                    raise Busy(
                        f"{self.server.name} broke off the download of {video} again and again: {error}"
                    ) from error
                told(0.0)

    # ------------------------------------------------------------------------------------------------- HTTP

    def _json(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}) -> Answer:
        try:
            with self._open(method, path, body, headers) as answer:
                text, after = answer.read(), answer.headers.get("openai-poll-after-ms")
            found = json.loads(text)
        except (HTTPException, OSError) as error:
            raise Busy(f"{self.server.name} broke off: {error}") from error
        except ValueError as error:
            raise EngineError(
                f"{self.server.name} answers with something else than JSON: is {self.base} right?"
            ) from error
        if not isinstance(found, dict):
            raise EngineError(f"{self.server.name} answers with something else than a video: {str(found)[:200]}")
        return Answer(found, float(after) / 1000 if after and after.isdecimal() else None)

    def _open(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]):
        request = urllib.request.Request(self.base + path, data=body, headers=dict(headers), method=method)
        request.add_header("User-Agent", "oner")
        if (key := self.server.secret()) is not None:
            request.add_unredirected_header("Authorization", f"Bearer {key}")  # never to where a redirect leads
        try:
            return urllib.request.urlopen(request, timeout=TIMEOUT)
        except urllib.error.HTTPError as error:
            with error:
                raise self._fault(error) from None
        except urllib.error.URLError as error:
            refused = isinstance(error.reason, ConnectionRefusedError | socket.gaierror)
            raise Busy(
                f"{self.server.name} cannot be reached at {self.base}: {error.reason}", sent=not refused
            ) from None

    def _fault(self, error: urllib.error.HTTPError) -> EngineError | RequestError:
        said, name = _said(error.read(65536)), self.server.name
        words = f"{name} says ({error.code}): {said}"
        if error.code in (401, 403):
            where = self.server.key or "none is set in engines.toml"
            return RequestError(f"{name} does not accept the key ({where}): {said}")
        if error.code == 402 or "quota" in said.lower() or "billing" in said.lower():
            return RequestError(f"{words}; the account has no money left")
        if error.code in (404, 410):
            return Gone(words)
        if error.code in (408, 409, 425, 429) or error.code >= 500:
            wait = error.headers.get("Retry-After", "")
            busy = Busy(words, float(wait) if wait.isdecimal() else None)
            busy.said = said if error.code == 500 else ""
            return busy
        return RequestError(words)


def _said(body: bytes) -> str:
    """The message of an error, in OpenAI's form or FastAPI's."""
    try:
        found = json.loads(body)
    except ValueError:
        return body.decode(errors="replace").strip()[:300] or "nothing"
    inner = found.get("error", found.get("detail", found)) if isinstance(found, dict) else found
    if isinstance(inner, dict):
        inner = inner.get("message", inner)
    if isinstance(inner, list):  # FastAPI's list of faults
        inner = "; ".join(
            f"{'.'.join(map(str, f.get('loc', ())))}: {f.get('msg', f)}" for f in inner if isinstance(f, dict)
        )
    return str(inner)[:500]


def _numbers(fields: Mapping[str, str]) -> dict[str, Any]:
    """Fields for a JSON body: whole numbers are numbers there, except `seconds`, which is text in this API."""
    return {name: int(value) if name != "seconds" and value.isdecimal() else value for name, value in fields.items()}


def _range(have: int) -> dict[str, str]:
    return {"Range": f"bytes={have}-"} if have else {}


def _multipart(fields: Mapping[str, str], picture: Path | None) -> tuple[bytes, str]:
    mark = secrets.token_hex(16)
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if picture is not None:
        head = 'Content-Disposition: form-data; name="input_reference"; filename="reference.png"'
        parts.append(f"--{mark}\r\n{head}\r\nContent-Type: image/png\r\n\r\n".encode() + picture.read_bytes() + b"\r\n")
    return b"".join([*parts, f"--{mark}--\r\n".encode()]), f"multipart/form-data; boundary={mark}"
