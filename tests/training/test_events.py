import json
import struct

import pytest

from oner.training.events import EventFile, crc32c
from oner.training.run import Run


def records(path) -> list[bytes]:
    """The records of an event file, lengths and checksums checked."""
    content, found = path.read_bytes(), []
    while content:
        (length,) = struct.unpack("<Q", content[:8])
        record = content[12 : 12 + length]
        for part, stored in ((content[:8], content[8:12]), (record, content[12 + length : 16 + length])):
            crc = crc32c(part)
            assert struct.unpack("<I", stored)[0] == ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
        found.append(record)
        content = content[16 + length :]
    return found


def test_the_checksum_is_castagnolis():
    """The value that RFC 3720 gives for 32 zero bytes, and the one that everyone checks with."""
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"123456789") == 0xE3069283


def test_numbers_and_pictures_are_records(tmp_path):
    """A version, then one record for each call, with names, steps and values where TensorBoard looks for them."""
    file = EventFile(tmp_path / "events")
    file.scalars(300, {"loss": 0.5, "held_out/0.1": 2.0})
    file.picture(301, "sheet", b"\x89PNG", (20, 10))
    version, numbers, picture = records(tmp_path / "events")
    assert b"brain.Event:2" in version
    assert numbers[9:12] == b"\x10\xac\x02"  # field 2, step 300 as a varint
    assert b"\x0a\x04loss\x15" + struct.pack("<f", 0.5) in numbers
    assert b"\x0a\x0cheld_out/0.1\x15" + struct.pack("<f", 2.0) in numbers
    assert b"\x08\x0a\x10\x14\x18\x03\x22\x04\x89PNG" in picture


def test_tensorboard_reads_them(tmp_path):
    """Where TensorBoard is installed, its own reader finds the same."""
    loader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    run = Run(tmp_path)
    run.write(step=7, loss=0.25, kind="stills", held_out={"0.1": 1.5})
    found = loader.EventAccumulator(str(tmp_path))
    found.Reload()
    assert [(event.step, event.value) for event in found.Scalars("loss")] == [(7, 0.25)]
    assert found.Scalars("held_out/0.1")[0].value == 1.5


def test_a_run_writes_both(tmp_path):
    """A line of JSON and a record; a line that a kill cut short is passed over."""
    run = Run(tmp_path)
    run.write(step=1, loss=0.123456789)
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 2, "lo')
    assert list(Run(tmp_path).metrics()) == [{"step": 1, "loss": 0.12346}]
    assert len(records(next(tmp_path.glob("events.out.tfevents.*")))) == 2
    assert json.loads((tmp_path / "metrics.jsonl").read_text().splitlines()[0])["step"] == 1
