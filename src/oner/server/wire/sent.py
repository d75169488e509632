"""What clients send, and how it reads in the studio's terms. Fields that Sora's API never had are marked "extra:"."""

import json
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from ...errors import OrderError
from ...studio.video_service import Ask
from ..bodies import UploadedFile

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
    patient: bool = Field(False, description="extra: let everybody's other orders go first, as a batch does.")
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
            patient=self.patient,
            options=options,
            characters=tuple(dict.fromkeys(character.id for character in cast)),
        )


_CREATE_EXAMPLES = [
    {
        "prompt": "a woman in a red coat walks through the snow at dusk",
        "model": "sora-2",
        "seconds": "4",
        "size": "1280x720",
    },
    {
        "prompt": "a small harbour",
        "storyboard": [{"prompt": "a boat leaves at dawn", "seconds": "3"}, {"prompt": "rain begins"}],
        "seconds": "8",
        "size": "640x360",
        "seed": 7,
        "n": 2,
    },
]


class CreateVideo(Making):
    """POST /v1/videos."""

    model_config = ConfigDict(json_schema_extra={"examples": _CREATE_EXAMPLES})
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
        return replace(
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
        return replace(super().ask(), strength=self.strength)


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
        return replace(super().ask(), seconds=self.seconds, direction=self.direction)


class CreateCharacter(BaseModel):
    """POST /v1/videos/characters."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "Mia", "description": "a tall woman in a red coat"}]},
    )
    name: Text = Field(min_length=1, max_length=80)
    video: Annotated[Any, WithJsonSchema(_FILE)] = Field(description="MP4, MOV or WebM of 2 to 4 seconds.")
    description: Text = Field("", max_length=2000, description="extra: the words that stand for the name in prompts.")


class CreateBatch(BaseModel):
    """POST /v1/batches."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"input_file_id": "file-123", "endpoint": "/v1/videos"}]},
    )
    input_file_id: Text
    endpoint: Text
    completion_window: Text = "24h"
    metadata: dict[Text, Text] | None = None


class BatchRequest(BaseModel):
    """One line of a batch's input file."""

    model_config = ConfigDict(extra="forbid")
    custom_id: Text = Field(min_length=1, max_length=512)
    method: Literal["POST"] = "POST"
    url: Text
    body: dict[str, Any]


class CreateFile(BaseModel):
    """POST /v1/files."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"purpose": "batch"}]})
    purpose: Literal["batch", "vision", "user_data", "assistants"]
    file: Annotated[Any, WithJsonSchema(_FILE)]


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
