"""The server that one writes in an afternoon, to compare with: FastAPI, jobs in a dict, a thread for each worker.

    python -m uvicorn memory_server:app --port 8001        (from this folder)

It makes the same clips with the same engine. What it lacks is what is measured beside it: stop it and all is lost.
"""

import queue
import tempfile
import threading
import time
import uuid
from fractions import Fraction
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse

from oner.engines import open_engine
from oner.film import ClipRequest, PromptSpan
from oner.timing import Span

app = FastAPI()
jobs: dict[str, dict] = {}
waiting: queue.Queue[str] = queue.Queue()
folder = Path(tempfile.mkdtemp(prefix="memory-server-"))


def work() -> None:
    engine = open_engine("testcard")
    while True:
        job = jobs[waiting.get()]
        width, height = map(int, job["size"].split("x"))
        frames = round(float(job["seconds"]) * 24)
        request = ClipRequest(
            (PromptSpan(job["prompt"], Span(0, frames)),), width, height, frames, Fraction(24), job["seed"]
        )
        job["status"] = "in_progress"
        engine.render(request, Path, folder / f"{job['id']}.mp4", lambda done, words: None)
        job["status"] = "completed"


for _ in range(2):
    threading.Thread(target=work, daemon=True).start()


@app.post("/v1/videos")
async def create(request: Request) -> dict:
    identifier = f"video_{uuid.uuid4().hex}"
    job = {
        **await request.json(),
        "id": identifier,
        "object": "video",
        "status": "queued",
        "created_at": int(time.time()),
    }
    jobs[identifier] = {"seed": len(jobs), **job}
    waiting.put(identifier)
    return jobs[identifier]


@app.get("/v1/videos/{identifier}")
def retrieve(identifier: str) -> dict:
    if identifier not in jobs:
        raise HTTPException(404)
    return jobs[identifier]


@app.get("/v1/videos/{identifier}/content")
def content(identifier: str) -> FileResponse:
    return FileResponse(folder / f"{identifier}.mp4", media_type="video/mp4")
