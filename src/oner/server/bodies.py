"""Request bodies: JSON, multipart and URL-encoded forms, read with limits while they arrive.

File parts go straight to a scratch folder. A body that is too large or too slow ends before the disk fills; whatever
was written by then is removed with the folder.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from ..errors import OrderError
from ..settings import UploadSettings

MAX_FIELDS = 2000  # form fields and files together
MAX_TEXT = 48_000_000  # bytes of JSON, or of all form fields: pictures come as data URLs, too
MAX_HEADERS = 16_000  # bytes of one part's headers
MAX_DEPTH = 6  # of brackets in a field's name


@dataclass(frozen=True)
class UploadedFile:
    """A file part on its way in; `name` is what the client calls it."""

    path: Path
    name: str
    digest: str
    bytes: int


@dataclass
class Body:
    """A body's fields: texts, numbers, lists and objects, and files at any depth."""

    fields: dict[str, Any] = field(default_factory=dict)

    def digest(self, path: str) -> str:
        """Equal for equal requests, whatever form they came in; files count by their content."""
        text = json.dumps(self.fields, sort_keys=True, default=lambda file: f"sha256 {file.digest}")
        return hashlib.sha256(f"{path}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


async def read_body(request, scratch: Path, limits: UploadSettings) -> Body:
    """Read a request's body. Raises OrderError: too large, too slow, malformed, of an unknown kind."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    stated = request.headers.get("content-length", "")
    if stated.isdigit() and int(stated) > limits.bytes:
        raise _too_large(limits.bytes)
    chunks = _limited(request, limits)
    if kind == b"multipart/form-data":
        form = _Multipart(scratch, options.get(b"boundary", b""))
        try:
            async for chunk in chunks:
                form.feed(chunk)
            return Body(form.finish())
        finally:
            form.close()
    data = bytearray()
    async for chunk in chunks:
        data += chunk
        if len(data) > MAX_TEXT:
            raise _too_large(MAX_TEXT)
    if kind == b"application/x-www-form-urlencoded":
        return Body(_from_pairs(_form_pairs(bytes(data))))
    if kind in (b"application/json", b"") or kind.endswith(b"+json"):
        return Body(_from_json(bytes(data)))
    raise OrderError("send application/json or multipart/form-data", None, "unsupported_media_type")


async def _limited(request, limits: UploadSettings) -> AsyncIterator[bytes]:
    """The body's chunks, until there are too many, they pause too long or all of it takes too long."""
    received, ends = 0, asyncio.get_running_loop().time() + limits.seconds
    stream = request.stream().__aiter__()
    while True:
        left = min(limits.idle_seconds, ends - asyncio.get_running_loop().time())
        try:
            chunk = await asyncio.wait_for(stream.__anext__(), max(0.001, left))
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise OrderError("the body arrived too slowly", None, "request_timeout") from None
        received += len(chunk)
        if received > limits.bytes:
            raise _too_large(limits.bytes)
        yield chunk


def _too_large(limit: int) -> OrderError:
    return OrderError(f"the body is larger than {limit:,} bytes", None, "payload_too_large")


def _from_json(data: bytes) -> dict[str, Any]:
    if not data.strip():
        return {}
    try:
        fields = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise OrderError(f"the body is no JSON: {error}", None, "invalid_json") from error
    if not isinstance(fields, dict):
        raise OrderError("the body has to be a JSON object", None, "invalid_json")
    return fields


def _form_pairs(data: bytes) -> list[tuple[str, Any]]:
    try:
        return parse_qsl(data.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except (ValueError, UnicodeDecodeError) as error:
        raise OrderError(f"the form cannot be read: {error}") from error


# -------------------------------------------------------------------------------------------------- multipart


class _Multipart:
    """A multipart form as it arrives. Raises OrderError."""

    def __init__(self, scratch: Path, boundary: bytes):
        if not boundary:
            raise OrderError("multipart/form-data without a boundary")
        names = (
            "part_begin",
            "header_field",
            "header_value",
            "header_end",
            "headers_finished",
            "part_data",
            "part_end",
        )
        callbacks = {f"on_{name}": getattr(self, f"_{name}") for name in (*names, "end")}
        try:
            self._parser = MultipartParser(boundary, callbacks)
        except (FormParserError, ValueError) as error:
            raise OrderError(f"the form cannot be read: {error}") from error
        self._scratch = scratch
        self._pairs: list[tuple[str, Any]] = []
        self._texts = 0
        self._file = None
        self._finished = False

    def feed(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise OrderError(f"the form cannot be read: {error}") from error

    def finish(self) -> dict[str, Any]:
        try:
            self._parser.finalize()
        except FormParserError as error:
            raise OrderError(f"the form cannot be read: {error}") from error
        if not self._finished:
            raise OrderError("the form breaks off")
        return _from_pairs(self._pairs)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _part_begin(self) -> None:
        if len(self._pairs) >= MAX_FIELDS:
            raise OrderError(f"the form has more than {MAX_FIELDS} parts")
        self._headers: dict[bytes, bytes] = {}
        self._header, self._value, self._size = b"", b"", 0

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]
        self._bounded(end - start)

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._bounded(end - start)

    def _bounded(self, more: int) -> None:
        self._size += more
        if self._size > MAX_HEADERS:
            raise OrderError("the headers of a form part are too long")

    def _header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header, self._value = b"", b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if b"name" not in options:
            raise OrderError("a form part has no name")
        self._name = _text(options[b"name"])
        self._filename = _text(options[b"filename"]) if b"filename" in options else None
        self._text, self._digest, self._bytes = bytearray(), hashlib.sha256(), 0
        if self._filename is not None:
            self._path = self._scratch / f"part{len(self._pairs)}.upload"
            self._file = self._path.open("wb")

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        piece = data[start:end]
        if self._file is not None:
            self._file.write(piece)
            self._digest.update(piece)
            self._bytes += len(piece)
            return
        self._texts += len(piece)
        if self._texts > MAX_TEXT:
            raise _too_large(MAX_TEXT)
        self._text += piece

    def _part_end(self) -> None:
        if self._filename is None:
            self._pairs.append((self._name, _text(bytes(self._text))))
            return
        self.close()
        if self._bytes:  # clients send an empty file part beside an id
            file = UploadedFile(self._path, self._filename, self._digest.hexdigest(), self._bytes)
            self._pairs.append((self._name, file))

    def _end(self) -> None:
        self._finished = True


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise OrderError("a form field is no UTF-8 text") from error


# ---------------------------------------------------------------------------------- bracketed names of fields


def _from_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Fields with names such as `a`, `a[b]`, `a[]` and `a[][b]` as lists and objects. Raises OrderError."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        found = re.fullmatch(r"([^\[\]]+)((?:\[[^\[\]]*\])*)", name)
        steps = re.findall(r"\[([^\[\]]*)\]", found[2]) if found else []
        if found is None or len(steps) > MAX_DEPTH:
            raise OrderError(f"form field {name[:100]!r}: no such name")
        try:
            tree[found[1]] = _placed(tree.get(found[1]), steps, value)
        except TypeError:
            raise OrderError(f"form field {name[:100]!r} contradicts an earlier one", found[1][:100]) from None
    return tree


def _placed(node: Any, steps: list[str], value: Any) -> Any:
    """`node` with `value` at the end of the steps; TypeError where they lead through something else."""
    if not steps:
        if node is None:
            return value
        if isinstance(node, UploadedFile) or isinstance(value, UploadedFile):  # the file counts, not a text beside it
            return node if isinstance(node, UploadedFile) else value
        if isinstance(node, dict):
            raise TypeError
        return [*node, value] if isinstance(node, list) else [node, value]
    step, rest = steps[0], steps[1:]
    if step == "" or step.isdigit():
        items = [] if node is None else node
        if not isinstance(items, list):
            raise TypeError
        place = int(step) if step and len(step) < 5 else None
        if place is not None and place < len(items):
            items[place] = _placed(items[place], rest, value)
        elif place is None and rest and items and isinstance(items[-1], dict) and rest[0] not in items[-1]:
            items[-1] = _placed(items[-1], rest, value)  # the next field of the same list item
        else:
            items.append(_placed(None, rest, value))
        return items
    items = {} if node is None else node
    if not isinstance(items, dict):
        raise TypeError
    items[step] = _placed(items.get(step), rest, value)
    return items
