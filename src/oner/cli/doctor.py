"""`oner doctor`: what works on this machine."""

import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

from .. import __version__
from ..errors import OnerError
from .options import examples, json_option


@click.command(epilog=examples("oner doctor"))
@json_option
def command(as_json: bool) -> int:
    """Check this machine: what works, what is missing and what to do about it."""
    results = [check(name, probe) for name, probe in PROBES.items()]
    if as_json:
        click.echo(json.dumps({"oner": __version__, "checks": results}, indent=2))
    else:
        for result in results:
            mark = "ok     " if result["ok"] else "MISSING"
            click.echo(f"{mark}  {result['name']:<10} {result['detail']}")
    return 0 if all(result["ok"] for result in results) else 1


def check(name: str, probe: Callable[[], str]) -> dict:
    """Run one probe; its text is the detail, its error the advice."""
    try:
        return {"name": name, "ok": True, "detail": probe()}
    except (OnerError, ImportError, OSError) as error:
        return {"name": name, "ok": False, "detail": str(error)}


def python() -> str:
    return f"{platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores"


def drawing() -> str:
    from ..studio.machine import drawing_speed

    renderer, milliseconds = drawing_speed()
    return f"{renderer}: {milliseconds:.0f} ms for a frame of 640x360"


def film() -> str:
    from ..studio.machine import ffmpeg_version

    return f"{ffmpeg_version()}: H.264 and AAC can be written"


def disk() -> str:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    if free < 1:
        raise OSError(f"{free:.1f} GB free here; a film wants at least 1 GB")
    return f"{free:.0f} GB free here"


def start() -> str:
    import subprocess

    begun = time.perf_counter()
    subprocess.run([sys.executable, "-m", "oner", "--help"], check=True, capture_output=True)
    return f"`oner --help` answers in {time.perf_counter() - begun:.2f} s"


PROBES = {"python": python, "drawing": drawing, "video": film, "disk": disk, "start": start}
