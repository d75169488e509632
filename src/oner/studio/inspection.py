"""Files from strangers are decoded in a process of their own, with limits on memory, time and disk.

`python -m oner.studio.inspection KIND FILE OUT ...` is how `inspect` starts it: it writes the file again as one of our
own and prints what it is as one line of JSON. A decoder that runs wild ends that process and nothing else.
"""

import argparse
import contextlib
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from ..errors import MediaError
from ..film import from_json, to_json
from ..media.intake import IntakeLimits, TakenIn, take_in_picture, take_in_video

AT_ONCE = threading.BoundedSemaphore(2)  # inspections; further ones wait
LARGEST_RESULT = 4_000_000_000  # bytes that an inspection may write


def inspect(kind: str, path: Path, out: Path, limits: IntakeLimits, memory: int, seconds: float) -> TakenIn:
    """Check a "picture" or "video" and write it to `out` as PNG or MP4. Raises MediaError with the reason."""
    command = [sys.executable, "-m", "oner.studio.inspection", kind, str(path), str(out)]
    command += ["--pixels", str(limits.pixels), "--frames", str(limits.frames), "--memory", str(memory)]
    try:
        with AT_ONCE:
            done = subprocess.run(
                [*command, "--seconds", str(int(seconds) + 1)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=seconds,
            )
    except subprocess.TimeoutExpired:
        _remove_partial(out)
        raise MediaError(f"reading it takes longer than {seconds:g} seconds: give a shorter or smaller file") from None
    if done.returncode == 0:
        return from_json(done.stdout, TakenIn)
    _remove_partial(out)
    if done.returncode == 2:
        raise MediaError(done.stderr.decode(errors="replace").strip())
    raise MediaError("reading it needs more memory or time than is allowed, or it is damaged: give a smaller file")


def _remove_partial(out: Path) -> None:
    for left in (out, *out.parent.glob(f".{out.stem}.*.partial*")):
        left.unlink(missing_ok=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The process that decodes. Exit code 2: the file is at fault, standard error says why."""
    parser = argparse.ArgumentParser(prog="oner.studio.inspection")
    parser.add_argument("kind", choices=("picture", "video"))
    parser.add_argument("path", type=Path)
    parser.add_argument("out", type=Path)
    for name in ("pixels", "frames", "memory", "seconds"):
        parser.add_argument(f"--{name}", type=int, required=True)
    given = parser.parse_args(arguments)
    _limit(given.memory, given.seconds)
    take_in = take_in_picture if given.kind == "picture" else take_in_video
    try:
        found = take_in(given.path, given.out, IntakeLimits(given.pixels, given.frames))
    except (MediaError, MemoryError) as error:
        words = "it needs more memory than is allowed" if isinstance(error, MemoryError) else str(error)
        sys.stderr.write(words.replace(str(given.path), "the file"))
        return 2
    sys.stdout.buffer.write(to_json(found))
    return 0


def _limit(memory: int, seconds: int) -> None:
    """Limits that the system keeps, where it has them."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        cores = 2 * seconds  # processor time; several threads decode at once
        wanted = [(resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, cores), (resource.RLIMIT_CORE, 0)]
        for kind, value in [*wanted, (resource.RLIMIT_FSIZE, LARGEST_RESULT)]:
            resource.setrlimit(kind, (value, value))


if __name__ == "__main__":
    sys.exit(main())
