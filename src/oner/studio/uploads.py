"""What users send: pictures, videos, characters, files. Inspected in another process before anything else sees it."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from ..engines.recipe import request_in
from ..errors import InputError, MediaError, OrderError
from ..film import ClipRequest, MediaRef
from ..media.intake import IntakeLimits, TakenIn
from ..store.answers import Once, note_answer
from ..store.belongings import StoredCharacter, StoredFile
from .inspection import inspect
from .video_orders import Footage
from .video_service import Client, VideoService

CHARACTER_SECONDS = (Fraction("1.9"), Fraction("4.1"))  # two to four, and what a rate rounds
SUFFIXES = {"batch": ".jsonl", "batch_output": ".jsonl"}


class Uploads:
    """Use cases that take files in. Every method may raise StoreError and OrderError."""

    def __init__(self, service: VideoService):
        self.service = service

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for files on their way in; it is gone afterwards."""
        name = f"upload-{secrets.token_hex(8)}"
        files = self.service.store.files
        try:
            yield files.scratch(name)
        finally:
            files.sweep(name)

    def picture(self, path: Path, scratch: Path, field: str, size: str | None) -> MediaRef:
        """A JPEG, PNG or WebP picture for a video of a size, as one of our own PNGs.

        Both have to have one shape, unless the server makes the nearest.
        """
        out = scratch / f"{secrets.token_hex(4)}.png"
        found = self._inspect("picture", path, out, field)
        wide, _, high = (size or self.service.settings.size).lower().partition("x")
        if not self.service.settings.nearest and wide.isdigit() and high.isdigit() and int(high) > 0 and int(wide) > 0:
            shape, wanted = Fraction(found.width, found.height), Fraction(int(wide), int(high))
            # Sora wanted the very size; the shape is enough here. A row of pixels more or less is no other shape.
            if abs(shape / wanted - 1) > Fraction(2, 100):
                raise OrderError(
                    f"{field}: the picture is {found.width}x{found.height}, the video {wide}x{high}: give a picture of "
                    f"the video's shape, or the size {found.width // 2 * 2}x{found.height // 2 * 2}",
                    field,
                )
        return self.service.store.files.put(out)

    def footage(self, client: Client, path: Path, digest: str, scratch: Path) -> Footage:
        """A video that was sent: one of the client's own is known by its content, any other is inspected."""
        own = self.service.store.videos.of_content(client.owner, digest)
        if own is not None:
            return self.service.footage(client, own)
        self.service.check_storage(client, path.stat().st_size)
        out = scratch / "video.mp4"
        found = self._inspect("video", path, out, "video")
        ref = self.service.store.files.put(out)
        engine, request = _recipe(found)
        return Footage(
            media=ref,
            width=found.width,
            height=found.height,
            rate=found.rate,
            frames=found.frames,
            engine=engine,
            request=request,
            whole=request is not None and request.frames == found.frames,
        )

    def character(self, client: Client, name: str, description: str, path: Path, scratch: Path, once: Once):
        """Keep somebody for later videos. Without a description, the prompt of a clip that was made here serves."""
        out = scratch / "character.mp4"
        self.service.check_storage(client, path.stat().st_size)
        found = self._inspect("video", path, out, "video")
        seconds = Fraction(found.frames) / found.rate
        if not CHARACTER_SECONDS[0] <= seconds <= CHARACTER_SECONDS[1]:
            raise OrderError(f"video: it lasts {float(seconds):.2f} seconds; a character needs 2 to 4", "video")
        if not description:
            _, request = _recipe(found)
            description = request.prompts[0].text if request else ""
        store = self.service.store
        ref = store.files.refer(out)
        with self.service.once(once) as (connection, answer):
            if answer is None or store.belongings.character(client.owner, answer) is None:
                answer, created = self.service.stamp("char_")
                character = StoredCharacter(answer, client.owner, name, description, created, ref)
                store.belongings.add_character(connection, character, out)
                note_answer(connection, once, answer)
        return store.belongings.character(client.owner, answer)

    def find_character(self, client: Client, identifier: str) -> StoredCharacter:
        found = self.service.store.belongings.character(client.owner, identifier)
        if found is None:
            raise OrderError(f"no character {identifier[:100]!r}", "character_id", "not_found")
        return found

    def file(self, client: Client, name: str, purpose: str, path: Path, once: Once) -> StoredFile:
        """Keep a file as it is; it is inspected when it is used."""
        store = self.service.store
        self.service.check_storage(client, path.stat().st_size)
        path = path.rename(path.with_suffix(SUFFIXES.get(purpose, ".bin")))
        media = store.files.refer(path)
        with self.service.once(once) as (connection, answer):
            if answer is None or store.belongings.file(client.owner, answer) is None:
                answer, created = self.service.stamp("file-")
                store.belongings.add_file(
                    connection, StoredFile(answer, client.owner, name, purpose, created, media), path
                )
                note_answer(connection, once, answer)
        return store.belongings.file(client.owner, answer)

    def find_file(self, client: Client, identifier: str) -> StoredFile:
        found = self.service.store.belongings.file(client.owner, identifier)
        if found is None:
            raise OrderError(f"no file {identifier[:100]!r}", "file_id", "not_found")
        return found

    def copy_of_file(self, client: Client, identifier: str, scratch: Path) -> Path:
        """A file's content, to be inspected."""
        found = self.find_file(client, identifier)
        copy = scratch / f"{secrets.token_hex(4)}.upload"
        shutil.copyfile(self.service.store.files.locate(found.media), copy)
        return copy

    def _inspect(self, kind: str, path: Path, out: Path, field: str) -> TakenIn:
        upload = self.service.settings.upload
        limits = IntakeLimits(upload.pixels, upload.frames)
        try:
            return inspect(kind, path, out, limits, upload.memory, upload.decode_seconds)
        except MediaError as error:
            raise OrderError(f"{field}: {error}", field, "invalid_file") from error


def _recipe(found: TakenIn) -> tuple[str | None, ClipRequest | None]:
    """The engine and the request that made a file, if it tells; what it tells is what a stranger says."""
    try:
        engine, request = request_in(found.metadata)
    except InputError:
        return None, None
    if (request.width, request.height, request.rate) != (found.width, found.height, found.rate):
        return None, None
    if not request.prompts or request.start < 0 or not 0 <= request.seed < 2**63 or len(engine) > 200:
        return None, None
    return engine, replace(request, given=())
