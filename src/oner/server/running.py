"""`oner serve`: the application, its workers, webhooks and batches, from start to stop."""

import contextlib
import ipaddress
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import uvicorn

from ..errors import InputError
from ..settings import ServerSettings
from ..studio.attendance import Attendance
from ..studio.serving_store import ServingStore, hold
from ..studio.video_service import VideoService
from .app import build_app
from .batching import Batching
from .webhooks import Webhooks

STOP_SECONDS = 5  # for answers that are being sent when the server is told to stop


def serve(
    folder: Path,
    settings: ServerSettings,
    engines: Sequence[str],
    host: str,
    port: int,
    workers: int,
    started: Callable[[str], None],
) -> None:
    """Serve until told to stop. `started` gets the address, port 0 made concrete.

    Raises InputError if the address cannot be had or needs a key, StoreError if another server has the store.
    """
    folder.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(name)s: %(message)s", level=logging.WARNING)
    with hold(folder), contextlib.closing(_bound(host, port)) as listener:
        local = _is_loopback(listener.getsockname()[0])
        _check_key(folder, host, local)
        service = VideoService(folder, settings, engines, workers)
        app = build_app(service, local)
        crews = {name: (engine, service.workers_of(engine)) for name, engine in service.engines.items()}
        with (
            contextlib.closing(service),
            Attendance(folder, crews),
            Webhooks(folder, settings),
            Batching(service, app.state.ordering),
        ):
            config = uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=STOP_SECONDS,
                timeout_keep_alive=30,
            )
            started(_address(listener))
            _Server(config).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Stops at a signal and returns; uvicorn's own would raise the signal once more and skip our cleaning up."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _check_key(folder: Path, host: str, local: bool) -> None:
    if local:
        return
    with ServingStore(folder) as store:
        if not any(key.revoked is None for key in store.keys.all()):
            raise InputError(
                f"--host {host} can be reached from other machines, and there is no key: make one with "
                f"`oner keys add NAME --store {folder}`"
            )


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise InputError(f"--host {host!r}: {error.strerror or error}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
        return listener
    except OSError as error:
        listener.close()
        raise InputError(f"cannot listen at {host}:{port}: {error.strerror}; choose another --port") from error


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
