"""Batches: taken in as a file of orders, ordered line by line beside the answers, and summed up in result files."""

import json
import logging
import secrets
import threading
from typing import Any

from ..errors import OnerError, OrderError
from ..studio.video_service import Batch, BatchLine, Client, Once, StoredFile, VideoService
from . import wire
from .ordering import Ordering

LOG = logging.getLogger("oner.server")
LOOK_SECONDS = 0.5
AT_A_TIME = 50  # lines of a batch that are ordered before the next batch has its turn
ENDPOINT = "/v1/videos"


def create_batch(ordering: Ordering, client: Client, fields: dict[str, Any], once: Once) -> Batch:
    """Take a batch in. Lines that cannot be ordered are noted as failed; a file that is none is refused. OrderError."""
    service = ordering.service
    body = wire.parse(wire.CreateBatch, fields)
    if body.endpoint != ENDPOINT:
        raise OrderError(f"endpoint={body.endpoint[:100]!r}: only {ENDPOINT} is known", "endpoint")
    store = service.store
    file = ordering.uploads.find_file(client, body.input_file_id)
    lines = _lines(store.files.locate(file.media), service.settings.max_batch_lines)
    with service.once(once) as (connection, answer):
        if answer is None or store.batches.find(client.owner, answer) is None:
            answer, created = service.stamp("batch_")
            batch = Batch(
                answer, client.owner, file.id, body.endpoint, body.completion_window, body.metadata or {},
                "in_progress", created, None, None, None, (len(lines), 0, 0),
            )  # fmt: skip
            store.batches.add(connection, batch, lines)
            service.note(connection, once, answer)
    return store.batches.find(client.owner, answer)


def _lines(path, most: int) -> list[BatchLine]:
    lines: list[BatchLine] = []
    seen: set[str] = set()
    with path.open("rb") as file:
        for number, text in enumerate(file, start=1):
            if not text.strip():
                continue
            if len(lines) == most:
                raise OrderError(f"input_file_id: more than {most} lines", "input_file_id")
            try:
                fields = json.loads(text)
                request = wire.parse(wire.BatchRequest, fields if isinstance(fields, dict) else {})
                if request.url != ENDPOINT:
                    raise OrderError(f"url={request.url[:100]!r}: only {ENDPOINT} is known", "url")
                if request.custom_id in seen:
                    raise OrderError(f"custom_id {request.custom_id[:100]!r} occurs twice", "custom_id")
            except (ValueError, RecursionError, OrderError) as error:
                words = str(error) if isinstance(error, OrderError) else "the line is no JSON"
                lines.append(BatchLine(number, "", "{}", None, 400, json.dumps(wire.error_answer(400, words))))
                continue
            seen.add(request.custom_id)
            lines.append(BatchLine(number, request.custom_id, json.dumps(request.body)))
    if not lines:
        raise OrderError("input_file_id: the file has no lines", "input_file_id")
    return lines


class Batching:
    """Works batches off in a thread, as a context manager."""

    def __init__(self, service: VideoService, ordering: Ordering):
        self.service, self.ordering = service, ordering
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="batches", daemon=True)

    def __enter__(self) -> "Batching":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                running = self.service.store.batches.running()
            except OnerError as error:
                LOG.error("batches: %s", error)
                continue
            for batch in running:
                self._advance(batch)
        self.service.store.close()

    def _advance(self, batch: Batch) -> None:
        """Order the next lines or sum up; whatever is wrong with one batch holds up no other."""
        try:
            if not self._order(batch):
                self._sum_up(batch)
        except OnerError as error:
            LOG.error("%s: %s", batch.id, error)
        except Exception:
            LOG.exception("%s", batch.id)

    def _order(self, batch: Batch) -> bool:
        """Order the next lines; whether lines are left."""
        store = self.service.store
        lines = store.batches.next_lines(batch.id, AT_A_TIME)
        client = self.service.client(batch.owner)
        for line in lines:
            if self._stop.is_set():
                return True
            once = Once(batch.owner, f"{batch.id} {line.line}", f"{batch.id} {line.line}")
            try:
                if client is None:
                    raise OrderError("the key of this batch was revoked", None, "invalid_api_key")
                with self.ordering.uploads.scratch() as scratch:
                    video = self.ordering.create(client, json.loads(line.body), scratch, once, patient=True)[0]
                with store.database.transaction() as connection:
                    store.batches.note_video(connection, batch.id, line.line, video.id)
            except OrderError as error:
                if error.code == "rate_limit_exceeded":
                    return True  # its turn comes when some are done
                status = wire.status_of(error)
                answer = wire.error_answer(status, str(error), error.field, error.code)
                store.batches.note_error(batch.id, line.line, status, json.dumps(answer))
        return bool(lines)

    def _sum_up(self, batch: Batch) -> None:
        """Write the result files, once all videos have ended."""
        store = self.service.store
        results = {"output": [], "errors": []}
        for line in store.batches.lines(batch.id):
            video = store.videos.find(batch.owner, line.video) if line.video else None
            if video is not None and video.status in ("queued", "in_progress"):
                return
            if video is not None:
                results["output"].append(wire.batch_result(batch.id, line, 200, wire.video_object(video)))
            elif line.error is not None:
                results["errors"].append(wire.batch_result(batch.id, line, line.status, json.loads(line.error)))
            else:
                gone = wire.error_answer(404, f"video {line.video} was deleted", None, "not_found")
                results["errors"].append(wire.batch_result(batch.id, line, 404, gone))
        with self.ordering.uploads.scratch() as scratch:
            files = []
            for column, texts in results.items():
                if texts:
                    path = scratch / f"{secrets.token_hex(4)}.jsonl"
                    path.write_bytes(b"".join(texts))
                    identifier, now = self.service.stamp("file-")
                    name = f"{batch.id}_{column}.jsonl"
                    media = store.files.refer(path)
                    files.append((column, StoredFile(identifier, batch.owner, name, "batch_output", now, media), path))
            store.batches.finish(batch, files)
