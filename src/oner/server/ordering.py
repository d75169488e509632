"""From a request's fields to an order: files that are named are fetched, files that were sent are taken in."""

import base64
import binascii
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import InputError, OrderError
from ..film import MediaRef
from ..studio.uploads import Uploads
from ..studio.video_service import Client, Once, Video, VideoService
from . import outward, wire
from .bodies import UploadedFile

FETCH_SECONDS = 20.0
MAX_PICTURE = 50_000_000  # bytes of a picture by URL


class Ordering:
    """Makes orders of bodies; used by the routes and by batches. Every method raises OrderError."""

    def __init__(self, service: VideoService):
        self.service, self.uploads = service, Uploads(service)

    def create(
        self, client: Client, fields: dict[str, Any], scratch: Path, once: Once, patient: bool = False
    ) -> list[Video]:
        """A `patient` order lets all others go first, whatever its own field says."""
        body = wire.parse(wire.CreateVideo, fields)
        ask = body.ask()
        ask = replace(ask, patient=patient or ask.patient)
        if names := body.connected():
            for field in ("input_reference", "last_frame", "size", "fps"):
                if getattr(body, field) is not None:
                    raise OrderError(f"{field}: two connected videos bring their own; leave it out", field)
            first, second = (self.service.footage(client, name) for name in names)
            return self.service.connect(client, ask, first, second, once)
        size = body.size
        ask = replace(
            ask,
            first=self._picture(client, body.input_reference, scratch, "input_reference", size),
            last=self._picture(client, body.last_frame, scratch, "last_frame", size),
        )
        return self.service.create(client, ask, once)

    def remix(self, client: Client, identifier: str, fields: dict[str, Any], once: Once) -> list[Video]:
        body = wire.parse(wire.RemixVideo, fields)
        return self.service.remix(client, body.ask(), self.service.footage(client, identifier), once)

    def edit(self, client: Client, fields: dict[str, Any], scratch: Path, once: Once) -> list[Video]:
        body = wire.parse(wire.EditVideo, fields)
        return self.service.remix(client, body.ask(), self._footage(client, body.video, scratch), once, "edit")

    def extend(self, client: Client, fields: dict[str, Any], scratch: Path, once: Once) -> list[Video]:
        body = wire.parse(wire.ExtendVideo, fields)
        return self.service.extend(client, body.ask(), self._footage(client, body.video, scratch), once)

    def character(self, client: Client, fields: dict[str, Any], scratch: Path, once: Once):
        body = wire.parse(wire.CreateCharacter, fields)
        if not isinstance(body.video, UploadedFile):
            raise OrderError("video: send the file in a multipart form", "video", "invalid_file")
        return self.uploads.character(client, body.name, body.description, body.video.path, scratch, once)

    def file(self, client: Client, fields: dict[str, Any], once: Once):
        body = wire.parse(wire.CreateFile, fields)
        if not isinstance(body.file, UploadedFile):
            raise OrderError("file: send a file that is not empty in a multipart form", "file", "invalid_file")
        name = "".join(char for char in Path(body.file.name).name if char.isprintable())[:200] or "upload"
        return self.uploads.file(client, name, body.purpose, body.file.path, once)

    def _footage(self, client: Client, given: Any, scratch: Path):
        if isinstance(given, UploadedFile):
            return self.uploads.footage(client, given.path, given.digest, scratch)
        if given is not None and given.id:
            return self.service.footage(client, given.id)
        raise OrderError("video: give a file, or the id of a video", "video")

    def _picture(self, client: Client, given: Any, scratch: Path, field: str, size: str | None) -> MediaRef | None:
        if given is None:
            return None
        if isinstance(given, UploadedFile):
            path = given.path
        elif given.file_id:
            path = self.uploads.copy_of_file(client, given.file_id, scratch)
        elif given.image_url:
            path = scratch / f"{secrets.token_hex(4)}.upload"
            path.write_bytes(self._at_url(given.image_url, field))
        else:
            raise OrderError(f"{field}: give a file, or one of file_id and image_url", field)
        return self.uploads.picture(path, scratch, field, size)

    def _at_url(self, url: str, field: str) -> bytes:
        settings = self.service.settings
        head, comma, text = url.partition(",")
        if head.startswith("data:"):
            if not comma or not head.endswith(";base64"):
                raise OrderError(f"{field}: a data URL has to be data:image/...;base64,...", field)
            try:
                return base64.b64decode(text, validate=True)
            except (binascii.Error, ValueError) as error:
                raise OrderError(f"{field}: the data URL holds no base64", field) from error
        if not settings.image_urls:
            raise OrderError(
                f"{field}: this server fetches nothing from the net (setting image_urls); send the file or a data URL",
                field,
            )
        try:
            found = outward.fetch(
                "GET", url, private=settings.private_addresses, seconds=FETCH_SECONDS, max_bytes=MAX_PICTURE
            )
        except InputError as error:
            raise OrderError(f"{field}: {error}", field) from error
        if found.status != 200:
            raise OrderError(f"{field}: the address answers {found.status}", field)
        return found.body
