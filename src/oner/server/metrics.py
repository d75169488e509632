"""Figures in Prometheus' text format, version 0.0.4."""

from collections.abc import Iterable, Mapping
from typing import Any

from ..studio.video_service import VideoService


def exposition(service: VideoService, counts) -> str:
    """All figures of the server as text."""
    store = service.store
    engines = service.figures()
    speeds = [({"engine": engine, "size": size}, value) for engine, size, value in service.speeds()]
    of_each = lambda name: [({"engine": figures.engine}, getattr(figures, name)) for figures in engines]
    families = [
        ("oner_videos", "gauge", "Videos by status.", _by("status", store.videos.counts())),
        ("oner_jobs_queued", "gauge", "Jobs that wait.", of_each("queued")),
        ("oner_jobs_running", "gauge", "Jobs that are being made.", of_each("running")),
        ("oner_frames_left", "gauge", "Frames of all open jobs.", of_each("frames_left")),
        ("oner_takes", "gauge", "Takes that are kept.", of_each("takes")),
        ("oner_takes_computing_seconds", "gauge", "Computing time of kept takes.", of_each("computing_seconds")),
        ("oner_takes_bytes", "gauge", "Bytes of kept takes.", of_each("bytes")),
        ("oner_engine_seconds_per_frame", "gauge", "Measured speed of one worker.", speeds),
        ("oner_workers", "gauge", "Workers for each engine, at most.", [({}, service.workers)]),
        ("oner_webhook_deliveries", "gauge", "Deliveries by state.", _by("state", store.events.counts())),
        (
            "oner_http_requests_total",
            "counter",
            "Requests since the start.",
            [({"method": m, "route": r, "status": s}, n) for (m, r, s), n in sorted(counts.requests.copy().items())],
        ),
        (
            "oner_http_request_seconds_total",
            "counter",
            "Time spent on them.",
            [({"route": route}, spent) for route, spent in sorted(counts.seconds.copy().items())],
        ),
    ]
    return "".join(_family(*family) for family in families)


def _by(label: str, values: Mapping[str, float]) -> list[tuple[dict[str, Any], float]]:
    return [({label: name}, value) for name, value in values.items()]


def _family(name: str, kind: str, words: str, samples: Iterable[tuple[Mapping[str, Any], float]]) -> str:
    lines = [f"# HELP {name} {words}", f"# TYPE {name} {kind}"]
    for labels, value in samples:
        inside = ",".join(f'{key}="{_escaped(str(text))}"' for key, text in labels.items())
        lines.append(f"{name}{{{inside}}} {value:g}" if inside else f"{name} {value:g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
