"""Routes of /v1/videos. Those with fixed names stand before those with an id."""

from collections.abc import Callable
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from ..studio.video_content import VARIANTS, content
from ..studio.video_service import Client, Once, Video, VideoService
from . import wire
from .bodies import Body, read_body
from .gate import client_of
from .ordering import Ordering
from .sending import SendFile

router = APIRouter(prefix="/v1/videos", tags=["videos"])
Asking = Annotated[Client, Depends(client_of)]


def body_of(model: type, multipart: bool = True) -> dict[str, Any]:
    """OpenAPI's description of a body, which the routes read themselves."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = schema.pop("$defs", {})
    REQUEST_SCHEMAS.update(schemas)
    REQUEST_SCHEMAS[model.__name__] = schema
    kinds = ["application/json", "multipart/form-data"] if multipart else ["application/json"]
    reference = {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}
    return {"requestBody": {"required": True, "content": dict.fromkeys(kinds, reference)}}


REQUEST_SCHEMAS: dict[str, Any] = {}  # of request bodies; FastAPI does not know them
REFUSALS = {
    status: {"model": wire.ErrorAnswer, "description": words}
    for status, words in {
        400: "Something in the request cannot be used; `param` names it.",
        401: "No valid key.",
        403: "A foreign web page called a server of this machine.",
        404: "No such thing, or it belongs to another key.",
        408: "The body arrived too slowly.",
        413: "The body is too large.",
        415: "Neither JSON nor a form.",
        429: "A limit of the key is reached.",
        503: "The store cannot be used now.",
    }.items()
}


async def take_body(request: Request, make: Callable[[Client, Body, Any, Once], Any]) -> Any:
    """Read the body into a scratch folder and call `make` in a thread; what it does not keep is gone afterwards."""
    service: VideoService = request.app.state.service
    ordering: Ordering = request.app.state.ordering
    client = await client_of(request)
    with ordering.uploads.scratch() as scratch:
        body = await read_body(request, scratch, service.settings.upload)
        key = request.headers.get("idempotency-key")
        retried = request.headers.get("x-stainless-retry-count", "1") != "0"
        once = Once(client.owner, body.digest(request.url.path), key[:500] if key else None, retried)
        heavy = any(scratch.iterdir())
        limiter = request.app.state.heavy if heavy else None
        return await anyio.to_thread.run_sync(make, client, body, scratch, once, limiter=limiter)


def answer(request: Request, video: Video) -> JSONResponse:
    """A video, and when to ask for it again."""
    headers = {}
    if video.status in ("queued", "in_progress"):
        headers["openai-poll-after-ms"] = str(request.app.state.service.poll_milliseconds(video))
    return JSONResponse(wire.video_object(video), headers=headers)


async def order(request: Request, make: Callable[..., list[Video]]) -> JSONResponse:
    return await take_body(request, lambda *given: answer(request, make(*given)[0]))


_VIDEO = {200: {"model": wire.VideoObject, "description": "The video, queued or further."}, **REFUSALS}


@router.post("", summary="Create a video", responses=_VIDEO, openapi_extra=body_of(wire.CreateVideo))
async def create_video(request: Request):
    """Queue a video. A retried or repeated POST gives the same video."""
    ordering = request.app.state.ordering
    return await order(request, lambda client, body, scratch, once: ordering.create(client, body.fields, scratch, once))


@router.get("", summary="List videos", responses={200: {"model": wire.VideoList}, **REFUSALS})
def list_videos(
    request: Request,
    client: Asking,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    order: Annotated[str, Query(pattern="^(asc|desc)$")] = "desc",
    after: Annotated[str | None, Query(max_length=200)] = None,
):
    """Your videos, newest first unless `order` is asc."""
    videos, more = request.app.state.service.store.videos.page(client.owner, limit, order == "desc", after)
    return JSONResponse(wire.page([wire.video_object(video) for video in videos], more))


@router.post("/edits", summary="Edit a video", responses=_VIDEO, openapi_extra=body_of(wire.EditVideo))
async def edit_video(request: Request):
    """The same video otherwise: yours by id, or one that you send."""
    ordering = request.app.state.ordering
    return await order(request, lambda client, body, scratch, once: ordering.edit(client, body.fields, scratch, once))


@router.post("/extensions", summary="Extend a video", responses=_VIDEO, openapi_extra=body_of(wire.ExtendVideo))
async def extend_video(request: Request):
    """A video with what comes after or before it; `seconds` of the answer is the whole."""
    ordering = request.app.state.ordering
    return await order(request, lambda client, body, scratch, once: ordering.extend(client, body.fields, scratch, once))


_DELETED = {200: {"model": wire.Deleted}, **REFUSALS}
_CHARACTER = {200: {"model": wire.CharacterObject}, **REFUSALS}


@router.post(
    "/characters", summary="Create a character", responses=_CHARACTER, openapi_extra=body_of(wire.CreateCharacter)
)
async def create_character(request: Request):
    """Somebody whom later prompts may name."""
    ordering = request.app.state.ordering
    make = lambda client, body, scratch, once: ordering.character(client, body.fields, scratch, once)
    return JSONResponse(wire.character_object(await take_body(request, make)))


@router.get("/characters", summary="List characters (extra)", responses=REFUSALS)
def list_characters(request: Request, client: Asking):
    found = request.app.state.service.store.belongings.characters(client.owner)
    return JSONResponse(wire.page([wire.character_object(character) for character in found], False))


@router.get("/characters/{character_id}", summary="Get a character", responses=_CHARACTER)
def get_character(request: Request, client: Asking, character_id: str):
    return JSONResponse(wire.character_object(request.app.state.ordering.uploads.find_character(client, character_id)))


@router.delete("/characters/{character_id}", summary="Delete a character (extra)", responses=_DELETED)
def delete_character(request: Request, client: Asking, character_id: str):
    request.app.state.ordering.uploads.find_character(client, character_id)
    request.app.state.service.store.belongings.remove_character(client.owner, character_id)
    return JSONResponse(wire.deleted(character_id, "video.character.deleted"))


@router.get("/{video_id}", summary="Get a video", responses={**_VIDEO})
def get_video(request: Request, client: Asking, video_id: str):
    """Its status and progress; `openai-poll-after-ms` says when to ask again."""
    return answer(request, request.app.state.service.find(client, video_id))


@router.delete("/{video_id}", summary="Delete a video", responses=_DELETED)
def delete_video(request: Request, client: Asking, video_id: str):
    """Forget a video and its files; one that is being made is stopped."""
    request.app.state.service.delete(client, video_id)
    return JSONResponse(wire.deleted(video_id, "video.deleted"))


_FILE = {"type": "string", "format": "binary"}
_CONTENT = {
    200: {
        "description": "The file.",
        "content": {kind: {"schema": _FILE} for kind in ("video/mp4", "image/webp", "image/jpeg")},
    },
    206: {"description": "The range that was asked for."},
    304: {"description": "It is what you have."},
    416: {"description": "The file does not reach that far."},
    **REFUSALS,
}


@router.api_route(
    "/{video_id}/content", methods=["GET"], summary="Download a video", responses=_CONTENT, response_class=Response
)
@router.api_route("/{video_id}/content", methods=["HEAD"], include_in_schema=False)
def download_content(
    request: Request,
    client: Asking,
    video_id: str,
    variant: Annotated[str, Query(pattern=f"^({'|'.join(VARIANTS)})$")] = "video",
):
    """The video (MP4), its thumbnail (WebP) or its sheet of small pictures (JPEG); ranges and ETags are honoured."""
    service = request.app.state.service
    found = content(service, service.find(client, video_id), variant)
    return SendFile(found, request.method, request.headers)


@router.post("/{video_id}/remix", summary="Remix a video", responses=_VIDEO, openapi_extra=body_of(wire.RemixVideo))
async def remix_video(request: Request, video_id: str):
    """The same video, told otherwise."""
    ordering = request.app.state.ordering
    return await order(request, lambda client, body, scratch, once: ordering.remix(client, video_id, body.fields, once))
