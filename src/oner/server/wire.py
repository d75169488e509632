"""The shapes of the Videos API: what clients send, what they are answered, and how both read in the studio's terms.

Source: the official client libraries, versions 2.26 to 3.54, and what they were seen to send. Fields that Sora's API
never had are marked with "extra:".
"""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from ..errors import OrderError
from ..studio.video_orders import seconds_text
from ..studio.video_service import Ask, Video
from ..timing import rate_text
from .bodies import UploadedFile

MAX_PROMPT = 32_000

# ------------------------------------------------------------------------------------------- kinds of values


def _plain(text: Any) -> Any:
    """Refuse what is no text: control characters but line breaks and tabs, and halves of surrogate pairs."""
    if isinstance(text, str) and any(
        (c < " " and c not in "\t\n\r") or c == "\x7f" or "\ud800" <= c <= "\udfff" for c in text
    ):
        raise ValueError("it holds control characters")
    return text


def _number_text(value: Any) -> Any:
    """Numbers where the API writes them as texts."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _decoded(value: Any) -> Any:
    """Lists and objects that came as JSON texts, as form fields do."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


Text = Annotated[str, BeforeValidator(_plain)]
Prompt = Annotated[str, BeforeValidator(_plain), Field(max_length=MAX_PROMPT)]
NumberText = Annotated[str, BeforeValidator(_number_text), BeforeValidator(_plain), Field(max_length=20)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]


class Given(BaseModel):
    """A file that is named rather than sent: exactly one of the three."""

    model_config = ConfigDict(extra="forbid")
    id: Text | None = None
    file_id: Text | None = None
    image_url: str | None = None


def _given(value: Any) -> Any:
    """A file part, an object that names a file, or a bare id."""
    if value is None or isinstance(value, UploadedFile):
        return value
    value = _decoded(value)
    given = Given(id=value) if isinstance(value, str) else Given.model_validate(value)
    if sum(name is not None for name in (given.id, given.file_id, given.image_url)) != 1:
        raise ValueError("give a file, or one of id, file_id and image_url")
    return given


_FILE = {"type": "string", "format": "binary", "description": "The file itself, in a multipart form."}
Picture = Annotated[
    Any,
    BeforeValidator(_given),
    WithJsonSchema(
        {
            "anyOf": [
                {
                    "type": "object",
                    "properties": {"file_id": {"type": "string"}, "image_url": {"type": "string"}},
                    "additionalProperties": False,
                },
                _FILE,
            ]
        }
    ),
]
Clip = Annotated[
    Any,
    BeforeValidator(_given),
    WithJsonSchema(
        {
            "anyOf": [
                {
                    "type": "object",
                    "properties": {"id": {"type": "string"}},
                    "required": ["id"],
                    "additionalProperties": False,
                },
                {"type": "string", "description": "A video's id."},
                _FILE,
            ]
        }
    ),
]


class Card(BaseModel):
    """A timed prompt of a storyboard; without `seconds` it gets its share of what is left."""

    model_config = ConfigDict(extra="forbid")
    prompt: Prompt = Field(min_length=1)
    seconds: NumberText | None = None


