"""Routes about the server itself: models, health, metrics."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse

from ..errors import OrderError
from . import wire
from .metrics import exposition
from .routes_videos import REFUSALS, Asking

router = APIRouter(tags=["server"])
MODELS_SINCE = 1_700_000_000  # a date that clients may sort by; engines have none


@router.get("/v1/models", summary="List models", responses={200: {"model": wire.ModelList}, **REFUSALS})
def list_models(request: Request, client: Asking):
    """The engines that this server runs, and their further names."""
    service = request.app.state.service
    names = service.models.items()
    found = [wire.model_object(name, service.engines[engine].name, MODELS_SINCE) for name, engine in names]
    return JSONResponse({"object": "list", "data": found})


@router.get("/v1/models/{model}", summary="Get a model", responses={200: {"model": wire.ModelObject}, **REFUSALS})
def get_model(request: Request, client: Asking, model: str):
    service = request.app.state.service
    if model not in service.models:
        raise OrderError(f"model {model[:100]!r}: this server has {', '.join(service.models)}", "model", "not_found")
    return JSONResponse(wire.model_object(model, service.engines[service.models[model]].name, MODELS_SINCE))


@router.get("/healthz", summary="Is the server up?", responses=REFUSALS)
def healthz(request: Request):
    """Answers 200 if the ledger can be read."""
    request.app.state.service.store.videos.counts()
    return JSONResponse({"status": "ok"})


@router.get("/metrics", summary="Figures for Prometheus", response_class=PlainTextResponse, responses=REFUSALS)
def metrics(request: Request, client: Asking):
    text = exposition(request.app.state.service, request.app.state.counts)
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")
