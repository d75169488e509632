"""What a user's own weights hold, as a word: another file under the same name is another model.

A file is read through once and its digest is kept on this machine, by path, size and time of change. Of a folder, which
may hold tens of gigabytes in many files, the beginning of every tensor is read.
"""

import hashlib
import json
import os
import struct
from functools import lru_cache
from pathlib import Path

from ...media.files import replacing
from ..places import contents_folder

TENSOR_BYTES = 4096  # of every tensor: training moves nearly all numbers of a tensor that it moves at all
PIPELINE_SUFFIXES = (".json", ".txt", ".model", ".jinja", ".safetensors")  # what a pipeline is loaded from


def file_content(path: Path) -> str:
    """Size and SHA-256 of a file; "none" where there is no file that can be read."""
    try:
        status = path.stat()
        return _of_file(str(path.resolve()), status.st_size, status.st_mtime_ns)
    except OSError:
        return "none"


def folder_content(folder: Path) -> str:
    """SHA-256 over the files of a pipeline's folder: of weights the size, the header and the beginning of every tensor,
    of everything else the whole. "none" where there is no folder that can be read."""
    try:
        files = sorted(
            (file.relative_to(folder).as_posix(), file)
            for file in folder.rglob("*")
            if file.suffix in PIPELINE_SUFFIXES and file.is_file()
        )
        told = [(name, _beginnings(str(file), (at := file.stat()).st_size, at.st_mtime_ns)) for name, file in files]
    except OSError:
        return "none"
    return hashlib.sha256(json.dumps(told).encode()).hexdigest() if told else "none"


@lru_cache(maxsize=256)
def _of_file(path: str, size: int, changed: int) -> str:
    note = contents_folder() / f"{hashlib.sha256(os.fsencode(path)).hexdigest()}.json"
    known = [path, size, changed]
    try:
        *noted, content = json.loads(note.read_bytes())
        if noted == known:
            return content
    except (OSError, ValueError, TypeError):
        pass
    with open(path, "rb") as file:
        content = f"{size} {hashlib.file_digest(file, 'sha256').hexdigest()}"
    try:
        with replacing(note) as temporary:
            temporary.write_text(json.dumps([*known, content]), encoding="utf-8")
    except OSError:  # nowhere to keep it: it is read through again
        pass
    return content


@lru_cache(maxsize=4096)
def _beginnings(path: str, size: int, changed: int) -> str:
    digest = hashlib.sha256(f"{size}".encode())
    with open(path, "rb") as file:
        if not path.endswith(".safetensors"):
            return hashlib.file_digest(file, "sha256").hexdigest()
        head = file.read(8)
        digest.update(head)
        try:
            (length,) = struct.unpack("<Q", head)
            header = file.read(min(length, size))
            digest.update(header)
            spans = [value["data_offsets"] for name, value in json.loads(header).items() if name != "__metadata__"]
            for start, end in sorted(spans):
                file.seek(8 + length + start)
                digest.update(file.read(max(0, min(TENSOR_BYTES, end - start))))
        except (struct.error, ValueError, KeyError, TypeError, AttributeError, OverflowError):
            pass  # a damaged file, which is refused before anything is queued
    return digest.hexdigest()
