"""The web application: routes over one store."""

from contextlib import asynccontextmanager

import anyio
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware import Middleware

from .. import __version__
from ..studio.video_service import VideoService
from . import routes_batches, routes_system, routes_videos
from .gate import Counts, Gate, refusals
from .ordering import Ordering

THREADS = 16  # for answers; each has its own connection to the ledger
HEAVY_THREADS = 4  # of them for uploads, which wait for their inspection


def build_app(service: VideoService, local: bool = True) -> FastAPI:
    """The application. `local`: it is reached from this machine only, so that a key is not needed until one is made."""

    @asynccontextmanager
    async def lifespan(app: FastAPI):
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        app.state.heavy = anyio.CapacityLimiter(HEAVY_THREADS)
        yield

    counts = Counts()
    app = FastAPI(
        title="Oner",
        version=__version__,
        summary="The Videos API from your own machine.",
        lifespan=lifespan,
        redirect_slashes=False,
        middleware=[Middleware(Gate, hosts=service.settings.hosts, local=local, counts=counts)],
    )
    app.state.service, app.state.ordering, app.state.counts = service, Ordering(service), counts
    app.state.needs_key = not local
    refusals(app)
    for routes in (routes_videos, routes_batches, routes_system):
        app.include_router(routes.router)
    app.openapi = lambda: _openapi(app)
    return app


def _openapi(app: FastAPI) -> dict:
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        schemas = document["components"]["schemas"]
        schemas.update(routes_videos.REQUEST_SCHEMAS)
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        for methods in document["paths"].values():
            for operation in methods.values():
                operation["responses"].pop("422", None)  # ours are 400, in the API's envelope
        document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"key": []}, {}]
        app.openapi_schema = document
    return app.openapi_schema