class CharacterId(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: Text


class Guide(BaseModel):
    model_config = ConfigDict(extra="forbid")
    characters: list[CharacterId] = Field(default_factory=list, max_length=2)


# ---------------------------------------------------------------------------------------------- what is sent


class Making(BaseModel):
    """Fields that every order of a video may have."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())
    prompt: Prompt = Field("", description="What is to be seen.")
    model: Text | None = Field(None, description="An engine or an alias; see GET /v1/models.", max_length=200)
    seed: Seed | None = Field(None, description="extra: the same request with the same seed gives the same video.")
    guidance: float | None = Field(None, ge=0, le=100, description="extra: how closely to follow the prompt.")
    negative_prompt: Prompt | None = Field(None, description="extra: what is not to be seen.")
    options: Annotated[dict[Text, bool | int | float | Text], BeforeValidator(_decoded)] = Field(
        default_factory=dict, max_length=50, description="extra: further options of the engine, such as native's steps."
    )
    characters: Annotated[list[CharacterId], BeforeValidator(_decoded)] = Field(
        default_factory=list, max_length=2, description="Up to two characters whom the prompt names."
    )
    guide: Annotated[Guide | None, BeforeValidator(_decoded)] = Field(None, description="The same, one level down.")

    def ask(self) -> Ask:
        """In the studio's terms. Raises OrderError."""
        if not self.prompt.strip() and not getattr(self, "storyboard", None):
            raise OrderError("prompt: say what is to be seen", "prompt", "missing_required_parameter")
        options: dict[str, Any] = dict(self.options)
        if self.guidance is not None:
            options["guidance"] = int(self.guidance) if self.guidance.is_integer() else self.guidance
        if self.negative_prompt:
            options["negative_prompt"] = self.negative_prompt
        cast = [*self.characters, *(self.guide.characters if self.guide else ())]
        return Ask(
            prompt=self.prompt,
            model=self.model,
            seed=self.seed,
            options=options,
            characters=tuple(dict.fromkeys(character.id for character in cast)),
        )


_CREATE_EXAMPLE = {
    "prompt": "a woman in a red coat walks through the snow at dusk",
    "model": "sora-2",
    "seconds": "4",
    "size": "1280x720",
}


class CreateVideo(Making):
    """POST /v1/videos."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CREATE_EXAMPLE]})
    seconds: NumberText | None = Field(None, description='Length as a text: "4".')
    size: Text | None = Field(None, description="Width x height in pixels.", max_length=20)
    input_reference: Picture = Field(None, description="First picture: a file, {file_id} or {image_url}.")
    last_frame: Picture = Field(None, description="extra: last picture, given like the first one.")
    storyboard: Annotated[list[Card], BeforeValidator(_decoded)] = Field(
        default_factory=list, max_length=100, description="extra: timed prompts; what `prompt` says holds for all."
    )
    n: int = Field(1, ge=1, le=100, description="extra: variations; the answer's `variations` has all their ids.")
    fps: NumberText | None = Field(None, description="extra: frames per second.")
    loop: bool = Field(False, description="extra: the end leads back to the beginning.")
    connect: Annotated[list[Text | CharacterId], BeforeValidator(_decoded)] = Field(
        default_factory=list,
        max_length=2,
        description="extra: two videos' ids; `seconds` of passage are made between them, the answer is all of it.",
    )

    def ask(self) -> Ask:
        ask = super().ask()
        return _with(
            ask,
            size=self.size,
            seconds=self.seconds,
            fps=self.fps,
            count=self.n,
            storyboard=tuple((card.prompt, card.seconds) for card in self.storyboard),
            options={**ask.options, **({"loop": True} if self.loop else {})},
        )

    def connected(self) -> list[str]:
        """The ids of the two videos to connect, or none. Raises OrderError."""
        names = [item if isinstance(item, str) else item.id for item in self.connect]
        if names and len(names) != 2:
            raise OrderError(f"connect: {len(names)} videos; give two", "connect")
        return names


class RemixVideo(Making):
    """POST /v1/videos/{id}/remix."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"prompt": "the same street in heavy rain"}]})
    prompt: Prompt = Field(min_length=1)
    strength: NumberText | None = Field(
        None, description="extra: how far to leave the original: 0 to 1, both excluded, or subtle, mild, strong."
    )

    def ask(self) -> Ask:
        return _with(super().ask(), strength=self.strength)


class EditVideo(RemixVideo):
    """POST /v1/videos/edits."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"prompt": "make it snow", "video": {"id": "video_123"}}]}
    )
    video: Clip = Field(description="The video: {id}, its id, or a file.")


class ExtendVideo(Making):
    """POST /v1/videos/extensions."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"prompt": "she goes on", "seconds": "4", "video": {"id": "video_123"}}]}
    )
    prompt: Prompt = Field(min_length=1)
    seconds: NumberText | None = Field(None, description="Length of what is added.")
    video: Clip = Field(description="The video: {id}, its id, or a file.")
    direction: Literal["forwards", "backwards"] = Field(
        "forwards", description="extra: what is added comes after or before."
    )

    def ask(self) -> Ask:
        return _with(super().ask(), seconds=self.seconds, direction=self.direction)


class CreateCharacter(BaseModel):
    """POST /v1/videos/characters."""

    model_config = ConfigDict(extra="forbid")
    name: Text = Field(min_length=1, max_length=80)
    video: Annotated[Any, WithJsonSchema(_FILE)] = Field(description="MP4, MOV or WebM of 2 to 4 seconds.")
    description: Text = Field("", max_length=2000, description="extra: the words that stand for the name in prompts.")


class CreateBatch(BaseModel):
    """POST /v1/batches."""

    model_config = ConfigDict(extra="forbid")
    input_file_id: Text
    endpoint: Text
    completion_window: Text = "24h"
    metadata: dict[Text, Text] | None = None
    output_expires_after: dict[str, Any] | None = None


class BatchRequest(BaseModel):
    """One line of a batch's input file."""

    model_config = ConfigDict(extra="forbid")
    custom_id: Text = Field(min_length=1, max_length=512)
    method: Literal["POST"] = "POST"
    url: Text
    body: dict[str, Any]


class CreateFile(BaseModel):
    """POST /v1/files."""

    model_config = ConfigDict(extra="forbid")
    purpose: Literal["batch", "vision", "user_data", "assistants"]
    file: Annotated[Any, WithJsonSchema(_FILE)]
    expires_after: Annotated[dict[str, Any] | None, BeforeValidator(_decoded)] = None


def _with(ask: Ask, **changes: Any) -> Ask:
    from dataclasses import replace

    return replace(ask, **changes)


def parse(kind: type[BaseModel], fields: dict[str, Any]) -> Any:
    """Read and check a body. Raises OrderError that names the field."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(
            str(step) for step in first["loc"] if not str(step).startswith(("function-", "list[", "dict["))
        )[:100]
        words = {"missing": "it is required", "extra_forbidden": "no such field"}.get(
            first["type"], first["msg"].removeprefix("Value error, ")
        )
        code = {"missing": "missing_required_parameter", "extra_forbidden": "unknown_parameter"}.get(
            first["type"], "invalid_value"
        )
        raise OrderError(f"{place or 'body'}: {words}", place or None, code) from error


# ------------------------------------------------------------------------------------------ what is answered


class VideoError(BaseModel):
    code: str
    message: str


class VideoObject(BaseModel):
    """A video. Fields from `engine` on are extras."""

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
