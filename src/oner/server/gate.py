"""Who may come in, how refusals are worded, and what is counted: everything around the routes."""

import logging
import secrets
import time
from collections import Counter
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ..errors import InputError, OrderError, StoreError
from ..studio.video_service import Client
from . import wire

LOG = logging.getLogger("oner.server")
LOCAL_NAMES = {"127.0.0.1", "localhost", "::1", "[::1]"}
NOT_AGAIN = {"x-should-retry": "false"}  # the official clients heed it


class Gate:
    """ASGI layer: names each request, counts it, and keeps foreign web pages away from a server without keys.

    A browser lets any page send forms to this machine. On a server without keys, requests that a page of another
    origin sent, or that came under a foreign host name, are refused.
    """

    def __init__(self, app, hosts: tuple[str, ...], local: bool, counts: "Counts"):
        self.app, self.hosts, self.local, self.counts = app, LOCAL_NAMES | set(hosts), local, counts

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, identifier, status = time.perf_counter(), f"req_{secrets.token_hex(12)}", 500

        async def send_named(message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                spent = round(1000 * (time.perf_counter() - started))
                named = [(b"x-request-id", identifier.encode()), (b"openai-processing-ms", str(spent).encode())]
                message = {**message, "headers": [*message["headers"], *named]}
            await send(message)

        refusal = self._refusal(scope)
        try:
            await (refusal or self.app)(scope, receive, send_named)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            self.counts.note(scope["method"], route, status, time.perf_counter() - started)

    def _refusal(self, scope) -> JSONResponse | None:
        if not self.local:
            return None
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host = _name(headers.get("host", ""))
        origin = headers.get("origin")
        if host in self.hosts and (origin is None or _name(urlsplit(origin).netloc) in self.hosts):
            return None
        words = "this server answers this machine only: call it as 127.0.0.1, or name the host in the settings' hosts"
        return JSONResponse(wire.error_answer(403, words, None, "forbidden"), 403, NOT_AGAIN)


def _name(netloc: str) -> str:
    """The host of host:port."""
    host, colon, port = netloc.rpartition(":")
    return (host if colon and port.isdigit() else netloc).lower()


class Counts:
    """Requests since the start, for the metrics."""

    def __init__(self):
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self.seconds: Counter[str] = Counter()

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        method = method if method in ("GET", "POST", "DELETE", "HEAD") else "other"
        self.requests[method, route, status] += 1
        self.seconds[route] += seconds


async def client_of(request: Request) -> Client:
    """The client of a request. Raises OrderError 401 without a valid key, where keys are used.

    Not in a thread: these are one or two reads of microseconds, which wait for no writer.
    """
    keys = request.app.state.service.store.keys
    if not request.app.state.needs_key and not keys.any():
        return Client()
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    key = keys.find(secret.strip()) if kind.lower() == "bearer" and secret.strip() else None
    if key is None:
        raise OrderError(
            "give a valid key as Authorization: Bearer; `oner keys add NAME` makes one", None, "invalid_api_key"
        )
    return Client(key.id, key.name, key.limits)


def refusals(app: FastAPI) -> None:
    """Every error leaves in the API's own envelope."""

    @app.exception_handler(OrderError)
    async def _(request: Request, error: OrderError):
        status = wire.status_of(error)
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
        # Trying again at once helps nobody, except where work in progress is what is in the way.
        again = {} if error.code == "rate_limit_exceeded" else NOT_AGAIN
        return JSONResponse(
            wire.error_answer(status, str(error), error.field, error.code), status, {**headers, **again}
        )

    @app.exception_handler(InputError)
    async def _(request: Request, error: InputError):
        return JSONResponse(wire.error_answer(400, str(error), None, "invalid_value"), 400, NOT_AGAIN)

    @app.exception_handler(StoreError)
    async def _(request: Request, error: StoreError):
        LOG.error("%s", error)
        return JSONResponse(wire.error_answer(503, "the store cannot be used now", None, "store_unavailable"), 503)

    @app.exception_handler(ClientDisconnect)
    async def _(request: Request, error: ClientDisconnect):
        return JSONResponse(wire.error_answer(400, "the client went away", None, None), 400)

    @app.exception_handler(RequestValidationError)
    async def _(request: Request, error: RequestValidationError):
        first = error.errors()[0]
        place = str(first["loc"][-1])
        return JSONResponse(wire.error_answer(400, f"{place}: {first['msg']}", place, "invalid_value"), 400, NOT_AGAIN)

    @app.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException):
        words = {404: f"no such path: {request.method} {request.url.path}", 405: "this path knows other methods"}
        body = wire.error_answer(error.status_code, words.get(error.status_code, str(error.detail)), None, None)
        return JSONResponse(body, error.status_code, error.headers)

    @app.exception_handler(Exception)
    async def _(request: Request, error: Exception):
        LOG.error("%s %s", request.method, request.url.path, exc_info=error)
        return JSONResponse(wire.error_answer(500, "internal error; the server's log has more", None, None), 500)
