"""Files by content, and files that appear whole or not at all."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import MediaError
from ..film import MediaRef


def media_ref(path: Path | str) -> MediaRef:
    """Name a file by its content. Raises MediaError if it cannot be read."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
            size = file.tell()
    except OSError as error:
        raise MediaError(f"cannot read {path}: {error.strerror}") from error
    return MediaRef(digest.hexdigest(), size, path.suffix.lower())


@contextmanager
def replacing(target: Path | str) -> Iterator[Path]:
    """Give a temporary path beside `target`; rename it into place on success, remove it after an error.

    The temporary name keeps the suffix, because encoders choose their container by it.
    """
    target = Path(target)
    temporary = target.with_name(f".{target.stem}.{secrets.token_hex(4)}.partial{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
