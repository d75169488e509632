"""Files by content: `files/ab/<sha256><suffix>`. A file is never changed; equal content is kept once."""

import errno
import hashlib
import os
import shutil
from pathlib import Path

from ..errors import StoreError
from ..film import MediaRef


class Files:
    """A folder of files named by what they hold. Raises StoreError if it cannot be made or written."""

    def __init__(self, folder: Path | str):
        self.folder = Path(folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot keep files in {self.folder}: {error.strerror}; choose another folder") from error

    def refer(self, path: Path) -> MediaRef:
        """Name a file by its content. Raises StoreError if it cannot be read."""
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                return MediaRef(digest, file.tell(), path.suffix.lower())
        except OSError as error:
            raise StoreError(f"cannot read {path}: {error.strerror}") from error

    def put(self, path: Path, ref: MediaRef | None = None) -> MediaRef:
        """Move a finished file in under its name; `ref` spares reading it when it was just named.

        The content reaches the disk before the name does. Across file systems it is copied first. Raises StoreError.
        """
        ref = ref or self.refer(path)
        place = self.place(ref)
        try:
            place.parent.mkdir(exist_ok=True)
            _flush(path)
            try:
                os.replace(path, place)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                self._copy_in(path, place)
                path.unlink()
        except OSError as error:
            raise StoreError(f"cannot keep {path.name} in {self.folder}: {error.strerror}") from error
        return ref

    def copy(self, path: Path, ref: MediaRef) -> None:
        """Copy in a file that stays where it is and was named `ref` before. Raises StoreError, also if it changed."""
        if self.refer(path) != ref:
            raise StoreError(f"{path} was changed just now; run the same command again")
        place = self.place(ref)
        try:
            place.parent.mkdir(exist_ok=True)
            self._copy_in(path, place)
        except OSError as error:
            raise StoreError(f"cannot keep {path.name} in {self.folder}: {error.strerror}") from error

    def place(self, ref: MediaRef) -> Path:
        """Where a file of this content lies or would lie."""
        return self.folder / ref.sha256[:2] / f"{ref.sha256}{ref.suffix}"

    def locate(self, ref: MediaRef) -> Path:
        """Where the file lies. Raises StoreError if it has vanished or lost its size."""
        place = self.place(ref)
        try:
            size = place.stat().st_size
        except OSError as error:
            raise StoreError(
                f"{place} has vanished; `oner shoot` makes missing takes again, other files have to be put back"
            ) from error
        if size != ref.bytes:
            raise StoreError(f"{place} has {size} bytes instead of {ref.bytes}; delete it and run `oner shoot`")
        return place

    def has(self, ref: MediaRef) -> bool:
        """Whether a file of this name and size is there."""
        try:
            return self.place(ref).stat().st_size == ref.bytes
        except OSError:
            return False

    def verify(self, ref: MediaRef) -> None:
        """Read the whole file. Raises StoreError if it has vanished or does not hold what its name says."""
        place = self.locate(ref)
        if self.refer(place) != ref:
            raise StoreError(f"{place} is damaged; delete it and run `oner shoot`")

    def forget(self, ref: MediaRef) -> None:
        """Delete a file that nothing refers to; no error if it is not there."""
        self.place(ref).unlink(missing_ok=True)

    def scratch(self, name: str) -> Path:
        """An empty folder for half-made files, on the same file system so that `put` only renames."""
        folder = self.folder / "unfinished" / name
        try:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        except OSError as error:
            raise StoreError(f"cannot write in {self.folder}: {error.strerror}") from error
        return folder

    def sweep(self, name: str | None = None) -> None:
        """Remove what one worker left unfinished, or all of them."""
        shutil.rmtree(self.folder / "unfinished" / (name or ""), ignore_errors=True)

    def _copy_in(self, path: Path, place: Path) -> None:
        temporary = place.with_name(f".{path.name}.partial")
        try:
            shutil.copyfile(path, temporary)
            _flush(temporary)
            os.replace(temporary, place)
        finally:
            temporary.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
