"""What clients are answered: the studio's videos, files and batches in the shapes of the API."""

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from ...errors import OrderError
from ...studio.video_orders import seconds_text
from ...studio.video_service import Video
from ...timing import rate_text


class VideoError(BaseModel):
    code: str
    message: str


_VIDEO_EXAMPLE = {
    "id": "video_123",
    "object": "video",
    "model": "sora-2",
    "status": "in_progress",
    "progress": 40,
    "created_at": 1795000000,
    "completed_at": None,
    "expires_at": None,
    "prompt": "a woman in a red coat walks through the snow at dusk",
    "size": "1280x720",
    "seconds": "4",
    "remixed_from_video_id": None,
    "error": None,
    "engine": "worlds@1",
    "kind": "create",
    "fps": "24",
    "frames": 96,
    "source_video_id": None,
    "seed": 7,
}


class VideoObject(BaseModel):
    """A video. Fields from `engine` on are extras."""

    model_config = ConfigDict(json_schema_extra={"examples": [_VIDEO_EXAMPLE]})
    id: str
    object: Literal["video"]
    model: str
    status: Literal["queued", "in_progress", "completed", "failed"]
    progress: int
    created_at: int
    completed_at: int | None
    expires_at: int | None
    prompt: str
    size: str
    seconds: str
    remixed_from_video_id: str | None
    error: VideoError | None
    engine: str
    kind: str
    fps: str
    frames: int
    seed: int
    source_video_id: str | None
    variations: list[str] | None = None
    asked: dict[str, str] | None = None


def video_object(video: Video) -> dict[str, Any]:
    """A video as clients know it."""
    request = video.request
    remixed = video.source if video.kind in ("remix", "edit") else None
    return {
        "id": video.id,
        "object": "video",
        "model": video.model,
        "status": video.status,
        "progress": 100 if video.status == "completed" else int(100 * video.progress),
        "created_at": int(video.created),
        "completed_at": int(video.completed) if video.completed and video.status == "completed" else None,
        "expires_at": int(video.expires) if video.expires else None,
        "prompt": video.prompt,
        "size": f"{request.width}x{request.height}",
        "seconds": seconds_text(video.frames, request.rate),
        "remixed_from_video_id": remixed,
        "error": {"code": "generation_failed", "message": video.error} if video.error else None,
        "engine": video.engine,
        "kind": video.kind,
        "fps": rate_text(request.rate),
        "frames": video.frames,
        "source_video_id": video.source,
        **video.extra,
    }


def page(items: list[dict[str, Any]], more: bool) -> dict[str, Any]:
    """A part of a list."""
    return {
        "object": "list",
        "data": items,
        "first_id": items[0]["id"] if items else None,
        "last_id": items[-1]["id"] if items else None,
        "has_more": more,
    }


class VideoList(BaseModel):
    object: Literal["list"]
    data: list[VideoObject]
    first_id: str | None
    last_id: str | None
    has_more: bool


class Deleted(BaseModel):
    id: str
    object: str
    deleted: bool


def deleted(identifier: str, kind: str) -> dict[str, Any]:
    return {"id": identifier, "object": kind, "deleted": True}


class CharacterObject(BaseModel):
    id: str
    object: Literal["video.character"]
    name: str
    created_at: int
    description: str


def character_object(character) -> dict[str, Any]:
    return {
        "id": character.id,
        "object": "video.character",
        "name": character.name,
        "created_at": int(character.created),
        "description": character.description,
    }


class ModelObject(BaseModel):
    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    engine: str


def model_object(name: str, engine: str, created: int) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": created, "owned_by": "oner", "engine": engine}


class ModelList(BaseModel):
    object: Literal["list"]
    data: list[ModelObject]


class FileObject(BaseModel):
    id: str
    object: Literal["file"]
    bytes: int
    created_at: int
    filename: str
    purpose: str
    status: Literal["processed"]


def file_object(file) -> dict[str, Any]:
    return {
        "id": file.id,
        "object": "file",
        "bytes": file.media.bytes,
        "created_at": int(file.created),
        "filename": file.name,
        "purpose": file.purpose,
        "status": "processed",
    }


class BatchObject(BaseModel):
    id: str
    object: Literal["batch"]
    endpoint: str
    input_file_id: str
    completion_window: str
    status: Literal["in_progress", "completed", "cancelled"]
    created_at: int
    request_counts: dict[str, int]
    output_file_id: str | None
    error_file_id: str | None


def batch_object(batch) -> dict[str, Any]:
    total, completed, failed = batch.counts
    ended = int(batch.ended) if batch.ended else None
    return {
        "id": batch.id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "errors": None,
        "input_file_id": batch.input,
        "completion_window": batch.completion_window,
        "status": batch.state,
        "output_file_id": batch.output,
        "error_file_id": batch.errors,
        "created_at": int(batch.created),
        "in_progress_at": int(batch.created),
        "expires_at": None,
        "finalizing_at": None,
        "completed_at": ended if batch.state == "completed" else None,
        "failed_at": None,
        "expired_at": None,
        "cancelling_at": None,
        "cancelled_at": ended if batch.state == "cancelled" else None,
        "request_counts": {"total": total, "completed": completed, "failed": failed},
        "metadata": batch.metadata or None,
    }


def batch_result(batch: str, line, status: int, body: dict[str, Any]) -> bytes:
    """One line of a batch's result file."""
    result = {
        "id": f"batch_req_{batch.removeprefix('batch_')}_{line.line}",
        "custom_id": line.custom_id,
        "response": {"status_code": status, "request_id": f"{batch}-{line.line}", "body": body},
        "error": None,
    }
    return json.dumps(result, ensure_ascii=False).encode() + b"\n"


class ErrorBody(BaseModel):
    message: str
    type: str
    param: str | None
    code: str | None


class ErrorAnswer(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "error": {
                        "message": "seconds='no': seconds, a number above 0 such as 4",
                        "type": "invalid_request_error",
                        "param": "seconds",
                        "code": "invalid_value",
                    }
                }
            ]
        }
    )
    error: ErrorBody


_STATUS = {
    "not_found": 404,
    "video_expired": 404,
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "invalid_api_key": 401,
    "forbidden": 403,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
    "request_timeout": 408,
}


def status_of(error: OrderError) -> int:
    """The HTTP status of a refusal."""
    return _STATUS.get(error.code, 400)


def error_answer(status: int, message: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    """The API's envelope."""
    kinds = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
    kind = "server_error" if status >= 500 else kinds.get(status, "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def event_body(event) -> bytes:
    """What a webhook is sent."""
    body = {
        "id": event.id,
        "object": "event",
        "type": event.type,
        "created_at": int(event.created),
        "data": {"id": event.video},
    }
    return json.dumps(body, separators=(",", ":")).encode()
