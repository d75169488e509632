"""TensorBoard's event files, written without TensorBoard: numbers and pictures by step.

A file is a row of records: length (8 bytes), its checksum, the record, its checksum (TFRecord); a record is a protocol
buffer `Event` with the fields of tensorflow/core/util/event.proto and framework/summary.proto.
"""

import struct
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path


class EventFile:
    """One process's events; every call writes through to the disk, so that a kill loses nothing that was said."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._append(_field(3, b"brain.Event:2"))

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Numbers by name, each a curve."""
        summary = b"".join(
            _field(1, _field(1, name.encode()) + b"\x15" + struct.pack("<f", value)) for name, value in values.items()
        )
        self._append(b"\x10" + _varint(step) + _field(5, summary))

    def picture(self, step: int, name: str, png: bytes, size: tuple[int, int]) -> None:
        """A PNG of `size` (width, height)."""
        width, height = size
        image = b"\x08" + _varint(height) + b"\x10" + _varint(width) + b"\x18\x03" + _field(4, png)
        self._append(b"\x10" + _varint(step) + _field(5, _field(1, _field(1, name.encode()) + _field(4, image))))

    def _append(self, event: bytes) -> None:
        record = b"\x09" + struct.pack("<d", time.time()) + event
        length = struct.pack("<Q", len(record))
        with self.path.open("ab") as file:
            file.write(length + _masked(length) + record + _masked(record))


def _field(number: int, content: bytes) -> bytes:
    """A field of bytes: its number and kind, its length, itself."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _masked(content: bytes) -> bytes:
    crc = crc32c(content)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def crc32c(content: bytes) -> int:
    """Castagnoli's checksum (RFC 3720, appendix B.4)."""
    table, crc = _table(), 0xFFFFFFFF
    for byte in content:
        crc = table[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


@cache
def _table() -> tuple[int, ...]:
    rows = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        rows.append(value)
    return tuple(rows)
