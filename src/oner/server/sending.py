"""Sending a file: whole or a range of it, with its content's name as ETag."""

import os
from collections.abc import Mapping

import anyio
from starlette.responses import Response

from ..errors import StoreError
from ..studio.video_content import Content

CHUNK = 256 * 1024


class SendFile(Response):
    """A file that is already open when the answer begins: deleting it meanwhile breaks nothing.

    One range of bytes is honoured; several at once are answered with the whole file, as RFC 9110 allows.
    """

    def __init__(self, content: Content, method: str, asked: Mapping[str, str]):
        try:
            self.file = content.path.open("rb")
        except OSError as error:
            raise StoreError(f"cannot read {content.path}: {error.strerror}") from error
        size, etag = os.fstat(self.file.fileno()).st_size, f'"{content.ref.sha256}"'
        headers = {
            "ETag": etag,
            "Accept-Ranges": "bytes",
            "Cache-Control": "private, max-age=31536000, immutable",
            "Content-Disposition": f'inline; filename="{content.name}"',
            "X-Content-Type-Options": "nosniff",
        }
        self.start, self.end, status = 0, size, 200
        wanted = [tag.strip().removeprefix("W/") for tag in asked.get("if-none-match", "").split(",")]
        if etag in wanted or "*" in wanted:
            self.end, status = 0, 304
        elif "range" in asked and asked.get("if-range", etag) == etag:
            found = byte_range(asked["range"], size)
            if found == (0, 0):
                self.end, status = 0, 416
                headers["Content-Range"] = f"bytes */{size}"
            elif found is not None:
                (self.start, self.end), status = found, 206
                headers["Content-Range"] = f"bytes {self.start}-{self.end - 1}/{size}"
        if status != 304:
            headers["Content-Length"] = str(self.end - self.start)
        self.quiet = method == "HEAD" or self.end == self.start
        self.status_code, self.media_type, self.background = status, content.media_type, None
        self.body = b""
        self.init_headers(headers)

    async def __call__(self, scope, receive, send) -> None:
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if not self.quiet:
                await anyio.to_thread.run_sync(self.file.seek, self.start)
                left = self.end - self.start
                while left > 0:
                    chunk = await anyio.to_thread.run_sync(self.file.read, min(CHUNK, left))
                    if not chunk:
                        break
                    left -= len(chunk)
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self.file.close()


def byte_range(text: str, size: int) -> tuple[int, int] | None:
    """(start, end) of `bytes=a-b`, `bytes=a-`, `bytes=-n`; (0, 0) if none of it is there; None: send everything."""
    unit, equals, spec = text.replace(" ", "").partition("=")
    first, dash, last = spec.partition("-")
    if unit.lower() != "bytes" or not equals or not dash or len(spec) > 40:
        return None
    if not all(part == "" or (part.isascii() and part.isdigit()) for part in (first, last)) or not first + last:
        return None
    if first == "":
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    return (start, end) if start < end else (0, 0)
