"""Files of finished videos: the video itself, its thumbnail, its sheet of small pictures."""

import secrets
import threading
from dataclasses import dataclass
from pathlib import Path

from ..errors import OrderError, StoreError
from ..film import MediaRef
from ..media.stills import save_spritesheet, save_thumbnail
from ..store.videos import Video
from .video_service import VideoService

# variant -> (suffix, media type, what makes it of the video)
STILLS = {
    "thumbnail": (".webp", "image/webp", save_thumbnail),
    "spritesheet": (".jpg", "image/jpeg", save_spritesheet),
}
VARIANTS = ("video", *STILLS)
_MAKING = threading.Lock()  # one still at a time: they are small, and two requests for one must not make it twice


@dataclass(frozen=True)
class Content:
    """A file to send: its place, its type, and its content's name."""

    path: Path
    media_type: str
    ref: MediaRef
    name: str


def content(service: VideoService, video: Video, variant: str) -> Content:
    """A variant of a finished video; stills are made when they are first asked for. Raises OrderError, StoreError."""
    if variant not in VARIANTS:
        raise OrderError(f"variant={variant[:40]!r}: {', '.join(VARIANTS)}", "variant")
    if video.status != "completed":
        waiting = f"is {video.status}: ask again when it is completed"
        words = f"has failed: {video.error}" if video.status == "failed" else waiting
        raise OrderError(f"video {video.id} {words}", "video_id", "video_not_ready")
    if video.media is None:
        raise OrderError(f"video {video.id} has expired and its files are gone", "video_id", "video_expired")
    files = service.store.files
    if variant == "video":
        return Content(files.locate(video.media), "video/mp4", video.media, f"{video.id}.mp4")
    suffix, media_type, make = STILLS[variant]
    ref = service.store.videos.file(video.id, variant)
    if ref is None or not files.has(ref):
        with _MAKING:
            ref = service.store.videos.file(video.id, variant)
            if ref is None or not files.has(ref):
                name = f"still-{secrets.token_hex(8)}"
                out = files.scratch(name) / f"still{suffix}"
                try:
                    make(files.locate(video.media), out)
                    ref = service.store.videos.add_file(video.id, variant, out)
                finally:
                    files.sweep(name)
    if ref is None:
        raise OrderError(f"no video {video.id!r}", "video_id", "not_found")
    if not files.has(ref):
        raise StoreError(f"the {variant} of {video.id} has vanished")
    return Content(files.locate(ref), media_type, ref, f"{video.id}{suffix}")
