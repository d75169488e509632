"""Routes of /v1/files and /v1/batches."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from ..errors import OrderError
from ..studio.video_content import Content
from . import wire
from .batching import create_batch
from .routes_videos import REFUSALS, Asking, body_of, take_body
from .sending import SendFile

router = APIRouter(prefix="/v1", tags=["files and batches"])
_FILE = {200: {"model": wire.FileObject}, **REFUSALS}
_BATCH = {200: {"model": wire.BatchObject}, **REFUSALS}
Limit = Annotated[int, Query(ge=1, le=10_000)]
After = Annotated[str | None, Query(max_length=200)]


@router.post("/files", summary="Upload a file", responses=_FILE, openapi_extra=body_of(wire.CreateFile))
async def create_file(request: Request):
    """For batches (purpose batch), or for pictures that are named by file_id (purpose vision or user_data)."""
    ordering = request.app.state.ordering
    make = lambda client, body, scratch, once: ordering.file(client, body.fields, once)
    return JSONResponse(wire.file_object(await take_body(request, make)))


@router.get("/files", summary="List files", responses=REFUSALS)
def list_files(
    request: Request,
    client: Asking,
    limit: Limit = 10_000,
    order: Annotated[str, Query(pattern="^(asc|desc)$")] = "desc",
    after: After = None,
    purpose: Annotated[str | None, Query(max_length=40)] = None,
):
    found, more = request.app.state.service.store.belongings.page(client.owner, limit, order == "desc", after, purpose)
    return JSONResponse(wire.page([wire.file_object(file) for file in found], more))


@router.get("/files/{file_id}", summary="Get a file's facts", responses=_FILE)
def get_file(request: Request, client: Asking, file_id: str):
    return JSONResponse(wire.file_object(request.app.state.ordering.uploads.find_file(client, file_id)))


@router.get("/files/{file_id}/content", summary="Download a file", response_class=Response, responses=REFUSALS)
def get_file_content(request: Request, client: Asking, file_id: str):
    file = request.app.state.ordering.uploads.find_file(client, file_id)
    path = request.app.state.service.store.files.locate(file.media)
    kind = "application/jsonl" if file.media.suffix == ".jsonl" else "application/octet-stream"
    return SendFile(Content(path, kind, file.media, f"{file.id}{file.media.suffix}"), request.method, request.headers)


@router.delete("/files/{file_id}", summary="Delete a file", responses={200: {"model": wire.Deleted}, **REFUSALS})
def delete_file(request: Request, client: Asking, file_id: str):
    request.app.state.ordering.uploads.find_file(client, file_id)
    request.app.state.service.store.belongings.remove_file(client.owner, file_id)
    return JSONResponse(wire.deleted(file_id, "file"))


@router.post(
    "/batches", summary="Create a batch", responses=_BATCH, openapi_extra=body_of(wire.CreateBatch, multipart=False)
)
async def create(request: Request):
    """Order many videos with one file: a line each, with custom_id, method POST, url /v1/videos and a body."""
    ordering = request.app.state.ordering
    make = lambda client, body, scratch, once: create_batch(ordering, client, body.fields, once)
    return JSONResponse(wire.batch_object(await take_body(request, make)))


@router.get("/batches", summary="List batches", responses=REFUSALS)
def list_batches(
    request: Request, client: Asking, limit: Annotated[int, Query(ge=1, le=100)] = 20, after: After = None
):
    found, more = request.app.state.service.store.batches.page(client.owner, limit, after)
    return JSONResponse(wire.page([wire.batch_object(batch) for batch in found], more))


@router.get("/batches/{batch_id}", summary="Get a batch", responses=_BATCH)
def get_batch(request: Request, client: Asking, batch_id: str):
    return JSONResponse(wire.batch_object(_batch(request, client, batch_id)))


@router.post("/batches/{batch_id}/cancel", summary="Cancel a batch", responses=_BATCH)
def cancel_batch(request: Request, client: Asking, batch_id: str):
    """No further line is ordered; videos that were ordered are made."""
    _batch(request, client, batch_id)
    request.app.state.service.store.batches.cancel(client.owner, batch_id)
    return JSONResponse(wire.batch_object(_batch(request, client, batch_id)))


def _batch(request: Request, client, batch_id: str):
    found = request.app.state.service.store.batches.find(client.owner, batch_id)
    if found is None:
        raise OrderError(f"no batch {batch_id[:100]!r}", "batch_id", "not_found")
    return found
